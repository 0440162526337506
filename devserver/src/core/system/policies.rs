//! `sys/policies/acl` and its older spelling `sys/policy`.

use crate::core::Core;
use crate::core::later;
use crate::core::policies::{Policy, PolicyError, PolicyWrite};
use crate::engine::time;
use crate::engine::{Call, Context, Field, Route, boolean, integer, route, seconds, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;

const SLASHES: &str = "allow_slashes_in_identity_templates";
const WILDCARDS: &str = "allow_wildcards_in_identity_templates";

fn fields() -> Vec<Field> {
    vec![
        text("name").help("What the policy is called, as in read-shop"),
        text("policy").help("Its paths and capabilities, in HCL or JSON."),
        text("rules").help("Its paths and capabilities, in HCL or JSON."),
        integer("cas").help("The version that the write replaces."),
        boolean("cas_required").help("Whether later writes must name the version they replace."),
        seconds("ttl").help("How long the policy lives."),
        time("expiration").help("When the policy ends."),
        boolean(SLASHES).help("Whether values of templates may hold slashes."),
        boolean(WILDCARDS).help("Whether values of templates may hold wildcards."),
    ]
}

pub(super) fn routes() -> Vec<Route<Core>> {
    vec![
        route("policy/?")
            .help("Names of the policies.", "The older spelling of sys/policies/acl.")
            .on(Operation::Read, Core::list_policies_old)
            .on(Operation::List, Core::list_policies_old),
        route("policy/{prefix+}/")
            .fields(vec![text("prefix").help("What the names begin with.")])
            .help("Names of the policies of a folder.", "The older spelling.")
            .on(Operation::List, Core::list_policies_old),
        route("policy/{name+}")
            .help("A policy.", "The older spelling of sys/policies/acl.")
            .fields(fields())
            .on(Operation::Read, Core::read_policy_old)
            .on(Operation::Update, Core::write_policy)
            .on(Operation::Delete, Core::delete_policy),
        route("policies/acl/?")
            .help("Names of the policies.", "What tokens can be given.")
            .on(Operation::List, Core::list_policies),
        route("policies/detailed/acl/?")
            .help("The policies.", "Names with what is known about each.")
            .on(Operation::List, Core::list_policies_detailed),
        route("policies/detailed/acl/{prefix+}/")
            .fields(vec![text("prefix").help("What the names begin with.")])
            .help("The policies of a folder.", "Names with what is known about each.")
            .on(Operation::List, Core::list_policies_detailed),
        route("policies/acl/{prefix+}/")
            .fields(vec![text("prefix").help("What the names begin with.")])
            .help("Names of the policies of a folder.", "What tokens can be given.")
            .on(Operation::List, Core::list_policies),
        route("policies/acl/{name+}")
            .fields(fields())
            .help("A policy.", "Reads, writes, changes and deletes its rules.")
            .on(Operation::Read, Core::read_policy)
            .on(Operation::Update, Core::write_policy)
            .on(Operation::Patch, Core::patch_policy)
            .on(Operation::Delete, Core::delete_policy),
    ]
}

fn name(call: &Call<'_>) -> String {
    call.text("name").to_lowercase()
}

/// The flag sent, else the one there is.
fn flag(call: &Call<'_>, name: &str, known: bool) -> bool {
    if call.has(name) { call.flag(name) } else { known }
}

fn refused(error: &PolicyError) -> Error {
    Error::response(error.to_string())
}

/// When the policy ends: after `ttl`, or at `expiration`.
fn expiration(call: &Call<'_>, context: &Context<'_>) -> Result<Option<Timestamp>, Error> {
    if let Some(ttl) = call.maybe_duration("ttl").filter(|ttl| !ttl.is_zero()) {
        return Ok(Some(later(context.now, ttl)));
    }
    let Some(end) = call.time("expiration") else {
        return Ok(None);
    };
    if end <= context.now {
        return Err(Error::response(
            "refusing to update policy as expiration time has already elapsed",
        ));
    }
    Ok(Some(end))
}

impl Core {
    fn policy_names(&self, call: &Call<'_>) -> Vec<String> {
        let namespace = &call.request.namespace;
        let mut names = self.policies.names(namespace);
        if namespace.is_empty() {
            names.push("root".to_owned());
        }
        // A folder's names are asked for with a slash at the end.
        if let Some(folder) = call.request.path.strip_suffix('/')
            && let Some(at) = folder
                .find("acl/")
                .map(|at| at + 4)
                .or_else(|| folder.find("policy/").map(|at| at + 7))
        {
            names.retain(|name| name.starts_with(&format!("{}/", &folder[at..])));
        }
        names
    }

    fn list_policies(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(self.policy_names(call)).reply()
    }

    fn list_policies_old(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let names = self.policy_names(call);
        if names.is_empty() {
            return Response::data(object! { "policies" => Value::Null }).reply();
        }
        Response::data(object! { "keys" => names.clone(), "policies" => names }).reply()
    }

    fn list_policies_detailed(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let names = self.policy_names(call);
        let info: Object = names
            .iter()
            .filter_map(|name| {
                Some((
                    name.clone(),
                    Value::Object(self.named_policy_shown(call, name, "policy")?),
                ))
            })
            .collect();
        let mut response = Response::list(names);
        if let Some(data) = response.data.as_mut().filter(|data| !data.is_empty()) {
            data.insert("key_info".to_owned(), Value::Object(info));
        }
        response.reply()
    }

    /// Changes what is sent and keeps the rest.
    fn patch_policy(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let namespace = &call.request.namespace;
        let known = self.policies.read(namespace, &name(call)).cloned();
        let known = known.ok_or_else(|| Error::response("policy not found"))?;
        let sent = call.string("policy");
        let write = PolicyWrite {
            now: context.now,
            cas: call
                .has("cas")
                .then(|| call.int("cas"))
                .or_else(|| i64::try_from(known.version).ok()),
            cas_required: flag(call, "cas_required", known.cas_required),
            expires: expiration(call, context)?.or(known.expires),
            slashes: flag(call, SLASHES, known.slashes),
            wildcards: flag(call, WILDCARDS, known.wildcards),
        };
        let text = if sent.is_empty() { &known.text } else { &sent };
        self.policies
            .write(namespace, &name(call), text, &write)
            .map_err(|error| refused(&error))?;
        Response::default().reply()
    }

    /// A policy as it is shown, its text under `text`.
    fn policy_shown(&self, call: &Call<'_>, text: &str) -> Option<Object> {
        self.named_policy_shown(call, &name(call), text)
    }

    fn named_policy_shown(&self, call: &Call<'_>, name: &str, text: &str) -> Option<Object> {
        let policy = match name {
            "root" => Policy::default(),
            name => self.policies.read(&call.request.namespace, name)?.as_ref().clone(),
        };
        let mut data = object! {
            "name" => name,
            text => policy.text,
            "version" => policy.version,
            "cas_required" => policy.cas_required,
            "allow_slashes_in_identity_templates" => policy.slashes,
            "allow_wildcards_in_identity_templates" => policy.wildcards,
        };
        if let Some(modified) = policy.modified {
            data.insert("modified".to_owned(), Value::from(modified.to_string()));
        }
        if let Some(expires) = policy.expires {
            data.insert("expiration".to_owned(), Value::from(expires.to_string()));
        }
        Some(data)
    }

    fn read_policy(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Ok(self.policy_shown(call, "policy").map(Response::data))
    }

    fn read_policy_old(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Ok(self.policy_shown(call, "rules").map(Response::data))
    }

    fn write_policy(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let mut warnings = Vec::new();
        let mut text = call.string("policy");
        if text.is_empty() && call.has("rules") {
            text = call.string("rules");
            warnings.push("'rules' is deprecated, please use 'policy' instead".to_owned());
        }
        if text.is_empty() {
            return Err(Error::coded(400, "'policy' parameter not supplied or empty"));
        }
        if let Ok(decoded) = BASE64_STANDARD.decode(&text)
            && let Ok(decoded) = String::from_utf8(decoded)
        {
            text = decoded;
        }
        let name = name(call);
        if name != call.text("name") {
            warnings.push(format!("policy name was converted to {name}"));
        }
        let write = PolicyWrite {
            now: context.now,
            cas: call.has("cas").then(|| call.int("cas")),
            cas_required: call.flag("cas_required"),
            expires: expiration(call, context)?,
            slashes: call.flag(SLASHES),
            wildcards: call.flag(WILDCARDS),
        };
        self.policies
            .write(&call.request.namespace, &name, &text, &write)
            .map_err(|error| refused(&error))?;
        match warnings.is_empty() {
            true => Ok(None),
            false => Response {
                warnings,
                ..Response::default()
            }
            .reply(),
        }
    }

    fn delete_policy(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.policies
            .delete(&call.request.namespace, &name(call))
            .map_err(|error| refused(&error))?;
        Ok(None)
    }
}

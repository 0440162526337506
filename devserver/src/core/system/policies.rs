//! `sys/policies/acl` and its older spelling `sys/policy`.

use crate::core::Core;
use crate::core::later;
use crate::core::policies::{Policy, PolicyError, PolicyWrite};
use crate::engine::{Call, Context, Field, Route, boolean, integer, route, seconds, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;

fn fields() -> Vec<Field> {
    vec![
        text("name").help("The name of the policy. Example: \"ops\""),
        text("policy").help("The rules of the policy."),
        text("rules").help("The rules of the policy."),
        integer("cas").help("The version that the write replaces."),
        boolean("cas_required").help("Whether later writes must name the version they replace."),
        seconds("ttl").help("How long the policy lives."),
        text("expiration").help("When the policy ends."),
        boolean("allow_slashes_in_identity_templates"),
        boolean("allow_wildcards_in_identity_templates"),
    ]
}

pub(super) fn routes() -> Vec<Route<Core>> {
    vec![
        route("policy/?")
            .on(Operation::Read, Core::list_policies_old)
            .on(Operation::List, Core::list_policies_old),
        route("policy/{name+}")
            .fields(fields())
            .on(Operation::Read, Core::read_policy_old)
            .on(Operation::Update, Core::write_policy)
            .on(Operation::Delete, Core::delete_policy),
        route("policies/acl/?").on(Operation::List, Core::list_policies),
        route("policies/acl/{name+}")
            .fields(fields())
            .on(Operation::Read, Core::read_policy)
            .on(Operation::Update, Core::write_policy)
            .on(Operation::Delete, Core::delete_policy),
    ]
}

fn name(call: &Call<'_>) -> String {
    call.text("name").to_lowercase()
}

fn refused(error: &PolicyError) -> Error {
    Error::response(error.to_string())
}

/// When the policy ends: after `ttl`, or at `expiration`.
fn expiration(call: &Call<'_>, context: &Context<'_>) -> Result<Option<Timestamp>, Error> {
    if let Some(ttl) = call.maybe_duration("ttl").filter(|ttl| !ttl.is_zero()) {
        return Ok(Some(later(context.now, ttl)));
    }
    match call.string("expiration") {
        empty if empty.is_empty() => Ok(None),
        text => match text.parse::<Timestamp>() {
            Ok(end) => Ok(Some(end)),
            Err(error) => Err(Error::response(format!("invalid expiration time: {error}"))),
        },
    }
}

impl Core {
    fn policy_names(&self, call: &Call<'_>) -> Vec<String> {
        let namespace = &call.request.namespace;
        let mut names = self.policies.names(namespace);
        if namespace.is_empty() {
            names.push("root".to_owned());
        }
        names
    }

    fn list_policies(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(self.policy_names(call)).reply()
    }

    fn list_policies_old(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let names = self.policy_names(call);
        Response::data(object! { "keys" => names.clone(), "policies" => names }).reply()
    }

    /// A policy as it is shown, its text under `text`.
    fn policy_shown(&self, call: &Call<'_>, text: &str) -> Option<Object> {
        let name = name(call);
        let policy = match name.as_str() {
            "root" => Policy::default(),
            name => self.policies.read(&call.request.namespace, name)?.as_ref().clone(),
        };
        let mut data = object! {
            "name" => name,
            text => policy.text,
            "version" => policy.version,
            "cas_required" => policy.cas_required,
            "allow_slashes_in_identity_templates" => false,
            "allow_wildcards_in_identity_templates" => false,
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

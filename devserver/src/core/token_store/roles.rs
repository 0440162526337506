//! Roles of the token store.

use crate::auth::networks::check_networks;
use crate::auth::token_parameters::TokenParameters;
use crate::core::policies::{Acl, sanitize};
use crate::core::{Core, TokenEntry};
use crate::engine::{Call, Context};
use crate::json::Value;
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::collections::BTreeMap;
use std::time::Duration;

/// All roles, by namespace and name.
#[derive(Default)]
pub(crate) struct Roles(BTreeMap<(String, String), Role>);

impl Roles {
    pub(crate) fn get(&self, namespace: &str, name: &str) -> Option<&Role> {
        self.0.get(&(namespace.to_owned(), name.to_owned()))
    }
}

/// A role by which tokens are created.
#[derive(Clone, Debug, Default)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) orphan: bool,
    pub(crate) renewable: bool,
    pub(crate) path_suffix: String,
    pub(crate) token_type: String,
    pub(crate) parameters: TokenParameters,
    allowed: Vec<String>,
    disallowed: Vec<String>,
    allowed_globs: Vec<String>,
    disallowed_globs: Vec<String>,
    /// The deprecated spellings, shown beside the new ones.
    old_period: Duration,
    old_explicit_max_ttl: Duration,
    pub(super) entity_aliases: Vec<String>,
}

impl Role {
    pub(crate) fn period(&self) -> Duration {
        self.parameters.period
    }

    pub(crate) fn explicit_max_ttl(&self) -> Duration {
        self.parameters.explicit_max_ttl
    }

    pub(crate) fn limits_policies(&self) -> bool {
        let lists = [
            &self.allowed,
            &self.disallowed,
            &self.allowed_globs,
            &self.disallowed_globs,
        ];
        lists.iter().any(|list| !list.is_empty())
    }

    /// The policies of a token made by this role, which need not be among the parent's.
    pub(crate) fn choose_policies(
        &self,
        asked: &[String],
        parent: &TokenEntry,
        without_default: bool,
    ) -> Result<Vec<String>, Error> {
        let globbed = |globs: &[String], name: &str| globs.iter().any(|glob| Acl::glob(glob, name));
        let add_default = !without_default
            && !self.parameters.no_default_policy
            && !self.disallowed.iter().any(|name| name == "default")
            && !globbed(&self.disallowed_globs, "default");
        let mut chosen = if asked.is_empty() {
            Vec::new()
        } else {
            sanitize(asked, add_default)
        };
        if !self.allowed.is_empty() || !self.allowed_globs.is_empty() {
            let allowed = sanitize(&self.allowed, add_default);
            if chosen.is_empty() {
                chosen = allowed;
            } else if !chosen
                .iter()
                .all(|name| allowed.contains(name) || globbed(&self.allowed_globs, name))
            {
                return Err(Error::coded(
                    400,
                    format!(
                        "token policies ({}) must be subset of the role's allowed policies ({}) or glob policies ({})",
                        quoted(&chosen),
                        quoted(&allowed),
                        quoted(&self.allowed_globs)
                    ),
                ));
            }
        } else if chosen.is_empty() {
            chosen = sanitize(&parent.policies, add_default);
        }
        let bad = |name: &&String| self.disallowed.contains(name) || globbed(&self.disallowed_globs, name);
        match chosen.iter().find(bad) {
            Some(name) => Err(Error::coded(
                400,
                format!("token policy {name:?} is disallowed by this role"),
            )),
            None => Ok(chosen),
        }
    }

    fn check_batch(&self) -> Result<(), Error> {
        let refuse = |what: &str| {
            Err(Error::response(format!(
                "'token_type' cannot be 'batch' when role is set to generate {what}"
            )))
        };
        match self.token_type.as_str() {
            "batch" if !self.orphan => refuse("non-orphan tokens"),
            "batch" if !self.period().is_zero() => refuse("periodic tokens"),
            "batch" if self.renewable => refuse("renewable tokens"),
            "batch" if !self.explicit_max_ttl().is_zero() => refuse("tokens with an explicit max TTL"),
            _ => Ok(()),
        }
    }
}

/// A list as Go prints it with `%q`.
fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    format!("[{}]", names.join(" "))
}

impl Core {
    pub(super) fn token_role_exists(&self, call: &Call<'_>) -> bool {
        self.token_roles
            .get(&call.request.namespace, call.text("role_name"))
            .is_some()
    }

    pub(super) fn list_token_roles(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let here = self
            .token_roles
            .0
            .keys()
            .filter(|(namespace, _)| *namespace == call.request.namespace);
        Response::list(here.map(|(_, name)| name.clone())).reply()
    }

    pub(super) fn delete_token_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.token_roles
            .0
            .remove(&(call.request.namespace.clone(), call.text("role_name").to_owned()));
        Ok(None)
    }

    pub(super) fn read_token_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(role) = self.token_roles.get(&call.request.namespace, call.text("role_name")) else {
            return Ok(None);
        };
        let mut data = object! {
            "period" => role.old_period.as_secs(),
            "token_period" => role.period().as_secs(),
            "explicit_max_ttl" => role.old_explicit_max_ttl.as_secs(),
            "token_explicit_max_ttl" => role.explicit_max_ttl().as_secs(),
            "disallowed_policies" => role.disallowed.clone(),
            "allowed_policies" => role.allowed.clone(),
            "disallowed_policies_glob" => role.disallowed_globs.clone(),
            "allowed_policies_glob" => role.allowed_globs.clone(),
            "name" => &role.name,
            "orphan" => role.orphan,
            "path_suffix" => &role.path_suffix,
            "renewable" => role.renewable,
            "token_type" => &role.token_type,
            "allowed_entity_aliases" => if role.entity_aliases.is_empty() { Value::Null } else { Value::from(role.entity_aliases.clone()) },
            "token_no_default_policy" => role.parameters.no_default_policy,
        };
        if !role.parameters.bound_cidrs.is_empty() {
            data.insert(
                "token_bound_cidrs".to_owned(),
                Value::from(role.parameters.bound_cidrs.clone()),
            );
        }
        if role.parameters.num_uses > 0 {
            data.insert("token_num_uses".to_owned(), Value::from(role.parameters.num_uses));
        }
        Response::data(data).reply()
    }

    pub(super) fn write_token_role(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let key = (call.request.namespace.clone(), call.text("role_name").to_owned());
        let create = call.request.operation == Operation::Create;
        let mut role = self.token_roles.0.get(&key).cloned().unwrap_or_default();
        role.name.clone_from(&key.1);
        let mut warnings = Vec::new();
        merge_own_fields(&mut role, call, create)?;
        role.parameters.merge_all_but_type(call)?;
        role.token_type = token_type(&role, call)?;
        merge_old_fields(&mut role, call, &mut warnings)?;
        let (explicit, max) = (role.explicit_max_ttl(), self.lifetimes_of(context.mount).max);
        if explicit > max {
            warnings.push(format!(
                "Given explicit max TTL of {} is greater than system/mount allowed value of {} seconds; until this is fixed \
                 attempting to create tokens against this role will result in an error",
                explicit.as_secs(),
                max.as_secs()
            ));
        }
        role.check_batch()?;
        self.token_roles.0.insert(key, role);
        if warnings.is_empty() {
            Ok(None)
        } else {
            Response {
                warnings,
                ..Response::default()
            }
            .reply()
        }
    }
}

fn merge_own_fields(role: &mut Role, call: &Call<'_>, create: bool) -> Result<(), Error> {
    if create || call.has("orphan") {
        role.orphan = call.flag("orphan");
    }
    if create || call.has("renewable") {
        role.renewable = call.flag("renewable");
    }
    if let Some(suffix) = call.maybe_string("path_suffix") {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let ends_in = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        let whole = suffix.len() >= 3 && suffix.chars().all(fits);
        let proper = whole && ends_in(suffix.chars().next()) && ends_in(suffix.chars().next_back());
        if !suffix.is_empty() && !proper {
            let text = r"given role path suffix contains invalid characters; must match \w[\w-.]+\w";
            return Err(Error::response(text));
        }
        role.path_suffix = suffix;
    }
    let lists = [
        ("allowed_policies", &mut role.allowed),
        ("disallowed_policies", &mut role.disallowed),
        ("allowed_policies_glob", &mut role.allowed_globs),
        ("disallowed_policies_glob", &mut role.disallowed_globs),
        ("allowed_entity_aliases", &mut role.entity_aliases),
    ];
    for (name, list) in lists {
        if let Some(names) = call.maybe_list(name) {
            *list = sanitize(&names, false);
        }
    }
    Ok(())
}

fn token_type(role: &Role, call: &Call<'_>) -> Result<String, Error> {
    match call.raw("token_type") {
        Some(Value::Null) => Err(Error::response("Invalid 'token_type' value: null")),
        None if role.token_type.is_empty() => Ok("default-service".to_owned()),
        None => Ok(role.token_type.clone()),
        Some(_) => match call.string("token_type").as_str() {
            kind @ ("service" | "batch" | "default-service" | "default-batch") => Ok(kind.to_owned()),
            other => Err(Error::response(format!("invalid 'token_type' value {other:?}"))),
        },
    }
}

/// The deprecated names `period`, `explicit_max_ttl` and `bound_cidrs`; the new ones win.
fn merge_old_fields(role: &mut Role, call: &Call<'_>, warnings: &mut Vec<String>) -> Result<(), Error> {
    let mut both = |name: &str| {
        warnings.push(format!(
            "Both 'token_{name}' and deprecated '{name}' value supplied, ignoring the deprecated value"
        ));
    };
    match (call.has("token_period"), call.has("period")) {
        (false, true) => {
            role.old_period = call.duration("period");
            role.parameters.period = role.old_period;
        }
        (new, old) => {
            if new && old {
                both("period");
            }
            if new {
                role.old_period = Duration::ZERO;
            }
        }
    }
    match (call.has("token_explicit_max_ttl"), call.has("explicit_max_ttl")) {
        (false, true) => {
            role.old_explicit_max_ttl = call.duration("explicit_max_ttl");
            role.parameters.explicit_max_ttl = role.old_explicit_max_ttl;
        }
        (new, old) => {
            if new && old {
                both("explicit_max_ttl");
            }
            if new {
                role.old_explicit_max_ttl = Duration::ZERO;
            }
        }
    }
    match (call.has("token_bound_cidrs"), call.has("bound_cidrs")) {
        (false, true) => {
            let networks = call.list("bound_cidrs");
            check_networks(&networks)
                .map_err(|error| Error::response(format!("error parsing bound_cidrs: {}", error.text)))?;
            role.parameters.bound_cidrs = networks;
            role.parameters.shorten_networks();
        }
        (true, true) => both("bound_cidrs"),
        _ => {}
    }
    Ok(())
}

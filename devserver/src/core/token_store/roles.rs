//! Roles of the token store.

use crate::auth::token_parameters::TokenParameters;
use crate::core::policies::{glob, sanitize};
use crate::core::{Core, TokenEntry};
use crate::engine::{Call, Context};
use crate::json::Value;
use crate::logical::{Error, Reply, Response};
use crate::object;
use std::collections::BTreeMap;
use std::time::Duration;

/// All roles, by namespace and name.
#[derive(Default)]
pub(crate) struct Roles(pub(super) BTreeMap<(String, String), Role>);

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
    pub(super) allowed: Vec<String>,
    pub(super) disallowed: Vec<String>,
    pub(super) allowed_globs: Vec<String>,
    pub(super) disallowed_globs: Vec<String>,
    /// The deprecated spellings, shown beside the new ones.
    pub(super) old_period: Duration,
    pub(super) old_explicit_max_ttl: Duration,
    pub(super) old_bound_cidrs: Vec<String>,
    pub(super) entity_aliases: Option<Vec<String>>,
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
        let globbed = |globs: &[String], name: &str| globs.iter().any(|pattern| glob(pattern, name));
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

    pub(super) fn check_batch(&self) -> Result<(), Error> {
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
            "allowed_entity_aliases" => role.entity_aliases.clone(),
            "token_no_default_policy" => role.parameters.no_default_policy,
        };
        if !role.parameters.bound_cidrs.is_empty() {
            data.insert(
                "token_bound_cidrs".to_owned(),
                Value::from(role.parameters.bound_cidrs.clone()),
            );
        }
        if !role.old_bound_cidrs.is_empty() {
            data.insert("bound_cidrs".to_owned(), Value::from(role.old_bound_cidrs.clone()));
        }
        if role.parameters.num_uses > 0 {
            data.insert("token_num_uses".to_owned(), Value::from(role.parameters.num_uses));
        }
        Response::data(data).reply()
    }
}

//! `auth/token/roles/ROLE`: making and changing roles, by new and by deprecated names.

use super::roles::Role;
use crate::auth::networks::check_networks;
use crate::core::Core;
use crate::core::policies::sanitize;
use crate::engine::{Call, Context};
use crate::json::Value;
use crate::logical::{Error, Operation, Reply, Response};
use std::collections::BTreeSet;
use std::time::Duration;

impl Core {
    pub(super) fn write_token_role(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let key = (call.request.namespace.clone(), call.text("role_name").to_owned());
        let create = call.request.operation == Operation::Create;
        let mut role = self.token_roles.0.get(&key).cloned().unwrap_or_default();
        role.name.clone_from(&key.1);
        role.merge_flags(call, create);
        role.merge_suffix(call)?;
        role.merge_policies(call);
        let merged = role.parameters.merge_all_but_type(call);
        merged.map_err(|error| Error::response(format!("error parsing role fields: {}", error.text)))?;
        role.token_type = token_type(&role, call)?;
        let mut warnings = role.merge_old_fields(call)?;
        warnings.extend(role.too_long(call, self.lifetimes_of(context.mount).max));
        role.check_batch()?;
        if let Some(names) = call.maybe_list("allowed_entity_aliases") {
            role.entity_aliases = Some(distinct(&names));
        }
        self.token_roles.0.insert(key, role);
        Ok((!warnings.is_empty()).then(|| Response {
            warnings,
            ..Response::default()
        }))
    }
}

/// Texts in lower case, without empty and repeated ones, sorted.
fn distinct(names: &[String]) -> Vec<String> {
    let names = names.iter().map(|name| name.trim().to_lowercase());
    let set: BTreeSet<String> = names.filter(|name| !name.is_empty()).collect();
    set.into_iter().collect()
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

/// Whether a text has somewhere what the original wants of a path suffix: `\w[\w-.]+\w`.
fn is_suffix(text: &str) -> bool {
    let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut runs = text.split(|letter: char| !(word(letter) || letter == '-' || letter == '.'));
    runs.any(|run| run.trim_matches(['-', '.']).len() >= 3)
}

impl Role {
    fn merge_flags(&mut self, call: &Call<'_>, create: bool) {
        if create || call.has("orphan") {
            self.orphan = call.flag("orphan");
        }
        if create || call.has("renewable") {
            self.renewable = call.flag("renewable");
        }
    }

    fn merge_suffix(&mut self, call: &Call<'_>) -> Result<(), Error> {
        if let Some(suffix) = call.maybe_string("path_suffix") {
            if !suffix.is_empty() && !is_suffix(&suffix) {
                let text = r"given role path suffix contains invalid characters; must match \w[\w-.]+\w";
                return Err(Error::response(text));
            }
            self.path_suffix = suffix;
        }
        match self.path_suffix.contains("..") {
            true => Err(Error::response(
                "error registering path suffix: path cannot contain parent references",
            )),
            false => Ok(()),
        }
    }

    fn merge_policies(&mut self, call: &Call<'_>) {
        let clean: fn(&[String]) -> Vec<String> = |names| sanitize(names, false);
        let lists = [
            ("allowed_policies", &mut self.allowed, clean),
            ("allowed_policies_glob", &mut self.allowed_globs, clean),
            ("disallowed_policies", &mut self.disallowed, distinct),
            ("disallowed_policies_glob", &mut self.disallowed_globs, distinct),
        ];
        for (name, list, clean) in lists {
            if let Some(names) = call.maybe_list(name) {
                *list = clean(&names);
            }
        }
    }

    /// Takes over `period`, `explicit_max_ttl` and `bound_cidrs`, the deprecated names; the new ones win, with a warning.
    fn merge_old_fields(&mut self, call: &Call<'_>) -> Result<Vec<String>, Error> {
        let period = (&mut self.old_period, &mut self.parameters.period);
        merge_old(call, "period", period, || call.duration("period"));
        if call.has("bound_cidrs") && !call.has("token_bound_cidrs") {
            let networks = call.list("bound_cidrs");
            check_networks(&networks)
                .map_err(|error| Error::response(format!("error parsing bound_cidrs: {}", error.text)))?;
            self.parameters.bound_cidrs = networks;
            self.parameters.shorten_networks();
            self.old_bound_cidrs.clone_from(&self.parameters.bound_cidrs);
        } else if call.has("token_bound_cidrs") {
            self.old_bound_cidrs.clear();
        }
        let explicit = (&mut self.old_explicit_max_ttl, &mut self.parameters.explicit_max_ttl);
        merge_old(call, "explicit_max_ttl", explicit, || call.duration("explicit_max_ttl"));
        let both = ["period", "bound_cidrs", "explicit_max_ttl"]
            .into_iter()
            .filter(|name| call.has(name) && call.has(&format!("token_{name}")));
        let warning = |name: &str| {
            format!("Both 'token_{name}' and deprecated '{name}' value supplied, ignoring the deprecated value")
        };
        Ok(both.map(warning).collect())
    }

    /// A warning about an explicit maximum that the mount does not allow.
    fn too_long(&self, call: &Call<'_>, max: Duration) -> Option<String> {
        let explicit = match call.has("token_explicit_max_ttl") {
            true => self.explicit_max_ttl(),
            false => self.old_explicit_max_ttl,
        };
        (explicit > max).then(|| {
            format!(
                "Given explicit max TTL of {} is greater than system/mount allowed value of {} seconds; until this is fixed \
                 attempting to create tokens against this role will result in an error",
                explicit.as_secs(),
                max.as_secs()
            )
        })
    }
}

/// Sets a value by its deprecated name, or forgets that it was set by that one.
fn merge_old(call: &Call<'_>, name: &str, (old, new): (&mut Duration, &mut Duration), sent: impl Fn() -> Duration) {
    if call.has(&format!("token_{name}")) {
        *old = Duration::ZERO;
    } else if call.has(name) {
        *old = sent();
        *new = *old;
    }
}

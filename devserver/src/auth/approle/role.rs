//! `role/`: roles and their ids.

use super::Approle;
use crate::auth::networks;
use crate::auth::token_parameters::TokenParameters;
use crate::engine::{Call, Context};
use crate::engines::tree;
use crate::json::Value;
use crate::logical::{Error, Operation, Reply, Response};
use crate::{object, random};
use std::time::Duration;

/// Who may log in, and on which terms.
#[derive(Clone, Debug, Default)]
pub(super) struct Role {
    pub(super) id: String,
    pub(super) bind_secret_id: bool,
    /// `None` where they were never given.
    pub(super) secret_id_cidrs: Option<Vec<String>>,
    pub(super) secret_id_uses: i64,
    pub(super) secret_id_ttl: Duration,
    pub(super) local: bool,
    pub(super) parameters: TokenParameters,
}

impl Role {
    pub(super) fn cidrs(&self) -> Value {
        Value::from(self.secret_id_cidrs.clone())
    }

    /// Refuses a role to which anybody could log in.
    pub(super) fn check(&self) -> Result<(), Error> {
        let bound = self.bind_secret_id
            || self.secret_id_cidrs.as_ref().is_some_and(|cidrs| !cidrs.is_empty())
            || !self.parameters.bound_cidrs.is_empty();
        if bound {
            Ok(())
        } else {
            Err(Error::internal("at least one constraint should be enabled on the role"))
        }
    }
}

impl Approle {
    pub(super) fn list_roles(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(tree::page(self.roles.keys().cloned(), call)).reply()
    }

    pub(super) fn delete_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.string("role_name");
        self.roles.remove(&name);
        self.secret_ids.retain(|(role, _), _| *role != name);
        Ok(None)
    }

    pub(super) fn read_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(role) = self.roles.get(&call.string("role_name")) else {
            return Ok(None);
        };
        let mut data = object! {
            "bind_secret_id" => role.bind_secret_id,
            "secret_id_bound_cidrs" => role.cidrs(),
            "secret_id_num_uses" => role.secret_id_uses,
            "secret_id_ttl" => role.secret_id_ttl.as_secs(),
            "local_secret_ids" => role.local,
        };
        role.parameters.show(&mut data);
        Response::data(data).reply()
    }

    pub(super) fn write_role(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.string("role_name");
        let create = call.request.operation == Operation::Create;
        let mut role = self.roles.get(&name).cloned().unwrap_or_else(|| Role {
            id: random::uuid(),
            ..Role::default()
        });
        let adjusted = role.parameters.merge_adjusting_type(call)?;
        if create {
            role.local = call.flag("local_secret_ids");
        } else if call.has("local_secret_ids") {
            return Err(Error::response(
                "local_secret_ids can only be modified during role creation",
            ));
        }
        if let Some(id) = call.maybe_string("role_id") {
            self.check_role_id(&name, &id)?;
            role.id = id;
        }
        role.merge_secret_ids(call, create)?;
        role.parameters.merge_deprecated(call)?;
        role.check()?;
        let too_long = role.parameters.max_ttl > context.max_ttl();
        self.roles.insert(name, role);
        let too_long = too_long.then(|| {
            "token_max_ttl is greater than the backend mount's maximum TTL value; issued tokens' max TTL value will be truncated"
                .to_owned()
        });
        let warnings: Vec<String> = adjusted.into_iter().chain(too_long).collect();
        if warnings.is_empty() {
            return Ok(None);
        }
        Response {
            warnings,
            ..Response::default()
        }
        .reply()
    }

    fn check_role_id(&self, name: &str, id: &str) -> Result<(), Error> {
        if id.is_empty() {
            return Err(Error::response(
                "invalid role_id supplied, or failed to generate a role_id",
            ));
        }
        match self.roles.iter().any(|(other, role)| other != name && role.id == id) {
            true => Err(Error::internal("role_id already in use")),
            false => Ok(()),
        }
    }

    pub(super) fn read_role_id(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(role) = self.roles.get(&call.string("role_name")) else {
            return Ok(None);
        };
        Response::data(object! { "role_id" => &role.id }).reply()
    }

    pub(super) fn write_role_id(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (name, id) = (call.string("role_name"), call.string("role_id"));
        if id.is_empty() {
            return Err(match self.roles.contains_key(&name) {
                true => Error::response("missing role_id"),
                false => Error::unsupported_path(),
            });
        }
        self.check_role_id(&name, &id)?;
        let missing = || Error::coded_list(404, format!("role {name:?} does not exist"));
        self.roles.get_mut(&name).ok_or_else(missing)?.id = id;
        Ok(None)
    }
}

impl Role {
    /// Takes over what is said of the role's secret ids.
    fn merge_secret_ids(&mut self, call: &Call<'_>, create: bool) -> Result<(), Error> {
        if create || call.has("bind_secret_id") {
            self.bind_secret_id = call.flag("bind_secret_id");
        }
        let given = call.maybe_list("secret_id_bound_cidrs");
        if let Some(cidrs) = given.or_else(|| call.maybe_list("bound_cidr_list")) {
            networks::check_cidrs(&cidrs, "CIDR").map_err(Error::internal)?;
            self.secret_id_cidrs = Some(cidrs);
        }
        if call.has("secret_id_num_uses") {
            self.secret_id_uses = call.int("secret_id_num_uses");
        }
        if self.secret_id_uses < 0 {
            return Err(Error::response("secret_id_num_uses cannot be negative"));
        }
        if let Some(ttl) = call.maybe_duration("secret_id_ttl") {
            self.secret_id_ttl = ttl;
        }
        Ok(())
    }
}

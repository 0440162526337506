//! `roles/`: roles whose credentials are made on demand.

use super::{Database, credential_type};
use crate::engine::{Call, Context};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::time::Duration;

/// A dynamic role.
#[derive(Clone, Debug, Default)]
pub(super) struct DynamicRole {
    pub(super) db_name: String,
    pub(super) default_ttl: Duration,
    pub(super) max_ttl: Duration,
    creation: Vec<String>,
    revocation: Vec<String>,
    renewal: Vec<String>,
    rollback: Vec<String>,
}

impl Database {
    pub(super) fn list_roles(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        Response::list(self.roles.keys().cloned()).reply()
    }

    pub(super) fn delete_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.roles.remove(call.text("name"));
        Ok(None)
    }

    pub(super) fn read_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(role) = self.roles.get(call.text("name")) else {
            return Ok(None);
        };
        Response::data(object! {
            "db_name" => &role.db_name,
            "creation_statements" => role.creation.clone(),
            "revocation_statements" => role.revocation.clone(),
            "rollback_statements" => role.rollback.clone(),
            "renew_statements" => role.renewal.clone(),
            "default_ttl" => role.default_ttl.as_secs(),
            "max_ttl" => role.max_ttl.as_secs(),
            "credential_type" => "password",
        })
        .reply()
    }

    pub(super) fn write_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        if self.static_roles.contains_key(name) {
            return Err(Error::response("Role and Static Role names must be unique"));
        }
        let create = call.request.operation == Operation::Create;
        let mut role = self.roles.get(name).cloned().unwrap_or_default();
        if let Some(db_name) = call.maybe_string("db_name") {
            role.db_name = db_name;
        }
        if role.db_name.is_empty() {
            return Err(Error::response("database name is required"));
        }
        credential_type(&call.string("credential_type"))?;
        for (field, list) in [
            ("creation_statements", &mut role.creation),
            ("revocation_statements", &mut role.revocation),
            ("renew_statements", &mut role.renewal),
            ("rollback_statements", &mut role.rollback),
        ] {
            if create || call.has(field) {
                *list = call.list(field);
            }
        }
        role.revocation.retain(|statement| !statement.is_empty());
        for (field, span) in [("default_ttl", &mut role.default_ttl), ("max_ttl", &mut role.max_ttl)] {
            if let Some(sent) = call.maybe_duration(field) {
                *span = sent;
            }
        }
        self.roles.insert(name.to_owned(), role);
        Ok(None)
    }
}

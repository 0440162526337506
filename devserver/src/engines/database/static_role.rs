//! `static-roles/`: one database user whose password is rotated.

use super::connection::{check_allowed, no_connection};
use super::{Database, credential_type, password};
use crate::core::seconds_between;
use crate::engine::{Call, Context};
use crate::logical::{Error, Reply, Response};
use crate::object;
use jiff::Timestamp;
use std::time::Duration;

/// The original's queue looks every so many seconds; shorter periods are refused.
const SHORTEST: u64 = 5;

/// A static role.
#[derive(Clone, Debug)]
pub(super) struct StaticRole {
    db_name: String,
    username: String,
    period: Duration,
    statements: Vec<String>,
    password: String,
    rotated: Timestamp,
}

impl StaticRole {
    /// Makes up for the rotations that are due.
    fn catch_up(&mut self, now: Timestamp) {
        let period = i64::try_from(self.period.as_secs()).unwrap_or(i64::MAX).max(1);
        let due = now.duration_since(self.rotated).as_secs() / period;
        if due > 0 {
            self.password = password();
            let passed = jiff::SignedDuration::from_secs(due.saturating_mul(period));
            self.rotated = self.rotated.saturating_add(passed).unwrap_or(now);
        }
    }
}

impl Database {
    pub(super) fn list_static_roles(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        Response::list(self.static_roles.keys().cloned()).reply()
    }

    pub(super) fn delete_static_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.static_roles.remove(call.text("name"));
        Ok(None)
    }

    pub(super) fn read_static_role(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(role) = self.static_roles.get_mut(call.text("name")) else {
            return Ok(None);
        };
        role.catch_up(context.now);
        Response::data(object! {
            "db_name" => &role.db_name,
            "rotation_statements" => role.statements.clone(),
            "credential_type" => "password",
            "username" => &role.username,
            "rotation_period" => role.period.as_secs(),
            "last_vault_rotation" => role.rotated.to_string(),
        })
        .reply()
    }

    pub(super) fn write_static_role(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        if self.roles.contains_key(name) {
            return Err(Error::response("Role and Static Role names must be unique"));
        }
        let known = self.static_roles.get(name);
        let db_name = call
            .maybe_string("db_name")
            .or_else(|| known.map(|role| role.db_name.clone()));
        let db_name = db_name.filter(|name| !name.is_empty());
        let db_name = db_name.ok_or_else(|| Error::response("database name is a required field"))?;
        let username = username(call, known)?;
        let period = period(call, known)?;
        credential_type(&call.string("credential_type"))?;
        if !self.connections.contains_key(&db_name) {
            return Err(no_connection(&db_name));
        }
        let statements = call.maybe_list("rotation_statements");
        let role = StaticRole {
            db_name,
            username,
            period,
            statements: statements
                .or_else(|| known.map(|role| role.statements.clone()))
                .unwrap_or_default(),
            password: known.map_or_else(password, |role| role.password.clone()),
            rotated: known.map_or(context.now, |role| role.rotated),
        };
        self.static_roles.insert(name.to_owned(), role);
        Ok(None)
    }

    pub(super) fn static_creds(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let role = self
            .static_roles
            .get_mut(name)
            .ok_or_else(|| Error::response(format!("unknown role: {name}")))?;
        check_allowed(&self.connections, &role.db_name, name)?;
        role.catch_up(context.now);
        let next = crate::core::later(role.rotated, role.period);
        Response::data(object! {
            "username" => &role.username,
            "password" => &role.password,
            "ttl" => seconds_between(context.now, next).max(0),
            "rotation_period" => role.period.as_secs(),
            "last_vault_rotation" => role.rotated.to_string(),
        })
        .reply()
    }

    pub(super) fn rotate_role(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let role = self.static_roles.get_mut(call.text("name"));
        let role = role.ok_or_else(|| Error::response("no static role found for role name"))?;
        role.password = password();
        role.rotated = context.now;
        Ok(None)
    }
}

/// The account of a role, which stays what it was.
fn username(call: &Call<'_>, known: Option<&StaticRole>) -> Result<String, Error> {
    let username = call.string("username");
    match known {
        None if username.is_empty() => Err(Error::response(
            "username is a required field to create a static account",
        )),
        Some(role) if role.username != username => Err(Error::response("cannot update static account username")),
        _ => Ok(username),
    }
}

/// After how long the password changes.
fn period(call: &Call<'_>, known: Option<&StaticRole>) -> Result<Duration, Error> {
    let sent = call.maybe_duration("rotation_period");
    let period = sent.or_else(|| known.map(|role| role.period));
    let period = period.ok_or_else(|| Error::response("rotation_period is required to create static accounts"))?;
    match period.as_secs() < SHORTEST {
        true => Err(Error::response(format!(
            "rotation_period must be {SHORTEST} seconds or more"
        ))),
        false => Ok(period),
    }
}

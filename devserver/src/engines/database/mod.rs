//! A database-shaped engine: connections, dynamic roles whose credentials are leases, static roles whose password is
//! rotated. There is no database behind it: credentials are made and forgotten here.

mod connection;
mod creds;
mod dynamic_role;
mod static_role;

use crate::engine::{
    Backend, Context, Field, LeaseTerms, Renewal, Router, boolean, integer, pairs, route, seconds, text, text_list,
};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation};
use connection::Connection;
use dynamic_role::DynamicRole;
use static_role::StaticRole;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

/// A database mount.
#[derive(Default)]
pub(crate) struct Database {
    connections: BTreeMap<String, Connection>,
    roles: BTreeMap<String, DynamicRole>,
    static_roles: BTreeMap<String, StaticRole>,
    /// Users made for leases and their passwords, which the database would know.
    users: BTreeMap<String, String>,
}

fn role_fields() -> Vec<Field> {
    vec![
        text("name").help("Name of the role."),
        text("db_name").help("The connection this role makes accounts with."),
        text("credential_type")
            .or("password")
            .help("Which kind of credential: only passwords here."),
        pairs("credential_config"),
    ]
}

static ROUTER: LazyLock<Router<Database>> = LazyLock::new(|| {
    let name = || vec![text("name").help("Name of the role.")];
    let page = || vec![text("after"), integer("limit")];
    let mut dynamic = role_fields();
    dynamic.extend([
        seconds("default_ttl"),
        seconds("max_ttl"),
        text_list("creation_statements"),
        text_list("revocation_statements"),
        text_list("renew_statements"),
        text_list("rollback_statements"),
    ]);
    let mut fixed = role_fields();
    fixed.extend([
        text("username"),
        seconds("rotation_period"),
        text_list("rotation_statements"),
    ]);
    let connection = vec![
        text("name").help("What the connection is called"),
        text("plugin_name"),
        text("plugin_version"),
        boolean("verify_connection").or(true),
        text_list("allowed_roles"),
        text_list("root_rotation_statements"),
        text("password_policy"),
    ];
    let nothing = |_: &mut Database, _: &mut Context<'_>, _: &crate::engine::Call<'_>| Ok(None);
    Router::new(
        "Makes accounts of the shape a database's would have; it connects to nothing.",
        vec![
            route("config/?")
                .help("Names of the connections.", "")
                .fields(page())
                .on(Operation::List, Database::list_connections),
            route("config/{name}")
                .help("A connection: its plugin and allowed roles.", "")
                .fields(connection)
                .arbitrary()
                .exists(|engine: &Database, call| engine.connections.contains_key(call.text("name")))
                .on(Operation::Read, Database::read_connection)
                .write(Database::write_connection)
                .on(Operation::Delete, Database::delete_connection),
            route("reset/{name}")
                .help("Connect again; there is nothing to connect.", "")
                .fields(name())
                .on(Operation::Update, nothing),
            route("roles/?")
                .help("Names of the roles.", "")
                .fields(page())
                .on(Operation::List, Database::list_roles),
            route("static-roles/?")
                .help("Names of the static roles.", "")
                .fields(page())
                .on(Operation::List, Database::list_static_roles),
            route("roles/{name}")
                .help("A role: how its accounts are made and how long they live.", "")
                .fields(dynamic)
                .exists(|engine: &Database, call| engine.roles.contains_key(call.text("name")))
                .on(Operation::Read, Database::read_role)
                .write(Database::write_role)
                .on(Operation::Delete, Database::delete_role),
            route("static-roles/{name}")
                .help("An account whose password is changed from time to time.", "")
                .fields(fixed)
                .exists(|engine: &Database, call| engine.static_roles.contains_key(call.text("name")))
                .on(Operation::Read, Database::read_static_role)
                .write(Database::write_static_role)
                .on(Operation::Delete, Database::delete_static_role),
            route("creds/{name}")
                .help("A new account of a role, with a lease.", "")
                .fields(name())
                .on(Operation::Read, Database::issue),
            route("static-creds/{name}")
                .help("The account of a static role.", "")
                .fields(name())
                .on(Operation::Read, Database::static_creds),
            route("rotate-root/{name}")
                .help("Change the password of a connection.", "")
                .fields(name())
                .write(Database::rotate_root),
            route("rotate-role/{name}")
                .help("Change the password of a static role now.", "")
                .fields(name())
                .write(Database::rotate_role),
        ],
    )
});

impl Backend for Database {
    fn router() -> &'static Router<Self> {
        &ROUTER
    }

    fn accounts(&self) -> Vec<(String, String)> {
        self.users.clone().into_iter().collect()
    }

    fn renew(&mut self, _: &mut Context<'_>, lease: &LeaseTerms<'_>) -> Result<Renewal, Error> {
        let name = lease.internal.get("role").and_then(Value::as_str).unwrap_or_default();
        let role = self.roles.get(name);
        let role = role.ok_or_else(|| {
            Error::response(format!(
                "failed to renew entry: error during renew: could not find role with name {name:?}"
            ))
        })?;
        let some = |span: Duration| (!span.is_zero()).then_some(span);
        Ok(Renewal {
            ttl: some(role.default_ttl),
            max_ttl: some(role.max_ttl),
        })
    }

    fn revoke(&mut self, _: &mut Context<'_>, internal: &Object) -> Result<(), Error> {
        if let Some(username) = internal.get("username").and_then(Value::as_str) {
            self.users.remove(username);
        }
        Ok(())
    }
}

/// Password, or why the type is none that is made here.
fn credential_type(kind: &str) -> Result<(), Error> {
    match kind {
        "password" => Ok(()),
        "rsa_private_key" | "client_certificate" => Err(Error::response(format!(
            "credential_type {kind:?} is not supported by this development server"
        ))),
        other => Err(Error::response(format!("invalid credential_type {other:?}"))),
    }
}

/// A password as the original's default policy makes it: 20 characters, one of each kind at least.
fn password() -> String {
    format!("{}-{}", crate::random::base62(9), crate::random::base62(10))
}

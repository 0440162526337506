//! `config/`: connections.

use super::{Database, password};
use crate::engine::{Call, Context};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::collections::BTreeMap;

/// A connection, as it was written.
#[derive(Clone, Debug, Default)]
pub(super) struct Connection {
    plugin: String,
    plugin_version: String,
    pub(super) allowed_roles: Vec<String>,
    root_rotation: Vec<String>,
    password_policy: String,
    details: Object,
}

const OWN: [&str; 7] = [
    "name",
    "plugin_name",
    "plugin_version",
    "allowed_roles",
    "verify_connection",
    "root_rotation_statements",
    "password_policy",
];

impl Connection {
    /// Whether a role may use the connection.
    fn allows(&self, role: &str) -> bool {
        self.allowed_roles
            .iter()
            .any(|pattern| crate::core::policies::glob(pattern, role))
    }
}

/// Refuses credentials of a role whose connection is gone or does not allow the role.
pub(super) fn check_allowed(
    connections: &BTreeMap<String, Connection>,
    connection: &str,
    role: &str,
) -> Result<(), Error> {
    let found = connections.get(connection).ok_or_else(|| no_connection(connection))?;
    if found.allows(role) {
        return Ok(());
    }
    Err(Error::internal(format!("{role:?} is not an allowed role")))
}

pub(super) fn no_connection(name: &str) -> Error {
    Error::internal(format!("failed to find entry for connection with name: {name:?}"))
}

impl Database {
    pub(super) fn list_connections(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        Response::list(self.connections.keys().cloned()).reply()
    }

    pub(super) fn read_connection(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(connection) = self.connections.get(call.text("name")) else {
            return Ok(None);
        };
        let mut details = connection.details.clone();
        details.remove("password");
        details.remove("private_key");
        if let Some(Value::String(url)) = details.get_mut("connection_url") {
            *url = redacted(url);
        }
        Response::data(object! {
            "plugin_name" => &connection.plugin,
            "plugin_version" => &connection.plugin_version,
            "allowed_roles" => connection.allowed_roles.clone(),
            "root_credentials_rotate_statements" => connection.root_rotation.clone(),
            "password_policy" => &connection.password_policy,
            "connection_details" => details,
        })
        .reply()
    }

    pub(super) fn write_connection(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let mut connection = self.connections.get(name).cloned().unwrap_or_default();
        let create = call.request.operation == Operation::Create;
        connection.set_plugin(call)?;
        if let Some(version) = call.maybe_string("plugin_version") {
            connection.plugin_version = version;
        }
        for (field, list) in [
            ("allowed_roles", &mut connection.allowed_roles),
            ("root_rotation_statements", &mut connection.root_rotation),
        ] {
            if create || call.has(field) {
                *list = call.list(field).iter().flat_map(|item| split(field, item)).collect();
            }
        }
        if let Some(policy) = call.maybe_string("password_policy") {
            connection.password_policy = policy;
        }
        let details = call.request.data.iter().filter(|(key, _)| !OWN.contains(&key.as_str()));
        connection
            .details
            .extend(details.map(|(key, value)| (key.clone(), value.clone())));
        let url = connection
            .details
            .get("connection_url")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let shown = redacted(url) != url;
        self.connections.insert(name.to_owned(), connection);
        match shown {
            true => Response::default()
                .warn(
                    "Password found in connection_url, use a templated url to enable root rotation and prevent read access to \
                     password information.",
                )
                .reply(),
            false => Ok(None),
        }
    }

    pub(super) fn delete_connection(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.connections.remove(call.text("name"));
        Ok(None)
    }

    pub(super) fn rotate_root(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let missing = || Error::internal(format!("failed to find entry for connection with name: {name:?}"));
        let connection = self.connections.get_mut(name).ok_or_else(missing)?;
        if !connection.details.contains_key("username") {
            return Err(Error::internal(
                "unable to rotate root credentials: no username in configuration",
            ));
        }
        connection
            .details
            .insert("password".to_owned(), Value::from(password()));
        Ok(None)
    }
}

/// `allowed_roles` may come as one text with commas.
fn split(field: &str, item: &str) -> Vec<String> {
    match field {
        "allowed_roles" => item
            .split(',')
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect(),
        _ => vec![item.to_owned()],
    }
}

/// The URL with its password made `xxxxx`; templates (`{{password}}`) are no password.
fn redacted(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let Some((user, host)) = rest.split_once('@') else {
        return url.to_owned();
    };
    match user.split_once(':') {
        Some((name, password)) if !user.contains(['/', '{']) && !password.is_empty() => {
            format!("{scheme}://{name}:xxxxx@{host}")
        }
        _ => url.to_owned(),
    }
}

impl Connection {
    fn set_plugin(&mut self, call: &Call<'_>) -> Result<(), Error> {
        if let Some(plugin) = call.maybe_string("plugin_name") {
            self.plugin = plugin;
        }
        let plugin = &self.plugin;
        if plugin.is_empty() {
            return Err(Error::response("empty plugin name"));
        }
        match plugin.ends_with("-database-plugin") {
            true => Ok(()),
            false => Err(Error::response(format!(
                "error creating database object: plugin not found in the catalog: {plugin}"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn only_a_password_in_the_url_is_hidden() {
        assert_eq!(redacted("postgresql://u:p@h:5432/d"), "postgresql://u:xxxxx@h:5432/d");
        for url in [
            "postgresql://{{username}}:{{password}}@h/d",
            "mongodb://h/d",
            "postgresql://u@h/d",
        ] {
            assert_eq!(redacted(url), url);
        }
    }
}

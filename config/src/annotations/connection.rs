//! How the agent reaches the server, logs in, and what its process is told.

use std::collections::BTreeMap;

use super::build::or_default;
use super::defaults::Defaults;
use super::plan::{Connection, Process};
use super::table;
use super::token::LoginToken;
use super::values::Values;

pub(super) fn connection(values: &Values, defaults: &Defaults, tls_skip_verify: bool) -> Connection {
    let ca_path = values
        .text(&table::CA_PATH)
        .or(values.text(&table::CA_KEY))
        .unwrap_or_default();
    Connection {
        address: or_default(values, &table::SERVICE, &defaults.address),
        namespace: or_default(values, &table::NAMESPACE, &defaults.namespace),
        proxy_address: or_default(values, &table::PROXY_ADDRESS, &defaults.proxy_address),
        tls_secret: or_default(values, &table::TLS_SECRET, ""),
        ca_cert: or_default(values, &table::CA_CERT, ""),
        ca_path: ca_path.to_owned(),
        ca_cert_bytes: defaults.ca_cert_bytes.clone(),
        client_cert: or_default(values, &table::CLIENT_CERT, ""),
        client_key: or_default(values, &table::CLIENT_KEY, ""),
        tls_server_name: or_default(values, &table::TLS_SERVER_NAME, ""),
        tls_skip_verify,
    }
}

pub(super) fn process(values: &Values) -> Process {
    Process {
        go_max_procs: or_default(values, &table::GO_MAX_PROCS, ""),
        client_timeout: or_default(values, &table::CLIENT_TIMEOUT, ""),
        client_max_retries: or_default(values, &table::CLIENT_MAX_RETRIES, ""),
        log_level: or_default(values, &table::LOG_LEVEL, "info"),
        log_format: or_default(values, &table::LOG_FORMAT, "standard"),
    }
}

/// The token's path, then `auth-config-*`, then `role` unless it is empty, each over the one before.
pub(super) fn auth_config(values: &Values, token: &LoginToken) -> BTreeMap<String, String> {
    let mut config = BTreeMap::from([("token_path".to_owned(), token.path())]);
    for (param, entry) in values.family(&table::AUTH_CONFIG) {
        config.insert(param.replace('-', "_"), entry.value.clone());
    }
    if let Some(role) = values.text(&table::ROLE).filter(|role| !role.is_empty()) {
        config.insert("role".to_owned(), role.to_owned());
    }
    config
}

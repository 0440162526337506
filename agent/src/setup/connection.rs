//! How the server is reached: by templates and renewals, by the login, and by programs that use a listener.

use std::path::PathBuf;

use coffret_config::agent::{self as config, AgentConfig, MethodKind, Subsystems};
use coffret_vault::{CertificateSource, Client, ClientCertificate, ConnectionOptions, Settings};

use crate::environment::Environment;
use crate::exit::Failure;
use crate::flags::Given;
use crate::proxy;
use crate::server::Server;

use super::refused;

/// How to reach the server.
///
/// # Errors
/// A setting that cannot be used.
pub fn settings(config: &AgentConfig, given: &Given, environment: &Environment) -> Result<Settings, Failure> {
    let flag = |name: &str| given.last(name).map(str::to_owned);
    let flags = ConnectionOptions {
        address: flag("address"),
        ca_cert: flag("ca-cert").map(PathBuf::from),
        ca_path: flag("ca-path").map(PathBuf::from),
        client_cert: flag("client-cert").map(PathBuf::from),
        client_key: flag("client-key").map(PathBuf::from),
        tls_server_name: flag("tls-server-name"),
        tls_skip_verify: given.switch("tls-skip-verify"),
        namespace: flag("namespace").or_else(|| flag("ns")),
    };
    let server = config.vault.clone().unwrap_or_default();
    let method = config.auto_auth.as_ref().map(|auth| &auth.method);
    let files = ConnectionOptions {
        address: server.address,
        ca_cert: server.ca_cert,
        ca_path: server.ca_path,
        client_cert: server.client_cert,
        client_key: server.client_key,
        tls_server_name: server.tls_server_name,
        tls_skip_verify: server.tls_skip_verify,
        namespace: method.and_then(|method| method.namespace.clone()).or(server.namespace),
    };
    let lookup = |name: &str| environment.get(name).map(str::to_owned);
    let mut settings = Settings::layered(&flags, &lookup, &files).map_err(|error| refused(&error.to_string()))?;
    settings.disable_redirects |= given.switch("disable-redirects") == Some(true);
    settings.disable_keep_alives = apart(config).templating;
    Ok(settings)
}

/// The server, with a client of its own for logins that bring their own certificates.
///
/// # Errors
/// Certificates that cannot be used.
pub fn server(config: &AgentConfig, settings: &Settings) -> Result<Server, Failure> {
    let client = |settings: &Settings| Client::new(settings.clone()).map_err(|error| refused(&error.to_string()));
    let mut login = match config.auto_auth.as_ref().map(|auth| &auth.method.kind) {
        Some(MethodKind::Cert(cert)) => with_certificates(cert, settings),
        _ => None,
    };
    if apart(config).auto_auth {
        login.get_or_insert_with(|| settings.clone()).disable_keep_alives = true;
    }
    let login = login.map(|settings| client(&settings)).transpose()?;
    Ok(Server::new(client(settings)?, login, settings.address.to_string()))
}

/// The authorities of the `vault` stanza do not count where the method names any file of its own.
fn with_certificates(cert: &config::Cert, settings: &Settings) -> Option<Settings> {
    if cert.ca_cert.is_none() && cert.client_cert.is_none() {
        return None;
    }
    let mut settings = settings.clone();
    settings.tls.authorities = cert.ca_cert.iter().cloned().map(CertificateSource::File).collect();
    let pair = cert.client_cert.clone().zip(cert.client_key.clone());
    settings.tls.client = pair.map(|(certificate, key)| ClientCertificate {
        certificate: CertificateSource::File(certificate),
        key: CertificateSource::File(key),
    });
    Some(settings)
}

/// What happens with requests through a listener; older places count where the newer say nothing.
#[must_use]
pub fn proxy_rules(config: &AgentConfig, settings: &Settings) -> proxy::Rules {
    let stanza = config.api_proxy.clone().unwrap_or_default();
    let older = config.cache.clone().unwrap_or_default();
    let consistency = stanza.consistency.or(older.consistency);
    let configured = config.vault.as_ref().and_then(|server| server.retries);
    proxy::Rules {
        use_token: stanza.use_token.or(older.use_token).unwrap_or_default(),
        namespace: settings.namespace.clone().filter(|_| stanza.prepend_namespace),
        enforce_consistency: consistency.enforce.unwrap_or_default(),
        when_inconsistent: consistency.when_inconsistent.unwrap_or_default(),
        retries: settings.max_retries.or(configured).unwrap_or(config::DEFAULT_RETRIES),
    }
}

/// How requests through a listener reach the server.
#[must_use]
pub fn proxy_settings(config: &AgentConfig, settings: &Settings) -> Settings {
    Settings {
        disable_keep_alives: apart(config).proxying,
        ..settings.clone()
    }
}

/// Parts whose connections are closed after each request. A connection that must not idle and one that is not kept
/// are the same thing to them.
fn apart(config: &AgentConfig) -> Subsystems {
    config.disable_idle_connections.and(config.disable_keep_alives)
}

//! The TLS configuration: versions, suites, and the certificate resolver.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::{ServerConfig, SupportedCipherSuite, SupportedProtocolVersion};
use thiserror::Error;

use super::current::Current;
use crate::settings::TlsSettings;

/// Why TLS cannot be set up.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A suite nobody knows, or one that is not safe to offer.
    #[error(
        "unsupported cipher {0:?}: use Go's names of the ECDHE suites with AES-GCM or ChaCha20, or leave the list empty"
    )]
    Cipher(String),
    /// Versions and suites that do not go together.
    #[error("setting up TLS")]
    Config(#[source] rustls::Error),
}

/// The one place where the cryptographic provider is made.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// A server configuration that asks `current` for its certificate at each handshake.
///
/// # Errors
/// Unknown suites.
pub fn server_config(settings: &TlsSettings, current: Arc<Current>) -> Result<Arc<ServerConfig>, TlsError> {
    let mut provider = ring::default_provider();
    if !settings.cipher_suites.is_empty() {
        provider.cipher_suites = suites(&settings.cipher_suites, &provider.cipher_suites)?;
    }
    let versions: &[&SupportedProtocolVersion] = if settings.only_tls13 {
        &[&rustls::version::TLS13]
    } else {
        &[&rustls::version::TLS13, &rustls::version::TLS12]
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)
        .map_err(TlsError::Config)?
        .with_no_client_auth()
        .with_cert_resolver(current);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The named TLS 1.2 suites, and all of TLS 1.3, which Go does not let users choose either.
fn suites(names: &[String], known: &[SupportedCipherSuite]) -> Result<Vec<SupportedCipherSuite>, TlsError> {
    let mut chosen: Vec<SupportedCipherSuite> = known.iter().filter(|suite| suite.tls13().is_some()).copied().collect();
    for name in names {
        let same = |suite: &&SupportedCipherSuite| format!("{:?}", suite.suite()) == go_name(name);
        chosen.push(
            known
                .iter()
                .find(same)
                .copied()
                .ok_or_else(|| TlsError::Cipher(name.clone()))?,
        );
    }
    Ok(chosen)
}

/// Go leaves the hash off some names.
fn go_name(name: &str) -> String {
    if name.ends_with("CHACHA20_POLY1305") {
        format!("{name}_SHA256")
    } else {
        name.to_owned()
    }
}

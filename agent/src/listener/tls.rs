//! TLS of a listener. Certificate, key and client authorities are read again when their files change.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use coffret_config::agent::{ListenerTls, TlsVersion};
use coffret_vault::Fingerprint;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion, version};
use tokio_rustls::TlsAcceptor;
use zeroize::Zeroizing;

/// What a listener shows, as its files are now.
pub(super) struct Tls {
    settings: ListenerTls,
    current: RefCell<(Fingerprint, TlsAcceptor)>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// Which key of the stanza names something that cannot be used, and why.
    pub(super) fn new(settings: ListenerTls) -> Result<Self, String> {
        let files = fingerprint(&settings);
        let acceptor = acceptor(&settings)?;
        Ok(Self {
            current: RefCell::new((files, acceptor)),
            settings,
        })
    }

    /// What the next connection is accepted with.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let now = fingerprint(&self.settings);
        let mut current = self.current.borrow_mut();
        if current.0 != now {
            current.0 = now;
            match acceptor(&self.settings) {
                Ok(acceptor) => {
                    tracing::info!(target: "agent", event = "listener.reloaded", certificate = %self.settings.cert_file.display(), "listener certificate read again");
                    current.1 = acceptor;
                }
                // Perhaps only half of the files are new yet; the next change gives the next chance.
                Err(error) => {
                    tracing::warn!(target: "agent", event = "listener.reload_failed", error = %error, "changed certificate files cannot be used; keeping the old ones");
                }
            }
        }
        current.1.clone()
    }
}

fn fingerprint(settings: &ListenerTls) -> Fingerprint {
    let files = [
        Some(&settings.cert_file),
        Some(&settings.key_file),
        settings.client_ca_file.as_ref(),
    ];
    Fingerprint::of_files(files.into_iter().flatten().map(std::path::PathBuf::as_path))
}

fn acceptor(settings: &ListenerTls) -> Result<TlsAcceptor, String> {
    let provider = Arc::new(provider(&settings.cipher_suites)?);
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions(settings))
        .map_err(|error| format!("tls_min_version, tls_max_version and tls_cipher_suites leave nothing: {error}"))?;
    let builder = if settings.require_client_cert {
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(client_authorities(settings)?), provider)
            .build()
            .map_err(|error| format!("tls_client_ca_file: {error}"))?;
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    let chain = certificates("tls_cert_file", &settings.cert_file)?;
    let key = private_key(&settings.key_file)?;
    let mut config = builder
        .with_single_cert(chain, key)
        .map_err(|error| format!("tls_cert_file does not work with tls_key_file: {error}"))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Nothing is remembered about clients: connections from the same pod are cheap.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The process's provider, with the suites of TLS 1.2 cut down to those named.
fn provider(names: &[String]) -> Result<CryptoProvider, String> {
    let mut provider = rustls::crypto::ring::default_provider();
    if names.is_empty() {
        return Ok(provider);
    }
    let old = |suite: &rustls::SupportedCipherSuite| suite.tls13().is_none();
    let name = |suite: &rustls::SupportedCipherSuite| format!("{:?}", suite.suite());
    let built_in: Vec<String> = provider
        .cipher_suites
        .iter()
        .filter(|suite| old(suite))
        .map(name)
        .collect();
    // Go's older names of the ChaCha20 suites lack the hash.
    let means = |given: &str, known: &str| known == given || known.strip_suffix("_SHA256") == Some(given);
    for given in names {
        if !given.starts_with("TLS_") || !built_in.iter().any(|known| means(given, known)) {
            tracing::warn!(target: "agent", event = "config.warning", suite = %given, "listener: tls_cipher_suites: a suite that is not offered; built in are {}", built_in.join(", "));
        }
    }
    provider
        .cipher_suites
        .retain(|suite| !old(suite) || names.iter().any(|given| means(given, &name(suite))));
    if provider.cipher_suites.iter().any(old) {
        Ok(provider)
    } else {
        Err(format!(
            "tls_cipher_suites: none of these is built in; choose from {}",
            built_in.join(", ")
        ))
    }
}

fn versions(settings: &ListenerTls) -> Vec<&'static SupportedProtocolVersion> {
    let all = [(TlsVersion::V12, &version::TLS12), (TlsVersion::V13, &version::TLS13)];
    all.into_iter()
        .filter(|(version, _)| (settings.min_version..=settings.max_version).contains(version))
        .map(|(_, supported)| supported)
        .collect()
}

fn client_authorities(settings: &ListenerTls) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    let file = settings
        .client_ca_file
        .as_deref()
        .ok_or("tls_client_ca_file is missing")?;
    for certificate in certificates("tls_client_ca_file", file)? {
        store
            .add(certificate)
            .map_err(|error| format!("tls_client_ca_file {}: {error}", file.display()))?;
    }
    Ok(store)
}

fn certificates(key: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = read(key, path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(format!("{key} {}: holds no PEM certificate", path.display())),
        Err(_) => Err(format!("{key} {}: holds a damaged PEM block", path.display())),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let text = read("tls_key_file", path)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        format!(
            "tls_key_file {}: holds no PEM private key that is not encrypted",
            path.display()
        )
    })
}

fn read(key: &str, path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    std::fs::read(path)
        .map(Zeroizing::new)
        .map_err(|error| format!("{key} {}: {}", path.display(), error.kind()))
}

//! TLS: which servers are trusted, and what we show them.

mod der;
mod files;
mod verifier;

pub use der::Certificate;
pub use files::Fingerprint;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};

use zeroize::Zeroizing;

use crate::SettingsError;

/// What TLS is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// The certificate authorities to trust; empty means those of the system, or Mozilla's list where it has none.
    pub authorities: Vec<CertificateSource>,
    /// What to show to the server.
    pub client: Option<ClientCertificate>,
    /// Name to send and to verify instead of the address's host.
    pub server_name: Option<String>,
    /// Accept any certificate.
    pub skip_verify: bool,
}

/// Where certificates or keys come from.
#[derive(Clone, PartialEq, Eq)]
pub enum CertificateSource {
    /// A PEM file, read again when it changes.
    File(PathBuf),
    /// A directory of PEM files, read again when one changes.
    Directory(PathBuf),
    /// PEM text; wiped when dropped, as it may be a key.
    Pem(Zeroizing<Vec<u8>>),
}

impl fmt::Debug for CertificateSource {
    /// PEM text is not printed: it may be a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name())
    }
}

impl CertificateSource {
    /// The source in words.
    pub(crate) fn name(&self) -> String {
        match self {
            CertificateSource::File(path) | CertificateSource::Directory(path) => path.display().to_string(),
            CertificateSource::Pem(_) => "given as text".to_owned(),
        }
    }
}

/// A client certificate and its private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate with its chain.
    pub certificate: CertificateSource,
    /// The private key.
    pub key: CertificateSource,
}

/// Makes ring the process's TLS provider, if there is none yet; further calls do nothing.
///
/// The only place that names the provider.
pub fn install_crypto_provider() {
    // An error only means that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The provider in use.
fn provider() -> Arc<CryptoProvider> {
    install_crypto_provider();
    CryptoProvider::get_default().map_or_else(|| Arc::new(rustls::crypto::ring::default_provider()), Arc::clone)
}

/// Builds rustls' settings from what the sources hold now.
pub(crate) fn client_config(settings: &TlsSettings) -> Result<ClientConfig, SettingsError> {
    let provider = provider();
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| SettingsError::Client(error.to_string()))?;
    let name = settings.server_name.as_deref().map(server_name).transpose()?;
    let verifier = if settings.skip_verify {
        verifier::accepting_anything(&provider)
    } else {
        verifier::trusting(files::authorities(&settings.authorities)?, name, &provider)?
    };
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    let mut config = match &settings.client {
        None => builder.with_no_client_auth(),
        Some(client) => {
            let (chain, key) = client_pair(client)?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| unfit(client, &error))?
        }
    };
    // Room for one server and those it redirects to, instead of 256.
    config.resumption = Resumption::in_memory_sessions(8);
    Ok(config)
}

fn unfit(client: &ClientCertificate, error: &rustls::Error) -> SettingsError {
    SettingsError::Certificate {
        what: "the client certificate",
        from: client.certificate.name(),
        reason: format!("does not work with its key ({error})"),
    }
}

fn client_pair(
    client: &ClientCertificate,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), SettingsError> {
    Ok((
        files::certificates("the client certificate", &client.certificate)?,
        files::private_key(&client.key)?,
    ))
}

fn server_name(name: &str) -> Result<ServerName<'static>, SettingsError> {
    ServerName::try_from(name.to_owned()).map_err(|_| SettingsError::Address {
        source_name: "the TLS server name".to_owned(),
        reason: "is no host name".to_owned(),
    })
}

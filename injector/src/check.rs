//! `coffret-injector check`: what an API server does before it can ask for a review, done by hand. It reads the
//! webhook configuration and connects to each entry's Service by name, trusting only the CA published there.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use k8s_openapi::api::admissionregistration::v1::{MutatingWebhook, MutatingWebhookConfiguration};
use kube::api::Api;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::tls::provider;

/// Longest time for one step.
const DEADLINE: Duration = Duration::from_secs(5);

/// Why the API server would get no answer.
#[derive(Debug, Error)]
pub enum CheckError {
    /// The configuration itself.
    #[error("reading the webhook configuration")]
    Read(#[source] Box<kube::Error>),
    /// There is nothing to ask.
    #[error("the webhook configuration has no entry that names a Service")]
    Empty,
    /// Nobody has published a CA.
    #[error("{entry} has no caBundle that holds a certificate: the injector has not published its CA yet, or may not")]
    NoCa {
        /// Name of the entry.
        entry: String,
    },
    /// A name no certificate can be for.
    #[error("{host} is no host name")]
    Host {
        /// The name.
        host: String,
        /// Why.
        source: InvalidDnsNameError,
    },
    /// TLS settings.
    #[error("setting up TLS")]
    Tls(#[source] rustls::Error),
    /// TCP or TLS.
    #[error("connecting to {host}:{port}")]
    Connect {
        /// The Service.
        host: String,
        /// Its port.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// No end in sight.
    #[error("connecting to {host}: no answer for {} s", DEADLINE.as_secs())]
    Deadline {
        /// The Service.
        host: String,
    },
    /// HTTP.
    #[error("asking {host} for its health")]
    Http {
        /// The Service.
        host: String,
        /// Why.
        source: hyper::Error,
    },
    /// It answers, but not well.
    #[error("{host} is not ready: it answered {status}")]
    NotReady {
        /// The Service.
        host: String,
        /// What it answered.
        status: StatusCode,
    },
}

/// Asks the Service of every entry of a webhook configuration for its health; gives their names.
///
/// # Errors
/// The first reason why the API server would get no answer.
pub async fn check(client: &kube::Client, webhook: &str) -> Result<Vec<String>, CheckError> {
    let api: Api<MutatingWebhookConfiguration> = Api::all(client.clone());
    let found = api
        .get(webhook)
        .await
        .map_err(|error| CheckError::Read(Box::new(error)))?;
    let mut answered = Vec::new();
    for entry in found.webhooks.unwrap_or_default() {
        if let Some(service) = &entry.client_config.service {
            let host = format!("{}.{}.svc", service.name, service.namespace);
            let port = u16::try_from(service.port.unwrap_or(443)).unwrap_or(443);
            let asking = ask(&host, port, trust(&entry)?);
            tokio::time::timeout(DEADLINE, asking)
                .await
                .map_err(|_| CheckError::Deadline { host: host.clone() })??;
            answered.push(host);
        }
    }
    if answered.is_empty() {
        return Err(CheckError::Empty);
    }
    Ok(answered)
}

/// TLS settings that trust the CA of an entry and nothing else.
fn trust(entry: &MutatingWebhook) -> Result<Arc<ClientConfig>, CheckError> {
    let bundle = entry
        .client_config
        .ca_bundle
        .as_ref()
        .map_or(&[][..], |bundle| &bundle.0);
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(bundle).flatten());
    if roots.is_empty() {
        return Err(CheckError::NoCa {
            entry: entry.name.clone(),
        });
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(CheckError::Tls)?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

async fn ask(host: &str, port: u16, tls: Arc<ClientConfig>) -> Result<(), CheckError> {
    let name = ServerName::try_from(host.to_owned()).map_err(|source| CheckError::Host {
        host: host.to_owned(),
        source,
    })?;
    let connect = |source| CheckError::Connect {
        host: host.to_owned(),
        port,
        source,
    };
    let stream = TcpStream::connect((host, port)).await.map_err(connect)?;
    let stream = TlsConnector::from(tls).connect(name, stream).await.map_err(connect)?;
    let http = |source| CheckError::Http {
        host: host.to_owned(),
        source,
    };
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(http)?;
    // It ends with the answer; what went wrong on the way is the sender's error too.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    let mut request = Request::new(Empty::<Bytes>::new());
    *request.uri_mut() = hyper::Uri::from_static("/health/ready");
    if let Ok(value) = hyper::header::HeaderValue::from_str(host) {
        request.headers_mut().insert(hyper::header::HOST, value);
    }
    let status = sender.send_request(request).await.map_err(http)?.status();
    if status.is_success() {
        return Ok(());
    }
    Err(CheckError::NotReady {
        host: host.to_owned(),
        status,
    })
}

//! What an API server does before each review: a TLS handshake that trusts only the CA bundle of the webhook's
//! configuration, at a time the test chooses, without a network.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use coffret_injector::tls::{Current, provider, server_config};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore};

use crate::webhook::settings;

#[derive(Debug)]
struct At(Duration);

impl TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(self.0))
    }
}

/// Why the handshake fails; nothing when it does not. `bundle` is PEM.
pub async fn problem(current: &Arc<Current>, bundle: &[u8], name: &str, now: SystemTime) -> Option<String> {
    let server = server_config(&settings(&[]).tls, Arc::clone(current)).unwrap();
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(bundle) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let time = Arc::new(At(now.duration_since(UNIX_EPOCH).unwrap()));
    let client = ClientConfig::builder_with_details(provider(), time)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let (near, far) = tokio::io::duplex(64 << 10);
    let connector = tokio_rustls::TlsConnector::from(Arc::new(client));
    let acceptor = tokio_rustls::TlsAcceptor::from(server);
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let (asked, _) = tokio::join!(connector.connect(name, near), acceptor.accept(far));
    asked.err().map(|error| error.to_string())
}

//! Listeners over TLS.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustix::process::Signal;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::pod;
use crate::program::Program;
use crate::scenario::run;

/// An authority and the certificates it signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// A certificate for localhost and its key, in PEM.
    fn certificate(&self) -> (String, String) {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// A client that trusts this authority and shows a certificate of its own if it has one.
    fn client(&self, own: Option<(String, String)>) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap())
            .unwrap();
        let builder = ClientConfig::builder().with_root_certificates(roots);
        let config = match own {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => builder
                .with_client_auth_cert(
                    vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()],
                    PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
                )
                .unwrap(),
        };
        TlsConnector::from(Arc::new(config))
    }
}

/// The status of a health request over TLS, if there was an answer.
async fn health(connector: &TlsConnector, address: &str) -> Option<u16> {
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = connector.connect(name, stream).await.ok()?;
    // With TLS 1.3 a refused client certificate shows only when something is read.
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let request = b"GET /v1/sys/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.ok()?;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).split(' ').nth(1)?.parse().ok()
}

#[test]
fn tls_listeners_show_their_current_certificate_and_ask_for_the_clients() {
    run(async {
        let (scenario, mut config, _) = pod().await;
        let (first, second) = (Authority::new(), Authority::new());
        let put = |(certificate, key): (String, String)| {
            std::fs::write(scenario.path("key.new"), key).unwrap();
            std::fs::rename(scenario.path("key.new"), scenario.path("key")).unwrap();
            std::fs::write(scenario.path("cert"), certificate).unwrap();
        };
        put(first.certificate());
        std::fs::write(scenario.path("clients"), &first.pem).unwrap();
        let listener = json!({
            "type": "tcp", "address": "127.0.0.1:0",
            "tls_cert_file": scenario.path("cert"), "tls_key_file": scenario.path("key"),
        });
        let mut mutual = listener.clone();
        mutual["tls_require_and_verify_client_cert"] = json!(true);
        mutual["tls_client_ca_file"] = json!(scenario.path("clients"));
        mutual["tls_min_version"] = json!("tls13");
        config["listener"] = json!([listener, mutual]);
        let mut program = Program::start(&scenario, &config, &[]);
        let mut address = async || {
            let line = program.logged("listening").await;
            line.rsplit_once("address=").unwrap().1.trim_matches('"').to_owned()
        };
        let (open, closed) = (address().await, address().await);
        assert_eq!(health(&first.client(None), &open).await, Some(200));
        assert_eq!(
            health(&second.client(None), &open).await,
            None,
            "an unknown authority was trusted"
        );
        assert_eq!(
            health(&first.client(None), &closed).await,
            None,
            "no client certificate was asked for"
        );
        assert_eq!(health(&first.client(Some(second.certificate())), &closed).await, None);
        assert_eq!(
            health(&first.client(Some(first.certificate())), &closed).await,
            Some(200)
        );
        put(second.certificate());
        assert_eq!(
            health(&second.client(None), &open).await,
            Some(200),
            "the old certificate is shown"
        );
        std::fs::write(scenario.path("cert"), "half").unwrap();
        assert_eq!(
            health(&second.client(None), &open).await,
            Some(200),
            "a broken file was used"
        );
        program.signal(Signal::TERM);
        assert_eq!(program.ended().await.0, 0);

        let (code, printed) = Program::start(&scenario, &config, &[]).ended().await;
        assert!(code == 64 && printed.contains("tls_cert_file"), "{code} {printed}");
    });
}

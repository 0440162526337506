//! HTTPS, and logins by client certificate.

use super::client::{Client, text};
use coffret_devserver::{Options, Server, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use serde_json::json;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Issuer {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn leaf(authority: &Issuer, name: &str) -> (rcgen::Certificate, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    (params.signed_by(&key, authority).unwrap(), key)
}

async fn connect(
    server: &Server,
    authority: &Issuer,
    own: Option<&(rcgen::Certificate, KeyPair)>,
) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match own {
        Some((certificate, key)) => {
            let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
            builder
                .with_client_auth_cert(vec![certificate.der().clone()], key)
                .unwrap()
        }
        None => builder.with_no_client_auth(),
    };
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_client_certificate_logs_in_if_the_role_trusts_its_issuer() {
    let (servers, clients, others) = (authority("servers"), authority("clients"), authority("others"));
    let (certificate, key) = leaf(&servers, "localhost");
    let tls = Tls {
        certificate_chain: certificate.pem(),
        private_key: key.serialize_pem(),
        ask_client: true,
    };
    let options = Options {
        tls: Some(tls),
        seed: Some("auth: { cert: { type: cert } }".to_owned()),
        ..Options::default()
    };
    let server = Server::start(options).await.unwrap();
    assert!(server.url().starts_with("https://127.0.0.1:"), "{}", server.url());
    let client = Client::new(&server);
    let role = json!({ "certificate": clients.pem(), "allowed_common_names": "web*" }).to_string();
    let stream = connect(&server, &servers, None).await;
    assert_eq!(
        client
            .send_over(stream, "PUT", "/v1/auth/cert/certs/web", &role)
            .await
            .unwrap()
            .status,
        204
    );

    let login = async |own: Option<&(rcgen::Certificate, KeyPair)>| {
        let stream = connect(&server, &servers, own).await;
        client
            .as_token("")
            .send_over(stream, "PUT", "/v1/auth/cert/login", "{}")
            .await
            .unwrap()
    };
    let answer = login(Some(&leaf(&clients, "web-1"))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["auth"]["metadata"]["common_name"], "web-1");
    for (own, error) in [
        (None, "no client certificate found"),
        (
            Some(leaf(&others, "web-1")),
            "invalid certificate or no client certificate supplied",
        ),
        (
            Some(leaf(&clients, "db-1")),
            "no chain matching all constraints could be found for this login certificate",
        ),
    ] {
        let answer = login(own.as_ref()).await;
        assert_eq!((answer.status, text(&answer.json()["errors"][0])), (400, error));
    }
}

//! HTTPS, and logins by client certificate.

use super::client::{Client, text};
use coffret_devserver::{Options, Server, Tls};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, CustomExtension, DnType,
    IsCa, KeyIdMethod, KeyPair, RevokedCertParams, SerialNumber, date_time_ymd,
};
use serde_json::json;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
use x509_parser::prelude::{FromDer, X509Certificate};

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

/// Mounts the method on a server with HTTPS whose role trusts `clients`, on these terms.
async fn cert_server(servers: &Issuer, clients: &Issuer, mut role: serde_json::Value) -> (Server, Client) {
    let (certificate, key) = leaf(servers, "localhost");
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
    let client = Client::new(&server);
    role["certificate"] = clients.pem().into();
    let stream = connect(&server, servers, None).await;
    let role = role.to_string();
    let written = client.send_over(stream, "PUT", "/v1/auth/cert/certs/web", &role);
    assert_eq!(written.await.unwrap().status, 204);
    (server, client)
}

#[tokio::test]
async fn a_client_certificate_logs_in_if_the_role_trusts_its_issuer() {
    let (servers, clients, others) = (authority("servers"), authority("clients"), authority("others"));
    let role = json!({ "allowed_common_names": "web*" });
    let (server, client) = cert_server(&servers, &clients, role).await;
    assert!(server.url().starts_with("https://127.0.0.1:"), "{}", server.url());

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

#[tokio::test]
async fn extensions_are_required_and_told_of() {
    let (servers, clients) = (authority("servers"), authority("clients"));
    let role = json!({ "required_extensions": "1.2.3.4:blue*", "allowed_metadata_extensions": "1.2.3.4" });
    let (server, client) = cert_server(&servers, &clients, role).await;
    let with = |text: &str| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["web".to_owned()]).unwrap();
        // A UTF-8 string of DER.
        let value = [&[12, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        params.custom_extensions = vec![CustomExtension::from_oid_content(&[1, 2, 3, 4], value)];
        (params.signed_by(&key, &clients).unwrap(), key)
    };
    for (own, status) in [(with("blue-1"), 200), (with("red"), 400), (leaf(&clients, "web"), 400)] {
        let stream = connect(&server, &servers, Some(&own)).await;
        let client = client.as_token("");
        let answer = client
            .send_over(stream, "PUT", "/v1/auth/cert/login", "{}")
            .await
            .unwrap();
        assert_eq!(answer.status, status, "{}", answer.body);
        if status == 200 {
            assert_eq!(answer.json()["auth"]["metadata"]["1-2-3-4"], "blue-1");
        }
    }
}

#[tokio::test]
async fn who_is_on_a_list_of_the_revoked_does_not_log_in() {
    let (servers, clients) = (authority("servers"), authority("clients"));
    let (server, client) = cert_server(&servers, &clients, json!({})).await;
    let own = leaf(&clients, "web");
    let login = async || {
        let stream = connect(&server, &servers, Some(&own)).await;
        let client = client.as_token("");
        let answer = client.send_over(stream, "PUT", "/v1/auth/cert/login", "{}").await;
        answer.unwrap().status
    };
    assert_eq!(login().await, 200);
    let (_, parsed) = X509Certificate::from_der(own.0.der()).unwrap();
    let revoked = RevokedCertParams {
        serial_number: SerialNumber::from_slice(parsed.raw_serial()),
        revocation_time: date_time_ymd(2024, 1, 1),
        reason_code: None,
        invalidity_date: None,
    };
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(2024, 1, 1),
        next_update: date_time_ymd(2034, 1, 1),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: vec![revoked],
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let list = list.signed_by(&clients).unwrap().pem().unwrap();
    let stream = connect(&server, &servers, None).await;
    let body = json!({ "crl": list }).to_string();
    let written = client.send_over(stream, "PUT", "/v1/auth/cert/crls/old", &body);
    assert_eq!(written.await.unwrap().status, 204);
    assert_eq!(login().await, 400);
}

//! TLS: whom we trust, what we show, and what happens when files change.

use std::path::Path;

use coffret_vault::{Call, CertificateSource, Client, ClientCertificate, Error, TlsSettings};
use rcgen::date_time_ymd;
use tokio_rustls::rustls::ServerConfig;

use crate::certificates::{Authority, self_signed};
use crate::fake::{Fake, json};

const HOST: &[&str] = &["127.0.0.1"];

async fn server(config: ServerConfig) -> Fake {
    Fake::start_tls(config, |_| json(200, "{}")).await
}

fn pem(text: &str) -> Vec<CertificateSource> {
    vec![CertificateSource::Pem(text.as_bytes().to_vec().into())]
}

fn client(fake: &Fake, tls: TlsSettings) -> Client {
    let mut settings = fake.settings();
    settings.tls = tls;
    // Each request shakes hands anew.
    settings.disable_keep_alives = true;
    Client::new(settings).unwrap()
}

async fn ask(fake: &Fake, tls: TlsSettings) -> Result<(), Error> {
    client(fake, tls).send(&Call::read("a")).await.map(drop)
}

/// The reason TLS failed for.
async fn refused(fake: &Fake, tls: TlsSettings) -> String {
    match ask(fake, tls).await {
        Err(Error::Tls { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_is_trusted_when_a_configured_authority_vouches_for_it() {
    let (authority, other) = (Authority::new("ca"), Authority::new("other"));
    let fake = server(authority.issue(HOST).server()).await;
    let trusting = |authorities| TlsSettings {
        authorities,
        ..TlsSettings::default()
    };
    ask(&fake, trusting(pem(&authority.pem))).await.unwrap();
    ask(&fake, trusting(pem(&format!("{}\n{}", other.pem, authority.pem))))
        .await
        .unwrap();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("a.pem"), &other.pem).unwrap();
    std::fs::write(directory.path().join("b.pem"), &authority.pem).unwrap();
    ask(
        &fake,
        trusting(vec![CertificateSource::File(directory.path().join("b.pem"))]),
    )
    .await
    .unwrap();
    ask(
        &fake,
        trusting(vec![CertificateSource::Directory(directory.path().to_owned())]),
    )
    .await
    .unwrap();
    let reason = refused(&fake, trusting(pem(&other.pem))).await;
    assert!(
        reason.contains("not signed by any of the configured authorities"),
        "{reason}"
    );
    let reason = refused(&fake, TlsSettings::default()).await;
    assert!(reason.contains("VAULT_CACERT"), "{reason}");
    ask(
        &fake,
        TlsSettings {
            skip_verify: true,
            ..TlsSettings::default()
        },
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn the_reasons_for_a_refusal_name_the_fix() {
    let authority = Authority::new("ca");
    let tls = || TlsSettings {
        authorities: pem(&authority.pem),
        ..TlsSettings::default()
    };
    let named = server(authority.issue(&["vault.example"]).server()).await;
    let reason = refused(&named, tls()).await;
    assert!(
        reason.contains("vault.example") && reason.contains("VAULT_TLS_SERVER_NAME"),
        "{reason}"
    );
    let expired = authority.issue_with(HOST, |params| params.not_after = date_time_ymd(2020, 1, 1));
    let reason = refused(&server(expired.server()).await, tls()).await;
    assert!(reason.contains("has expired"), "{reason}");
    let early = authority.issue_with(HOST, |params| params.not_before = date_time_ymd(2999, 1, 1));
    let reason = refused(&server(early.server()).await, tls()).await;
    assert!(reason.contains("not valid yet"), "{reason}");
}

#[tokio::test]
async fn the_server_name_is_sent_and_verified_while_the_host_stays() {
    let authority = Authority::new("ca");
    let fake = server(authority.issue(&["vault.internal"]).server()).await;
    let tls = |name: &str| TlsSettings {
        authorities: pem(&authority.pem),
        server_name: Some(name.to_owned()),
        ..TlsSettings::default()
    };
    ask(&fake, tls("vault.internal")).await.unwrap();
    let seen = fake.only();
    assert_eq!(seen.sni.as_deref(), Some("vault.internal"));
    assert_eq!(seen.header("host"), Some(fake.address.trim_start_matches("https://")));
    assert!(refused(&fake, tls("other.internal")).await.contains("vault.internal"));
}

#[tokio::test]
async fn a_hand_made_certificate_that_is_its_own_authority_is_accepted_when_named() {
    let pair = self_signed(HOST, |_| {});
    let fake = server(pair.server()).await;
    ask(
        &fake,
        TlsSettings {
            authorities: pem(&pair.pem),
            ..TlsSettings::default()
        },
    )
    .await
    .unwrap();
    // Named is that very certificate, not just any that looks like it.
    let twin = self_signed(HOST, |_| {});
    refused(
        &fake,
        TlsSettings {
            authorities: pem(&twin.pem),
            ..TlsSettings::default()
        },
    )
    .await;
}

#[tokio::test]
async fn a_hand_made_certificate_still_needs_the_right_name_and_time() {
    let misnamed = self_signed(&["vault.example"], |_| {});
    let fake = server(misnamed.server()).await;
    let reason = refused(
        &fake,
        TlsSettings {
            authorities: pem(&misnamed.pem),
            ..TlsSettings::default()
        },
    )
    .await;
    assert!(reason.contains("vault.example"), "{reason}");
    let expired = self_signed(HOST, |params| params.not_after = date_time_ymd(2020, 1, 1));
    let fake = server(expired.server()).await;
    let reason = refused(
        &fake,
        TlsSettings {
            authorities: pem(&expired.pem),
            ..TlsSettings::default()
        },
    )
    .await;
    assert!(reason.contains("expired"), "{reason}");
}

#[tokio::test]
async fn a_rotated_authority_is_read_again_without_a_restart() {
    let (old, new) = (Authority::new("old"), Authority::new("new"));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.crt");
    std::fs::write(&file, &old.pem).unwrap();
    let fake = server(new.issue(HOST).server()).await;
    let client = client(
        &fake,
        TlsSettings {
            authorities: vec![CertificateSource::File(file.clone())],
            ..TlsSettings::default()
        },
    );
    assert!(matches!(client.send(&Call::read("a")).await, Err(Error::Tls { .. })));
    replace(&file, "half a certif");
    assert!(
        matches!(client.send(&Call::read("a")).await, Err(Error::Tls { .. })),
        "the old authority stays in use"
    );
    replace(&file, &new.pem);
    client.send(&Call::read("a")).await.unwrap();
}

#[tokio::test]
async fn a_rotated_client_certificate_is_shown_at_the_next_handshake() {
    let authority = Authority::new("ca");
    let (first, second) = (authority.issue(&["first"]), authority.issue(&["second"]));
    let directory = tempfile::tempdir().unwrap();
    let (certificate, key) = (directory.path().join("tls.crt"), directory.path().join("tls.key"));
    std::fs::write(&certificate, &first.pem).unwrap();
    std::fs::write(&key, first.key.serialize_pem()).unwrap();
    let fake = server(authority.issue(HOST).server_wanting(&authority)).await;
    let shown = ClientCertificate {
        certificate: CertificateSource::File(certificate.clone()),
        key: CertificateSource::File(key.clone()),
    };
    let client = client(
        &fake,
        TlsSettings {
            authorities: pem(&authority.pem),
            client: Some(shown),
            ..TlsSettings::default()
        },
    );
    client.send(&Call::read("a")).await.unwrap();
    // Between the two files the pair does not fit, and the old one stays in use.
    replace(&certificate, &second.pem);
    client.send(&Call::read("a")).await.unwrap();
    replace(&key, &second.key.serialize_pem());
    client.send(&Call::read("a")).await.unwrap();
    let shown: Vec<_> = fake.seen().into_iter().map(|seen| seen.certificate.unwrap()).collect();
    assert_eq!(
        shown,
        [
            first.certificate.to_vec(),
            first.certificate.to_vec(),
            second.certificate.to_vec()
        ]
    );
}

#[tokio::test]
async fn a_missing_client_certificate_is_explained() {
    let authority = Authority::new("ca");
    let fake = server(authority.issue(HOST).server_wanting(&authority)).await;
    let reason = refused(
        &fake,
        TlsSettings {
            authorities: pem(&authority.pem),
            ..TlsSettings::default()
        },
    )
    .await;
    assert!(reason.contains("wants a client certificate"), "{reason}");
}

#[test]
fn files_that_cannot_be_used_are_named_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    std::fs::write(path("empty.pem"), "").unwrap();
    std::fs::write(path("ca.pem"), Authority::new("ca").pem).unwrap();
    let settings = |authority: &Path| {
        let mut settings =
            coffret_vault::Settings::new(coffret_vault::Address::parse("https://vault", "test").unwrap());
        settings.tls.authorities = vec![CertificateSource::File(authority.to_owned())];
        settings
    };
    for (file, reason) in [
        ("missing.pem", "cannot be read"),
        ("empty.pem", "holds no PEM certificate"),
    ] {
        let error = Client::new(settings(&path(file))).unwrap_err().to_string();
        assert!(error.contains(file) && error.contains(reason), "{error}");
    }
    let mut without_key = settings(&path("ca.pem"));
    without_key.tls.client = Some(ClientCertificate {
        certificate: CertificateSource::File(path("ca.pem")),
        key: CertificateSource::File(path("ca.pem")),
    });
    let error = Client::new(without_key).unwrap_err().to_string();
    assert!(
        error.contains("the client key") && error.contains("holds no PEM private key"),
        "{error}"
    );
}

/// Puts a new file in the place of the old one, as a projected volume does.
fn replace(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(&beside, path).unwrap();
}

#[tokio::test]
async fn https_goes_through_a_proxys_tunnel_with_the_proxys_password() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let authority = Authority::new("ca");
    let fake = server(authority.issue(&["vault.example"]).server()).await;
    let target = fake.address.trim_start_matches("https://").to_owned();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://me:pass@{}", listener.local_addr().unwrap());
    let tunnel = tokio::spawn(async move {
        let (mut inside, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            inside.read_buf(&mut request).await.unwrap();
        }
        inside.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let mut outside = tokio::net::TcpStream::connect(target).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut inside, &mut outside).await;
        String::from_utf8(request).unwrap()
    });
    let environment = |name: &str| match name {
        "HTTPS_PROXY" => Some(proxy.clone()),
        "VAULT_ADDR" => Some("https://vault.example:8200".to_owned()),
        "VAULT_CACERT_BYTES" => Some(authority.pem.clone()),
        _ => None,
    };
    let none = coffret_vault::ConnectionOptions::default();
    let client = Client::new(coffret_vault::Settings::layered(&none, &environment, &none).unwrap()).unwrap();
    let token = coffret_vault::Token::new("hvs.secret").unwrap();
    client.send(&Call::read("a").token(&token)).await.unwrap();
    drop(client);
    let request = tunnel.await.unwrap();
    assert!(
        request.starts_with("CONNECT vault.example:8200 HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request
            .to_lowercase()
            .contains("proxy-authorization: basic bwu6cgfzcw=="),
        "{request}"
    );
    assert!(!request.contains("hvs.secret"));
    assert_eq!(fake.only().sni.as_deref(), Some("vault.example"));
}

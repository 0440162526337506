//! What goes over the wire.

use std::time::Duration;

use coffret_vault::{Body, Call, Client, Operation, Token};

use crate::fake::{Fake, json};

fn token() -> Token {
    Token::new("hvs.secret").unwrap()
}

#[tokio::test]
async fn a_read_carries_token_namespace_and_the_usual_headers() {
    let fake = Fake::start(|_| json(200, "{}")).await;
    let mut settings = fake.settings();
    settings.namespace = Some("team/a".to_owned());
    let client = Client::new(settings).unwrap();
    client
        .send(&Call::read("secret/data/app").query("version", "2").token(&token()))
        .await
        .unwrap();
    let seen = fake.only();
    assert_eq!(seen.line, "GET /v1/secret/data/app?version=2");
    assert_eq!(seen.header("x-vault-token"), Some("hvs.secret"));
    assert_eq!(seen.header("x-vault-namespace"), Some("team/a"));
    assert_eq!(seen.header("x-vault-request"), Some("true"));
    assert!(seen.header("user-agent").unwrap().starts_with("coffret/"));
    assert_eq!(seen.header("referer"), None);
}

#[tokio::test]
async fn a_call_may_have_its_own_namespace_or_none() {
    let fake = Fake::start(|_| json(200, "{}")).await;
    let mut settings = fake.settings();
    settings.namespace = Some("team".to_owned());
    let client = Client::new(settings).unwrap();
    client.send(&Call::read("a").namespace("other/")).await.unwrap();
    client.send(&Call::read("a").namespace("")).await.unwrap();
    let seen = fake.seen();
    assert_eq!(seen[0].header("x-vault-namespace"), Some("other"));
    assert_eq!(seen[1].header("x-vault-namespace"), None);
}

#[tokio::test]
async fn each_operation_has_its_method() {
    let fake = Fake::start(|_| json(200, "{}")).await;
    let client = fake.client();
    client
        .send(&Call::write("pki/issue/web", &serde_json::json!({"common_name": "x"})).unwrap())
        .await
        .unwrap();
    client.send(&Call::list("secret/metadata/")).await.unwrap();
    client
        .send(&Call::new(Operation::Delete, "secret/data/a"))
        .await
        .unwrap();
    client
        .send(&Call::new(Operation::Write, "auth/token/revoke-self"))
        .await
        .unwrap();
    let lines: Vec<String> = fake.seen().iter().map(|seen| seen.line.clone()).collect();
    assert_eq!(
        lines,
        [
            "PUT /v1/pki/issue/web",
            "GET /v1/secret/metadata?list=true",
            "DELETE /v1/secret/data/a",
            "PUT /v1/auth/token/revoke-self"
        ]
    );
    assert_eq!(fake.seen()[0].body, r#"{"common_name":"x"}"#);
    assert_eq!(fake.seen()[0].header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn wrapping_is_asked_for_in_whole_seconds() {
    let fake = Fake::start(|_| json(200, "{}")).await;
    let call = Call::read("a")
        .wrap_ttl(Duration::from_millis(59_001))
        .header("X-Extra", "1");
    fake.client().send(&call).await.unwrap();
    assert_eq!(fake.only().header("x-vault-wrap-ttl"), Some("60"));
    assert_eq!(fake.only().header("x-extra"), Some("1"));
}

#[tokio::test]
async fn a_unix_socket_is_an_address() {
    let directory = tempfile::tempdir().unwrap();
    let fake = Fake::start_unix(&directory.path().join("vault.sock"), |_| {
        json(200, r#"{"data":{"a":1}}"#)
    });
    let answer = fake
        .client()
        .send(&Call::read("secret/a").token(&token()))
        .await
        .unwrap();
    assert_eq!(answer.body().bytes(), br#"{"data":{"a":1}}"#);
    assert_eq!(fake.only().header("x-vault-token"), Some("hvs.secret"));
}

#[tokio::test]
async fn a_connection_is_kept_while_it_is_used_unless_that_is_turned_off() {
    for (disable_keep_alives, connections) in [(false, 1), (true, 2)] {
        let ports = std::sync::Arc::new(std::sync::Mutex::new(0));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let counted = std::sync::Arc::clone(&ports);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                *counted.lock().unwrap() += 1;
                tokio::spawn(async move {
                    use tokio::io::{AsyncReadExt, AsyncWriteExt};
                    let mut buffer = [0; 4096];
                    while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {
                        stream
                            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
                            .await
                            .unwrap();
                    }
                });
            }
        });
        let mut settings = coffret_vault::Settings::new(coffret_vault::Address::parse(&address, "test").unwrap());
        settings.disable_keep_alives = disable_keep_alives;
        let client = Client::new(settings).unwrap();
        for _ in 0..2 {
            client.send(&Call::read("a")).await.unwrap();
        }
        assert_eq!(
            *ports.lock().unwrap(),
            connections,
            "disable_keep_alives = {disable_keep_alives}"
        );
    }
}

#[tokio::test]
async fn requests_go_through_the_proxy_that_is_named() {
    let proxy = Fake::start(|_| json(200, "{}")).await;
    let environment = |name: &str| (name == "http_proxy").then(|| proxy.address.clone());
    let options = coffret_vault::ConnectionOptions {
        address: Some("http://vault.example:8200".to_owned()),
        ..Default::default()
    };
    let settings = coffret_vault::Settings::layered(&options, &environment, &Default::default()).unwrap();
    Client::new(settings).unwrap().send(&Call::read("a")).await.unwrap();
    assert_eq!(proxy.only().line, "GET http://vault.example:8200/v1/a");
}

#[tokio::test]
async fn nothing_secret_is_ever_printed() {
    let fake = Fake::start(|_| {
        json(
            200,
            r#"{"auth":{"client_token":"hvs.secret","accessor":"acc"},"wrap_info":{"token":"hvs.secret","ttl":5}}"#,
        )
    })
    .await;
    let client = fake.client();
    let call = Call::write("a", &serde_json::json!({"password": "hvs.secret"}))
        .unwrap()
        .token(&token())
        .header("authorization", "hvs.secret");
    let answer = client.send(&call).await.unwrap();
    let envelope = answer.envelope().unwrap();
    let printed = format!(
        "{call:?} {answer:?} {envelope:?} {client:?} {:?}",
        Body::from(b"hvs.secret".to_vec())
    );
    assert!(!printed.contains("hvs.secret"), "{printed}");
}

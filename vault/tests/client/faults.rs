//! Servers and networks that misbehave. Each ends in an error that says so, none in a second request.

use std::time::Duration;

use coffret_vault::{Address, Call, Client, Error, Failure, Settings};

use crate::fake::{Fake, Reply, json};

const SOON: Duration = Duration::from_millis(300);

/// The error of a server that does this, with a timeout that only a server without end can reach.
async fn endless(reply: fn() -> Reply) -> Error {
    fault(reply, SOON).await
}

/// The error of a server that does this and comes to an end.
async fn ended(reply: fn() -> Reply) -> Error {
    fault(reply, Duration::from_secs(60)).await
}

async fn fault(reply: fn() -> Reply, timeout: Duration) -> Error {
    let fake = Fake::start(move |_| reply()).await;
    let call = Call::read("a").timeout(timeout);
    let error = fake.client().send(&call).await.unwrap_err();
    assert!(fake.seen().len() <= 1, "not repeated");
    error
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let error = endless(|| Reply::Stall(String::new())).await;
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert!(error.is_transient() && error.may_have_happened());
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n{\"data\":";
    let error = endless(|| Reply::Stall("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_owned())).await;
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    let fake = Fake::start(move |_| Reply::Stall(head.to_owned())).await;
    let error = fake.client().send(&Call::read("a").timeout(SOON)).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
}

#[tokio::test]
async fn headers_and_bodies_that_drip_are_given_up() {
    let error = endless(|| Reply::Drip("H")).await;
    assert!(
        matches!(error, Error::Timeout { .. } | Error::Interrupted { .. }),
        "{error}"
    );
    let error = endless(|| Reply::Drip("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")).await;
    assert!(
        matches!(error, Error::Timeout { .. } | Error::Interrupted { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_connection_that_ends_early_is_an_interruption() {
    for reply in [
        || Reply::Raw(String::new()),
        || Reply::Raw("HTTP/1.1 200 OK\r\ncont".to_owned()),
        || Reply::Raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"data\":{".to_owned()),
        || Reply::Raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"a\"".to_owned()),
        || Reply::Raw("this is not HTTP\r\n\r\n".to_owned()),
    ] {
        let error = ended(reply).await;
        assert!(matches!(error, Error::Interrupted { .. }), "{error}");
        assert!(error.is_transient() && error.may_have_happened() && error.failure() == Failure::Unreachable);
    }
}

#[tokio::test]
async fn an_answer_larger_than_the_limit_is_not_read() {
    for reply in [
        || Reply::Stall("HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n".to_owned()),
        || Reply::Raw(format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(4000))),
    ] {
        let fake = Fake::start(move |_| reply()).await;
        let mut settings = fake.settings();
        settings.max_body = 1000;
        let error = Client::new(settings).unwrap().send(&Call::read("a")).await.unwrap_err();
        assert!(matches!(error, Error::TooLarge { limit: 1000, .. }), "{error}");
        assert!(!error.is_transient());
    }
}

#[tokio::test]
async fn a_secret_of_a_megabyte_arrives_whole() {
    let value = "v".repeat(1 << 20);
    let body = format!(r#"{{"data":{{"v":"{value}"}}}}"#);
    let sent = body.clone();
    let fake = Fake::start(move |_| json(200, &sent)).await;
    let answer = fake.client().send(&Call::read("a")).await.unwrap();
    assert!(answer.body().bytes() == body.as_bytes());
}

#[tokio::test]
async fn text_that_is_not_json_is_an_error_with_its_place() {
    for (body, place) in [
        ("{\"lease_id\": \n x", (2, 2)),
        ("<html>", (1, 1)),
        ("{\"lease_id\": 5}", (1, 14)),
    ] {
        let fake = Fake::start(move |_| json(200, body)).await;
        let error = fake
            .client()
            .send(&Call::read("a"))
            .await
            .unwrap()
            .envelope()
            .unwrap_err();
        match error {
            Error::Malformed {
                line,
                column,
                status: 200,
                ..
            } => assert_eq!((line, column), place, "{body}"),
            other => panic!("{other}"),
        }
        assert!(error.is_transient() && !error.to_string().contains("html"));
    }
}

#[tokio::test]
async fn where_nothing_listens_there_is_no_connection() {
    // Port 1 was given to a service nobody runs.
    let free = "127.0.0.1:1";
    let settings = Settings::new(Address::parse(&format!("http://{free}"), "test").unwrap());
    let error = Client::new(settings).unwrap().send(&Call::read("a")).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with(&format!("cannot connect to http://{free}: ")),
        "{error}"
    );
    assert!(error.is_transient() && !error.may_have_happened() && error.failure() == Failure::Unreachable);
}

#[tokio::test]
async fn an_unknown_name_and_a_missing_socket_are_no_connection() {
    for address in ["http://no-such-host.invalid:8200", "unix:///nowhere/vault.sock"] {
        let settings = Settings::new(Address::parse(address, "test").unwrap());
        let error = Client::new(settings).unwrap().send(&Call::read("a")).await.unwrap_err();
        assert!(matches!(error, Error::Connect { .. }), "{error}");
        assert!(error.to_string().contains(address), "{error}");
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_is_replaced() {
    let fake = Fake::start(|_| Reply::Raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_owned())).await;
    let client = fake.client();
    for _ in 0..3 {
        client.send(&Call::read("a")).await.unwrap();
    }
    assert_eq!(fake.seen().len(), 3);
}

#[tokio::test]
async fn a_server_that_never_shakes_hands_is_no_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let mut settings = Settings::new(Address::parse(&address, "test").unwrap());
    settings.tls.skip_verify = true;
    settings.connect_timeout = SOON;
    let error = Client::new(settings).unwrap().send(&Call::read("a")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot connect to {address}: no connection within 300ms")
    );
    assert!(!error.may_have_happened());
    drop(listener);
}

#[tokio::test]
async fn a_plain_server_behind_an_https_address_is_explained() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = [0; 1024];
        let _ = stream.read(&mut hello).await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    let mut settings = Settings::new(Address::parse(&address, "test").unwrap());
    settings.tls.skip_verify = true;
    let error = Client::new(settings).unwrap().send(&Call::read("a")).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("does not speak TLS; is the address meant to be http://?"),
        "{error}"
    );
}

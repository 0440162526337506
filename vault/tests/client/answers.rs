//! Which answers are results, which are errors, and what the errors say.

use std::time::Duration;

use coffret_vault::{Call, Error, Failure};

use crate::fake::{Fake, Reply, json};

async fn answered(reply: fn() -> Reply) -> Error {
    let fake = Fake::start(move |_| reply()).await;
    let error = fake.client().send(&Call::read("secret/data/app")).await.unwrap_err();
    assert_eq!(fake.seen().len(), 1, "a request is made once");
    error
}

#[tokio::test]
async fn statuses_mean_what_the_api_says() {
    for (status, failure, transient) in [
        (400, Failure::Rejected, false),
        (401, Failure::NotAuthorised, false),
        (403, Failure::NotAuthorised, false),
        (404, Failure::NotFound, false),
        (405, Failure::Rejected, false),
        (412, Failure::Failed, true),
        (429, Failure::RateLimited, true),
        (472, Failure::Unavailable, true),
        (473, Failure::Unavailable, true),
        (500, Failure::Failed, true),
        (501, Failure::NotInitialised, false),
        (502, Failure::Failed, true),
        (503, Failure::Unavailable, true),
        (504, Failure::Failed, true),
        (599, Failure::Failed, true),
    ] {
        let fake = Fake::start(move |_| json(status, r#"{"errors":["why"]}"#)).await;
        let error = fake.client().send(&Call::read("a")).await.unwrap_err();
        assert_eq!(
            (error.status(), error.failure(), error.is_transient()),
            (Some(status), failure, transient)
        );
        assert_eq!(error.errors(), ["why"]);
        assert_eq!(fake.seen().len(), 1, "{status} is not repeated");
    }
}

#[tokio::test]
async fn messages_name_operation_path_server_and_reason() {
    let error = answered(|| json(403, r#"{"errors":["1 error occurred:\n\t* permission denied\n\n"]}"#)).await;
    let text = error.to_string();
    assert!(
        text.starts_with("read of secret/data/app on http://127.0.0.1:"),
        "{text}"
    );
    assert!(
        text.ends_with("was answered with status 403: 1 error occurred:\n\t* permission denied"),
        "{text}"
    );
    assert!(!error.is_invalid_token());
    assert!(
        answered(|| json(403, r#"{"errors":["permission denied","invalid token"]}"#))
            .await
            .is_invalid_token()
    );
}

#[tokio::test]
async fn an_empty_404_is_an_error_and_one_with_data_an_answer() {
    assert_eq!(
        answered(|| json(404, r#"{"errors":[]}"#)).await.failure(),
        Failure::NotFound
    );
    let deleted = r#"{"data":{"data":null,"metadata":{"deletion_time":"2026-01-01T00:00:00Z","destroyed":false}}}"#;
    let fake = Fake::start(move |_| json(404, deleted)).await;
    let answer = fake.client().send(&Call::read("a")).await.unwrap();
    assert!(!answer.is_found());
    assert_eq!(answer.body().bytes(), deleted.as_bytes());
}

#[tokio::test]
async fn an_empty_answer_has_no_data() {
    let fake = Fake::start(|_| Reply::Raw("HTTP/1.1 204 No Content\r\n\r\n".to_owned())).await;
    let answer = fake.client().send(&Call::read("a")).await.unwrap();
    assert_eq!(answer.status(), 204);
    assert!(answer.body().is_empty() && answer.envelope().unwrap().lease_id.is_empty());
    assert!(matches!(
        answer.data::<serde_json::Value>(),
        Err(Error::Malformed { .. })
    ));
}

#[tokio::test]
async fn retry_after_is_passed_on() {
    let error = answered(|| Reply::Answer(429, vec![("Retry-After", "17".to_owned())], String::new())).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(17)));
    assert_eq!(answered(|| json(503, "{}")).await.retry_after(), None);
}

#[tokio::test]
async fn pages_of_proxies_are_shortened_into_the_message() {
    let error = answered(|| json(502, "<html>\n<h1>Bad\u{7} Gateway</h1></html>")).await;
    assert_eq!(error.errors(), ["<html> <h1>Bad Gateway</h1></html>"]);
}

#[tokio::test]
async fn the_envelope_is_read_with_its_nulls_and_unknown_members() {
    let body = r#"{"request_id":"r","lease_id":"database/creds/a/1","lease_duration":3600,"renewable":true,
        "data":{"n":12345678901234567890},"warnings":["capped"],"wrap_info":null,"auth":null,"mount_type":"database","new":{}}"#;
    let fake = Fake::start(move |_| json(200, body)).await;
    let answer = fake.client().send(&Call::read("a")).await.unwrap();
    let envelope = answer.envelope().unwrap();
    assert_eq!(
        (envelope.lease_id.as_str(), envelope.lease_duration),
        ("database/creds/a/1", Duration::from_secs(3600))
    );
    assert!(envelope.renewable && envelope.auth.is_none());
    let none = Fake::start(|_| json(200, r#"{"data":null,"warnings":null,"lease_duration":null}"#)).await;
    let envelope = none.client().send(&Call::read("a")).await.unwrap().envelope().unwrap();
    assert_eq!(envelope.lease_duration, Duration::ZERO);
}

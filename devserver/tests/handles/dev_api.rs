//! The development API: the same handles over HTTP, for programs that are not written in Rust.

use super::client::text;
use super::server;

#[tokio::test]
async fn it_wants_the_root_token_and_steers_the_same_handles() {
    let (server, client) = server("mounts: { kv: { type: kv } }").await;
    assert_eq!(client.as_token("no").put("/dev/clock", "{}").await.status, 403);
    assert_eq!(client.put("/dev/clock", r#"{"jump":"1h"}"#).await.status, 200);
    assert_eq!(server.clock().now().to_string(), "2030-01-01T01:00:00Z");
    let fault = r#"{"path":"kv/*","status":503,"errors":["busy"],"retry_after":7,"count":1}"#;
    assert_eq!(client.put("/dev/faults", fault).await.status, 204);
    let answer = client.get("/v1/kv/a").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("7")));
    assert_eq!(text(&answer.json()["errors"][0]), "busy");
    assert_eq!(client.get("/v1/kv/a").await.status, 404);
    let log = client.get("/dev/requests").await.json();
    let entries = log["requests"].as_array().unwrap();
    assert_eq!(entries.iter().filter(|entry| entry["path"] == "kv/a").count(), 2);
    assert_eq!(log["total"], 2, "its own calls are not in the log");
}

#[tokio::test]
async fn no_fault_meets_the_calls_that_end_it() {
    let (_server, client) = server("").await;
    assert_eq!(client.put("/dev/faults", r#"{"status":500}"#).await.status, 204);
    assert_eq!(client.get("/v1/sys/health").await.status, 500);
    let shown = client.get("/dev/faults").await.json();
    assert_eq!(shown["faults"][0]["status"], 500);
    assert_eq!(client.send("DELETE", "/dev/faults", "").await.unwrap().status, 204);
    assert_eq!(client.get("/v1/sys/health").await.status, 200);
    assert_eq!(client.get("/dev/faults").await.json()["count"], 0);
}

#[tokio::test]
async fn faults_are_shown_as_they_can_be_sent_again() {
    let (server, client) = server("").await;
    let sent = r#"{"count":2,"delay":"250ms","method":"GET","path":"/v1/kv/*","skip":1}"#;
    assert_eq!(client.put("/dev/faults", sent).await.status, 204);
    let shown = client.get("/dev/faults").await.json()["faults"][0].to_string();
    assert_eq!(shown, sent.replace("/v1/", ""));
    assert_eq!(client.put("/dev/faults", &shown).await.status, 204);
    let faults = server.faults().list();
    assert_eq!(faults[0], faults[1]);
}

/// What cannot be asked for below `/dev/`, and how the reason begins.
const MISTAKES: [(&str, &str, &str); 16] = [
    (
        "faults",
        "{}",
        "what is to happen is missing: give one of delay, status, reset",
    ),
    (
        "faults",
        r#"{"status":503,"cuont":2}"#,
        "cuont: unknown (did you mean count?)",
    ),
    ("faults", r#"{"status":503,"truncate":true}"#, "give only one of"),
    (
        "faults",
        r#"{"status":"503"}"#,
        "status: expected a whole number of at least 0",
    ),
    (
        "faults",
        r#"{"status":99}"#,
        "status: expected a number from 200 to 599",
    ),
    ("faults", r#"{"reset":"true"}"#, "reset: expected true or false"),
    (
        "faults",
        r#"{"delay":"fast"}"#,
        "delay: time: invalid duration \"fast\"",
    ),
    (
        "faults",
        r#"{"delay":"-1s"}"#,
        "delay: a span of time cannot be negative",
    ),
    ("faults", r#"{"redirect":"standby"}"#, "redirect: expected a base URL"),
    (
        "faults",
        r#"{"reset":true,"retry_after":1}"#,
        "errors and retry_after go with status",
    ),
    ("faults", r#"[]"#, "the body must be a JSON object"),
    ("faults", r#"{"#, "the body is no JSON: unexpected EOF"),
    ("clock", "{}", "give jump"),
    (
        "clock",
        r#"{"jump":"1h","speed":-1}"#,
        "speed: expected a number of at least 0",
    ),
    (
        "clock",
        r#"{"jump":"1h","sped":2}"#,
        "sped: unknown (did you mean speed?)",
    ),
    (
        "nothing",
        "{}",
        "no such call of the development API; there are: GET /dev/clock, PUT /dev/clock",
    ),
];

#[tokio::test]
async fn mistakes_are_answered_with_their_reason_and_change_nothing() {
    let (server, client) = server("").await;
    for (path, body, reason) in MISTAKES {
        let answer = client.put(&format!("/dev/{path}"), body).await;
        assert!(matches!(answer.status, 400 | 404), "{body}");
        let json = answer.json();
        assert!(text(&json["errors"][0]).starts_with(reason), "{body}: {json}");
    }
    assert!(server.faults().list().is_empty());
    assert_eq!(server.clock().now().to_string(), "2030-01-01T00:00:00Z");
}

//! Faults on demand.

use super::server;
use coffret_devserver::faults::{Effect, Fault};
use std::time::Duration;
use tokio::time::Instant;

const KV: &str = "mounts: { kv: { type: kv } }\nwrite: [{ path: kv/a, data: { b: c } }]";

#[tokio::test]
async fn a_reset_after_the_work_leaves_the_work_done() {
    let (server, client) = server(KV).await;
    server.faults().add(Fault::on("kv/new", Effect::Reset).times(1));
    assert!(client.send("PUT", "/v1/kv/new", r#"{"x":"y"}"#).await.is_err());
    assert_eq!(client.get("/v1/kv/new").await.json()["data"]["x"], "y");
    server.faults().add(Fault::on("kv/other", Effect::ResetBefore).times(1));
    assert!(client.send("PUT", "/v1/kv/other", r#"{"x":"y"}"#).await.is_err());
    assert_eq!(client.get("/v1/kv/other").await.status, 404);
    assert_eq!(server.journal().count("PUT", "kv/*"), 2);
}

#[tokio::test]
async fn a_truncated_body_breaks_and_a_foreign_one_arrives() {
    let (server, client) = server(KV).await;
    server.faults().add(Fault::on("kv/a", Effect::Truncate).times(1));
    assert!(client.send("GET", "/v1/kv/a", "").await.is_err());
    let page = Effect::Body {
        content_type: "text/html".to_owned(),
        body: "<h1>proxy</h1>".to_owned(),
    };
    server.faults().add(Fault::on("kv/a", page).times(1));
    let answer = client.get("/v1/kv/a").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html")));
    assert_eq!(answer.body, "<h1>proxy</h1>");
    assert_eq!(client.get("/v1/kv/a").await.json()["data"]["b"], "c");
}

#[tokio::test]
async fn a_standby_redirects_to_the_active_node() {
    let (server, client) = server(KV).await;
    server
        .faults()
        .add(Fault::on("kv/*", Effect::Redirect("http://active:8200/".to_owned())));
    let answer = client.get("/v1/kv/a?version=2").await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (307, Some("http://active:8200/v1/kv/a?version=2"))
    );
    server.faults().clear();
    assert_eq!(client.get("/v1/kv/a").await.status, 200);
}

#[tokio::test]
async fn a_delay_takes_the_time_it_says() {
    let (server, client) = server(KV).await;
    server
        .faults()
        .add(Fault::on("kv/a", Effect::Delay(Duration::from_millis(80))).times(1));
    let start = Instant::now();
    assert_eq!(client.get("/v1/kv/a").await.status, 200);
    assert!(start.elapsed() >= Duration::from_millis(80));
}

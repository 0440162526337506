//! What a test can do to a running server: faults, the clock, the log, TLS, questions to an API server.

#[cfg(test)]
mod client;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod dev_api;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod jwt;
#[cfg(test)]
mod kubernetes;
#[cfg(test)]
mod tls;

use client::{Client, text};
use coffret_devserver::{Clock, Options, Server};
use jiff::Timestamp;

/// A server whose clock stands still until it is moved, with a root token of `root`.
#[cfg(test)]
async fn server(seed: &str) -> (Server, Client) {
    let start: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
    let options = Options {
        root_token: Some("root".to_owned()),
        seed: Some(seed.to_owned()),
        clock: Clock::manual(start),
        ..Options::default()
    };
    let server = Server::start(options).await.unwrap();
    let client = Client::new(&server);
    (server, client)
}

#[tokio::test]
async fn a_wrong_seed_keeps_the_server_from_starting() {
    let options = Options {
        seed: Some("mounts:\n  kv: { type: kv, optoins: {} }\n".to_owned()),
        ..Options::default()
    };
    let error = Server::start(options).await.err().unwrap();
    assert_eq!(
        error.to_string(),
        "seed: line 2, mounts.kv: unrecognized parameters: optoins (did you mean options?)"
    );
}

#[tokio::test]
async fn a_sealed_server_says_so_and_is_unsealed_by_its_key() {
    let (server, client) = server("").await;
    assert_eq!(client.put("/v1/sys/seal", "").await.status, 204);
    assert_eq!(client.get("/v1/sys/health").await.status, 503);
    let answer = client.get("/v1/auth/token/lookup-self").await;
    assert_eq!(
        (answer.status, text(&answer.json()["errors"][0])),
        (503, "Vault is sealed")
    );
    let key = format!(r#"{{"key":"{}"}}"#, server.unseal_key());
    assert_eq!(client.put("/v1/sys/unseal", &key).await.json()["sealed"], false);
    assert_eq!(client.get("/v1/auth/token/lookup-self").await.status, 200);
}

#[tokio::test]
async fn namespaces_keep_mounts_tokens_and_policies_apart() {
    let seed = "namespaces: [team]\nmounts: { kv: { type: kv } }\nwrite:\n- path: sys/mounts/kv\n  namespace: team\n  data: { type: kv }\n";
    let (_server, client) = server(seed).await;
    let team = client.in_namespace("team");
    assert_eq!(team.put("/v1/kv/a", r#"{"b":"c"}"#).await.status, 204);
    assert_eq!(client.get("/v1/kv/a").await.status, 404);
    assert_eq!(client.get("/v1/team/kv/a").await.json()["data"]["b"], "c");
    let token = team
        .put("/v1/auth/token/create", r#"{"policies":["default"],"ttl":"1h"}"#)
        .await
        .json();
    let token = text(&token["auth"]["client_token"]).to_owned();
    assert!(token.starts_with("s.") && token.matches('.').count() == 2, "{token}");
    assert_eq!(
        team.as_token(&token).get("/v1/auth/token/lookup-self").await.status,
        200
    );
    assert_eq!(client.in_namespace("none").get("/v1/kv/a").await.status, 404);
}

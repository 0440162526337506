//! The typed calls.

use std::time::Duration;

use coffret_vault::{Body, Error, Failure, LoginAnswer, Token};

use crate::fake::{Fake, json};

fn token() -> Token {
    Token::new("hvs.t").unwrap()
}

const LOGGED_IN: &str = r#"{"auth":{"client_token":"hvs.new","accessor":"a","policies":["default"],"token_policies":null,
    "lease_duration":3600,"renewable":true,"token_type":"service","num_uses":0,"orphan":true,"mfa_requirement":null}}"#;

fn credentials() -> Body {
    Body::from(br#"{"role":"web","jwt":"j"}"#.to_vec())
}

#[tokio::test]
async fn a_login_sends_its_credentials_and_gets_a_token() {
    let fake = Fake::start(|_| json(200, LOGGED_IN)).await;
    let path = "auth/m/login/jo e".to_owned();
    let answer = fake.client().login(path, credentials(), None).await.unwrap();
    let seen = fake.only();
    assert_eq!(
        (seen.line.as_str(), seen.body.as_bytes()),
        ("PUT /v1/auth/m/login/jo%20e", credentials().bytes())
    );
    match answer {
        LoginAnswer::Token(token, auth) => {
            assert_eq!(token.expose(), "hvs.new");
            assert_eq!((auth.lease_duration, auth.renewable), (Duration::from_secs(3600), true));
        }
        LoginAnswer::Wrapped(_) => panic!("not wrapped"),
    }
}

#[tokio::test]
async fn an_answer_without_a_token_is_a_failed_login() {
    for body in [
        "{}",
        r#"{"auth":null}"#,
        r#"{"auth":{"client_token":"","mfa_requirement":{"x":1}}}"#,
    ] {
        let fake = Fake::start(move |_| json(200, body)).await;
        let error = fake
            .client()
            .login("auth/m/login".to_owned(), credentials(), None)
            .await
            .unwrap_err();
        assert!(
            matches!(error, Error::NoToken { .. }) && error.failure() == Failure::NotAuthorised,
            "{body}: {error}"
        );
    }
}

#[tokio::test]
async fn a_login_can_be_wrapped() {
    let body = r#"{"wrap_info":{"token":"hvs.w","accessor":"a","ttl":60,"creation_time":"2026-01-01T00:00:00Z","creation_path":"auth/m/login"}}"#;
    let fake = Fake::start(move |_| json(200, body)).await;
    let ttl = Some(Duration::from_secs(60));
    match fake
        .client()
        .login("auth/m/login".to_owned(), credentials(), ttl)
        .await
        .unwrap()
    {
        LoginAnswer::Wrapped(info) => {
            assert_eq!(
                (info.token.expose(), info.creation_path.as_str()),
                ("hvs.w", "auth/m/login")
            );
        }
        LoginAnswer::Token(..) => panic!("wrapped"),
    }
    assert_eq!(fake.only().header("x-vault-wrap-ttl"), Some("60"));
}

#[tokio::test]
async fn the_token_looks_after_itself() {
    let fake = Fake::start(|seen| match seen.line.as_str() {
        "GET /v1/auth/token/lookup-self" => json(
            200,
            r#"{"data":{"accessor":"a","ttl":59,"period":0,"renewable":true,"type":"service","policies":["p"]}}"#,
        ),
        "PUT /v1/auth/token/renew-self" => json(200, LOGGED_IN),
        _ => json(204, ""),
    })
    .await;
    let client = fake.client();
    let info = client.lookup_self(&token()).await.unwrap();
    assert_eq!((info.ttl, info.renewable), (Duration::from_secs(59), true));
    let auth = client.renew_self(&token(), Duration::from_secs(10)).await.unwrap();
    assert_eq!(auth.lease_duration, Duration::from_secs(3600));
    client.revoke_self(&token()).await.unwrap();
    let seen = fake.seen();
    assert_eq!(seen[1].body, r#"{"increment":10}"#);
    assert_eq!(seen[2].line, "PUT /v1/auth/token/revoke-self");
    assert!(seen.iter().all(|seen| seen.header("x-vault-token") == Some("hvs.t")));
}

#[tokio::test]
async fn leases_are_renewed() {
    let fake = Fake::start(|_| json(200, r#"{"lease_id":"db/1","lease_duration":120,"renewable":true}"#)).await;
    let lease = fake
        .client()
        .renew_lease(&token(), "db/1", Duration::ZERO)
        .await
        .unwrap();
    assert_eq!((lease.duration, lease.renewable), (Duration::from_secs(120), true));
    let seen = fake.only();
    assert_eq!(
        (seen.line.as_str(), seen.body.as_str()),
        ("PUT /v1/sys/leases/renew", r#"{"lease_id":"db/1","increment":0}"#)
    );
}

#[tokio::test]
async fn wrapping_tokens_are_looked_up_and_used() {
    let fake = Fake::start(|seen| match seen.line.as_str() {
        "GET /v1/sys/wrapping/lookup" => json(
            200,
            r#"{"data":{"creation_path":"auth/approle/role/r/secret-id","creation_ttl":60}}"#,
        ),
        "PUT /v1/sys/wrapping/wrap" => json(200, r#"{"wrap_info":{"token":"hvs.w","ttl":30}}"#),
        _ => json(200, r#"{"data":{"secret_id":"s"}}"#),
    })
    .await;
    let client = fake.client();
    let known = client.wrapping_lookup(&token()).await.unwrap();
    assert_eq!(known.creation_path, "auth/approle/role/r/secret-id");
    let data: serde_json::Value = client.unwrap_answer(&token()).await.unwrap().data().unwrap();
    assert_eq!(data["secret_id"], "s");
    let wrapped = client
        .wrap(&token(), &serde_json::json!({"token": "x"}), Duration::from_secs(30))
        .await
        .unwrap();
    assert_eq!(wrapped.ttl, Duration::from_secs(30));
    assert_eq!(fake.seen()[2].header("x-vault-wrap-ttl"), Some("30"));
}

#[tokio::test]
async fn mounts_are_asked_for_and_failures_are_errors() {
    for (data, path, kind, versioned) in [
        (
            r#"{"path":"secret/","type":"kv","options":{"version":"2"}}"#,
            "secret/",
            "kv",
            true,
        ),
        (
            r#"{"path":"secret/","type":"kv","options":{"version":2}}"#,
            "secret/",
            "kv",
            true,
        ),
        (
            r#"{"path":"kv/","type":"kv","options":{"version":"1"}}"#,
            "kv/",
            "kv",
            false,
        ),
        (r#"{"path":"kv/","type":"kv","options":null}"#, "kv/", "kv", false),
        (r#"{"path":"pki","type":"pki"}"#, "pki/", "pki", false),
    ] {
        let fake = Fake::start(move |_| json(200, &format!(r#"{{"data":{data}}}"#))).await;
        let mount = fake.client().mount(&token(), "/secret/app").await.unwrap();
        assert_eq!(
            (mount.path.as_str(), mount.kind.as_str(), mount.versioned),
            (path, kind, versioned)
        );
        assert_eq!(fake.only().line, "GET /v1/sys/internal/ui/mounts/secret/app");
    }
    let sealed = Fake::start(|_| json(503, r#"{"errors":["Vault is sealed"]}"#)).await;
    let refused = sealed.client().mount(&token(), "secret/app").await.unwrap_err();
    assert!(refused.is_transient());
}

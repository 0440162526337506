//! Leases and tokens of other programs, kept for them.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{ended, get, pod, started};
use crate::http::{Answer, ask};
use crate::process::until;
use crate::scenario::{Scenario, run};

/// A pod with a cache, and a database whose credentials last for ten seconds at a time: short enough to see a renewal,
/// long enough for a busy machine to be in time with it.
async fn caching() -> (Scenario, Value, PathBuf) {
    let (scenario, mut config, socket) = pod().await;
    config["cache"] = json!({});
    (scenario.with_database("10s", "1h").await, config, socket)
}

fn lease(answer: &Answer) -> (String, String) {
    let state = answer.header("x-cache").unwrap_or_default();
    (answer.json()["lease_id"].as_str().unwrap().to_owned(), state.to_owned())
}

#[test]
fn leases_are_kept_renewed_and_given_again_until_they_are_revoked() {
    run(async {
        let (scenario, config, socket) = caching().await;
        let program = started(&scenario, &config).await;
        let path = "database/creds/app";
        let request = || get(&socket, path);
        // At the same time, and from different programs.
        let other = format!("GET /v1/{path}\nuser-agent: x");
        let (one, two) = tokio::join!(request(), ask(&socket, &other, ""));
        let (id, _) = lease(&one);
        assert_eq!(lease(&two).0, id);
        assert_eq!(
            scenario.count("GET", "database/creds/app"),
            1,
            "two credentials were made"
        );
        until(async || scenario.count("PUT", "sys/leases/renew") > 0).await;
        let kept = request().await;
        assert_eq!(lease(&kept), (id.clone(), "HIT".to_owned()));
        assert!(kept.header("age").unwrap().parse::<u64>().unwrap() >= 1);
        assert!(kept.header("date").is_some());
        assert_eq!(kept.body, one.body);
        for path in ["secret/data/app", "secret/data/app"] {
            assert_eq!(get(&socket, path).await.header("x-cache"), Some("MISS"));
        }
        let body = json!({"lease_id": id}).to_string();
        let revoked = ask(&socket, "PUT /v1/sys/leases/revoke\nx-vault-token: root", &body).await;
        assert_eq!(revoked.status, 204, "{}", revoked.text());
        let (other, state) = lease(&request().await);
        assert!(other != id && state == "MISS", "a revoked credential was given again");
        let clear = ask(
            &socket,
            "POST /agent/v1/cache-clear",
            r#"{"type":"request_path","value":"/v1/database"}"#,
        )
        .await;
        assert_eq!((clear.status, clear.text().as_str()), (200, ""));
        assert_eq!(lease(&request().await).1, "MISS");
        let wrong = ask(&socket, "POST /agent/v1/cache-clear", r#"{"type":"x"}"#).await;
        assert_eq!(
            (wrong.status, wrong.text().as_str()),
            (400, r#"{"errors":["failed to clear cache: invalid type provided"]}"#)
        );
        ended(program).await;
    });
}

#[test]
fn logins_through_the_listener_are_kept_with_what_they_lead_to() {
    run(async {
        let (scenario, config, socket) = caching().await;
        scenario.write("sys/auth/userpass", &json!({"type": "userpass"})).await;
        let user = json!({"password": "p", "token_policies": ["app"], "token_ttl": "1h"});
        scenario.write("auth/userpass/users/u", &user).await;
        let program = started(&scenario, &config).await;
        let login = || ask(&socket, "PUT /v1/auth/userpass/login/u", r#"{"password":"p"}"#);
        let made = login().await;
        let token = made.json()["auth"]["client_token"].as_str().unwrap().to_owned();
        let again = login().await;
        assert_eq!((again.header("x-cache"), &again.body), (Some("HIT"), &made.body));
        let credentials = format!("GET /v1/database/creds/app\nx-vault-token: {token}");
        let (id, _) = lease(&ask(&socket, &credentials, "").await);
        assert_eq!(lease(&ask(&socket, &credentials, "").await), (id, "HIT".to_owned()));
        let stranger = "GET /v1/database/creds/app\nx-vault-token: root";
        for _ in 0..2 {
            assert_eq!(ask(&socket, stranger, "").await.header("x-cache"), Some("MISS"));
        }
        let revoke = format!("PUT /v1/auth/token/revoke-self\nx-vault-token: {token}");
        assert_eq!(ask(&socket, &revoke, "").await.status, 204);
        assert_eq!(
            ask(&socket, &credentials, "").await.status,
            403,
            "a credential of a revoked token was given again"
        );
        assert_eq!(login().await.header("x-cache"), Some("MISS"));
        ended(program).await;
    });
}

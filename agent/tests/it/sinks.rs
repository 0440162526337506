//! Sinks that hold a wrapping token instead of the agent's own.

use serde_json::{Value, json};

use crate::scenario::{Scenario, run};

async fn kubernetes() -> Scenario {
    Scenario::new().await.with_kubernetes("1h", "2h").await
}

/// The one line of the sink.
fn document(scenario: &Scenario) -> Value {
    let text = scenario.read("sink");
    assert_eq!((text.lines().count(), text.ends_with('\n')), (1, true), "{text:?}");
    serde_json::from_str(&text).unwrap()
}

/// What the wrapping token in the sink holds; it can be had once.
async fn unwrapped(scenario: &Scenario) -> Value {
    let token = document(scenario)["token"].clone();
    scenario.write("sys/wrapping/unwrap", &json!({"token": token})).await
}

#[test]
fn a_wrapped_sink_gets_each_new_token_wrapped_in_one_line() {
    run(async {
        let mut scenario = kubernetes().await;
        scenario.config["auto_auth"]["sink"][0]["wrap_ttl"] = json!("5m");
        let agent = scenario.start().await;
        let first = document(&scenario);
        assert_eq!(first["ttl"], 300);
        assert_eq!(first["creation_path"], "sys/wrapping/wrap");
        let token = unwrapped(&scenario).await["data"]["token"].clone();
        let look = scenario.write("auth/token/lookup", &json!({"token": token})).await;
        assert_eq!(look["data"]["path"], "auth/kubernetes/login");
        agent.advance(3 * 3_600).await;
        assert_ne!(document(&scenario)["token"], first["token"]);
    });
}

#[test]
fn a_wrapped_login_leaves_its_token_to_whoever_unwraps_it() {
    run(async {
        let mut scenario = kubernetes().await;
        scenario.config["auto_auth"]["method"]["wrap_ttl"] = json!("60s");
        scenario.config["exit_after_auth"] = json!(true);
        assert_eq!(scenario.launch().end().await, Ok(()));
        let found = document(&scenario);
        assert_eq!(found["ttl"], 60);
        assert_eq!(found["creation_path"], "auth/kubernetes/login");
        let auth = unwrapped(&scenario).await["auth"].clone();
        assert_eq!(auth["accessor"], found["wrapped_accessor"]);
        assert!(auth["client_token"].is_string(), "{auth}");
    });
}

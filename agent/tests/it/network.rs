//! The way to the server misbehaves: answers that drip, certificates that change.

use std::time::Duration;

use serde_json::json;

use crate::authority::Authority;
use crate::relay::Relay;
use crate::scenario::{Scenario, run};

const TEMPLATE: &str = r#"{{ with secret "secret/app" }}{{ .Data.data.v }}{{ end }}"#;

/// One template, and a relay before the server that the agent talks to.
async fn behind_relay(scheme: &str) -> (Scenario, Relay) {
    let scenario = Scenario::new().await;
    scenario.put("app", json!({"v": "1"})).await;
    let mut scenario = scenario.with_token("0", "0").await.template("a", TEMPLATE);
    let relay = Relay::to(scenario.server.address());
    scenario.config["vault"]["address"] = json!(format!("{scheme}://{}", relay.address()));
    (scenario, relay)
}

#[test]
fn answers_that_drip_byte_by_byte_are_given_up() {
    run(async {
        let (mut scenario, mut relay) = behind_relay("http").await;
        scenario.timeout = Duration::from_millis(300);
        relay.up();
        let agent = scenario.start().await;
        assert_eq!(scenario.read("a"), "1");
        relay.down().await;
        relay.up_dripping();
        scenario.put("app", json!({"v": "2"})).await;
        scenario.server.journal().clear();
        agent.advance(600).await;
        assert_eq!(scenario.read("a"), "1");
        let requests = scenario.server.journal().total();
        assert!((5..=35).contains(&requests), "{requests} requests in ten minutes");
        relay.down().await;
        relay.up();
        agent.advance(130).await;
        assert_eq!(scenario.read("a"), "2");
    });
}

#[test]
fn an_authority_rotated_on_disk_is_followed_without_a_restart() {
    run(async {
        let (mut scenario, mut relay) = behind_relay("https").await;
        let file = scenario.path("ca.pem");
        scenario.config["vault"]["ca_cert"] = json!(file);
        let (old, new) = (Authority::new("old"), Authority::new("new"));
        std::fs::write(&file, &old.pem).unwrap();
        relay.up_with(old.issue("127.0.0.1").server());
        let agent = scenario.start().await;
        assert_eq!(scenario.read("a"), "1");
        relay.down().await;
        relay.up_with(new.issue("127.0.0.1").server());
        scenario.put("app", json!({"v": "2"})).await;
        scenario.server.journal().clear();
        agent.advance(600).await;
        assert_eq!(scenario.read("a"), "1", "a server that nobody vouches for was believed");
        assert_eq!(scenario.server.journal().total(), 0);
        std::fs::write(&file, &new.pem).unwrap();
        agent.advance(70).await;
        assert_eq!(scenario.read("a"), "2");
        let requests = scenario.server.journal().total();
        assert!(requests <= 5, "{requests} requests after the rotation");
    });
}

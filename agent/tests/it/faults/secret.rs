//! Secrets that are deleted, forbidden, large, late or not there.

use std::time::Duration;

use coffret_devserver::faults::{Effect, Fault};
use serde_json::json;

use super::{BAD, GOOD, HALF_AN_HOUR, REGULAR, both, files, one_of_two, set, two};
use crate::scenario::{Scenario, run};

async fn allow(scenario: &Scenario, path: &str) {
    let policy = format!("path \"{path}\" {{ capabilities = [\"read\"] }}");
    scenario.write("sys/policies/acl/app", &json!({"policy": policy})).await;
}

#[test]
fn permission_is_withdrawn_for_one_secret() {
    run(async {
        let strike = async |scenario: &Scenario| {
            set(scenario, "2").await;
            allow(scenario, "secret/data/good").await;
        };
        let mend = async |scenario: &Scenario| allow(scenario, "secret/data/*").await;
        // Reads that are refused, and for each a look whether it is the token that is not accepted.
        one_of_two(two().await, strike, mend, "1", 1..=40).await;
    });
}

#[test]
fn a_secret_is_deleted_and_undeleted() {
    run(async {
        let strike = async |scenario: &Scenario| {
            set(scenario, "2").await;
            scenario.write("secret/delete/bad", &json!({"versions": [2]})).await;
        };
        let mend = async |scenario: &Scenario| {
            scenario.write("secret/undelete/bad", &json!({"versions": [2]})).await;
        };
        one_of_two(two().await, strike, mend, "1", 1..=20).await;
    });
}

#[test]
fn a_secret_is_deleted_with_all_its_versions_and_written_anew() {
    run(async {
        let strike = async |scenario: &Scenario| {
            set(scenario, "2").await;
            scenario
                .ask(coffret_vault::Call::new(
                    coffret_vault::Operation::Delete,
                    "secret/metadata/bad",
                ))
                .await;
        };
        let mend = async |scenario: &Scenario| scenario.put("bad", json!({"v": "2"})).await;
        one_of_two(two().await, strike, mend, "1", 1..=20).await;
    });
}

#[test]
fn a_secret_deletes_itself_and_is_used_until_then() {
    run(async {
        let strike = async |scenario: &Scenario| {
            let after = json!({"delete_version_after": "10m"});
            scenario.write("secret/metadata/bad", &after).await;
            set(scenario, "2").await;
        };
        // Read every minute while it is there, and ever more rarely when it is gone; what was there last is kept.
        let mend = async |scenario: &Scenario| scenario.put("bad", json!({"v": "2"})).await;
        one_of_two(two().await, strike, mend, "2", 10..=30).await;
    });
}

#[test]
fn a_secret_of_a_megabyte() {
    run(async {
        let mut scenario = two().await;
        let agent = scenario.start().await;
        let large = "x".repeat(1 << 20);
        scenario.put("good", json!({"v": "2"})).await;
        scenario.put("bad", json!({"v": large})).await;
        scenario.server.journal().clear();
        agent.advance(HALF_AN_HOUR).await;
        assert!(scenario.read("bad") == large, "not what was stored");
        assert_eq!(scenario.read("good"), "2");
        for path in ["secret/data/good", "secret/data/bad"] {
            let reads = scenario.count("GET", path);
            assert!(REGULAR.contains(&reads), "{reads} reads of {path}");
        }
        set(&scenario, "3").await;
        agent.advance(60).await;
        assert_eq!(files(&scenario), both("3", "3"));
    });
}

#[test]
fn two_answers_that_do_not_come() {
    run(async {
        let mut scenario = two().await;
        let agent = scenario.start().await;
        set(&scenario, "2").await;
        let silence = Effect::Delay(Duration::from_secs(3_600));
        scenario
            .server
            .faults()
            .add(Fault::on("secret/data/bad", silence).times(2));
        scenario.server.journal().clear();
        agent.advance(120).await;
        assert_eq!(files(&scenario), both("2", "2"));
        assert!(scenario.count("GET", "secret/data/bad") <= 5);
        assert!(agent.stop().await.is_ok());
    });
}

#[test]
fn a_missing_secret_delays_only_its_own_template() {
    run(async {
        let scenario = Scenario::new().await;
        scenario.put("good", json!({"v": "1"})).await;
        let mut scenario = scenario
            .with_token("0", "0")
            .await
            .template("good", GOOD)
            .template("bad", BAD);
        let agent = scenario.start().await;
        assert_eq!(scenario.read("good"), "1");
        scenario.put("bad", json!({"v": "late"})).await;
        agent.advance(60).await;
        assert_eq!(scenario.read("bad"), "late");
        let reads = scenario.count("GET", "secret/data/bad");
        assert!(reads <= 6, "{reads} reads of a missing secret in a minute");
        assert!(agent.is_running());
    });
}

#[test]
fn a_secret_missing_to_the_deadline_is_named() {
    run(async {
        let scenario = Scenario::new().await;
        let mut scenario = scenario.with_token("0", "0").await.template("bad", BAD);
        let agent = scenario.start().await;
        agent.advance(301).await;
        let failure = agent.end().await.unwrap_err();
        assert_eq!(failure.code().number(), 66);
        assert!(
            failure.to_string().contains("no secret exists at secret/data/bad"),
            "{failure}"
        );
    });
}

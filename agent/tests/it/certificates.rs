//! Certificates: kept while they are valid, replaced before they end, not issued again by a restart.

use serde_json::json;

use crate::scenario::{Agent, Scenario, run};

const KEPT: &str = r#"{{ with pkiCert "pki/issue/web" "common_name=web.example" }}{{ .Cert }}{{ .Key }}{{ end }}"#;
const READ: &str = r#"{{ with secret "pki/issue/web" "common_name=web.example" }}{{ .Data.serial_number }}{{ end }}"#;

/// Certificates last a day.
async fn authority() -> Scenario {
    let scenario = Scenario::new().await;
    scenario.write("sys/mounts/pki", &json!({"type": "pki"})).await;
    let root = json!({"common_name": "root", "key_type": "ec", "key_bits": 256, "ttl": "87600h"});
    scenario.write("pki/root/generate/internal", &root).await;
    let role = json!({"allow_any_name": true, "key_type": "ec", "key_bits": 256, "ttl": "24h", "max_ttl": "24h"});
    scenario.write("pki/roles/web", &role).await;
    scenario.with_token("0", "0").await
}

fn issued(scenario: &Scenario) -> usize {
    scenario.count("PUT", "pki/issue/web")
}

/// Lets hours pass; answers at which ones the file changed.
async fn changes(scenario: &Scenario, agent: &Agent, hours: u64) -> Vec<u64> {
    let mut changes = Vec::new();
    for hour in 1..=hours {
        let before = scenario.read("a");
        agent.advance(3_600).await;
        if scenario.read("a") != before {
            changes.push(hour);
        }
    }
    changes
}

async fn is_replaced_before_its_end(template: &str) {
    let mut scenario = authority().await.template("a", template);
    scenario.server.journal().clear();
    let agent = scenario.start().await;
    assert_eq!(issued(&scenario), 1);
    let changed = changes(&scenario, &agent, 48).await;
    assert_eq!((changed.len(), issued(&scenario)), (2, 3), "{changed:?}");
    assert!((20..=23).contains(&changed[0]), "{changed:?}");
    assert!(changed[1] - changed[0] >= 20, "{changed:?}");
}

#[test]
fn a_certificate_is_kept_while_it_is_valid() {
    run(is_replaced_before_its_end(KEPT));
}

#[test]
fn an_issued_certificate_is_not_read_every_five_minutes() {
    run(is_replaced_before_its_end(READ));
}

#[test]
fn a_restart_does_not_issue_again_what_is_in_the_file() {
    run(async {
        let mut scenario = authority().await.template("a", KEPT);
        let agent = scenario.start().await;
        assert!(agent.stop().await.is_ok());
        let before = scenario.read("a");
        assert!(before.contains("PRIVATE KEY"), "{before}");
        scenario.server.journal().clear();
        let agent = scenario.start().await;
        assert_eq!((scenario.read("a"), issued(&scenario)), (before.clone(), 0));
        assert!(agent.is_running());
        let changed = changes(&scenario, &agent, 24).await;
        assert_eq!((changed.len(), issued(&scenario)), (1, 1), "{changed:?}");
        assert!(agent.stop().await.is_ok());
    });
}

#[test]
fn a_restart_with_another_name_issues_a_certificate_for_it() {
    run(async {
        let mut scenario = authority().await.template("a", KEPT);
        let agent = scenario.start().await;
        assert!(agent.stop().await.is_ok());
        let mut other = scenario.template("a", &KEPT.replace("web.example", "other.example"));
        other.forget_first_template();
        other.server.journal().clear();
        other.start().await;
        assert_eq!(issued(&other), 1);
    });
}

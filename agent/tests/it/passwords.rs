//! Static roles: the server rotates the password, the file follows.

use serde_json::json;

use crate::scenario::{Scenario, run};

const PASSWORD: &str = r#"{{ with secret "database/static-creds/app" }}{{ .Data.password }}{{ end }}"#;

#[test]
fn a_rotation_is_followed_within_seconds_and_asked_for_once() {
    run(async {
        let scenario = Scenario::new()
            .await
            .with_token("0", "0")
            .await
            .with_database("1h", "1h")
            .await;
        let role = json!({"db_name": "db", "username": "app", "rotation_period": "10m"});
        scenario.write("database/static-roles/fixed", &role).await;
        let template = PASSWORD.replace("/app", "/fixed");
        let mut scenario = scenario.template("a", &template);
        scenario.server.journal().clear();
        let agent = scenario.start().await;
        let mut seen = vec![scenario.read("a")];
        agent.advance(5).await;
        for _ in 0..6 {
            agent.advance(590).await;
            assert_eq!(
                &scenario.read("a"),
                seen.last().unwrap(),
                "it changed before the server rotated"
            );
            // Five seconds after the rotation.
            agent.advance(10).await;
            let now = scenario.read("a");
            assert_ne!(&now, seen.last().unwrap(), "the rotation was missed");
            seen.push(now);
        }
        let reads = scenario.count("GET", "database/static-creds/fixed");
        assert_eq!(reads, seen.len(), "one read for each rotation");
    });
}

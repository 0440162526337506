//! Secrets become files, and files follow secrets.

use serde_json::json;

use crate::scenario::{Scenario, run};

const BOTH: &str = r#"{{ with secret "secret/app" }}{{ .Data.data.user }}{{ end }}"#;

#[test]
fn a_secret_is_read_once_for_all_templates_and_followed() {
    run(async {
        let scenario = Scenario::new().await;
        scenario.put("app", json!({"user": "one"})).await;
        let mut scenario = scenario
            .with_token("1h", "0")
            .await
            .template("a", BOTH)
            .template("b", BOTH);
        scenario.server.journal().clear();
        let agent = scenario.start().await;
        assert_eq!((scenario.read("a"), scenario.read("b")), ("one".into(), "one".into()));
        assert_eq!(scenario.count("GET", "secret/data/app"), 1);
        assert_eq!(scenario.count("GET", "sys/internal/ui/mounts/*"), 1);
        assert_eq!(
            scenario.server.journal().total(),
            3,
            "{:?}",
            scenario.server.journal().entries()
        );
        scenario.put("app", json!({"user": "two"})).await;
        agent.advance(60).await;
        assert_eq!((scenario.read("a"), scenario.read("b")), ("two".into(), "two".into()));
        assert!(agent.stop().await.is_ok());
    });
}

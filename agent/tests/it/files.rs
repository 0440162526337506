//! Files that templates read and write, and what is told about what is in them.

use serde_json::json;

use crate::program::Program;
use crate::scenario::{Scenario, run};

#[test]
fn a_changed_file_is_rendered_without_asking_the_server() {
    run(async {
        let scenario = Scenario::new().await;
        scenario.put("app", json!({"v": "1"})).await;
        let scenario = scenario.with_token("0", "0").await;
        let included = scenario.path("included");
        std::fs::write(&included, "one").unwrap();
        let contents = format!(
            r#"{{{{ file "{}" }}}} {{{{ with secret "secret/app" }}}}{{{{ .Data.data.v }}}}{{{{ end }}}}"#,
            included.display()
        );
        let mut scenario = scenario.template("a", &contents);
        let agent = scenario.start().await;
        assert_eq!(scenario.read("a"), "one 1");
        scenario.server.journal().clear();
        std::fs::write(&included, "two, longer").unwrap();
        agent.advance(3).await;
        assert_eq!(scenario.read("a"), "two, longer 1");
        std::fs::remove_file(&included).unwrap();
        agent.advance(3).await;
        assert_eq!(scenario.read("a"), "two, longer 1", "the file was destroyed");
        std::fs::write(&included, "three").unwrap();
        agent.advance(3).await;
        assert_eq!(scenario.read("a"), "three 1");
        assert_eq!(scenario.server.journal().total(), 0);
    });
}

#[test]
fn a_key_that_is_not_there_is_told_with_its_place() {
    run(async {
        let scenario = Scenario::new().await.with_kubernetes("1h", "2h").await;
        scenario.put("app", json!({"v": "1"})).await;
        let contents = "{{ with secret \"secret/app\" }}{{ .Data.v }}{{ end }}";
        let mut config = scenario.config.clone();
        config["template"] = json!([{"contents": contents, "destination": scenario.path("a")}]);
        config["exit_after_auth"] = json!(true);
        let mut program = Program::start(&scenario, &config, &[]);
        let told = program.logged("<no value>").await;
        assert!(
            told.contains("[WARN]") && told.contains("at 1:33, {{.Data.v}}"),
            "{told}"
        );
        assert!(told.contains("destination=") && told.contains(".Data.data"), "{told}");
        assert_eq!(program.ended().await.0, 0);
        assert_eq!(scenario.read("a"), "<no value>");
    });
}

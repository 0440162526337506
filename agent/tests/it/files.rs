//! Files that templates read with `file`.

use serde_json::json;

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

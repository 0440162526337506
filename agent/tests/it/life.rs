//! Starting, finishing and stopping.

use coffret_agent::state;
use serde_json::json;

use crate::scenario::{Scenario, run};

const TEMPLATE: &str = r#"{{ with secret "secret/app" }}{{ .Data.data.v }}{{ end }}"#;

async fn one() -> Scenario {
    let scenario = Scenario::new().await;
    scenario.put("app", json!({"v": "1"})).await;
    scenario.with_token("1h", "0").await.template("a", TEMPLATE)
}

#[test]
fn exit_after_auth_ends_with_everything_written() {
    run(async {
        let mut scenario = one().await.set("exit_after_auth", json!(true));
        let agent = scenario.launch();
        assert_eq!(agent.end().await, Ok(()));
        assert_eq!(scenario.read("a"), "1");
        assert_eq!(scenario.read("sink"), scenario.read("given-token"));
    });
}

#[test]
fn an_inline_template_with_a_syntax_error_ends_the_start_at_once() {
    run(async {
        let mut scenario = one().await.template("b", "{{ if }}");
        let failure = scenario.launch().end().await.unwrap_err();
        assert_eq!(failure.code().number(), 65);
        assert!(failure.to_string().contains("test:1:"), "{failure}");
    });
}

#[test]
fn a_template_that_fails_ends_the_start_where_retries_are_limited() {
    run(async {
        let settings = json!({"exit_on_retry_failure": true});
        let mut scenario = one()
            .await
            .template("b", "{{ mustEnv \"NOT_SET\" }}")
            .set("template_config", settings);
        let failure = scenario.launch().end().await.unwrap_err();
        assert_eq!(failure.code().number(), 65);
        assert_eq!(scenario.read("a"), "1", "the other template was not rendered first");
    });
}

#[test]
fn a_template_that_may_fail_does_not_hold_up_the_start() {
    run(async {
        let mut scenario = one()
            .await
            .template("b", "{{ mustEnv \"NOT_SET\" }}")
            .with(json!({"error_fatal": false}))
            .set("exit_after_auth", json!(true));
        assert_eq!(scenario.launch().end().await, Ok(()));
    });
}

#[test]
fn probes_follow_the_agent() {
    run(async {
        let mut scenario = one()
            .await
            .template("b", r#"{{ with secret "secret/late" }}{{ .Data.data.v }}{{ end }}"#);
        let agent = scenario.start().await;
        let ready = || state::ready(&scenario.path(".coffret-state"), std::path::Path::new("/proc"));
        let reason = ready().unwrap_err();
        assert!(
            reason.contains("1 of 2") && reason.contains("secret/data/late"),
            "{reason}"
        );
        scenario.put("late", json!({"v": "1"})).await;
        agent.advance(60).await;
        assert_eq!(ready(), Ok("ready: 2 of 2 templates rendered".into()));
        agent.stop().await.unwrap();
        assert!(ready().is_err());
    });
}

#[test]
fn a_token_is_renewed_in_time_and_never_at_once() {
    run(async {
        let mut scenario = one().await;
        let agent = scenario.start().await;
        assert_eq!(scenario.count("PUT", "auth/token/renew-self"), 0);
        agent.advance(3_600 * 10).await;
        let renewals = scenario.count("PUT", "auth/token/renew-self");
        assert!((13..=16).contains(&renewals), "{renewals} renewals in ten hours");
    });
}

/// A template whose command fails until there is the file `open`.
async fn with_a_command() -> Scenario {
    let scenario = one().await;
    let line = format!("echo run >> {0}/log; test -e {0}/open", scenario.place.path().display());
    let mut scenario = scenario.with(json!({"command": line}));
    scenario.environment.push(("PATH".into(), "/usr/bin:/bin".into()));
    scenario
}

#[test]
fn a_command_that_fails_does_not_hold_up_an_init_container() {
    run(async {
        let mut scenario = with_a_command().await.set("exit_after_auth", json!(true));
        assert_eq!(scenario.launch().end().await, Ok(()));
        assert_eq!((scenario.read("a"), scenario.read("log")), ("1".into(), "run\n".into()));
    });
}

#[test]
fn a_command_that_needs_the_application_does_not_hold_it_up() {
    run(async {
        let mut scenario = with_a_command().await;
        let agent = scenario.start().await;
        let ready = || state::ready(&scenario.path(".coffret-state"), std::path::Path::new("/proc"));
        assert_eq!(ready(), Ok("ready: 1 of 1 templates rendered".into()));
        std::fs::write(scenario.path("open"), "").unwrap();
        agent.advance(60).await;
        let runs = scenario.read("log").lines().count();
        assert!(runs > 1, "it was not tried again");
        agent.advance(600).await;
        assert_eq!(scenario.read("log").lines().count(), runs);
        agent.stop().await.unwrap();
    });
}

#[test]
fn a_file_that_cannot_be_written_ends_the_start_where_retries_are_limited() {
    run(async {
        let mut scenario = one()
            .await
            .template("missing/b", "text")
            .with(json!({"create_dest_dirs": false}))
            .set("template_config", json!({"exit_on_retry_failure": true}));
        let failure = scenario.launch().end().await.unwrap_err();
        assert_eq!(failure.code().number(), 73, "{failure}");
        assert_eq!(scenario.read("a"), "1", "the other template was not rendered first");
    });
}

#[test]
fn what_can_be_written_is_written_before_a_missing_secret_ends_the_start() {
    run(async {
        let missing = r#"{{ with secret "nowhere/at/all" }}x{{ end }}"#;
        let mut scenario = one()
            .await
            .template("b", missing)
            .template("c", r#"{{ with secret "kv1/late" }}{{ .Data.v }}{{ end }}"#)
            .set("template_config", json!({"exit_on_retry_failure": true}));
        scenario.write("kv1/late", &json!({"v": "late"})).await;
        scenario.config["vault"]["retry"] = json!({"num_retries": -1});
        let failure = scenario.launch().end().await.unwrap_err();
        assert!(failure.to_string().contains("nowhere/at/all"), "{failure}");
        assert_eq!((scenario.read("a"), scenario.read("c")), ("1".into(), "late".into()));
    });
}

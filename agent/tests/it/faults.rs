//! Everything that goes wrong in three months. In each case the healthy template goes on, the files of the others stay
//! as they were, all is well again without a restart, and the server counts few requests.

use std::time::Duration;

use coffret_agent::engine::Control;
use coffret_devserver::faults::{Effect, Fault};
use serde_json::json;

use crate::relay::Relay;
use crate::scenario::{Agent, Scenario, run};

const GOOD: &str = r#"{{ with secret "secret/good" }}{{ .Data.data.v }}{{ end }}"#;
const BAD: &str = r#"{{ with secret "secret/bad" }}{{ .Data.data.v }}{{ end }}"#;

/// Two templates over two secrets, both holding "1".
async fn two() -> Scenario {
    let scenario = Scenario::new().await;
    set(&scenario, "1").await;
    scenario
        .with_token("0", "0")
        .await
        .template("good", GOOD)
        .template("bad", BAD)
}

async fn set(scenario: &Scenario, value: &str) {
    for name in ["good", "bad"] {
        scenario.put(name, json!({"v": value})).await;
    }
}

fn files(scenario: &Scenario) -> (String, String) {
    (scenario.read("good"), scenario.read("bad"))
}

fn both(good: &str, bad: &str) -> (String, String) {
    (good.to_owned(), bad.to_owned())
}

/// The path fails for half an hour in the way `effect` says; at most `most` requests may go there meanwhile.
async fn one_path_fails(effect: Effect, most: usize) {
    let mut scenario = two().await;
    let agent = scenario.start().await;
    assert_eq!(files(&scenario), both("1", "1"));
    set(&scenario, "2").await;
    scenario.server.faults().add(Fault::on("secret/data/bad", effect));
    scenario.server.journal().clear();
    agent.advance(1_800).await;
    assert_eq!(files(&scenario), both("2", "1"));
    let (good, bad) = (
        scenario.count("GET", "secret/data/good"),
        scenario.count("GET", "secret/data/bad"),
    );
    assert!(bad <= most && bad > 0, "{bad} requests for the failing path");
    assert!((28..=36).contains(&good), "{good} requests for the healthy path");
    recovers(&scenario, &agent).await;
    assert!(agent.stop().await.is_ok());
}

async fn recovers(scenario: &Scenario, agent: &Agent) {
    scenario.server.faults().clear();
    agent.advance(400).await;
    assert_eq!(files(scenario), both("2", "2"));
}

#[test]
fn a_path_answers_503() {
    run(one_path_fails(Effect::status(503, "upstream is not available"), 90));
}

#[test]
fn a_path_answers_500() {
    run(one_path_fails(Effect::status(500, "internal error"), 90));
}

#[test]
fn a_path_is_forbidden() {
    run(one_path_fails(Effect::status(403, "permission denied"), 20));
}

#[test]
fn a_path_is_gone() {
    let gone = Effect::Status {
        status: 404,
        errors: vec![],
        retry_after: None,
    };
    run(one_path_fails(gone, 30));
}

#[test]
fn a_path_is_rate_limited() {
    let effect = Effect::Status {
        status: 429,
        errors: vec!["request limit exceeded".into()],
        retry_after: Some(300),
    };
    run(one_path_fails(effect, 8));
}

#[test]
fn a_proxy_answers_with_its_own_page() {
    run(one_path_fails(
        Effect::Body {
            content_type: "text/html".into(),
            body: "<html>login</html>".into(),
        },
        90,
    ));
}

#[test]
fn an_answer_breaks_off_in_the_middle() {
    run(one_path_fails(Effect::Truncate, 90));
}

#[test]
fn connections_are_reset() {
    run(one_path_fails(Effect::Reset, 90));
    run(one_path_fails(Effect::ResetBefore, 90));
}

#[test]
fn an_answer_of_the_wrong_shape() {
    let body = r#"{"data": ["not", "an", "object"]}"#;
    run(one_path_fails(
        Effect::Body {
            content_type: "application/json".into(),
            body: body.into(),
        },
        90,
    ));
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
fn sealed_for_an_hour() {
    run(async {
        let mut scenario = two().await;
        let agent = scenario.start().await;
        scenario.server.set_sealed(true);
        scenario.server.journal().clear();
        agent.advance(3_600).await;
        assert_eq!(files(&scenario), both("1", "1"));
        let requests = scenario.server.journal().total();
        assert!(requests < 180, "{requests} requests at a sealed server");
        scenario.server.set_sealed(false);
        set(&scenario, "2").await;
        recovers(&scenario, &agent).await;
    });
}

async fn behind_relay() -> (Scenario, Relay) {
    let mut scenario = two().await;
    let relay = Relay::to(scenario.server.address());
    scenario.config["vault"]["address"] = json!(format!("http://{}", relay.address()));
    (scenario, relay)
}

#[test]
fn down_at_the_start_then_up() {
    run(async {
        let (mut scenario, mut relay) = behind_relay().await;
        let agent = scenario.start().await;
        agent.advance(120).await;
        assert!(scenario.read("good").starts_with('<'), "there is a file already");
        scenario.server.journal().clear();
        relay.up();
        agent.advance(120).await;
        assert_eq!(files(&scenario), both("1", "1"));
        let requests = scenario.server.journal().total();
        assert!(requests <= 4 + 2 * 3, "{requests} requests after coming up");
    });
}

#[test]
fn down_for_an_hour_after_the_start() {
    run(async {
        let (mut scenario, mut relay) = behind_relay().await;
        relay.up();
        let agent = scenario.start().await;
        assert_eq!(files(&scenario), both("1", "1"));
        relay.down().await;
        agent.advance(3_600).await;
        assert_eq!(files(&scenario), both("1", "1"));
        assert!(agent.is_running());
        set(&scenario, "2").await;
        scenario.server.journal().clear();
        relay.up();
        agent.advance(70).await;
        assert_eq!(files(&scenario), both("2", "2"));
        let requests = scenario.server.journal().total();
        assert!(requests <= 6, "{requests} requests within a minute of coming up");
    });
}

#[test]
fn never_up_ends_with_one_sentence() {
    run(async {
        let (mut scenario, _relay) = behind_relay().await;
        let agent = scenario.start().await;
        agent.advance(301).await;
        let failure = agent.end().await.unwrap_err();
        assert_eq!(failure.code().number(), 69);
        let text = failure.to_string();
        assert!(
            text.contains("cannot connect to") && text.contains("gave up after 5 minutes"),
            "{text}"
        );
    });
}

#[test]
fn sealed_until_the_deadline() {
    run(async {
        let mut scenario = two().await;
        scenario.server.set_sealed(true);
        let agent = scenario.start().await;
        agent.advance(301).await;
        let failure = agent.end().await.unwrap_err();
        assert_eq!(failure.code().number(), 75, "{failure}");
    });
}

#[test]
fn permission_is_withdrawn_for_one_secret() {
    run(async {
        let mut scenario = two().await;
        let agent = scenario.start().await;
        let allow = r#"path "secret/data/good" { capabilities = ["read"] }"#;
        scenario.write("sys/policies/acl/app", &json!({"policy": allow})).await;
        set(&scenario, "2").await;
        scenario.server.journal().clear();
        agent.advance(1_800).await;
        assert_eq!(files(&scenario), both("2", "1"));
        assert!(scenario.count("GET", "secret/data/bad") <= 20);
        assert!(scenario.count("GET", "auth/token/lookup-self") <= 20);
        let allow = r#"path "secret/data/*" { capabilities = ["read"] }"#;
        scenario.write("sys/policies/acl/app", &json!({"policy": allow})).await;
        recovers(&scenario, &agent).await;
    });
}

#[test]
fn a_secret_is_deleted_and_undeleted() {
    run(async {
        let mut scenario = two().await;
        let agent = scenario.start().await;
        scenario.write("secret/delete/bad", &json!({"versions": [1]})).await;
        agent.advance(600).await;
        assert_eq!(files(&scenario), both("1", "1"));
        scenario.write("secret/undelete/bad", &json!({"versions": [1]})).await;
        set(&scenario, "2").await;
        recovers(&scenario, &agent).await;
    });
}

#[test]
fn a_secret_that_will_be_deleted_is_still_there() {
    run(async {
        let mut scenario = two().await;
        scenario
            .write("secret/metadata/bad", &json!({"delete_version_after": "10m"}))
            .await;
        set(&scenario, "2").await;
        let agent = scenario.start().await;
        assert_eq!(files(&scenario), both("2", "2"));
        agent.advance(1_200).await;
        assert_eq!(files(&scenario), both("2", "2"));
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

#[test]
fn a_destination_cannot_be_written_and_then_can() {
    run(async {
        let mut scenario = two().await;
        std::fs::create_dir(scenario.path("bad")).unwrap();
        let agent = scenario.start().await;
        assert_eq!(scenario.read("good"), "1");
        scenario.server.journal().clear();
        agent.advance(30).await;
        assert!(
            scenario.count("GET", "secret/data/bad") == 0,
            "a local failure asked the server again"
        );
        std::fs::remove_dir(scenario.path("bad")).unwrap();
        agent.advance(120).await;
        assert_eq!(files(&scenario), both("1", "1"));
    });
}

#[test]
fn a_directory_is_missing_and_may_not_be_made() {
    run(async {
        let scenario = two().await;
        let mut scenario = scenario
            .template("sub/file", GOOD)
            .with(json!({"create_dest_dirs": false}));
        let agent = scenario.start().await;
        assert_eq!(files(&scenario), both("1", "1"));
        std::fs::create_dir(scenario.path("sub")).unwrap();
        agent.advance(120).await;
        assert_eq!(scenario.read("sub/file"), "1");
    });
}

#[test]
fn a_template_fails_alone() {
    run(async {
        let scenario = two().await;
        let mut scenario = scenario.template(
            "broken",
            r#"{{ with secret "secret/bad" }}{{ .Data.data.v | parseInt }}{{ end }}"#,
        );
        scenario.put("bad", json!({"v": "x"})).await;
        let agent = scenario.start().await;
        assert_eq!(files(&scenario), both("1", "x"));
        scenario.server.journal().clear();
        agent.advance(120).await;
        assert!(scenario.count("GET", "secret/data/bad") <= 3);
        scenario.put("bad", json!({"v": "7"})).await;
        agent.advance(120).await;
        assert_eq!(scenario.read("broken"), "7");
    });
}

#[test]
fn a_failing_command_is_run_again_until_it_works() {
    run(async {
        let scenario = two().await;
        let (log, gate) = (scenario.path("log"), scenario.path("gate"));
        let line = format!("echo run >> {}; test -e {}", log.display(), gate.display());
        let mut scenario = scenario.with(json!({"command": line}));
        scenario.environment.push(("PATH".into(), "/usr/bin:/bin".into()));
        let agent = scenario.start().await;
        assert_eq!(files(&scenario), both("1", "1"));
        agent.advance(30).await;
        let failed = scenario.read("log").lines().count();
        assert!((2..=15).contains(&failed), "{failed} runs");
        std::fs::write(gate, "").unwrap();
        agent.advance(60).await;
        let runs = scenario.read("log").lines().count();
        assert_eq!(runs, failed + 1);
        agent.advance(600).await;
        assert_eq!(
            scenario.read("log").lines().count(),
            runs,
            "an unchanged file ran its command"
        );
    });
}

#[test]
fn a_hanging_command_does_not_stop_the_others() {
    run(async {
        let scenario = two().await;
        let mut scenario =
            scenario.with(json!({"exec": {"command": ["sleep", "600"], "timeout": "300ms", "kill_signal": "SIGTERM"}}));
        scenario.environment.push(("PATH".into(), "/usr/bin:/bin".into()));
        let agent = scenario.start().await;
        assert_eq!(files(&scenario), both("1", "1"));
        scenario.put("good", json!({"v": "2"})).await;
        agent.advance(120).await;
        assert_eq!(files(&scenario), both("2", "1"));
    });
}

#[test]
fn the_node_sleeps_for_two_hours() {
    run(async {
        let mut scenario = two().await;
        let agent = scenario.start().await;
        set(&scenario, "2").await;
        scenario.server.journal().clear();
        agent.clock.jump(Duration::from_secs(7_200)).await;
        assert_eq!(files(&scenario), both("2", "2"));
        assert!(scenario.server.journal().total() <= 3);
    });
}

#[test]
fn a_secret_of_a_megabyte() {
    run(async {
        let scenario = Scenario::new().await;
        let large = "x".repeat(1 << 20);
        scenario.put("good", json!({"v": large})).await;
        let mut scenario = scenario.with_token("0", "0").await.template("good", GOOD);
        scenario.start().await;
        assert_eq!(scenario.read("good"), large);
    });
}

#[test]
fn a_broken_template_source_keeps_the_file_and_a_mended_one_is_used() {
    run(async {
        let mut scenario = two().await;
        let source = scenario.path("source.tpl");
        std::fs::write(&source, GOOD).unwrap();
        scenario = scenario.template("sourced", "").with(json!({"source": source}));
        scenario.drop_contents();
        let agent = scenario.start().await;
        assert_eq!(scenario.read("sourced"), "1");
        std::fs::write(&source, "{{ if }}").unwrap();
        agent.tell(Control::FilesChanged).await;
        assert_eq!(scenario.read("sourced"), "1");
        std::fs::write(&source, format!("v={GOOD}")).unwrap();
        agent.tell(Control::FilesChanged).await;
        assert_eq!(scenario.read("sourced"), "v=1");
    });
}

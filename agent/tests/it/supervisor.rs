//! The child process: started with rendered variables, replaced when they change, run down with the agent.

use rustix::process::Signal;
use serde_json::json;

use crate::process::until;
use crate::program::Program;
use crate::scenario::{Agent, Scenario, run};

const VALUE: &str = r#"{{ with secret "secret/app" }}{{ .Data.data.v }}{{ end }}"#;

/// Writes what happens to it into the file `log`, one line each.
const APPLICATION: &str = r#"
    trap 'echo "stop $A" >> log; exit 0' TERM
    echo "start $A" >> log
    while :; do sleep 0.02; done"#;
const STUBBORN: &str = r#"
    trap '' TERM
    echo "start $A" >> log
    while :; do sleep 0.02; done"#;

async fn scenario(script: &str) -> Scenario {
    let scenario = Scenario::new().await;
    scenario.put("app", json!({"v": "1"})).await;
    let mut scenario = scenario.with_token("1h", "0").await;
    let script = format!("cd {}; {script}", scenario.place.path().display());
    scenario.environment = vec![("PATH".into(), "/usr/bin:/bin".into())];
    scenario
        .set("env_template", json!([{"A": {"contents": VALUE}}]))
        .set("exec", json!({"command": ["sh", "-c", script]}))
}

async fn logged(scenario: &Scenario, lines: &[&str]) {
    let wanted = lines.join("\n") + "\n";
    until(async || scenario.read("log") == wanted).await;
}

/// A changed secret is read within the static interval of a minute, and changes are gathered for two seconds. Time
/// goes no further: the child answers its signal in real time, while its grace is counted in the clock's.
async fn change(scenario: &Scenario, agent: &Agent, value: &str) {
    scenario.put("app", json!({"v": value})).await;
    let reads = scenario.count("GET", "secret/data/app");
    let mut waited = 0;
    while scenario.count("GET", "secret/data/app") == reads {
        assert!(waited < 60, "not read within the static interval");
        agent.advance(1).await;
        waited += 1;
    }
    agent.advance(3).await;
}

#[test]
fn changed_values_replace_the_child_and_unchanged_ones_do_not() {
    run(async {
        let mut scenario = scenario(APPLICATION).await;
        let agent = scenario.start().await;
        logged(&scenario, &["start 1"]).await;
        let reads = scenario.count("GET", "secret/data/app");
        change(&scenario, &agent, "1").await;
        assert!(
            scenario.count("GET", "secret/data/app") > reads,
            "nothing was read again"
        );
        change(&scenario, &agent, "2").await;
        logged(&scenario, &["start 1", "stop 1", "start 2"]).await;
        agent.stop().await.unwrap();
        logged(&scenario, &["start 1", "stop 1", "start 2", "stop 2"]).await;
    });
}

#[test]
fn a_child_that_ignores_its_signal_is_killed_after_thirty_seconds() {
    run(async {
        let mut scenario = scenario(STUBBORN).await;
        let agent = scenario.start().await;
        logged(&scenario, &["start 1"]).await;
        change(&scenario, &agent, "2").await;
        assert_eq!(scenario.read("log"), "start 1\n", "it was replaced before its time");
        agent.advance(31).await;
        logged(&scenario, &["start 1", "start 2"]).await;
        assert!(agent.is_running());
    });
}

#[test]
fn a_child_is_kept_where_restarts_are_off() {
    run(async {
        let mut scenario = scenario(APPLICATION).await;
        scenario.config["exec"]["restart_on_secret_changes"] = json!("never");
        let agent = scenario.start().await;
        logged(&scenario, &["start 1"]).await;
        change(&scenario, &agent, "2").await;
        change(&scenario, &agent, "3").await;
        agent.stop().await.unwrap();
        assert_eq!(scenario.read("log"), "start 1\nstop 1\n");
    });
}

#[test]
fn the_childs_exit_code_becomes_the_agents() {
    run(async {
        for (script, expected) in [("exit 0", None), ("exit 5", Some(5)), ("kill -KILL $$", Some(255))] {
            let mut scenario = scenario(script).await;
            let ended = scenario.launch().end().await;
            assert_eq!(ended.err().map(|failure| failure.code().number()), expected, "{script}");
        }
    });
}

#[test]
fn a_program_that_is_not_there_ends_the_agent_with_its_name() {
    run(async {
        let mut scenario = scenario("").await;
        scenario.config["exec"]["command"] = json!(["no-such-program", "x"]);
        let failure = scenario.launch().end().await.unwrap_err();
        assert_eq!(failure.code().number(), 64);
        assert!(
            failure.to_string().contains("\"no-such-program\": no such program"),
            "{failure}"
        );
    });
}

#[test]
fn a_value_no_environment_can_hold_leaves_the_child_as_it_is() {
    run(async {
        let mut scenario = scenario(APPLICATION).await;
        let agent = scenario.start().await;
        logged(&scenario, &["start 1"]).await;
        change(&scenario, &agent, &"x".repeat(200_000)).await;
        change(&scenario, &agent, "a\0b").await;
        assert!(agent.is_running());
        change(&scenario, &agent, "3").await;
        logged(&scenario, &["start 1", "stop 1", "start 3"]).await;
    });
}

#[test]
fn exit_after_auth_is_refused_beside_a_child() {
    run(async {
        let scenario = scenario(APPLICATION).await.set("exit_after_auth", json!(true));
        let found = coffret_config::agent::parse("test", scenario.config.to_string().as_bytes()).unwrap_err();
        assert!(
            found.iter().any(|finding| finding.key == "exit_after_auth"),
            "{found:?}"
        );
    });
}

const TALKING: &str = r#"
    trap 'echo hup' HUP; trap 'echo usr2' USR2; trap 'echo int; exit 9' INT
    echo "$INHERITED $A"
    while :; do sleep 0.02; done"#;

#[test]
fn a_pods_application_gets_its_signals_and_its_end() {
    run(async {
        let mut scenario = scenario(TALKING).await.with_kubernetes("1h", "24h").await;
        scenario.put("app", json!({"v": "known-secret"})).await;
        scenario.config["env_template"][0]["A"]["contents"] = json!(format!("{{{{ len `{VALUE}` }}}}{VALUE}"));
        scenario.config["exec"]["restart_stop_signal"] = json!("SIGINT");
        let mut program = Program::start(&scenario, &scenario.config, &["-revoke-on-exit", "-log-level=trace"]);
        program.line(&format!("yes {}known-secret", VALUE.len())).await;
        program.printed.clear();
        // SIGUSR1 would end a child that does not handle it; the answers show that signals arrive in order.
        program.signal(Signal::USR1);
        program.signal(Signal::HUP);
        program.line("hup").await;
        program.signal(Signal::USR2);
        program.line("usr2").await;
        program.signal(Signal::TERM);
        program.line("int").await;
        let (code, printed) = program.ended().await;
        assert_eq!(code, 0, "{printed}");
        assert!(printed.contains("child process started"), "{printed}");
        assert!(!printed.contains("known-secret"), "a secret is in {printed}");
        assert!(
            scenario.server.leases("auth/kubernetes").is_empty(),
            "the token is still good"
        );
    });
}

#[test]
fn a_stubborn_child_ends_with_the_grace_period_and_its_own_code_is_passed_on() {
    run(async {
        let script = "trap '' TERM; echo up; while :; do sleep 0.02; done";
        let scenario = scenario(script).await;
        let mut program = Program::start(&scenario, &scenario.config, &["-grace-period=100ms"]);
        program.line("up").await;
        program.signal(Signal::TERM);
        assert_eq!(program.ended().await.0, 0);

        let message = scenario.path("message");
        let mut config = scenario.config.clone();
        config["exec"]["command"] = json!(["sh", "-c", "echo error >&2; exit 42"]);
        config["exec"]["child_process_stderr"] = json!(scenario.path("errors"));
        let flag = format!("-termination-message={}", message.display());
        let (code, printed) = Program::start(&scenario, &config, &[&flag]).ended().await;
        assert_eq!(code, 42, "{printed}");
        assert!(
            printed.contains("the child process ended with exit status: 42"),
            "{printed}"
        );
        assert_eq!(scenario.read("errors"), "error\n");
        assert!(!message.exists(), "the application's last words were written over");
    });
}

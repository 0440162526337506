//! A configuration that changes while the agent runs: what can take effect does, what cannot is said.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::process::{pod, until};
use crate::program::Program;
use crate::scenario::{Scenario, run};

fn rewrite(scenario: &Scenario, config: &Value) {
    let fresh = scenario.path("agent.json.new");
    std::fs::write(&fresh, config.to_string()).unwrap();
    std::fs::rename(fresh, scenario.path("agent.json")).unwrap();
}

#[test]
fn a_source_that_a_reload_brings_is_watched_too() {
    run(async {
        let (scenario, mut config) = pod().await;
        let mut agent = Program::start(&scenario, &config, &[]);
        until(async || scenario.path("a").exists()).await;
        let source = scenario.path("sources").join("b.tpl");
        std::fs::create_dir(scenario.path("sources")).unwrap();
        std::fs::write(&source, "first").unwrap();
        let more = json!({"destination": scenario.path("b"), "source": source});
        config["template"].as_array_mut().unwrap().push(more);
        // Nobody sends a signal: the file is watched.
        rewrite(&scenario, &config);
        until(async || scenario.read("b") == "first").await;
        agent.logged("configuration reloaded").await;
        std::fs::write(&source, "second").unwrap();
        until(async || scenario.read("b") == "second").await;
        agent.signal(Signal::TERM);
        let (code, log) = agent.ended().await;
        assert_eq!(code, 0, "{log}");
    });
}

#[test]
fn what_needs_a_restart_is_named_each_time() {
    run(async {
        let (scenario, mut config) = pod().await;
        let mut agent = Program::start(&scenario, &config, &[]);
        until(async || scenario.path("a").exists()).await;
        config["listener"] = json!([{"type": "unix", "address": scenario.path("socket"), "tls_disable": true}]);
        config["pid_file"] = json!(scenario.path("other-pid"));
        for level in ["debug", "info"] {
            config["log_level"] = json!(level);
            rewrite(&scenario, &config);
            agent
                .logged("changes of listener, pid_file take effect when the agent is started again")
                .await;
            agent.logged("configuration reloaded").await;
        }
        assert!(!scenario.path("socket").exists() && !scenario.path("other-pid").exists());
        agent.signal(Signal::TERM);
        assert_eq!(agent.ended().await.0, 0);
        assert!(!scenario.path("pid").exists(), "its own pid file is left");
    });
}

#[test]
fn exec_comes_and_goes_with_a_restart_only() {
    run(async {
        let (scenario, mut config) = pod().await;
        let mut agent = Program::start(&scenario, &config, &[]);
        until(async || scenario.path("a").exists()).await;
        config.as_object_mut().unwrap().remove("template");
        config["env_template"] = json!([{"A": {"contents": "1"}}]);
        config["exec"] = json!({"command": ["sleep", "600"]});
        rewrite(&scenario, &config);
        agent
            .logged("exec cannot be added or removed while the agent runs")
            .await;
        agent.signal(Signal::TERM);
        assert_eq!(agent.ended().await.0, 0);
    });
}

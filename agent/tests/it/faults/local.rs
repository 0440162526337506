//! Trouble on this machine: destinations, commands, template sources. The server is asked no more than usual for it.

use std::path::PathBuf;

use coffret_agent::engine::Control;
use serde_json::json;

use super::{BAD, GOOD, REGULAR, both, files, one_of_two, set, two};
use crate::scenario::{Scenario, run};

/// The troubled template's file lies in a directory of its own, which the agent may not make; a link shows it as `bad`.
async fn in_a_directory() -> Scenario {
    let mut scenario = two().await;
    let directory = scenario.path("directory");
    std::fs::create_dir(&directory).unwrap();
    std::os::unix::fs::symlink(scenario.path("kept/bad"), scenario.path("bad")).unwrap();
    std::os::unix::fs::symlink(&directory, scenario.path("kept")).unwrap();
    scenario.forget_last_template();
    scenario
        .template("directory/bad", BAD)
        .with(json!({"create_dest_dirs": false}))
}

/// The directory goes away with the file in it, which stays readable where it is now.
fn take_away(scenario: &Scenario) -> PathBuf {
    let (place, aside, link) = (
        scenario.path("directory"),
        scenario.path("aside"),
        scenario.path("kept"),
    );
    std::fs::rename(&place, &aside).unwrap();
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(&aside, &link).unwrap();
    place
}

fn give_back(scenario: &Scenario) {
    std::fs::rename(scenario.path("aside"), scenario.path("directory")).unwrap();
    std::fs::remove_file(scenario.path("kept")).unwrap();
    std::os::unix::fs::symlink(scenario.path("directory"), scenario.path("kept")).unwrap();
}

#[test]
fn a_directory_is_missing_and_may_not_be_made() {
    run(async {
        let strike = async |scenario: &Scenario| {
            set(scenario, "2").await;
            take_away(scenario);
        };
        let mend = async |scenario: &Scenario| give_back(scenario);
        one_of_two(in_a_directory().await, strike, mend, "1", REGULAR).await;
    });
}

#[test]
fn a_destination_cannot_be_written_and_then_can() {
    run(async {
        let strike = async |scenario: &Scenario| {
            set(scenario, "2").await;
            // A parent that is no directory stops every user, root too.
            std::fs::write(take_away(scenario), "").unwrap();
        };
        let mend = async |scenario: &Scenario| {
            std::fs::remove_file(scenario.path("directory")).unwrap();
            give_back(scenario);
        };
        one_of_two(in_a_directory().await, strike, mend, "1", REGULAR).await;
    });
}

#[test]
fn a_destination_that_cannot_be_written_at_the_start() {
    run(async {
        let mut scenario = two().await;
        std::fs::create_dir(scenario.path("bad")).unwrap();
        let agent = scenario.start().await;
        assert_eq!(scenario.read("good"), "1");
        scenario.server.journal().clear();
        agent.advance(20).await;
        assert_eq!(scenario.total(), 0, "a local failure asked the server again");
        std::fs::remove_dir(scenario.path("bad")).unwrap();
        agent.advance(120).await;
        assert_eq!(files(&scenario), both("1", "1"));
    });
}

/// The command notes each run and then does what `while_shut` says, unless there is the file `open`.
async fn with_command(while_shut: &str, keys: serde_json::Value) -> Scenario {
    let scenario = two().await;
    let (log, open) = (scenario.path("log"), scenario.path("open"));
    let line = format!(
        "echo run >> {}; test -e {} || {while_shut}",
        log.display(),
        open.display()
    );
    std::fs::write(open, "").unwrap();
    let mut exec = json!({"command": ["sh", "-c", line]});
    exec.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    let mut scenario = scenario.with(json!({"exec": exec}));
    scenario.environment.push(("PATH".into(), "/usr/bin:/bin".into()));
    scenario
}

fn runs(scenario: &Scenario) -> usize {
    scenario.read("log").lines().count()
}

/// The command stops working for half an hour; it is tried a bounded number of times, and once more when it works.
async fn command_in_trouble(mut scenario: Scenario) {
    let agent = scenario.start().await;
    assert_eq!((files(&scenario), runs(&scenario)), (both("1", "1"), 1));
    std::fs::remove_file(scenario.path("open")).unwrap();
    set(&scenario, "2").await;
    scenario.server.journal().clear();
    agent.advance(600).await;
    assert_eq!(files(&scenario), both("2", "2"), "a command held up a file");
    let failed = runs(&scenario);
    assert!((5..=45).contains(&failed), "{failed} runs in ten minutes");
    let requests = scenario.total();
    assert!(requests <= 26, "{requests} requests while a command does not work");
    std::fs::write(scenario.path("open"), "").unwrap();
    agent.advance(120).await;
    let mended = runs(&scenario);
    assert!(mended > failed, "it was not run again");
    agent.advance(600).await;
    assert_eq!(runs(&scenario), mended, "an unchanged file ran its command");
}

#[test]
fn a_failing_command_is_run_again_until_it_works() {
    run(async { command_in_trouble(with_command("exit 1", json!({})).await).await });
}

#[test]
fn a_hanging_command_is_ended_and_run_again_until_it_works() {
    run(async {
        let keys = json!({"timeout": "500ms", "kill_signal": "SIGTERM"});
        command_in_trouble(with_command("exec sleep 600", keys).await).await;
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

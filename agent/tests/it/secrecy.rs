//! Everything at once with known values, and a look at all that comes out: none of them may.

use std::fs::File;
use std::path::PathBuf;

use coffret_agent::environment::Environment;
use coffret_devserver::faults::{Effect, Fault};
use rustix::process::{DumpableBehavior, Signal, dumpable_behavior, kill_process};
use serde_json::{Value, json};
use tokio::process::Child;

use crate::process::{KNOWN, pid, pod, probe, program, terminate, until};
use crate::scenario::{Scenario, run};

/// Templates that fail with the value in their hands.
const BROKEN: [&str; 8] = [
    "parseInt",
    "parseBool",
    "parseJSON",
    "parseYAML",
    "base64Decode",
    "parseFloat",
    "sprig_mustRegexMatch \"[\"",
    "sprig_mustToDate \"2006\"",
];

fn read(path: &str, rest: &str) -> String {
    format!(r#"{{{{ with secret "{path}" }}}}{rest}{{{{ end }}}}"#)
}

/// A pod whose configuration is a file, with everything in it that handles values.
async fn everything() -> (Scenario, Value) {
    let (scenario, mut config) = pod().await;
    let scenario = scenario.with_database("1h", "24h").await;
    let (value, credential) = ("{{ .Data.data.v }}", "{{ .Data.password }}");
    let mut templates = vec![
        json!({"destination": scenario.path("a"), "contents": read("secret/app", value),
            "command": format!("env > {}; exit 3", scenario.path("child").display())}),
        json!({"destination": scenario.path("b"), "contents": read("database/creds/app", credential)}),
        json!({"destination": scenario.path("odd"), "contents": read("secret/odd", value)}),
        json!({"destination": scenario.path("cut"), "contents": read("secret/cut", value)}),
        json!({"destination": scenario.path("missing"), "contents": read("secret/missing", value)}),
        json!({"destination": scenario.path("a/below-a-file"), "contents": read("secret/app", value)}),
        json!({"destination": scenario.path("key"), "error_on_missing_key": true,
            "contents": read("secret/app", "{{ .Data.data.other }}")}),
        json!({"destination": scenario.path("index"), "contents": read("secret/app", "{{ index .Data.data.v 999 }}")}),
    ];
    for (index, function) in BROKEN.iter().enumerate() {
        let contents = read("secret/app", &format!("{{{{ .Data.data.v | {function} }}}}"));
        templates.push(json!({"destination": scenario.path(&format!("broken-{index}")), "contents": contents}));
    }
    config["template"] = json!(templates);
    config["listener"] = json!([{"type": "unix", "address": scenario.path("socket"), "tls_disable": true}]);
    config["api_proxy"] = json!({"use_auto_auth_token": true});
    for name in ["odd", "cut"] {
        scenario.put(name, json!({"v": KNOWN})).await;
    }
    let shape = Effect::Body {
        content_type: "application/json".into(),
        body: format!(r#"{{"data": ["{KNOWN}"], "lease_id": {{"{KNOWN}": 1}}}}"#),
    };
    scenario.server.faults().add(Fault::on("secret/data/odd", shape));
    scenario
        .server
        .faults()
        .add(Fault::on("secret/data/cut", Effect::Truncate));
    (scenario, config)
}

fn start(scenario: &Scenario, format: &str) -> Child {
    let file = |name| File::create(scenario.path(name)).unwrap();
    program(scenario)
        .args(["run", "-log-level=trace", "-start-deadline=0"])
        .arg(format!("-log-format={format}"))
        .arg(format!("-config={}", scenario.path("agent.json").display()))
        .arg(format!("-termination-message={}", scenario.path("message").display()))
        .stdout(file("stdout"))
        .stderr(file("stderr"))
        .spawn()
        .unwrap()
}

/// The values that must not come out.
fn values(scenario: &Scenario) -> Vec<String> {
    let files = ["a", "b", "sink", "service-account-token"];
    files.iter().map(|name| scenario.read(name).trim().to_owned()).collect()
}

/// Everything that the agent lets others see.
async fn shown(scenario: &Scenario, config: &Value, child: &Child) -> Vec<(String, String)> {
    let text = |path: PathBuf| {
        let bytes = std::fs::read(&path).unwrap_or_default();
        (path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned())
    };
    let process = PathBuf::from(format!("/proc/{}", pid(child).as_raw_nonzero()));
    let mut shown: Vec<(String, String)> = ["stdout", "stderr", "child", ".coffret-state", "message"]
        .iter()
        .map(|name| text(scenario.path(name)))
        .chain(
            ["cmdline", "environ", "comm"]
                .iter()
                .map(|name| text(process.join(name))),
        )
        .collect();
    for name in ["ready", "live"] {
        shown.push((name.to_owned(), probe(scenario, config, name).await.1));
    }
    shown
}

async fn nothing_comes_out(format: &str) {
    let (scenario, config) = everything().await;
    std::fs::write(scenario.path("agent.json"), config.to_string()).unwrap();
    let child = start(&scenario, format);
    let logged = |text: &str| scenario.read("stderr").contains(text);
    let failures = [
        "command failed",
        "secret/data/odd",
        "secret/data/cut",
        "no secret exists at secret/data/missing",
        "below-a-file",
        "broken-7",
        "/key",
        "/index",
    ];
    until(async || failures.iter().all(|text| logged(text)) && scenario.path("b").exists()).await;
    kill_process(pid(&child), Signal::USR1).unwrap();
    until(async || logged("dump.lease") || logged("lease:") || logged(" lease")).await;
    let faulty =
        format!(r#"{{"vault": {{"adress": "{KNOWN}"}}, "template": [{{"contents": "{KNOWN}", "perms": "{KNOWN}"}}]}}"#);
    std::fs::write(scenario.path("agent.json"), faulty).unwrap();
    kill_process(pid(&child), Signal::HUP).unwrap();
    until(async || logged("the new configuration is faulty")).await;
    std::fs::write(scenario.path("agent.json"), config.to_string()).unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", pid(&child).as_raw_nonzero())).unwrap();
    let cores = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    assert_eq!(
        cores.split_whitespace().filter(|word| *word == "0").count(),
        2,
        "{cores}"
    );
    let values = values(&scenario);
    assert!(values.iter().all(|value| value.len() > 8), "{values:?}");
    for (place, text) in shown(&scenario, &config, &child).await {
        for value in &values {
            let line = text.lines().find(|line| line.contains(value.as_str()));
            assert_eq!(line, None, "{value:?} is in {place}");
        }
    }
    assert!(scenario.read("child").contains("PATH=") || !scenario.read("child").is_empty());
    terminate(&child);
}

#[test]
fn no_value_comes_out_of_an_agent_in_trouble() {
    run(nothing_comes_out("standard"));
}

#[test]
fn no_value_comes_out_as_json_either() {
    run(nothing_comes_out("json"));
}

#[test]
fn no_memory_is_dumped() {
    run(async {
        let (scenario, config) = pod().await;
        let file = scenario.path("agent.json");
        std::fs::write(&file, config.to_string()).unwrap();
        let config = format!("-config={}", file.display());
        let argv = ["coffret-agent", "run", "-test-verify-only", &config].map(str::to_owned);
        // The program in this process: what it forbids, it forbids before it reads anything.
        let code = coffret_agent::program::main(&argv, &Environment::default());
        assert_eq!((code, dumpable_behavior().unwrap()), (0, DumpableBehavior::NotDumpable));
    });
}

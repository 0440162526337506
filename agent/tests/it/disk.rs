//! A disk that is full: files of the process cannot grow past a limit until it is lifted.

use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::process::{Resource, Rlimit, prlimit};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::process::{finished, pid, pod, probe, terminate, until};
use crate::scenario::{Scenario, run};

const LARGE: usize = 16 << 10;

#[test]
fn a_full_disk_delays_only_what_does_not_fit() {
    run(async {
        let (scenario, mut config) = pod().await;
        scenario.put("large", json!({"v": "small yet"})).await;
        let contents = r#"{{ with secret "secret/large" }}{{ .Data.data.v }}{{ end }}"#;
        let template = json!({"destination": scenario.path("large/file"), "contents": contents});
        config["template"].as_array_mut().unwrap().push(template);
        config["template_config"] = json!({"static_secret_render_interval": "1s"});
        let child = limited(&scenario, &config);
        until(async || scenario.read("large/file") == "small yet").await;
        let large = "x".repeat(LARGE);
        scenario.put("large", json!({"v": large})).await;
        until(async || probe(&scenario, &config, "ready").await.0).await;
        until(async || scenario.read(".coffret-state").contains("large/file")).await;
        scenario.put("app", json!({"v": "another value"})).await;
        until(async || scenario.read("a") == "another value").await;
        assert_eq!(scenario.read("large/file"), "small yet");
        let left = std::fs::read_dir(scenario.path("large")).unwrap().count();
        assert_eq!(left, 1, "half a file was left");
        let unlimited = Rlimit {
            current: None,
            maximum: None,
        };
        prlimit(Some(pid(&child)), Resource::Fsize, unlimited).unwrap();
        until(async || scenario.read("large/file") == large).await;
        let (healthy, full) = (reads(&scenario, "app"), reads(&scenario, "large"));
        assert!(full <= healthy + 3, "a full disk asked {full} times, not {healthy}");
        terminate(&child);
        let (status, log) = finished(child).await;
        assert!(status.success(), "{log}");
    });
}

fn reads(scenario: &Scenario, name: &str) -> usize {
    scenario.count("GET", &format!("secret/data/{name}"))
}

/// An agent whose files cannot grow past a few blocks.
fn limited(scenario: &Scenario, config: &Value) -> Child {
    Command::new("sh")
        .args(["-c", r#"trap "" XFSZ; ulimit -S -f 4; exec "$0" run"#])
        .arg(env!("CARGO_BIN_EXE_coffret-agent"))
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", scenario.place.path())
        .env("VAULT_CONFIG", STANDARD.encode(config.to_string()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

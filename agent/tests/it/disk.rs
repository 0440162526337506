//! A disk that is full: files of the process cannot grow past a limit until it is lifted.

use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::process::{Resource, Rlimit, prlimit};
use serde_json::json;
use tokio::process::Command;

use crate::process::{finished, pid, pod, probe, terminate, until};
use crate::scenario::run;

const LARGE: usize = 16 << 10;

#[test]
fn a_full_disk_delays_only_what_does_not_fit() {
    run(async {
        let (scenario, mut config) = pod().await;
        let large = "x".repeat(LARGE);
        scenario.put("large", json!({"v": large})).await;
        let contents = r#"{{ with secret "secret/large" }}{{ .Data.data.v }}{{ end }}"#;
        let template = json!({"destination": scenario.path("large/file"), "contents": contents});
        config["template"].as_array_mut().unwrap().push(template);
        let child = Command::new("sh")
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
            .unwrap();
        until(async || probe(&scenario, &config, "ready").await.1.contains("large/file")).await;
        assert!(scenario.path("a").exists(), "the small file waits for the large one");
        let left: Vec<_> = std::fs::read_dir(scenario.path("large")).unwrap().collect();
        assert!(left.is_empty(), "half a file was left: {left:?}");
        let unlimited = Rlimit {
            current: None,
            maximum: None,
        };
        prlimit(Some(pid(&child)), Resource::Fsize, unlimited).unwrap();
        until(async || scenario.read("large/file") == large).await;
        assert_eq!(
            scenario.count("GET", "secret/data/large"),
            1,
            "a full disk asked the server again"
        );
        terminate(&child);
        let (status, log) = finished(child).await;
        assert!(status.success(), "{log}");
    });
}

//! The program as a pod starts it: arguments, environment, signals, exit codes, last words.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::scenario::{Scenario, run};

const TEMPLATE: &str = r#"{{ with secret "secret/app" }}{{ .Data.data.v }}{{ end }}"#;
pub const KNOWN: &str = "known-secret-value";

pub fn program(scenario: &Scenario) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coffret-agent"));
    command
        .env_clear()
        .env("HOME", scenario.place.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

pub fn injected(scenario: &Scenario, config: &Value) -> Command {
    let mut command = program(scenario);
    command
        .arg("run")
        .env("VAULT_CONFIG", STANDARD.encode(config.to_string()));
    command
}

pub async fn pod() -> (Scenario, Value) {
    let scenario = Scenario::new().await.with_kubernetes("1h", "24h").await;
    scenario.put("app", json!({"v": KNOWN})).await;
    let mut config = scenario.config.clone();
    config["pid_file"] = json!(scenario.path("pid"));
    config["template"] = json!([{"destination": scenario.path("a"), "contents": TEMPLATE}]);
    (scenario, config)
}

pub async fn until(mut condition: impl AsyncFnMut() -> bool) {
    while !condition().await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub async fn probe(scenario: &Scenario, config: &Value, name: &str) -> (bool, String) {
    let mut command = program(scenario);
    command
        .arg(name)
        .env("VAULT_CONFIG", STANDARD.encode(config.to_string()));
    let output = command.output().await.unwrap();
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

pub fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap()
}

pub fn terminate(child: &Child) {
    kill_process(pid(child), Signal::TERM).unwrap();
}

pub async fn finished(child: Child) -> (ExitStatus, String) {
    let output = child.wait_with_output().await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status, String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn an_injected_pod_is_served_probed_and_left_clean() {
    run(async {
        let (scenario, config) = pod().await;
        let (ready, line) = probe(&scenario, &config, "ready").await;
        assert!(!ready && line.starts_with("not started"), "{line}");
        let child = injected(&scenario, &config).arg("-revoke-on-exit").spawn().unwrap();
        until(async || probe(&scenario, &config, "ready").await.0).await;
        assert_eq!(scenario.read("a"), KNOWN);
        assert!(probe(&scenario, &config, "live").await.0);
        assert!(scenario.path("pid").exists());
        terminate(&child);
        let (status, log) = finished(child).await;
        assert!(status.success(), "{log}");
        assert!(
            scenario.server.leases("auth/kubernetes").is_empty(),
            "the token is still good"
        );
        assert!(!scenario.path("pid").exists());
        for line in [
            "authenticating",
            "authentication successful, sending token to sinks",
            "(runner) rendered \"(dynamic)\" => ",
        ] {
            assert!(log.contains(line), "{line:?} is not in {log}");
        }
        assert!(
            !log.contains(KNOWN) && !log.contains(&scenario.read("sink")),
            "a secret is in {log}"
        );
    });
}

#[test]
fn the_scripts_of_the_old_injector_run_without_a_shell() {
    run(async {
        let (scenario, mut config) = pod().await;
        config["exit_after_auth"] = json!(true);
        let shell: PathBuf = scenario.path("sh");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_coffret-agent"), &shell).unwrap();
        let file = scenario.path("config.json");
        let script = format!(
            "echo ${{VAULT_CONFIG?}} | base64 -d > {0} && vault agent -config={0}",
            file.display()
        );
        let output = Command::new(&shell)
            .args(["-ec", &script])
            .env_clear()
            .env("HOME", scenario.place.path())
            .env("VAULT_CONFIG", STANDARD.encode(config.to_string()))
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(scenario.read("a"), KNOWN);
        let hook = format!(
            "/bin/sleep 0 && /bin/vault token revoke -address={} -self",
            scenario.server.url()
        );
        std::fs::copy(scenario.path("sink"), scenario.path(".vault-token")).unwrap();
        let output = Command::new(&shell)
            .args(["-c", &hook])
            .env_clear()
            .env("HOME", scenario.place.path())
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(scenario.server.leases("auth/kubernetes").is_empty());
        let refused = Command::new(&shell)
            .args(["-c", "rm -rf /"])
            .env_clear()
            .output()
            .await
            .unwrap();
        assert_eq!(refused.status.code(), Some(64));
    });
}

#[test]
fn the_quit_endpoint_ends_the_agent() {
    run(async {
        let (scenario, mut config) = pod().await;
        let socket = scenario.path("agent.sock");
        config["listener"] =
            json!([{"type": "unix", "address": socket, "tls_disable": true, "agent_api": {"enable_quit": true}}]);
        config["cache"] = json!({"use_auto_auth_token": "true"});
        let child = injected(&scenario, &config).spawn().unwrap();
        until(async || probe(&scenario, &config, "ready").await.0).await;
        let environment = |name: &str| (name == "VAULT_ADDR").then(|| format!("unix://{}", socket.display()));
        let settings =
            coffret_vault::Settings::layered(&Default::default(), &environment, &Default::default()).unwrap();
        let client = coffret_vault::Client::new(settings).unwrap();
        let answer = client
            .send(&coffret_vault::Call::read("secret/data/app"))
            .await
            .unwrap();
        assert!(String::from_utf8_lossy(answer.body().bytes()).contains(KNOWN));
        let mut stream = tokio::net::UnixStream::connect(&socket).await.unwrap();
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        stream
            .write_all(b"POST /agent/v1/quit HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
        let (status, log) = finished(child).await;
        assert!(status.success(), "{log}");
    });
}

#[test]
fn mistakes_end_with_their_code_and_one_sentence() {
    run(async {
        let (scenario, config) = pod().await;
        let message = scenario.path("message");
        let ended = async |mut command: Command| {
            let (status, log) = finished(command.spawn().unwrap()).await;
            (
                status.code().unwrap(),
                log.lines().last().unwrap_or_default().to_owned(),
            )
        };
        let with = |change: &dyn Fn(&mut Value)| {
            let mut config = config.clone();
            change(&mut config);
            let mut command = injected(&scenario, &config);
            command.args([
                "-start-deadline=1s",
                &format!("-termination-message={}", message.display()),
            ]);
            command
        };
        let (code, line) = ended(with(&|config| config["vault"]["adress"] = json!("x"))).await;
        assert!(code == 64 && line.contains("address"), "{code} {line}");
        let (code, line) = ended(with(&|config| config["template"][0]["contents"] = json!("{{ if }}"))).await;
        assert!(code == 65 && line.contains("template for"), "{code} {line}");
        let (code, line) = ended(with(&|config| config["vault"]["address"] = json!("http://127.0.0.1:1"))).await;
        assert!(code == 69 && line.contains("127.0.0.1:1"), "{code} {line}");
        assert_eq!(
            std::fs::read_to_string(&message).unwrap().trim(),
            line.trim_start_matches("coffret-agent: ")
        );
        let (code, line) = ended(with(&|config| {
            config["auto_auth"]["method"]["config"]["role"] = json!("x");
        }))
        .await;
        assert!(code == 77 && line.contains("role \"x\""), "{code} {line}");
        let (code, line) = ended(with(&|config| {
            config["auto_auth"]["sink"][0]["config"]["path"] = json!(scenario.path("no/sink"));
        }))
        .await;
        assert!(code == 73 && line.contains("no/sink"), "{code} {line}");
        let mut command = program(&scenario);
        command.args(["run", "-confg=x"]);
        let (code, line) = ended(command).await;
        assert!(code == 64 && line.contains("did you mean -config?"), "{code} {line}");
    });
}

#[test]
fn children_know_the_server_and_what_no_text_is() {
    run(async {
        let (scenario, mut config) = pod().await;
        let address = std::mem::replace(&mut config["vault"]["address"], json!("http://127.0.0.1:1"));
        config["exit_after_auth"] = json!(true);
        config["template"][0]["command"] = json!(format!("env > {}", scenario.path("env").display()));
        let mut command = injected(&scenario, &config);
        command
            .arg(format!("-address={}", address.as_str().unwrap()))
            .env("PATH", "/usr/bin:/bin")
            .env("VAULT_TOKEN", "known-token")
            .env("ODD", OsStr::from_bytes(b"odd \xff"));
        let (status, log) = finished(command.spawn().unwrap()).await;
        assert!(status.success(), "{log}");
        let seen = std::fs::read(scenario.path("env")).unwrap();
        let lines: Vec<&[u8]> = seen.split(|byte| *byte == b'\n').collect();
        for name in ["VAULT_ADDR", "BAO_ADDR"] {
            let line = format!("{name}={}", address.as_str().unwrap());
            assert!(lines.contains(&line.as_bytes()), "no {line}");
        }
        assert!(lines.contains(&b"ODD=odd \xff".as_slice()));
        assert!(!lines.iter().any(|line| line.starts_with(b"VAULT_TOKEN")));
    });
}

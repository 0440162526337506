//! The listeners: what other programs get through them.

mod caching;
mod tls;

use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::http::{Answer, Told, ask, exchange};
use crate::program::Program;
use crate::scenario::{Scenario, run};

/// A pod whose agent logs in with its service account and serves one unix socket.
async fn pod() -> (Scenario, Value, PathBuf) {
    let scenario = Scenario::new().await.with_kubernetes("1h", "24h").await;
    scenario.put("app", json!({"v": "known-secret"})).await;
    let socket = scenario.path("agent.sock");
    let mut config = scenario.config.clone();
    config["listener"] = json!([{"type": "unix", "address": socket, "tls_disable": true}]);
    config["api_proxy"] = json!({"use_auto_auth_token": true});
    (scenario, config, socket)
}

async fn started(scenario: &Scenario, config: &Value) -> Program {
    let mut program = Program::start(scenario, config, &["-log-level=debug"]);
    program.logged("authentication successful").await;
    program
}

async fn ended(program: Program) {
    program.signal(Signal::TERM);
    let (code, printed) = program.ended().await;
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("shutdown triggered"), "{printed}");
    assert!(!printed.contains("known-secret"), "a secret is in {printed}");
}

async fn get(socket: &Path, path: &str) -> Answer {
    ask(socket, &format!("GET /v1/{path}"), "").await
}

#[test]
fn requests_get_the_agents_token_and_never_see_it() {
    run(async {
        let (scenario, config, socket) = pod().await;
        let program = started(&scenario, &config).await;
        let token = scenario.read("sink");
        let answer = get(&socket, "secret/data/app").await;
        assert_eq!(answer.json()["data"]["data"]["v"], "known-secret");
        assert_eq!(answer.header("x-cache"), Some("MISS"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        for (method, path, body) in [
            ("GET", "auth/token/lookup-self", String::new()),
            ("PUT", "auth/token/renew-self", String::new()),
            ("PUT", "auth/token/lookup", json!({"token": token}).to_string()),
        ] {
            let answer = ask(&socket, &format!("{method} /v1/{path}"), &body).await;
            if path.ends_with("lookup") && answer.status == 403 {
                // The default policy gives no right to it, which is as good.
                continue;
            }
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert!(!answer.text().contains(&token), "the token is in {}", answer.text());
        }
        let own = scenario
            .write("auth/token/create", &json!({"policies": ["default"]}))
            .await;
        let own = own["auth"]["client_token"].as_str().unwrap();
        let with = |path: &str| format!("GET /v1/{path}\nx-vault-token: {own}");
        let answer = ask(&socket, &with("auth/token/lookup-self"), "").await;
        assert_eq!(answer.json()["data"]["id"], own);
        let denied = ask(&socket, &with("secret/data/app"), "").await;
        assert_eq!(denied.status, 403, "a request with its own token got the agent's");
        assert_eq!(denied.header("x-cache"), None);
        let wrapped = ask(&socket, "GET /v1/secret/data/app\nx-vault-wrap-ttl: 60", "").await;
        assert!(wrapped.json()["wrap_info"]["token"].is_string(), "{}", wrapped.text());
        let missing = get(&socket, "secret/data/none").await;
        assert_eq!((missing.status, missing.text().trim()), (404, r#"{"errors":[]}"#));
        ended(program).await;
        assert!(!socket.exists(), "the socket is left over");
    });
}

#[test]
fn force_replaces_every_token_and_false_adds_none() {
    run(async {
        for (use_token, with_own, without) in [(json!("force"), 200, 200), (json!(false), 403, 403)] {
            let (scenario, mut config, socket) = pod().await;
            config["api_proxy"]["use_auto_auth_token"] = use_token;
            let program = started(&scenario, &config).await;
            let head = "GET /v1/secret/data/app";
            let answer = ask(
                &socket,
                &format!("{head}\nauthorization: Bearer x\nx-vault-token: y"),
                "",
            )
            .await;
            assert_eq!(answer.status, with_own, "{}", answer.text());
            assert_eq!(ask(&socket, head, "").await.status, without);
            ended(program).await;
        }
    });
}

fn bare(address: &str, socket: &Path) -> Value {
    json!({
        "vault": {"address": address, "namespace": "org", "retry": {"num_retries": 3}},
        "listener": [{"type": "unix", "address": socket, "tls_disable": true}],
    })
}

#[test]
fn requests_and_answers_go_through_as_they_are() {
    run(async {
        let scenario = Scenario::new().await;
        let socket = scenario.path("agent.sock");
        let large = vec![b'x'; 3 << 20];
        let head = format!(
            "HTTP/1.1 203 Fine\r\nx-own: 1\r\nconnection: close, x-hop\r\nx-hop: 1\r\ncontent-length: {}\r\n\r\n",
            large.len()
        );
        let told = Told::with(vec![[head.as_bytes(), &large].concat()]).await;
        let mut program = Program::start(&scenario, &bare(&told.address, &socket), &[]);
        program.logged("listening").await;
        let stream = tokio::net::UnixStream::connect(&socket).await.unwrap();
        let request =
            "PATCH /v1/a%2Fb/c%20d?x=%2B&y\nx-vault-namespace: team\nte: trailers\nx-trace: 7\nuser-agent: curl";
        let answer = exchange(stream, request, &large).await;
        assert_eq!(answer.status, 203);
        assert_eq!(answer.header("x-own"), Some("1"));
        assert_eq!(answer.header("x-hop"), None);
        assert!(answer.body == large, "{} bytes came back", answer.body.len());
        let requests = told.requests().await;
        let request = &requests[0];
        assert!(
            request.starts_with("patch /v1/a%2fb/c%20d?x=%2b&y http/1.1"),
            "{request}"
        );
        for line in [
            "x-vault-namespace: team",
            "x-trace: 7",
            &format!("length {}", large.len()),
        ] {
            assert!(request.lines().any(|found| found == line), "{line} is not in {request}");
        }
        assert!(request.contains("(api proxy); curl"), "{request}");
        assert!(
            !request.contains("te: trailers") && !request.contains("x-vault-token"),
            "{request}"
        );
        program.signal(Signal::TERM);
        assert_eq!(program.ended().await.0, 0);
    });
}

#[test]
fn a_busy_server_is_asked_again_and_namespaces_are_joined_where_asked() {
    run(async {
        let scenario = Scenario::new().await;
        let socket = scenario.path("agent.sock");
        let empty =
            |status: &str| format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").into();
        let told = Told::with(vec![
            empty("503 Sealed"),
            empty("412 Behind"),
            empty("204 Done"),
            empty("500 Broken"),
        ])
        .await;
        let mut config = bare(&told.address, &socket);
        config["api_proxy"] = json!({"prepend_configured_namespace": true, "when_inconsistent": "retry"});
        let mut program = Program::start(&scenario, &config, &[]);
        program.logged("listening").await;
        let head = "POST /v1/x\nx-vault-namespace: team";
        assert_eq!(ask(&socket, head, "{}").await.status, 204);
        assert_eq!(ask(&socket, head, "{}").await.status, 500);
        let requests = told.requests().await;
        assert!(
            requests
                .iter()
                .all(|request| request.contains("x-vault-namespace: org/team")),
            "{requests:?}"
        );
        program.signal(Signal::TERM);
        assert_eq!(program.ended().await.0, 0);
    });
}

#[test]
fn the_agents_own_endpoints_answer_as_the_originals() {
    run(async {
        let (scenario, mut config, socket) = pod().await;
        let metrics = scenario.path("metrics.sock");
        config["listener"] = json!([
            {"type": "unix", "address": socket, "tls_disable": true, "require_request_header": true,
             "agent_api": {"enable_quit": true}},
            {"type": "unix", "address": metrics, "tls_disable": true, "role": "metrics_only"},
        ]);
        config["telemetry"] = json!({"metrics_prefix": "vault"});
        let program = started(&scenario, &config).await;
        let refused = get(&socket, "secret/data/app").await;
        assert_eq!(
            (refused.status, refused.text().as_str()),
            (412, r#"{"errors":["missing \"X-Vault-Request\" header"]}"#)
        );
        let head = "GET /v1/secret/data/app\nx-vault-request: true";
        assert_eq!(ask(&socket, head, "").await.status, 200);
        assert_eq!(get(&metrics, "secret/data/app").await.status, 404);
        let text = ask(&metrics, "GET /agent/v1/metrics?format=prometheus", "")
            .await
            .text();
        assert!(
            text.contains("\nvault_agent_proxy_success 1\n") && text.contains("vault_agent_authenticated 1\n"),
            "{text}"
        );
        let counters = ask(&socket, "GET /agent/v1/metrics", "").await.json();
        assert_eq!(counters["Counters"][0]["Name"], "vault.agent.auth.success");
        for (socket, request, status) in [
            (&socket, "POST /agent/v1/metrics", 405),
            (&socket, "POST /agent/v1/cache-clear", 200),
            (&socket, "GET /agent/v1/quit", 405),
            (&metrics, "POST /agent/v1/quit", 404),
            (&socket, "POST /agent/v1/quit", 200),
        ] {
            assert_eq!(ask(socket, request, "").await.status, status, "{request}");
        }
        let (code, printed) = program.ended().await;
        assert_eq!(code, 0, "{printed}");
    });
}

#[test]
fn unix_sockets_have_the_mode_and_owner_asked_for() {
    run(async {
        let (scenario, mut config, socket) = pod().await;
        let user = rustix::process::getuid().as_raw();
        config["listener"][0]["socket_mode"] = json!("0620");
        config["listener"][0]["socket_user"] = json!(user.to_string());
        config["listener"][0]["socket_group"] = json!(rustix::process::getgid().as_raw().to_string());
        // Left over by a process that was killed.
        drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
        let program = started(&scenario, &config).await;
        let found = std::fs::metadata(&socket).unwrap();
        assert!(found.file_type().is_socket());
        assert_eq!((found.mode() & 0o7777, found.uid()), (0o620, user));
        ended(program).await;

        std::fs::write(&socket, "somebody's").unwrap();
        let (code, printed) = Program::start(&scenario, &config, &[]).ended().await;
        assert!(code == 64 && printed.contains("no socket"), "{code} {printed}");
        std::fs::remove_file(&socket).unwrap();
        config["listener"][0]["socket_user"] = json!("no-such-account");
        let (code, printed) = Program::start(&scenario, &config, &[]).ended().await;
        assert!(code == 64 && printed.contains("no-such-account"), "{code} {printed}");
        assert!(!socket.exists(), "a socket of the wrong owner is left over");
    });
}

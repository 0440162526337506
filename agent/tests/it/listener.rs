//! The listeners: what other programs get through them.

use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustix::process::Signal;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::http::{Answer, Told, ask, exchange};
use crate::process::until;
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

/// A pod with a cache, and a database whose credentials last for ten seconds at a time: short enough to see a renewal,
/// long enough for a busy machine to be in time with it.
async fn caching() -> (Scenario, Value, PathBuf) {
    let (scenario, mut config, socket) = pod().await;
    config["cache"] = json!({});
    (scenario.with_database("10s", "1h").await, config, socket)
}

fn lease(answer: &Answer) -> (String, String) {
    let state = answer.header("x-cache").unwrap_or_default();
    (answer.json()["lease_id"].as_str().unwrap().to_owned(), state.to_owned())
}

#[test]
fn leases_are_kept_renewed_and_given_again_until_they_are_revoked() {
    run(async {
        let (scenario, config, socket) = caching().await;
        let program = started(&scenario, &config).await;
        let path = "database/creds/app";
        let request = || get(&socket, path);
        // At the same time, and from different programs.
        let other = format!("GET /v1/{path}\nuser-agent: x");
        let (one, two) = tokio::join!(request(), ask(&socket, &other, ""));
        let (id, _) = lease(&one);
        assert_eq!(lease(&two).0, id);
        assert_eq!(
            scenario.count("GET", "database/creds/app"),
            1,
            "two credentials were made"
        );
        until(async || scenario.count("PUT", "sys/leases/renew") > 0).await;
        let kept = request().await;
        assert_eq!(lease(&kept), (id.clone(), "HIT".to_owned()));
        assert!(kept.header("age").unwrap().parse::<u64>().unwrap() >= 1);
        assert!(kept.header("date").is_some());
        assert_eq!(kept.body, one.body);
        for path in ["secret/data/app", "secret/data/app"] {
            assert_eq!(get(&socket, path).await.header("x-cache"), Some("MISS"));
        }
        let body = json!({"lease_id": id}).to_string();
        let revoked = ask(&socket, "PUT /v1/sys/leases/revoke\nx-vault-token: root", &body).await;
        assert_eq!(revoked.status, 204, "{}", revoked.text());
        let (other, state) = lease(&request().await);
        assert!(other != id && state == "MISS", "a revoked credential was given again");
        let clear = ask(
            &socket,
            "POST /agent/v1/cache-clear",
            r#"{"type":"request_path","value":"/v1/database"}"#,
        )
        .await;
        assert_eq!((clear.status, clear.text().as_str()), (200, ""));
        assert_eq!(lease(&request().await).1, "MISS");
        let wrong = ask(&socket, "POST /agent/v1/cache-clear", r#"{"type":"x"}"#).await;
        assert_eq!(
            (wrong.status, wrong.text().as_str()),
            (400, r#"{"errors":["failed to clear cache: invalid type provided"]}"#)
        );
        ended(program).await;
    });
}

#[test]
fn logins_through_the_listener_are_kept_with_what_they_lead_to() {
    run(async {
        let (scenario, config, socket) = caching().await;
        scenario.write("sys/auth/userpass", &json!({"type": "userpass"})).await;
        let user = json!({"password": "p", "token_policies": ["app"], "token_ttl": "1h"});
        scenario.write("auth/userpass/users/u", &user).await;
        let program = started(&scenario, &config).await;
        let login = || ask(&socket, "PUT /v1/auth/userpass/login/u", r#"{"password":"p"}"#);
        let made = login().await;
        let token = made.json()["auth"]["client_token"].as_str().unwrap().to_owned();
        let again = login().await;
        assert_eq!((again.header("x-cache"), &again.body), (Some("HIT"), &made.body));
        let credentials = format!("GET /v1/database/creds/app\nx-vault-token: {token}");
        let (id, _) = lease(&ask(&socket, &credentials, "").await);
        assert_eq!(lease(&ask(&socket, &credentials, "").await), (id, "HIT".to_owned()));
        let stranger = "GET /v1/database/creds/app\nx-vault-token: root";
        for _ in 0..2 {
            assert_eq!(ask(&socket, stranger, "").await.header("x-cache"), Some("MISS"));
        }
        let revoke = format!("PUT /v1/auth/token/revoke-self\nx-vault-token: {token}");
        assert_eq!(ask(&socket, &revoke, "").await.status, 204);
        assert_eq!(
            ask(&socket, &credentials, "").await.status,
            403,
            "a credential of a revoked token was given again"
        );
        assert_eq!(login().await.header("x-cache"), Some("MISS"));
        ended(program).await;
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

/// An authority and the certificates it signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// A certificate for localhost and its key, in PEM.
    fn certificate(&self) -> (String, String) {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// A client that trusts this authority and shows a certificate of its own if it has one.
    fn client(&self, own: Option<(String, String)>) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap())
            .unwrap();
        let builder = ClientConfig::builder().with_root_certificates(roots);
        let config = match own {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => builder
                .with_client_auth_cert(
                    vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()],
                    PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
                )
                .unwrap(),
        };
        TlsConnector::from(Arc::new(config))
    }
}

/// The status of a health request over TLS, if there was an answer.
async fn health(connector: &TlsConnector, address: &str) -> Option<u16> {
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = connector.connect(name, stream).await.ok()?;
    // With TLS 1.3 a refused client certificate shows only when something is read.
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let request = b"GET /v1/sys/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.ok()?;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).split(' ').nth(1)?.parse().ok()
}

#[test]
fn tls_listeners_show_their_current_certificate_and_ask_for_the_clients() {
    run(async {
        let (scenario, mut config, _) = pod().await;
        let (first, second) = (Authority::new(), Authority::new());
        let put = |(certificate, key): (String, String)| {
            std::fs::write(scenario.path("key.new"), key).unwrap();
            std::fs::rename(scenario.path("key.new"), scenario.path("key")).unwrap();
            std::fs::write(scenario.path("cert"), certificate).unwrap();
        };
        put(first.certificate());
        std::fs::write(scenario.path("clients"), &first.pem).unwrap();
        let listener = json!({
            "type": "tcp", "address": "127.0.0.1:0",
            "tls_cert_file": scenario.path("cert"), "tls_key_file": scenario.path("key"),
        });
        let mut mutual = listener.clone();
        mutual["tls_require_and_verify_client_cert"] = json!(true);
        mutual["tls_client_ca_file"] = json!(scenario.path("clients"));
        mutual["tls_min_version"] = json!("tls13");
        config["listener"] = json!([listener, mutual]);
        let mut program = Program::start(&scenario, &config, &[]);
        let mut address = async || {
            let line = program.logged("listening").await;
            line.rsplit_once("address=").unwrap().1.trim_matches('"').to_owned()
        };
        let (open, closed) = (address().await, address().await);
        assert_eq!(health(&first.client(None), &open).await, Some(200));
        assert_eq!(
            health(&second.client(None), &open).await,
            None,
            "an unknown authority was trusted"
        );
        assert_eq!(
            health(&first.client(None), &closed).await,
            None,
            "no client certificate was asked for"
        );
        assert_eq!(health(&first.client(Some(second.certificate())), &closed).await, None);
        assert_eq!(
            health(&first.client(Some(first.certificate())), &closed).await,
            Some(200)
        );
        put(second.certificate());
        assert_eq!(
            health(&second.client(None), &open).await,
            Some(200),
            "the old certificate is shown"
        );
        std::fs::write(scenario.path("cert"), "half").unwrap();
        assert_eq!(
            health(&second.client(None), &open).await,
            Some(200),
            "a broken file was used"
        );
        program.signal(Signal::TERM);
        assert_eq!(program.ended().await.0, 0);

        let (code, printed) = Program::start(&scenario, &config, &[]).ended().await;
        assert!(code == 64 && printed.contains("tls_cert_file"), "{code} {printed}");
    });
}

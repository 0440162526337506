//! A dev server, a place for files, and an agent between them.

use std::cell::RefCell;
use std::future::Future;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use coffret_agent::engine::{Control, Engine, World};
use coffret_agent::environment::Environment;
use coffret_agent::exit::Failure;
use coffret_agent::flags::Given;
use coffret_agent::random::SeededRandom;
use coffret_agent::setup;
use coffret_devserver::{Clock as ServerClock, Options, Server, Tls};
use coffret_vault::{Call, Client, Settings, Token};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, LocalSet};

use crate::clock::TestClock;
use crate::cluster::Cluster;

/// Runs a test on one thread, as the agent runs.
pub fn run(test: impl Future<Output = ()>) {
    coffret_vault::install_crypto_provider();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, test);
}

pub struct Scenario {
    pub server: Server,
    pub place: tempfile::TempDir,
    pub clock: TestClock,
    templates: Vec<Value>,
    pub config: Value,
    pub environment: Vec<(String, String)>,
    /// Real time that a request may take.
    pub timeout: Duration,
    admin: Client,
    cluster: Option<Cluster>,
}

/// A running agent.
pub struct Agent {
    pub clock: TestClock,
    controls: UnboundedSender<Control>,
    task: JoinHandle<Result<(), Failure>>,
    ended: Rc<RefCell<bool>>,
}

const POLICY: &str = r#"
path "secret/*" { capabilities = ["read", "list", "create", "update"] }
path "kv1/*" { capabilities = ["read", "list", "create", "update"] }
path "database/creds/*" { capabilities = ["read"] }
path "database/static-creds/*" { capabilities = ["read"] }
path "pki/issue/*" { capabilities = ["create", "update"] }
"#;

impl Scenario {
    pub async fn new() -> Self {
        Self::with_server(None).await
    }

    pub async fn with_server(tls: Option<Tls>) -> Self {
        let clock = ServerClock::manual("2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap());
        let options = Options {
            root_token: Some("root".into()),
            tls,
            clock,
            ..Options::default()
        };
        let server = Server::start(options).await.unwrap();
        let place = tempfile::tempdir().unwrap();
        let admin = client(&server);
        let clock = TestClock::new(server.clock());
        let config = json!({
            "vault": {"address": server.url()},
            "template_config": {"static_secret_render_interval": "60s"},
        });
        let scenario = Self {
            server,
            place,
            clock,
            templates: Vec::new(),
            config,
            environment: Vec::new(),
            timeout: Duration::from_secs(2),
            admin,
            cluster: None,
        };
        scenario
            .write("sys/mounts/secret", &json!({"type": "kv", "options": {"version": "2"}}))
            .await;
        scenario
            .write("sys/mounts/kv1", &json!({"type": "kv", "options": {"version": "1"}}))
            .await;
        scenario.write("sys/policies/acl/app", &json!({"policy": POLICY})).await;
        scenario
    }

    pub async fn write(&self, path: &str, body: &Value) -> Value {
        self.ask(Call::write(path, body).unwrap()).await
    }

    /// Does this with the root token.
    pub async fn ask(&self, call: Call) -> Value {
        let call = call.token(&Token::new("root").unwrap());
        let response = self.admin.send(&call).await.unwrap();
        if response.body().is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(response.body().bytes()).unwrap()
        }
    }

    /// Stores a KV version 2 secret below `secret/`.
    pub async fn put(&self, name: &str, data: Value) {
        self.write(&format!("secret/data/{name}"), &json!({"data": data})).await;
    }

    /// Logs in with a token made here, which lasts `ttl` and can be renewed to `max`.
    pub async fn with_token(mut self, ttl: &str, max: &str) -> Self {
        let body = json!({"policies": ["app"], "ttl": ttl, "explicit_max_ttl": max, "no_parent": true});
        let made = self.write("auth/token/create", &body).await;
        let file = self.path("given-token");
        std::fs::write(&file, made["auth"]["client_token"].as_str().unwrap()).unwrap();
        self.config["auto_auth"] = json!({
            "method": {"type": "token_file", "config": {"token_file_path": file}},
            "sink": [{"type": "file", "config": {"path": self.path("sink")}}],
        });
        self
    }

    /// Logs in with a service account; tokens last `ttl` and can be renewed to `max`.
    pub async fn with_kubernetes(mut self, ttl: &str, max: &str) -> Self {
        let cluster = Cluster::new();
        self.write("sys/auth/kubernetes", &json!({"type": "kubernetes"})).await;
        self.write("auth/kubernetes/config", &cluster.config()).await;
        let role = json!({
            "bound_service_account_names": ["web"], "bound_service_account_namespaces": ["shop"],
            "token_policies": ["app"], "token_ttl": ttl, "token_max_ttl": max,
        });
        self.write("auth/kubernetes/role/web", &role).await;
        let file = self.path("service-account-token");
        std::fs::write(&file, cluster.token()).unwrap();
        self.cluster = Some(cluster);
        self.config["auto_auth"] = json!({
            "method": {"type": "kubernetes", "config": {"role": "web", "token_path": file}},
            "sink": [{"type": "file", "config": {"path": self.path("sink")}}],
        });
        self
    }

    /// Logs in with `method`, whose mount is there already.
    pub fn with_method(mut self, method: &Value) -> Self {
        self.config["auto_auth"] = json!({
            "method": method,
            "sink": [{"type": "file", "config": {"path": self.path("sink")}}],
        });
        self
    }

    /// The kubelet puts a new token in place; signatures differ each time.
    pub fn rotate_service_account_token(&self) {
        let token = self.cluster.as_ref().unwrap().token();
        std::fs::write(self.path("service-account-token"), token).unwrap();
    }

    /// Credentials of `database/creds/app` last `lease` and can be renewed to `max`.
    pub async fn with_database(self, lease: &str, max: &str) -> Self {
        self.write("sys/mounts/database", &json!({"type": "database"})).await;
        let connection = json!({
            "plugin_name": "postgresql-database-plugin", "allowed_roles": ["*"], "username": "u", "password": "p",
            "connection_url": "postgresql://{{username}}:{{password}}@db.example:5432/app",
        });
        self.write("database/config/db", &connection).await;
        let statements = json!(["CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}'"]);
        let role = json!({"db_name": "db", "creation_statements": statements, "default_ttl": lease, "max_ttl": max});
        self.write("database/roles/app", &role).await;
        self
    }

    pub fn template(mut self, file: &str, contents: &str) -> Self {
        self.templates
            .push(json!({"destination": self.path(file), "contents": contents}));
        self
    }

    /// Adds keys to the template added last.
    pub fn with(mut self, keys: Value) -> Self {
        let last = self.templates.last_mut().unwrap().as_object_mut().unwrap();
        let Value::Object(keys) = keys else {
            panic!("{keys} is no object")
        };
        last.extend(keys);
        self
    }

    /// The template added last has a source instead.
    pub fn drop_contents(&mut self) {
        self.templates
            .last_mut()
            .unwrap()
            .as_object_mut()
            .unwrap()
            .remove("contents");
    }

    pub fn forget_first_template(&mut self) {
        self.templates.remove(0);
    }

    pub fn forget_last_template(&mut self) {
        self.templates.pop();
    }

    pub fn set(mut self, key: &str, value: Value) -> Self {
        self.config[key] = value;
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| format!("<{error}>"))
    }

    /// Starts an agent and waits until it has nothing more to do.
    pub async fn start(&mut self) -> Agent {
        let agent = self.launch();
        agent.settle().await;
        agent
    }

    pub fn launch(&mut self) -> Agent {
        self.launch_seeded(42)
    }

    /// Starts an agent whose jitter follows `seed`.
    pub fn launch_seeded(&mut self, seed: u64) -> Agent {
        self.config["template"] = Value::Array(self.templates.clone());
        let environment: Environment = self.environment.iter().cloned().collect();
        let loaded = coffret_config::agent::parse("test", self.config.to_string().as_bytes()).unwrap();
        let given = Given::default();
        let plan = setup::plan(&loaded.config, &given, &environment).unwrap();
        let mut settings = setup::settings(&loaded.config, &given, &environment).unwrap();
        settings.timeout = self.timeout;
        settings.connect_timeout = settings.connect_timeout.max(self.timeout);
        let server = setup::server(&loaded.config, &settings).unwrap();
        let clock = TestClock::new(self.server.clock());
        let world = World {
            clock: Rc::new(clock.clone()),
            random: Rc::new(SeededRandom::new(seed)),
            environment: Rc::new(environment),
            etc: PathBuf::from("/etc"),
        };
        let (controls, received) = unbounded_channel();
        let ended = Rc::new(RefCell::new(false));
        let (flag, waker) = (Rc::clone(&ended), clock.clone());
        self.clock = clock.clone();
        let task = tokio::task::spawn_local(async move {
            let result = Engine::new(world, plan, server, None).run(received).await;
            *flag.borrow_mut() = true;
            waker.end();
            result
        });
        Agent {
            clock,
            controls,
            task,
            ended,
        }
    }

    /// How many requests the server saw.
    pub fn total(&self) -> usize {
        self.server.journal().total().try_into().unwrap()
    }

    /// How many requests of this method and path the server saw.
    pub fn count(&self, method: &str, path: &str) -> usize {
        self.server.journal().count(method, path)
    }
}

impl Agent {
    pub async fn settle(&self) {
        self.clock.settle().await;
    }

    pub async fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds)).await;
    }

    pub fn is_running(&self) -> bool {
        !*self.ended.borrow()
    }

    pub async fn tell(&self, control: Control) {
        self.clock.disturb();
        self.controls.send(control).unwrap();
        self.settle().await;
    }

    pub async fn stop(self) -> Result<(), Failure> {
        // An agent that ended by itself cannot be told.
        let _ = self.controls.send(Control::Stop);
        self.task.await.unwrap()
    }

    pub async fn end(self) -> Result<(), Failure> {
        self.task.await.unwrap()
    }
}

fn client(server: &Server) -> Client {
    let environment = |name: &str| match name {
        "VAULT_ADDR" => Some(server.url().to_owned()),
        // Who judges is not who is judged.
        "VAULT_SKIP_VERIFY" => Some("true".to_owned()),
        _ => None,
    };
    let settings = Settings::layered(&Default::default(), &environment, &Default::default()).unwrap();
    Client::new(settings).unwrap()
}

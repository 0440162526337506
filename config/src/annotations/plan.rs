//! The plan: the typed, validated meaning of a pod's annotations plus the injector's defaults.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::flavor::Flavor;
use super::mode::{Launch, Mode};
use super::secrets::SecretFile;
use super::token::LoginToken;
use super::values::{Origin, Prefix};

/// Everything an injector needs to know to patch one pod.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Whose names and paths are used.
    pub flavor: Flavor,
    /// Which containers are added.
    pub mode: Mode,
    /// How the agent is started.
    pub launch: Launch,
    /// The agent's image.
    pub image: String,
    /// The agent's requests and limits.
    pub resources: Resources,
    /// The agent's security context; `None` leaves it out.
    pub security: Option<Security>,
    /// Application containers that get the mounts; `None` is all of them.
    pub containers: Option<Vec<String>>,
    /// Whether files are rendered before the application starts.
    pub pre_populate: bool,
    /// Whether only the init container was asked for.
    pub pre_populate_only: bool,
    /// Where the agent stands among the init containers; `None` leaves it to the mode's rule.
    pub init_first: Option<bool>,
    /// The token to log in with.
    pub token: LoginToken,
    /// The container whose mounts are copied; empty for none.
    pub copy_volume_mounts: String,
    /// What `shareProcessNamespace` becomes; `None` leaves it alone.
    pub share_process_namespace: Option<bool>,
    /// Patch for the sidecar, with the full name of its annotation.
    pub json_patch: Option<(String, Value)>,
    /// Patch for the init container, with the full name of its annotation.
    pub init_json_patch: Option<(String, Value)>,
    /// How the server is reached.
    pub connection: Connection,
    /// How the agent logs in.
    pub auth: Auth,
    /// What the agent's environment gets.
    pub process: Process,
    /// A Secret mounted at `/vault/custom`; empty for none.
    pub extra_secret: String,
    /// A ConfigMap with the agent's configuration; empty for a generated one.
    pub configmap: String,
    /// The files to render, sorted by name.
    pub secrets: Vec<SecretFile>,
    /// Where the files' volume is mounted.
    pub secret_volume_path: String,
    /// Template engine options.
    pub rendering: Rendering,
    /// Listener and cache.
    pub cache: CachePlan,
    /// The telemetry stanza.
    pub telemetry: Option<Map<String, Value>>,
    /// Timing of the startup probe in native mode.
    pub probe: Probe,
    /// Size limit of memory volumes; empty for none.
    pub volume_size_limit: String,
    /// What the user should be told though the pod is admitted.
    pub warnings: Vec<String>,
    /// Values that came from the namespace or service account: key and origin.
    pub inherited: BTreeMap<String, Origin>,
    /// Annotations to rename in the pod: (name, new name if it has to be added).
    pub renames: Vec<(String, Option<(String, String)>)>,
    /// The prefix under which the pod opted in; the status is written under it.
    pub prefix: Prefix,
}

/// Requests and limits, canonical quantities; empty leaves one out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resources {
    /// `limits`: cpu, memory, ephemeral-storage.
    pub limits: [String; 3],
    /// `requests`: cpu, memory, ephemeral-storage.
    pub requests: [String; 3],
}

impl Resources {
    /// The names of the three resources, in the order of the arrays.
    pub const NAMES: [&'static str; 3] = ["cpu", "memory", "ephemeral-storage"];
}

/// Whom the agent runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Security {
    /// User ID; `None` leaves it to the pod or cluster.
    pub user: Option<i64>,
    /// Group ID; `None` leaves it to the pod or cluster.
    pub group: Option<i64>,
}

/// How the server is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Connection {
    /// The server's address.
    pub address: String,
    /// Namespace to log in to; empty for none.
    pub namespace: String,
    /// HTTPS proxy; empty for none.
    pub proxy_address: String,
    /// A Secret mounted at `/vault/tls`; empty for none.
    pub tls_secret: String,
    /// Path of the CA certificate; empty for none.
    pub ca_cert: String,
    /// Directory of CA certificates; empty for none.
    pub ca_path: String,
    /// PEM of the CA certificate; empty for none.
    pub ca_cert_bytes: String,
    /// Path of the client certificate; empty for none.
    pub client_cert: String,
    /// Path of the client key; empty for none.
    pub client_key: String,
    /// Name expected in the certificate; empty for the address's own.
    pub tls_server_name: String,
    /// Do not verify the certificate.
    pub tls_skip_verify: bool,
}

/// How the agent logs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Auth {
    /// The auth method.
    pub method: String,
    /// Where it is mounted.
    pub path: String,
    /// Shortest wait after a failure; empty for the agent's default.
    pub min_backoff: String,
    /// Longest wait after a failure; empty for the agent's default.
    pub max_backoff: String,
    /// Leave on failure.
    pub exit_on_err: bool,
    /// The method's parameters.
    pub config: BTreeMap<String, String>,
    /// Also write the token beside the secrets.
    pub inject_token: bool,
    /// Revoke the token at the end, after this many seconds.
    pub revoke_after: Option<u64>,
}

/// What the agent's process is told through its environment; empty values are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Process {
    /// `GOMAXPROCS`.
    pub go_max_procs: String,
    /// Timeout of one request.
    pub client_timeout: String,
    /// Retries of one request.
    pub client_max_retries: String,
    /// Log level.
    pub log_level: String,
    /// Log format.
    pub log_format: String,
}

/// Template engine options.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rendering {
    /// Leave when a secret cannot be fetched after all retries.
    pub exit_on_retry_failure: bool,
    /// How often secrets without a lease are read again; empty for the agent's default.
    pub static_secret_render_interval: String,
    /// Most connections to the server; 0 for the agent's default.
    pub max_connections_per_host: i64,
    /// Fraction of a lease; 0 for the agent's default.
    pub lease_renewal_threshold: f64,
    /// Features without idle connections.
    pub disable_idle_connections: Vec<String>,
    /// Features without keep-alive.
    pub disable_keep_alives: Vec<String>,
}

/// Listener and cache.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CachePlan {
    /// Answer the application's requests.
    pub enable: bool,
    /// `true`, `false` or `force`.
    pub use_auto_auth_token: String,
    /// The listener's port.
    pub port: String,
    /// Leave when the persisted cache cannot be read.
    pub exit_on_err: bool,
    /// Let a request end the agent.
    pub enable_quit: bool,
}

/// Timing of the startup probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// Seconds between probes.
    pub period: u64,
    /// Seconds a probe may take.
    pub timeout: u64,
    /// Failures after which the agent is restarted.
    pub failures: u64,
}

impl Plan {
    /// Mount paths of single secrets that differ from the common one, in the order of their volumes.
    #[must_use]
    pub fn custom_paths(&self) -> Vec<&str> {
        let mut paths: Vec<&str> = Vec::new();
        for file in &self.secrets {
            if file.volume_path != self.secret_volume_path && !paths.contains(&file.volume_path.as_str()) {
                paths.push(&file.volume_path);
            }
        }
        paths
    }

    /// Whether an init container of the classic shape is added.
    #[must_use]
    pub fn has_init_container(&self) -> bool {
        self.mode != Mode::Native && self.pre_populate
    }

    /// Whether the init container hands its login and leases to the sidecar: our own agent does, in a pod that
    /// has both.
    #[must_use]
    pub fn hands_over(&self) -> bool {
        self.mode == Mode::Classic && self.pre_populate && super::mode::is_own_image(&self.image)
    }

    /// Whether the two agents share a volume of their own.
    #[must_use]
    pub fn has_agent_volume(&self) -> bool {
        self.hands_over() || self.has_persistent_cache()
    }

    /// Whether a container that stays is added, ordinary or restartable.
    #[must_use]
    pub fn has_sidecar(&self) -> bool {
        self.mode != Mode::Init
    }
}

//! What applies to every pod that says nothing else: the injector's own settings.

use std::collections::BTreeMap;

use super::values::Origin;

/// Which containers pods get when they do not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ModeSetting {
    /// Native where the cluster and the image allow it, else classic.
    #[default]
    Auto,
    /// One restartable init container.
    Native,
    /// An init container and a sidecar, as vault-k8s does.
    Classic,
    /// An init container only.
    Init,
}

impl ModeSetting {
    /// Reads the word of a setting or annotation; upper and lower case are the same.
    #[must_use]
    pub fn parse(word: &str) -> Option<ModeSetting> {
        match word.to_ascii_lowercase().as_str() {
            "auto" => Some(ModeSetting::Auto),
            "native" => Some(ModeSetting::Native),
            "classic" => Some(ModeSetting::Classic),
            "init" => Some(ModeSetting::Init),
            _ => None,
        }
    }
}

/// When the agent logs in with a token projected for it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenSetting {
    /// When the pod asks for it or has no token of its own.
    #[default]
    Auto,
    /// Only when the pod asks for it; a pod without a token is refused, as vault-k8s does.
    Existing,
    /// Always, unless the pod names a volume.
    Projected,
}

impl TokenSetting {
    /// Reads the word of a setting.
    #[must_use]
    pub fn parse(word: &str) -> Option<TokenSetting> {
        match word {
            "auto" => Some(TokenSetting::Auto),
            "existing" => Some(TokenSetting::Existing),
            "projected" => Some(TokenSetting::Projected),
            _ => None,
        }
    }
}

/// Whose names and paths the pod gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FlavorSetting {
    /// OpenBao's for pods that opted in under `openbao.org/`, Vault's for all others.
    #[default]
    ByPrefix,
    /// OpenBao's for every pod, as openbao-k8s does.
    OpenBao,
}

/// The injector's settings that reach into pods. Quantities, user and group stay text: as in vault-k8s, a
/// bad one is reported by the pod that uses it.
#[derive(Debug, Clone, PartialEq)]
pub struct Defaults {
    /// Address of the server; empty refuses every pod.
    pub address: String,
    /// The agent's image; `None` picks one that fits the mode.
    pub image: Option<String>,
    /// The auth method's name.
    pub auth_type: String,
    /// Where the auth method is mounted.
    pub auth_path: String,
    /// Namespace of the server to log in to.
    pub namespace: String,
    /// HTTPS proxy on the way to the server.
    pub proxy_address: String,
    /// PEM of the CA that verifies the server, or base64 of it.
    pub ca_cert_bytes: String,
    /// Revoke tokens when pods end.
    pub revoke_on_shutdown: bool,
    /// The agent's user ID.
    pub run_as_user: String,
    /// The agent's group ID.
    pub run_as_group: String,
    /// Run the agent as the first application container's user.
    pub run_as_same_user: bool,
    /// Give agent containers a security context.
    pub set_security_context: bool,
    /// `map` or `json`.
    pub default_template: String,
    /// Requests and limits; `None` picks the mode's own.
    pub resources: ResourceDefaults,
    /// Leave when a secret cannot be fetched after all retries.
    pub exit_on_retry_failure: bool,
    /// How often secrets without a lease are read again; empty leaves it to the agent.
    pub static_secret_render_interval: String,
    /// Most connections to the server; 0 leaves it to the agent.
    pub max_connections_per_host: i64,
    /// Fraction of a lease; 0 leaves it to the agent.
    pub lease_renewal_threshold: f64,
    /// Shortest wait after a failed login.
    pub auth_min_backoff: String,
    /// Longest wait after a failed login.
    pub auth_max_backoff: String,
    /// Features without idle connections, comma-separated.
    pub disable_idle_connections: String,
    /// Features without keep-alive, comma-separated.
    pub disable_keep_alives: String,
    /// Which containers pods get.
    pub mode: ModeSetting,
    /// Whether every node the API server supports knows restartable init containers.
    pub native_supported: bool,
    /// Whose names pods get.
    pub flavor: FlavorSetting,
    /// In OpenBao's flavor, rename `vault.hashicorp.com/` annotations in the pod.
    pub rewrite_vault_annotations: bool,
    /// When agents get a token of their own.
    pub token: TokenSetting,
    /// Audience of projected tokens; empty is the API server's own.
    pub token_audience: String,
    /// Seconds projected tokens are valid.
    pub token_expiration: u64,
    /// Size limit of memory volumes; `None` is 16Mi in native mode and none in the others.
    pub volume_size_limit: Option<String>,
}

/// The agent's requests and limits as the injector is set; `None` where it is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceDefaults {
    /// CPU request.
    pub request_cpu: Option<String>,
    /// Memory request.
    pub request_memory: Option<String>,
    /// Ephemeral-storage request.
    pub request_ephemeral: Option<String>,
    /// CPU limit.
    pub limit_cpu: Option<String>,
    /// Memory limit.
    pub limit_memory: Option<String>,
    /// Ephemeral-storage limit.
    pub limit_ephemeral: Option<String>,
}

impl Default for Defaults {
    fn default() -> Defaults {
        Defaults {
            address: String::new(),
            image: None,
            auth_type: "kubernetes".to_owned(),
            auth_path: "auth/kubernetes".to_owned(),
            namespace: String::new(),
            proxy_address: String::new(),
            ca_cert_bytes: String::new(),
            revoke_on_shutdown: false,
            run_as_user: "100".to_owned(),
            run_as_group: "1000".to_owned(),
            run_as_same_user: false,
            set_security_context: true,
            default_template: "map".to_owned(),
            resources: ResourceDefaults::default(),
            exit_on_retry_failure: true,
            static_secret_render_interval: String::new(),
            max_connections_per_host: 0,
            lease_renewal_threshold: 0.0,
            auth_min_backoff: String::new(),
            auth_max_backoff: String::new(),
            disable_idle_connections: String::new(),
            disable_keep_alives: String::new(),
            mode: ModeSetting::Auto,
            native_supported: true,
            flavor: FlavorSetting::ByPrefix,
            rewrite_vault_annotations: true,
            token: TokenSetting::Auto,
            token_audience: String::new(),
            token_expiration: 3600,
            volume_size_limit: None,
        }
    }
}

/// One place annotations are inherited from.
pub type Inherited<'a> = (Origin, &'a BTreeMap<String, String>);

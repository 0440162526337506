//! The one table of the injector's settings: environment variable, flag, default and meaning. The parser and
//! `docs/injector-settings.md` both read it.

/// What a setting's value must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A Go boolean.
    Bool,
    /// A whole number.
    Int,
    /// A decimal number.
    Float,
    /// A Go duration.
    Duration,
    /// One of the words.
    Word(&'static [&'static str]),
}

/// One row.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// The environment variable after `AGENT_INJECT_`.
    pub env: &'static str,
    /// The flag without dashes; empty where there is none.
    pub flag: &'static str,
    /// What the value must look like.
    pub kind: Kind,
    /// The default; empty for none.
    pub default: &'static str,
    /// Whether vault-k8s or openbao-k8s has it.
    pub inherited: bool,
    /// What it does.
    pub help: &'static str,
}

macro_rules! settings {
    ($($name:ident $env:literal $flag:literal $kind:expr, $default:literal, $source:ident, $help:literal;)*) => {
        $(
            #[doc = concat!("`AGENT_INJECT_", $env, "`: ", $help)]
            pub static $name: Setting = Setting {
                env: $env, flag: $flag, kind: $kind, default: $default, inherited: $source, help: $help,
            };
        )*
        /// Every setting, in the order of the reference page.
        pub static TABLE: &[&Setting] = &[$(&$name),*];
    };
}

use Kind::{Bool, Duration, Float, Int, Text, Word};

const THEIRS: bool = true;
const OURS: bool = false;

settings! {
    LISTEN "LISTEN" "listen" Text, ":8080", THEIRS, "Address of the webhook.";
    LOG_LEVEL "LOG_LEVEL" "log-level" Word(&["trace", "debug", "notice", "info", "warn", "warning", "err", "error"]), "info", THEIRS, "The injector's log level.";
    LOG_FORMAT "LOG_FORMAT" "log-format" Text, "standard", THEIRS, "`json`, or anything else for plain lines.";
    VAULT_ADDR "VAULT_ADDR" "vault-address" Text, "", THEIRS, "The server's address. Required.";
    VAULT_IMAGE "VAULT_IMAGE" "vault-image" Text, "", THEIRS, "The agent's image. Default: `coffret-agent` of this version where the agent starts without a shell, `hashicorp/vault:2.0.4` (OpenBao: `openbao/openbao:1.16.1`) in classic mode.";
    VAULT_AUTH_TYPE "VAULT_AUTH_TYPE" "vault-auth-type" Text, "kubernetes", THEIRS, "The auth method.";
    VAULT_AUTH_PATH "VAULT_AUTH_PATH" "vault-auth-path" Text, "auth/kubernetes", THEIRS, "Where the auth method is mounted.";
    VAULT_NAMESPACE "VAULT_NAMESPACE" "vault-namespace" Text, "", THEIRS, "Namespace of the server to log in to.";
    VAULT_CACERT_BYTES "VAULT_CACERT_BYTES" "vault-cacert-bytes" Text, "", THEIRS, "PEM of the CA that verifies the server, or base64 of it.";
    PROXY_ADDR "PROXY_ADDR" "proxy-address" Text, "", THEIRS, "HTTPS proxy of the agents.";
    REVOKE_ON_SHUTDOWN "REVOKE_ON_SHUTDOWN" "revoke-on-shutdown" Bool, "false", THEIRS, "Revoke tokens when pods end.";
    RUN_AS_USER "RUN_AS_USER" "run-as-user" Text, "100", THEIRS, "The agents' user ID. As a flag it may be empty: then the pod or cluster decides.";
    RUN_AS_GROUP "RUN_AS_GROUP" "run-as-group" Text, "1000", THEIRS, "The agents' group ID. As a flag it may be empty: then the pod or cluster decides.";
    RUN_AS_SAME_USER "RUN_AS_SAME_USER" "run-as-same-user" Bool, "false", THEIRS, "Run agents as the user of the first application container.";
    SET_SECURITY_CONTEXT "SET_SECURITY_CONTEXT" "set-security-context" Bool, "true", THEIRS, "Give agents a security context.";
    DEFAULT_TEMPLATE "DEFAULT_TEMPLATE" "default-template" Word(&["map", "json"]), "map", THEIRS, "How secrets without a template are rendered.";
    CPU_REQUEST "CPU_REQUEST" "cpu-request" Text, "", THEIRS, "CPU request of agents. Default `250m` in classic mode, `5m` otherwise.";
    CPU_LIMIT "CPU_LIMIT" "cpu-limit" Text, "", THEIRS, "CPU limit of agents. Default `500m`.";
    MEM_REQUEST "MEM_REQUEST" "memory-request" Text, "", THEIRS, "Memory request of agents. Default `64Mi` in classic mode, `16Mi` otherwise.";
    MEM_LIMIT "MEM_LIMIT" "memory-limit" Text, "", THEIRS, "Memory limit of agents. Default `128Mi`.";
    EPHEMERAL_REQUEST "EPHEMERAL_REQUEST" "ephemeral-storage-request" Text, "", THEIRS, "Ephemeral-storage request of agents.";
    EPHEMERAL_LIMIT "EPHEMERAL_LIMIT" "ephemeral-storage-limit" Text, "", THEIRS, "Ephemeral-storage limit of agents.";
    AUTH_MIN_BACKOFF "AUTH_MIN_BACKOFF" "auth-min-backoff" Duration, "", THEIRS, "Shortest wait after a failed login.";
    AUTH_MAX_BACKOFF "AUTH_MAX_BACKOFF" "auth-max-backoff" Duration, "", THEIRS, "Longest wait after a failed login.";
    DISABLE_IDLE_CONNECTIONS "DISABLE_IDLE_CONNECTIONS" "disable-idle-connections" Text, "", THEIRS, "Agent features that keep no idle connections.";
    DISABLE_KEEP_ALIVES "DISABLE_KEEP_ALIVES" "disable-keep-alives" Text, "", THEIRS, "Agent features that use no keep-alive.";
    EXIT_ON_RETRY_FAILURE "TEMPLATE_CONFIG_EXIT_ON_RETRY_FAILURE" "template-config-exit-on-retry-failure" Bool, "true", THEIRS, "Agents leave when a secret cannot be fetched after all retries.";
    STATIC_INTERVAL "TEMPLATE_STATIC_SECRET_RENDER_INTERVAL" "template-static-secret-render-interval" Text, "", THEIRS, "How often secrets without a lease are read again.";
    MAX_CONNECTIONS "TEMPLATE_MAX_CONNECTIONS_PER_HOST" "" Int, "0", THEIRS, "Most connections of an agent to the server; 0 leaves it to the agent.";
    LEASE_THRESHOLD "TEMPLATE_LEASE_RENEWAL_THRESHOLD" "" Float, "0", THEIRS, "Fraction of a non-renewable lease after which it is fetched again; 0 leaves it to the agent.";
    TELEMETRY_PATH "TELEMETRY_PATH" "telemetry-path" Text, "", THEIRS, "Also serve metrics under this path on the webhook's port.";
    USE_LEADER_ELECTOR "USE_LEADER_ELECTOR" "use-leader-elector" Bool, "false", THEIRS, "Accepted and not needed: replicas share the CA without a leader.";
    TLS_AUTO "TLS_AUTO" "tls-auto" Text, "", THEIRS, "Name of the MutatingWebhookConfiguration whose caBundle is kept up to date.";
    TLS_AUTO_HOSTS "TLS_AUTO_HOSTS" "tls-auto-hosts" Text, "", THEIRS, "Names and addresses of the generated certificate, comma-separated.";
    TLS_CA_CERT_FILE "TLS_CA_CERT_FILE" "tls-ca-cert-file" Text, "", THEIRS, "CA to publish beside a certificate from disk.";
    TLS_CERT_FILE "TLS_CERT_FILE" "tls-cert-file" Text, "", THEIRS, "Certificate from disk instead of a generated one; reloaded when it changes.";
    TLS_KEY_FILE "TLS_KEY_FILE" "tls-key-file" Text, "", THEIRS, "Key of the certificate from disk.";
    TLS_MIN_VERSION "TLS_MIN_VERSION" "tls-min-version" Word(&["tls10", "tls11", "tls12", "tls13"]), "tls12", THEIRS, "Lowest TLS version. `tls10` and `tls11` are raised to `tls12`.";
    TLS_CIPHER_SUITES "TLS_CIPHER_SUITES" "tls-cipher-suites" Text, "", THEIRS, "TLS 1.2 suites to offer, comma-separated.";
    REWRITE "REWRITE_VAULT_ANNOTATIONS" "rewrite-vault-annotations" Bool, "true", THEIRS, "Rename `vault.hashicorp.com/` annotations of pods that opt in under `openbao.org/`.";

    MODE "MODE" "mode" Word(&["auto", "native", "classic", "init"]), "auto", OURS, "Which containers pods get. `auto` is native where the API server is 1.32 or newer and the image is `coffret-agent`.";
    FLAVOR "FLAVOR" "flavor" Word(&["auto", "openbao"]), "auto", OURS, "Names and paths of pods: `auto` goes by the prefix of `agent-inject`. An `AGENT_INJECT_BAO_` variable or `-bao-` flag sets `openbao`.";
    KUBERNETES_VERSION "KUBERNETES_VERSION" "kubernetes-version" Text, "", OURS, "The API server's version, such as `1.31`, instead of asking it.";
    TOKEN "SERVICE_ACCOUNT_TOKEN" "service-account-token" Word(&["auto", "existing", "projected"]), "auto", OURS, "`auto` projects a token for the agent where the pod has none, `existing` refuses such pods, `projected` always projects one.";
    TOKEN_AUDIENCE "SERVICE_ACCOUNT_TOKEN_AUDIENCE" "service-account-token-audience" Text, "", OURS, "Audience of projected tokens; empty is the API server's own.";
    TOKEN_EXPIRATION "SERVICE_ACCOUNT_TOKEN_EXPIRATION" "service-account-token-expiration" Int, "3600", OURS, "Seconds projected tokens are valid, 600 or more.";
    VOLUME_SIZE_LIMIT "VOLUME_SIZE_LIMIT" "volume-size-limit" Text, "", OURS, "Size limit of the agents' memory volumes. Default `16Mi`, none in classic mode.";
    INHERIT "INHERIT_DEFAULTS" "inherit-defaults" Bool, "false", OURS, "Read `coffret.dev/` annotations of the pod's service account and namespace.";
    HEALTH_LISTEN "HEALTH_LISTEN" "health-listen" Text, "", OURS, "Also serve health and metrics as plain HTTP on this address.";
    MAX_REQUESTS "MAX_REQUESTS" "max-requests" Int, "64", OURS, "Reviews handled at once; more are answered with 503.";
    REQUEST_TIMEOUT "REQUEST_TIMEOUT" "request-timeout" Duration, "10s", OURS, "Longest time for a request's head and body to arrive.";
    DRAIN_TIMEOUT "DRAIN_TIMEOUT" "drain-timeout" Duration, "20s", OURS, "Longest time open requests get after SIGTERM.";
    CA_SECRET "TLS_CA_SECRET" "tls-ca-secret" Text, "coffret-injector-ca", OURS, "Secret in the injector's namespace that holds the generated CA.";
}

/// Names openbao-k8s gives to settings of the table: (its name, the table's).
pub const OPENBAO_ENV: &[(&str, &Setting)] = &[
    ("BAO_ADDR", &VAULT_ADDR),
    ("BAO_IMAGE", &VAULT_IMAGE),
    ("BAO_AUTH_TYPE", &VAULT_AUTH_TYPE),
    ("BAO_AUTH_PATH", &VAULT_AUTH_PATH),
    ("BAO_NAMESPACE", &VAULT_NAMESPACE),
    ("BAO_CACERT_BYTES", &VAULT_CACERT_BYTES),
];

/// Flags openbao-k8s gives to settings of the table.
pub const OPENBAO_FLAGS: &[(&str, &Setting)] = &[
    ("bao-address", &VAULT_ADDR),
    ("bao-image", &VAULT_IMAGE),
    ("bao-auth-type", &VAULT_AUTH_TYPE),
    ("bao-auth-path", &VAULT_AUTH_PATH),
    ("bao-namespace", &VAULT_NAMESPACE),
    ("bao-cacert-bytes", &VAULT_CACERT_BYTES),
];

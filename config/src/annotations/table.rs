//! The one table of annotations: every key users may write, what its value looks like, where its default
//! comes from and what it does. The plan, "did you mean", and `docs/annotations.md` all read this table.

/// What a value must look like. The grammars are those of vault-k8s, quirks included (see [`super::grammar`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// `1 t T TRUE true True 0 f F FALSE false False`, or empty for false.
    Bool,
    /// A base-10 signed 64-bit number; empty is 0 unless the help says otherwise.
    Int,
    /// A base-10 unsigned 64-bit number; empty is an error.
    Uint,
    /// A decimal number; empty is an error.
    Float,
    /// A Go duration such as `1m30s`; a bare number is an error.
    Duration,
    /// A Kubernetes quantity such as `128Mi`; empty leaves the resource unset.
    Quantity,
    /// Names separated by commas, not trimmed.
    Csv,
    /// A JSON document holding an RFC 6902 patch.
    JsonPatch,
    /// Any text.
    Text,
    /// One of the words.
    Word(&'static [&'static str]),
}

/// How the key is spelt: alone, or followed by `-NAME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `KEY`.
    Single,
    /// `KEY-NAME`, where NAME names a secret.
    PerSecret,
    /// `KEY` for all secrets, `KEY-NAME` for one of them.
    Both,
    /// `KEY-PARAM`, where PARAM names a parameter of the agent's configuration.
    PerParameter,
}

/// What applies when the key is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// Nothing: the feature is off or the field is left out.
    Absent,
    /// A fixed value.
    Constant(&'static str),
    /// The injector's setting of this environment variable (without the `AGENT_INJECT_` in front).
    Setting(&'static str),
}

/// One row: an annotation key without its prefix.
#[derive(Debug, PartialEq, Eq)]
pub struct Annotation {
    /// The key after `vault.hashicorp.com/`, `openbao.org/` or `coffret.dev/`.
    pub key: &'static str,
    /// Alone or with a name behind it.
    pub form: Form,
    /// What the value must look like.
    pub grammar: Grammar,
    /// What applies when it is absent.
    pub fallback: Fallback,
    /// The first vault-k8s release that has it, or `coffret` for our own.
    pub since: &'static str,
    /// What it does, in one or two sentences.
    pub help: &'static str,
}

impl Annotation {
    /// Whether this key is ours: it exists in no other injector.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.since == "coffret"
    }
}

macro_rules! annotations {
    ($($name:ident $key:literal $form:ident $grammar:expr, $fallback:expr, $since:literal, $help:literal;)*) => {
        $(
            #[doc = concat!("`", $key, "`: ", $help)]
            pub static $name: Annotation = Annotation {
                key: $key, form: Form::$form, grammar: $grammar, fallback: $fallback, since: $since, help: $help,
            };
        )*
        /// Every annotation, in the order of the reference page.
        pub static TABLE: &[&Annotation] = &[$(&$name),*];
    };
}

use Fallback::{Absent, Constant, Setting};
use Grammar::{Bool, Csv, Duration, Float, Int, JsonPatch, Quantity, Text, Uint, Word};

annotations! {
    INJECT "agent-inject" Single Bool, Absent, "0.1.0", "Opts the pod in. Absent, empty or false leaves the pod alone.";
    STATUS "agent-inject-status" Single Text, Absent, "0.1.0", "Written by the injector as `injected`. A pod that already carries that word is not injected again.";
    REQUEST_NAMESPACE "agent-request-namespace" Single Text, Constant("the request's namespace"), "0.1.0", "Internal to vault-k8s; only has to be non-empty.";
    CONTAINERS "agent-inject-containers" Single Csv, Constant("all containers"), "0.15.0", "The application containers that get the secret mounts. Init containers are not affected.";
    PRE_POPULATE "agent-pre-populate" Single Bool, Constant("true"), "0.1.0", "Render before the application starts: an init container in classic mode, the startup probe in native mode.";
    PRE_POPULATE_ONLY "agent-pre-populate-only" Single Bool, Constant("false"), "0.1.0", "Only the init container: render once, then leave.";
    INIT_FIRST "agent-init-first" Single Bool, Constant("false"), "0.3.0", "Place the agent's init container before the pod's own. In native mode an explicit false places it after them.";
    SERVICE_ACCOUNT_VOLUME "agent-service-account-token-volume-name" Single Text, Constant(""), "0.13.0", "The projected volume that holds the token to log in with.";
    COPY_VOLUME_MOUNTS "agent-copy-volume-mounts" Single Text, Absent, "0.8.0", "Copy this container's volume mounts to the agent, except service-account ones.";
    SHARE_PROCESS_NAMESPACE "agent-share-process-namespace" Single Bool, Absent, "1.2.0", "Set the pod's shareProcessNamespace, so that commands can signal the application.";
    JSON_PATCH "agent-json-patch" Single JsonPatch, Absent, "1.1.0", "An RFC 6902 patch applied to the agent's sidecar container.";
    INIT_JSON_PATCH "agent-init-json-patch" Single JsonPatch, Absent, "1.1.0", "An RFC 6902 patch applied to the agent's init container; in native mode to the one container, after `agent-json-patch`.";

    IMAGE "agent-image" Single Text, Setting("VAULT_IMAGE"), "0.1.0", "The agent's image.";
    LIMITS_CPU "agent-limits-cpu" Single Quantity, Setting("CPU_LIMIT"), "0.1.0", "CPU limit of the agent; empty for none.";
    LIMITS_MEMORY "agent-limits-mem" Single Quantity, Setting("MEM_LIMIT"), "0.1.0", "Memory limit of the agent; empty for none.";
    LIMITS_EPHEMERAL "agent-limits-ephemeral" Single Quantity, Setting("EPHEMERAL_LIMIT"), "1.0.0", "Ephemeral-storage limit of the agent; empty for none.";
    REQUESTS_CPU "agent-requests-cpu" Single Quantity, Setting("CPU_REQUEST"), "0.1.0", "CPU request of the agent; empty for none.";
    REQUESTS_MEMORY "agent-requests-mem" Single Quantity, Setting("MEM_REQUEST"), "0.1.0", "Memory request of the agent; empty for none.";
    REQUESTS_EPHEMERAL "agent-requests-ephemeral" Single Quantity, Setting("EPHEMERAL_REQUEST"), "1.0.0", "Ephemeral-storage request of the agent; empty for none.";
    SET_SECURITY_CONTEXT "agent-set-security-context" Single Bool, Setting("SET_SECURITY_CONTEXT"), "0.4.0", "Give the agent's containers a security context.";
    RUN_AS_USER "agent-run-as-user" Single Int, Setting("RUN_AS_USER"), "0.4.0", "The agent's user ID; empty leaves it to the pod or the cluster.";
    RUN_AS_GROUP "agent-run-as-group" Single Int, Setting("RUN_AS_GROUP"), "0.4.0", "The agent's group ID; empty leaves it to the pod or the cluster.";
    RUN_AS_SAME_USER "agent-run-as-same-user" Single Bool, Setting("RUN_AS_SAME_USER"), "0.4.0", "Run the agent as the user of the first application container.";

    SERVICE "service" Single Text, Setting("VAULT_ADDR"), "0.1.0", "The server's address.";
    NAMESPACE "namespace" Single Text, Setting("VAULT_NAMESPACE"), "0.3.0", "The server's namespace to log in to.";
    PROXY_ADDRESS "proxy-address" Single Text, Setting("PROXY_ADDR"), "0.9.0", "HTTPS proxy on the way to the server.";
    TLS_SECRET "tls-secret" Single Text, Absent, "0.1.0", "A Secret of the pod's namespace, mounted at `/vault/tls` in the agent.";
    CA_CERT "ca-cert" Single Text, Absent, "0.1.0", "Path of the CA certificate that verifies the server.";
    CA_KEY "ca-key" Single Text, Absent, "0.1.0", "Misnamed by history: a directory of CA certificates (`ca_path`).";
    CLIENT_CERT "client-cert" Single Text, Absent, "0.1.0", "Path of the client certificate.";
    CLIENT_KEY "client-key" Single Text, Absent, "0.1.0", "Path of the client certificate's key.";
    TLS_SERVER_NAME "tls-server-name" Single Text, Absent, "0.1.0", "Name to expect in the server's certificate.";
    TLS_SKIP_VERIFY "tls-skip-verify" Single Bool, Constant("false"), "0.1.0", "Do not verify the server's certificate.";
    CLIENT_TIMEOUT "client-timeout" Single Text, Absent, "0.1.0", "Timeout of one request to the server.";
    CLIENT_MAX_RETRIES "client-max-retries" Single Text, Absent, "0.1.0", "How often one request is retried.";
    GO_MAX_PROCS "go-max-procs" Single Text, Absent, "0.16.0", "GOMAXPROCS of the agent; only a Go agent reads it.";
    LOG_LEVEL "log-level" Single Text, Constant("info"), "0.3.0", "The agent's log level.";
    LOG_FORMAT "log-format" Single Text, Constant("standard"), "0.8.0", "The agent's log format, `standard` or `json`.";
    EXTRA_SECRET "agent-extra-secret" Single Text, Absent, "0.6.0", "A Secret of the pod's namespace, mounted at `/vault/custom` in the agent.";
    CONFIGMAP "agent-configmap" Single Text, Absent, "0.1.0", "A ConfigMap with the agent's configuration instead of a generated one (`config.hcl`, `config-init.hcl`).";

    ROLE "role" Single Text, Absent, "0.1.0", "The role to log in with. Wins over `auth-config-role`.";
    AUTH_TYPE "auth-type" Single Text, Setting("VAULT_AUTH_TYPE"), "0.9.0", "The auth method.";
    AUTH_PATH "auth-path" Single Text, Setting("VAULT_AUTH_PATH"), "0.2.0", "Where the auth method is mounted.";
    AUTH_CONFIG "auth-config" PerParameter Text, Absent, "0.9.0", "A parameter of the auth method; `-` becomes `_`.";
    AUTH_MIN_BACKOFF "auth-min-backoff" Single Duration, Setting("AUTH_MIN_BACKOFF"), "0.16.0", "Shortest wait after a failed login.";
    AUTH_MAX_BACKOFF "auth-max-backoff" Single Duration, Setting("AUTH_MAX_BACKOFF"), "0.16.0", "Longest wait after a failed login.";
    AUTH_EXIT_ON_ERR "agent-auto-auth-exit-on-err" Single Bool, Constant("false"), "1.1.0", "Leave when a login fails instead of trying again.";
    INJECT_TOKEN "agent-inject-token" Single Bool, Constant("false"), "0.3.0", "Also write the token to `token` in the secret volume.";
    REVOKE_ON_SHUTDOWN "agent-revoke-on-shutdown" Single Bool, Setting("REVOKE_ON_SHUTDOWN"), "0.3.0", "Revoke the token when the pod ends.";
    REVOKE_GRACE "agent-revoke-grace" Single Uint, Constant("5"), "0.3.0", "Seconds to wait before revoking.";

    SECRET "agent-inject-secret" PerSecret Text, Absent, "0.1.0", "Path of a secret to render to the file NAME.";
    TEMPLATE "agent-inject-template" PerSecret Text, Absent, "0.1.0", "The template of the file NAME.";
    TEMPLATE_FILE "agent-inject-template-file" PerSecret Text, Absent, "0.10.0", "Path, in the agent's container, of the template of the file NAME.";
    FILE "agent-inject-file" PerSecret Text, Absent, "0.5.0", "Where to write NAME, relative to its volume.";
    PERMS "agent-inject-perms" PerSecret Text, Absent, "0.12.0", "Mode of the file NAME, such as `0640`.";
    COMMAND "agent-inject-command" PerSecret Text, Absent, "0.3.0", "Command to run, in the agent's container, after NAME was written.";
    LEFT_DELIM "agent-template-left-delim" PerSecret Text, Constant("{{"), "1.5.0", "Left delimiter of NAME's template.";
    RIGHT_DELIM "agent-template-right-delim" PerSecret Text, Constant("}}"), "1.5.0", "Right delimiter of NAME's template.";
    ERROR_ON_MISSING_KEY "error-on-missing-key" PerSecret Bool, Constant("false"), "1.4.0", "Fail when NAME's template uses a field the secret does not have.";
    SECRET_VOLUME_PATH "secret-volume-path" Both Text, Constant("/vault/secrets"), "0.3.0", "Where the rendered files are mounted.";
    PRESERVE_SECRET_CASE "preserve-secret-case" Both Bool, Constant("false"), "0.3.0", "Keep the case of NAME in the file's name.";
    DEFAULT_TEMPLATE "agent-inject-default-template" Single Word(&["map", "json"]), Setting("DEFAULT_TEMPLATE"), "0.10.0", "How secrets without a template are rendered.";

    EXIT_ON_RETRY_FAILURE "template-config-exit-on-retry-failure" Single Bool, Setting("TEMPLATE_CONFIG_EXIT_ON_RETRY_FAILURE"), "0.11.0", "Leave when a secret cannot be fetched after all retries.";
    STATIC_INTERVAL "template-static-secret-render-interval" Single Text, Setting("TEMPLATE_STATIC_SECRET_RENDER_INTERVAL"), "0.12.0", "How often secrets without a lease are read again.";
    MAX_CONNECTIONS "template-max-connections-per-host" Single Int, Setting("TEMPLATE_MAX_CONNECTIONS_PER_HOST"), "1.4.0", "Most connections to the server at once.";
    LEASE_RENEWAL_THRESHOLD "template-lease-renewal-threshold" Single Float, Setting("TEMPLATE_LEASE_RENEWAL_THRESHOLD"), "1.7.0", "Fraction of a non-renewable lease after which the secret is fetched again.";
    DISABLE_IDLE_CONNECTIONS "agent-disable-idle-connections" Single Csv, Setting("DISABLE_IDLE_CONNECTIONS"), "0.17.0", "Features that keep no idle connections: `auto-auth`, `caching`, `templating`.";
    DISABLE_KEEP_ALIVES "agent-disable-keep-alives" Single Csv, Setting("DISABLE_KEEP_ALIVES"), "1.0.0", "Features that use no keep-alive: `auto-auth`, `caching`, `templating`.";

    CACHE_ENABLE "agent-cache-enable" Single Bool, Constant("false"), "0.5.0", "Listen on loopback and answer requests of the application with the agent's token.";
    CACHE_USE_TOKEN "agent-cache-use-auto-auth-token" Single Text, Constant("true"), "0.5.0", "`true`, `false` or `force`: attach the agent's token to requests of the application.";
    CACHE_PORT "agent-cache-listener-port" Single Text, Constant("8200"), "0.5.0", "Port of the listener.";
    CACHE_EXIT_ON_ERR "agent-cache-exit-on-err" Single Bool, Constant("false"), "0.9.0", "Leave when the persisted cache cannot be read.";
    ENABLE_QUIT "agent-enable-quit" Single Bool, Constant("false"), "0.16.0", "Let a request to the listener end the agent.";
    TELEMETRY "agent-telemetry" PerParameter Text, Absent, "1.2.0", "A parameter of the agent's telemetry; `-` becomes `_`.";

    MODE "agent-mode" Single Word(&["auto", "native", "classic", "init"]), Setting("MODE"), "coffret", "Which containers the pod gets.";
    TEMPLATE_SYNTAX "agent-template-syntax" Both Word(&["go", "handlebars"]), Constant("by prefix: handlebars under coffret.dev/, go under the others; template files by extension"), "coffret", "Language of the templates.";
    TOKEN_AUDIENCE "agent-service-account-token-audience" Single Text, Setting("SERVICE_ACCOUNT_TOKEN_AUDIENCE"), "coffret", "Log in with a token projected for this audience, mounted into the agent only.";
    TOKEN_EXPIRATION "agent-service-account-token-expiration" Single Uint, Setting("SERVICE_ACCOUNT_TOKEN_EXPIRATION"), "coffret", "Seconds the projected token is valid, 600 or more. Asking for it asks for the projected token.";
    VOLUME_SIZE "agent-volume-size-limit" Single Quantity, Setting("VOLUME_SIZE_LIMIT"), "coffret", "Size limit of each memory volume; empty for none.";
    CA_PATH "ca-path" Single Text, Absent, "coffret", "Directory of CA certificates that verify the server; the well-named form of `ca-key`.";
    PROBE_PERIOD "agent-startup-probe-period" Single Uint, Constant("1"), "coffret", "Seconds between two startup probes in native mode.";
    PROBE_TIMEOUT "agent-startup-probe-timeout" Single Uint, Constant("5"), "coffret", "Seconds one startup probe may take.";
    PROBE_FAILURES "agent-startup-probe-failure-threshold" Single Uint, Constant("330"), "coffret", "Failed startup probes after which the agent is restarted.";
}

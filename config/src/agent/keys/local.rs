//! Keys of `cache`, `api_proxy`, `listener` and `telemetry`.

use super::Kind::{Any, Bool, Force, Integer, List, Path, Stanza as Block, Text, Word};
use super::{Key, Stanza, Unknown};

/// The reason why timeouts of the listener have no effect.
const FIXED_TIMEOUTS: &str = "no agent uses it: the listener's timeouts are fixed";
/// The reason why telemetry sinks have no effect.
const NO_PUSH: &str = "metrics are read from `/agent/v1/metrics`; none are pushed";

pub(crate) const CACHE: Stanza = Stanza {
    path: "cache",
    help: "Leases and tokens that programs get through the listener are kept, renewed, and given again to those who ask \
        for the same; what templates use is kept in any case. Static secrets are never kept.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[
        Key::new(
            "use_auto_auth_token",
            Force,
            "false",
            "Older place of `api_proxy.use_auto_auth_token`.",
        ),
        Key::new(
            "persist",
            Block("cache.persist"),
            "",
            "Hand-over from the init container to the sidecar. At most once.",
        ),
        Key::new(
            "enforce_consistency",
            Word(&["never", "always"]),
            "never",
            "Older place of `api_proxy.enforce_consistency`.",
        )
        .since("Vault"),
        Key::new(
            "when_inconsistent",
            Word(&["fail", "retry", "forward"]),
            "fail",
            "Older place of `api_proxy.when_inconsistent`.",
        )
        .since("Vault"),
        Key::new("cache_static_secrets", Any, "", "")
            .since("Vault")
            .accepted("it belongs to Vault Proxy, not to the agent"),
        Key::new("disable_caching_dynamic_secrets", Any, "", "")
            .since("Vault")
            .accepted("it belongs to Vault Proxy, not to the agent"),
        Key::new("static_secret_token_capability_refresh_interval", Any, "", "")
            .since("Vault")
            .accepted("it belongs to Vault Proxy, not to the agent"),
        Key::new("static_secret_token_capability_refresh_behavior", Any, "", "")
            .since("Vault")
            .accepted("it belongs to Vault Proxy, not to the agent"),
    ],
};

pub(crate) const PERSIST: Stanza = Stanza {
    path: "cache.persist",
    help: "Hand-over from the init container to the sidecar.",
    label: "the type, unless `type` is given",
    unknown: Unknown::Warned,
    keys: &[
        Key::new(
            "type",
            Word(&["kubernetes"]),
            "",
            "The kind of store; needed here or as the label.",
        ),
        Key::new("path", Path, "", "Directory shared by both containers; required."),
        Key::new(
            "keep_after_import",
            Bool,
            "false",
            "Keep the file once the sidecar has read it.",
        ),
        Key::new(
            "exit_on_err",
            Bool,
            "false",
            "End with an error when there is a file that cannot be used.",
        ),
        Key::new(
            "service_account_token_file",
            Path,
            "/var/run/secrets/kubernetes.io/serviceaccount/token",
            "Token the file is bound to.",
        ),
    ],
};

pub(crate) const API_PROXY: Stanza = Stanza {
    path: "api_proxy",
    help: "Requests of other programs through the listener.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[
        Key::new(
            "use_auto_auth_token",
            Force,
            "false",
            "Add the agent's token to requests without one; `\"force\"` replaces theirs.",
        ),
        Key::new(
            "enforce_consistency",
            Word(&["never", "always"]),
            "never",
            "`always`: a request is answered by a node of Vault Enterprise that knows all former answers.",
        )
        .since("Vault"),
        Key::new(
            "when_inconsistent",
            Word(&["fail", "retry", "forward"]),
            "fail",
            "What happens where a node does not know them yet: its answer (412) is passed on, the request is repeated, or \
             the node is asked to pass it to the active one.",
        )
        .since("Vault"),
        Key::new(
            "prepend_configured_namespace",
            Bool,
            "false",
            "Put the configured namespace before that of the request.",
        )
        .since("Vault"),
    ],
};

pub(crate) const LISTENER: Stanza = Stanza {
    path: "listener",
    help: "A local address that is served.",
    label: "the type, unless `type` is given",
    unknown: Unknown::Warned,
    keys: &[
        Key::new(
            "type",
            Word(&["tcp", "unix"]),
            "",
            "The kind of address; needed here or as the label.",
        ),
        Key::new(
            "address",
            Text,
            "127.0.0.1:8200",
            "`host:port`, or the path of a unix socket, which has no default.",
        ),
        Key::new(
            "role",
            Word(&["default", "metrics_only"]),
            "default",
            "`metrics_only` serves nothing but metrics.",
        ),
        Key::new(
            "require_request_header",
            Bool,
            "false",
            "Refuse requests without `X-Vault-Request: true`.",
        ),
        Key::new(
            "agent_api",
            Block("listener.agent_api"),
            "",
            "The agent's own endpoints.",
        ),
        Key::new("tls_disable", Bool, "false", "Serve plain HTTP."),
        Key::new(
            "tls_cert_file",
            Path,
            "",
            "PEM file with the certificate; needed unless `tls_disable`.",
        ),
        Key::new(
            "tls_key_file",
            Path,
            "",
            "PEM file with its private key; needed unless `tls_disable`.",
        ),
        Key::new(
            "tls_min_version",
            Word(&["tls12", "tls13"]),
            "tls12",
            "Oldest protocol version.",
        ),
        Key::new(
            "tls_max_version",
            Word(&["tls12", "tls13"]),
            "tls13",
            "Newest protocol version.",
        ),
        Key::new(
            "tls_client_ca_file",
            Path,
            "",
            "PEM file with the authorities of client certificates.",
        ),
        Key::new(
            "tls_require_and_verify_client_cert",
            Bool,
            "false",
            "Refuse clients without a certificate.",
        ),
        Key::new(
            "tls_disable_client_certs",
            Bool,
            "false",
            "Do not ask clients for a certificate.",
        ),
        Key::new(
            "tls_cipher_suites",
            List,
            "all",
            "Suites of TLS 1.2 to offer, by their standard names. Only suites without known weaknesses are built in.",
        ),
        Key::new("tls_prefer_server_cipher_suites", Any, "", "").accepted("Go ignores it since 1.17, and so do we"),
        Key::new("tls_auto_reload", Any, "", "")
            .since("OpenBao")
            .accepted("certificates are read again whenever they change"),
        Key::new("tls_auto_reload_interval", Any, "", "")
            .since("OpenBao")
            .accepted("certificates are read again whenever they change"),
        Key::new("tls_acme_ca_directory", Any, "", "")
            .since("OpenBao")
            .refused("getting a certificate by ACME is not built in"),
        Key::new("tls_acme_domains", Any, "", "")
            .since("OpenBao")
            .refused("getting a certificate by ACME is not built in"),
        Key::new("socket_mode", Text, "", "Mode of the unix socket, octal."),
        Key::new("socket_user", Text, "", "Owner of the unix socket, by name or id."),
        Key::new("socket_group", Text, "", "Group of the unix socket, by name or id."),
        Key::new("http_read_timeout", Any, "", "").accepted(FIXED_TIMEOUTS),
        Key::new("http_read_header_timeout", Any, "", "").accepted(FIXED_TIMEOUTS),
        Key::new("http_write_timeout", Any, "", "").accepted(FIXED_TIMEOUTS),
        Key::new("http_idle_timeout", Any, "", "").accepted(FIXED_TIMEOUTS),
        Key::new("max_request_size", Any, "", "").accepted("no agent uses it"),
        Key::new("max_request_duration", Any, "", "").accepted("no agent uses it"),
        Key::new("telemetry", Any, "", "").accepted("metrics are on every listener"),
        Key::new("profiling", Any, "", "").accepted("there are no profiling endpoints"),
        Key::new("custom_response_headers", Any, "", "").accepted("no agent uses it"),
        Key::new("proxy_api", Any, "", "")
            .since("Vault")
            .accepted("it belongs to Vault Proxy, not to the agent"),
    ],
};

pub(crate) const AGENT_API: Stanza = Stanza {
    path: "listener.agent_api",
    help: "The agent's own endpoints.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[Key::new(
        "enable_quit",
        Bool,
        "false",
        "Let `POST /agent/v1/quit` end the agent.",
    )],
};

pub(crate) const TELEMETRY: Stanza = Stanza {
    path: "telemetry",
    help: "Metrics. The stanza turns on Prometheus output at the listener's `/agent/v1/metrics?format=prometheus`.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[
        Key::new("metrics_prefix", Text, "vault", "First part of each metric's name.").since("OpenBao"),
        Key::new("disable_hostname", Bool, "false", "").accepted("the host name is never part of a metric's name"),
        Key::new("enable_hostname_label", Bool, "false", "").accepted("the scraper labels metrics with the pod"),
        Key::new("prometheus_retention_time", Text, "", "").accepted("metrics are kept as long as the agent runs"),
        Key::new("filter_default", Bool, "", "").accepted("all metrics are shown"),
        Key::new("prefix_filter", List, "", "").accepted("all metrics are shown"),
        Key::new("usage_gauge_period", Any, "", "").accepted("it is about a server's gauges"),
        Key::new("maximum_gauge_cardinality", Integer, "", "").accepted("it is about a server's gauges"),
        Key::new("lease_metrics_epsilon", Any, "", "").accepted("it is about a server's gauges"),
        Key::new("num_lease_metrics_buckets", Any, "", "").accepted("it is about a server's gauges"),
        Key::new("add_lease_metrics_namespace_labels", Any, "", "").accepted("it is about a server's gauges"),
        Key::new("add_mount_point_rollback_metrics", Any, "", "")
            .since("Vault")
            .accepted("it is about a server's gauges"),
        Key::new("statsite_address", Text, "", "").accepted(NO_PUSH),
        Key::new("statsd_address", Text, "", "").accepted(NO_PUSH),
        Key::new("dogstatsd_addr", Text, "", "").accepted(NO_PUSH),
        Key::new("dogstatsd_tags", List, "", "").accepted(NO_PUSH),
        Key::new("stackdriver_project_id", Text, "", "").accepted(NO_PUSH),
        Key::new("stackdriver_location", Text, "", "").accepted(NO_PUSH),
        Key::new("stackdriver_namespace", Text, "", "").accepted(NO_PUSH),
        Key::new("stackdriver_debug_logs", Any, "", "").accepted(NO_PUSH),
        Key::new("circonus_api_token", Any, "", "").accepted(NO_PUSH),
        Key::new("circonus_api_app", Any, "", "").accepted(NO_PUSH),
        Key::new("circonus_api_url", Any, "", "").accepted(NO_PUSH),
        Key::new("circonus_submission_interval", Any, "", "").accepted(NO_PUSH),
        Key::new("circonus_submission_url", Any, "", "").accepted(NO_PUSH),
        Key::new("circonus_check_id", Any, "", "").accepted(NO_PUSH),
        Key::new("circonus_check_force_metric_activation", Any, "", "").accepted(NO_PUSH),
        Key::new("circonus_check_instance_id", Any, "", "").accepted(NO_PUSH),
        Key::new("circonus_check_search_tag", Any, "", "").accepted(NO_PUSH),
        Key::new("circonus_check_display_name", Any, "", "").accepted(NO_PUSH),
        Key::new("circonus_check_tags", Any, "", "").accepted(NO_PUSH),
        Key::new("circonus_broker_id", Any, "", "").accepted(NO_PUSH),
        Key::new("circonus_broker_select_tag", Any, "", "").accepted(NO_PUSH),
    ],
};

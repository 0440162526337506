//! Keys of the top level and of the `vault` stanza.

use super::Kind::{Any, Bool, Duration, Integer, List, Path, Stanza as Block, Text, Word};
use super::{Key, Stanza, Unknown};

const SUBSYSTEMS: &str = "Values: `auto-auth`, `caching`, `proxying`, `templating`.";

/// The words `log_level` knows.
pub(crate) const LEVELS: &[&str] = &["trace", "debug", "info", "notice", "warn", "warning", "error", "err"];

pub(crate) const TOP: Stanza = Stanza {
    path: "",
    help: "The top level of a file.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[
        Key::new(
            "vault",
            Block("vault"),
            "",
            "The server and how to reach it. At most once in a file.",
        ),
        Key::new(
            "auto_auth",
            Block("auto_auth"),
            "",
            "How to log in and where to write the token. At most once in a file.",
        ),
        Key::new(
            "template",
            Block("template"),
            "",
            "A file to render. Repeatable; those of all files are kept.",
        ),
        Key::new(
            "template_config",
            Block("template_config"),
            "",
            "Settings for all templates. At most once in a file.",
        ),
        Key::new(
            "env_template",
            Block("env_template"),
            "",
            "An environment variable of the child process. Repeatable.",
        ),
        Key::new(
            "exec",
            Block("exec"),
            "",
            "The child process to run with the rendered environment. At most once in a file.",
        ),
        Key::new(
            "cache",
            Block("cache"),
            "",
            "Cache of leases and hand-over between containers. At most once in a file.",
        ),
        Key::new(
            "api_proxy",
            Block("api_proxy"),
            "",
            "Requests of other programs through the listener. At most once in a file.",
        ),
        Key::new(
            "listener",
            Block("listener"),
            "",
            "A local address that is served. Repeatable; those of all files are kept.",
        ),
        Key::new("telemetry", Block("telemetry"), "", "Metrics. At most once in a file."),
        Key::new(
            "pid_file",
            Path,
            "",
            "File that holds the process id while the agent runs.",
        ),
        Key::new(
            "exit_after_auth",
            Bool,
            "false",
            "Stop once each sink is written and each template rendered. True in any file means true.",
        ),
        Key::new("log_level", Word(LEVELS), "info", "Least severity that is logged."),
        Key::new(
            "log_format",
            Word(&["standard", "json"]),
            "standard",
            "Form of the log lines.",
        ),
        Key::new("log_file", Path, "", "Also append the log to this file."),
        Key::new("log_rotate_bytes", Any, "", "Rotate the log file by size.")
            .accepted("the log file is never rotated; containers log to standard error, which the runtime rotates"),
        Key::new("log_rotate_duration", Any, "", "Rotate the log file by age.")
            .accepted("the log file is never rotated; containers log to standard error, which the runtime rotates"),
        Key::new("log_rotate_max_files", Any, "", "How many rotated files are kept.")
            .accepted("the log file is never rotated; containers log to standard error, which the runtime rotates"),
        Key::new("disable_idle_connections", List, "[]", SUBSYSTEMS),
        Key::new("disable_keep_alives", List, "[]", SUBSYSTEMS),
        Key::new("cluster_name", Text, "", "A label of metrics.").accepted("it only labels metrics of Vault Agent"),
        Key::new("disable_mlock", Any, "", "Do not lock memory.")
            .accepted("memory is not locked; pods have no swap unless the cluster turns it on"),
        Key::new("default_max_request_duration", Duration, "", "Unused by every agent.").accepted("no agent uses it"),
    ],
};

pub(crate) const VAULT: Stanza = Stanza {
    path: "vault",
    help: "The server. Command-line flags and `VAULT_…`/`BAO_…` variables win over these keys.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[
        Key::new(
            "address",
            Text,
            "https://127.0.0.1:8200",
            "`https://…`, `http://…` or `unix:///path`.",
        ),
        Key::new(
            "ca_cert",
            Path,
            "",
            "PEM file with the certificate authorities to trust.",
        ),
        Key::new("ca_path", Path, "", "Directory of such PEM files."),
        Key::new(
            "client_cert",
            Path,
            "",
            "PEM file with the certificate shown to the server; needs `client_key`.",
        ),
        Key::new(
            "client_key",
            Path,
            "",
            "PEM file with its private key; needs `client_cert`.",
        ),
        Key::new(
            "tls_server_name",
            Text,
            "",
            "Name to send and to verify instead of the address's host.",
        ),
        Key::new(
            "tls_skip_verify",
            Bool,
            "false",
            "Accept any server certificate. Anyone on the way can then read every secret.",
        ),
        Key::new("namespace", Text, "", "Namespace of all requests.").since("Vault"),
        Key::new(
            "retry",
            Block("vault.retry"),
            "",
            "How often failed requests are repeated.",
        ),
    ],
};

pub(crate) const RETRY: Stanza = Stanza {
    path: "vault.retry",
    help: "Repeating failed requests.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[Key::new(
        "num_retries",
        Integer,
        "12",
        "How often a failed read is repeated; absent or `0` means 12, `-1` never.",
    )],
};

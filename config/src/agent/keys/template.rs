//! Keys of `template`, its parts and `template_config`.

use super::Kind::{
    Any, Bool, Command, Duration, Float, Integer, List, Mode, Owner, Path, Signal, Stanza as Block, Text, Wait, Word,
};
use super::{Key, Stanza, Unknown};

pub(crate) const TEMPLATE: Stanza = Stanza {
    path: "template",
    help: "A file to render.",
    label: "",
    unknown: Unknown::Refused,
    keys: &[
        Key::new(
            "source",
            Path,
            "",
            "The template file. Exactly one of `source` and `contents`.",
        ),
        Key::new("contents", Text, "", "The template itself."),
        Key::new("destination", Path, "", "The file to write; required."),
        Key::new(
            "syntax",
            Word(&["go", "handlebars"]),
            "handlebars for a source ending in .hbs, else go",
            "The template language.",
        )
        .since("Coffret 0.1"),
        Key::new(
            "create_dest_dirs",
            Bool,
            "true",
            "Create missing parent directories with mode 0755.",
        ),
        Key::new(
            "perms",
            Mode,
            "that of the existing file, else 0644",
            "Mode of the file. Quote it: a bare 644 is decimal.",
        ),
        Key::new("user", Owner, "", "Owner of the file, by name or id."),
        Key::new("group", Owner, "", "Group of the file, by name or id."),
        Key::new("uid", Integer, "", "Owner by id; `user` wins."),
        Key::new("gid", Integer, "", "Group by id; `group` wins."),
        Key::new(
            "backup",
            Bool,
            "false",
            "Keep the previous file as `<destination>.bak`.",
        ),
        Key::new(
            "command",
            Command,
            "",
            "Run after the file changed; `exec.command` wins.",
        ),
        Key::new(
            "command_timeout",
            Duration,
            "30s",
            "How long the command may run; `exec.timeout` wins.",
        ),
        Key::new(
            "exec",
            Block("template.exec"),
            "",
            "The command with its settings; the last one counts.",
        ),
        Key::new(
            "error_on_missing_key",
            Bool,
            "false",
            "Fail on a missing map key instead of printing `<no value>`.",
        ),
        Key::new(
            "error_fatal",
            Bool,
            "true",
            "Whether a rendering error counts as a failure; false only logs it.",
        ),
        Key::new("left_delimiter", Text, "{{", "What opens an action."),
        Key::new("right_delimiter", Text, "}}", "What closes an action."),
        Key::new(
            "sandbox_path",
            Path,
            "",
            "The only directory the `file` function may read.",
        ),
        Key::new("function_denylist", List, "[]", "Functions that fail when called.").aliases(&["function_blacklist"]),
        Key::new("wait", Wait, "", "How long to wait for further changes before writing."),
    ],
};

pub(crate) const TEMPLATE_EXEC: Stanza = Stanza {
    path: "template.exec",
    help: "The command that runs after the file changed.",
    label: "",
    unknown: Unknown::Refused,
    keys: &[
        Key::new("command", Command, "", "The command."),
        Key::new(
            "enabled",
            Bool,
            "true when there is a command",
            "False turns the command off.",
        ),
        Key::new("timeout", Duration, "30s", "How long it may run before it is killed."),
        Key::new("env", Block("template.exec.env"), "", "Its environment."),
        Key::new("kill_signal", Signal, "SIGINT", "Signal that asks it to stop."),
        Key::new("kill_timeout", Duration, "30s", "How long it has after that signal."),
        Key::new("reload_signal", Any, "", "").accepted("a template's command ends by itself and is never reloaded"),
        Key::new("splay", Any, "", "")
            .accepted("a template's command ends by itself and is never stopped at random times"),
    ],
};

pub(crate) const TEMPLATE_EXEC_ENV: Stanza = Stanza {
    path: "template.exec.env",
    help: "The environment of the command.",
    label: "",
    unknown: Unknown::Refused,
    keys: &[
        Key::new("pristine", Bool, "false", "Inherit nothing."),
        Key::new("custom", List, "[]", "`NAME=value` to set; wins over inherited values."),
        Key::new(
            "allowlist",
            List,
            "[]",
            "Names to inherit, with `*` and `?`; empty means all.",
        )
        .aliases(&["whitelist"]),
        Key::new("denylist", List, "[]", "Names not to inherit, with `*` and `?`.").aliases(&["blacklist"]),
    ],
};

pub(crate) const WAIT: Stanza = Stanza {
    path: "template.wait",
    help: "Waiting for further changes, once every template was rendered. Also written `wait = \"2s:10s\"`.",
    label: "",
    unknown: Unknown::Refused,
    keys: &[
        Key::new(
            "enabled",
            Bool,
            "true when there is a minimum",
            "False turns waiting off.",
        ),
        Key::new("min", Duration, "", "How long there must be no change."),
        Key::new("max", Duration, "4 × min", "How long to wait at most; not below `min`."),
    ],
};

pub(crate) const TEMPLATE_CONFIG: Stanza = Stanza {
    path: "template_config",
    help: "Settings for all templates.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[
        Key::new(
            "exit_on_retry_failure",
            Bool,
            "false",
            "End with an error when a secret cannot be had or a template fails.",
        ),
        Key::new(
            "static_secret_render_interval",
            Duration,
            "5m",
            "How often secrets without a lease are read again.",
        ),
        Key::new(
            "max_connections_per_host",
            Integer,
            "10",
            "Most connections to the server at a time.",
        )
        .since("Vault"),
        Key::new(
            "lease_renewal_threshold",
            Float,
            "0.90",
            "Part of a lease that cannot be renewed after which its successor is read.",
        )
        .since("Vault"),
    ],
};

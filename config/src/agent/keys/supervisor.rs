//! Keys of `env_template` and `exec`, the process supervisor.

use super::Kind::{Bool, Command, List, Path, Signal, Text, Word};
use super::{Key, Stanza, Unknown};

/// The reason why keys about files are refused in `env_template`.
const NO_FILE: &str = "an environment variable has no file to apply it to";

pub(crate) const ENV_TEMPLATE: Stanza = Stanza {
    path: "env_template",
    help: "An environment variable of the child process.",
    label: "the name of the variable; required",
    unknown: Unknown::Refused,
    keys: &[
        Key::new(
            "source",
            Path,
            "",
            "The template file. Exactly one of `source` and `contents`.",
        ),
        Key::new("contents", Text, "", "The template itself."),
        Key::new(
            "syntax",
            Word(&["go", "handlebars"]),
            "handlebars for a source ending in .hbs, else go",
            "The template language.",
        )
        .since("Coffret 0.1"),
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
        Key::new("function_denylist", List, "[]", "Functions that fail when called.").aliases(&["function_blacklist"]),
        Key::new("backup", Bool, "", "").refused(NO_FILE),
        Key::new("command", Command, "", "").refused("the child process is named in `exec`"),
        Key::new("command_timeout", Text, "", "").refused("the child process is named in `exec`"),
        Key::new("create_dest_dirs", Bool, "", "").refused(NO_FILE),
        Key::new("destination", Path, "", "").refused(NO_FILE),
        Key::new("exec", Text, "", "").refused("the child process is named in the `exec` stanza of the top level"),
        Key::new("perms", Text, "", "").refused(NO_FILE),
        Key::new("user", Text, "", "").refused(NO_FILE),
        Key::new("uid", Text, "", "").refused(NO_FILE),
        Key::new("group", Text, "", "").refused(NO_FILE),
        Key::new("gid", Text, "", "").refused(NO_FILE),
        Key::new("wait", Text, "", "").refused("changes are gathered for two seconds before the child is restarted"),
        Key::new("sandbox_path", Path, "", "").refused("Vault does not allow it here either"),
    ],
};

pub(crate) const EXEC: Stanza = Stanza {
    path: "exec",
    help: "The child process that gets the rendered environment.",
    label: "",
    unknown: Unknown::Refused,
    keys: &[
        Key::new("command", Command, "", "The program and its arguments; required."),
        Key::new(
            "restart_on_secret_changes",
            Word(&["always", "never"]),
            "always",
            "Whether a changed secret restarts the child.",
        ),
        Key::new(
            "restart_stop_signal",
            Signal,
            "SIGTERM",
            "Signal that asks the child to stop.",
        ),
        Key::new(
            "child_process_stdout",
            Path,
            "",
            "File its standard output is appended to.",
        )
        .since("Vault"),
        Key::new(
            "child_process_stderr",
            Path,
            "",
            "File its standard error is appended to.",
        )
        .since("Vault"),
    ],
};

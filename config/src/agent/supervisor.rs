//! The `env_template` and `exec` stanzas: a child process with rendered environment variables.

use std::path::PathBuf;

use super::diagnostic::Report;
use super::fields::{Fields, Part};
use super::keys::{ENV_TEMPLATE, EXEC};
use super::signal::Signal;
use super::template::{Body, Command, Place, read_body, read_command};

/// An environment variable of the child process.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvTemplate {
    /// The name of the variable.
    pub name: String,
    /// What to render.
    pub body: Body,
    /// Where the stanza stands, for messages.
    pub place: Place,
}

/// The child process.
#[derive(Clone, Debug, PartialEq)]
pub struct Exec {
    /// The program and its arguments.
    pub command: Command,
    /// Whether a changed secret restarts the child.
    pub restart_on_secret_changes: bool,
    /// Signal that asks the child to stop.
    pub stop_signal: Signal,
    /// File its standard output is appended to.
    pub stdout: Option<PathBuf>,
    /// File its standard error is appended to.
    pub stderr: Option<PathBuf>,
}

pub(super) fn read_env_template(part: &Part<'_>, report: &Report) -> Option<EnvTemplate> {
    let fields = Fields::open(&ENV_TEMPLATE, part.object, report);
    let body = read_body(&fields, part.start());
    let Some(label) = part.label else {
        report.error(part.start(), "env_template", "needs the variable's name as its label");
        return None;
    };
    let name = label.text.clone();
    if name.is_empty() || name.contains(['=', '\0']) {
        report.error(
            label.span.start,
            "env_template",
            "this is no name of an environment variable",
        );
        return None;
    }
    Some(EnvTemplate {
        name,
        body: body?,
        place: Place {
            file: report.file().to_owned(),
            at: part.start(),
        },
    })
}

pub(super) fn read_exec(part: &Part<'_>, report: &Report) -> Option<Exec> {
    let fields = Fields::open(&EXEC, part.object, report);
    let command = fields.value("command").map(read_command);
    let Some(Ok(Some(command))) = command else {
        fields.error(
            "command",
            "must be a program with its arguments: a string or a list of strings",
        );
        return None;
    };
    Some(Exec {
        command,
        restart_on_secret_changes: fields.word("restart_on_secret_changes") != Some("never"),
        stop_signal: stop_signal(&fields),
        stdout: fields.path("child_process_stdout"),
        stderr: fields.path("child_process_stderr"),
    })
}

/// An empty name stands for the default, as in Vault.
fn stop_signal(fields: &Fields<'_>) -> Signal {
    let name = "restart_stop_signal";
    let empty = fields
        .value(name)
        .is_some_and(|value| value.as_str().is_some_and(str::is_empty));
    let given = if empty { None } else { fields.signal(name) };
    given.unwrap_or(Signal::TERM)
}

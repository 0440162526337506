//! The command of a template: `command`, `command_timeout` and `exec`.

use std::time::Duration;

use coffret_hcl::{Value, ValueKind};
use secrecy::SecretString;

use crate::agent::fields::Fields;
use crate::agent::keys::{TEMPLATE_EXEC, TEMPLATE_EXEC_ENV};
use crate::agent::signal::Signal;
use crate::agent::values::as_list;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// What to run after a file changed.
#[derive(Clone, Debug)]
pub struct Action {
    /// The command.
    pub command: Command,
    /// How long it may run.
    pub timeout: Duration,
    /// Its environment.
    pub environment: Environment,
    /// Signal that asks it to stop.
    pub kill_signal: Signal,
    /// How long it has after that signal before it is killed.
    pub kill_timeout: Duration,
}

impl PartialEq for Action {
    /// The environment is left out: secrets are not compared.
    fn eq(&self, other: &Self) -> bool {
        let key = |action: &Action| (action.timeout, action.kill_signal, action.kill_timeout);
        self.command == other.command && key(self) == key(other)
    }
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Command {
    /// Text for `sh -c`, run in a process group of its own.
    Shell(String),
    /// A program and its arguments, run directly; never empty.
    Program(Vec<String>),
}

/// The environment of a command.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Inherit nothing.
    pub pristine: bool,
    /// Variables to set.
    pub custom: Vec<(String, SecretString)>,
    /// Patterns of names to inherit; empty means all.
    pub allow: Vec<String>,
    /// Patterns of names not to inherit.
    pub deny: Vec<String>,
}

/// Reads the command of a template; `exec` wins over `command` key by key.
pub(super) fn read(template: &Fields<'_>) -> Option<Action> {
    let command = template.value("command").and_then(|value| checked(template, value));
    let timeout = template.duration("command_timeout");
    let report = template.report();
    let parts = template.blocks("exec", false);
    let Some(part) = parts.last() else {
        return Some(Action::new(command?, timeout.unwrap_or(DEFAULT_TIMEOUT)));
    };
    let exec = Fields::open(&TEMPLATE_EXEC, part.object, report);
    let command = exec
        .value("command")
        .and_then(|value| checked(&exec, value))
        .or(command);
    let timeout = exec.duration("timeout").or(timeout).unwrap_or(DEFAULT_TIMEOUT);
    let enabled = exec.bool("enabled").unwrap_or(true);
    let environment = exec.blocks("env", false).last().map(|part| {
        let fields = Fields::open(&TEMPLATE_EXEC_ENV, part.object, report);
        environment(&fields)
    });
    let action = Action {
        environment: environment.unwrap_or_default(),
        kill_signal: exec.signal("kill_signal").unwrap_or(Signal::INT),
        kill_timeout: exec.duration("kill_timeout").unwrap_or(DEFAULT_TIMEOUT),
        ..Action::new(command?, timeout)
    };
    enabled.then_some(action)
}

impl Action {
    fn new(command: Command, timeout: Duration) -> Action {
        Action {
            command,
            timeout,
            environment: Environment::default(),
            kill_signal: Signal::INT,
            kill_timeout: DEFAULT_TIMEOUT,
        }
    }
}

fn checked(fields: &Fields<'_>, value: &Value) -> Option<Command> {
    match read_command(value) {
        Ok(command) => command,
        Err(()) => {
            fields.error(
                "command",
                format!("must be a string or a list of strings, found {}", value.kind.name()),
            );
            None
        }
    }
}

/// Reads a command; an empty one is none.
///
/// Vault splits a string at its commas before it looks for white space. So `prog,one,two words` is a program with
/// two arguments, and stays one here; but text for the shell with a comma in it, which Vault tears apart, is kept whole.
pub(in crate::agent) fn read_command(value: &Value) -> Result<Option<Command>, ()> {
    let words = match &value.kind {
        ValueKind::String(text) if is_shell(text) => return Ok(Some(Command::Shell(text.clone()))),
        _ => as_list(value).ok_or(())?,
    };
    Ok(match words.as_slice() {
        [] => None,
        [only] if only.trim().is_empty() => None,
        [only] if has_space(only) => Some(Command::Shell(only.clone())),
        _ => Some(Command::Program(words)),
    })
}

fn has_space(text: &str) -> bool {
    text.contains(char::is_whitespace)
}

/// Whether a string is for the shell: white space before its first comma.
fn is_shell(text: &str) -> bool {
    text.split(',').next().is_some_and(|first| has_space(first.trim()))
}

fn environment(fields: &Fields<'_>) -> Environment {
    Environment {
        pristine: fields.bool("pristine").unwrap_or(false),
        custom: fields
            .list("custom")
            .unwrap_or_default()
            .iter()
            .filter_map(|entry| variable(fields, entry))
            .collect(),
        allow: fields.list("allowlist").unwrap_or_default(),
        deny: fields.list("denylist").unwrap_or_default(),
    }
}

fn variable(fields: &Fields<'_>, entry: &str) -> Option<(String, SecretString)> {
    let Some((name, value)) = entry.split_once('=').filter(|(name, _)| !name.is_empty()) else {
        fields.error("custom", "each element must be NAME=value");
        return None;
    };
    Some((name.to_owned(), SecretString::from(value.to_owned())))
}

//! What a command line asks for. One program answers to several names: `coffret-agent`, `vault` and `bao` as pods and their
//! hooks call them, and `sh` as injected containers are started.

use std::path::PathBuf;

use thiserror::Error;

use crate::flags::{self, Flag, FlagError, Given};
use crate::script::{self, ScriptError, Step};

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invocation {
    /// Run the agent.
    Run(Given),
    /// Is every template rendered?
    Ready(Given),
    /// Is the agent alive?
    Live(Given),
    /// Print the version.
    Version,
    /// Revoke the token in the token file.
    RevokeSelf(Given),
    /// The steps of a recognised shell script.
    Script(Vec<Step>),
    /// Print what can be done.
    Help(&'static str),
}

/// A command line that asks for nothing known.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UsageError {
    /// The flags do not fit.
    #[error(transparent)]
    Flag(#[from] FlagError),
    /// The script does not fit.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// No such command.
    #[error("unknown command {0:?} (known: run, ready, live, version, token revoke -self)")]
    Command(String),
    /// A word too many.
    #[error("unexpected argument {0:?}")]
    Argument(String),
    /// `sh` without `-c`.
    #[error("this is no shell: only sh -ec SCRIPT, as injected containers are started, is understood")]
    NoShell,
    /// `token revoke` of another token.
    #[error("only token revoke -self is understood")]
    OnlySelf,
}

/// Flags of the connection to the server; they win over the environment and the configuration.
macro_rules! connection_flags {
    ($($more:expr),* $(,)?) => {
        &[
            Flag::text("address", "URL of the server"),
            Flag::text("agent-address", "accepted, and not used: the agent never talks to itself"),
            Flag::text("ca-cert", "PEM file with the certificate authorities to trust"),
            Flag::text("ca-path", "directory of such files"),
            Flag::text("client-cert", "PEM file with the client certificate"),
            Flag::text("client-key", "PEM file with its private key"),
            Flag::text("tls-server-name", "name to send and to verify"),
            Flag::switch("tls-skip-verify", "accept any certificate"),
            Flag::text("namespace", "namespace of all requests"),
            Flag::text("ns", "the same as -namespace"),
            Flag::switch("non-interactive", "accepted: the agent never asks"),
            Flag::switch("disable-redirects", "do not follow the redirects of standby servers"),
            $($more),*
        ]
    };
}

/// Flags of `run`, `ready` and `live`.
pub static RUN: &[Flag] = connection_flags![
    Flag::text("config", "a configuration file or directory; repeatable"),
    Flag::switch(
        "exit-after-auth",
        "stop once every sink is written and every template rendered"
    ),
    Flag::text("log-level", "trace, debug, info, warn or error"),
    Flag::text("log-format", "standard or json"),
    Flag::text("log-file", "also log to this file"),
    Flag::switch("combine-logs", "log to standard output instead of standard error"),
    Flag::switch("test-verify-only", "read the configuration, then stop"),
    Flag::text(
        "start-deadline",
        "give up when not everything is rendered after this time (5m; 0 waits for ever)"
    ),
    Flag::switch(
        "revoke-on-exit",
        "revoke the agent's token, and its leases, when stopped"
    ),
    Flag::text(
        "grace-period",
        "time the child process and the revocation have when the agent is stopped (30s)"
    ),
    Flag::text(
        "state-file",
        "where ready and live look; by default beside the pid file or the first sink"
    ),
    Flag::text(
        "handover-file",
        "sealed file that hands token and leases from an init container to the sidecar"
    ),
    Flag::text(
        "termination-message",
        "file for the last sentence (/dev/termination-log)"
    ),
];

/// Flags of `token revoke`.
pub static REVOKE: &[Flag] = connection_flags![Flag::switch("self", "revoke the token of the token file")];

static NONE: &[Flag] = &[];

/// Reads a command line, the program's own name first.
///
/// # Errors
/// What does not fit, and what was probably meant.
pub fn understand(argv: &[String]) -> Result<Invocation, UsageError> {
    let name = argv
        .first()
        .map(|name| name.rsplit('/').next().unwrap_or(name))
        .unwrap_or_default();
    let arguments = argv.get(1..).unwrap_or_default();
    if matches!(name, "sh" | "bash" | "ash") {
        shell(arguments)
    } else {
        command(arguments)
    }
}

fn shell(arguments: &[String]) -> Result<Invocation, UsageError> {
    match arguments {
        [options, line] if options.starts_with('-') && options.ends_with('c') => {
            Ok(Invocation::Script(script::recognise(line)?))
        }
        _ => Err(UsageError::NoShell),
    }
}

fn command(arguments: &[String]) -> Result<Invocation, UsageError> {
    let Some((command, rest)) = arguments.split_first() else {
        return Ok(Invocation::Help(""));
    };
    match command.as_str() {
        "run" | "agent" => with_flags(RUN, rest, Invocation::Run),
        "ready" => with_flags(RUN, rest, Invocation::Ready),
        "live" => with_flags(RUN, rest, Invocation::Live),
        "token" => token(rest),
        "version" | "-version" | "--version" | "-v" => with_flags(NONE, rest, |_| Invocation::Version),
        "help" | "-help" | "--help" | "-h" => Ok(Invocation::Help("")),
        other => Err(UsageError::Command(other.to_owned())),
    }
}

fn token(arguments: &[String]) -> Result<Invocation, UsageError> {
    match arguments.split_first() {
        Some((verb, rest)) if verb == "revoke" => {
            let given = flags::parse(REVOKE, rest)?;
            refuse_words(&given)?;
            if given.switch("self") == Some(true) {
                Ok(Invocation::RevokeSelf(given))
            } else {
                Err(UsageError::OnlySelf)
            }
        }
        _ => Err(UsageError::OnlySelf),
    }
}

fn with_flags(
    table: &'static [Flag],
    arguments: &[String],
    make: impl FnOnce(Given) -> Invocation,
) -> Result<Invocation, UsageError> {
    if arguments
        .iter()
        .any(|word| matches!(word.as_str(), "-help" | "--help" | "-h"))
    {
        return Ok(Invocation::Help("run"));
    }
    let given = flags::parse(table, arguments)?;
    refuse_words(&given)?;
    Ok(make(given))
}

fn refuse_words(given: &Given) -> Result<(), UsageError> {
    given
        .rest
        .first()
        .map_or(Ok(()), |word| Err(UsageError::Argument(word.clone())))
}

/// The configuration paths given, those of the environment first, as OpenBao's agent orders them.
#[must_use]
pub fn config_paths(given: &Given, environment: &crate::environment::Environment) -> Vec<PathBuf> {
    let listed = environment.server("AGENT_CONFIG_PATH").unwrap_or_default();
    let listed = listed.split(',').map(str::trim).filter(|path| !path.is_empty());
    listed.chain(given.all("config")).map(PathBuf::from).collect()
}

/// What `-help` prints.
#[must_use]
pub fn help(topic: &str) -> String {
    let mut text = String::from(
        "Usage: coffret-agent COMMAND\n\n  run       keep files rendered and leases alive (also: agent)\n  \
         ready     exit 0 once every template was rendered\n  live      exit 0 while the agent is running\n  \
         token revoke -self   revoke the token of the token file\n  version   print the version\n",
    );
    if topic == "run" {
        text.push_str("\nFlags of run, ready and live:\n");
        for flag in RUN {
            text.push_str(&format!("  -{:<20} {}\n", flag.name, flag.help));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    fn argv(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn every_name_of_running_means_running() {
        for line in [
            "coffret-agent run -config=/c.hcl",
            "/bin/vault agent -config=/c.hcl",
            "bao agent --config /c.hcl",
            "coffret-agent agent -config=/c.hcl",
        ] {
            let Ok(Invocation::Run(given)) = understand(&argv(line)) else {
                panic!("{line}")
            };
            assert_eq!(given.last("config"), Some("/c.hcl"));
        }
    }

    #[test]
    fn the_shell_runs_known_scripts_only() {
        let script = |line: &str| understand(&["/bin/sh".into(), "-ec".into(), line.into()]);
        assert!(matches!(
            script("touch /a && vault agent -config=/c"),
            Ok(Invocation::Script(_))
        ));
        assert!(matches!(script("reboot"), Err(UsageError::Script(_))));
        assert_eq!(understand(&argv("sh /script")), Err(UsageError::NoShell));
    }

    #[test]
    fn the_hooks_revocation_is_understood() {
        let line = "/bin/vault token revoke -address=https://v:8200 -ca-cert=/ca -self";
        let Ok(Invocation::RevokeSelf(given)) = understand(&argv(line)) else {
            panic!()
        };
        assert_eq!(given.last("address"), Some("https://v:8200"));
        assert_eq!(
            understand(&argv("vault token revoke hvs.x")),
            Err(UsageError::Argument("hvs.x".into()))
        );
        assert_eq!(understand(&argv("vault token lookup")), Err(UsageError::OnlySelf));
    }

    #[test]
    fn mistakes_are_named() {
        let text = |line: &str| understand(&argv(line)).unwrap_err().to_string();
        assert!(text("coffret-agent rum").contains("unknown command \"rum\""));
        assert!(text("coffret-agent run stray").contains("unexpected argument \"stray\""));
        assert!(text("coffret-agent run -log-levle=debug").contains("did you mean -log-level?"));
    }

    #[test]
    fn paths_of_the_environment_come_first() {
        let given = flags::parse(RUN, &argv("-config=b")).unwrap();
        let environment = Environment::from_iter([("VAULT_AGENT_CONFIG_PATH", "a, ,c")]);
        assert_eq!(
            config_paths(&given, &environment),
            [PathBuf::from("a"), "c".into(), "b".into()]
        );
    }
}

//! The child process of the supervisor: the application, started with rendered variables in its environment.
//!
//! It gets the agent's own environment, streams and working directory, as if it had been started in the agent's place.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use coffret_config::agent::{self as config, Exec};
use rustix::process::{Pid, Signal};
use thiserror::Error;
use tokio::process::{Child as Process, Command as Builder};
use zeroize::Zeroizing;

use crate::command::{Command, CommandError};
use crate::environment::Environment;
use crate::exit::{Code, Failure};

/// Longest `NAME=value` the kernel accepts, its final NUL included (`MAX_ARG_STRLEN` with pages of 4 KiB).
const LONGEST_VARIABLE: usize = 32 * 4096;
/// Signals that mean something to the agent too: a child that does not handle them would only die of them.
const SHARED: [Signal; 2] = [Signal::HUP, Signal::USR1];

/// Why a child could not be started.
#[derive(Debug, Error)]
pub enum StartError {
    /// The program cannot be run.
    #[error("exec: {0}")]
    Command(#[from] CommandError),
    /// A file for its output cannot be opened.
    #[error("exec: opening {path} for the output of the child process: {kind}")]
    Output {
        /// The file.
        path: String,
        /// Why.
        kind: std::io::ErrorKind,
    },
}

impl StartError {
    /// The exit code that fits.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Command(_) => Code::Configuration,
            Self::Output { .. } => Code::CannotWrite,
        }
    }
}

/// A running child.
#[derive(Debug)]
pub struct Child {
    process: Process,
    command: Command,
}

/// The words that are run for a stanza: one text with white space is a line for `sh -c`.
#[must_use]
pub fn command(exec: &Exec) -> Option<Command> {
    match &exec.command {
        config::Command::Shell(line) => Command::new(std::slice::from_ref(line)),
        config::Command::Program(words) => Command::new(words),
    }
}

/// Why a rendered value cannot be put into an environment, if it cannot.
#[must_use]
pub fn unfit(name: &str, value: &[u8]) -> Option<&'static str> {
    if value.contains(&0) {
        return Some("the value holds a NUL byte, which no environment variable can");
    }
    // The '=' and the NUL count too.
    (name.len() + value.len() + 2 > LONGEST_VARIABLE)
        .then_some("the value is larger than the 128 KiB an environment variable can hold; render it to a file")
}

impl Child {
    /// Starts the child with `inherited` and, over it, `variables`.
    ///
    /// # Errors
    /// The program or a file for its output cannot be used.
    pub fn start<'a>(
        exec: &Exec,
        command: Command,
        inherited: &Environment,
        variables: impl Iterator<Item = (&'a str, &'a Zeroizing<Vec<u8>>)>,
    ) -> Result<Self, StartError> {
        let mut builder = Builder::new(command.program());
        builder
            .args(command.arguments())
            .env_clear()
            .envs(inherited.iter())
            .envs(variables.map(|(name, value)| (name, OsStr::from_bytes(value))))
            .stdout(output(exec.stdout.as_deref())?)
            .stderr(output(exec.stderr.as_deref())?)
            .kill_on_drop(true);
        if command.is_shell() {
            builder.process_group(0);
        }
        let process = builder.spawn().map_err(|error| command.not_started(error))?;
        Ok(Self { process, command })
    }

    /// Its process id, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<Pid> {
        let id = self.process.id().and_then(|id| i32::try_from(id).ok());
        id.and_then(Pid::from_raw)
    }

    /// Waits for its end; may be dropped and called again.
    pub async fn ended(&mut self) -> Option<ExitStatus> {
        self.process.wait().await.ok()
    }

    /// Sends a signal that was meant for the application.
    pub fn forward(&self, signal: Signal) {
        if !SHARED.contains(&signal) || self.pid().is_some_and(|pid| handles(pid, signal)) {
            self.send(signal);
        }
    }

    /// Sends a signal to the child, or to its process group when it is a shell.
    pub fn send(&self, signal: Signal) {
        self.command.send(&self.process, signal);
    }
}

fn output(path: Option<&Path>) -> Result<Stdio, StartError> {
    let Some(path) = path else { return Ok(Stdio::inherit()) };
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened.map(Stdio::from).map_err(|error| StartError::Output {
        path: path.display().to_string(),
        kind: error.kind(),
    })
}

/// Whether a process has a handler for a signal (`SigCgt` in `/proc/PID/status`, see `proc_pid_status(5)`).
fn handles(pid: Pid, signal: Signal) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal.as_raw() - 1) & 1 == 1)
}

/// How the agent ends when the child ended by itself: with the same code. A child killed by a signal counts as 255, as
/// in the agents this one replaces.
///
/// # Errors
/// The child did not end with code 0.
pub fn verdict(status: Option<ExitStatus>) -> Result<(), Failure> {
    let Some(status) = status else {
        return Err(Failure::new(Code::Internal, "lost sight of the child process"));
    };
    if status.success() {
        return Ok(());
    }
    let code = status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(u8::MAX);
    Err(Failure::new(
        Code::Child(code),
        format!("the child process ended with {status}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_environment_can_hold_is_found_before() {
        assert_eq!(unfit("A", b"a=b\n\xff"), None);
        assert!(unfit("A", b"a\0b").is_some());
        assert_eq!(unfit("A", &vec![b'x'; LONGEST_VARIABLE - 3]), None);
        assert!(unfit("A", &vec![b'x'; LONGEST_VARIABLE - 2]).is_some());
    }

    #[test]
    fn handled_signals_are_seen() {
        let own = rustix::process::getpid();
        assert!(!handles(own, Signal::USR2));
        // The standard library's handler against stack overflow.
        assert!(handles(own, Signal::SEGV));
    }
}

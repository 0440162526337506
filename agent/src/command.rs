//! Commands that follow a changed file: run without a shell where possible, never longer than allowed, and with an
//! environment that holds no token.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use thiserror::Error;
use tokio::process::{Child, Command as Process};

use crate::environment::Environment;

mod child_environment;
mod signal;

pub use child_environment::ChildEnvironment;
pub use signal::parse_signal;

/// A command as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    argv: Vec<String>,
    shell: bool,
    /// Time until it is stopped.
    pub timeout: Duration,
    /// Sent when the time is over.
    pub kill_signal: Signal,
    /// Time between that signal and the last one.
    pub kill_timeout: Duration,
    /// What it inherits.
    pub environment: ChildEnvironment,
}

/// A command that did not do its work.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The program could not be started.
    #[error("cannot start {program:?}{}", no_shell(program, source))]
    Start {
        /// First word.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// The program could not be waited for.
    #[error("lost sight of {0:?}")]
    Lost(String, #[source] std::io::Error),
    /// It ended with something other than success.
    #[error("{0:?} ended with {1}")]
    Failed(String, ExitStatus),
    /// It took too long and was stopped.
    #[error("{0:?} was stopped after {1:?} (raise the command's timeout, or let it work in the background)")]
    TimedOut(String, Duration),
}

fn no_shell(program: &str, error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound if program == "sh" => {
            ": this image has no shell (write the command as a list, or use an image with a shell)"
        }
        std::io::ErrorKind::NotFound => ": no such program in this image",
        std::io::ErrorKind::PermissionDenied => ": not executable",
        std::io::ErrorKind::ArgumentListTooLong => ": its arguments and environment together are too large",
        _ => "",
    }
}

impl Command {
    /// The command for the words in a configuration: one word, or several, run directly; one text with white space is a
    /// line for `sh -c`, in a process group of its own. Nothing for no words.
    #[must_use]
    pub fn new(words: &[String]) -> Option<Self> {
        let shell = matches!(words, [line] if line.trim().contains(char::is_whitespace));
        let argv: Vec<String> = match words {
            [line] if shell => ["sh".to_owned(), "-c".to_owned(), line.clone()].into(),
            [word] => vec![word.trim().to_owned()],
            words => words.to_vec(),
        };
        if argv.first().is_none_or(String::is_empty) {
            return None;
        }
        Some(Self {
            argv,
            shell,
            timeout: Duration::from_secs(30),
            kill_signal: Signal::INT,
            kill_timeout: Duration::from_secs(30),
            environment: ChildEnvironment::default(),
        })
    }

    /// The words run.
    #[must_use]
    pub fn argv(&self) -> &[String] {
        &self.argv
    }

    /// The words after the program.
    #[must_use]
    pub fn arguments(&self) -> &[String] {
        self.argv.get(1..).unwrap_or_default()
    }

    /// Whether it is a line for `sh -c`, which runs in a process group of its own.
    #[must_use]
    pub const fn is_shell(&self) -> bool {
        self.shell
    }

    /// The error for a program that could not be started.
    #[must_use]
    pub fn not_started(&self, source: std::io::Error) -> CommandError {
        CommandError::Start {
            program: self.program().to_owned(),
            source,
        }
    }

    /// Program name for messages; arguments may hold secrets.
    #[must_use]
    pub fn program(&self) -> &str {
        self.argv.first().map_or("", String::as_str)
    }

    /// Starts the program with the environment given, its output going where the agent's goes.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(&self, environment: &Environment) -> Result<Child, CommandError> {
        let mut process = Process::new(self.program());
        process
            .args(self.arguments())
            .env_clear()
            .envs(environment.iter())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if self.shell {
            process.process_group(0);
        }
        process.spawn().map_err(|source| self.not_started(source))
    }

    /// Runs the program to its end.
    ///
    /// # Errors
    /// It cannot be started, fails, or takes too long; in the last case it is no longer running.
    pub async fn run(&self, environment: &Environment) -> Result<(), CommandError> {
        let mut child = self.start(environment)?;
        let Ok(ended) = tokio::time::timeout(self.timeout, child.wait()).await else {
            self.stop(&mut child, self.kill_signal, self.kill_timeout).await;
            return Err(CommandError::TimedOut(self.program().to_owned(), self.timeout));
        };
        let status = ended.map_err(|source| CommandError::Lost(self.program().to_owned(), source))?;
        if status.success() {
            Ok(())
        } else {
            Err(CommandError::Failed(self.program().to_owned(), status))
        }
    }

    /// Ends a child: politely with `signal`, then, after `patience`, for certain.
    pub async fn stop(&self, child: &mut Child, signal: Signal, patience: Duration) -> Option<ExitStatus> {
        self.send(child, signal);
        if let Ok(ended) = tokio::time::timeout(patience, child.wait()).await {
            return ended.ok();
        }
        self.send(child, Signal::KILL);
        child.wait().await.ok()
    }

    /// Sends a signal to the child, or to its process group when it is a shell.
    pub fn send(&self, child: &Child, signal: Signal) {
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let Some(pid) = pid else { return };
        // A child that ended meanwhile needs no signal.
        let _ = if self.shell {
            kill_process_group(pid, signal)
        } else {
            kill_process(pid, signal)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: &[&str]) -> Command {
        Command::new(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>()).unwrap()
    }

    fn path() -> Environment {
        Environment::from_iter([("PATH", "/usr/local/bin:/usr/bin:/bin")])
    }

    #[test]
    fn only_one_text_with_blanks_needs_a_shell() {
        assert_eq!(command(&["kill -HUP 1"]).argv(), ["sh", "-c", "kill -HUP 1"]);
        assert_eq!(command(&["reload"]).argv(), ["reload"]);
        assert_eq!(command(&["echo", "a b"]).argv(), ["echo", "a b"]);
        assert_eq!(Command::new(&[]), None);
        assert_eq!(Command::new(&[" ".into()]), None);
    }

    #[tokio::test]
    async fn success_failure_and_absence_are_told_apart() {
        assert!(command(&["true"]).run(&path()).await.is_ok());
        let failed = command(&["sh", "-c", "exit 3"]).run(&path()).await.unwrap_err();
        assert!(failed.to_string().contains("exit status: 3"), "{failed}");
        let missing = command(&["no-such-program-here"]).run(&path()).await.unwrap_err();
        assert!(missing.to_string().contains("no such program"), "{missing}");
    }

    #[tokio::test]
    async fn a_hanging_program_is_stopped() {
        let mut hanging = command(&["sleep", "600"]);
        hanging.timeout = Duration::from_millis(50);
        hanging.kill_signal = Signal::TERM;
        assert!(matches!(hanging.run(&path()).await, Err(CommandError::TimedOut(..))));
    }

    #[tokio::test]
    async fn a_shell_is_stopped_with_its_children() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pid");
        let shell = command(&[&format!(
            "trap '' TERM; sleep 600 & echo $! > {0}.new; mv {0}.new {0}; wait",
            file.display()
        )]);
        let mut child = shell.start(&path()).unwrap();
        until(|| file.exists()).await;
        shell.stop(&mut child, Signal::TERM, Duration::from_millis(50)).await;
        let pid = std::fs::read_to_string(&file).unwrap();
        // A killed orphan may stay as a zombie until somebody reaps it.
        until(|| {
            std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).map_or(true, |stat| stat.contains(") Z "))
        })
        .await;
    }

    async fn until(mut condition: impl FnMut() -> bool) {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

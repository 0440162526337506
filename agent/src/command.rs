//! Commands that follow a changed file: run without a shell where possible, never longer than allowed, and with an
//! environment that holds no token.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use thiserror::Error;
use tokio::process::{Child, Command as Process};

use crate::environment::Environment;

/// Variables a child never inherits: they are secrets of the agent.
const WITHHELD: [&str; 2] = ["VAULT_TOKEN", "BAO_TOKEN"];

/// Which variables a child gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChildEnvironment {
    /// Inherit nothing.
    pub pristine: bool,
    /// `NAME=value`, added last.
    pub custom: Vec<String>,
    /// When not empty, only names matching one of these globs are inherited.
    pub allow: Vec<String>,
    /// Names matching one of these globs are not inherited.
    pub deny: Vec<String>,
}

impl ChildEnvironment {
    /// The variables of a child of a process that has `inherited`, plus `added` by the agent.
    #[must_use]
    pub fn apply(&self, inherited: &Environment, added: &[(String, String)]) -> Environment {
        let kept = inherited
            .iter()
            .filter(|(name, _)| self.inherits(&name.to_string_lossy()));
        let custom = self.custom.iter().filter_map(|pair| pair.split_once('='));
        let own = added.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let set = own.chain(custom).map(|(name, value)| (name.as_ref(), value.as_ref()));
        kept.chain(set).collect()
    }

    fn inherits(&self, name: &str) -> bool {
        let matches = |globs: &[String]| globs.iter().any(|glob| matches_glob(glob, name));
        !self.pristine
            && !WITHHELD.contains(&name)
            && !matches(&self.deny)
            && (self.allow.is_empty() || matches(&self.allow))
    }
}

/// A glob in which `*` stands for any text.
fn matches_glob(glob: &str, name: &str) -> bool {
    let Some((head, tail)) = glob.split_once('*') else {
        return glob == name;
    };
    let Some(mut rest) = name.strip_prefix(head) else {
        return false;
    };
    let mut parts: Vec<&str> = tail.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

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

/// The signal called `name`: `SIGTERM`, `TERM` or `15`.
#[must_use]
pub fn parse_signal(name: &str) -> Option<Signal> {
    let upper = name.trim().to_ascii_uppercase();
    Some(match upper.strip_prefix("SIG").unwrap_or(&upper) {
        "HUP" | "1" => Signal::HUP,
        "INT" | "2" => Signal::INT,
        "QUIT" | "3" => Signal::QUIT,
        "KILL" | "9" => Signal::KILL,
        "USR1" | "10" => Signal::USR1,
        "USR2" | "12" => Signal::USR2,
        "TERM" | "15" => Signal::TERM,
        "CONT" | "18" => Signal::CONT,
        "STOP" | "19" => Signal::STOP,
        "WINCH" | "28" => Signal::WINCH,
        _ => return None,
    })
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

    #[test]
    fn a_child_inherits_what_it_may_and_never_a_token() {
        let inherited =
            Environment::from_iter([("PATH", "/bin"), ("VAULT_TOKEN", "t"), ("AWS_KEY", "k"), ("HOME", "/")]);
        let names = |rules: &ChildEnvironment| {
            let environment = rules.apply(&inherited, &[("VAULT_ADDR".into(), "http://v".into())]);
            let names = environment.iter().map(|(name, _)| name.to_str().unwrap().to_owned());
            let mut names: Vec<String> = names.collect();
            names.sort();
            names
        };
        assert_eq!(
            names(&ChildEnvironment::default()),
            ["AWS_KEY", "HOME", "PATH", "VAULT_ADDR"]
        );
        let deny = ChildEnvironment {
            deny: vec!["AWS_*".into()],
            ..ChildEnvironment::default()
        };
        assert_eq!(names(&deny), ["HOME", "PATH", "VAULT_ADDR"]);
        let allow = ChildEnvironment {
            allow: vec!["P*H".into()],
            custom: vec!["A=b=c".into()],
            ..ChildEnvironment::default()
        };
        assert_eq!(names(&allow), ["A", "PATH", "VAULT_ADDR"]);
        let pristine = ChildEnvironment {
            pristine: true,
            ..ChildEnvironment::default()
        };
        assert_eq!(names(&pristine), ["VAULT_ADDR"]);
    }

    #[test]
    fn globs_match_like_the_original() {
        for (glob, name, matches) in [
            ("*", "X", true),
            ("A*", "BA", false),
            ("*_KEY", "A_KEY", true),
            ("A*B*C", "AxxBC", true),
            ("A*B*C", "AC", false),
        ] {
            assert_eq!(matches_glob(glob, name), matches, "{glob} {name}");
        }
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

    #[test]
    fn signals_have_three_spellings() {
        assert_eq!(parse_signal("SIGHUP"), Some(Signal::HUP));
        assert_eq!(parse_signal("term"), Some(Signal::TERM));
        assert_eq!(parse_signal("10"), Some(Signal::USR1));
        assert_eq!(parse_signal("SIGNONE"), None);
    }
}

//! The agent as a program, with what it and its child print.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use crate::scenario::Scenario;

pub struct Program {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Lines<BufReader<ChildStderr>>,
    /// All that was printed so far.
    pub printed: String,
}

impl Program {
    pub fn start(scenario: &Scenario, config: &Value, flags: &[&str]) -> Self {
        let file = scenario.path("agent.json");
        std::fs::write(&file, config.to_string()).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_coffret-agent"))
            .arg("run")
            .arg(format!("-config={}", file.display()))
            .args(flags)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", scenario.place.path())
            .env("INHERITED", "yes")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            stdout: BufReader::new(child.stdout.take().unwrap()).lines(),
            stderr: BufReader::new(child.stderr.take().unwrap()).lines(),
            child,
            printed: String::new(),
        }
    }

    /// Waits for a line of the child's.
    pub async fn line(&mut self, wanted: &str) {
        while let Some(line) = self.stdout.next_line().await.unwrap() {
            self.printed += &line;
            if line == wanted {
                return;
            }
        }
        panic!("the child never printed {wanted:?}, but {}", self.printed);
    }

    /// Waits for a line of the log with this text.
    pub async fn logged(&mut self, text: &str) -> String {
        while let Some(line) = self.stderr.next_line().await.unwrap() {
            self.printed += &line;
            if line.contains(text) {
                return line;
            }
        }
        panic!("{text:?} was never logged, but {}", self.printed);
    }

    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// Waits for its end: the exit code and all that was printed.
    pub async fn ended(mut self) -> (i32, String) {
        while let Some(line) = self.stderr.next_line().await.unwrap() {
            self.printed += &line;
        }
        (self.child.wait().await.unwrap().code().unwrap(), self.printed)
    }
}

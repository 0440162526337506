//! The agent's container as a process of this machine: the patched pod's command, arguments and environment.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::process::{Child, Command};

use super::items;
use super::mounts::Mounts;

/// How a container of the pod is started here.
pub struct Container<'a> {
    /// The container as the patched pod has it.
    pub spec: &'a Value,
    /// Its mounts.
    pub mounts: &'a Mounts,
    /// The agent's binary, which stands for every program of the agent image.
    pub agent: &'a Path,
    /// The pod's namespace, as the downward API would say.
    pub namespace: &'a str,
    /// The pod's name.
    pub name: &'a str,
    /// Where the agent's log goes.
    pub log: PathBuf,
}

impl Container<'_> {
    /// Starts the container's command.
    ///
    /// # Errors
    /// When the pod states no command, or the binary cannot be started.
    pub fn start(&self) -> anyhow::Result<AgentProcess> {
        let log = std::fs::File::create(&self.log).with_context(|| format!("creating {}", self.log.display()))?;
        let words = items(self.spec, "/command").chain(items(self.spec, "/args"));
        let mut command = self.command(words)?;
        command.stdout(log.try_clone()?).stderr(log);
        let child = command
            .spawn()
            .with_context(|| format!("starting {}", self.agent.display()))?;
        Ok(AgentProcess { child })
    }

    /// Runs the container's start-up probe once: true when it passes.
    ///
    /// # Errors
    /// When the container has no exec start-up probe or it cannot be run.
    pub async fn probe(&self) -> anyhow::Result<bool> {
        let words = items(self.spec, "/startupProbe/exec/command");
        let mut command = self.command(words).context("start-up probe")?;
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Ok(command.status().await?.success())
    }

    fn command<'v>(&self, words: impl Iterator<Item = &'v Value>) -> anyhow::Result<Command> {
        let mut words = words.filter_map(Value::as_str);
        let program = words.next().context("the container states no command")?;
        let mut command = Command::new(self.agent);
        command
            .arg0(program)
            .env_clear()
            .kill_on_drop(true)
            .stdin(Stdio::null());
        command.args(words.map(|word| self.mounts.map_argument(word)));
        for variable in items(self.spec, "/env") {
            let name = variable["name"]
                .as_str()
                .context("an environment variable has no name")?;
            let value = match variable["value"].as_str() {
                Some(value) => self.mounts.map_variable(name, value)?,
                None => self.downward(variable)?,
            };
            command.env(name, value);
        }
        Ok(command)
    }

    fn downward(&self, variable: &Value) -> anyhow::Result<String> {
        match variable
            .pointer("/valueFrom/fieldRef/fieldPath")
            .and_then(Value::as_str)
        {
            Some("metadata.namespace") => Ok(self.namespace.to_owned()),
            Some("metadata.name") => Ok(self.name.to_owned()),
            Some("status.hostIP" | "status.podIP") => Ok("127.0.0.1".to_owned()),
            other => bail!("environment variable {} comes from {other:?}", variable["name"]),
        }
    }
}

/// A running agent; killed when dropped.
pub struct AgentProcess {
    child: Child,
}

impl AgentProcess {
    /// The process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// The exit status, if it has ended by itself.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Sends SIGTERM and waits at most `limit`: the status and the time it took.
    ///
    /// # Errors
    /// When the agent is gone already, or does not end in time.
    pub async fn terminate(mut self, limit: Duration) -> anyhow::Result<(ExitStatus, Duration)> {
        let id = self.child.id().context("the agent has already ended")?;
        let pid = i32::try_from(id)
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            .context("no process id")?;
        let began = Instant::now();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let status = tokio::time::timeout(limit, self.child.wait())
            .await
            .with_context(|| format!("the agent did not end within {limit:?} of SIGTERM"))??;
        Ok((status, began.elapsed()))
    }
}

//! The patched pod as this machine runs it: its agent container as a process, its volumes as directories.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;

use super::cluster::agent_container;
use super::example::Example;
use super::files::until;
use super::mounts::{Mounts, Sources};
use super::process::{AgentProcess, Container};
use super::service_account::Issuer;

/// The pod's name, where the downward API and the token need one.
const NAME: &str = "web-5d8f9c7b6-demo1";
const START_LIMIT: Duration = Duration::from_secs(10);

/// A patched pod laid out below a directory.
pub struct Pod {
    spec: Value,
    mounts: Mounts,
    agent: PathBuf,
    namespace: String,
    log: PathBuf,
}

impl Pod {
    /// Lays out the volumes of the agent's container below `root`, with a token of the pod's service account.
    ///
    /// # Errors
    /// When the webhook added no agent, or a volume cannot be laid out.
    pub fn new(pod: &Value, example: &Example, issuer: &Issuer, agent: &Path, root: &Path) -> anyhow::Result<Self> {
        let namespace = &example.scenario.namespace;
        let account = pod["spec"]["serviceAccountName"]
            .as_str()
            .context("the pod has no service account")?;
        let token = issuer.token(namespace, account, NAME)?;
        let spec = agent_container(pod)?.clone();
        let sources = Sources {
            documents: &example.documents,
            token: &token,
        };
        let mounts = Mounts::lay_out(pod, &spec, &root.join("volumes"), &sources)?;
        let log = root.join("agent.log");
        Ok(Self {
            spec,
            mounts,
            agent: agent.to_owned(),
            namespace: namespace.clone(),
            log,
        })
    }

    /// Starts the agent's container.
    ///
    /// # Errors
    /// As [`Container::start`].
    pub fn start(&self) -> anyhow::Result<(AgentProcess, String)> {
        let process = self.container().start()?;
        let id = process.id().map_or_else(String::new, |id| format!(" as process {id}"));
        Ok((
            process,
            format!(
                "{} started{id} from the patched pod's command and environment",
                self.agent_name()
            ),
        ))
    }

    /// Waits until the start-up probe of the container passes, as the kubelet does before it starts the application.
    ///
    /// # Errors
    /// When the agent ends before that, with its last words.
    pub async fn wait_until_ready(&self, process: &mut AgentProcess) -> anyhow::Result<((), String)> {
        let container = self.container();
        let process = std::cell::RefCell::new(process);
        until("the start-up probe's success", START_LIMIT, async || {
            if let Some(status) = process.borrow_mut().ended()? {
                bail!("the agent ended with {status}");
            }
            container.probe().await
        })
        .await
        .with_context(|| self.last_words())?;
        Ok((
            (),
            "passed: every template is rendered, the application may start".to_owned(),
        ))
    }

    /// The mounts of the agent's container.
    pub fn mounts(&self) -> &Mounts {
        &self.mounts
    }

    /// Everything the agent has printed.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn log(&self) -> anyhow::Result<String> {
        std::fs::read_to_string(&self.log).with_context(|| format!("reading {}", self.log.display()))
    }

    fn last_words(&self) -> String {
        self.log()
            .ok()
            .and_then(|log| Some(log.lines().last()?.to_owned()))
            .unwrap_or_default()
    }

    fn agent_name(&self) -> String {
        self.agent
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }

    fn container(&self) -> Container<'_> {
        Container {
            spec: &self.spec,
            mounts: &self.mounts,
            agent: &self.agent,
            namespace: &self.namespace,
            name: NAME,
            log: self.log.clone(),
        }
    }
}

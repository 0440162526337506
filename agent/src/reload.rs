//! Reading the configuration again while the agent runs: what can take effect does, what cannot is named.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use coffret_config::agent::{AgentConfig, Text};

use crate::engine::{Loader, Plan};
use crate::environment::Environment;
use crate::exit::{Code, Failure};
use crate::flags::Given;
use crate::invocation::config_paths;
use crate::log::Logger;
use crate::program::level;
use crate::server::Server;
use crate::setup;
use crate::watch::Watch;

/// What a running agent was made from, and what it watches.
pub struct Running {
    /// The command line.
    pub given: Given,
    /// The environment.
    pub environment: Environment,
    /// The log.
    pub logger: Arc<Logger>,
    /// The configuration as it was at the start.
    pub start: Rc<AgentConfig>,
    /// As it was read last, if that was later.
    pub last: Option<AgentConfig>,
    /// Files whose change leads here.
    pub watch: Watch,
}

impl Running {
    /// Reads the configuration again whenever it is called.
    #[must_use]
    pub fn loader(mut self) -> Loader {
        Box::new(move || self.load().map_err(|failure| failure.to_string()))
    }

    /// The new plan, and the server where another one is to be talked to.
    fn load(&mut self) -> Result<(Plan, Option<Server>), Failure> {
        let loaded = setup::load(&self.given, &self.environment)?;
        let (old, new) = (self.last.as_ref().unwrap_or(&self.start), &loaded.config);
        if old.exec.is_some() != new.exec.is_some() {
            let text = "exec cannot be added or removed while the agent runs";
            return Err(Failure::new(Code::Configuration, text));
        }
        let plan = setup::plan(new, &self.given, &self.environment)?;
        let level = level(&self.given, &self.environment, new)?;
        let same_server = old.vault == new.vault
            && old.auto_auth == new.auto_auth
            && old.disable_idle_connections == new.disable_idle_connections
            && old.disable_keep_alives == new.disable_keep_alives;
        let server = if same_server {
            None
        } else {
            let settings = setup::settings(new, &self.given, &self.environment)?;
            Some(setup::server(new, &settings)?)
        };
        for warning in &loaded.warnings {
            tracing::warn!(target: "agent", event = "config.warning", "{warning}");
        }
        let fixed = fixed(&self.start, new);
        if !fixed.is_empty() {
            tracing::warn!(target: "agent", event = "config.restart_needed", "changes of {} take effect when the agent is started again", fixed.join(", "));
        }
        self.logger.set_level(level);
        let files = watched(new, &loaded.files, &self.given, &self.environment);
        self.watch.follow(&files);
        self.last = Some(loaded.config);
        Ok((plan, server))
    }
}

/// Stanzas and keys that changed and are read at the start only.
fn fixed(old: &AgentConfig, new: &AgentConfig) -> Vec<&'static str> {
    let served = !old.listeners.is_empty();
    [
        ("listener", old.listeners != new.listeners),
        ("cache", old.cache != new.cache),
        ("api_proxy", old.api_proxy != new.api_proxy),
        ("vault for requests through listeners", served && old.vault != new.vault),
        ("telemetry", old.telemetry != new.telemetry),
        ("pid_file", old.pid_file != new.pid_file),
        ("log_file", old.log_file != new.log_file),
        ("log_format", old.log_format != new.log_format),
    ]
    .into_iter()
    .filter_map(|(name, changed)| changed.then_some(name))
    .collect()
}

/// Files and directories of the configuration, and the templates' sources; `files` are those it was read from.
#[must_use]
pub fn watched(config: &AgentConfig, files: &[PathBuf], given: &Given, environment: &Environment) -> Vec<PathBuf> {
    let mut watched = config_paths(given, environment);
    watched.extend(files.iter().cloned());
    let templates = config.templates.iter().map(|template| &template.body);
    let variables = config.env_templates.iter().map(|template| &template.body);
    for body in templates.chain(variables) {
        if let Text::File(path) = &body.text {
            watched.push(path.clone());
        }
    }
    watched
}

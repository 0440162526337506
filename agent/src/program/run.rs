//! `run`: the agent itself, from its configuration to its end.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use coffret_config::agent::{AgentConfig, Loaded, LogFormat, LogLevel};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use tokio::sync::mpsc::unbounded_channel;
use tracing::Level;

use super::{cannot_write, runtime, say};
use crate::clock::SystemClock;
use crate::engine::{Engine, World};
use crate::environment::Environment;
use crate::exit::{Code, Failure};
use crate::file::{self, Target};
use crate::flags::Given;
use crate::listener;
use crate::log::{self, Logger};
use crate::orphans;
use crate::random::SystemRandom;
use crate::reload::{self, Running};
use crate::setup;
use crate::signals;
use crate::watch::Watch;

/// Runs until there is nothing more to do, or until told to stop.
///
/// # Errors
/// Why it ended otherwise.
pub(super) fn run(given: &Given, environment: &Environment) -> Result<(), Failure> {
    // A sandbox may forbid it; running without is better than not running.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let loaded = setup::load(given, environment)?;
    if given.switch("test-verify-only") == Some(true) {
        return Ok(());
    }
    if loaded.config.exec.is_none() {
        forbid_core_files();
    }
    let logger = start_log(given, environment, &loaded.config)?;
    for warning in &loaded.warnings {
        tracing::warn!(target: "agent", event = "config.warning", "{warning}");
    }
    coffret_vault::install_crypto_provider();
    let runtime = runtime()?;
    let local = tokio::task::LocalSet::new();
    let result = local.block_on(&runtime, work(given, environment, loaded, logger));
    runtime.shutdown_background();
    result
}

async fn work(given: &Given, environment: &Environment, loaded: Loaded, logger: Arc<Logger>) -> Result<(), Failure> {
    let (config, files) = (Rc::new(loaded.config), loaded.files);
    let settings = setup::settings(&config, given, environment)?;
    for warning in &settings.warnings {
        tracing::warn!(target: "agent", event = "config.warning", "{warning}");
    }
    let plan = setup::plan(&config, given, environment)?;
    let server = setup::server(&config, &settings)?;
    for sink in &plan.sinks {
        file::try_out(&sink.path, &SystemRandom).map_err(|error| cannot_write(&error))?;
    }
    let _pid_file = config.pid_file.as_deref().map(PidFile::write).transpose()?;
    let (controls, received) = unbounded_channel();
    let watched = reload::watched(&config, &files, given, environment);
    let watch = Watch::start(&watched, controls.clone());
    signals::pass_on(&controls, config.exec.is_some())?;
    orphans::adopt();
    let world = World {
        clock: Rc::new(SystemClock::start()),
        random: Rc::new(SystemRandom),
        environment: Rc::new(environment.clone()),
        etc: PathBuf::from("/etc"),
    };
    say("==> Coffret agent started! Log data will stream in below:\n\n");
    let running = Running {
        given: given.clone(),
        environment: environment.clone(),
        logger,
        start: Rc::clone(&config),
        last: None,
        watch,
    };
    let engine = Engine::new(world.clone(), plan, server, Some(running.loader()));
    listener::serve_all(&config, &settings, &engine, world, &controls).await?;
    engine.run(received).await
}

/// The file with the process id, removed when this is dropped.
struct PidFile<'a>(&'a Path);

impl<'a> PidFile<'a> {
    fn write(path: &'a Path) -> Result<Self, Failure> {
        let target = Target {
            mode: Some(0o600),
            create_directories: false,
            ..Target::new(path)
        };
        file::write(&target, std::process::id().to_string().as_bytes(), &SystemRandom)
            .map_err(|error| cannot_write(&error))?;
        Ok(Self(path))
    }
}

impl Drop for PidFile<'_> {
    fn drop(&mut self) {
        // The agent is going either way.
        let _ = std::fs::remove_file(self.0);
    }
}

/// Memory of this process must not end up in a core file; that it is not dumpable says so already.
///
/// A child process would inherit this limit, and whether the application writes core files is its own affair.
fn forbid_core_files() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // A sandbox may forbid it; running without is better than not running.
    let _ = setrlimit(Resource::Core, none);
}

fn start_log(given: &Given, environment: &Environment, config: &AgentConfig) -> Result<Arc<Logger>, Failure> {
    let level = level(given, environment, config)?;
    let format = match given.last("log-format").or_else(|| environment.server("LOG_FORMAT")) {
        Some(text) => log::parse_format(text)
            .ok_or_else(|| Failure::new(Code::Configuration, "the log format must be standard or json"))?,
        None if config.log_format == Some(LogFormat::Json) => log::Format::Json,
        None => log::Format::Standard,
    };
    let out: Box<dyn Write + Send> = match (given.switch("combine-logs"), log_file(given, config)) {
        (Some(true), _) => Box::new(std::io::stdout()),
        (_, None) => Box::new(std::io::stderr()),
        (_, Some(path)) => {
            let opened = std::fs::OpenOptions::new().create(true).append(true).open(&path);
            let file = opened
                .map_err(|error| cannot_write(&format!("opening log file {}: {}", path.display(), error.kind())))?;
            Box::new(log::Both(file, std::io::stderr()))
        }
    };
    let logger = Arc::new(Logger::new(format, level, out));
    // A second run in one process keeps the first's logger.
    let _ = tracing::subscriber::set_global_default(Arc::clone(&logger));
    Ok(logger)
}

fn log_file(given: &Given, config: &AgentConfig) -> Option<PathBuf> {
    given
        .last("log-file")
        .map(PathBuf::from)
        .or_else(|| config.log_file.clone())
}

/// The level to log at: the flag's, else the variable's, else the configuration's.
///
/// # Errors
/// It is none.
pub(crate) fn level(given: &Given, environment: &Environment, config: &AgentConfig) -> Result<Level, Failure> {
    let text = given.last("log-level").or_else(|| environment.server("LOG_LEVEL"));
    let unknown = || {
        Failure::new(
            Code::Configuration,
            "the log level must be trace, debug, info, warn or error",
        )
    };
    match text {
        Some(text) => log::parse_level(text).ok_or_else(unknown),
        None => Ok(config.log_level.map_or(Level::INFO, level_of)),
    }
}

const fn level_of(level: LogLevel) -> Level {
    match level {
        LogLevel::Trace => Level::TRACE,
        LogLevel::Debug => Level::DEBUG,
        LogLevel::Info => Level::INFO,
        LogLevel::Warn => Level::WARN,
        LogLevel::Error => Level::ERROR,
    }
}

//! The program: a command line in, an exit code out.

use std::cell::RefCell;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use coffret_config::agent::{AgentConfig, LogFormat, LogLevel};
use coffret_vault::{Client, Token};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use tokio::sync::mpsc::unbounded_channel;
use tracing::Level;
use zeroize::Zeroizing;

use crate::clock::SystemClock;
use crate::engine::{Engine, Loader, World};
use crate::environment::Environment;
use crate::exit::{Code, Failure};
use crate::file::{self, Target};
use crate::flags::Given;
use crate::invocation::{self, Invocation};
use crate::listener;
use crate::log::{self, Logger};
use crate::random::SystemRandom;
use crate::script::Step;
use crate::setup::{self, Extras};
use crate::signals;
use crate::state;
use crate::watch::Watch;

/// Does what the command line asks for and answers the exit code.
pub fn main(argv: &[String], environment: &Environment) -> u8 {
    match invocation::understand(argv) {
        Ok(invocation) => perform(invocation, environment),
        Err(error) => end(Err(Failure::new(Code::Configuration, error.to_string())), None),
    }
}

fn perform(invocation: Invocation, environment: &Environment) -> u8 {
    match invocation {
        Invocation::Run(given) => {
            let message = Extras::new(&given, environment).termination_message();
            end(run(&given, environment), message.as_deref())
        }
        Invocation::Ready(given) => probe(&given, environment, state::ready),
        Invocation::Live(given) => probe(&given, environment, |path, proc| {
            state::live(path, proc, jiff::Timestamp::now())
        }),
        Invocation::RevokeSelf(given) => end(revoke_self(&given, environment), None),
        Invocation::Script(steps) => script(steps, environment),
        Invocation::Version => {
            say(&format!("coffret-agent {}\n", env!("CARGO_PKG_VERSION")));
            0
        }
        Invocation::Help(topic) => {
            say(&invocation::help(topic));
            0
        }
    }
}

/// Standard output may be closed; that is no reason to fail.
fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// The last line on standard error, the termination message, the exit code.
fn end(result: Result<(), Failure>, termination_message: Option<&Path>) -> u8 {
    let Err(failure) = result else { return 0 };
    let _ = writeln!(std::io::stderr(), "coffret-agent: {failure}");
    // What a child process says about its end is its own affair, and may stand in that file already.
    let own = !matches!(failure.code(), Code::Child(_));
    if let Some(path) = termination_message.filter(|_| own)
        && let Err(error) = std::fs::write(path, format!("{failure}\n"))
    {
        let _ = writeln!(
            std::io::stderr(),
            "coffret-agent: cannot write {}: {}",
            path.display(),
            error.kind()
        );
    }
    failure.code().number()
}

fn probe(given: &Given, environment: &Environment, ask: impl Fn(&Path, &Path) -> state::Verdict) -> u8 {
    let extras = Extras::new(given, environment);
    // The configuration is read only where it says where the file is.
    let path = match extras.text("state-file") {
        Some(path) => Ok(Some(PathBuf::from(path))),
        None => setup::load(given, environment).map(|loaded| extras.state_file(&loaded.config)),
    };
    let verdict = match path {
        Ok(Some(path)) => ask(&path, Path::new("/proc")),
        Ok(None) => Err("no state file is configured".to_owned()),
        Err(failure) => Err(failure.to_string()),
    };
    match verdict {
        Ok(line) => {
            say(&format!("{line}\n"));
            0
        }
        Err(line) => {
            say(&format!("{line}\n"));
            1
        }
    }
}

fn script(steps: Vec<Step>, environment: &Environment) -> u8 {
    for step in steps {
        let code = match step {
            Step::Decode { variable, file } => end(decode_into(&variable, &file, environment), None),
            Step::Touch(file) => end(touch(&file), None),
            Step::Sleep(duration) => sleep(duration),
            Step::Call(argv) => main(&argv, environment),
        };
        if code != 0 {
            return code;
        }
    }
    0
}

fn decode_into(variable: &str, path: &Path, environment: &Environment) -> Result<(), Failure> {
    let text = environment.filled(variable);
    let text = text.ok_or_else(|| Failure::new(Code::Configuration, format!("the variable {variable} is not set")))?;
    let bytes = setup::decode(variable, text)?;
    let target = Target {
        mode: Some(0o600),
        ..Target::new(path)
    };
    file::write(&target, &bytes, &SystemRandom)
        .map(drop)
        .map_err(|error| cannot_write(&error))
}

fn touch(path: &Path) -> Result<(), Failure> {
    let opened = std::fs::OpenOptions::new().create(true).append(true).open(path);
    opened.map(drop).map_err(|error| {
        Failure::new(
            Code::CannotWrite,
            format!("touching {}: {}", path.display(), error.kind()),
        )
    })
}

fn cannot_write(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Code::CannotWrite, error.to_string())
}

fn sleep(duration: Duration) -> u8 {
    match runtime() {
        Ok(runtime) => {
            // The timer must be made inside the runtime.
            runtime.block_on(async { tokio::time::sleep(duration).await });
            0
        }
        Err(failure) => end(Err(failure), None),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(2)
        .thread_stack_size(256 * 1024)
        .thread_keep_alive(Duration::from_secs(1))
        .build()
        .map_err(|error| Failure::new(Code::Internal, format!("cannot start the runtime: {}", error.kind())))
}

fn revoke_self(given: &Given, environment: &Environment) -> Result<(), Failure> {
    coffret_vault::install_crypto_provider();
    let settings = setup::settings(&AgentConfig::default(), given, environment)?;
    let path = environment.token_file();
    let text = match environment.server("TOKEN").filter(|text| !text.is_empty()) {
        Some(text) => Zeroizing::new(text.to_owned()),
        None => Zeroizing::new(std::fs::read_to_string(&path).map_err(|error| no_token(&path, error.kind()))?),
    };
    let token = Token::new(text.trim()).map_err(|error| no_token(&path, error))?;
    let client = Client::new(settings).map_err(|error| Failure::new(Code::Configuration, error.to_string()))?;
    let revoked = runtime()?.block_on(client.revoke_self(&token));
    revoked.map_err(|error| Failure::new(crate::server::code(&error), format!("revoking the token: {error}")))?;
    say("Success! Revoked token (if it existed)\n");
    Ok(())
}

fn no_token(path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::new(Code::NotAuthorised, format!("no token in {}: {why}", path.display()))
}

fn run(given: &Given, environment: &Environment) -> Result<(), Failure> {
    // A sandbox may forbid it; running without is better than not running.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let loaded = setup::load(given, environment)?;
    if given.switch("test-verify-only") == Some(true) {
        return Ok(());
    }
    let supervises = loaded.config.exec.is_some();
    if !supervises {
        forbid_core_files();
    }
    let logger = start_log(given, environment, &loaded.config)?;
    for warning in &loaded.warnings {
        tracing::warn!(target: "agent", event = "config.warning", "{warning}");
    }
    coffret_vault::install_crypto_provider();
    let settings = setup::settings(&loaded.config, given, environment)?;
    for warning in &settings.warnings {
        tracing::warn!(target: "agent", event = "config.warning", "{warning}");
    }
    let plan = setup::plan(&loaded.config, given, environment)?;
    let server = setup::server(&loaded.config, &settings)?;
    let pid_file = loaded.config.pid_file.clone();
    if let Some(path) = &pid_file {
        let target = Target {
            mode: Some(0o600),
            create_directories: false,
            ..Target::new(path)
        };
        file::write(&target, std::process::id().to_string().as_bytes(), &SystemRandom)
            .map_err(|error| cannot_write(&error))?;
    }
    let runtime = runtime()?;
    let local = tokio::task::LocalSet::new();
    let result = local.block_on(&runtime, async {
        let (controls, received) = unbounded_channel();
        let watched = watched_paths(&loaded.files, &plan);
        let _watch = Watch::start(&watched, controls.clone());
        signals::pass_on(&controls, supervises)?;
        let world = World {
            clock: Rc::new(SystemClock::start()),
            random: Rc::new(SystemRandom),
            environment: Rc::new(environment.clone()),
            etc: PathBuf::from("/etc"),
        };
        say("==> Coffret agent started! Log data will stream in below:\n\n");
        let loader = loader(given.clone(), environment.clone(), Arc::clone(&logger));
        let engine = Engine::new(world.clone(), plan, server, Some(loader));
        listener::serve_all(&loaded.config, &settings, &engine, world, &controls).await?;
        engine.run(received).await
    });
    runtime.shutdown_background();
    if let Some(path) = &pid_file {
        // The agent is going either way.
        let _ = std::fs::remove_file(path);
    }
    result
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

fn watched_paths(config: &[PathBuf], plan: &crate::engine::Plan) -> Vec<PathBuf> {
    let sources = plan.outputs.iter().filter_map(|output| match &output.body().text {
        coffret_config::agent::Text::File(path) => Some(path.clone()),
        coffret_config::agent::Text::Inline(_) => None,
    });
    config.iter().cloned().chain(sources).collect()
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

fn level(given: &Given, environment: &Environment, config: &AgentConfig) -> Result<Level, Failure> {
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

fn loader(given: Given, environment: Environment, logger: Arc<Logger>) -> Loader {
    let known: RefCell<Option<AgentConfig>> = RefCell::new(None);
    Box::new(move || {
        let load = || -> Result<_, Failure> {
            let loaded = setup::load(&given, &environment)?;
            let plan = setup::plan(&loaded.config, &given, &environment)?;
            logger.set_level(level(&given, &environment, &loaded.config)?);
            let same_server = known
                .borrow()
                .as_ref()
                .is_some_and(|old| old.vault == loaded.config.vault && old.auto_auth == loaded.config.auto_auth);
            let server = if same_server {
                None
            } else {
                let settings = setup::settings(&loaded.config, &given, &environment)?;
                Some(setup::server(&loaded.config, &settings)?)
            };
            *known.borrow_mut() = Some(loaded.config);
            Ok((plan, server))
        };
        load().map_err(|failure| failure.to_string())
    })
}

//! The program: a command line in, an exit code out.

mod run;

pub(crate) use run::level;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use coffret_config::agent::AgentConfig;
use coffret_vault::{Client, Token};
use zeroize::Zeroizing;

use crate::environment::Environment;
use crate::exit::{Code, Failure};
use crate::file::{self, Target};
use crate::flags::Given;
use crate::invocation::{self, Invocation};
use crate::random::SystemRandom;
use crate::script::Step;
use crate::setup::{self, Extras};
use crate::state;

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
            end(run::run(&given, environment), message.as_deref())
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

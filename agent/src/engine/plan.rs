//! What an engine is given: the world it works in, its plan, and what others tell it later.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use coffret_config::agent::{Exec, FileSink, Method};
use coffret_vault::Token;
use rustix::process::Signal;

use crate::backoff::Pace;
use crate::clock::Clock;
use crate::environment::Environment;
use crate::handover::Handover;
use crate::lease::Rules;
use crate::random::Random;
use crate::server::Server;
use crate::unit::Output;

/// Everything the engine needs from the world that is no request.
#[derive(Clone)]
pub struct World {
    /// Time.
    pub clock: Rc<dyn Clock>,
    /// Jitter and names of temporary files.
    pub random: Rc<dyn Random>,
    /// The agent's environment.
    pub environment: Rc<Environment>,
    /// Where passwd and group are.
    pub etc: PathBuf,
}

/// What the engine is to do, as configuration, flags and environment together say.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How to log in; none uses the token of the environment.
    pub method: Option<Method>,
    /// A token that is there without a login.
    pub token: Option<Token>,
    /// Where tokens are written.
    pub sinks: Vec<FileSink>,
    /// What is rendered.
    pub outputs: Vec<Output>,
    /// The child process that gets the rendered variables.
    pub exec: Option<Exec>,
    /// How answers age.
    pub rules: Rules,
    /// Pace of retried requests.
    pub pace: Pace,
    /// Pace of retried logins.
    pub login_pace: Pace,
    /// How often a request may fail during the start when that is to end the agent.
    pub retries: Option<u32>,
    /// Stop when everything is written once.
    pub exit_after_auth: bool,
    /// Stop at the first failed login.
    pub exit_on_login_error: bool,
    /// Give up after this time if not everything is rendered.
    pub start_deadline: Option<Duration>,
    /// Revoke tokens when stopped.
    pub revoke_on_exit: bool,
    /// Time between a stop and its end, for the child process and the revocation together.
    pub grace_period: Duration,
    /// How often to look for a changed credential, which means a new login; none leaves it to the next login.
    pub credential_period: Option<Duration>,
    /// Most requests under way at a time.
    pub connections: usize,
    /// What probes read.
    pub state_file: Option<PathBuf>,
    /// Variables that commands get on top of the agent's.
    pub child_variables: Vec<(String, String)>,
    /// How an init container hands on what it got.
    pub handover: Option<Handover>,
}

/// What others tell the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Stop, cleanly.
    Stop,
    /// Read the configuration again.
    Reload,
    /// Files that are watched may have changed.
    FilesChanged,
    /// Log what is held and when it is due.
    Dump,
    /// The child process is to get this signal.
    Forward(Signal),
}

/// Reads the configuration again; the error is for the log.
pub type Loader = Box<dyn FnMut() -> Result<(Plan, Option<Server>), String>>;

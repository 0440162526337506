//! The agent at work: one loop that starts what is due, takes in what comes back, and waits for the next of both.
//!
//! The loop owns all state, so there are no locks; requests and commands run as futures beside it. What is due, and
//! what an outcome means, is decided by the pure parts: [`crate::token`], [`crate::store`], [`crate::gate`].

mod act;
mod leave;
mod looks;
mod outcome;
mod reload;
mod sinks;
mod start;
mod supervise;
mod transfer;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use coffret_config::agent::{Exec, FileSink, Method};
use coffret_vault::{Token, WrapInfo};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use rustix::process::Signal;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::backoff::{Backoff, Pace};
use crate::clock::{Clock, Moment};
use crate::command::{Command, CommandError};
use crate::environment::Environment;
use crate::exit::Failure;
use crate::gate::Gate;
use crate::handover::Handover;
use crate::lease::Rules;
use crate::login::Memory;
use crate::metrics::Metrics;
use crate::random::Random;
use crate::server::{LoggedIn, Refusal, Server};
use crate::state;
use crate::store::{Fetched, Store, Trouble};
use crate::token::{Generation, Session, Step};
use crate::unit::{Output, Unit};
use crate::wire::{Mount, Wire};

use sinks::SinkState;
use supervise::Application;

/// So long an answer may take before the next request goes out beside it. A server that is quick is asked over one
/// connection, at the price of one handshake; one that is slow still gets as many requests together as it may.
const QUICK: Duration = Duration::from_millis(10);

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

/// A starting agent tries again within this many times the time it has waited.
const START_PATIENCE: u32 = 4;
/// Several tries fit into what is left of a lease or token.
const PATIENCE: u32 = 4;
/// Even at the very end nothing is tried faster.
const SHORTEST_PATIENCE: Duration = Duration::from_secs(1);

enum Event {
    LoggedIn(Result<LoggedIn, Refusal>),
    Renewed(Result<(Duration, bool), Refusal>),
    Checked(Result<(Duration, bool), Refusal>),
    Looked(String, Result<Option<Mount>, Refusal>),
    Fetched(Wire, Generation, Result<Option<Fetched>, Refusal>),
    Extended(Wire, Result<(Duration, bool), Refusal>),
    Wrapped(usize, Generation, Result<WrapInfo, Refusal>),
    Ran(QueuedCommand, Result<(), CommandError>),
}

struct QueuedCommand {
    command: Command,
    environment: Environment,
    /// The file behind it, for messages.
    label: String,
    failures: Backoff,
    due: Moment,
}

/// The agent at work.
pub struct Engine {
    world: World,
    plan: Plan,
    server: Rc<Server>,
    loader: Option<Loader>,
    session: Session,
    memory: Rc<RefCell<Memory>>,
    login_trouble: Option<Trouble>,
    wrapped_login: bool,
    gate: Gate,
    looks: looks::Looks,
    store: Store,
    units: Vec<Unit>,
    sinks: Vec<SinkState>,
    commands: VecDeque<QueuedCommand>,
    /// How often the command under way failed before.
    command_running: Option<u32>,
    application: Option<Application>,
    jobs: FuturesUnordered<LocalBoxFuture<'static, Event>>,
    requests: usize,
    last_sent: Moment,
    started: bool,
    begun: Moment,
    reported: Option<(state::State, Moment)>,
    shown_token: Rc<RefCell<Option<Token>>>,
    metrics: Rc<Metrics>,
    /// What was found at the very start and is not to be worked with.
    refused: Option<Failure>,
}

impl Engine {
    /// An engine that has done nothing yet.
    #[must_use]
    pub fn new(world: World, plan: Plan, server: Server, loader: Option<Loader>) -> Self {
        let now = world.clock.now();
        let mut engine = Self {
            session: Session::new(plan.login_pace),
            memory: Rc::default(),
            login_trouble: None,
            wrapped_login: false,
            gate: Gate::new(plan.pace),
            looks: looks::Looks::default(),
            store: Store::new(plan.rules, plan.pace),
            units: plan
                .outputs
                .iter()
                .map(|output| Unit::new(output.clone(), now))
                .collect(),
            sinks: plan
                .sinks
                .iter()
                .map(|sink| SinkState::new(sink.clone(), now))
                .collect(),
            commands: VecDeque::new(),
            command_running: None,
            application: plan.exec.clone().map(Application::new),
            jobs: FuturesUnordered::new(),
            requests: 0,
            last_sent: now,
            started: false,
            begun: now,
            reported: None,
            shown_token: Rc::default(),
            metrics: Rc::default(),
            refused: None,
            server: Rc::new(server),
            world,
            plan,
            loader,
        };
        engine.adopt_given_token(now);
        engine.take_over(now);
        engine
    }

    /// The current token, for the local listener; kept up to date while the engine runs.
    #[must_use]
    pub fn token(&self) -> Rc<RefCell<Option<Token>>> {
        Rc::clone(&self.shown_token)
    }

    /// What is counted, for the local listener.
    #[must_use]
    pub fn metrics(&self) -> Rc<Metrics> {
        Rc::clone(&self.metrics)
    }

    /// Works until there is nothing more to do, or until told to stop.
    ///
    /// # Errors
    /// Why it gave up.
    pub async fn run(mut self, mut controls: UnboundedReceiver<Control>) -> Result<(), Failure> {
        let end = loop {
            self.act();
            if let Some(end) = self.end() {
                break end;
            }
            self.report(false);
            self.world.clock.idle(self.jobs.len());
            let wait = self.world.clock.sleep_until(self.next_due());
            tokio::select! {
                biased;
                control = controls.recv() => match control {
                    Some(Control::Stop) | None => break Ok(()),
                    Some(control) => self.obey(control),
                },
                Some(event) = self.jobs.next(), if !self.jobs.is_empty() => self.take_in(event),
                status = supervise::ended(&mut self.application) => self.child_ended(status),
                () = wait => {}
            }
        };
        self.leave(end, controls).await
    }

    fn obey(&mut self, control: Control) {
        match control {
            Control::Stop => {}
            Control::Reload => self.reload(),
            Control::FilesChanged => self.files_changed(),
            Control::Dump => self.dump(),
            Control::Forward(signal) => self.forward(signal),
        }
    }

    fn unit(&self) -> f64 {
        self.world.random.unit()
    }

    fn now(&self) -> Moment {
        self.world.clock.now()
    }

    /// How many requests may be started now.
    fn allowance(&self, now: Moment) -> usize {
        let room = self.requests < self.plan.connections && self.quick_ends().is_none_or(|end| end <= now);
        self.gate.allowance(now).min(room.into())
    }

    /// When the next request may go out beside those under way; none when there are none.
    fn quick_ends(&self) -> Option<Moment> {
        (self.requests > 0).then(|| self.last_sent.after(QUICK))
    }

    fn send(&mut self, job: impl Future<Output = Event> + 'static) {
        self.requests += 1;
        self.last_sent = self.now();
        self.gate.sent();
        self.jobs.push(Box::pin(job));
    }

    /// When there is something to do without anything coming in.
    fn next_due(&self) -> Moment {
        let mut due: Vec<Moment> = self.units.iter().filter_map(Unit::next).collect();
        due.extend(self.session.next_end());
        due.extend(self.next_look());
        due.extend(self.next_request());
        due.extend(
            self.commands
                .front()
                .filter(|_| self.command_running.is_none())
                .map(|command| command.due),
        );
        due.extend(self.application.as_ref().and_then(Application::next));
        due.extend(self.start_ends().filter(|_| !self.started));
        due.extend(self.reported.as_ref().map(|(_, at)| at.after(state::BEAT)));
        due.into_iter()
            .min()
            .unwrap_or_else(|| self.now().after(Duration::from_secs(3_600)))
    }

    /// What is to be done about the token next, and when; without a method nobody can log in.
    fn next_step(&self) -> Option<(Moment, Step)> {
        let can_log_in = self.plan.method.is_some() && !self.wrapped_login;
        self.session
            .next()
            .filter(|(_, step)| can_log_in || *step != Step::Login)
    }

    /// When the next request is due, if one could be sent then.
    fn next_request(&self) -> Option<Moment> {
        if self.requests >= self.plan.connections || (self.gate.is_shut() && self.gate.next_try().is_none()) {
            return None;
        }
        let mut due: Vec<Moment> = self.next_step().map(|(at, _)| at).into_iter().collect();
        if let Some(held) = self.session.current(self.now()) {
            due.extend(self.store.next_due());
            due.extend(
                self.sinks
                    .iter()
                    .filter(|s| !s.busy && s.written != held.generation)
                    .map(|s| s.due),
            );
        }
        let due = Some(due.into_iter().min()?);
        due.max(self.gate.next_try()).max(self.quick_ends())
    }

    /// How long the next try of a server that does not answer may wait at most. A pod that is starting waits no longer
    /// than it has waited so far, times [`START_PATIENCE`]; later, nothing in use may end meanwhile.
    fn patience(&self, now: Moment) -> Duration {
        if !self.started {
            return now.since(self.begun).saturating_mul(START_PATIENCE);
        }
        let leases = self.store.leases().map(|(_, lease)| lease.expires);
        let end = self.session.next_end().into_iter().chain(leases).min();
        end.map_or(Duration::MAX, |end| (end.since(now) / PATIENCE).max(SHORTEST_PATIENCE))
    }

    fn start_ends(&self) -> Option<Moment> {
        self.plan.start_deadline.map(|deadline| self.begun.after(deadline))
    }
}

//! The agent at work: one loop that starts what is due, takes in what comes back, and waits for the next of both.
//!
//! The loop owns all state, so there are no locks; requests and commands run as futures beside it. What is due, and
//! what an outcome means, is decided by the pure parts: [`crate::token`], [`crate::store`], [`crate::gate`].

mod act;
mod leave;
mod looks;
mod outcome;
mod plan;
mod reload;
mod schedule;
mod sinks;
mod start;
mod supervise;
mod transfer;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use coffret_vault::{Token, WrapInfo};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::backoff::Backoff;
use crate::clock::Moment;
use crate::command::{Command, CommandError};
use crate::environment::Environment;
use crate::exit::Failure;
use crate::gate::Gate;
use crate::login::Memory;
use crate::metrics::Metrics;
use crate::server::{LoggedIn, Refusal, Server};
use crate::state;
use crate::store::{Fetched, Store, Trouble};
use crate::token::{Generation, Session};
use crate::unit::Unit;
use crate::wire::{Mount, Wire};

pub use plan::{Control, Loader, Plan, World};

use sinks::SinkState;
use supervise::Application;

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
                    Some(Control::Stop) | None => {
                        tracing::info!(target: "agent", event = "agent.stopping", "shutdown triggered");
                        break Ok(());
                    }
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

    fn send(&mut self, job: impl Future<Output = Event> + 'static) {
        self.requests += 1;
        self.last_sent = self.now();
        self.gate.sent();
        self.jobs.push(Box::pin(job));
    }
}

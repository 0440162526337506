//! The child process beside the loop: started, replaced and run down as [`crate::supervisor`] decides.

use std::process::ExitStatus;
use std::time::Duration;

use coffret_config::agent::Exec;
use rustix::process::Signal;
use tokio::sync::mpsc::UnboundedReceiver;
use zeroize::Zeroizing;

use crate::child::{self, Child};
use crate::clock::Moment;
use crate::exit::{Code, Failure};
use crate::supervisor::{Fingerprint, Step, Supervisor};
use crate::unit::{self, Output, Unit};

use super::{Control, Engine};

/// The stanza, what is decided about it, and what runs.
pub(super) struct Application {
    exec: Exec,
    supervisor: Supervisor,
    child: Option<Child>,
    /// How the agent is to end, once the child is gone for good.
    pub(super) over: Option<Result<(), Failure>>,
}

impl Application {
    pub(super) fn new(exec: Exec) -> Self {
        Self {
            supervisor: Supervisor::new(exec.restart_on_secret_changes),
            exec,
            child: None,
            over: None,
        }
    }

    pub(super) const fn next(&self) -> Option<Moment> {
        self.supervisor.next()
    }

    fn start(&mut self, world: &super::World, units: &[Unit]) -> Result<(), Failure> {
        let command = child::command(&self.exec)
            .ok_or_else(|| Failure::new(Code::Configuration, "exec.command: names no program"))?;
        let program = command.program().to_owned();
        let started = Child::start(&self.exec, command, &world.environment, variables(units))
            .map_err(|error| Failure::new(error.code(), error.to_string()))?;
        let pid = started.pid().map_or(0, |pid| pid.as_raw_nonzero().get());
        tracing::info!(target: "agent.exec.server", event = "child.started", program = %program, process_id = pid, "child process started");
        self.child = Some(started);
        Ok(())
    }

    fn send(&self, signal: Signal) {
        if let Some(child) = &self.child {
            child.send(signal);
        }
    }

    fn fingerprint(exec: &Exec, units: &[Unit]) -> Fingerprint {
        let command = child::command(exec);
        Fingerprint::of(command.as_ref().map_or(&[], |command| command.argv()), variables(units))
    }
}

/// The rendered variables with their values.
fn variables(units: &[Unit]) -> impl Iterator<Item = (&str, &Zeroizing<Vec<u8>>)> {
    units.iter().filter_map(|unit| match &unit.output {
        Output::Variable(template) => Some((template.name.as_str(), unit.value.as_ref()?)),
        Output::File(_) => None,
    })
}

/// The end of the child; never, while there is none.
pub(super) async fn ended(application: &mut Option<Application>) -> Option<ExitStatus> {
    match application.as_mut().and_then(|application| application.child.as_mut()) {
        Some(child) => child.ended().await,
        None => std::future::pending().await,
    }
}

impl Engine {
    pub(super) fn variables_changed(&mut self, changed: &[usize], now: Moment) {
        let variable = |index: &usize| matches!(self.units[*index].output, Output::Variable(_));
        if changed.iter().any(variable)
            && let Some(application) = &mut self.application
        {
            application.supervisor.changed(now);
        }
    }

    /// A reload may have changed the stanza, or which variables there are.
    pub(super) fn adopt_exec(&mut self, exec: Option<&Exec>, now: Moment) {
        if let (Some(application), Some(exec)) = (&mut self.application, exec) {
            application.supervisor.set_restart(exec.restart_on_secret_changes);
            application.exec = exec.clone();
            application.supervisor.changed(now);
        }
    }

    pub(super) fn supervise(&mut self, now: Moment) {
        let ready = self.application.is_some() && self.is_complete();
        let Some(application) = &mut self.application else {
            return;
        };
        let units = &self.units;
        let exec = &application.exec;
        let step = application
            .supervisor
            .step(now, ready, || Application::fingerprint(exec, units));
        match step {
            Some(Step::Start) => {
                if let Err(failure) = application.start(&self.world, &self.units) {
                    application.over = Some(Err(failure));
                }
            }
            Some(Step::Stop) => {
                tracing::info!(target: "agent.exec.server", event = "child.stopping", signal = %format_args!("{:?}", application.exec.stop_signal), "environment variables changed: stopping the child process");
                application.send(unit::signal(application.exec.stop_signal));
            }
            Some(Step::Kill) => {
                tracing::warn!(target: "agent.exec.server", event = "child.killed", "the child process did not stop in time and is killed");
                application.send(Signal::KILL);
            }
            Some(Step::Keep) => {
                tracing::info!(target: "agent.exec.server", event = "child.kept", "environment variables changed, but restart_on_secret_changes is \"never\": the child process keeps the old ones");
            }
            None => {}
        }
    }

    pub(super) fn child_ended(&mut self, status: Option<ExitStatus>) {
        let Some(application) = &mut self.application else {
            return;
        };
        application.child = None;
        let status_text = status.map_or_else(|| "unknown".to_owned(), |status| status.to_string());
        tracing::info!(target: "agent.exec.server", event = "child.ended", status = %status_text, "child process ended");
        if !application.supervisor.ended() {
            application.over = Some(child::verdict(status));
        }
    }

    pub(super) fn forward(&mut self, signal: Signal) {
        let child = self
            .application
            .as_ref()
            .and_then(|application| application.child.as_ref());
        if let Some(child) = child {
            child.forward(signal);
        }
    }

    /// Ends the child, politely first; signals still reach it meanwhile.
    pub(super) async fn run_down(&mut self, patience: Duration, mut controls: UnboundedReceiver<Control>) {
        let Some(application) = &self.application else { return };
        application.send(unit::signal(application.exec.stop_signal));
        let mut left = self.world.clock.sleep_until(self.now().after(patience));
        loop {
            if self
                .application
                .as_ref()
                .is_none_or(|application| application.child.is_none())
            {
                return;
            }
            tokio::select! {
                status = ended(&mut self.application) => self.child_ended(status),
                Some(control) = controls.recv() => if let Control::Forward(signal) = control {
                    self.forward(signal);
                },
                () = &mut left => {
                    tracing::warn!(target: "agent.exec.server", event = "child.killed", "the child process did not stop within the grace period and is killed");
                    if let Some(application) = &self.application {
                        application.send(Signal::KILL);
                    }
                    left = Box::pin(std::future::pending());
                }
            }
        }
    }
}

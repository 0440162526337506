//! How a start ends: everything rendered once, or one sentence why not.

use std::time::Duration;

use crate::exit::{Code, Failure};
use crate::state::{Phase, State};
use crate::store::{Name, Trouble};
use crate::unit::Unit;

use super::Engine;

impl Engine {
    /// The end of the run, if this is it.
    pub(super) fn end(&mut self) -> Option<Result<(), Failure>> {
        if let Some(refused) = self.refused.take() {
            return Some(Err(refused));
        }
        let complete = self.is_complete();
        if complete && !self.started {
            self.started = true;
            tracing::info!(target: "agent", event = "agent.ready", templates = self.units.len() as u64, "everything is rendered");
        }
        if let Some(end) = self
            .application
            .as_mut()
            .and_then(|application| application.over.take())
        {
            return Some(end);
        }
        if complete && self.plan.exit_after_auth {
            tracing::info!(target: "agent.sink.server", event = "agent.finished", "sinks finished, exiting");
            return Some(Ok(()));
        }
        if self.started { None } else { self.failure().map(Err) }
    }

    /// Every template rendered once, every sink written, every command tried: one that signals the application cannot
    /// work before the application runs, which may wait for exactly this.
    pub(super) fn is_complete(&self) -> bool {
        // Without a method there is only the listener to serve.
        let logged_in = self.plan.method.is_none() || self.wrapped_login || self.session.current(self.now()).is_some();
        let sinks = self.sinks.iter().all(|sink| sink.written != 0);
        let tried = self.commands.iter().all(|command| command.failures.attempts() > 0);
        let commands = tried && self.command_running.is_none_or(|failures| failures > 0);
        (logged_in || self.started) && sinks && commands && self.units.iter().all(is_settled_well)
    }

    fn failure(&self) -> Option<Failure> {
        if let Some(unit) = self
            .units
            .iter()
            .find(|unit| unit.is_hopeless() && unit.output.body().error_fatal)
        {
            return unit
                .trouble
                .as_ref()
                .map(|trouble| Failure::new(trouble.code, &trouble.text));
        }
        if let Some(trouble) = self.login_trouble.as_ref().filter(|_| self.plan.exit_on_login_error) {
            return Some(Failure::new(trouble.code, &trouble.text));
        }
        if let Some(trouble) = self.plan.retries.and_then(|retries| self.exhausted(retries)) {
            return Some(Failure::new(trouble.code, &trouble.text));
        }
        let deadline = self.start_ends().filter(|end| *end <= self.now())?;
        let trouble = self.worst();
        let waited = deadline.since(self.begun);
        Some(Failure::new(
            trouble.code,
            format!("{} (gave up after {})", trouble.text, spelled(waited)),
        ))
    }

    /// A request that failed too often, or a template that fails or cannot be written, once all others are done or fail
    /// too: what can be written is written before the agent gives up.
    fn exhausted(&self, retries: u32) -> Option<Trouble> {
        let failed = |name: &Name| self.store.attempts(name) > 0;
        let settled = |unit: &Unit| unit.rendered || is_broken(unit) || unit.used.iter().any(failed);
        if !self.units.iter().all(settled) {
            return None;
        }
        let names = self
            .units
            .iter()
            .filter(|unit| !unit.rendered)
            .flat_map(|unit| &unit.used);
        let worn_out = names
            .filter(|name| self.store.attempts(name) > retries)
            .find_map(|name| self.store.trouble(name));
        let hopeless = |unit: &&Unit| !unit.rendered && is_broken(unit) && unit.output.body().error_fatal;
        let only_broken = || self.units.iter().all(|unit| unit.rendered || is_broken(unit));
        let broken = self.units.iter().find(hopeless).filter(|_| only_broken());
        worn_out
            .cloned()
            .or_else(|| broken.and_then(|unit| unit.trouble.clone()))
    }

    /// What stands most in the way.
    fn worst(&self) -> Trouble {
        let unrendered = || self.units.iter().filter(|unit| !unit.rendered);
        let own = unrendered().find_map(|unit| unit.trouble.as_ref());
        let missing = unrendered()
            .flat_map(|unit| &unit.missing)
            .find_map(|name| self.store.trouble(name));
        let sink = self.sinks.iter().find_map(|sink| sink.trouble.as_ref());
        let found = self.login_trouble.as_ref().or(own).or(missing).or(sink);
        found.cloned().unwrap_or_else(|| Trouble {
            class: crate::backoff::Class::Transient,
            code: Code::Unreachable,
            text: format!("no answer from {}", self.server.address()),
            retry_after: None,
        })
    }

    /// Writes the state file when it says something new, and regularly as a sign of life.
    pub(super) fn report(&mut self, stopping: bool) {
        let Some(path) = self.plan.state_file.clone() else {
            return;
        };
        let now = self.now();
        let phase = match (stopping, self.started) {
            (true, _) => Phase::Stopping,
            (false, true) => Phase::Ready,
            (false, false) => Phase::Starting,
        };
        let state = State {
            pid: std::process::id(),
            phase,
            rendered: self.units.iter().filter(|unit| unit.rendered).count(),
            templates: self.units.len(),
            reason: self.reason(),
            beat: self.world.clock.wall(),
        };
        let same = |old: &State| {
            State {
                beat: state.beat,
                ..old.clone()
            } == state
        };
        if self
            .reported
            .as_ref()
            .is_some_and(|(old, at)| same(old) && now.since(*at) < crate::state::BEAT)
        {
            return;
        }
        if let Err(error) = state.write(&path, self.world.random.as_ref()) {
            let first = self.reported.is_none();
            if first {
                tracing::warn!(target: "agent", event = "state.failed", error = %error, "the state file cannot be written: ready and live will fail");
            }
        }
        self.reported = Some((state, now));
    }

    fn reason(&self) -> String {
        let waiting = self.units.iter().any(|unit| !unit.rendered) || self.login_trouble.is_some();
        let failing = self
            .units
            .iter()
            .find_map(|unit| unit.trouble.as_ref())
            .map(|trouble| trouble.text.clone());
        if waiting {
            self.worst().text
        } else {
            failing.unwrap_or_default()
        }
    }
}

/// Rendered, or failing in a way that its stanza says not to care about.
fn is_settled_well(unit: &Unit) -> bool {
    unit.rendered || (!unit.output.body().error_fatal && unit.trouble.is_some())
}

/// The template or its file is at fault, not a request.
fn is_broken(unit: &Unit) -> bool {
    unit.trouble
        .as_ref()
        .is_some_and(|trouble| matches!(trouble.code, Code::Template | Code::CannotWrite))
}

fn spelled(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds >= 120 && seconds % 60 == 0 => format!("{} minutes", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

//! When something is due, and how many requests may go out together.

use std::time::Duration;

use crate::clock::Moment;
use crate::state;
use crate::token::Step;
use crate::unit::Unit;

use super::Engine;
use super::supervise::Application;

/// So long an answer may take before the next request goes out beside it. A server that is quick is asked over one
/// connection, at the price of one handshake; one that is slow still gets as many requests together as it may.
const QUICK: Duration = Duration::from_millis(10);

/// A starting agent tries again within this many times the time it has waited.
const START_PATIENCE: u32 = 4;
/// Several tries fit into what is left of a lease or token.
const PATIENCE: u32 = 4;
/// Even at the very end nothing is tried faster.
const SHORTEST_PATIENCE: Duration = Duration::from_secs(1);

impl Engine {
    /// How many requests may be started now.
    pub(super) fn allowance(&self, now: Moment) -> usize {
        let room = self.requests < self.plan.connections && self.quick_ends().is_none_or(|end| end <= now);
        self.gate.allowance(now).min(room.into())
    }

    /// When the next request may go out beside those under way; none when there are none.
    pub(super) fn quick_ends(&self) -> Option<Moment> {
        (self.requests > 0).then(|| self.last_sent.after(QUICK))
    }

    /// When there is something to do without anything coming in.
    pub(super) fn next_due(&self) -> Moment {
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
    pub(super) fn next_step(&self) -> Option<(Moment, Step)> {
        let can_log_in = self.plan.method.is_some() && !self.wrapped_login;
        self.session
            .next()
            .filter(|(_, step)| can_log_in || *step != Step::Login)
    }

    /// When the next request is due, if one could be sent then.
    pub(super) fn next_request(&self) -> Option<Moment> {
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
    pub(super) fn patience(&self, now: Moment) -> Duration {
        if !self.started {
            return now.since(self.begun).saturating_mul(START_PATIENCE);
        }
        let leases = self.store.leases().map(|(_, lease)| lease.expires);
        let end = self.session.next_end().into_iter().chain(leases).min();
        end.map_or(Duration::MAX, |end| (end.since(now) / PATIENCE).max(SHORTEST_PATIENCE))
    }

    pub(super) fn start_ends(&self) -> Option<Moment> {
        self.plan.start_deadline.map(|deadline| self.begun.after(deadline))
    }
}

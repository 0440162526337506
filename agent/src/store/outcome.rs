//! What becomes of a request: answers replace answers, failures only delay.

use std::time::Duration;

use crate::backoff::Class;
use crate::clock::Moment;
use crate::lease::{self, Action};
use crate::token::Generation;
use crate::wire::Wire;

use super::{Entry, Fetched, Known, Lease, Store, Trouble};

/// Renewals are never retried faster than this, except for the very last.
const BETWEEN_RENEWALS: Duration = Duration::from_secs(1);
/// A lease found dead is replaced within this time.
const SOON: Duration = Duration::from_secs(2);

impl Store {
    /// An answer arrived.
    pub fn fetched(&mut self, wire: &Wire, fetched: Fetched, generation: Generation, now: Moment, unit: f64) {
        let Some(entry) = self.entries.get_mut(wire) else {
            return;
        };
        let plan = match entry.answer {
            Known::Nothing => self.rules.initial(&fetched.summary.facts, unit),
            _ => self.rules.first(&fetched.summary.facts, unit),
        };
        let facts = &fetched.summary.facts;
        entry.lease = facts.leased.then(|| Lease {
            id: fetched.summary.lease_id.clone(),
            generation,
            expires: now.after(facts.duration),
            longest: facts.duration,
            renewable: facts.renewable,
        });
        entry.due = Some((now.after(plan.wait), plan.action));
        entry.answer = Known::Ready(fetched.secret);
        entry.body = fetched.body;
        entry.assumed = false;
        entry.unleased = !fetched.summary.facts.leased;
        entry.recovered();
        self.mark_changed(wire);
    }

    /// The server has nothing there, and said so. What was there before is kept.
    pub fn not_found(&mut self, wire: &Wire, trouble: Trouble, now: Moment, unit: f64) {
        if let Some(entry) = self.entries.get_mut(wire)
            && !matches!(entry.answer, Known::Ready(_))
        {
            entry.answer = Known::NotFound;
        }
        self.mark_changed(wire);
        self.fetch_failed(wire, trouble, now, unit);
    }

    /// A list of nothing: that is an answer.
    pub fn empty_list(&mut self, wire: &Wire, now: Moment, unit: f64) {
        let wait = self.rules.replacement(self.rules.static_interval, unit).wait;
        if let Some(entry) = self.entries.get_mut(wire) {
            entry.answer = Known::NotFound;
            entry.due = Some((now.after(wait), Action::Replace));
            entry.recovered();
        }
        self.mark_changed(wire);
    }

    /// A request failed and is repeated; a lease that still runs is not given up for it.
    pub fn fetch_failed(&mut self, wire: &Wire, trouble: Trouble, now: Moment, unit: f64) {
        let Some(entry) = self.entries.get_mut(wire) else {
            return;
        };
        let wait = entry.failures.fail(trouble.class, trouble.retry_after, unit);
        entry.busy = false;
        entry.due = Some((now.after(wait), Action::Replace));
        entry.trouble = Some(trouble);
        if entry.assumed && matches!(entry.answer, Known::Nothing | Known::NotFound) {
            entry.due = None;
            self.look_again(wire, now.after(wait));
        }
    }

    /// The lease was extended and now lasts `granted`.
    pub fn renewed(&mut self, wire: &Wire, granted: Duration, renewable: bool, now: Moment, unit: f64) {
        let Some(entry) = self.entries.get_mut(wire) else {
            return;
        };
        entry.recovered();
        let Some(lease) = &mut entry.lease else { return };
        lease.longest = lease.longest.max(granted);
        lease.expires = now.after(granted);
        lease.renewable = lease.renewable && renewable;
        let plan = lease::after_renewal(granted, lease.longest, unit);
        let action = if lease.renewable { plan.action } else { Action::Replace };
        entry.due = Some((now.after(plan.wait), action));
    }

    /// The lease was not extended. Passing failures are retried until its end; refused ones mean that it cannot be
    /// renewed, or is gone.
    pub fn renew_failed(&mut self, wire: &Wire, trouble: Trouble, gone: bool, now: Moment, unit: f64) {
        let Some(entry) = self.entries.get_mut(wire) else {
            return;
        };
        entry.busy = false;
        let left = entry
            .lease
            .as_ref()
            .map_or(Duration::ZERO, |lease| lease.expires.since(now));
        let wait = entry.failures.fail(trouble.class, trouble.retry_after, unit);
        entry.due = Some(match trouble.class {
            _ if gone || left.is_zero() => {
                entry.lease = None;
                (now.after(wait.min(SOON)), Action::Replace)
            }
            Class::Permanent => (now.after(lease::succession(left, unit).wait), Action::Replace),
            Class::Transient => (
                now.after(wait.min(left / 4).max(BETWEEN_RENEWALS).min(left)),
                Action::Renew,
            ),
        });
        entry.trouble = Some(trouble);
    }

    pub(super) fn mark_changed(&mut self, wire: &Wire) {
        let names = self
            .names
            .iter()
            .filter(|(_, known)| known.as_ref() == Some(wire))
            .map(|(name, _)| name.clone());
        self.changed.extend(names);
    }
}

impl Entry {
    fn recovered(&mut self) {
        self.busy = false;
        self.failures.reset();
        self.trouble = None;
    }
}

//! Leases that end, and those that end with their token.

use std::time::Duration;

use crate::clock::Moment;
use crate::lease::{self, Action};
use crate::token::Generation;
use crate::wire::Wire;

use super::{Lease, Store};

impl Store {
    /// Every lease in use.
    pub fn leases(&self) -> impl Iterator<Item = (&Wire, &Lease)> {
        self.entries
            .iter()
            .filter_map(|(wire, entry)| Some((wire, entry.lease.as_ref()?)))
    }

    /// A token is about to end, and its leases with it: their successors are fetched within `left`.
    pub fn token_ending(&mut self, generation: Generation, left: Duration, now: Moment, mut unit: impl FnMut() -> f64) {
        for entry in self.entries.values_mut() {
            if entry.lease.as_ref().is_some_and(|lease| lease.generation == generation) {
                let by = now.after(lease::succession(left, unit()).wait);
                entry.due = Some((entry.due.map_or(by, |(at, _)| at.min(by)), Action::Replace));
            }
        }
    }

    /// A token is gone, and its leases with it: they are asked for anew.
    pub fn token_ended(&mut self, generation: Generation, now: Moment) {
        for entry in self.entries.values_mut() {
            if entry.lease.as_ref().is_some_and(|lease| lease.generation == generation) {
                entry.lease = None;
                entry.due = Some((now, Action::Replace));
            }
        }
    }

    /// Leases that ended while nobody could renew them: they are asked for anew instead.
    pub fn expire_leases(&mut self, now: Moment) {
        for entry in self.entries.values_mut().filter(|entry| !entry.busy) {
            if entry.lease.as_ref().is_some_and(|lease| lease.expires <= now) {
                entry.lease = None;
                entry.due = Some((now, Action::Replace));
            }
        }
    }
}

//! What is due, and what is under way.

use crate::clock::Moment;
use crate::lease::Action;
use crate::wire::Wire;

use super::{Entry, Job, Store, Trouble, first_segment};

impl Store {
    /// When the next job is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Moment> {
        let lookups = self
            .lookups
            .values()
            .filter(|lookup| !lookup.busy)
            .map(|lookup| lookup.due);
        let entries = self
            .entries
            .values()
            .filter(|entry| !entry.busy)
            .filter_map(|entry| entry.due.map(|(at, _)| at));
        lookups.chain(entries).min()
    }

    /// Takes at most `limit` due jobs, those that failed least first; the caller must report each one's outcome.
    pub fn take_due(&mut self, now: Moment, limit: usize) -> Vec<Job> {
        let mut due: Vec<(u32, Moment, Job)> = Vec::new();
        for lookup in self.lookups.values().filter(|lookup| !lookup.busy && lookup.due <= now) {
            due.push((
                lookup.failures.attempts(),
                lookup.due,
                Job::Look {
                    path: lookup.path.clone(),
                },
            ));
        }
        for (wire, entry) in self.entries.iter().filter(|(_, entry)| !entry.busy) {
            if let Some((at, action)) = entry.due.filter(|(at, _)| *at <= now) {
                due.push((entry.failures.attempts(), at, job(wire, entry, action)));
            }
        }
        due.sort_by_key(|(attempts, at, _)| (*attempts, *at));
        due.truncate(limit);
        let jobs: Vec<Job> = due.into_iter().map(|(_, _, job)| job).collect();
        for job in &jobs {
            self.set_busy(job);
        }
        jobs
    }

    pub(super) fn set_busy(&mut self, job: &Job) {
        match job {
            Job::Look { path } => {
                if let Some(lookup) = self.lookups.get_mut(first_segment(path)) {
                    lookup.busy = true;
                }
            }
            Job::Fetch(wire) | Job::Renew { wire, .. } => {
                if let Some(entry) = self.entries.get_mut(wire) {
                    entry.busy = true;
                }
            }
        }
    }

    /// A job could not be tried at all: it stays due, without counting as its own failure.
    pub fn put_back(&mut self, job: &Job, trouble: Trouble, now: Moment) {
        match job {
            Job::Look { path } => {
                if let Some(lookup) = self.lookups.get_mut(first_segment(path)) {
                    (lookup.busy, lookup.due, lookup.trouble) = (false, now, Some(trouble));
                }
            }
            Job::Fetch(wire) | Job::Renew { wire, .. } => {
                if let Some(entry) = self.entries.get_mut(wire) {
                    (entry.busy, entry.trouble) = (false, Some(trouble));
                }
            }
        }
    }
}

fn job(wire: &Wire, entry: &Entry, action: Action) -> Job {
    match (&entry.lease, action) {
        (Some(lease), Action::Renew) => Job::Renew {
            wire: wire.clone(),
            lease: lease.id.clone(),
        },
        _ => Job::Fetch(wire.clone()),
    }
}

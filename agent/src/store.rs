//! What the templates asked for and what the server answered: one entry per distinct request, shared by all templates.
//!
//! Pure: the engine asks for the jobs that are due, does them, and tells the outcome. An answer is kept through every
//! failure; only a newer answer replaces it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use coffret_templates::{Answer, Request, Secret};
use coffret_vault::Body;
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::answer::Summary;
use crate::backoff::{Backoff, Class, Pace};
use crate::clock::Moment;
use crate::exit::Code;
use crate::handover::{Packed, PackedLease};
use crate::lease::{self, Action, Rules};
use crate::token::Generation;
use crate::wire::{self, Mount, Wire};

/// A request as templates make it, before it is known what kind of mount it goes to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// What the template asks for.
    pub request: Request,
}

impl Name {
    /// The name of `request`.
    #[must_use]
    pub fn new(request: &Request) -> Self {
        Self {
            request: request.clone(),
        }
    }
}

/// Something to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// Find the mount that holds this path.
    Look {
        /// A path below the mount.
        path: String,
    },
    /// Send the request.
    Fetch(Wire),
    /// Extend the lease of its answer.
    Renew {
        /// Whose lease.
        wire: Wire,
        /// The server's name of the lease.
        lease: String,
    },
}

/// Why something did not work, in words that are safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Whether it can pass by itself.
    pub class: Class,
    /// The exit code if it does not pass before the deadline.
    pub code: Code,
    /// What happened.
    pub text: String,
    /// The server's wish when to come back.
    pub retry_after: Option<Duration>,
}

/// The server's answer, ready for templates.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// For the templates.
    pub secret: Arc<Secret>,
    /// For the lease engine.
    pub summary: Summary,
    /// The response's bytes, where they are to be handed on.
    pub body: Option<Arc<Body>>,
}

#[derive(Debug)]
struct Entry {
    answer: Known,
    lease: Option<Lease>,
    due: Option<(Moment, Action)>,
    busy: bool,
    failures: Backoff,
    trouble: Option<Trouble>,
    body: Option<Arc<Body>>,
    /// The path was taken as it is because nobody could say which mount it lies in.
    assumed: bool,
}

#[derive(Debug, Default)]
enum Known {
    #[default]
    Nothing,
    Ready(Arc<Secret>),
    NotFound,
}

/// A lease at the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The server's name of it.
    pub id: String,
    /// The token it was made with.
    pub generation: Generation,
    /// When it ends unless it is renewed.
    pub expires: Moment,
    /// The most that was ever granted.
    pub longest: Duration,
    /// Whether it can be renewed.
    pub renewable: bool,
}

#[derive(Debug)]
struct Lookup {
    path: String,
    due: Moment,
    busy: bool,
    failures: Backoff,
    trouble: Option<Trouble>,
}

/// All requests of all templates.
#[derive(Debug)]
pub struct Store {
    rules: Rules,
    pace: Pace,
    names: BTreeMap<Name, Option<Wire>>,
    entries: BTreeMap<Wire, Entry>,
    mounts: Vec<Mount>,
    lookups: BTreeMap<String, Lookup>,
    changed: BTreeSet<Name>,
}

impl Store {
    /// Nothing was asked for yet.
    #[must_use]
    pub const fn new(rules: Rules, pace: Pace) -> Self {
        Self {
            rules,
            pace,
            names: BTreeMap::new(),
            entries: BTreeMap::new(),
            mounts: Vec::new(),
            lookups: BTreeMap::new(),
            changed: BTreeSet::new(),
        }
    }

    /// Changes how later answers age.
    pub const fn set_rules(&mut self, rules: Rules, pace: Pace) {
        self.rules = rules;
        self.pace = pace;
    }

    /// How answers age.
    #[must_use]
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// A template wants this; known requests are shared, new ones are due at once.
    pub fn want(&mut self, name: &Name, now: Moment) {
        if self.names.contains_key(name) {
            return;
        }
        self.names.insert(name.clone(), None);
        self.place(name, now);
    }

    fn place(&mut self, name: &Name, now: Moment) {
        let path = name.request.path();
        if !wire::needs_mount(&name.request) {
            self.assign(name, None, now, false);
        } else if let Some(mount) = self.mounts.iter().find(|mount| mount.holds(path)).cloned() {
            self.assign(name, Some(&mount), now, false);
        } else {
            let pace = self.pace;
            self.lookups
                .entry(first_segment(path).to_owned())
                .or_insert_with(|| Lookup {
                    path: path.to_owned(),
                    due: now,
                    busy: false,
                    failures: Backoff::new(pace),
                    trouble: None,
                });
        }
    }

    fn assign(&mut self, name: &Name, mount: Option<&Mount>, now: Moment, assumed: bool) {
        let wire = wire::resolve(&name.request, mount);
        self.names.insert(name.clone(), Some(wire.clone()));
        let pace = self.pace;
        let entry = self.entries.entry(wire).or_insert_with(|| Entry {
            answer: Known::Nothing,
            lease: None,
            due: Some((now, Action::Replace)),
            busy: false,
            failures: Backoff::new(pace),
            trouble: None,
            body: None,
            assumed,
        });
        if entry.due.is_none() && !entry.busy {
            entry.due = Some((now, Action::Replace));
        }
        if !matches!(entry.answer, Known::Nothing) {
            self.changed.insert(name.clone());
        }
    }

    /// What is known about a request.
    #[must_use]
    pub fn answer(&self, name: &Name) -> Answer {
        match self.entry_of(name).map(|entry| &entry.answer) {
            Some(Known::Ready(secret)) => Answer::Ready(Arc::clone(secret)),
            Some(Known::NotFound) => Answer::NotFound,
            Some(Known::Nothing) | None => Answer::Pending,
        }
    }

    /// Whether the server said that there is nothing.
    #[must_use]
    pub fn is_absent(&self, name: &Name) -> bool {
        matches!(self.entry_of(name).map(|entry| &entry.answer), Some(Known::NotFound))
    }

    /// Why there is no (newer) answer.
    #[must_use]
    pub fn trouble(&self, name: &Name) -> Option<&Trouble> {
        match self.names.get(name)? {
            Some(wire) => self.entries.get(wire)?.trouble.as_ref(),
            None => self.lookups.get(first_segment(name.request.path()))?.trouble.as_ref(),
        }
    }

    /// The most attempts in a row that any request failed with.
    #[must_use]
    pub fn attempts(&self, name: &Name) -> u32 {
        match self.names.get(name) {
            Some(Some(wire)) => self.entries.get(wire).map_or(0, |entry| entry.failures.attempts()),
            Some(None) => self
                .lookups
                .get(first_segment(name.request.path()))
                .map_or(0, |l| l.failures.attempts()),
            None => 0,
        }
    }

    fn entry_of(&self, name: &Name) -> Option<&Entry> {
        self.entries.get(self.names.get(name)?.as_ref()?)
    }

    /// Requests whose answer changed since the last call.
    pub fn take_changed(&mut self) -> BTreeSet<Name> {
        std::mem::take(&mut self.changed)
    }

    /// Drops what no template asks for any more.
    pub fn retain(&mut self, used: &BTreeSet<Name>) {
        self.names.retain(|name, _| used.contains(name));
        let wires: BTreeSet<&Wire> = self.names.values().flatten().collect();
        self.entries.retain(|wire, entry| entry.busy || wires.contains(wire));
        let unplaced = self.names.iter().filter(|(_, wire)| self.is_unplaced(wire.as_ref()));
        let waiting: BTreeSet<String> = unplaced
            .map(|(name, _)| first_segment(name.request.path()).to_owned())
            .collect();
        self.lookups
            .retain(|segment, lookup| lookup.busy || waiting.contains(segment));
    }

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

    fn set_busy(&mut self, job: &Job) {
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

    /// The mount that holds `path` was found.
    pub fn found_mount(&mut self, path: &str, mount: Mount, now: Moment) {
        let segment = first_segment(path).to_owned();
        self.lookups.remove(&segment);
        self.mounts.retain(|known| known.path != mount.path);
        self.mounts.push(mount);
        self.place_waiting(&segment, now);
    }

    /// Nobody can say which mount holds `path`: its requests are sent as they are, and asked about again if they fail.
    pub fn no_mount(&mut self, path: &str, now: Moment) {
        let segment = first_segment(path).to_owned();
        self.lookups.remove(&segment);
        for name in self.waiting(&segment) {
            self.assign(&name, None, now, true);
        }
    }

    /// The lookup failed and is repeated.
    pub fn look_failed(&mut self, path: &str, trouble: Trouble, now: Moment, unit: f64) {
        if let Some(lookup) = self.lookups.get_mut(first_segment(path)) {
            lookup.busy = false;
            lookup.due = now.after(lookup.failures.fail(trouble.class, trouble.retry_after, unit));
            lookup.trouble = Some(trouble);
        }
    }

    fn place_waiting(&mut self, segment: &str, now: Moment) {
        for name in self.waiting(segment) {
            self.place(&name, now);
        }
    }

    fn waiting(&self, segment: &str) -> Vec<Name> {
        let unplaced = self.names.iter().filter(|(_, wire)| self.is_unplaced(wire.as_ref()));
        unplaced
            .map(|(name, _)| name)
            .filter(|name| first_segment(name.request.path()) == segment)
            .cloned()
            .collect()
    }

    /// Not on the wire yet, or there by a guess that did not work.
    fn is_unplaced(&self, wire: Option<&Wire>) -> bool {
        wire.and_then(|wire| self.entries.get(wire))
            .is_none_or(|entry| entry.assumed && entry.due.is_none() && !entry.busy)
    }

    /// An answer arrived.
    pub fn fetched(&mut self, wire: &Wire, fetched: Fetched, generation: Generation, now: Moment, unit: f64) {
        let plan = self.rules.first(&fetched.summary.facts, unit);
        let Some(entry) = self.entries.get_mut(wire) else {
            return;
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

    /// The path was a guess: before the next attempt the mount is looked for again.
    fn look_again(&mut self, wire: &Wire, due: Moment) {
        let Some(entry) = self.entries.get(wire) else { return };
        let (failures, trouble) = (entry.failures.clone(), entry.trouble.clone());
        let lookup = Lookup {
            path: wire.path.clone(),
            due,
            busy: false,
            failures,
            trouble,
        };
        self.lookups
            .entry(first_segment(&wire.path).to_owned())
            .or_insert(lookup);
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

    /// Leases that ended while nobody could renew them: they are asked for anew instead.
    pub fn expire_leases(&mut self, now: Moment) {
        for entry in self.entries.values_mut().filter(|entry| !entry.busy) {
            if entry.lease.as_ref().is_some_and(|lease| lease.expires <= now) {
                entry.lease = None;
                entry.due = Some((now, Action::Replace));
            }
        }
    }

    /// Every lease in use.
    pub fn leases(&self) -> impl Iterator<Item = (&Wire, &Lease)> {
        self.entries
            .iter()
            .filter_map(|(wire, entry)| Some((wire, entry.lease.as_ref()?)))
    }

    /// The mounts looked up so far.
    #[must_use]
    pub fn mounts(&self) -> &[Mount] {
        &self.mounts
    }

    /// A mount somebody else looked up.
    pub fn know_mount(&mut self, mount: Mount) {
        self.mounts.retain(|known| known.path != mount.path);
        self.mounts.push(mount);
    }

    /// Every answer that was kept as it came, with its lease.
    #[must_use]
    pub fn pack(&self, now: Moment) -> Vec<Packed> {
        let pack = |(wire, entry): (&Wire, &Entry)| {
            let body = std::str::from_utf8(entry.body.as_ref()?.bytes()).ok()?;
            let lease = entry.lease.as_ref().map(|lease| PackedLease {
                id: lease.id.clone(),
                left: lease.expires.since(now),
                longest: lease.longest,
                renewable: lease.renewable,
            });
            let due_in = entry.due.map_or(Duration::ZERO, |(at, _)| at.since(now));
            Some(Packed {
                wire: wire.clone(),
                body: Zeroizing::new(body.to_owned()),
                due_in,
                lease,
            })
        };
        self.entries.iter().filter_map(pack).collect()
    }

    /// Takes over an answer; one whose lease has ended, or that makes no sense, is asked for anew.
    pub fn unpack(&mut self, packed: Packed, generation: Generation, wall: Timestamp, now: Moment) {
        let dead = packed.lease.as_ref().is_some_and(|lease| lease.left.is_zero());
        let Ok(secret) = Secret::from_response(packed.body.as_bytes()) else {
            return;
        };
        if dead || Summary::read(packed.body.as_bytes(), wall).is_err() {
            return;
        }
        let action = match &packed.lease {
            Some(lease) if lease.renewable => Action::Renew,
            _ => Action::Replace,
        };
        let lease = packed.lease.map(|lease| Lease {
            id: lease.id,
            generation,
            expires: now.after(lease.left),
            longest: lease.longest,
            renewable: lease.renewable,
        });
        let entry = Entry {
            answer: Known::Ready(Arc::new(secret)),
            lease,
            due: Some((now.after(packed.due_in), action)),
            busy: false,
            failures: Backoff::new(self.pace),
            trouble: None,
            body: None,
            assumed: false,
        };
        self.entries.insert(packed.wire, entry);
    }

    fn mark_changed(&mut self, wire: &Wire) {
        let names = self
            .names
            .iter()
            .filter(|(_, known)| known.as_ref() == Some(wire))
            .map(|(name, _)| name.clone());
        self.changed.extend(names);
    }
}

/// Renewals are never retried faster than this, except for the very last.
const BETWEEN_RENEWALS: Duration = Duration::from_secs(1);
/// A lease found dead is replaced within this time.
const SOON: Duration = Duration::from_secs(2);

impl Entry {
    fn recovered(&mut self) {
        self.busy = false;
        self.failures.reset();
        self.trouble = None;
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

fn first_segment(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;

//! What the templates asked for and what the server answered: one entry per distinct request, shared by all templates.
//!
//! Pure: the engine asks for the jobs that are due, does them, and tells the outcome. An answer is kept through every
//! failure; only a newer answer replaces it.

mod leases;
mod outcome;
mod parcel;
mod place;
mod schedule;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use coffret_templates::{Answer, Request, Secret};
use coffret_vault::Body;

use crate::answer::Summary;
use crate::backoff::{Backoff, Class, Pace};
use crate::clock::Moment;
use crate::exit::Code;
use crate::lease::{Action, Rules};
use crate::token::Generation;
use crate::wire::{self, Mount, Verb, Wire};

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
    /// The last answer came without a lease.
    unleased: bool,
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

    /// Whether a request may be sent again although it may have been done already: it makes nothing. That is known of
    /// lists, of engines that only keep values, and of what came without a lease before.
    #[must_use]
    pub fn is_repeatable(&self, wire: &Wire) -> bool {
        let inert = |mount: &Mount| mount.inert && mount.holds(&wire.path);
        match wire.verb {
            Verb::Write => false,
            Verb::List => true,
            Verb::Read => {
                wire::is_built_in(&wire.path)
                    || self.mounts.iter().any(inert)
                    || self.entries.get(wire).is_some_and(|entry| entry.unleased)
            }
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
}

fn first_segment(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;

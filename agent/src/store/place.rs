//! Which mount a request lies in, and so what it becomes on the wire.

use crate::backoff::Backoff;
use crate::clock::Moment;
use crate::lease::Action;
use crate::wire::{self, Mount, Wire};

use super::{Entry, Known, Lookup, Name, Store, Trouble, first_segment};

impl Store {
    pub(super) fn place(&mut self, name: &Name, now: Moment) {
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

    pub(super) fn assign(&mut self, name: &Name, mount: Option<&Mount>, now: Moment, assumed: bool) {
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
            unleased: false,
        });
        if entry.due.is_none() && !entry.busy {
            entry.due = Some((now, Action::Replace));
        }
        if !matches!(entry.answer, Known::Nothing) {
            self.changed.insert(name.clone());
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

    pub(super) fn place_waiting(&mut self, segment: &str, now: Moment) {
        for name in self.waiting(segment) {
            self.place(&name, now);
        }
    }

    pub(super) fn waiting(&self, segment: &str) -> Vec<Name> {
        let unplaced = self.names.iter().filter(|(_, wire)| self.is_unplaced(wire.as_ref()));
        unplaced
            .map(|(name, _)| name)
            .filter(|name| first_segment(name.request.path()) == segment)
            .cloned()
            .collect()
    }

    /// Not on the wire yet, or there by a guess that did not work.
    pub(super) fn is_unplaced(&self, wire: Option<&Wire>) -> bool {
        wire.and_then(|wire| self.entries.get(wire))
            .is_none_or(|entry| entry.assumed && entry.due.is_none() && !entry.busy)
    }

    /// The path was a guess: before the next attempt the mount is looked for again.
    pub(super) fn look_again(&mut self, wire: &Wire, due: Moment) {
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
}

//! Answers on their way from an init container to the sidecar.

use std::sync::Arc;
use std::time::Duration;

use coffret_templates::Secret;
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::answer::Summary;
use crate::backoff::Backoff;
use crate::clock::Moment;
use crate::handover::{Packed, PackedLease};
use crate::lease::Action;
use crate::token::Generation;
use crate::wire::Wire;

use super::{Entry, Known, Lease, Name, Store};

impl Store {
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

    /// Takes over what an earlier run rendered, to be replaced after `wait`; a request under way is not disturbed.
    pub fn adopt(&mut self, name: &Name, secret: Secret, wait: Duration, now: Moment) {
        let Some(wire) = self.names.get(name).cloned().flatten() else {
            return;
        };
        let Some(entry) = self.entries.get_mut(&wire) else {
            return;
        };
        if entry.busy || !matches!(entry.answer, Known::Nothing) {
            return;
        }
        entry.answer = Known::Ready(Arc::new(secret));
        entry.due = Some((now.after(wait), Action::Replace));
        self.mark_changed(&wire);
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
        let unleased = packed.lease.is_none();
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
            unleased,
        };
        self.entries.insert(packed.wire, entry);
    }
}

//! Packing for the sidecar, and unpacking there.

use std::time::Duration;

use coffret_vault::Token;
use zeroize::Zeroizing;

use crate::clock::Moment;
use crate::handover::{Packed, Parcel};
use crate::token::Grant;

use super::Engine;

impl Engine {
    /// Writes what the sidecar needs to go on where this run ends.
    pub(super) fn hand_over(&self) {
        let now = self.now();
        let (Some(handover), Some(held)) = (&self.plan.handover, self.session.current(now)) else {
            return;
        };
        let parcel = Parcel {
            packed: self.world.clock.wall(),
            token: Zeroizing::new(held.token.expose().to_owned()),
            token_left: held.expires.map_or(Duration::ZERO, |end| end.since(now)),
            renewable: held.is_renewable(),
            mounts: self.store.mounts().to_vec(),
            answers: self.store.pack(now),
        };
        match handover.write(&parcel, self.world.random.as_ref()) {
            Ok(()) => {
                tracing::info!(target: "agent", event = "handover.written", path = %handover.path.display(), answers = parcel.answers.len() as u64, "token and leases handed over");
            }
            Err(error) => {
                tracing::warn!(target: "agent", event = "handover.failed", error = %error, "nothing is handed over: the sidecar will log in itself");
            }
        }
    }

    /// Takes over what an init container left.
    pub(super) fn take_over(&mut self, now: Moment) {
        let Some(handover) = self.plan.handover.clone().filter(|_| !self.plan.exit_after_auth) else {
            return;
        };
        match handover.take() {
            Ok(Some(parcel)) => self.unpack(parcel, now),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(target: "agent", event = "handover.refused", error = %error, "the hand-over is not used: logging in");
            }
        }
    }

    fn unpack(&mut self, parcel: Parcel, now: Moment) {
        let passed = Duration::try_from(self.world.clock.wall().duration_since(parcel.packed)).unwrap_or_default();
        let ends = !parcel.token_left.is_zero();
        let ttl = parcel.token_left.saturating_sub(passed);
        let Ok(token) = Token::new(&parcel.token) else { return };
        if ends && ttl.is_zero() {
            return;
        }
        self.session.resume(
            Grant {
                token,
                ttl,
                renewable: parcel.renewable,
            },
            now,
            self.unit(),
        );
        let generation = self.session.current(now).map_or(0, |held| held.generation);
        for mount in parcel.mounts {
            self.store.know_mount(mount);
        }
        let count = parcel.answers.len();
        let wall = self.world.clock.wall();
        for packed in parcel.answers {
            self.store.unpack(packed_later(packed, passed), generation, wall, now);
        }
        tracing::info!(target: "agent", event = "handover.taken", answers = count as u64, "token and leases taken over");
    }
}

/// Time went on while the parcel lay there.
fn packed_later(mut packed: Packed, passed: Duration) -> Packed {
    packed.due_in = packed.due_in.saturating_sub(passed);
    if let Some(lease) = &mut packed.lease {
        lease.left = lease.left.saturating_sub(passed);
    }
    packed
}

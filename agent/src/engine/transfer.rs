//! Packing for the sidecar, and unpacking there.

use std::path::PathBuf;
use std::time::Duration;

use coffret_templates::{Request, Secret};
use coffret_vault::Token;
use zeroize::Zeroizing;

use crate::certificate;
use crate::clock::Moment;
use crate::exit::{Code, Failure};
use crate::handover::{Packed, Parcel};
use crate::store::Name;
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
                if handover.required {
                    let text = format!("{error}; persist.exit_on_err demands it");
                    self.refused = Some(Failure::new(Code::Configuration, text));
                }
            }
        }
    }

    /// Certificates that an earlier run rendered are not issued again while they would not have been replaced by now.
    pub(super) fn adopt_certificates(&mut self, now: Moment) {
        let waiting = self.units.iter().filter(|unit| !unit.rendered);
        let asked: Vec<(Name, PathBuf)> = waiting
            .filter_map(|unit| Some((unit, unit.destination()?.to_owned())))
            .flat_map(|(unit, file)| unit.missing.iter().map(move |name| (name.clone(), file.clone())))
            .collect();
        for (name, file) in asked {
            let Request::PkiCert { data, .. } = &name.request else {
                continue;
            };
            let common_name = data.get("common_name").map(String::as_str);
            let Some(kept) = certificate::kept(&file, common_name, self.world.clock.wall()) else {
                continue;
            };
            let wait = self
                .plan
                .rules
                .replacement(kept.life, self.unit())
                .wait
                .saturating_sub(kept.age);
            if let (false, Ok(secret)) = (wait.is_zero(), Secret::from_response(&kept.body)) {
                tracing::info!(target: "agent.template.server", event = "certificate.kept", destination = %file.display(), "the certificate that is there is still good");
                self.store.adopt(&name, secret, wait, now);
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

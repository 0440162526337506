//! Files that are looked at regularly: new credentials, and what templates read with `file`.

use std::path::PathBuf;
use std::time::Duration;

use coffret_config::agent::Method;

use crate::clock::Moment;
use crate::login;
use crate::stamp::Stamp;

use super::Engine;

/// Files that templates read are looked at this often.
const FILES: Duration = Duration::from_secs(2);

/// The credential as the last login found it, and when to look next.
#[derive(Debug, Default)]
pub(super) struct Looks {
    credential: Vec<(PathBuf, Option<Stamp>)>,
    last: Moment,
}

impl Looks {
    /// A login is about to read the credential.
    pub(super) fn credential_read(&mut self, method: &Method) {
        let stamp = |path: PathBuf| {
            let stamp = Stamp::of(&path);
            (path, stamp)
        };
        self.credential = login::files(method).into_iter().map(stamp).collect();
    }

    /// Something is there that the last login did not see; a file that was consumed is nothing new.
    fn has_new_credential(&self) -> bool {
        let new = |(path, seen): &(PathBuf, Option<Stamp>)| {
            let now = Stamp::of(path);
            now.is_some() && now != *seen
        };
        self.credential.iter().any(new)
    }
}

impl Engine {
    /// When to look; none where there is nothing to look at.
    pub(super) fn next_look(&self) -> Option<Moment> {
        let files = self.units.iter().any(|unit| !unit.files.is_empty()).then_some(FILES);
        let period = files.into_iter().chain(self.plan.credential_period).min()?;
        Some(self.looks.last.after(period))
    }

    pub(super) fn look(&mut self, now: Moment) {
        if self.next_look().is_none_or(|due| due > now) {
            return;
        }
        self.looks.last = now;
        self.look_at_credential(now);
        self.look_at_files(now);
    }

    pub(super) fn look_at_credential(&mut self, now: Moment) {
        if self.plan.credential_period.is_some() && self.looks.has_new_credential() {
            self.wrapped_login = false;
            tracing::info!(target: "agent.auth.handler", event = "auth.new_credential", "the credential changed: logging in");
            self.session.login_soon(now);
        }
    }

    pub(super) fn look_at_files(&mut self, now: Moment) {
        for unit in self.units.iter_mut().filter(|unit| unit.files_changed()) {
            unit.touch(now, false);
        }
    }
}

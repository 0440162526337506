//! When the child process is started and replaced. Pure: what happened goes in, one step to take comes out.
//!
//! The child starts as soon as all variables are rendered. Changes are gathered before they replace a running child,
//! and values that are the same as those it was started with replace nothing.

use std::time::Duration;

use ring::digest::{Context, SHA256};
use zeroize::Zeroizing;

use crate::clock::Moment;

/// Changes are gathered this long after the last one, as in the agents this one replaces.
pub const GATHERING: Duration = Duration::from_secs(2);
/// A child that is to be replaced has this long between the signal that asks it to stop and the one that ends it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What a child was or would be started with: the same digest means the same command and the same values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The digest of a command and of variables with their values.
    pub fn of<'a>(command: &[String], variables: impl Iterator<Item = (&'a str, &'a Zeroizing<Vec<u8>>)>) -> Self {
        let mut digest = Context::new(&SHA256);
        let mut add = |bytes: &[u8]| {
            // The length keeps neighbours apart.
            digest.update(&(bytes.len() as u64).to_le_bytes());
            digest.update(bytes);
        };
        command.iter().for_each(|word| add(word.as_bytes()));
        for (name, value) in variables {
            add(name.as_bytes());
            add(value);
        }
        let mut found = [0; 32];
        found.copy_from_slice(digest.finish().as_ref());
        Self(found)
    }
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Start the child.
    Start,
    /// Ask the running child to stop; its successor is started when it is gone.
    Stop,
    /// End the child that did not stop.
    Kill,
    /// The values changed, and the child is to go on with the old ones.
    Keep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// There is no child.
    Absent,
    Running,
    /// The child was asked to stop and has until then.
    Stopping(Moment),
    Killed,
    /// The child ended by itself, and nothing follows.
    Over,
}

/// The life of one child and its successors.
#[derive(Clone, Debug)]
pub struct Supervisor {
    /// Whether changed values replace a running child.
    restart: bool,
    phase: Phase,
    /// End of the gathering of changes.
    gathered: Option<Moment>,
    known: Option<Fingerprint>,
}

impl Supervisor {
    /// Nothing is running yet; `restart` says whether changes will replace what runs.
    #[must_use]
    pub const fn new(restart: bool) -> Self {
        Self {
            restart,
            phase: Phase::Absent,
            gathered: None,
            known: None,
        }
    }

    /// Changes from now on replace what runs, or do not.
    pub const fn set_restart(&mut self, restart: bool) {
        self.restart = restart;
    }

    /// A value or the command may have changed.
    pub fn changed(&mut self, now: Moment) {
        if self.phase == Phase::Running {
            self.gathered = Some(now.after(GATHERING));
        }
    }

    /// When there is something to decide without anything coming in.
    #[must_use]
    pub const fn next(&self) -> Option<Moment> {
        match self.phase {
            Phase::Running => self.gathered,
            Phase::Stopping(until) => Some(until),
            Phase::Absent | Phase::Killed | Phase::Over => None,
        }
    }

    /// What to do now. `ready` says that all variables are rendered, `current` digests them.
    pub fn step(&mut self, now: Moment, ready: bool, current: impl FnOnce() -> Fingerprint) -> Option<Step> {
        match self.phase {
            Phase::Absent if ready => {
                self.known = Some(current());
                self.gathered = None;
                self.phase = Phase::Running;
                Some(Step::Start)
            }
            Phase::Running if self.gathered.is_some_and(|due| due <= now) => {
                self.gathered = None;
                self.replace(now, current())
            }
            Phase::Stopping(until) if until <= now => {
                self.phase = Phase::Killed;
                Some(Step::Kill)
            }
            _ => None,
        }
    }

    fn replace(&mut self, now: Moment, current: Fingerprint) -> Option<Step> {
        if self.known.replace(current) == Some(current) {
            return None;
        }
        if !self.restart {
            return Some(Step::Keep);
        }
        self.phase = Phase::Stopping(now.after(PATIENCE));
        Some(Step::Stop)
    }

    /// The child is gone. Answers whether that was asked for: then a successor follows, otherwise the agent ends too.
    pub fn ended(&mut self) -> bool {
        let asked = matches!(self.phase, Phase::Stopping(_) | Phase::Killed);
        self.phase = if asked { Phase::Absent } else { Phase::Over };
        asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::new(Duration::from_secs(seconds))
    }

    fn values(value: &str) -> Fingerprint {
        let value = Zeroizing::new(value.as_bytes().to_vec());
        Fingerprint::of(&["app".to_owned()], [("A", &value)].into_iter())
    }

    fn running() -> Supervisor {
        let mut supervisor = Supervisor::new(true);
        assert_eq!(supervisor.step(at(0), false, || values("1")), None);
        assert_eq!(supervisor.step(at(1), true, || values("1")), Some(Step::Start));
        supervisor
    }

    #[test]
    fn a_change_is_gathered_and_then_replaces_the_child() {
        let mut supervisor = running();
        supervisor.changed(at(10));
        supervisor.changed(at(11));
        assert_eq!(supervisor.next(), Some(at(13)));
        assert_eq!(supervisor.step(at(12), true, || values("2")), None);
        assert_eq!(supervisor.step(at(13), true, || values("2")), Some(Step::Stop));
        assert_eq!(supervisor.next(), Some(at(43)));
        assert!(supervisor.ended());
        assert_eq!(supervisor.step(at(14), true, || values("2")), Some(Step::Start));
        assert_eq!(supervisor.next(), None);
    }

    #[test]
    fn a_change_that_is_taken_back_replaces_nothing() {
        let mut supervisor = running();
        supervisor.changed(at(10));
        assert_eq!(supervisor.step(at(12), true, || values("1")), None);
        assert_eq!(supervisor.next(), None);
    }

    #[test]
    fn a_child_that_does_not_stop_is_ended() {
        let mut supervisor = running();
        supervisor.changed(at(10));
        assert_eq!(supervisor.step(at(12), true, || values("2")), Some(Step::Stop));
        // What changes meanwhile reaches the successor.
        supervisor.changed(at(20));
        assert_eq!(supervisor.step(at(41), true, || values("3")), None);
        assert_eq!(supervisor.step(at(42), true, || values("3")), Some(Step::Kill));
        assert_eq!(supervisor.step(at(43), true, || values("3")), None);
        assert!(supervisor.ended());
        assert_eq!(supervisor.step(at(43), true, || values("3")), Some(Step::Start));
        supervisor.changed(at(50));
        assert_eq!(supervisor.step(at(52), true, || values("3")), None);
    }

    #[test]
    fn a_child_that_is_never_restarted_is_kept_and_that_is_said_once() {
        let mut supervisor = running();
        supervisor.set_restart(false);
        supervisor.changed(at(10));
        assert_eq!(supervisor.step(at(12), true, || values("2")), Some(Step::Keep));
        supervisor.changed(at(20));
        assert_eq!(supervisor.step(at(22), true, || values("2")), None);
    }

    #[test]
    fn an_end_nobody_asked_for_is_told_apart() {
        let mut supervisor = running();
        supervisor.changed(at(10));
        assert!(!supervisor.ended());
        assert_eq!(
            supervisor.step(at(12), true, || values("2")),
            None,
            "it was started again"
        );
    }

    #[test]
    fn neighbouring_texts_do_not_run_together() {
        let one = Zeroizing::new(b"1".to_vec());
        let two = Zeroizing::new(b"11".to_vec());
        let of = |pairs: &[(&'static str, &Zeroizing<Vec<u8>>)]| Fingerprint::of(&[], pairs.iter().copied());
        assert_ne!(of(&[("A", &two), ("B", &one)]), of(&[("A", &one), ("B", &two)]));
        assert_ne!(of(&[("A", &one)]), Fingerprint::of(&["A".to_owned()], [].into_iter()));
    }
}

//! The agent's own token: when to log in, renew, check and replace it. Pure; the shell around it talks to the server.
//!
//! A token that nears its maximum is replaced while it still lives, and the former one stays known until it ends: the
//! leases made with it die with it, so their successors must be there before.

use std::time::Duration;

use coffret_vault::Token;

use crate::backoff::{Backoff, Class, Pace};
use crate::clock::Moment;
use crate::lease::{self, Action};

/// Tokens are numbered in the order they were received.
pub type Generation = u64;

/// A token as a login or a lookup describes it.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The token.
    pub token: Token,
    /// Time it has left; zero for one that never ends.
    pub ttl: Duration,
    /// Whether it can be renewed.
    pub renewable: bool,
}

/// What the session wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Log in.
    Login,
    /// Extend the current token.
    Renew,
    /// Ask the server whether the current token is still good.
    Check,
}

/// A token in use, or one that was and has leases left.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its number.
    pub generation: Generation,
    /// The token.
    pub token: Token,
    /// When it ends; none for one that never does.
    pub expires: Option<Moment>,
    renewable: bool,
    longest: Duration,
    plan: Option<(Moment, Action)>,
    failures: Backoff,
}

impl Held {
    /// Whether the server said that it can be renewed.
    #[must_use]
    pub const fn is_renewable(&self) -> bool {
        self.renewable
    }

    fn lives(&self, now: Moment) -> bool {
        self.expires.is_none_or(|end| end > now)
    }
}

/// What became of the former token when a new one arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Succession {
    /// The former token.
    pub former: Generation,
    /// Time it has left; none when it never ends.
    pub left: Option<Duration>,
}

/// Retries of a renewal never wait longer than this part of what is left.
const PATIENCE: u32 = 4;

/// The state of the login.
#[derive(Debug)]
pub struct Session {
    current: Option<Held>,
    former: Vec<Held>,
    logins: Backoff,
    login_at: Option<Moment>,
    checks: Backoff,
    check_at: Option<Moment>,
    confirmed_at: Option<Moment>,
    busy: Option<Step>,
    count: Generation,
    pace: Pace,
}

impl Session {
    /// Nobody is logged in; the first login is due at once.
    #[must_use]
    pub const fn new(pace: Pace) -> Self {
        Self {
            current: None,
            former: Vec::new(),
            logins: Backoff::new(pace),
            login_at: Some(Moment::new(Duration::ZERO)),
            checks: Backoff::new(pace),
            check_at: None,
            confirmed_at: None,
            busy: None,
            count: 0,
            pace,
        }
    }

    /// The token to use now.
    #[must_use]
    pub fn current(&self, now: Moment) -> Option<&Held> {
        self.current.as_ref().filter(|held| held.lives(now))
    }

    /// The token to use now and its generation, as copies that outlive a change of the session.
    #[must_use]
    pub fn in_use(&self, now: Moment) -> Option<(Token, Generation)> {
        self.current(now).map(|held| (held.token.clone(), held.generation))
    }

    /// Every token that may still be good, the current one first.
    pub fn living(&self, now: Moment) -> impl Iterator<Item = &Held> {
        self.current
            .iter()
            .chain(&self.former)
            .filter(move |held| held.lives(now))
    }

    /// Logins failed in a row.
    #[must_use]
    pub const fn failed_logins(&self) -> u32 {
        self.logins.attempts()
    }

    /// The next step and when it is due; none while one is under way.
    #[must_use]
    pub fn next(&self) -> Option<(Moment, Step)> {
        if self.busy.is_some() {
            return None;
        }
        let login = self.login_at.map(|at| (at, Step::Login));
        let check = self.check_at.map(|at| (at, Step::Check));
        let planned = self
            .current
            .as_ref()
            .and_then(|held| held.plan)
            .map(|(at, action)| match action {
                Action::Renew => (at, Step::Renew),
                Action::Replace => (at, Step::Login),
            });
        // A login that is being retried overrides what was planned for the token.
        if login.is_some() {
            login
        } else {
            check.into_iter().chain(planned).min_by_key(|(at, _)| *at)
        }
    }

    /// A step was started.
    pub fn begin(&mut self, step: Step) {
        self.busy = Some(step);
    }

    /// A login succeeded.
    pub fn logged_in(&mut self, grant: Grant, now: Moment, unit: f64) -> Option<Succession> {
        self.busy = None;
        self.login_at = None;
        self.check_at = None;
        self.logins.reset();
        self.count += 1;
        let held = Held {
            generation: self.count,
            token: grant.token,
            expires: None,
            renewable: grant.renewable,
            longest: Duration::ZERO,
            plan: None,
            failures: Backoff::new(self.pace),
        };
        let former = self.current.replace(held);
        self.plan(grant.ttl, now, unit);
        self.former.retain(|held| held.lives(now));
        let former = former?;
        let left = former.expires.map(|end| end.since(now));
        let succession = Succession {
            former: former.generation,
            left,
        };
        self.former.push(former);
        Some(succession)
    }

    /// Takes over a token that was in use before, with the number 1.
    pub fn resume(&mut self, grant: Grant, now: Moment, unit: f64) {
        self.logged_in(grant, now, unit);
    }

    /// A login failed; answers how long until the next.
    pub fn login_failed(&mut self, class: Class, retry_after: Option<Duration>, now: Moment, unit: f64) -> Duration {
        self.busy = None;
        let wait = self.logins.fail(class, retry_after, unit);
        self.login_at = Some(now.after(wait));
        wait
    }

    /// Nobody was there to log in at: it stays due, and does not count as a failed login.
    pub fn login_put_off(&mut self, now: Moment) {
        self.busy = None;
        self.login_at = Some(now);
    }

    /// A check found the token alive: what was planned for it stands.
    pub fn confirmed(&mut self, now: Moment) {
        self.busy = None;
        self.check_at = None;
        self.checks.reset();
        self.confirmed_at = Some(now);
    }

    /// A renewal succeeded and granted `ttl`.
    pub fn extended(&mut self, ttl: Duration, renewable: bool, now: Moment, unit: f64) {
        self.busy = None;
        if let Some(held) = &mut self.current {
            held.renewable = held.renewable && renewable;
            held.failures.reset();
        }
        self.plan(ttl, now, unit);
    }

    fn plan(&mut self, ttl: Duration, now: Moment, unit: f64) {
        let Some(held) = &mut self.current else { return };
        if ttl.is_zero() {
            held.expires = None;
            held.plan = None;
            return;
        }
        held.expires = Some(now.after(ttl));
        held.longest = held.longest.max(ttl);
        let plan = lease::after_renewal(ttl, held.longest, unit);
        let action = if held.renewable { plan.action } else { Action::Replace };
        held.plan = Some((now.after(plan.wait), action));
    }

    /// A renewal failed. Refused ones are checked: the token is gone, or it may only not renew itself.
    pub fn renewal_failed(&mut self, class: Class, retry_after: Option<Duration>, now: Moment, unit: f64) {
        self.busy = None;
        let Some(held) = &mut self.current else { return };
        let left = held.expires.map_or(Duration::MAX, |end| end.since(now));
        if left.is_zero() {
            self.login_at = Some(now);
            return;
        }
        if class == Class::Permanent {
            held.renewable = false;
            held.plan = Some((now.after(lease::succession(left, unit).wait), Action::Replace));
            self.doubt(now, unit);
            return;
        }
        let wait = held.failures.fail(class, retry_after, unit);
        held.plan = Some((
            now.after(wait.min(left / PATIENCE).max(MINIMUM).min(left)),
            Action::Renew,
        ));
    }

    /// A request was refused although it should not be: is the token still good? Asked once, then ever more rarely
    /// while the answer does not help.
    pub fn doubt(&mut self, now: Moment, unit: f64) {
        let recently = self.confirmed_at.is_some_and(|at| now.since(at) < TRUST);
        if recently || self.check_at.is_some() || self.login_at.is_some() || self.busy == Some(Step::Check) {
            return;
        }
        let wait = match self.checks.attempts() {
            0 => Duration::ZERO,
            _ => self.checks.clone().fail(Class::Permanent, None, unit),
        };
        self.check_at = Some(now.after(wait));
    }

    /// The server does not know the token any more: log in. Answers the number of the dead token.
    pub fn rejected(&mut self, now: Moment, unit: f64) -> Option<Generation> {
        self.busy = None;
        self.check_at = None;
        self.checks.fail(Class::Permanent, None, unit);
        self.login_at = Some(now);
        self.current.take().map(|held| held.generation)
    }

    /// A check got no answer; it is repeated later.
    pub fn check_failed(&mut self, retry_after: Option<Duration>, now: Moment, unit: f64) {
        self.busy = None;
        let wait = self.checks.fail(Class::Transient, retry_after, unit);
        self.check_at = Some(now.after(wait));
    }

    /// There is nothing to log in for any more until credentials change.
    pub fn set_aside(&mut self) {
        self.busy = None;
        self.login_at = None;
    }

    /// Credentials changed: log in soon instead of later.
    pub fn login_soon(&mut self, now: Moment) {
        if self.busy != Some(Step::Login) {
            self.login_at = Some(now);
        }
    }

    /// Notices tokens that ended, and answers the numbers of those that took leases with them.
    pub fn expire(&mut self, now: Moment) -> Vec<Generation> {
        let mut ended = Vec::new();
        if self.current.as_ref().is_some_and(|held| !held.lives(now))
            && let Some(held) = self.current.take()
        {
            ended.push(held.generation);
            self.check_at = None;
            if self.login_at.is_none() && self.busy != Some(Step::Login) {
                self.login_at = Some(now);
            }
        }
        self.former.retain(|held| {
            let lives = held.lives(now);
            if !lives {
                ended.push(held.generation);
            }
            lives
        });
        ended
    }

    /// When the next token ends by itself.
    #[must_use]
    pub fn next_end(&self) -> Option<Moment> {
        self.current
            .iter()
            .chain(&self.former)
            .filter_map(|held| held.expires)
            .min()
    }
}

/// A token found good is not doubted again for this long: the refusal was about the path.
const TRUST: Duration = Duration::from_secs(60);
/// Renewals are never retried faster.
const MINIMUM: Duration = Duration::from_secs(1);

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;

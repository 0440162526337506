//! One door per server: while nobody answers there, a single request at a time tries it, however many are waiting.

use std::time::Duration;

use crate::backoff::{Backoff, Class, Pace};
use crate::clock::Moment;

/// Whether requests may go out.
#[derive(Debug)]
pub struct Gate {
    backoff: Backoff,
    shut: Option<Moment>,
    trying: bool,
}

impl Gate {
    /// An open door; `pace` is how a shut one is tried.
    #[must_use]
    pub const fn new(pace: Pace) -> Self {
        Self {
            backoff: Backoff::new(pace),
            shut: None,
            trying: false,
        }
    }

    /// How many requests may be sent now.
    #[must_use]
    pub fn allowance(&self, now: Moment) -> usize {
        match self.shut {
            None => usize::MAX,
            Some(until) if now >= until && !self.trying => 1,
            Some(_) => 0,
        }
    }

    /// When a shut door is tried again; none while it is open or being tried.
    #[must_use]
    pub fn next_try(&self) -> Option<Moment> {
        self.shut.filter(|_| !self.trying)
    }

    /// Whether the server is known not to answer.
    #[must_use]
    pub const fn is_shut(&self) -> bool {
        self.shut.is_some()
    }

    /// A request went out.
    pub fn sent(&mut self) {
        self.trying = self.shut.is_some();
    }

    /// The server answered something.
    pub fn answered(&mut self) {
        self.backoff.reset();
        self.shut = None;
        self.trying = false;
    }

    /// Nobody answered, or the server is sealed. Requests that were under way together count once.
    pub fn unanswered(&mut self, now: Moment, retry_after: Option<Duration>, unit: f64) {
        if self.shut.is_none_or(|until| now >= until) {
            let wait = self.backoff.fail(Class::Transient, retry_after, unit);
            self.shut = Some(now.after(wait));
        }
        self.trying = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
        base: Duration::from_secs(1),
        ceiling: Duration::from_secs(60),
    };

    fn at(seconds: u64) -> Moment {
        Moment::new(Duration::from_secs(seconds))
    }

    #[test]
    fn a_hundred_failures_at_once_count_as_one() {
        let mut gate = Gate::new(PACE);
        for _ in 0..100 {
            gate.unanswered(at(0), None, 0.99);
        }
        assert_eq!(gate.allowance(at(0)), 0);
        assert_eq!(gate.allowance(at(1)), 1);
    }

    #[test]
    fn one_request_tries_and_success_opens() {
        let mut gate = Gate::new(PACE);
        gate.unanswered(at(0), None, 0.0);
        gate.sent();
        assert_eq!((gate.allowance(at(100)), gate.next_try()), (0, None));
        gate.unanswered(at(100), None, 0.5);
        assert!(gate.next_try().is_some_and(|next| next > at(100)));
        gate.sent();
        gate.answered();
        assert_eq!(gate.allowance(at(100)), usize::MAX);
    }
}

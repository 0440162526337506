//! One door per server: while nobody answers there, a single request at a time tries it, however many are waiting.
//!
//! What desynchronises a fleet is here. A dropped connection is no outage, so the first try follows soon. After that every
//! agent tries at a random point of one and the same window: however long the outage was, the fleet comes back spread
//! over that window, as it would have started. The window shrinks only where this agent has something to lose.
//!
//! A load balancer that answers in the server's place, or a connection that breaks, is doubtful: while one path alone
//! fails so, the server is there; when two do in a row, with no proper answer between them, it is not.

use std::time::Duration;

use crate::backoff::{self, Pace};
use crate::clock::Moment;

/// The first try follows within this many times the base of the pace.
const SOON: u32 = 4;
/// Later tries of one agent are a window apart, less at most this share of it: many waits of random length would bunch.
const DRIFT: f64 = 0.1;

/// Whether requests may go out.
#[derive(Debug)]
pub struct Gate {
    pace: Pace,
    failures: u32,
    /// This agent has its own place in the window.
    placed: bool,
    shut: Option<Moment>,
    trying: bool,
    /// What got a doubtful answer last, if there was no proper one since.
    suspect: Option<String>,
}

impl Gate {
    /// An open door; `pace` is how a shut one is tried.
    #[must_use]
    pub const fn new(pace: Pace) -> Self {
        Self {
            pace,
            failures: 0,
            placed: false,
            shut: None,
            trying: false,
            suspect: None,
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

    /// A doubtful answer about `subject`, or none: whether it counts as unanswered, which another one about something
    /// else makes it, and a door that is shut already.
    pub fn doubts(&mut self, subject: &str) -> bool {
        let other = self.suspect.as_deref().is_some_and(|suspect| suspect != subject);
        self.suspect = Some(subject.to_owned());
        other || self.is_shut()
    }

    /// The server answered something.
    pub fn answered(&mut self) {
        self.suspect = None;
        self.failures = 0;
        self.placed = false;
        self.shut = None;
        self.trying = false;
    }

    /// Nobody answered, or the server is sealed. Requests that were under way together count once. Where something is
    /// lost after `patience`, the next try is not later than that; `unit` is a random number in 0..1.
    pub fn unanswered(&mut self, now: Moment, retry_after: Option<Duration>, patience: Duration, unit: f64) {
        if self.shut.is_none_or(|until| now >= until) {
            let wait = self.wait(patience, unit);
            self.shut = Some(now.after(backoff::not_before(wait, retry_after, unit)));
            self.failures = self.failures.saturating_add(1);
        }
        self.trying = false;
    }

    /// Soon, then anywhere in the window, then a window after the last try.
    fn wait(&mut self, patience: Duration, unit: f64) -> Duration {
        let Pace { base, ceiling } = self.pace;
        let soon = base.saturating_mul(SOON).min(ceiling);
        let wait = match self.failures {
            0 => soon.mul_f64(unit),
            _ if patience < ceiling => patience.mul_f64(unit),
            _ if !self.placed => {
                self.placed = true;
                ceiling.mul_f64(unit)
            }
            _ => ceiling.mul_f64(1.0 - DRIFT * unit),
        };
        wait.clamp(base.min(ceiling) / 2, ceiling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Random as _, SeededRandom};

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
            gate.unanswered(at(0), None, Duration::MAX, 0.99);
        }
        assert_eq!(gate.allowance(at(0)), 0);
        assert_eq!(gate.allowance(at(4)), 1);
    }

    /// Agents that all fail at once; answers how many try in each second from `end` on, each until it succeeds.
    fn comebacks(agents: u64, end: u64) -> Vec<usize> {
        let mut seconds = vec![0; 61];
        for seed in 0..agents {
            let random = SeededRandom::new(seed);
            let (mut gate, mut now) = (Gate::new(PACE), at(0));
            while now < at(end) {
                gate.unanswered(now, None, Duration::MAX, random.unit());
                now = gate.next_try().unwrap();
            }
            seconds[usize::try_from(now.since(at(end)).as_secs()).unwrap()] += 1;
        }
        seconds
    }

    #[test]
    fn a_fleet_comes_back_evenly_however_long_the_outage_was() {
        const AGENTS: u64 = 6_000;
        for end in [10, 30, 60, 90, 240, 3_600] {
            let peak = comebacks(AGENTS, end).into_iter().max().unwrap();
            println!("{AGENTS} agents: at most {peak} try in one second after {end} s");
            assert!(peak < 2 * 100, "{peak} of {AGENTS} agents in one second after {end} s");
        }
    }

    #[test]
    fn what_would_be_lost_is_not_kept_waiting() {
        let mut gate = Gate::new(PACE);
        let (mut now, patience) = (at(0), Duration::from_secs(5));
        for _ in 0..10 {
            gate.unanswered(now, None, patience, 0.999);
            assert!(gate.next_try().unwrap().since(now) <= patience);
            now = gate.next_try().unwrap();
        }
    }

    #[test]
    fn one_path_alone_is_no_outage_and_two_in_a_row_are() {
        let mut gate = Gate::new(PACE);
        assert!(!gate.doubts("a") && !gate.doubts("a"));
        gate.answered();
        assert!(!gate.doubts("b"), "an answer between them tells them apart");
        assert!(gate.doubts("a"));
        gate.unanswered(at(0), None, Duration::MAX, 0.5);
        gate.answered();
        assert!(!gate.doubts("a"));
        gate.unanswered(at(0), None, Duration::MAX, 0.5);
        assert!(gate.doubts("a"), "a shut door is not opened by a doubtful answer");
    }

    #[test]
    fn one_request_tries_and_success_opens() {
        let mut gate = Gate::new(PACE);
        gate.unanswered(at(0), None, Duration::MAX, 0.0);
        gate.sent();
        assert_eq!((gate.allowance(at(100)), gate.next_try()), (0, None));
        gate.unanswered(at(100), None, Duration::MAX, 0.5);
        assert!(gate.next_try().is_some_and(|next| next > at(100)));
        gate.sent();
        gate.answered();
        assert_eq!(gate.allowance(at(100)), usize::MAX);
    }
}

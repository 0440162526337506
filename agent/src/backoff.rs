//! Waiting between attempts: exponential with full jitter, a floor, a ceiling, and a kind of failure that decides both.

use std::time::Duration;

/// What kind of failure an attempt ended with; it decides how soon another attempt makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Nobody answered, or a proxy or server said "not now" (connection failures, 412, 429, 5xx): may pass by itself.
    Transient,
    /// The server understood and refused (400, 403, 404), or a template is wrong: passes only when someone acts.
    Permanent,
}

/// The limits of one series of attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Ceiling of the first wait.
    pub base: Duration,
    /// Ceiling of every wait.
    pub ceiling: Duration,
}

/// Permanent failures start here: nothing changes on a server faster than a person acts.
const PERMANENT_BASE: Duration = Duration::from_secs(5);
/// Permanent failures are looked at again at least this often, so that a granted permission is seen without a restart.
const PERMANENT_CEILING: Duration = Duration::from_secs(300);
/// Added at random on top of the time a server asked for, so that a fleet does not return in step.
const RETRY_AFTER_SPREAD: f64 = 0.25;

/// A server that asks for more is not believed: a slip in a proxy must not outlast every lease.
const LONGEST_ASKED: Duration = Duration::from_secs(3_600);

/// One series of failed attempts at the same thing.
#[derive(Clone, Debug)]
pub struct Backoff {
    pace: Pace,
    attempts: u32,
}

impl Backoff {
    /// No attempt has failed yet.
    #[must_use]
    pub const fn new(pace: Pace) -> Self {
        Self { pace, attempts: 0 }
    }

    /// Attempts failed in a row.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Starts over after a success.
    pub const fn reset(&mut self) {
        self.attempts = 0;
    }

    /// Counts a failure and answers how long to wait; `unit` is a random number in 0..1. A server's own wish
    /// (`Retry-After`) is a lower bound that the wait exceeds by a random share.
    pub fn fail(&mut self, class: Class, retry_after: Option<Duration>, unit: f64) -> Duration {
        let pace = self.pace_of(class);
        let ceiling = doubled(pace.base, self.attempts).min(pace.ceiling);
        self.attempts = self.attempts.saturating_add(1);
        let floor = pace.base.min(pace.ceiling) / 2;
        let wait = floor + ceiling.saturating_sub(floor).mul_f64(unit.clamp(0.0, 1.0));
        not_before(wait, retry_after, unit)
    }

    fn pace_of(&self, class: Class) -> Pace {
        match class {
            Class::Transient => self.pace,
            Class::Permanent => Pace {
                base: self.pace.base.max(PERMANENT_BASE),
                ceiling: self.pace.ceiling.max(PERMANENT_CEILING),
            },
        }
    }
}

/// The wait, unless the server asked for a longer one: then that, and a random share more.
#[must_use]
pub fn not_before(wait: Duration, retry_after: Option<Duration>, unit: f64) -> Duration {
    let asked = retry_after.unwrap_or_default().min(LONGEST_ASKED);
    wait.max(asked.saturating_add(asked.mul_f64(RETRY_AFTER_SPREAD * unit.clamp(0.0, 1.0))))
}

fn doubled(base: Duration, times: u32) -> Duration {
    base.saturating_mul(1_u32.checked_shl(times.min(31)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pace(base_ms: u64, ceiling_ms: u64) -> Pace {
        Pace {
            base: Duration::from_millis(base_ms),
            ceiling: Duration::from_millis(ceiling_ms),
        }
    }

    proptest! {
        #[test]
        fn waits_stay_between_half_the_base_and_the_ceiling(
            base in 1_u64..5_000, extra in 0_u64..300_000, failures in 1_usize..64, unit in 0.0_f64..1.0,
        ) {
            let limits = pace(base, base + extra);
            let mut backoff = Backoff::new(limits);
            for _ in 0..failures {
                let wait = backoff.fail(Class::Transient, None, unit);
                prop_assert!(wait >= limits.base / 2);
                prop_assert!(wait <= limits.ceiling);
            }
            prop_assert_eq!(backoff.attempts() as usize, failures);
        }

        #[test]
        fn a_server_that_names_a_time_is_never_asked_earlier(asked in 0_u64..3_600_000, unit in 0.0_f64..1.0) {
            let asked = Duration::from_millis(asked);
            let wait = Backoff::new(pace(250, 60_000)).fail(Class::Transient, Some(asked), unit);
            prop_assert!(wait >= asked);
        }

        #[test]
        fn permanent_failures_wait_seconds_even_with_an_eager_pace(unit in 0.0_f64..1.0) {
            let wait = Backoff::new(pace(1, 2)).fail(Class::Permanent, None, unit);
            prop_assert!(wait >= PERMANENT_BASE / 2);
        }
    }

    #[test]
    fn an_hour_of_failures_makes_a_bounded_number_of_attempts() {
        let random = crate::random::SeededRandom::new(1);
        let mut backoff = Backoff::new(pace(250, 60_000));
        let mut passed = Duration::ZERO;
        while passed < Duration::from_secs(3_600) {
            passed += backoff.fail(Class::Transient, None, crate::random::Random::unit(&random));
        }
        assert!(backoff.attempts() < 180, "{} attempts", backoff.attempts());
    }

    #[test]
    fn a_server_that_names_next_year_is_asked_within_hours() {
        let asked = Duration::from_secs(u64::MAX);
        assert!(not_before(Duration::ZERO, Some(asked), 1.0) < Duration::from_secs(2 * 3_600));
    }

    #[test]
    fn success_starts_over() {
        let mut backoff = Backoff::new(pace(1_000, 60_000));
        for _ in 0..10 {
            backoff.fail(Class::Transient, None, 0.5);
        }
        backoff.reset();
        assert!(backoff.fail(Class::Transient, None, 0.99) <= Duration::from_secs(1));
    }
}

//! Time as the agent sees it: one line that never falls behind the node's clocks.
//!
//! A suspended node stops `CLOCK_MONOTONIC`, a restored virtual machine stops `CLOCK_BOOTTIME` too, and only the wall
//! clock may step backwards. Leases run on the server's time, so whichever clock moved furthest counts: waking up early
//! costs a request, waking up late costs a credential.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};

/// A point on the agent's own time line, counted from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(Duration);

impl Moment {
    /// The moment that lies `since_start` after the start of the time line.
    #[must_use]
    pub const fn new(since_start: Duration) -> Self {
        Self(since_start)
    }

    /// Time passed since the start of the time line.
    #[must_use]
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// The moment `by` later; stays at the end of time instead of overflowing.
    #[must_use]
    pub const fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by))
    }

    /// Time from `earlier` to this moment, zero when `earlier` is not earlier.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}s", self.0.as_secs_f64())
    }
}

/// A wait that ends at some moment; not tied to a thread.
pub type Wait = Pin<Box<dyn Future<Output = ()>>>;

/// The door through which time enters the agent.
pub trait Clock {
    /// Now, on the agent's time line.
    fn now(&self) -> Moment;
    /// Now, on the calendar; for certificates, state files and log lines.
    fn wall(&self) -> Timestamp;
    /// Ends when `now` has reached `until`.
    fn sleep_until(&self, until: Moment) -> Wait;
    /// Told before the agent waits, with the number of jobs under way; a clock driven by a test moves on only at zero.
    fn idle(&self, jobs: usize) {
        let _ = jobs;
    }
}

/// Between two looks at the clocks a sleeper waits no longer than this, so a suspended node is noticed soon.
const TICK: Duration = Duration::from_secs(10);

/// The node's clocks.
#[derive(Debug)]
pub struct SystemClock {
    line: std::rc::Rc<Line>,
}

#[derive(Debug)]
struct Line {
    seen: Cell<Reading>,
    moment: Cell<Moment>,
}

#[derive(Clone, Copy, Debug)]
struct Reading {
    boot: Duration,
    wall: Timestamp,
}

impl Reading {
    fn take() -> Self {
        let boot = clock_gettime(ClockId::Boottime);
        let seconds = u64::try_from(boot.tv_sec).unwrap_or(0);
        let nanos = u32::try_from(boot.tv_nsec).unwrap_or(0);
        Self {
            boot: Duration::new(seconds, nanos),
            wall: Timestamp::now(),
        }
    }
}

impl Line {
    fn advance(&self, to: Reading) -> Moment {
        let from = self.seen.replace(to);
        let boot = to.boot.saturating_sub(from.boot);
        let wall = Duration::try_from(to.wall.duration_since(from.wall)).unwrap_or_default();
        let moment = self.moment.get().after(boot.max(wall));
        self.moment.set(moment);
        moment
    }
}

impl SystemClock {
    /// Starts a time line at zero.
    #[must_use]
    pub fn start() -> Self {
        let line = Line {
            seen: Cell::new(Reading::take()),
            moment: Cell::new(Moment::default()),
        };
        Self {
            line: std::rc::Rc::new(line),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        self.line.advance(Reading::take())
    }

    fn wall(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep_until(&self, until: Moment) -> Wait {
        let line = std::rc::Rc::clone(&self.line);
        Box::pin(async move {
            loop {
                let left = until.since(line.advance(Reading::take()));
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(TICK)).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        Line {
            seen: Cell::new(reading(100, 1_000)),
            moment: Cell::new(Moment::default()),
        }
    }

    fn reading(boot: u64, wall: i64) -> Reading {
        Reading {
            boot: Duration::from_secs(boot),
            wall: Timestamp::from_second(wall).unwrap(),
        }
    }

    #[test]
    fn a_suspended_node_is_seen_on_either_clock() {
        let line = line();
        assert_eq!(
            line.advance(reading(7_300, 1_001)),
            Moment::new(Duration::from_secs(7_200))
        );
        assert_eq!(
            line.advance(reading(7_301, 8_201)),
            Moment::new(Duration::from_secs(14_400))
        );
    }

    #[test]
    fn a_wall_clock_set_back_does_not_delay_anything() {
        let line = line();
        assert_eq!(line.advance(reading(105, -6_200)), Moment::new(Duration::from_secs(5)));
        assert_eq!(line.advance(reading(110, -6_195)), Moment::new(Duration::from_secs(10)));
    }

    #[test]
    fn moments_never_go_below_zero_or_overflow() {
        let end = Moment::new(Duration::MAX);
        assert_eq!(end.after(Duration::from_secs(1)), end);
        assert_eq!(Moment::default().since(end), Duration::ZERO);
    }
}

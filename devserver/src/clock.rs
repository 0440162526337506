//! The server's clock: it follows a source of time and can be sped up and made to jump.

use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// A shared clock. Clones are the same clock: a jump made through one is seen through all.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    source: Source,
    /// What the clock showed when it was last set.
    shown: Timestamp,
    /// Where the source stood then.
    mark: Mark,
    /// Clock seconds per source second.
    speed: f64,
}

#[derive(Debug)]
enum Source {
    Real,
    Tokio,
    Manual,
}

#[derive(Clone, Copy, Debug)]
enum Mark {
    Real(Instant),
    Tokio(tokio::time::Instant),
    Manual,
}

impl Source {
    fn mark(&self) -> Mark {
        match self {
            Source::Real => Mark::Real(Instant::now()),
            Source::Tokio => Mark::Tokio(tokio::time::Instant::now()),
            Source::Manual => Mark::Manual,
        }
    }
}

impl Mark {
    fn elapsed(self) -> Duration {
        match self {
            Mark::Real(instant) => instant.elapsed(),
            Mark::Tokio(instant) => instant.elapsed(),
            Mark::Manual => Duration::ZERO,
        }
    }
}

impl Clock {
    /// Follows the system's time.
    pub fn system() -> Self {
        Self::with(Source::Real, system_now())
    }

    /// Starts at the system's time and follows tokio's clock, so that a paused runtime moves this clock too.
    /// Must be called inside a runtime.
    pub fn tokio() -> Self {
        Self::with(Source::Tokio, system_now())
    }

    /// Starts at `start` and moves only by [`Clock::jump`].
    pub fn manual(start: Timestamp) -> Self {
        Self::with(Source::Manual, start)
    }

    fn with(source: Source, shown: Timestamp) -> Self {
        let mark = source.mark();
        Self(Arc::new(Mutex::new(State {
            source,
            shown,
            mark,
            speed: 1.0,
        })))
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now()
    }

    /// Moves the clock; a negative span moves it back.
    pub fn jump(&self, span: SignedDuration) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.settle();
        state.shown = state.shown.saturating_add(span).unwrap_or(state.shown);
    }

    /// Sets how many clock seconds pass in one second of the source; 1 is normal, 0 stands still. Negative and
    /// non-finite speeds are taken as 0.
    pub fn set_speed(&self, speed: f64) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.settle();
        state.speed = if speed.is_finite() { speed.max(0.0) } else { 0.0 };
    }

    /// Clock seconds per second of the source.
    pub fn speed(&self) -> f64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).speed
    }
}

impl State {
    fn now(&self) -> Timestamp {
        let seconds = self.mark.elapsed().as_secs_f64() * self.speed;
        let passed = SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::ZERO);
        self.shown.saturating_add(passed).unwrap_or(self.shown)
    }

    fn settle(&mut self) {
        self.shown = self.now();
        self.mark = self.source.mark();
    }
}

fn system_now() -> Timestamp {
    Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_by_jumps() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        clock.jump(SignedDuration::from_secs(90));
        assert_eq!(clock.clone().now().as_second(), 90);
        clock.jump(SignedDuration::from_secs(-30));
        assert_eq!(clock.now().as_second(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn speed_multiplies_what_the_source_shows() {
        let clock = Clock::tokio();
        let start = clock.now();
        clock.set_speed(60.0);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(clock.now().duration_since(start).as_secs(), 600);
        clock.set_speed(0.0);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(clock.now().duration_since(start).as_secs(), 600);
    }
}

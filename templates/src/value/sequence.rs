//! Channels of numbers, which `loop` makes.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A receive-only channel of `int64` that counts up. Receiving from one copy takes the number away from all.
#[derive(Clone)]
pub struct Sequence {
    next: Arc<AtomicI64>,
    end: i64,
}

impl Sequence {
    /// The numbers from `start` up to and without `end`.
    pub fn new(start: i64, end: i64) -> Self {
        Sequence {
            next: Arc::new(AtomicI64::new(start)),
            end,
        }
    }

    /// The next number, or none when the channel is closed.
    pub fn receive(&self) -> Option<i64> {
        let next = self.next.load(Ordering::Relaxed);
        if next >= self.end {
            return None;
        }
        self.next.store(next + 1, Ordering::Relaxed);
        Some(next)
    }
}

impl fmt::Debug for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sequence({}..{})", self.next.load(Ordering::Relaxed), self.end)
    }
}

//! Randomness as the agent uses it: for jitter, file names and sealing.

/// The door through which randomness enters the agent.
pub trait Random {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);

    /// A number at least 0 and below 1, evenly spread.
    fn unit(&self) -> f64 {
        let mut bytes = [0_u8; 4];
        self.fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
    }
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // Without a generator jitter is all that suffers; sealing asks the cryptography library's own generator.
        if getrandom::fill(bytes).is_err() {
            let now = jiff::Timestamp::now().as_nanosecond().to_le_bytes();
            for (byte, from) in bytes.iter_mut().zip(now.iter().cycle()) {
                *byte = *from;
            }
        }
    }
}

/// A repeatable generator (SplitMix64), for tests and simulations.
#[derive(Debug)]
pub struct SeededRandom(std::cell::Cell<u64>);

impl SeededRandom {
    /// The sequence that belongs to `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(std::cell::Cell::new(seed))
    }

    fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_stay_in_range_and_spread() {
        let random = SeededRandom::new(7);
        let drawn: Vec<f64> = (0..1_000).map(|_| random.unit()).collect();
        assert!(drawn.iter().all(|u| (0.0..1.0).contains(u)));
        let low = drawn.iter().filter(|u| **u < 0.5).count();
        assert!((400..600).contains(&low), "{low} of 1000 in the lower half");
    }

    #[test]
    fn the_system_generator_does_not_repeat_itself() {
        let mut a = [0_u8; 16];
        let mut b = [0_u8; 16];
        SystemRandom.fill(&mut a);
        SystemRandom.fill(&mut b);
        assert_ne!(a, b);
    }
}

//! How long to wait before trying again: pure arithmetic, no clock and no randomness of its own.

/// Exponential back-off with full jitter and a bound on the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The first wait's upper bound, milliseconds.
    pub base_ms: u64,
    /// The upper bound of any wait, milliseconds.
    pub wait_ms_max: u64,
    /// How many tries in all.
    pub tries_max: u32,
}

impl Backoff {
    /// Returns the wait after the `failed`-th failure (1, 2, …) in milliseconds, or `None` when the tries are used up.
    ///
    /// `jitter` is a fraction from 0 to 1 that the shell draws: half of the bound is always waited, the rest is drawn.
    pub fn wait_ms(&self, failed: u32, jitter: f64) -> Option<u64> {
        if failed >= self.tries_max {
            return None;
        }
        let doubled = self.base_ms.saturating_mul(1u64.checked_shl(failed.saturating_sub(1)).unwrap_or(u64::MAX));
        let bound = doubled.min(self.wait_ms_max);
        Some(bound / 2 + (bound as f64 / 2.0 * jitter.clamp(0.0, 1.0)) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_bound_and_then_end() {
        let backoff = Backoff { base_ms: 100, wait_ms_max: 1_000, tries_max: 7 };
        let waits: Vec<_> = (1..=7).map(|failed| backoff.wait_ms(failed, 1.0)).collect();
        assert_eq!(waits, [Some(100), Some(200), Some(400), Some(800), Some(1_000), Some(1_000), None]);
        assert_eq!(backoff.wait_ms(3, 0.0), Some(200));
        assert_eq!(Backoff { tries_max: 200, ..backoff }.wait_ms(150, 1.0), Some(1_000), "no overflow");
    }
}

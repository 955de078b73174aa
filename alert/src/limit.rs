//! How fast a channel may be spoken to, or somebody may ask: so many a minute, and so many of them at once.

/// A token bucket, kept as the moment at which it would be full again: whole numbers, so nothing drifts.
///
/// In any span of time no more than `burst` and what the span refills leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Between two tokens, microseconds.
    interval_us: u64,
    burst: u64,
    /// When all tokens are back, microseconds since 1970.
    full_at_us: u64,
}

impl Limit {
    /// Has all its tokens.
    pub fn new(per_minute: u32, burst: u32) -> Self {
        Self {
            interval_us: 60_000_000_u64.div_ceil(u64::from(per_minute.max(1))),
            burst: u64::from(burst.max(1)),
            full_at_us: 0,
        }
    }

    /// Returns the first moment at which there is a token, which may be now.
    pub fn free_at(&self, now_ms: u64) -> u64 {
        let spare_us = (self.burst - 1) * self.interval_us;
        self.full_at_us.saturating_sub(spare_us).div_ceil(1_000).max(now_ms)
    }

    /// Takes a token where there is one.
    ///
    /// # Errors
    /// After how many milliseconds there will be one.
    pub fn ask(&mut self, now_ms: u64) -> Result<(), u64> {
        match self.free_at(now_ms) - now_ms {
            0 => {
                self.take(now_ms);
                Ok(())
            }
            wait_ms => Err(wait_ms),
        }
    }

    /// Takes a token, whether there is one or not.
    pub fn take(&mut self, now_ms: u64) {
        self.full_at_us = self.full_at_us.max(now_ms.saturating_mul(1_000)).saturating_add(self.interval_us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate_and_never_more_than_the_burst_again() {
        let mut limit = Limit::new(120, 3);
        for (now_ms, expected) in [
            (1_000, Ok(())),
            (1_000, Ok(())),
            (1_000, Ok(())),
            (1_000, Err(500)),
            (1_499, Err(1)),
            (1_500, Ok(())),
            (1_500, Err(500)),
            (900_000, Ok(())),
            (900_000, Ok(())),
            (900_000, Ok(())),
            (900_000, Err(500)),
        ] {
            assert_eq!(limit.ask(now_ms), expected, "at {now_ms}");
        }
    }
}

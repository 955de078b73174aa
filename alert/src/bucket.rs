//! How often somebody may ask: a bucket of permits that fills up by itself.

/// How fast a bucket fills, and how much it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Permits a second.
    pub per_second: u32,
    /// How many may be taken at once.
    pub burst: u32,
}

/// A bucket; full at first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    permits: f64,
    at_ms: u64,
}

impl Bucket {
    /// Begins full.
    pub fn new(rate: Rate, now_ms: u64) -> Self {
        Self { permits: f64::from(rate.burst), at_ms: now_ms }
    }

    /// Takes a permit.
    ///
    /// # Errors
    /// After how many milliseconds there will be one.
    pub fn take(&mut self, rate: Rate, now_ms: u64) -> Result<(), u64> {
        let per_ms = f64::from(rate.per_second) / 1_000.0;
        // A clock that goes back fills nothing.
        let passed = now_ms.saturating_sub(self.at_ms) as f64;
        self.permits = (self.permits + passed * per_ms).min(f64::from(rate.burst));
        self.at_ms = self.at_ms.max(now_ms);
        if self.permits >= 1.0 {
            self.permits -= 1.0;
            return Ok(());
        }
        Err(((1.0 - self.permits) / per_ms).ceil() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate_and_never_more_than_the_burst_again() {
        let rate = Rate { per_second: 2, burst: 3 };
        let mut bucket = Bucket::new(rate, 1_000);
        for (now_ms, expected) in [
            (1_000, Ok(())),
            (1_000, Ok(())),
            (1_000, Ok(())),
            (1_000, Err(500)),
            (1_499, Err(1)),
            (1_500, Ok(())),
            (1_400, Err(500)),
            (1_500, Err(500)),
            (900_000, Ok(())),
            (900_000, Ok(())),
            (900_000, Ok(())),
            (900_000, Err(500)),
        ] {
            assert_eq!(bucket.take(rate, now_ms), expected, "{now_ms}");
        }
    }
}

//! Stops a partition whose records are mostly rejected: pure, a ring of bits over the last records.

/// When a partition counts as poisoned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RejectBounds {
    /// How many of the last records are looked at.
    pub window: usize,
    /// The greatest share of them that may be rejected; 1 switches the breaker off.
    pub share_max: f64,
}

/// Most of what a partition holds is rejected: something is wrong with its producer or with us.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "{rejected} of the last {window} records were rejected, more than the share of {share_max} that reject.share_max \
     allows. What was rejected last is not committed. `hearken dead-letters list` shows what is wrong with them: mend \
     it where they are produced, or raise the bound where they may all be given up, and start again"
)]
pub struct Tripped {
    /// How many were rejected.
    pub rejected: usize,
    /// Of how many.
    pub window: usize,
    /// The bound.
    pub share_max: f64,
}

/// Remembers which of the last records of one partition were rejected.
#[derive(Debug)]
pub struct Breaker {
    bounds: RejectBounds,
    bits: Vec<u64>,
    at: usize,
    noted: usize,
    rejected: usize,
}

impl Breaker {
    /// Starts with an empty window.
    pub fn new(bounds: RejectBounds) -> Self {
        let bounds = RejectBounds { window: bounds.window.max(1), ..bounds };
        Self { bounds, bits: vec![0; bounds.window.div_ceil(64)], at: 0, noted: 0, rejected: 0 }
    }

    /// Notes one record's outcome.
    ///
    /// # Errors
    /// `Tripped` where the window is full and more of it is rejected than the bound allows.
    pub fn note(&mut self, rejected: bool) -> Result<(), Tripped> {
        let RejectBounds { window, share_max } = self.bounds;
        let (word, bit) = (self.at / 64, 1u64 << (self.at % 64));
        if self.bits[word] & bit != 0 {
            self.rejected -= 1;
        }
        self.bits[word] = if rejected { self.bits[word] | bit } else { self.bits[word] & !bit };
        self.rejected += usize::from(rejected);
        self.at = (self.at + 1) % window;
        self.noted = (self.noted + 1).min(window);
        if self.noted == window && self.rejected as f64 > share_max * window as f64 {
            return Err(Tripped { rejected: self.rejected, window, share_max });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Notes outcomes written as `.` (good) and `x` (rejected); returns after how many it tripped.
    fn tripped_after(window: usize, share_max: f64, outcomes: &str) -> Option<usize> {
        let mut breaker = Breaker::new(RejectBounds { window, share_max });
        outcomes.chars().position(|outcome| breaker.note(outcome == 'x').is_err()).map(|index| index + 1)
    }

    #[test]
    fn it_trips_on_a_full_window_with_too_many_rejections_and_on_nothing_less() {
        for (window, share_max, outcomes, expected) in [
            (4, 0.5, "xxx", None),
            (4, 0.5, "xxxx", Some(4)),
            (4, 0.5, "xx..", None),
            (4, 0.5, "xxx.", Some(4)),
            (4, 0.5, "....x.x.x.x.x", None),
            (4, 0.5, "....xx.x", Some(8)),
            (4, 0.0, "......x", Some(7)),
            (4, 1.0, "xxxxxxxxxxxx", None),
            (1, 0.5, ".x", Some(2)),
            (65, 0.9, &"x".repeat(64), None),
            (65, 0.9, &"x".repeat(65), Some(65)),
        ] {
            assert_eq!(tripped_after(window, share_max, outcomes), expected, "{window} {share_max} {outcomes}");
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_counting_the_window_anew(
            window in 1usize..200,
            share_max in 0.0f64..=1.0,
            outcomes in prop::collection::vec(any::<bool>(), 0..600),
        ) {
            let mut breaker = Breaker::new(RejectBounds { window, share_max });
            for end in 1..=outcomes.len() {
                let last = &outcomes[end.saturating_sub(window)..end];
                let rejected = last.iter().filter(|rejected| **rejected).count();
                let bad = last.len() == window && rejected as f64 > share_max * window as f64;
                let expected = if bad { Err(Tripped { rejected, window, share_max }) } else { Ok(()) };
                prop_assert_eq!(breaker.note(outcomes[end - 1]), expected);
            }
        }
    }
}

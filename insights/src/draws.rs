//! The bootstrap: the same answers drawn again.

use fastrand::Rng;

/// How many draws, and the seed that decides them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws {
    /// Decides every draw.
    pub seed: u64,
    /// How many draws.
    pub count: usize,
}

impl Draws {
    /// Returns, draw by draw, how often each of so many answers is in it.
    pub fn times(self, rows: usize) -> impl Iterator<Item = Vec<f64>> {
        let mut rng = Rng::with_seed(self.seed);
        (0..self.count).map(move |_| {
            let mut times = vec![0.0; rows];
            for _ in 0..rows {
                times[rng.usize(..rows)] += 1.0;
            }
            times
        })
    }

    /// Returns a column of noise that no answer has anything to do with.
    pub fn noise(self, rows: usize) -> Vec<f64> {
        // Another stream than the draws'.
        let mut rng = Rng::with_seed(self.seed ^ 0x9e37_79b9_7f4a_7c15);
        (0..rows).map(|_| rng.f64()).collect()
    }
}

/// Returns the value below which that part of them lies, between the two nearest; 0 of none.
pub fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let position = part.clamp(0.0, 1.0) * last as f64;
    let below = position.floor() as usize;
    sorted[below] + (position - position.floor()) * (sorted[(below + 1).min(last)] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_as_large_as_the_sample_and_the_seed_decides_it() {
        let draws = Draws { seed: 7, count: 3 };
        let times: Vec<Vec<f64>> = draws.times(40).collect();
        assert!(times.iter().all(|times| times.iter().sum::<f64>() == 40.0), "{times:?}");
        assert_ne!(times[0], times[1]);
        assert_eq!(times, draws.times(40).collect::<Vec<_>>());
        assert_ne!(times, Draws { seed: 8, count: 3 }.times(40).collect::<Vec<_>>());
    }

    #[test]
    fn quantiles_lie_between_the_values() {
        for (values, part, expected) in
            [(&[3.0, 1.0, 2.0][..], 0.5, 2.0), (&[1.0, 2.0], 0.25, 1.25), (&[5.0], 0.975, 5.0), (&[], 0.5, 0.0)]
        {
            assert_eq!(quantile(values, part), expected, "{part} of {values:?}");
        }
    }
}

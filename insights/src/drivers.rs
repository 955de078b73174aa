//! Which drivers a score hangs on, and how sure that is.

use crate::Unfit;
use crate::draws::{Draws, quantile};
use crate::sample::Sample;
use crate::shapley;
use crate::weights::relative_weights;

/// One driver's part in the score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Driver {
    /// Its relative weight; all of them sum to R².
    pub importance: f64,
    /// The lower end of its 95 % bootstrap interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Whether it outweighs a column of noise put beside the drivers, in 95 % of the draws.
    pub significant: bool,
    /// Its exact share of R² by Lindeman, Merenda and Gold; nothing with more than 12 drivers.
    pub lmg: Option<f64>,
    /// Its correlation with the score.
    pub correlation: f64,
}

/// All drivers of a score, in the order of the sample's columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Drivers {
    /// The share of the score's variance that they explain.
    pub r2: f64,
    /// Each one's part.
    pub drivers: Vec<Driver>,
}

/// Finds what drives the score of a sample.
///
/// A weight is never negative, so its own interval cannot say whether it is more than nothing; a random column beside the drivers can (Tonidandel,
/// LeBreton and Johnson, "Determining the statistical significance of relative weights", 2009).
///
/// # Errors
/// Where the sample is too small to have a column more.
pub fn drivers(sample: &Sample, draws: Draws) -> Result<Drivers, Unfit> {
    let noisy = sample.with_driver(draws.noise(sample.rows()))?;
    let correlations = sample.correlations(&sample.once());
    let weights = relative_weights(&correlations);
    let shares = shapley::shares(&correlations);
    let count = weights.len();
    let (mut drawn, mut over_noise) = (vec![Vec::new(); count], vec![0_usize; count]);
    for times in draws.times(sample.rows()) {
        let with_noise = noisy.correlations(&times);
        for (drawn, weight) in drawn.iter_mut().zip(relative_weights(&with_noise.without_last())) {
            drawn.push(weight);
        }
        let beside = relative_weights(&with_noise);
        for (over, weight) in over_noise.iter_mut().zip(&beside) {
            *over += usize::from(*weight > beside[count]);
        }
    }
    let driver = |index: usize| Driver {
        importance: weights[index],
        low: quantile(&drawn[index], 0.025),
        high: quantile(&drawn[index], 0.975),
        significant: draws.count > 0 && over_noise[index] * 100 >= draws.count * 95,
        lmg: shares.as_ref().map(|shares| shares[index]),
        correlation: correlations.with_score[index],
    };
    Ok(Drivers { r2: weights.iter().sum(), drivers: (0..count).map(driver).collect() })
}

#[cfg(test)]
mod tests;

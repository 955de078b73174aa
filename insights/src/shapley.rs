//! Exact shares of R² by averaging over every order of the drivers (Lindeman, Merenda and Gold 1980; Shapley 1953).

use crate::matrix::{Swept, Symmetric};
use crate::sample::Correlations;

/// Beyond so many drivers there are too many sets of them.
pub const DRIVERS_MAX: usize = 12;

/// Returns each driver's share of R², which sum to it; nothing for more than [`DRIVERS_MAX`] drivers.
pub fn shares(correlations: &Correlations) -> Option<Vec<f64>> {
    let count = correlations.with_score.len();
    if count > DRIVERS_MAX {
        return None;
    }
    let explained: Vec<f64> = (0..1_usize << count).map(|set| explained(correlations, set)).collect();
    let weight = order_weights(count);
    let share = |driver: usize| {
        let without = (0..explained.len()).filter(|set| set >> driver & 1 == 0);
        without.map(|set| weight[set.count_ones() as usize] * (explained[set | 1 << driver] - explained[set])).sum()
    };
    Some((0..count).map(share).collect())
}

/// Returns R² of the drivers whose bits are set.
fn explained(correlations: &Correlations, set: usize) -> f64 {
    let Correlations { between, with_score } = correlations;
    let score = with_score.len();
    let mut swept = Swept::new(Symmetric::new(score + 1, |row, column| match (row == score, column == score) {
        (false, false) => between.get(row, column),
        (true, true) => 1.0,
        (true, false) | (false, true) => with_score[row.min(column)],
    }));
    for driver in (0..score).filter(|driver| set >> driver & 1 == 1) {
        swept.sweep(driver);
    }
    (1.0 - swept.get(score, score)).clamp(0.0, 1.0)
}

/// The part of all orders in which a set of that size, and no other, comes before a driver: s!·(k − s − 1)! / k!.
fn order_weights(count: usize) -> Vec<f64> {
    let factorial = |n: usize| (1..=n).map(|k| k as f64).product::<f64>();
    (0..count).map(|size| factorial(size) * factorial(count - size - 1) / factorial(count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::tests::{check, golden};

    #[test]
    fn golden_shares() {
        let shares = shares(&golden()).unwrap_or_default();
        check(&shares, &[0.2283171, 0.1385987, 0.0935254]);
        check(&[shares.iter().sum()], &[0.4604412]);
    }

    #[test]
    fn too_many_drivers_have_none() {
        let many = Correlations {
            between: Symmetric::new(13, |row, column| f64::from(u8::from(row == column))),
            with_score: vec![0.1; 13],
        };
        assert_eq!(shares(&many), None);
    }
}

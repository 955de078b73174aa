//! Relative weights (Johnson, "A heuristic method for estimating the relative weight of predictor variables", 2000).

use crate::sample::Correlations;

/// Returns each driver's part of R²; they sum to it.
///
/// With R the drivers' correlations and r those with the score: Λ = R^½, β = Λ⁻¹·r, ε = (Λ∘Λ)(β∘β). Where drivers say the same, the inverse
/// is the pseudo-inverse, and they share what they explain.
pub fn relative_weights(correlations: &Correlations) -> Vec<f64> {
    let Correlations { between, with_score } = correlations;
    let (root, inverse) = between.roots();
    let drivers = 0..with_score.len();
    let squared: Vec<f64> = drivers
        .clone()
        .map(|row| drivers.clone().map(|k| inverse.get(row, k) * with_score[k]).sum::<f64>().powi(2))
        .collect();
    drivers.clone().map(|row| drivers.clone().map(|k| root.get(row, k).powi(2) * squared[k]).sum()).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::matrix::Symmetric;

    /// The case that metrics are held against: R² = .4604412.
    pub(crate) fn golden() -> Correlations {
        let between = [[1.0, 0.5, 0.3], [0.5, 1.0, 0.2], [0.3, 0.2, 1.0]];
        Correlations { between: Symmetric::new(3, |row, column| between[row][column]), with_score: vec![0.6, 0.5, 0.4] }
    }

    pub(crate) fn check(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 5e-8, "{found} is not {expected}");
        }
    }

    #[test]
    fn golden_weights() {
        let weights = relative_weights(&golden());
        check(&weights, &[0.2255228, 0.1392263, 0.0956921]);
        check(&[weights.iter().sum()], &[0.4604412]);
    }
}

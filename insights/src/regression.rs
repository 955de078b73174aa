//! Ordinary least squares.

use crate::matrix::Swept;
use crate::sample::Sample;

/// What a column adds to the score, the others held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// The change of the score with one more of the column; 0 of a column that says nothing the others do not.
    pub value: f64,
    /// Its standard error; infinite of such a column.
    pub error: f64,
}

impl Coefficient {
    /// Tells whether it is above 0 beyond chance, at 95 %.
    pub fn is_above(self) -> bool {
        self.value > 1.96 * self.error
    }

    /// Tells whether it is below 0 beyond chance, at 95 %.
    pub fn is_below(self) -> bool {
        self.value < -1.96 * self.error
    }
}

/// A fitted line.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The share of the score's variance that it explains.
    pub r2: f64,
    /// A coefficient a driver.
    pub coefficients: Vec<Coefficient>,
}

/// Fits the score to the drivers, each answer as often as `times` says.
pub fn fit(sample: &Sample, times: &[f64]) -> Fit {
    let score = sample.drivers();
    let covariances = sample.covariances(times);
    let variance = covariances.get(score, score);
    let mut swept = Swept::new(covariances);
    let taken: Vec<bool> = (0..score).map(|driver| swept.sweep(driver)).collect();
    let count = taken.iter().filter(|taken| **taken).count();
    let left = swept.get(score, score).max(0.0);
    // Covariances are sums over n, so a residual variance of n - k - 1 degrees comes out over n once more.
    let freedom = sample.rows().saturating_sub(count + 1).max(1) as f64;
    let coefficient = |(driver, taken): (usize, &bool)| {
        if *taken {
            let error = (left * swept.get(driver, driver).max(0.0) / freedom).sqrt();
            Coefficient { value: swept.get(driver, score), error }
        } else {
            Coefficient { value: 0.0, error: f64::INFINITY }
        }
    };
    let r2 = if variance > 0.0 { (1.0 - left / variance).clamp(0.0, 1.0) } else { 0.0 };
    Fit { r2, coefficients: taken.iter().enumerate().map(coefficient).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// y = 1 + 2a − 3b and a little that neither explains.
    fn sample() -> Sample {
        let a: Vec<f64> = (0..40).map(|row| f64::from(row % 4)).collect();
        let b: Vec<f64> = (0..40).map(|row| f64::from(row / 4 % 3)).collect();
        let off = (0..40).map(|row| if row % 2 == 0 { 0.5 } else { -0.5 });
        let score = a.iter().zip(&b).zip(off).map(|((a, b), off)| 1.0 + 2.0 * a - 3.0 * b + off).collect();
        Sample::new(vec![a.clone(), b, a], score).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn coefficients_and_errors_are_those_of_the_textbook() {
        let sample = sample();
        let Fit { r2, coefficients } = fit(&sample, &sample.once());
        // Checked by solving the normal equations in another program.
        let expected = [(1.8, 0.06575959492214291), (-3.0, 0.08850943948189446)];
        for (found, (value, error)) in coefficients.iter().zip(expected) {
            assert!(
                (found.value - value).abs() < 1e-9 && (found.error - error).abs() < 1e-9,
                "{found:?}, not {value} ± {error}"
            );
        }
        assert!(r2 > 0.97, "{r2}");
        assert!(coefficients[0].is_above() && coefficients[1].is_below(), "{coefficients:?}");
        let twin = coefficients[2];
        assert!(twin.value == 0.0 && !twin.is_above() && !twin.is_below(), "the same column again: {twin:?}");
    }
}

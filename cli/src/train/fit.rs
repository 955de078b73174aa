//! One linear question, fitted: logistic regression over hashed n-grams.
//!
//! The learner is FTRL-proximal (McMahan et al. 2013) without its L1 part, which is AdaGrad with a pull towards 0, one row at a time
//! in a shuffled order that is the same every time. Features count by how unevenly they fall on the two answers (the log-count ratio
//! of Wang and Manning 2012), which is worth a point of accuracy. Weights are the mean over all passes but the first.

use hearken_enrich::model::CLUES;

use super::rows::Row;

/// How often all rows are read.
pub(super) const PASSES: usize = 10;
/// The greatest step, and the pull towards 0.
const STEP: f32 = 1.0;
const PULL: f32 = 0.1;
/// The step of a clue's weight.
const CLUE_STEP: f32 = 0.2;
/// Rows that every feature is given beforehand on either side, and what the evenest still counts.
const COUNT_BEFORE: f32 = 1.0;
const SCALE_MIN: f32 = 0.05;

/// A row with its answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Example<'r> {
    pub(super) row: &'r Row,
    /// The answer.
    pub(super) is: bool,
    /// How much it counts; greater than 0.
    pub(super) weight: f32,
}

/// What was learned.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitted {
    /// Of each feature.
    pub(super) weights: Vec<f32>,
    /// Of each clue.
    pub(super) clues: [f32; CLUES],
}

impl Fitted {
    /// Returns what knows nothing.
    pub(super) fn blank(bits: u8) -> Self {
        Self { weights: vec![0.0; 1 << bits], clues: [0.0; CLUES] }
    }
}

fn norm(features: &[u32]) -> f32 {
    1.0 / (features.len().max(1) as f32).sqrt()
}

/// Learns from examples; `passed` is called after each pass.
pub(super) fn fit(examples: &[Example<'_>], bits: u8, mut passed: impl FnMut()) -> Fitted {
    let mut learner = Learner::new(examples, bits);
    let mut mean = Fitted::blank(bits);
    let mut order: Vec<u32> = (0..examples.len() as u32).collect();
    let mut random = fastrand::Rng::with_seed(1);
    for pass in 0..PASSES {
        random.shuffle(&mut order);
        for &at in &order {
            learner.learn(&examples[at as usize]);
        }
        if pass > 0 {
            learner.add_to(&mut mean, 1.0 / (PASSES - 1) as f32);
        }
        passed();
    }
    mean
}

struct Learner {
    now: Fitted,
    /// By how much each feature counts.
    scales: Vec<f32>,
    /// The sum of gradients, less what the steps took, and of their squares, for each feature.
    gradients: Vec<f32>,
    squares: Vec<f32>,
    clue_squares: [f32; CLUES],
}

impl Learner {
    fn new(examples: &[Example<'_>], bits: u8) -> Self {
        let now = Fitted::blank(bits);
        let nothing = now.weights.clone();
        let scales = scales(examples, bits);
        Self { now, scales, gradients: nothing.clone(), squares: nothing, clue_squares: [1.0; CLUES] }
    }

    fn learn(&mut self, example: &Example<'_>) {
        let &Example { row: Row { features, clue, .. }, is, weight } = example;
        let clue = *clue;
        let norm = norm(features);
        let sum: f32 = features.iter().map(|&at| self.now.weights[at as usize] * self.scales[at as usize]).sum();
        let odds = libm::expf(-(sum * norm + self.now.clues[clue]));
        let error = (1.0 / (1.0 + odds) - f32::from(u8::from(is))) * weight;
        self.clue_squares[clue] += error * error;
        self.now.clues[clue] -= CLUE_STEP * error / self.clue_squares[clue].sqrt();
        for &at in features {
            let at = at as usize;
            let gradient = error * norm * self.scales[at];
            let before = self.squares[at].sqrt();
            self.squares[at] += gradient * gradient;
            let after = self.squares[at].sqrt();
            self.gradients[at] += gradient - (after - before) / STEP * self.now.weights[at];
            self.now.weights[at] = -self.gradients[at] / ((1.0 + after) / STEP + PULL);
        }
    }

    fn add_to(&self, mean: &mut Fitted, share: f32) {
        for ((sum, weight), scale) in mean.weights.iter_mut().zip(&self.now.weights).zip(&self.scales) {
            *sum += weight * scale * share;
        }
        for (sum, weight) in mean.clues.iter_mut().zip(self.now.clues) {
            *sum += weight * share;
        }
    }
}

/// Returns how unevenly each feature falls on the two answers.
fn scales(examples: &[Example<'_>], bits: u8) -> Vec<f32> {
    let mut counts = vec![[COUNT_BEFORE; 2]; 1 << bits];
    let mut totals = [COUNT_BEFORE; 2];
    for example in examples {
        let side = usize::from(example.is);
        for &at in &example.row.features {
            counts[at as usize][side] += example.weight;
        }
        totals[side] += example.weight * example.row.features.len() as f32;
    }
    let ratio = |[no, yes]: [f32; 2]| libm::logf((yes / totals[1]) / (no / totals[0])).abs();
    counts.into_iter().map(|counts| SCALE_MIN + ratio(counts)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::rows::tests::row;

    fn ask(fitted: &Fitted, features: &[u32], clue: usize) -> f32 {
        let sum: f32 = features.iter().map(|&at| fitted.weights[at as usize]).sum();
        sum * norm(features) + fitted.clues[clue]
    }

    #[test]
    fn what_tells_the_answers_apart_is_learned() {
        // Feature 1 says yes, 2 says no, 0 says nothing.
        let rows: Vec<Row> = (0..200).map(|n| Row { features: vec![0, 1 + n % 2], ..row() }).collect();
        let example = |(n, row)| Example { row, is: n % 2 == 0, weight: 1.0 };
        let examples: Vec<Example<'_>> = rows.iter().enumerate().map(example).collect();
        let fitted = fit(&examples, 4, || {});
        assert!(ask(&fitted, &[0, 1], 0) > 1.0, "{fitted:?}");
        assert!(ask(&fitted, &[0, 2], 0) < -1.0, "{fitted:?}");
        assert!(ask(&fitted, &[9], 0).abs() < 0.2, "{fitted:?}");
        assert_eq!(fit(&examples, 4, || {}), fitted, "the same rows give the same weights");
    }

    #[test]
    fn a_clue_speaks_where_no_feature_does() {
        let rows: Vec<Row> = (0..100).map(|n| Row { features: vec![3], clue: 1 + n % 2, ..row() }).collect();
        let example = |(n, row)| Example { row, is: n % 2 == 0, weight: 1.0 };
        let examples: Vec<Example<'_>> = rows.iter().enumerate().map(example).collect();
        let fitted = fit(&examples, 4, || {});
        assert!(ask(&fitted, &[3], 1) > 0.5 && ask(&fitted, &[3], 2) < -0.5, "{fitted:?}");
    }
}

//! The measures, as functions of what was expected and what was found; of nothing there is none.

use std::collections::{BTreeMap, BTreeSet};

/// Equal bins of confidence.
const BINS: usize = 10;

/// How often each class was answered for each label.
#[derive(Debug, Default)]
pub(crate) struct Confusion<'c> {
    counts: BTreeMap<(&'c str, &'c str), u64>,
}

impl<'c> FromIterator<(&'c str, &'c str)> for Confusion<'c> {
    /// Counts pairs of label and answer.
    fn from_iter<I: IntoIterator<Item = (&'c str, &'c str)>>(pairs: I) -> Self {
        let mut counts = BTreeMap::new();
        for pair in pairs {
            *counts.entry(pair).or_default() += 1;
        }
        Self { counts }
    }
}

impl<'c> Confusion<'c> {
    /// Returns the share of answers that are the label.
    pub(crate) fn accuracy(&self) -> Option<f64> {
        share(self.sum(|label, answer| label == answer), self.sum(|_, _| true))
    }

    /// Returns the mean F1 of the classes that occur as labels: an answer outside them costs recall, and is no class itself.
    pub(crate) fn macro_f1(&self) -> Option<f64> {
        let classes: BTreeSet<&str> = self.counts.keys().map(|(label, _)| *label).collect();
        mean(classes.iter().filter_map(|class| {
            let right = self.sum(|label, answer| label == *class && answer == *class);
            let wrong = self.sum(|label, answer| (label == *class) != (answer == *class));
            share(2 * right, 2 * right + wrong)
        }))
    }

    /// Returns label, answer and count of the commonest mistakes, the commonest first.
    pub(super) fn mistakes(&self) -> Vec<(&'c str, &'c str, u64)> {
        let wrong = self.counts.iter().filter(|((label, answer), _)| label != answer);
        let mut wrong: Vec<_> = wrong.map(|(&(label, answer), &count)| (label, answer, count)).collect();
        wrong.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
        wrong
    }

    fn sum(&self, counts: impl Fn(&str, &str) -> bool) -> u64 {
        self.counts.iter().filter(|((label, answer), _)| counts(label, answer)).map(|(_, count)| count).sum()
    }
}

/// Returns the expected calibration error of pairs of confidence and rightness: over ten equal bins of confidence, the mean
/// distance between a bin's share of right answers and its mean confidence, each bin weighing as much as it holds.
pub(crate) fn calibration_error(answers: impl IntoIterator<Item = (f64, bool)>) -> Option<f64> {
    let mut confidence = [0.0; BINS];
    let mut right = [0.0; BINS];
    let mut n = 0.0;
    for (sure, is_right) in answers {
        let bin = ((sure * BINS as f64) as usize).min(BINS - 1);
        confidence[bin] += sure;
        right[bin] += f64::from(u8::from(is_right));
        n += 1.0;
    }
    let distance: f64 = confidence.iter().zip(right).map(|(sure, right)| (right - sure).abs()).sum();
    (n > 0.0).then(|| distance / n)
}

/// Returns F1 of the first `k` answers: precision over as many as were given, recall over all that were expected.
///
/// Neither side may hold a term twice.
pub(super) fn f1_at(k: usize, expected: &[String], answers: &[String]) -> f64 {
    let first = &answers[..answers.len().min(k)];
    let hits = first.iter().filter(|answer| expected.contains(answer)).count();
    share(2 * hits as u64, (first.len() + expected.len()) as u64).unwrap_or(0.0)
}

/// Returns the mean, which nothing has none of.
pub(super) fn mean(numbers: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, n) = numbers.into_iter().fold((0.0, 0.0), |(sum, n), number| (sum + number, n + 1.0));
    (n > 0.0).then(|| sum / n)
}

/// Returns a part as a share of its whole, which nothing has none of.
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Returns the 95 % Wilson interval of a share.
pub(super) fn wilson(part: u64, whole: u64) -> Option<[f64; 2]> {
    const Z: f64 = 1.96;
    let share = share(part, whole)?;
    let n = whole as f64;
    let centre = share + Z * Z / (2.0 * n);
    let margin = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some([centre - margin, centre + margin].map(|bound| (bound / (1.0 + Z * Z / n)).clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(found: impl Into<Option<f64>>, expected: f64) {
        let found = found.into().expect("a number");
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    fn pairs<'p>(counted: &[(&'p str, &'p str, usize)]) -> Confusion<'p> {
        let repeated = counted.iter().flat_map(|&(label, answer, n)| std::iter::repeat_n((label, answer), n));
        repeated.collect()
    }

    #[test]
    fn three_classes_by_hand() {
        // neg: 5 of 8 right, 2 wrongly called neg → 10/15; neu: 2 of 4, 3 → 4/9; pos: 6 of 8, 2 → 12/16.
        let confusion = pairs(&[
            ("neg", "neg", 5),
            ("neg", "neu", 2),
            ("neg", "pos", 1),
            ("neu", "neg", 1),
            ("neu", "neu", 2),
            ("neu", "pos", 1),
            ("pos", "neg", 1),
            ("pos", "neu", 1),
            ("pos", "pos", 6),
        ]);
        close(confusion.accuracy(), 13.0 / 20.0);
        close(confusion.macro_f1(), (10.0 / 15.0 + 4.0 / 9.0 + 12.0 / 16.0) / 3.0);
        assert_eq!(confusion.mistakes()[..2], [("neg", "neu", 2), ("neg", "pos", 1)]);
    }

    #[test]
    fn an_answer_outside_the_labels_costs_recall_and_is_no_class() {
        // neg: 3 of 4 → 6/7; pos: all 4 → 1; "neu" is nobody's label.
        let confusion = pairs(&[("neg", "neg", 3), ("neg", "neu", 1), ("pos", "pos", 4)]);
        close(confusion.accuracy(), 7.0 / 8.0);
        close(confusion.macro_f1(), (6.0 / 7.0 + 1.0) / 2.0);
    }

    #[test]
    fn a_class_that_is_never_found_has_an_f1_of_0() {
        close(pairs(&[("neg", "neg", 9), ("pos", "neg", 1)]).macro_f1(), 18.0 / 19.0 / 2.0);
    }

    #[test]
    fn confidence_is_held_against_what_came_true() {
        // Bin 0: mean 0.05, 1 of 2 right, distance 0.45; bin 9: mean 0.95, 2 of 4 right, distance 0.45.
        let unsure = [(0.0, false), (0.1 - 1e-3, true)];
        let sure = [(0.9, true), (0.95, false), (0.95, true), (1.0, false)];
        let expected = ((1.0 - 0.099) + (2.0 - 3.8_f64).abs()) / 6.0;
        close(calibration_error(unsure.into_iter().chain(sure)), expected);
        close(calibration_error([(0.75, true), (0.75, true), (0.75, true), (0.75, false)]), 0.0);
        close(calibration_error([(0.0, false), (1.0, true)]), 0.0);
        close(calibration_error([(1.0, false)]), 1.0);
    }

    #[test]
    fn the_first_k_terms_are_judged() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let expected = words("a b c d");
        for (answers, k, f1) in [
            // 2 hits of 5 given, 4 expected: precision 2/5, recall 1/2.
            ("a x b y z c", 5, 4.0 / 9.0),
            ("a x b y z c", 10, 6.0 / 10.0),
            // Two given of five: precision 1, recall 1/2.
            ("a b", 5, 2.0 / 3.0),
            ("d c b a", 5, 1.0),
            ("x", 5, 0.0),
        ] {
            close(f1_at(k, &expected, &words(answers)), f1);
        }
        close(f1_at(5, &expected, &[]), 0.0);
    }

    #[test]
    fn a_share_has_an_interval() {
        for (part, whole, low, high) in [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (170, 200, 0.7939, 0.8929)] {
            let [from, to] = wilson(part, whole).expect("an interval");
            assert!((from - low).abs() < 5e-5 && (to - high).abs() < 5e-5, "{part}/{whole}: {from} to {to}");
        }
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn nothing_measured_is_no_number() {
        let nothing = Confusion::default();
        for found in [nothing.accuracy(), nothing.macro_f1(), calibration_error([]), mean([]), share(0, 0)] {
            assert_eq!(found, None);
        }
    }
}

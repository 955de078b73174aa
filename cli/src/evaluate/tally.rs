//! Labels of which a text has any number: how many were expected, found, and both.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use super::metrics::{mean, share};
use super::report::Figure;

/// Labels of some texts, each text's own counted once.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) expected: u64,
    pub(super) found: u64,
    /// Both expected and found.
    pub(super) right: u64,
}

impl Counts {
    /// Returns the share of what was found that is right.
    pub(super) fn precision(self) -> Option<f64> {
        share(self.right, self.found)
    }

    /// Returns the share of what was expected that was found.
    pub(super) fn recall(self) -> Option<f64> {
        share(self.right, self.expected)
    }

    /// Returns the harmonic mean of both.
    pub(super) fn f1(self) -> Option<f64> {
        share(2 * self.right, self.expected + self.found)
    }

    pub(super) fn figures(self) -> Vec<Figure> {
        vec![("precision", self.precision()), ("recall", self.recall()), ("f1", self.f1())]
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.expected += other.expected;
        self.found += other.found;
        self.right += other.right;
    }
}

/// Counts by name of the label.
#[derive(Debug, Default)]
pub(super) struct Tally {
    by_name: BTreeMap<String, Counts>,
}

impl Tally {
    /// Adds one text's labels, and calls each by its name.
    pub(super) fn add<L: Ord>(&mut self, expected: &BTreeSet<L>, found: &BTreeSet<L>, name: impl Fn(&L) -> &str) {
        for label in expected.union(found) {
            let (is_expected, is_found) = (expected.contains(label), found.contains(label));
            *self.by_name.entry(name(label).to_owned()).or_default() += Counts {
                expected: u64::from(is_expected),
                found: u64::from(is_found),
                right: u64::from(is_expected && is_found),
            };
        }
    }

    pub(super) fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.by_name.values().for_each(|&counts| total += counts);
        total
    }

    /// Returns the mean F1 of the names that were expected anywhere.
    pub(super) fn macro_f1(&self) -> Option<f64> {
        mean(self.by_name.values().filter(|counts| counts.expected > 0).filter_map(|counts| counts.f1()))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Counts)> {
        self.by_name.iter().map(|(name, &counts)| (&name[..], counts))
    }

    /// Names what was missed and what was found unasked, the commonest first.
    pub(super) fn mistakes(&self) -> Vec<String> {
        let wrong = self.iter().flat_map(|(name, Counts { expected, found, right })| {
            [(expected - right, name, "missed"), (found - right, name, "unasked")]
        });
        let mut wrong: Vec<_> = wrong.filter(|&(count, _, _)| count > 0).collect();
        wrong.sort_by_key(|&(count, _, _)| Reverse(count));
        wrong.into_iter().map(|(count, name, how)| format!("{name} {how} {count}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each text as the words it is labelled with and the words found.
    fn tally(texts: &[(&'static str, &'static str)]) -> Tally {
        let mut tally = Tally::default();
        for (expected, found) in texts {
            let [expected, found] = [expected, found].map(|words| words.split_whitespace().collect::<BTreeSet<_>>());
            tally.add(&expected, &found, |word| word);
        }
        tally
    }

    #[test]
    fn labels_are_counted_text_by_text() {
        let tally = tally(&[("churn refund", "churn"), ("", "churn praise"), ("churn", "churn churn"), ("", "")]);
        let counts: Vec<_> = tally.iter().collect();
        let expected = [
            ("churn", Counts { expected: 2, found: 3, right: 2 }),
            ("praise", Counts { expected: 0, found: 1, right: 0 }),
            ("refund", Counts { expected: 1, found: 0, right: 0 }),
        ];
        assert_eq!(counts, expected);
        assert_eq!(tally.total(), Counts { expected: 3, found: 4, right: 2 });
        assert_eq!(tally.mistakes(), ["churn unasked 1", "praise unasked 1", "refund missed 1"]);
    }

    #[test]
    fn the_figures_by_hand() {
        let tally = tally(&[("churn refund", "churn"), ("", "churn praise"), ("churn", "churn")]);
        let figures = [("precision", Some(0.5)), ("recall", Some(2.0 / 3.0)), ("f1", Some(4.0 / 7.0))];
        assert_eq!(tally.total().figures(), figures);
        // churn 4/5, refund 0; praise is nobody's label.
        assert_eq!(tally.macro_f1(), Some(0.4));
    }

    #[test]
    fn nothing_expected_has_no_recall_and_nothing_found_no_precision() {
        let nothing = tally(&[("", "")]);
        assert_eq!((nothing.total().f1(), nothing.macro_f1()), (None, None));
        let unasked = tally(&[("", "praise")]).total();
        assert_eq!((unasked.precision(), unasked.recall(), unasked.f1()), (Some(0.0), None, Some(0.0)));
        let missed = tally(&[("praise", "")]).total();
        assert_eq!((missed.precision(), missed.recall(), missed.f1()), (None, Some(0.0), Some(0.0)));
    }
}

//! What the values of a column look like.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::times::Times;

/// What share of the values has to look alike before a column is said to.
const MOST: f64 = 0.8;

/// What share of the numbers a scale has to hold; the rest are typing errors.
const NEARLY_ALL: f64 = 0.98;

/// The values of one column, in numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Profile {
    pub(super) filled: usize,
    pub(super) distinct: usize,
    /// Characters of a value, in the middle.
    pub(super) chars: f64,
    /// The numbers, where most values are some.
    pub(super) numbers: Option<Numbers>,
    pub(super) times: Option<Times>,
    /// The scale whose words most values are.
    pub(super) scale: Option<&'static Scale>,
    /// Those words as they stand here.
    pub(super) words: BTreeSet<String>,
}

/// The numbers of a column, the least first; one at least.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Numbers(Vec<f64>);

/// Answers in words and what each counts.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scale {
    pub(super) scale_max: u32,
    pub(super) words: BTreeMap<String, u32>,
}

#[derive(Deserialize)]
struct Scales {
    scales: Vec<Scale>,
}

static SCALES: LazyLock<Vec<Scale>> =
    LazyLock::new(|| toml::from_str::<Scales>(include_str!("answers.toml")).expect("read by a test").scales);

impl Scale {
    /// Returns what an answer counts.
    pub(super) fn count(&self, answer: &str) -> Option<u32> {
        self.words.get(&answer.trim().to_lowercase()).copied()
    }
}

impl Profile {
    /// Looks at the values of a column that are not blank.
    pub(super) fn of(values: &[String]) -> Self {
        let filled = values.len();
        let most = |count: usize| filled > 0 && count as f64 >= MOST * filled as f64;
        let number = |value: &String| value.trim().parse().ok().filter(|number: &f64| number.is_finite());
        let mut numbers: Vec<f64> = values.iter().filter_map(number).collect();
        numbers.sort_by(f64::total_cmp);
        let scale =
            SCALES.iter().find(|scale| most(values.iter().filter(|value| scale.count(value).is_some()).count()));
        let words = values.iter().filter(|value| scale.is_some_and(|scale| scale.count(value).is_some()));
        Self {
            filled,
            distinct: values.iter().collect::<BTreeSet<_>>().len(),
            chars: values.iter().map(|value| value.chars().count()).sum::<usize>() as f64 / filled.max(1) as f64,
            numbers: most(numbers.len()).then_some(Numbers(numbers)),
            times: Times::of(values),
            scale,
            words: words.cloned().collect(),
        }
    }

    /// Tells whether most numbers lie on a scale from `least` to `greatest`: a wrong one is its row's trouble.
    pub(super) fn within(&self, least: f64, greatest: f64) -> bool {
        self.numbers.as_ref().is_some_and(|numbers| numbers.share(least, greatest) >= MOST)
    }

    /// Tells whether the values may be words that a customer said.
    pub(super) fn is_words(&self) -> bool {
        self.filled > 0 && self.numbers.is_none() && self.times.is_none()
    }

    /// Returns the end of the smallest of the usual scales that holds the numbers.
    pub(super) fn scale_max(&self, usual: &[u32]) -> u32 {
        match (self.scale, &self.numbers) {
            (Some(scale), _) => scale.scale_max,
            (None, Some(numbers)) => {
                let holds = |end: &&u32| numbers.share(0.0, f64::from(**end)) >= NEARLY_ALL;
                usual.iter().find(holds).copied().unwrap_or(100)
            }
            (None, None) => 100,
        }
    }
}

impl Numbers {
    /// Returns the least and the greatest.
    pub(super) fn ends(&self) -> (f64, f64) {
        let of = |number: Option<&f64>| number.copied().unwrap_or_default();
        (of(self.0.first()), of(self.0.last()))
    }

    pub(super) fn whole(&self) -> bool {
        self.0.iter().all(|number| number.fract() == 0.0)
    }

    fn share(&self, least: f64, greatest: f64) -> f64 {
        let inside = self.0.iter().filter(|number| (least..=greatest).contains(*number)).count();
        inside as f64 / self.0.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(values: &[&str]) -> Profile {
        Profile::of(&values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn values_say_what_they_are() {
        let stars = profile(&["5", "4", "1", "5", "n/a"]);
        assert!(stars.within(1.0, 5.0) && stars.scale_max(&[5, 10]) == 5 && !stars.is_words(), "{stars:?}");
        let recommend = profile(&["0", "10", "7", "8", "11"]);
        assert!(recommend.within(0.0, 10.0) && recommend.distinct == 5, "{recommend:?}");
        for (values, usual, scale_max) in [
            (&["0", "10", "7"][..], &[5, 10][..], 10),
            (&["6", "7"], &[5, 7, 10], 7),
            (&["6", "7"], &[5, 10], 10),
            (&["95", "80"], &[5, 10], 100),
            (&["非常满意", "一般", "不满意"], &[5], 5),
            (&["好评", "差评"], &[5], 3),
            (&["Very satisfied", "neutral"], &[10], 5),
        ] {
            assert_eq!(profile(values).scale_max(usual), scale_max, "{values:?}");
        }
        assert!(profile(&["物流很快", "音质一般", "3"]).numbers.is_none());
        assert!(profile(&["物流很快"]).is_words() && !profile(&[]).is_words() && !profile(&["2025-11-02"]).is_words());
    }
}

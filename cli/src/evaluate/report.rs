//! What was found, as a table for people and as one JSON object for programs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value, json};

use super::metrics::mean;

/// How many kinds of mistakes are named.
const MISTAKES_MAX: usize = 8;

/// A name and a value from 0 to 1.
pub(super) type Figure = (&'static str, f64);

/// A source and a language.
type Group = (String, String);

/// What can be summed up in figures.
pub(super) trait Outcome: Sized {
    /// Sums outcomes up.
    fn figures(outcomes: &[&Self]) -> Vec<Figure>;

    /// Names the commonest mistakes, the commonest first, where there are kinds of them.
    fn mistakes(outcomes: &[&Self]) -> Vec<String>;
}

/// Outcomes by source and language.
#[derive(Debug)]
pub(super) struct Found<T> {
    groups: BTreeMap<Group, Vec<T>>,
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self { groups: BTreeMap::new() }
    }
}

impl<T> Found<T> {
    pub(super) fn add(&mut self, source: String, language: String, outcome: T) {
        self.groups.entry((source, language)).or_default().push(outcome);
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = (&Group, &Vec<T>)> {
        self.groups.iter()
    }

    /// Turns each outcome into another.
    pub(super) fn map<U>(self, mut into: impl FnMut(&Group, T) -> U) -> Found<U> {
        let groups = self.groups.into_iter().map(|(group, outcomes)| {
            let outcomes = outcomes.into_iter().map(|outcome| into(&group, outcome)).collect();
            (group, outcomes)
        });
        Found { groups: groups.collect() }
    }

    fn of(&self, belongs: impl Fn(&Group) -> bool) -> Vec<&T> {
        self.groups.iter().filter(|(group, _)| belongs(group)).flat_map(|(_, outcomes)| outcomes).collect()
    }
}

/// Some outcomes in figures.
#[derive(Debug)]
struct Scores {
    n: usize,
    figures: Vec<Figure>,
}

impl Scores {
    fn of<T: Outcome>(outcomes: &[&T]) -> Self {
        Self { n: outcomes.len(), figures: T::figures(outcomes) }
    }

    fn json(&self) -> Map<String, Value> {
        let figures = self.figures.iter().map(|&(name, value)| (name.to_owned(), json!(rounded(value, 4))));
        figures.chain([("n".to_owned(), json!(self.n))]).collect()
    }
}

/// What happened to the rows beside being judged.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Rows that could not be read, or lack what is asked.
    pub(super) unreadable: u64,
    /// Rows of languages that were not asked for.
    pub(super) left_out: u64,
    pub(super) texts_per_s: f64,
}

/// Everything that is said of a run.
#[derive(Debug)]
pub(super) struct Report {
    overall: Scores,
    by_source: BTreeMap<String, Scores>,
    by_language: BTreeMap<String, Scores>,
    by_both: BTreeMap<Group, Scores>,
    mistakes: Vec<String>,
    walked: Walked,
}

impl Report {
    pub(super) fn new<T: Outcome>(found: &Found<T>, walked: Walked) -> Self {
        let names = |name: fn(&Group) -> &String| found.groups.keys().map(name).collect::<BTreeSet<_>>();
        let scores = |belongs: &dyn Fn(&Group) -> bool| Scores::of(&found.of(belongs));
        let sources = names(|(source, _)| source).into_iter();
        let languages = names(|(_, language)| language).into_iter();
        let all = found.of(|_| true);
        let mut mistakes = T::mistakes(&all);
        mistakes.truncate(MISTAKES_MAX);
        Self {
            overall: Scores::of(&all),
            by_source: sources.map(|name| (name.clone(), scores(&|(source, _)| source == name))).collect(),
            by_language: languages.map(|name| (name.clone(), scores(&|(_, language)| language == name))).collect(),
            by_both: found.groups.keys().map(|key| (key.clone(), scores(&|group| group == key))).collect(),
            mistakes,
            walked,
        }
    }

    /// Tells whether every row could be read.
    pub(super) fn is_complete(&self) -> bool {
        self.walked.unreadable == 0
    }

    /// Returns the object that programs read.
    pub(super) fn json(&self) -> Value {
        let mut overall = self.overall.json();
        overall.insert("texts_per_s".to_owned(), json!(rounded(self.walked.texts_per_s, 1)));
        let by_source = self.by_source.iter().map(|(source, scores)| {
            let mut fields = scores.json();
            if let Some(means) = self.means(source) {
                fields.insert("mean_over_languages".to_owned(), Value::Object(means.json()));
            }
            (source.clone(), Value::Object(fields))
        });
        let by_language = self.by_language.iter().map(|(name, scores)| (name.clone(), Value::Object(scores.json())));
        json!({
            "overall": overall,
            "by_source": by_source.collect::<Map<_, _>>(),
            "by_language": by_language.collect::<Map<_, _>>(),
            "unreadable": self.walked.unreadable,
            "left_out": self.walked.left_out,
        })
    }

    /// Returns how many languages a source has, where it has several, and the figures of each, averaged.
    fn means(&self, of: &str) -> Option<Scores> {
        let languages: Vec<&Scores> =
            self.by_both.iter().filter(|((source, _), _)| source == of).map(|(_, scores)| scores).collect();
        let [first, _, ..] = languages[..] else { return None };
        let averaged =
            |(at, &(name, _)): (usize, &Figure)| (name, mean(languages.iter().map(|scores| scores.figures[at].1)));
        Some(Scores { n: languages.len(), figures: first.figures.iter().enumerate().map(averaged).collect() })
    }

    /// Returns the table's lines: source, language, scores.
    fn lines(&self) -> Vec<(&str, String, Line<'_>)> {
        let mut lines = Vec::new();
        for (source, scores) in &self.by_source {
            let languages = self.by_both.iter().filter(|((of, _), _)| of == source);
            lines.extend(languages.map(|((_, language), scores)| (&source[..], language.clone(), Line::Of(scores))));
            if let Some(means) = self.means(source) {
                lines.push((source, "all".to_owned(), Line::Of(scores)));
                lines.push((source, format!("mean of {}", means.n), Line::Mean(means)));
            }
        }
        if self.by_source.len() > 1 {
            let languages = self.by_language.iter();
            lines.extend(languages.map(|(language, scores)| ("all", language.clone(), Line::Of(scores))));
            lines.push(("all", "all".to_owned(), Line::Of(&self.overall)));
        }
        lines
    }
}

/// What stands in one line of the table.
enum Line<'r> {
    Of(&'r Scores),
    Mean(Scores),
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines();
        let width = |text: &str| text.chars().count();
        let first = lines.iter().map(|(source, _, _)| width(source)).max().unwrap_or(0).max(6);
        let second = lines.iter().map(|(_, language, _)| width(language)).max().unwrap_or(0).max(8);
        write!(f, "{:first$}  {:second$}  {:>7}", "source", "language", "n")?;
        self.overall.figures.iter().try_for_each(|(name, _)| write!(f, "  {name}"))?;
        writeln!(f)?;
        for (source, language, line) in &lines {
            let (n, figures) = match line {
                Line::Of(scores) => (scores.n.to_string(), &scores.figures),
                Line::Mean(means) => (String::new(), &means.figures),
            };
            write!(f, "{source:first$}  {language:second$}  {n:>7}")?;
            figures.iter().try_for_each(|(name, value)| write!(f, "  {value:>width$.4}", width = name.len()))?;
            writeln!(f)?;
        }
        if !self.mistakes.is_empty() {
            writeln!(f, "commonest mistakes: {}", self.mistakes.join(", "))?;
        }
        if self.walked.left_out > 0 {
            writeln!(f, "{} rows of other languages left out", self.walked.left_out)?;
        }
        if self.walked.unreadable > 0 {
            writeln!(f, "{} rows could not be read and are not judged", self.walked.unreadable)?;
        }
        if cfg!(debug_assertions) {
            writeln!(f, "built without optimization: texts_per_s says nothing")?;
        }
        Ok(())
    }
}

fn rounded(number: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (number * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Right or wrong.
    struct Right(bool);

    impl Outcome for Right {
        fn figures(outcomes: &[&Self]) -> Vec<Figure> {
            vec![("right", mean(outcomes.iter().map(|outcome| f64::from(u8::from(outcome.0)))))]
        }

        fn mistakes(outcomes: &[&Self]) -> Vec<String> {
            let wrong = outcomes.iter().filter(|outcome| !outcome.0).count();
            vec![format!("a → b {wrong}")]
        }
    }

    fn report() -> Report {
        let mut found = Found::default();
        for (source, language, right) in [("posts", "de", "110"), ("posts", "en", "0001"), ("shop", "en", "1")] {
            for digit in right.chars() {
                found.add(source.to_owned(), language.to_owned(), Right(digit == '1'));
            }
        }
        Report::new(&found, Walked { unreadable: 2, left_out: 3, texts_per_s: 1234.5678 })
    }

    #[test]
    fn programs_read_one_object() {
        let expected = json!({
            "overall": { "n": 8, "right": 0.5, "texts_per_s": 1234.6 },
            "by_source": {
                "posts": { "n": 7, "right": 0.4286, "mean_over_languages": { "n": 2, "right": 0.4583 } },
                "shop": { "n": 1, "right": 1.0 },
            },
            "by_language": { "de": { "n": 3, "right": 0.6667 }, "en": { "n": 5, "right": 0.4 } },
            "unreadable": 2,
            "left_out": 3,
        });
        assert_eq!(report().json(), expected);
    }

    #[test]
    fn people_read_a_table() {
        let table = report().to_string();
        let expected = "source  language         n  right
posts   de               3  0.6667
posts   en               4  0.2500
posts   all              7  0.4286
posts   mean of 2           0.4583
shop    en               1  1.0000
all     de               3  0.6667
all     en               5  0.4000
all     all              8  0.5000
commonest mistakes: a → b 4
3 rows of other languages left out
2 rows could not be read and are not judged
";
        assert!(table.starts_with(expected), "{table}");
    }
}

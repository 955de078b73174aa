//! What was found, as a table for people and as one JSON object for programs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value, json};

use super::metrics::mean;

/// How many kinds of mistakes are named.
const MISTAKES_MAX: usize = 8;

/// How wide a figure is, as in 0.1234; its name may be wider.
const FIGURE_CHARS: usize = 6;

/// A name and a value from 0 to 1, where there is anything to take it of.
pub(super) type Figure = (&'static str, Option<f64>);

/// A source and a language.
type Group = (String, String);

/// What can be summed up in figures.
pub(super) trait Outcome: Sized {
    /// Sums outcomes up.
    fn figures(outcomes: &[&Self]) -> Vec<Figure>;

    /// Names the commonest mistakes, the commonest first, where there are kinds of them.
    fn mistakes(outcomes: &[&Self]) -> Vec<String>;

    /// Sums up by what outcomes hold several of, where they do.
    fn parts(_: &[&Self]) -> Option<Parts> {
        None
    }
}

/// Figures by what outcomes hold several of; `n` is how often each was expected.
#[derive(Debug)]
pub(super) struct Parts {
    /// What they are: kinds, topics.
    name: &'static str,
    scores: BTreeMap<String, Scores>,
}

impl Parts {
    /// Names the parts, each with how often it was expected and its figures.
    pub(super) fn new(name: &'static str, parts: impl Iterator<Item = (String, u64, Vec<Figure>)>) -> Self {
        Self { name, scores: parts.map(|(part, n, figures)| (part, Scores { n, figures })).collect() }
    }
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
    n: u64,
    figures: Vec<Figure>,
}

impl Scores {
    fn of<T: Outcome>(outcomes: &[&T]) -> Self {
        Self { n: outcomes.len() as u64, figures: T::figures(outcomes) }
    }

    fn json(&self) -> Map<String, Value> {
        let figures =
            self.figures.iter().map(|&(name, value)| (name.to_owned(), json!(value.map(|value| rounded(value, 4)))));
        figures.chain([("n".to_owned(), json!(self.n))]).collect()
    }
}

/// What happened to the rows beside being judged.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Rows that could not be read, or lack what is asked.
    pub(super) unreadable: u64,
    /// Rows of languages or sets that were not asked for.
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
    parts: Option<Parts>,
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
            parts: T::parts(&all),
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
        let mut report = json!({
            "overall": overall,
            "by_source": by_source.collect::<Map<_, _>>(),
            "by_language": by_language.collect::<Map<_, _>>(),
            "unreadable": self.walked.unreadable,
            "left_out": self.walked.left_out,
        });
        if let Some(Parts { name, scores }) = &self.parts {
            let by_part = scores.iter().map(|(part, scores)| (part.clone(), Value::Object(scores.json())));
            report[format!("by_{name}")] = Value::Object(by_part.collect());
        }
        report
    }

    /// Returns how many languages a source has, where it has several, and the figures of each, averaged.
    fn means(&self, of: &str) -> Option<Scores> {
        let languages: Vec<&Scores> =
            self.by_both.iter().filter(|((source, _), _)| source == of).map(|(_, scores)| scores).collect();
        let [first, _, ..] = languages[..] else { return None };
        let averaged = |(at, &(name, _)): (usize, &Figure)| {
            (name, mean(languages.iter().filter_map(|scores| scores.figures[at].1)))
        };
        Some(Scores { n: languages.len() as u64, figures: first.figures.iter().enumerate().map(averaged).collect() })
    }

    /// Returns the lines by source and language.
    fn lines(&self) -> Vec<Line<2>> {
        let mut lines = Vec::new();
        for (source, scores) in &self.by_source {
            let languages = self.by_both.iter().filter(|((of, _), _)| of == source);
            lines.extend(languages.map(|((_, language), scores)| Line::of([source, language], scores)));
            if let Some(means) = self.means(source) {
                lines.push(Line::of([source, "all"], scores));
                let averaged = format!("mean of {}", means.n);
                lines.push(Line { n: String::new(), ..Line::of([source, &averaged], &means) });
            }
        }
        if self.by_source.len() > 1 {
            lines.extend(self.by_language.iter().map(|(language, scores)| Line::of(["all", language], scores)));
            lines.push(Line::of(["all", "all"], &self.overall));
        }
        lines
    }
}

/// One line of a table: names, how many, figures.
struct Line<const NAMES: usize> {
    names: [String; NAMES],
    n: String,
    figures: Vec<Figure>,
}

impl<const NAMES: usize> Line<NAMES> {
    fn of(names: [&str; NAMES], scores: &Scores) -> Self {
        Self { names: names.map(str::to_owned), n: scores.n.to_string(), figures: scores.figures.clone() }
    }
}

/// Writes lines under their columns' names.
fn table<const NAMES: usize>(f: &mut fmt::Formatter<'_>, heads: [&str; NAMES], lines: &[Line<NAMES>]) -> fmt::Result {
    let width = |at: usize| lines.iter().map(|line| line.names[at].chars().count()).chain([heads[at].len()]).max();
    let widths: [usize; NAMES] = std::array::from_fn(|at| width(at).unwrap_or_default());
    heads.iter().zip(widths).try_for_each(|(head, width)| write!(f, "{head:width$}  "))?;
    write!(f, "{:>7}", "n")?;
    let figures = lines.first().map_or(&[][..], |line| &line.figures);
    figures.iter().try_for_each(|(name, _)| write!(f, "  {name:>FIGURE_CHARS$}"))?;
    writeln!(f)?;
    for Line { names, n, figures } in lines {
        names.iter().zip(widths).try_for_each(|(name, width)| write!(f, "{name:width$}  "))?;
        write!(f, "{n:>7}")?;
        for (name, value) in figures {
            let value = value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
            write!(f, "  {value:>width$}", width = name.len().max(FIGURE_CHARS))?;
        }
        writeln!(f)?;
    }
    Ok(())
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, ["source", "language"], &self.lines())?;
        if let Some(Parts { name, scores }) = self.parts.as_ref().filter(|parts| !parts.scores.is_empty()) {
            let lines: Vec<_> = scores.iter().map(|(part, scores)| Line::of([part], scores)).collect();
            writeln!(f)?;
            table(f, [name], &lines)?;
        }
        if !self.mistakes.is_empty() {
            writeln!(f, "commonest mistakes: {}", self.mistakes.join(", "))?;
        }
        if self.walked.left_out > 0 {
            writeln!(f, "{} rows of other languages or sets left out", self.walked.left_out)?;
        }
        if self.walked.unreadable > 0 {
            writeln!(f, "{} rows could not be read and are not judged", self.walked.unreadable)?;
        }
        write!(f, "{:.0} texts a second on one core", self.walked.texts_per_s)?;
        writeln!(f, "{}", if cfg!(debug_assertions) { ", built without optimization: that says nothing" } else { "" })?;
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

        fn parts(outcomes: &[&Self]) -> Option<Parts> {
            let half = |name: &str, value| (name.to_owned(), 4, vec![("right", value)]);
            (outcomes.len() == 8)
                .then(|| Parts::new("half", [half("first", Some(0.75)), half("second", None)].into_iter()))
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
            "by_half": { "first": { "n": 4, "right": 0.75 }, "second": { "n": 4, "right": null } },
            "unreadable": 2,
            "left_out": 3,
        });
        assert_eq!(report().json(), expected);
    }

    #[test]
    fn people_read_a_table() {
        let table = report().to_string();
        let expected = "source  language         n   right
posts   de               3  0.6667
posts   en               4  0.2500
posts   all              7  0.4286
posts   mean of 2           0.4583
shop    en               1  1.0000
all     de               3  0.6667
all     en               5  0.4000
all     all              8  0.5000

half          n   right
first         4  0.7500
second        4       -
commonest mistakes: a → b 4
3 rows of other languages or sets left out
2 rows could not be read and are not judged
1235 texts a second on one core";
        assert!(table.starts_with(expected), "{table}");
    }
}

//! Whether feelings are read right.

use std::collections::HashSet;

use hearken_schemas::enrichment::{Enrichment, Sentiment, SentimentLabel};

use super::files::{Format, Row};
use super::metrics::mean;
use super::question::{Question, Verdict};
use super::report::{Figure, Found, Outcome};

const NEGATIVE: &str = "neg";
const NEUTRAL: &str = "neu";
const POSITIVE: &str = "pos";

/// What a text says in which no feeling is read.
const SILENT: Sentiment = Sentiment { label: SentimentLabel::Neutral, score: 0.0, confidence: 0.0 };

/// How does the customer feel?
pub(super) struct Feelings;

/// A label and what was felt; which answer that is depends on the labels of the whole source.
#[derive(Debug)]
pub(super) struct Felt {
    label: &'static str,
    sentiment: Sentiment,
}

impl Question for Feelings {
    type Label = &'static str;
    type Answer = Felt;

    fn reads(format: Format) -> bool {
        format == Format::Jsonl
    }

    fn label(&self, row: &Row) -> Result<Self::Label, String> {
        let label = row.label.as_deref().ok_or("no `label`")?;
        let known = [NEGATIVE, NEUTRAL, POSITIVE].into_iter().find(|known| *known == label);
        known.ok_or_else(|| format!("label {label:?} is none of {NEGATIVE}, {NEUTRAL}, {POSITIVE}"))
    }

    fn answer(&self, label: Self::Label, _: &str, enrichment: &Enrichment) -> Felt {
        Felt { label, sentiment: enrichment.sentiment.unwrap_or(SILENT) }
    }
}

/// A label, the answer that is held against it, and the side that the score's sign takes.
#[derive(Debug)]
pub(super) struct Judged {
    verdict: Verdict<&'static str>,
    side: &'static str,
}

impl Outcome for Judged {
    fn figures(judged: &[&Self]) -> Vec<Figure> {
        let taken = judged.iter().filter(|one| one.verdict.label != NEUTRAL);
        let sides = mean(taken.map(|one| f64::from(u8::from(one.side == one.verdict.label))));
        let mut figures = Verdict::figures(&verdicts(judged));
        figures.push(("binary_accuracy", sides));
        figures
    }

    fn mistakes(judged: &[&Self]) -> Vec<String> {
        Verdict::mistakes(&verdicts(judged))
    }
}

fn verdicts<'j>(judged: &[&'j Judged]) -> Vec<&'j Verdict<&'static str>> {
    judged.iter().map(|one| &one.verdict).collect()
}

/// Judges each source by the classes it has: without a neutral label by the score's sign, else by the sentiment's label.
pub(super) fn judged(found: Found<Felt>) -> Found<Judged> {
    let is_neutral = |felt: &Felt| felt.label == NEUTRAL;
    let neutral = found.groups().filter(|(_, felt)| felt.iter().any(is_neutral));
    let with_neutral: HashSet<String> = neutral.map(|((source, _), _)| source.clone()).collect();
    found.map(|(source, _), Felt { label, sentiment }| {
        let side = of_two(sentiment.score);
        let answer = if with_neutral.contains(source) { of_three(sentiment.label) } else { side };
        Judged { verdict: Verdict { label, answer, confidence: sentiment.confidence }, side }
    })
}

/// Public sets have no mixed texts, or call them neutral.
fn of_three(label: SentimentLabel) -> &'static str {
    match label {
        SentimentLabel::Negative => NEGATIVE,
        SentimentLabel::Positive => POSITIVE,
        SentimentLabel::Neutral | SentimentLabel::Mixed => NEUTRAL,
    }
}

/// Whoever gives 0 takes no side where there are only two, so it is never right.
fn of_two(score: f64) -> &'static str {
    match score {
        _ if score < 0.0 => NEGATIVE,
        _ if score > 0.0 => POSITIVE,
        _ => NEUTRAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SentimentLabel::{Mixed, Negative, Neutral, Positive};

    /// What each label and score of one source is taken for.
    fn check(felt: &[(&'static str, SentimentLabel, f64)], expected: &[&str]) {
        let judged = judge(felt);
        let answers = judged.groups().flat_map(|(_, judged)| judged.iter().map(|one| one.verdict.answer));
        assert_eq!(answers.collect::<Vec<_>>(), expected);
    }

    fn judge(felt: &[(&'static str, SentimentLabel, f64)]) -> Found<Judged> {
        let mut found = Found::default();
        for &(label, felt, score) in felt {
            let sentiment = Sentiment { label: felt, score, confidence: 0.5 };
            found.add("s".to_owned(), "en".to_owned(), Felt { label, sentiment });
        }
        judged(found)
    }

    #[test]
    fn two_classes_are_told_by_the_sign() {
        check(
            &[("neg", Neutral, -0.1), ("pos", Mixed, 0.1), ("neg", Positive, 0.5), ("pos", Neutral, 0.0)],
            &["neg", "pos", "pos", "neu"],
        );
    }

    #[test]
    fn three_classes_are_told_by_the_label() {
        check(
            &[("neg", Neutral, -0.1), ("neu", Mixed, 0.1), ("neg", Positive, 0.5), ("pos", Negative, -0.5)],
            &["neu", "neu", "pos", "neg"],
        );
    }

    #[test]
    fn the_sign_is_told_beside_three_classes_too() {
        let binary = |felt: &[_]| {
            let judged = judge(felt);
            let all: Vec<&Judged> = judged.groups().flat_map(|(_, judged)| judged).collect();
            Judged::figures(&all).into_iter().find(|(name, _)| *name == "binary_accuracy").expect("the figure").1
        };
        let felt = [("neg", Neutral, -0.1), ("neu", Positive, 0.5), ("pos", Neutral, 0.0), ("pos", Mixed, 0.2)];
        assert_eq!(binary(&felt), Some(2.0 / 3.0));
        assert_eq!(binary(&[("neu", Positive, 0.5)]), None, "nobody takes a side");
    }

    #[test]
    fn a_label_is_one_of_three() {
        let label = |label: Option<&str>| Feelings.label(&Row { label: label.map(str::to_owned), ..Row::default() });
        assert_eq!(label(Some("neu")), Ok("neu"));
        assert_eq!(label(Some("bad")), Err("label \"bad\" is none of neg, neu, pos".to_owned()));
        assert_eq!(label(None), Err("no `label`".to_owned()));
    }
}

//! Whether feelings are read right.

use std::collections::HashSet;

use hearken_schemas::enrichment::{Enrichment, Sentiment, SentimentLabel};

use super::files::{Format, Row};
use super::question::{Question, Verdict};
use super::report::Found;

const NEGATIVE: &str = "neg";
const NEUTRAL: &str = "neu";
const POSITIVE: &str = "pos";

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
        let silent = Sentiment { label: SentimentLabel::Neutral, score: 0.0, confidence: 0.0 };
        Felt { label, sentiment: enrichment.sentiment.unwrap_or(silent) }
    }
}

/// Judges each source by the classes it has: without a neutral label by the score's sign, else by the sentiment's label.
pub(super) fn verdicts(found: Found<Felt>) -> Found<Verdict<&'static str>> {
    let is_neutral = |felt: &Felt| felt.label == NEUTRAL;
    let neutral = found.groups().filter(|(_, felt)| felt.iter().any(is_neutral));
    let with_neutral: HashSet<String> = neutral.map(|((source, _), _)| source.clone()).collect();
    found.map(|(source, _), Felt { label, sentiment }| {
        let answer = if with_neutral.contains(source) { of_three(sentiment.label) } else { of_two(sentiment.score) };
        Verdict { label, answer, confidence: sentiment.confidence }
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
        let mut found = Found::default();
        for &(label, felt, score) in felt {
            let sentiment = Sentiment { label: felt, score, confidence: 0.5 };
            found.add("s".to_owned(), "en".to_owned(), Felt { label, sentiment });
        }
        let verdicts = verdicts(found);
        let answers = verdicts.groups().flat_map(|(_, verdicts)| verdicts.iter().map(|verdict| verdict.answer));
        assert_eq!(answers.collect::<Vec<_>>(), expected);
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
    fn a_label_is_one_of_three() {
        let label = |label: Option<&str>| Feelings.label(&Row { label: label.map(str::to_owned), ..Row::default() });
        assert_eq!(label(Some("neu")), Ok("neu"));
        assert_eq!(label(Some("bad")), Err("label \"bad\" is none of neg, neu, pos".to_owned()));
        assert_eq!(label(None), Err("no `label`".to_owned()));
    }
}

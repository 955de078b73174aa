//! Whether what customers judge is found, and which way they judge it.

use std::collections::BTreeSet;

use hearken_schemas::enrichment::{Aspect, Enrichment, Polarity};
use serde::Deserialize;

use super::files::{Format, Row};
use super::metrics::mean;
use super::question::Question;
use super::report::{Figure, Outcome, Parts};
use super::tally::{Counts, Tally};

/// What is judged, and which way?
pub(super) struct Judgements;

/// A topic with its category, as in `delivery.speed`, and the polarity's name.
type Judgement = (String, &'static str);

/// What one text judges; a topic that is judged one way twice is one judgement.
#[derive(Debug)]
pub(super) struct Judged {
    expected: BTreeSet<Judgement>,
    found: BTreeSet<Judgement>,
}

/// An aspect as rows write it.
#[derive(Deserialize)]
struct Expected {
    topic: String,
    polarity: Polarity,
}

impl Question for Judgements {
    type Label = BTreeSet<Judgement>;
    type Answer = Judged;

    fn reads(format: Format) -> bool {
        format == Format::Jsonl
    }

    fn label(&self, row: &Row) -> Result<Self::Label, String> {
        let expected: Vec<Expected> = row.labels("aspects")?;
        let judgement = |Expected { topic, polarity }: Expected| match topic.split_once('.') {
            Some(_) => Ok((topic, polarity.as_str())),
            None => Err(format!("topic {topic:?} has no category, as in delivery.speed")),
        };
        expected.into_iter().map(judgement).collect()
    }

    fn answer(&self, expected: Self::Label, _: &str, enrichment: &Enrichment) -> Judged {
        let judgement = |aspect: &Aspect| (format!("{}.{}", aspect.category, aspect.topic), aspect.polarity.as_str());
        Judged { expected, found: enrichment.aspects.iter().map(judgement).collect() }
    }
}

impl Judged {
    /// Counts judgements: topic and polarity must agree.
    fn strict(judged: &[&Self]) -> Tally {
        let mut tally = Tally::default();
        judged.iter().for_each(|one| tally.add(&one.expected, &one.found, |(topic, _)| topic));
        tally
    }

    /// Counts topics, whichever way they are judged.
    fn topics(judged: &[&Self]) -> Tally {
        let topics = |judgements: &BTreeSet<Judgement>| judgements.iter().map(|(topic, _)| topic.clone()).collect();
        let mut tally = Tally::default();
        judged.iter().for_each(|one| tally.add(&topics(&one.expected), &topics(&one.found), |topic: &String| topic));
        tally
    }
}

fn whichever_way(topics: Counts) -> Vec<Figure> {
    vec![("topic_precision", topics.precision()), ("topic_recall", topics.recall())]
}

impl Outcome for Judged {
    fn figures(judged: &[&Self]) -> Vec<Figure> {
        let (strict, topics) = (Self::strict(judged), Self::topics(judged).total());
        let mut figures = strict.total().figures();
        figures.extend(whichever_way(topics));
        figures.extend([
            ("accuracy", mean(judged.iter().map(|one| f64::from(u8::from(one.expected == one.found))))),
            ("macro_f1", strict.macro_f1()),
        ]);
        figures
    }

    fn mistakes(judged: &[&Self]) -> Vec<String> {
        Self::strict(judged).mistakes()
    }

    fn parts(judged: &[&Self]) -> Option<Parts> {
        // Both hold the same topics in the same order.
        let (strict, topics) = (Self::strict(judged), Self::topics(judged));
        let parts = strict.iter().zip(topics.iter()).map(|((topic, strict), (_, alone))| {
            (topic.to_owned(), strict.expected, [strict.figures(), whichever_way(alone)].concat())
        });
        Some(Parts::new("topic", parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn judgements(words: &str) -> BTreeSet<Judgement> {
        let judgement = |word: &str| match word.split_at(1) {
            ("+", topic) => (topic.to_owned(), "positive"),
            (_, topic) => (topic.to_owned(), "negative"),
        };
        words.split_whitespace().map(judgement).collect()
    }

    /// Each text as what it judges and what is found, with + or − before the topic.
    fn judged(texts: &[(&str, &str)]) -> Vec<Judged> {
        let one =
            |&(expected, found): &(&str, &str)| Judged { expected: judgements(expected), found: judgements(found) };
        texts.iter().map(one).collect()
    }

    const TEXTS: [(&str, &str); 4] = [
        ("-delivery.speed +price.value", "-delivery.speed +price.value"),
        ("-delivery.speed", "+delivery.speed"),
        ("", "-product.taste"),
        ("", ""),
    ];

    #[test]
    fn polarity_counts_and_the_topic_is_told_alone() {
        let judged = judged(&TEXTS);
        let expected = [
            // Two of four found and of three expected; without the polarity three of four and of three.
            ("precision", Some(0.5)),
            ("recall", Some(2.0 / 3.0)),
            ("f1", Some(4.0 / 7.0)),
            ("topic_precision", Some(0.75)),
            ("topic_recall", Some(1.0)),
            ("accuracy", Some(0.5)),
            // delivery.speed 1/2, price.value 1.
            ("macro_f1", Some(0.75)),
        ];
        assert_eq!(Judged::figures(&judged.iter().collect::<Vec<_>>()), expected);
    }

    #[test]
    fn mistakes_are_told_by_topic() {
        let judged = judged(&TEXTS);
        let mistakes = Judged::mistakes(&judged.iter().collect::<Vec<_>>());
        assert_eq!(mistakes, ["delivery.speed missed 1", "delivery.speed unasked 1", "product.taste unasked 1"]);
    }

    #[test]
    fn a_row_says_topics_with_their_category() {
        let label = |aspects| Judgements.label(&Row::labelled("aspects", aspects));
        let quoted = json!([{ "topic": "delivery.speed", "polarity": "neutral", "quote": "on time" }]);
        assert_eq!(label(quoted), Ok([("delivery.speed".to_owned(), "neutral")].into()));
        assert_eq!(label(json!([])), Ok([].into()), "a text that judges nothing is a row too");
        for (aspects, words) in [
            (json!([{ "topic": "speed", "polarity": "neutral" }]), "topic \"speed\" has no category"),
            (json!([{ "topic": "delivery.speed", "polarity": "bad" }]), "aspects: unknown variant `bad`, expected"),
            (json!([{ "topic": "delivery.speed" }]), "aspects: missing field `polarity`"),
            (json!("delivery.speed"), "aspects: invalid type: string"),
        ] {
            assert!(label(aspects.clone()).is_err_and(|told| told.starts_with(words)), "{aspects}");
        }
        assert_eq!(Judgements.label(&Row::default()), Err("no `aspects`".to_owned()));
    }
}

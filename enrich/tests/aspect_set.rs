//! Precision and recall of aspects on the labelled sentences of `tests/data/aspects.jsonl`; its README says how they were made.
//!
//! `cargo test -p hearken-enrich --test aspect_set -- --nocapture` prints the figures. The sentences of `test` are not for
//! reading; those of `dev` are, and `hearken evaluate aspects` names the topics that are missed.

mod sample;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;

use hearken_enrich::{Enricher, Settings};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Sentence {
    set: String,
    lang: String,
    text: String,
    aspects: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    topic: String,
    polarity: String,
}

/// Topic and polarity.
type Judgements = BTreeSet<(String, String)>;

/// How many were expected, found, and both.
#[derive(Default, Clone, Copy)]
struct Tally {
    expected: usize,
    found: usize,
    right: usize,
}

impl Tally {
    fn add<T: Ord>(&mut self, expected: &BTreeSet<T>, found: &BTreeSet<T>) {
        self.expected += expected.len();
        self.found += found.len();
        self.right += expected.intersection(found).count();
    }

    fn precision(self) -> f64 {
        self.right as f64 / self.found.max(1) as f64
    }

    fn recall(self) -> f64 {
        self.right as f64 / self.expected.max(1) as f64
    }
}

/// One row of the table: by topic and polarity, and by topic alone.
#[derive(Default)]
struct Row {
    sentences: usize,
    exact: usize,
    strict: Tally,
    topic: Tally,
}

impl Row {
    fn add(&mut self, expected: &Judgements, found: &Judgements) {
        let topics =
            |judgements: &Judgements| judgements.iter().map(|(topic, _)| topic.clone()).collect::<BTreeSet<_>>();
        self.sentences += 1;
        self.exact += usize::from(expected == found);
        self.strict.add(expected, found);
        self.topic.add(&topics(expected), &topics(found));
    }

    fn print(&self, name: &str) {
        let Self { sentences, exact, strict, topic } = self;
        let exact = *exact as f64 / *sentences as f64;
        println!(
            "{name:28} {sentences:4} {exact:6.3}   {:4} {:6.3} {:6.3}   {:6.3} {:6.3}",
            strict.expected,
            strict.precision(),
            strict.recall(),
            topic.precision(),
            topic.recall(),
        );
    }
}

fn sentences() -> Result<Vec<Sentence>, Box<dyn Error>> {
    let lines = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/aspects.jsonl"))?;
    Ok(lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn expected(sentence: &Sentence) -> Judgements {
    sentence.aspects.iter().map(|aspect| (aspect.topic.clone(), aspect.polarity.clone())).collect()
}

fn found(enricher: &Enricher, text: &str) -> Result<Judgements, Box<dyn Error>> {
    let feedback = sample::feedback(json!({ "text": text }));
    let aspects = enricher.enrich(&feedback).aspects.into_iter();
    let judgement =
        |category: String, topic: String, polarity: &str| (format!("{category}.{topic}"), polarity.to_owned());
    Ok(aspects.map(|aspect| judgement(aspect.category, aspect.topic, aspect.polarity.as_str())).collect())
}

#[test]
fn precision_and_recall_stay_above_their_floors() -> Result<(), Box<dyn Error>> {
    let enricher = Enricher::new(&Settings::default())?;
    let mut rows: BTreeMap<(String, String), Row> = BTreeMap::new();
    for sentence in sentences()? {
        let (expected, found) = (expected(&sentence), found(&enricher, &sentence.text)?);
        let topics: BTreeSet<&String> = expected.iter().chain(&found).map(|(topic, _)| topic).collect();
        let of_topic = |judgements: &Judgements, topic: &String| {
            judgements.iter().filter(|(known, _)| known == topic).cloned().collect::<Judgements>()
        };
        for name in ["overall", &sentence.lang] {
            rows.entry((sentence.set.clone(), name.to_owned())).or_default().add(&expected, &found);
        }
        for topic in topics {
            let row = rows.entry((sentence.set.clone(), topic.clone())).or_default();
            row.add(&of_topic(&expected, topic), &of_topic(&found, topic));
        }
    }
    println!("{:28} {:4} {:6}   {:4} {:6} {:6}   topic alone", "", "n", "exact", "exp.", "prec.", "recall");
    for ((set, name), row) in &rows {
        row.print(&format!("{set} {name}"));
    }
    let overall = &rows[&("test".to_owned(), "overall".to_owned())];
    for (figure, floor, value) in [
        ("precision", 0.63, overall.strict.precision()),
        ("recall", 0.54, overall.strict.recall()),
        ("precision of topics", 0.70, overall.topic.precision()),
        ("recall of topics", 0.60, overall.topic.recall()),
    ] {
        assert!(value >= floor, "{figure} is {value:.3}, below {floor}");
    }
    Ok(())
}

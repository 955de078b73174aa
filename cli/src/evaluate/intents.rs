//! Whether what customers mean to do is found, and how hard they say it was.

use std::collections::{BTreeMap, BTreeSet};

use hearken_schemas::enrichment::{Effort, Enrichment, IntentKind};
use serde::Deserialize;

use super::files::{Format, Row};
use super::metrics::{calibration_error, mean};
use super::question::Question;
use super::report::{Figure, Outcome, Parts};
use super::tally::{Counts, Tally};

/// What does the customer mean to do?
pub(super) struct Intents;

/// What a row says.
#[derive(Debug, PartialEq)]
pub(super) struct Said {
    kinds: BTreeSet<IntentKind>,
    /// Absent where the row leaves it open; it may also say that there is none.
    effort: Option<Option<Effort>>,
}

/// What one text means; a kind that is said twice is one intent.
#[derive(Debug)]
pub(super) struct Meant {
    expected: BTreeSet<IntentKind>,
    found: BTreeSet<IntentKind>,
    /// How sure the enricher is of what it found.
    sure: BTreeMap<IntentKind, f64>,
    /// The row's word and the enricher's, where the row says one.
    effort: Option<[Option<Effort>; 2]>,
}

/// An intent as rows write it.
#[derive(Deserialize)]
struct Expected {
    kind: IntentKind,
}

impl Question for Intents {
    type Label = Said;
    type Answer = Meant;

    fn reads(format: Format) -> bool {
        format == Format::Jsonl
    }

    fn label(&self, row: &Row) -> Result<Said, String> {
        let intents: Vec<Expected> = row.labels("intents")?;
        let effort = row.says("effort").then(|| row.labels("effort")).transpose()?;
        Ok(Said { kinds: intents.into_iter().map(|intent| intent.kind).collect(), effort })
    }

    fn answer(&self, Said { kinds, effort }: Said, _: &str, enrichment: &Enrichment) -> Meant {
        let mut sure = BTreeMap::<IntentKind, f64>::new();
        for intent in &enrichment.intents {
            let surest = sure.entry(intent.kind).or_default();
            *surest = surest.max(intent.confidence);
        }
        Meant {
            expected: kinds,
            found: sure.keys().copied().collect(),
            sure,
            effort: effort.map(|expected| [expected, enrichment.effort]),
        }
    }
}

impl Meant {
    fn kinds(meant: &[&Self]) -> Tally {
        let mut tally = Tally::default();
        meant.iter().for_each(|one| tally.add(&one.expected, &one.found, |kind| kind.as_str()));
        tally
    }

    fn effort(meant: &[&Self]) -> Counts {
        let mut tally = Tally::default();
        for [expected, found] in meant.iter().filter_map(|one| one.effort) {
            let [expected, found] = [expected, found].map(|effort| effort.map(Effort::as_str).into_iter().collect());
            tally.add(&expected, &found, |effort| effort);
        }
        tally.total()
    }
}

impl Outcome for Meant {
    fn figures(meant: &[&Self]) -> Vec<Figure> {
        let (kinds, effort) = (Self::kinds(meant), Self::effort(meant));
        let came_true = meant
            .iter()
            .flat_map(|one| one.sure.iter().map(|(kind, &confidence)| (confidence, one.expected.contains(kind))));
        let mut figures = kinds.total().figures();
        figures.extend([
            ("accuracy", mean(meant.iter().map(|one| f64::from(u8::from(one.expected == one.found))))),
            ("macro_f1", kinds.macro_f1()),
            ("calibration_error", calibration_error(came_true)),
            ("effort_precision", effort.precision()),
            ("effort_recall", effort.recall()),
        ]);
        figures
    }

    fn mistakes(meant: &[&Self]) -> Vec<String> {
        Self::kinds(meant).mistakes()
    }

    fn parts(meant: &[&Self]) -> Option<Parts> {
        let kinds = Self::kinds(meant);
        Some(Parts::new(
            "kind",
            kinds.iter().map(|(kind, counts)| (kind.to_owned(), counts.expected, counts.figures())),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use IntentKind::{Churn, Praise, Refund};
    use serde_json::{Value, json};

    fn enrichment(intents: &[(IntentKind, f64)], effort: Option<Effort>) -> Enrichment {
        let intent = |&(kind, confidence): &(IntentKind, f64)| json!({ "kind": kind, "confidence": confidence, "start": 0, "end": 1 });
        serde_json::from_value(json!({
            "enricher_version": 1, "language": "en", "language_confidence": 0.5, "keywords": [], "aspects": [],
            "intents": intents.iter().map(intent).collect::<Vec<_>>(), "effort": effort, "origin": "genuine",
        }))
        .expect("an enrichment")
    }

    fn said(row: Value) -> Result<Said, String> {
        let row = serde_json::from_value(row).expect("a row");
        Intents.label(&row)
    }

    fn meant(kinds: &[IntentKind], effort: &Value, found: &Enrichment) -> Meant {
        let intents: Vec<_> = kinds.iter().map(|kind| json!({ "kind": kind, "quote": "words" })).collect();
        Intents.answer(said(json!({ "text": "", "intents": intents, "effort": effort })).expect("a label"), "en", found)
    }

    #[test]
    fn kinds_are_found_or_not() {
        let (low, high) = (Some(Effort::Low), Some(Effort::High));
        let meant = [
            // Said twice: the surer counts.
            meant(&[Churn, Refund], &json!("high"), &enrichment(&[(Churn, 0.4), (Churn, 0.9)], high)),
            meant(&[], &json!(null), &enrichment(&[(Praise, 0.6)], low)),
            meant(&[Praise], &json!("high"), &enrichment(&[(Praise, 0.8)], low)),
        ];
        let meant: Vec<_> = meant.iter().collect();
        let figures: BTreeMap<_, _> = Meant::figures(&meant).into_iter().collect();
        let expected = [
            ("precision", 2.0 / 3.0),
            ("recall", 2.0 / 3.0),
            ("f1", 2.0 / 3.0),
            ("accuracy", 1.0 / 3.0),
            // churn 1, refund 0, praise 2/3.
            ("macro_f1", 5.0 / 9.0),
            ("calibration_error", (0.1 + 0.6 + 0.2) / 3.0),
            ("effort_precision", 1.0 / 3.0),
            ("effort_recall", 0.5),
        ];
        assert_eq!(figures.len(), expected.len());
        for (name, value) in expected {
            assert!(figures[name].is_some_and(|found| (found - value).abs() < 1e-12), "{name}: {:?}", figures[name]);
        }
        assert_eq!(Meant::mistakes(&meant), ["praise unasked 1", "refund missed 1"]);
    }

    #[test]
    fn effort_is_judged_where_the_row_speaks_of_it() {
        let found = enrichment(&[], Some(Effort::Low));
        let open = Intents.answer(said(json!({ "text": "", "intents": [] })).expect("a label"), "en", &found);
        assert_eq!(Meant::effort(&[&open]).precision(), None);
        assert_eq!(Meant::effort(&[&meant(&[], &json!(null), &found)]).precision(), Some(0.0));
    }

    #[test]
    fn a_row_that_says_something_else_is_refused() {
        for (row, words) in [
            (json!({ "text": "" }), "no `intents`"),
            (
                json!({ "text": "", "intents": [{ "kind": "leave" }] }),
                "intents: unknown variant `leave`, expected one of",
            ),
            (json!({ "text": "", "intents": [], "effort": "some" }), "effort: unknown variant `some`, expected"),
        ] {
            assert!(said(row.clone()).is_err_and(|told| told.starts_with(words)), "{row}");
        }
    }
}

//! The contract's enriched examples as rows: what was derived stands in the columns of its name, and what was not is NULL.

use std::path::Path;

use hearken_schemas::enrichment::Enriched;
use hearken_sink::row::{At, FeedbackRow};
use serde_json::{Value, json};

fn row(example: &str) -> FeedbackRow {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/examples/feedback.enriched.v1");
    let path = folder.join(format!("{example}.json"));
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let enriched: Enriched = serde_json::from_slice(&bytes).expect("an enriched record");
    let src = "feedback.raw.reviews.v1:0:1:0:00000001".parse().expect("an origin");
    FeedbackRow::new(enriched, 0, &src, &At { topic: "feedback.enriched.v1".to_owned(), partition: 0, offset: 1 })
}

/// The row has these columns with these values, among others.
fn check(example: &str, expected: Value) {
    let row = serde_json::to_value(row(example)).expect("JSON");
    for (column, value) in expected.as_object().expect("columns") {
        assert_eq!(&row[column], value, "{example}: {column}");
    }
}

#[test]
fn what_was_derived_stands_in_its_columns() {
    check(
        "chats.churn_threat",
        json!({
            "language": "zh-Hans", "sentiment": "negative", "sentiment_score": -0.86f32, "sentiment_confidence": 0.95f32,
            "intents.kind": ["complaint", "churn", "churn"], "intents.confidence": [0.83f32, 0.97f32, 0.94f32],
            "intents.start": [4, 10, 17], "intents.end": [8, 16, 25], "effort": "high", "origin": "genuine",
            "simhash": 0x2a28_e1b1_b74d_12d7_u64, "enricher_version": 4, "aspects.touchpoint": ["service", null],
        }),
    );
    check("reviews.legal_threat", json!({ "intents.kind": ["safety", "legal_threat", "refund"], "effort": null }));
    check("reviews.cantonese", json!({ "language": "yue-Hant", "sentiment": "mixed", "intents.kind": [] }));
}

#[test]
fn what_cannot_be_said_is_null_and_never_zero() {
    let silent = json!({ "sentiment": null, "sentiment_score": null, "sentiment_confidence": null, "effort": null, "simhash": null });
    for example in ["reviews.no_words", "reviews.rating_only", "reviews.garbled", "surveys.nps_zero"] {
        check(example, silent.clone());
    }
    check("reviews.only_emoji", json!({ "sentiment": "positive", "sentiment_score": 0.8f32, "simhash": null }));
}

#[test]
fn whoever_speaks_is_named() {
    for (example, origin) in [
        ("reviews.minimal", "genuine"),
        ("social.promotional", "promotional"),
        ("social.own_account", "own_account"),
        ("chats.automated", "automated"),
        ("reviews.garbled", "garbled"),
    ] {
        check(example, json!({ "origin": origin }));
    }
}

#[test]
fn every_intent_is_counted_in_the_bytes_of_a_batch() {
    let mut row = row("chats.churn_threat");
    let three = row.bytes();
    row.intents_kind.push("refund".to_owned());
    assert!(row.bytes() > three);
}

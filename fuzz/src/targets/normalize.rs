//! Ingest: the value of a record on every raw topic.

use std::sync::LazyLock;

use hearken_ingest::field::text::clean;
use hearken_ingest::pseudonym::Pseudonyms;
use hearken_ingest::{Normalized, Normalizer, Settings};
use hearken_schemas::catalog::{Catalog, Lookup};
use hearken_schemas::enrichment::{Authenticity, Enriched, Enrichment};
use hearken_schemas::envelope::Origin;
use hearken_schemas::feedback::Feedback;
use hearken_schemas::operation::Operation;
use hearken_schemas::redact::redact;
use hearken_schemas::topics::{ENRICHED, RAW_FEEDBACK, RAW_OPERATIONS, RAW_REVIEWS};
use hearken_sink::row::{Again, At, FeedbackRow, NotAgain};
use serde_json::json;

/// 2026-01-15T00:00:00Z.
const RECEIVED_MS: i64 = 1_768_435_200_000;

static NORMALIZER: LazyLock<Normalizer> = LazyLock::new(|| {
    let catalog = Catalog::parse(include_str!("../../../deploy/local/catalog.toml")).expect("a test loads it");
    Normalizer::new(Settings { catalog: Lookup::new(catalog), pseudonyms: Pseudonyms::new(b"a secret of the targets") })
});

/// Promises: an answer for any bytes on any topic; what is accepted is clean, redacted, and reads back as it was, from its row too; a refusal is one
/// short line.
pub fn run(value: &[u8]) {
    for topic in RAW_FEEDBACK.into_iter().chain(RAW_OPERATIONS) {
        // Operations are compacted by their key; the value stands in for one, so that both are odd.
        match NORMALIZER.normalize(topic, RECEIVED_MS, Some(&value[..value.len().min(40)]), Some(value)) {
            Ok(Normalized::Feedback(feedback)) => check_feedback(&feedback),
            Ok(Normalized::Operation(operation)) => check_operation(&operation),
            Err(rejection) => {
                assert!(!rejection.detail.is_empty(), "{topic}: a rejection says why: {rejection:?}");
                assert!(rejection.detail.chars().count() <= 1_000, "{topic}: a detail is short: {rejection:?}");
            }
        }
    }
    // A tombstone deletes what its key names, whatever that is.
    for topic in RAW_OPERATIONS {
        let _ = NORMALIZER.normalize(topic, RECEIVED_MS, Some(value), None);
    }
}

fn check_feedback(feedback: &Feedback) {
    let texts = std::iter::once(feedback.text.as_str())
        .chain(feedback.title.as_deref())
        .chain(feedback.turns.iter().map(|turn| turn.text.as_str()))
        .chain(feedback.answers.iter().filter_map(|answer| answer.text.as_deref()));
    for text in texts {
        assert_eq!(clean(text), text, "an accepted text is clean");
        assert_eq!(redact(text).count, 0, "an accepted text is redacted: {text:?}");
    }
    let json = serde_json::to_vec(feedback).expect("a feedback is JSON");
    let read: Feedback = serde_json::from_slice(&json).expect("a feedback reads back");
    assert_eq!(&read, feedback, "a feedback reads back as it was");
    check_row(feedback);
}

fn check_row(feedback: &Feedback) {
    let row = row(feedback.clone());
    match row.clone().again() {
        Ok(Again { feedback, content_crc, .. }) => {
            let read = FeedbackRow { content_crc, ..self::row(feedback) };
            assert_eq!(read, row, "a feedback made of its row gives that row");
        }
        Err(NotAgain::Emptied) => assert!(feedback.text.is_empty(), "words were lost in a row: {row:?}"),
        Err(NotAgain::Strange(column)) => panic!("{column} of a row cannot be read: {row:?}"),
    }
}

/// Returns the row of a feedback of which nothing was derived.
fn row(feedback: Feedback) -> FeedbackRow {
    let src = Origin { topic: RAW_REVIEWS.to_owned(), partition: 0, offset: 7, timestamp_ms: RECEIVED_MS, crc: 2 };
    let at = At { topic: ENRICHED.to_owned(), partition: 1, offset: 9 };
    let origin = if feedback.own_account { Authenticity::OwnAccount } else { Authenticity::Genuine };
    let enrichment = Enrichment { origin, ..NOTHING.clone() };
    FeedbackRow::new(Enriched { feedback, enrichment }, RECEIVED_MS, &src, &at)
}

static NOTHING: LazyLock<Enrichment> = LazyLock::new(|| {
    let fields = json!({
        "enricher_version": 1, "language": "und", "language_confidence": 0.0, "sentiment": null, "keywords": [], "aspects": [],
        "intents": [], "effort": null, "simhash": null, "origin": "genuine",
    });
    serde_json::from_value(fields).expect("an enrichment without facts")
});

fn check_operation(operation: &Operation) {
    let json = serde_json::to_vec(operation).expect("an operation is JSON");
    let read: Operation = serde_json::from_slice(&json).expect("an operation reads back");
    assert_eq!(&read, operation, "an operation reads back as it was");
    assert_eq!(read.record_id(), operation.record_id(), "its id follows from what it says");
}

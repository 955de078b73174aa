//! Every example of `schemas/examples` goes through the core: the valid ones to a snapshot, the others to their reason.
//!
//! A new hazard is a new file there; `INSTA_UPDATE=always cargo test -p hearken-ingest` writes its snapshot, to be read.

mod contract;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use contract::{RECEIVED_MS, examples, folder};
use hearken_ingest::pseudonym::Pseudonyms;
use hearken_ingest::{Normalized, Normalizer, Settings};
use hearken_schemas::catalog::{Catalog, Lookup};
use hearken_schemas::dead_letter::{Reason, Rejection};
use hearken_schemas::feedback::{Feedback, TEXT_BYTES_MAX};
use hearken_schemas::topics::{self, RAW_FEEDBACK};

fn normalize(topic: &str, timestamp_ms: i64, value: Option<&[u8]>) -> Result<Feedback, Rejection> {
    // As `Normalizer::plain` has it, but for a brand that speaks itself.
    let catalog =
        Catalog::parse("brands = [{ name = \"Frostig\", accounts = [\"frostig_cones\"] }]").expect("a catalog");
    let pseudonyms = Pseudonyms::new(b"no secret: tools and tests only");
    let normalizer = Normalizer::new(Settings { catalog: Lookup::new(catalog), pseudonyms });
    match normalizer.normalize(topic, timestamp_ms, None, value)? {
        Normalized::Feedback(feedback) => Ok(*feedback),
        Normalized::Operation(operation) => panic!("{topic} gave an operation: {operation:?}"),
    }
}

fn short(topic: &str) -> &str {
    topic.split('.').nth(2).expect("feedback.raw.<channel>.v1")
}

#[test]
fn every_valid_example_becomes_the_feedback_of_its_snapshot() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut expected = BTreeSet::new();
    for topic in RAW_FEEDBACK {
        for (hazard, bytes) in examples(topic) {
            let feedback =
                normalize(topic, RECEIVED_MS, Some(&bytes)).unwrap_or_else(|error| panic!("{topic}/{hazard}: {error}"));
            let name = format!("{}.{hazard}", short(topic));
            settings.bind(|| insta::assert_json_snapshot!(name.clone(), feedback));
            expected.insert(format!("{name}.snap"));
        }
    }
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let kept: BTreeSet<String> = fs::read_dir(snapshots)
        .expect("snapshots")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(kept, expected, "a snapshot without its example, or the other way round");
}

#[test]
fn every_invalid_example_has_the_reason_in_its_name() {
    for topic in RAW_FEEDBACK {
        for (name, bytes) in examples(&format!("invalid/{topic}")) {
            let expected = name.split('.').next().expect("a reason");
            match normalize(topic, RECEIVED_MS, Some(&bytes)) {
                Ok(_) => panic!("{topic}/{name} was accepted"),
                Err(rejection) => {
                    assert_eq!(rejection.reason.as_str(), expected, "{topic}/{name}: {rejection}");
                    assert_eq!(rejection.field.is_some(), names_a_field(&rejection), "{topic}/{name}: {rejection}");
                }
            }
        }
    }
}

/// Whether a rejection is about one field: the reasons that are not are about the whole record.
fn names_a_field(rejection: &Rejection) -> bool {
    let whole = rejection.reason == Reason::WrongType && rejection.detail.starts_with("expected one JSON object");
    !whole && !matches!(rejection.reason, Reason::NoValue | Reason::InvalidUtf8 | Reason::NotJson | Reason::EmptyText)
}

#[test]
fn examples_too_large_for_a_file_have_their_reason_too() {
    let reason = |topic: &str, value: &str| match normalize(topic, RECEIVED_MS, Some(value.as_bytes())) {
        Ok(_) => panic!("accepted"),
        Err(rejection) => rejection.reason,
    };
    let review = |text: &str| {
        format!(r#"{{"source": "jd", "source_id": "big", "occurred_at": "2025-11-02T09:30:00Z", "text": "{text}"}}"#)
    };
    let deep = format!(r#"{{"extra": {}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    for topic in RAW_FEEDBACK {
        assert_eq!(reason(topic, &"[".repeat(10_000)), Reason::TooDeep);
        assert_eq!(reason(topic, &deep), Reason::TooDeep);
    }
    let full = "好".repeat(TEXT_BYTES_MAX / 3) + "x";
    assert_eq!(full.len(), TEXT_BYTES_MAX);
    // The limit counts what is left after clean-up.
    let fits = normalize(topics::RAW_REVIEWS, RECEIVED_MS, Some(review(&(full.clone() + "   ")).as_bytes()));
    assert_eq!(fits.expect("fits").text.len(), TEXT_BYTES_MAX);
    assert_eq!(reason(topics::RAW_REVIEWS, &review(&(full.clone() + "y"))), Reason::TextTooLong);
    assert_eq!(reason(topics::RAW_SOCIAL, &review(&(full.clone() + "y"))), Reason::TextTooLong);
    assert_eq!(
        reason(topics::RAW_REVIEWS, &review("").replace("\"text\"", &format!("\"title\": \"{full}y\", \"text\""))),
        Reason::TextTooLong
    );
    // Two turns that fit alone, and do not fit together.
    let half = "x".repeat(TEXT_BYTES_MAX / 2);
    let turns = format!(
        r#""turns": [{{"role": "customer", "text": "{half}"}}, {{"role": "customer", "text": "{half}"}}], "text""#
    );
    assert_eq!(reason(topics::RAW_CHATS, &review("").replace("\"text\"", &turns)), Reason::TextTooLong);
}

#[test]
fn what_kafka_itself_gives_can_be_wrong_too() {
    let review = &examples(topics::RAW_REVIEWS).swap_remove(0).1;
    let reason = |topic: &str, timestamp_ms, value: Option<&[u8]>| {
        normalize(topic, timestamp_ms, value).expect_err("wrong").reason
    };
    assert_eq!(reason(topics::RAW_REVIEWS, RECEIVED_MS, None), Reason::NoValue);
    assert_eq!(reason(topics::NORMALIZED, RECEIVED_MS, Some(review)), Reason::UnknownVersion);
    assert_eq!(reason(topics::RAW_REVIEWS, -1, Some(review)), Reason::TimeOutOfBounds);
    assert_eq!(reason(topics::RAW_REVIEWS, i64::MAX, Some(review)), Reason::TimeOutOfBounds);
}

#[test]
fn a_text_that_was_cut_within_a_character_is_kept() {
    let review =
        r#"{"source": "s", "source_id": "1", "occurred_at": "2025-10-10T22:22:22Z", "text": "Love it \ud83d"}"#;
    let feedback = normalize(topics::RAW_REVIEWS, RECEIVED_MS, Some(review.as_bytes())).expect("a feedback");
    assert_eq!(feedback.text, "Love it \u{fffd}");
}

/// The examples that later stages build on are what this stage writes.
#[test]
fn the_examples_of_normalized_records_are_this_stages_output() {
    for (name, bytes) in examples(topics::NORMALIZED) {
        let (channel, hazard) = name.split_once('.').expect("<channel>.<hazard>.json");
        let topic = format!("feedback.raw.{channel}.v1");
        let raw = fs::read(folder(&topic).join(format!("{hazard}.json"))).expect("the raw example of that name");
        let expected: Feedback = serde_json::from_slice(&bytes).expect("a feedback");
        assert_eq!(normalize(&topic, RECEIVED_MS, Some(&raw)), Ok(expected), "{name}");
    }
}

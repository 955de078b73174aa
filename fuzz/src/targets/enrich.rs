//! The enricher: any text, with any hint of its language.

use std::sync::LazyLock;

use hearken_enrich::{Enricher, Settings};
use hearken_schemas::enrichment::Enrichment;
use hearken_schemas::envelope;
use hearken_schemas::feedback::Feedback;
use serde_json::json;

use super::{first_line, text};

static ENRICHER: LazyLock<Enricher> =
    LazyLock::new(|| Enricher::new(&Settings::default()).expect("the default settings are valid"));

/// A normalized feedback, or `CHANNEL HINT`, a line break, a title, a line break, and a text.
///
/// Promises: shares and scores within their bounds, spans within the text, ranks in order, the same answer twice, and JSON that reads back.
pub fn run(bytes: &[u8]) {
    let feedback = envelope::parse::<Feedback>(Some(bytes)).unwrap_or_else(|_| spoken(bytes));
    let found = ENRICHER.enrich(&feedback);
    check(&feedback, &found);
    assert_eq!(ENRICHER.enrich(&feedback), found, "the same feedback gives the same enrichment");
    let json = serde_json::to_vec(&found).expect("an enrichment is JSON");
    let read: Enrichment = serde_json::from_slice(&json).expect("an enrichment reads back");
    assert_eq!(read, found, "an enrichment reads back as it was");
}

fn spoken(bytes: &[u8]) -> Feedback {
    let (head, rest) = first_line(bytes);
    let (title, words) = first_line(rest);
    let head = text(head);
    let (channel, hint) = head.split_once(' ').unwrap_or((&head, ""));
    let channel = ["review", "chat", "social", "survey"].into_iter().find(|known| *known == channel);
    let title = Some(text(title)).filter(|title| !title.is_empty());
    let fields = json!({
        "feedback_id": "5f0c4e0e-9d5b-5b6e-8f0a-000000000001", "revision": 0, "channel": channel.unwrap_or("review"), "source": "shop",
        "source_id": "1", "occurred_at": "2026-01-05T10:00:00Z", "received_at": "2026-01-05T10:00:01Z", "time_precision": "second",
        "journey_stage": "unmapped", "redactions": 0, "language_hint": hint, "title": title, "text": text(words),
    });
    serde_json::from_value(fields).expect("a feedback of words")
}

fn check(feedback: &Feedback, found: &Enrichment) {
    let is_share = |value: f64| (0.0..=1.0).contains(&value);
    let is_score = |value: f64| (-1.0..=1.0).contains(&value);
    let chars = feedback.text.chars().count() as u32;
    let is_span = |start: u32, end: u32| start < end && end <= chars;
    assert!(is_share(found.language_confidence) && !found.language.is_empty(), "language: {found:?}");
    assert!(found.sentiment.is_none_or(|said| is_score(said.score) && is_share(said.confidence)), "{found:?}");
    for aspect in &found.aspects {
        assert!(is_score(aspect.score) && is_span(aspect.start, aspect.end), "{aspect:?} in {chars} characters");
    }
    for intent in &found.intents {
        assert!(is_share(intent.confidence) && is_span(intent.start, intent.end), "{intent:?} in {chars} characters");
    }
    assert!(found.keywords.len() <= Settings::default().keywords_max, "{found:?}");
    let is_term = |word: &hearken_schemas::enrichment::Keyword| !word.term.is_empty() && !word.stem.is_empty();
    assert!(found.keywords.iter().all(|word| word.score > 0.0 && is_term(word)), "keywords: {found:?}");
    assert!(found.keywords.is_sorted_by(|one, next| one.score >= next.score), "ranks: {found:?}");
}

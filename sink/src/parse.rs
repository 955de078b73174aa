//! What a record of any input is to the sink.

use hearken_runtime::record::Record;
use hearken_schemas::dead_letter::{DeadLetter, Reason, Rejection, Stage};
use hearken_schemas::enrichment::Enriched;
use hearken_schemas::envelope::Origin;
use hearken_schemas::erasure::{Named, Sighted};
use hearken_schemas::operation::Operation;
use hearken_schemas::{envelope, topics};

use crate::batch::{Candidate, Item};
use crate::row::{At, DeadLetterRow, FeedbackRow, Lineage, OutcomeRow, StateRow};

/// Reads a record and returns the bytes it takes in a batch; what cannot be read is rejected, but a dead letter never is.
pub(crate) fn parse(record: Record, at: &Origin) -> (Item, usize) {
    let input = At::from(at);
    if at.topic == topics::DEAD_LETTERS {
        return (letter(&record, at, input), 1_024);
    }
    let row = if at.topic == topics::OPERATIONS { operation(&record, &input) } else { feedback(&record, &input) };
    let bytes = record.bytes();
    match row {
        Ok((row, named)) => {
            let bytes = bytes + row.bytes();
            (Item::Candidate(Box::new(Candidate { row, record, named })), bytes)
        }
        Err(rejection) => (Item::Rejected(Box::new(record), rejection), bytes),
    }
}

fn feedback(record: &Record, input: &At) -> Result<(StateRow, Named), Rejection> {
    envelope::check_type(&record.headers, topics::ENRICHED)?;
    let src = envelope::origin(&record.headers)?;
    let enriched: Enriched = envelope::parse(record.value.as_deref())?;
    let enriched_at = envelope::written_ms(&record.headers).unwrap_or(record.timestamp_ms);
    let named = Named::of_feedback(&enriched.feedback);
    let mut row = FeedbackRow::new(enriched, enriched_at, &src, input);
    row.content_crc = envelope::content_crc(&record.headers).unwrap_or(row.content_crc);
    Ok((StateRow::Feedback(Box::new(row)), named))
}

fn operation(record: &Record, input: &At) -> Result<(StateRow, Named), Rejection> {
    envelope::check_type(&record.headers, topics::OPERATIONS)?;
    let src = envelope::origin(&record.headers)?;
    let operation: Operation = envelope::parse(record.value.as_deref())?;
    let named = Named::of_operation(&operation);
    Ok((StateRow::of_operation(operation, &src, input), named))
}

/// Reads a dead letter, or what is left of a record that a service before erased.
fn letter(record: &Record, at: &Origin, input: At) -> Item {
    let letter = DeadLetter::from_headers(&record.headers).unwrap_or_else(|| foreign(at));
    if letter.rejection.reason == Reason::Erased {
        let src = letter.src.as_ref().unwrap_or(&letter.at);
        return Item::Erased(Box::new(OutcomeRow::erased(Lineage::new(src, &input), letter.at.timestamp_ms)));
    }
    let value = record.value.as_deref().unwrap_or_default();
    let named = named(&letter, record.key.as_deref(), value);
    Item::DeadLetter(Box::new(DeadLetterRow::new(&letter, value, input)), named)
}

/// Returns whom a dead letter names: as the service that gave it up could say, and as far as its bytes still do.
fn named(letter: &DeadLetter, key: Option<&[u8]>, value: &[u8]) -> Named {
    let sighted = Sighted::in_bytes(value).subjects(key);
    let subjects = letter.rejection.subjects.iter().copied().chain(sighted).collect();
    let src_ms = letter.src.as_ref().map_or(letter.at.timestamp_ms, |src| src.timestamp_ms);
    Named { subjects, at_ms: src_ms.min(letter.at.timestamp_ms), only_deletes: false }
}

/// Somebody else's message on the dead-letter topic: kept as a dead letter of its own.
fn foreign(at: &Origin) -> DeadLetter {
    let rejection = Rejection::new(Reason::MissingLineage, "a message without the headers of a dead letter");
    DeadLetter { stage: Stage::Sink, rejection, at: at.clone(), src: None }
}

#[cfg(test)]
mod tests {
    use hearken_schemas::erasure::Subject;

    use super::*;
    use crate::row::OutcomeKind;

    fn record(topic: &str, value: &[u8]) -> Record {
        let mut record = Record::new(topic, 1, 2);
        record.value = Some(value.to_vec());
        record.headers = vec![(Origin::HEADER.to_owned(), b"raw:0:9:8:000000ff".to_vec())];
        record
    }

    #[test]
    fn each_input_has_its_rows_and_what_is_none_of_them_is_rejected() {
        let order = include_bytes!("../../schemas/examples/operations.normalized.v1/orders.minimal.json");
        let review = include_bytes!("../../schemas/examples/feedback.enriched.v1/reviews.minimal.json");
        for (topic, value, expected) in [
            (topics::ENRICHED, &review[..], "feedback"),
            (topics::OPERATIONS, &order[..], "orders"),
            (topics::OPERATIONS, &review[..], "missing_field"),
            (topics::ENRICHED, b"{", "not_json"),
            (topics::DEAD_LETTERS, b"{", "letter"),
        ] {
            let record = record(topic, value);
            let at = record.origin();
            let (found, bytes) = match parse(record, &at) {
                (Item::Candidate(candidate), bytes) => (candidate.row.table().as_str(), bytes),
                (Item::DeadLetter(..), bytes) => ("letter", bytes),
                (Item::Erased(_), bytes) => ("erased", bytes),
                (Item::Rejected(_, rejection), bytes) => (rejection.reason.as_str(), bytes),
            };
            assert_eq!(found, expected, "{topic}");
            assert!(bytes > value.len(), "{topic}: {bytes} bytes are counted");
        }
    }

    #[test]
    fn a_dead_letter_names_whom_its_headers_and_its_bytes_name_and_an_erased_record_nobody() {
        let letter_of = |reason, value: &[u8]| {
            let mut record = record(topics::DEAD_LETTERS, value);
            let at: Origin = "feedback.raw.reviews.v1:0:9:8:000000ff".parse().expect("coordinates");
            let rejection = Rejection::new(reason, "").naming(vec![Subject::author("k")]);
            let letter = DeadLetter { stage: Stage::Ingest, rejection, at: at.clone(), src: Some(at) };
            record.headers = letter.headers(&record.headers);
            let at = record.origin();
            parse(record, &at).0
        };
        let Item::DeadLetter(row, named) = letter_of(Reason::NotJson, br#"{"customer_id":"c-1""#) else {
            panic!("a dead letter");
        };
        assert_eq!((row.at.offset, named.at_ms), (9, 8));
        assert_eq!(named.subjects, [Subject::author("k"), Subject::customer("c-1")]);
        let Item::Erased(row) = letter_of(Reason::Erased, b"") else { panic!("an outcome") };
        assert_eq!((row.kind, row.record_id, row.lineage.src.offset), (OutcomeKind::Erased, uuid::Uuid::nil(), 9));
    }
}

//! What a record of any input is to the sink.

use hearken_runtime::record::Record;
use hearken_schemas::dead_letter::{DeadLetter, Reason, Rejection, Stage};
use hearken_schemas::enrichment::Enriched;
use hearken_schemas::envelope::Origin;
use hearken_schemas::operation::Operation;
use hearken_schemas::{envelope, topics};

use crate::batch::{Candidate, Item};
use crate::row::{At, DeadLetterRow, FeedbackRow, StateRow};

/// Reads a record and returns the bytes it takes in a batch; what cannot be read is rejected, but a dead letter never is.
pub(crate) fn parse(record: Record, at: &Origin) -> (Item, usize) {
    let input = At::from(at);
    if at.topic == topics::DEAD_LETTERS {
        let value = record.value.as_deref().unwrap_or_default();
        let letter = DeadLetter::from_headers(&record.headers).unwrap_or_else(|| foreign(at));
        return (Item::DeadLetter(Box::new(DeadLetterRow::new(&letter, value, input))), 1_024);
    }
    let row = if at.topic == topics::OPERATIONS { operation(&record, &input) } else { feedback(&record, &input) };
    let bytes = record.bytes();
    match row {
        Ok(row) => {
            let bytes = bytes + row.bytes();
            (Item::Candidate(Box::new(Candidate { row, record })), bytes)
        }
        Err(rejection) => (Item::Rejected(Box::new(record), rejection), bytes),
    }
}

fn feedback(record: &Record, input: &At) -> Result<StateRow, Rejection> {
    envelope::check_type(&record.headers, topics::ENRICHED)?;
    let src = envelope::origin(&record.headers)?;
    let enriched: Enriched = envelope::parse(record.value.as_deref())?;
    let enriched_at = envelope::written_ms(&record.headers).unwrap_or(record.timestamp_ms);
    let mut row = FeedbackRow::new(enriched, enriched_at, &src, input);
    row.content_crc = envelope::content_crc(&record.headers).unwrap_or(row.content_crc);
    Ok(StateRow::Feedback(Box::new(row)))
}

fn operation(record: &Record, input: &At) -> Result<StateRow, Rejection> {
    envelope::check_type(&record.headers, topics::OPERATIONS)?;
    let src = envelope::origin(&record.headers)?;
    let operation: Operation = envelope::parse(record.value.as_deref())?;
    Ok(StateRow::of_operation(operation, &src, input))
}

/// Somebody else's message on the dead-letter topic: kept as a dead letter of its own.
fn foreign(at: &Origin) -> DeadLetter {
    let rejection = Rejection::new(Reason::MissingLineage, "a message without the headers of a dead letter");
    DeadLetter { stage: Stage::Sink, rejection, at: at.clone(), src: None }
}

#[cfg(test)]
mod tests {
    use super::*;

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
                (Item::DeadLetter(_), bytes) => ("letter", bytes),
                (Item::Rejected(_, rejection), bytes) => (rejection.reason.as_str(), bytes),
            };
            assert_eq!(found, expected, "{topic}");
            assert!(bytes > value.len(), "{topic}: {bytes} bytes are counted");
        }
    }
}

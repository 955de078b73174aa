//! What becomes of a record.

use hearken_schemas::dead_letter::{DeadLetter, Reason, Rejection, Stage};
use hearken_schemas::envelope::{Envelope, Headers, Origin};
use hearken_schemas::topics;
use serde::Serialize;

use crate::record::Record;

/// What a stage decides about one record. A failure of ours is no outcome: it stops the service.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It goes on.
    Emit(Message),
    /// It is bad: it becomes a dead letter, and the next record goes on.
    Reject(Rejection),
    /// It names somebody who is to be forgotten: nothing of it goes on but where it was.
    Erase,
}

/// A message to produce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The topic, one of the contract's.
    pub topic: &'static str,
    /// An explicit partition; by key where `None`.
    pub partition: Option<i32>,
    /// The key's bytes.
    pub key: Option<Vec<u8>>,
    /// The value's bytes.
    pub value: Option<Vec<u8>>,
    /// The headers.
    pub headers: Headers,
}

impl Message {
    /// Returns the message of a record with what surrounds it: to the topic of its type, keyed by its identity.
    pub fn of<T: Serialize>(envelope: Envelope<T>) -> Self {
        let (headers, value) = (envelope.headers(), Some(envelope.value()));
        Self { topic: envelope.kind, partition: None, key: Some(envelope.id.into_bytes()), value, headers }
    }

    /// Returns the bytes the broker counts against the topic's limit, about.
    pub fn bytes(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len() + 8).sum();
        self.key.as_ref().map_or(0, Vec::len) + self.value.as_ref().map_or(0, Vec::len) + headers + 128
    }
}

/// Builds what is left of an erased record: where it was, beside the dead letters, without its key, its value and its headers.
///
/// The sink makes an outcome of it, so that the record is accounted for.
pub fn erased(stage: Stage, record: &Record) -> Message {
    let at = record.origin();
    let partitions = topics::find(topics::DEAD_LETTERS).map_or(1, |topic| topic.partitions);
    Message {
        topic: topics::DEAD_LETTERS,
        partition: Some(dead_letter_partition(&at, partitions)),
        key: None,
        value: None,
        headers: DeadLetter { stage, rejection: Rejection::new(Reason::Erased, ""), at: at.clone(), src: Some(at) }
            .headers(&Headers::new()),
    }
}

/// Builds the dead letter of a rejected record: the original bytes and key, the facts in headers.
///
/// Its partition follows from the record's own coordinates, so a repeat of the same dead letter meets the first one.
pub fn dead_letter(stage: Stage, record: &Record, rejection: Rejection) -> Message {
    let at = record.origin();
    let src = match stage {
        Stage::Ingest => Some(at.clone()),
        Stage::Enrich | Stage::Sink => hearken_schemas::envelope::origin(&record.headers).ok(),
    };
    let partitions = topics::find(topics::DEAD_LETTERS).map_or(1, |topic| topic.partitions);
    Message {
        topic: topics::DEAD_LETTERS,
        partition: Some(dead_letter_partition(&at, partitions)),
        key: record.key.clone(),
        value: record.value.clone(),
        headers: DeadLetter { stage, rejection, at, src }.headers(&record.headers),
    }
}

fn dead_letter_partition(at: &Origin, partitions: i32) -> i32 {
    let spread = crc32fast::hash(at.topic.as_bytes()) as i64 + i64::from(at.partition);
    (spread % i64::from(partitions.max(1))) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_erased_record_nothing_is_left_but_where_it_was() {
        let record = Record {
            timestamp_ms: 1_763_769_600_000,
            key: Some(b"c-1".to_vec()),
            value: Some(b"{\"customer_id\":\"c-1\"}".to_vec()),
            headers: vec![("traceparent".to_owned(), b"00-c-1".to_vec())],
            ..Record::new(topics::RAW_REVIEWS, 2, 7)
        };
        let message = erased(Stage::Ingest, &record);
        assert_eq!((&message.key, &message.value), (&None, &None));
        assert!(message.headers.iter().all(|(name, value)| name != "traceparent" && !value.ends_with(b"c-1")));
        let facts = DeadLetter::from_headers(&message.headers).expect("the facts");
        assert_eq!(
            (facts.rejection.reason, facts.at.clone(), facts.src),
            (Reason::Erased, record.origin(), Some(facts.at))
        );
        assert_eq!(
            message.partition,
            dead_letter(Stage::Ingest, &record, Rejection::new(Reason::NotJson, "")).partition
        );
    }

    #[test]
    fn a_dead_letter_is_the_original_with_its_facts_beside_it() {
        let record = Record {
            timestamp_ms: 1_763_769_600_000,
            key: Some(b"c-1".to_vec()),
            value: Some(b"\xff{".to_vec()),
            headers: vec![(Origin::HEADER.to_owned(), b"raw:0:9:8:000000ff".to_vec())],
            ..Record::new(topics::RAW_REVIEWS, 2, 7)
        };
        let raw = "raw:0:9:8:000000ff".parse().ok();
        for (stage, src) in [(Stage::Ingest, Some(record.origin())), (Stage::Enrich, raw.clone()), (Stage::Sink, raw)] {
            let rejection = Rejection::new(Reason::InvalidUtf8, "byte 0");
            let letter = dead_letter(stage, &record, rejection.clone());
            assert_eq!((&letter.key, &letter.value), (&record.key, &record.value), "{stage:?}");
            let facts = DeadLetter::from_headers(&letter.headers).expect("the facts");
            assert_eq!(facts, DeadLetter { stage, rejection, at: record.origin(), src });
            let again = dead_letter(stage, &record, Rejection::new(Reason::NotJson, ""));
            assert_eq!(letter.partition, again.partition, "{stage:?}");
        }
    }
}

//! Bad records: one per hazard, each made from a good one as a faulty channel would make it.

use fastrand::Rng;
use hearken_schemas::envelope::header;
use hearken_schemas::feedback::TEXT_BYTES_MAX;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use super::record::Record;
use super::{Kind, RawMessage};

/// Said again and again where a text is too long; clean-up leaves it as it is.
const LONG: &str = "非常好用。";

/// What is wrong with a bad record. Every one must become a dead letter, and the next record must go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Poison {
    /// Cut off in the middle.
    NotJson,
    /// A field has another type than the schema says.
    WrongType,
    /// A required field is missing.
    MissingField,
    /// Nothing said and nothing rated.
    EmptyText,
    /// Words in GBK.
    InvalidUtf8,
    /// Arrays in arrays, 10,000 deep.
    TooDeep,
    /// `occurred_at` is the epoch.
    Year1970,
    /// `occurred_at` is far in the future.
    Year2100,
    /// `occurred_at` has no zone.
    NoZone,
    /// More than 256 KiB of text.
    TextTooLong,
    /// `ce_type` names major version 2.
    UnknownVersion,
}

impl Poison {
    /// All hazards.
    pub(crate) const ALL: [Self; 11] = [
        Self::NotJson,
        Self::WrongType,
        Self::MissingField,
        Self::EmptyText,
        Self::InvalidUtf8,
        Self::TooDeep,
        Self::Year1970,
        Self::Year2100,
        Self::NoZone,
        Self::TextTooLong,
        Self::UnknownVersion,
    ];

    /// Returns the message that a good record becomes.
    pub(super) fn spoil(self, mut record: Record, rng: &mut Rng, at: Timestamp) -> RawMessage {
        match self {
            Self::NotJson | Self::InvalidUtf8 | Self::TooDeep | Self::UnknownVersion => {}
            Self::WrongType => retype(&mut record),
            Self::MissingField => {
                record.body.remove(["source", "source_id", "occurred_at"][rng.usize(..3)]);
            }
            Self::EmptyText => say(&mut record, " \u{3000}\n"),
            Self::Year1970 => occurred(&mut record, "1970-01-01T00:00:00Z"),
            Self::Year2100 => occurred(&mut record, "2100-01-01T00:00:00Z"),
            Self::NoZone => occurred(&mut record, &at.to_zoned(TimeZone::UTC).datetime().to_string()),
            Self::TextTooLong => say(&mut record, &LONG.repeat(TEXT_BYTES_MAX / LONG.len() + 2_000)),
        }
        let mut message = record.message(Kind::Poison(self));
        message.feedback_ref = None;
        match self {
            Self::NotJson => message.value = cut(message.value),
            Self::InvalidUtf8 => insert(&mut message.value, 1, b"\"note\":\"\xc4\xe3\xba\xc3\","),
            Self::TooDeep => insert(&mut message.value, 1, nested(10_000).as_bytes()),
            Self::UnknownVersion => next_version(&mut message),
            Self::WrongType
            | Self::MissingField
            | Self::EmptyText
            | Self::Year1970
            | Self::Year2100
            | Self::NoZone
            | Self::TextTooLong => {}
        }
        message
    }
}

/// Replaces all that the customer says, and takes the rating away.
fn say(record: &mut Record, text: &str) {
    record.body.remove("rating");
    record.body.remove("title");
    match record.body.get_mut("turns") {
        Some(turns) => *turns = json!([{"role": "customer", "text": text}]),
        None => _ = record.body.insert("text".to_owned(), text.into()),
    }
}

fn retype(record: &mut Record) {
    for (name, wrong) in [("rating", json!("five stars")), ("turns", json!("hello")), ("text", json!(["hello"]))] {
        if let Some(value) = record.body.get_mut(name) {
            *value = wrong;
            return;
        }
    }
}

fn occurred(record: &mut Record, at: &str) {
    record.body.insert("occurred_at".to_owned(), Value::from(at));
}

/// Keeps the first half, whole characters.
fn cut(value: Vec<u8>) -> Vec<u8> {
    let mut text = String::from_utf8(value).unwrap_or_default();
    text.truncate(text.floor_char_boundary(text.len() / 2));
    text.into_bytes()
}

fn insert(value: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    value.splice(at..at, bytes.iter().copied());
}

fn nested(depth: usize) -> String {
    format!("\"extra\":{}{},", "[".repeat(depth), "]".repeat(depth))
}

fn next_version(message: &mut RawMessage) {
    for (name, value) in &mut message.headers {
        if name == header::TYPE {
            *value = message.topic.replace(".v1", ".v2").into_bytes();
        }
    }
}

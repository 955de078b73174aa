//! Bad records: one per hazard, each made from a good one as a faulty channel would make it.

use fastrand::Rng;
use hearken_schemas::envelope::header;
use hearken_schemas::feedback::TEXT_BYTES_MAX;
use hearken_schemas::topics;
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
    /// `occurred_at` has no zone, and nobody knows the source.
    NoZone,
    /// More than 256 KiB of text.
    TextTooLong,
    /// `ce_type` names major version 2.
    UnknownVersion,
    /// The merchant answers a review.
    MerchantReply,
    /// Eleven on a scale to ten.
    WrongScore,
    /// A changed text under a known id, and nothing that tells which is newer.
    SilentEdit,
}

impl Poison {
    /// All hazards.
    pub(crate) const ALL: [Self; 14] = [
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
        Self::MerchantReply,
        Self::WrongScore,
        Self::SilentEdit,
    ];

    /// Returns the topics where it can happen.
    pub(super) fn topics(self) -> &'static [&'static str] {
        match self {
            Self::EmptyText | Self::TextTooLong | Self::NoZone => &topics::RAW_FEEDBACK,
            Self::MerchantReply | Self::SilentEdit => &[topics::RAW_REVIEWS],
            Self::WrongScore => &[topics::RAW_SURVEYS],
            Self::NotJson
            | Self::WrongType
            | Self::MissingField
            | Self::InvalidUtf8
            | Self::TooDeep
            | Self::Year1970
            | Self::Year2100
            | Self::UnknownVersion => &topics::RAW,
        }
    }

    /// Returns the message that a good record becomes.
    pub(super) fn spoil(self, mut record: Record, rng: &mut Rng, at: Timestamp) -> RawMessage {
        match self {
            Self::NotJson | Self::InvalidUtf8 | Self::TooDeep | Self::UnknownVersion | Self::SilentEdit => {}
            Self::WrongType => retype(&mut record),
            Self::MissingField => {
                let required = required(record.topic);
                record.body.remove(required[rng.usize(..required.len())]);
            }
            Self::MerchantReply => _ = record.body.insert("author".to_owned(), "merchant".into()),
            Self::WrongScore => {
                let score = json!([{"question_id": "recommend", "kind": "nps", "value": 11, "scale_max": 10}]);
                record.body.insert("answers".to_owned(), score);
            }
            Self::EmptyText => say(&mut record, " \u{3000}\n"),
            Self::Year1970 => occurred(&mut record, "1970-01-01T00:00:00Z"),
            Self::Year2100 => occurred(&mut record, "2100-01-01T00:00:00Z"),
            Self::NoZone => {
                record.body.insert("source".to_owned(), "unlisted-export".into());
                occurred(&mut record, &at.to_zoned(TimeZone::UTC).datetime().to_string());
            }
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
            | Self::TextTooLong
            | Self::MerchantReply
            | Self::WrongScore
            | Self::SilentEdit => {}
        }
        message
    }
}

/// Returns the fields that no record of a topic can do without.
fn required(topic: &str) -> &'static [&'static str] {
    match topic {
        topics::RAW_ORDERS => &["source", "order_id", "status", "occurred_at"],
        topics::RAW_VISITS => &["source", "visit_id", "event", "occurred_at"],
        topics::RAW_CUSTOMERS => &["source", "customer_id", "updated_at"],
        _ => &["source", "source_id", "occurred_at"],
    }
}

/// Replaces all that the customer says, and takes the rating away.
fn say(record: &mut Record, text: &str) {
    for name in ["rating", "title"] {
        record.body.remove(name);
    }
    let (name, said) = match record.topic {
        topics::RAW_CHATS => ("turns", json!([{"role": "customer", "text": text}])),
        topics::RAW_SURVEYS if text.trim().is_empty() => ("answers", json!([])),
        topics::RAW_SURVEYS => ("answers", json!([{"question_id": "why", "kind": "text", "text": text}])),
        _ => ("text", text.into()),
    };
    record.body.insert(name.to_owned(), said);
}

fn retype(record: &mut Record) {
    let (name, wrong) = match record.topic {
        topics::RAW_REVIEWS => ("rating", json!("five stars")),
        topics::RAW_CHATS => ("turns", json!("hello")),
        topics::RAW_SURVEYS => ("answers", json!("hello")),
        topics::RAW_ORDERS => ("amount", json!("a lot")),
        topics::RAW_VISITS => ("dwell_ms", json!("a while")),
        topics::RAW_CUSTOMERS => ("aliases", json!("hello")),
        _ => ("text", json!(["hello"])),
    };
    record.body.insert(name.to_owned(), wrong);
}

/// Dates a record: when it happened, or when a profile took its state.
fn occurred(record: &mut Record, at: &str) {
    let name = if record.topic == topics::RAW_CUSTOMERS { "updated_at" } else { "occurred_at" };
    record.body.insert(name.to_owned(), Value::from(at));
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

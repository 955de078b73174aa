//! Bad records: each hazard made from a good record, as a faulty channel would make it.

use hearken_schemas::envelope::header;
use hearken_schemas::feedback::TEXT_BYTES_MAX;
use hearken_schemas::topics::{RAW_CHATS, RAW_CUSTOMERS, RAW_FEEDBACK, RAW_SURVEYS};
use serde_json::{Value, json};

use super::{Draft, Fate, Raw};

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Poison {
    NoValue,
    NotJson,
    WrongType,
    MissingField,
    EmptyText,
    TextTooLong,
    InvalidUtf8,
    TooDeep,
    Year1970,
    Year2100,
    NoZone,
    UnknownVersion,
    NegativeRevision,
    FromMerchant,
}

impl Poison {
    /// Every hazard.
    pub const ALL: [Self; 14] = [
        Self::NoValue,
        Self::NotJson,
        Self::WrongType,
        Self::MissingField,
        Self::EmptyText,
        Self::TextTooLong,
        Self::InvalidUtf8,
        Self::TooDeep,
        Self::Year1970,
        Self::Year2100,
        Self::NoZone,
        Self::UnknownVersion,
        Self::NegativeRevision,
        Self::FromMerchant,
    ];

    /// Returns the reason of its dead letter.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoValue => "no_value",
            Self::NotJson => "not_json",
            Self::WrongType => "wrong_type",
            Self::MissingField => "missing_field",
            Self::EmptyText => "empty_text",
            Self::TextTooLong => "text_too_long",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::TooDeep => "too_deep",
            Self::Year1970 | Self::Year2100 => "time_out_of_bounds",
            Self::NoZone => "invalid_time",
            Self::UnknownVersion => "unknown_version",
            Self::NegativeRevision => "invalid_value",
            Self::FromMerchant => "not_from_customer",
        }
    }

    /// Tells whether it is a hazard of a topic.
    pub fn applies_to(self, topic: &str) -> bool {
        match self {
            // There it is a deletion.
            Self::NoValue => topic != RAW_CUSTOMERS,
            Self::EmptyText | Self::TextTooLong | Self::NegativeRevision | Self::FromMerchant => {
                RAW_FEEDBACK.contains(&topic)
            }
            Self::NotJson
            | Self::WrongType
            | Self::MissingField
            | Self::InvalidUtf8
            | Self::TooDeep
            | Self::Year1970
            | Self::Year2100
            | Self::NoZone
            | Self::UnknownVersion => true,
        }
    }

    /// Spoils a good record.
    pub fn spoil(self, mut draft: Draft) -> Raw {
        self.spoil_fields(&mut draft);
        let mut raw = draft.raw(Fate::DeadLetter(self.reason()));
        self.spoil_message(&mut raw);
        raw
    }

    fn spoil_fields(self, draft: &mut Draft) {
        let time = if draft.topic == RAW_CUSTOMERS { "updated_at" } else { "occurred_at" };
        let mut set = |name: &str, value: Value| _ = draft.fields.insert(name.to_owned(), value);
        match self {
            // Each kind of record knows one of them.
            Self::WrongType => {
                ["likes", "resolved", "answers", "amount", "dwell_ms", "consent"]
                    .into_iter()
                    .for_each(|name| set(name, json!("perhaps")));
            }
            Self::Year1970 => set(time, json!(0)),
            Self::Year2100 => set(time, json!("2100-01-01T00:00:00Z")),
            Self::NoZone => set(time, json!("2025-11-02T09:30:00")),
            Self::FromMerchant => set("author", json!("merchant")),
            Self::NegativeRevision => set("revision", json!(-1)),
            Self::MissingField => _ = draft.fields.remove("source"),
            Self::EmptyText => say(draft, " \u{3000}\u{200b}"),
            Self::TextTooLong => say(draft, &"好用。".repeat(TEXT_BYTES_MAX / 9 + 1)),
            Self::NoValue | Self::NotJson | Self::InvalidUtf8 | Self::TooDeep | Self::UnknownVersion => {}
        }
    }

    fn spoil_message(self, raw: &mut Raw) {
        let Some(value) = &mut raw.message.value else { return };
        match self {
            Self::NoValue => raw.message.value = None,
            Self::NotJson => value.truncate(value.len() - 1),
            Self::InvalidUtf8 => insert(value, b"\"note\":\"\xc4\xe3\xba\xc3\","),
            Self::TooDeep => {
                insert(value, format!("\"deep\":{}{},", "[".repeat(10_000), "]".repeat(10_000)).as_bytes());
            }
            Self::UnknownVersion => {
                let newer = raw.message.topic.replace(".v1", ".v2");
                raw.message.headers.push((header::TYPE.to_owned(), newer.into_bytes()));
            }
            Self::WrongType
            | Self::MissingField
            | Self::EmptyText
            | Self::TextTooLong
            | Self::Year1970
            | Self::Year2100
            | Self::NoZone
            | Self::NegativeRevision
            | Self::FromMerchant => {}
        }
    }
}

/// Replaces all that the customer says, and takes the rating away.
fn say(draft: &mut Draft, text: &str) {
    draft.fields.remove("rating");
    let (field, said) = match draft.topic {
        RAW_CHATS => ("turns", json!([{ "role": "customer", "text": text }])),
        RAW_SURVEYS => ("answers", json!([{ "question_id": "why", "kind": "text", "text": text }])),
        _ => ("text", json!(text)),
    };
    draft.fields.insert(field.to_owned(), said);
}

/// Inserts a field at the beginning of an object.
fn insert(value: &mut Vec<u8>, field: &[u8]) {
    value.splice(1..1, field.iter().copied());
}

//! Bad records: each hazard made from a good record, as a faulty channel would make it.

use hearken_schemas::envelope::header;
use hearken_schemas::feedback::TEXT_BYTES_MAX;
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
}

impl Poison {
    /// Every hazard.
    pub const ALL: [Self; 13] = [
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
        let mut set = |name: &str, value: Value| _ = draft.fields.insert(name.to_owned(), value);
        match self {
            // Chats have no likes, and the others are never resolved.
            Self::WrongType => ["likes", "resolved"].into_iter().for_each(|name| set(name, json!("perhaps"))),
            Self::Year1970 => set("occurred_at", json!(0)),
            Self::Year2100 => set("occurred_at", json!("2100-01-01T00:00:00Z")),
            Self::NoZone => set("occurred_at", json!("2025-11-02T09:30:00")),
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
            | Self::NegativeRevision => {}
        }
    }
}

/// Replaces all that the customer says, and takes the rating away.
fn say(draft: &mut Draft, text: &str) {
    draft.fields.remove("rating");
    match draft.fields.get_mut("turns") {
        Some(turns) => *turns = json!([{ "role": "customer", "text": text }]),
        None => _ = draft.fields.insert("text".to_owned(), json!(text)),
    }
}

/// Inserts a field at the beginning of an object.
fn insert(value: &mut Vec<u8>, field: &[u8]) {
    value.splice(1..1, field.iter().copied());
}

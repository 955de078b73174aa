//! Records that cannot go on, and why.

use serde::{Deserialize, Serialize};

use crate::envelope::{Headers, Origin, put};
use crate::erasure::Subject;

/// The stage that gave a record up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the services' names")]
pub enum Stage {
    Ingest,
    Enrich,
    Sink,
}

impl Stage {
    /// Returns the name used in headers and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Enrich => "enrich",
            Self::Sink => "sink",
        }
    }
}

/// Why a record became a dead letter. The codes are part of the contract: they are never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The value is missing altogether.
    NoValue,
    /// The value is not UTF-8.
    InvalidUtf8,
    /// The value is not JSON.
    NotJson,
    /// The value nests deeper than [`crate::envelope::DEPTH_MAX`].
    TooDeep,
    /// A field, or the value itself, has another type than the schema says.
    WrongType,
    /// A required field is missing or empty.
    MissingField,
    /// A field's value is outside what the schema allows.
    InvalidValue,
    /// Neither text nor rating is left after clean-up.
    EmptyText,
    /// The text is longer than [`crate::feedback::TEXT_BYTES_MAX`] after clean-up.
    TextTooLong,
    /// `occurred_at` cannot be read as a time, or has no zone and the catalog gives its source none.
    InvalidTime,
    /// `occurred_at` is too long before or after the record's Kafka timestamp.
    TimeOutOfBounds,
    /// The record says that the merchant wrote it: a merchant's reply is no feedback.
    NotFromCustomer,
    /// Other content under an id and revision that are known: the source sent an edit and no revision.
    RevisionConflict,
    /// `ce_type` names a type or major version this service does not know.
    UnknownVersion,
    /// An internal record lacks the headers that say where it came from.
    MissingLineage,
    /// The output would be larger than the next topic takes.
    TooLarge,
    /// ClickHouse cannot read the row, or a constraint of the operator's forbids it.
    Undecodable,
    /// Whom the record names is to be forgotten: no dead letter, but an outcome that travels with them, without key and value.
    Erased,
}

impl Reason {
    /// Returns the code used in headers and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoValue => "no_value",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::NotJson => "not_json",
            Self::TooDeep => "too_deep",
            Self::WrongType => "wrong_type",
            Self::MissingField => "missing_field",
            Self::InvalidValue => "invalid_value",
            Self::EmptyText => "empty_text",
            Self::TextTooLong => "text_too_long",
            Self::InvalidTime => "invalid_time",
            Self::TimeOutOfBounds => "time_out_of_bounds",
            Self::NotFromCustomer => "not_from_customer",
            Self::RevisionConflict => "revision_conflict",
            Self::UnknownVersion => "unknown_version",
            Self::MissingLineage => "missing_lineage",
            Self::TooLarge => "too_large",
            Self::Undecodable => "undecodable",
            Self::Erased => "erased",
        }
    }

    /// Returns what whoever sends such records has to change: one sentence, for people.
    pub fn fix(self) -> &'static str {
        match self {
            Self::NoValue => "Send the record as the message's value; only a customer's deletion has none.",
            Self::InvalidUtf8 => "Encode the value as UTF-8.",
            Self::NotJson => "Send one JSON object a message, whole and without anything around it.",
            Self::TooDeep => "Nest objects and arrays less deeply.",
            Self::WrongType => "Send this field in the type that the topic's JSON Schema gives it.",
            Self::MissingField => "Fill this field, or do not send the record where the source does not know it.",
            Self::InvalidValue => "Send a value within the limits that the topic's JSON Schema sets.",
            Self::EmptyText => {
                "Send what the customer said, or a rating or an answer; leave out records that have neither."
            }
            Self::TextTooLong => "Cut the text, or send its parts as records of their own.",
            Self::InvalidTime => {
                "Write the time as in 2026-01-15T09:30:00+08:00, or give the source a time_zone in the catalog; where nobody \
                 knows it, set time_precision to unknown and leave it out."
            }
            Self::TimeOutOfBounds => {
                "Check the clock and the unit: a time lies after 1990 and at most a day ahead of its record."
            }
            Self::NotFromCustomer => {
                "Nothing has to change: what a merchant writes is no feedback; stop sending it if you like."
            }
            Self::RevisionConflict => "Send a greater revision, or updated_at, with every edit.",
            Self::UnknownVersion => "Send the record to the topic of its type and version, with that ce_type or none.",
            Self::MissingLineage => "Write to the raw topics: only Hearken's own services write to this one.",
            Self::TooLarge => "Send less in one record: fewer turns, answers or attributes.",
            Self::Erased => "Nothing has to change: the customer was erased.",
            Self::Undecodable => "Look at the value that the detail's code speaks of, and at constraints on the table.",
        }
    }
}

/// A bad message: it becomes a dead letter and the next record goes on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", reason.as_str())]
pub struct Rejection {
    /// The code.
    pub reason: Reason,
    /// What a person needs to mend it: the field and what was expected, never the customer's text.
    pub detail: String,
    /// The field that is wrong, as a path such as `answers[2].value`; absent where no single one is, and on a dead letter
    /// that was read back, whose detail names it.
    pub field: Option<String>,
    /// Whom the record names, as far as it can be read: so that its dead letter can be erased with them.
    pub subjects: Vec<Subject>,
}

impl Rejection {
    /// Builds a rejection.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), field: None, subjects: Vec::new() }
    }

    /// Says whom the record names.
    #[must_use]
    pub fn naming(self, subjects: Vec<Subject>) -> Self {
        Self { subjects, ..self }
    }

    /// Names the field that is wrong.
    #[must_use]
    pub fn at(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }
}

/// The facts of a dead letter, carried in headers so that the value stays the original bytes and a replay is a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Who gave it up.
    pub stage: Stage,
    /// Why.
    pub rejection: Rejection,
    /// The record that was given up.
    pub at: Origin,
    /// The raw record it stems from: `at` itself at the first stage; unknown where the lineage is broken.
    pub src: Option<Origin>,
}

/// Header names of a dead letter.
pub mod header {
    /// The stage.
    pub const STAGE: &str = "hearken_stage";
    /// The reason code.
    pub const REASON: &str = "hearken_reason";
    /// The detail.
    pub const DETAIL: &str = "hearken_detail";
    /// The coordinates of the record given up.
    pub const AT: &str = "hearken_at";
    /// Whom the record names: hashes, with commas between them; absent where nobody is known.
    pub const SUBJECTS: &str = "hearken_subjects";
    /// All dead-letter headers start like this; a replay strips them.
    pub const PREFIX: &str = "hearken_";
}

impl DeadLetter {
    /// Returns the dead letter's headers; the original ones are kept beside them.
    pub fn headers(&self, original: &Headers) -> Headers {
        let mut headers: Headers =
            original.iter().filter(|(name, _)| !name.starts_with(header::PREFIX)).cloned().collect();
        put(&mut headers, header::STAGE, self.stage.as_str());
        put(&mut headers, header::REASON, self.rejection.reason.as_str());
        put(&mut headers, header::DETAIL, &self.rejection.detail);
        put(&mut headers, header::AT, &self.at.to_string());
        if !self.rejection.subjects.is_empty() {
            let subjects: Vec<String> = self.rejection.subjects.iter().map(Subject::to_string).collect();
            put(&mut headers, header::SUBJECTS, &subjects.join(","));
        }
        if let Some(src) = &self.src {
            put(&mut headers, Origin::HEADER, &src.to_string());
        }
        headers
    }

    /// Reads the facts back; `None` where a header is missing or not ours.
    pub fn from_headers(headers: &Headers) -> Option<Self> {
        let text = |name: &str| crate::envelope::text(headers, name);
        let code = |name: &str| text(name).map(|code| serde_json::Value::String(code.to_owned()));
        Some(Self {
            stage: serde_json::from_value(code(header::STAGE)?).ok()?,
            rejection: Rejection::new(
                serde_json::from_value(code(header::REASON)?).ok()?,
                text(header::DETAIL).unwrap_or_default(),
            )
            .naming(subjects(text(header::SUBJECTS))),
            at: text(header::AT)?.parse().ok()?,
            src: text(Origin::HEADER).and_then(|src| src.parse().ok()),
        })
    }
}

fn subjects(header: Option<&str>) -> Vec<Subject> {
    let subjects = header.unwrap_or_default().split(',');
    subjects.filter_map(|subject| subject.parse::<uuid::Uuid>().ok()).map(Subject::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_carry_every_fact_and_keep_the_original_ones() {
        let at: Origin = "feedback.raw.reviews.v1:2:77:1763769600123:00000ff1".parse().unwrap();
        let letter = DeadLetter {
            stage: Stage::Ingest,
            rejection: Rejection::new(Reason::WrongType, "rating.value: expected a number")
                .naming(vec![Subject::customer("c-1"), Subject::author("k")]),
            at: at.clone(),
            src: Some(at),
        };
        let original =
            vec![("traceparent".to_owned(), b"00-abc".to_vec()), ("hearken_stage".to_owned(), b"old".to_vec())];
        let headers = letter.headers(&original);
        assert_eq!(DeadLetter::from_headers(&headers), Some(letter));
        assert!(headers.iter().any(|(name, value)| name == "traceparent" && value == b"00-abc"));
        assert_eq!(headers.iter().filter(|(name, _)| name == "hearken_stage").count(), 1);
    }

    #[test]
    fn a_message_without_the_headers_is_no_dead_letter() {
        assert_eq!(DeadLetter::from_headers(&Vec::new()), None);
    }

    #[test]
    fn a_field_is_named_where_one_is_wrong_and_never_in_headers() {
        let at: Origin = "feedback.raw.reviews.v1:2:77:1763769600123:00000ff1".parse().unwrap();
        let rejection = Rejection::new(Reason::WrongType, "rating.value: expected a number").at("rating.value");
        assert_eq!(rejection.field.as_deref(), Some("rating.value"));
        let letter = DeadLetter { stage: Stage::Ingest, rejection, at, src: None };
        let read = DeadLetter::from_headers(&letter.headers(&Vec::new())).expect("a dead letter");
        assert_eq!(read.rejection, Rejection { field: None, ..letter.rejection });
    }

    #[test]
    fn every_fix_is_one_sentence() {
        for code in
            serde_json::json!(["no_value", "invalid_time", "time_out_of_bounds", "not_from_customer", "too_large"])
                .as_array()
                .expect("codes")
        {
            let fix = serde_json::from_value::<Reason>(code.clone()).expect("a reason").fix();
            assert!(fix.ends_with('.') && fix.matches(". ").count() == 0, "{fix}");
        }
    }

    #[test]
    fn codes_and_json_names_agree() {
        assert_eq!(serde_json::to_value(Reason::TimeOutOfBounds).unwrap(), Reason::TimeOutOfBounds.as_str());
        assert_eq!(serde_json::to_value(Stage::Enrich).unwrap(), Stage::Enrich.as_str());
    }
}

//! What surrounds a record on a topic: CloudEvents attributes in headers (binary mode), the record itself as the value.
//!
//! Lineage travels in a header too, so that a record whose value is broken can still be accounted for.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::dead_letter::{Reason, Rejection};

/// Message headers in order; names may repeat, the last one counts.
pub type Headers = Vec<(String, Vec<u8>)>;

/// The deepest nesting of JSON that is read.
pub const DEPTH_MAX: usize = 64;

/// Header names of CloudEvents' Kafka binding that are written or read.
pub mod header {
    /// Version of CloudEvents, always `1.0`.
    pub const SPEC: &str = "ce_specversion";
    /// Identity of the event: the feedback id.
    pub const ID: &str = "ce_id";
    /// Who wrote it.
    pub const SOURCE: &str = "ce_source";
    /// Message type with its major version: the topic's name.
    pub const TYPE: &str = "ce_type";
    /// When it was written, RFC 3339.
    pub const TIME: &str = "ce_time";
    /// W3C trace context, passed along untouched.
    pub const TRACE: &str = "traceparent";
}

/// The coordinates of one Kafka record: where it is, when it came, what its value summed to.
///
/// Written as `topic:partition:offset:timestamp_ms:crc32`, the checksum in eight hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Topic name.
    pub topic: String,
    /// Partition number.
    pub partition: i32,
    /// Offset in the partition.
    pub offset: i64,
    /// Kafka timestamp, milliseconds since the epoch.
    pub timestamp_ms: i64,
    /// CRC-32 (IEEE) of the value's bytes.
    pub crc: u32,
}

impl Origin {
    /// The header that carries the raw record's coordinates from hop to hop.
    pub const HEADER: &'static str = "ce_origin";
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, partition, offset, timestamp_ms, crc } = self;
        write!(f, "{topic}:{partition}:{offset}:{timestamp_ms}:{crc:08x}")
    }
}

/// The text is not an [`Origin`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not topic:partition:offset:timestamp:crc")]
pub struct OriginError;

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let mut parts = text.split(':');
        let mut next = || parts.next().ok_or(OriginError);
        let origin = Self {
            topic: next()?.to_owned(),
            partition: next()?.parse().map_err(|_| OriginError)?,
            offset: next()?.parse().map_err(|_| OriginError)?,
            timestamp_ms: next()?.parse().map_err(|_| OriginError)?,
            crc: u32::from_str_radix(next()?, 16).map_err(|_| OriginError)?,
        };
        if parts.next().is_some() || origin.topic.is_empty() { Err(OriginError) } else { Ok(origin) }
    }
}

/// Returns the last value of a header as text.
pub fn text<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    let (_, value) = headers.iter().rev().find(|(header, _)| header == name)?;
    std::str::from_utf8(value).ok()
}

/// Adds a header.
pub fn put(headers: &mut Headers, name: &str, value: &str) {
    headers.push((name.to_owned(), value.as_bytes().to_vec()));
}

/// A record with the attributes that surround it.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope<T> {
    /// Identity of the event.
    pub id: String,
    /// The service that wrote it, such as `hearken/ingest`.
    pub source: &'static str,
    /// The message type: the topic's name, which ends in its major version.
    pub kind: &'static str,
    /// When it was written, milliseconds since the epoch. Informative: no decision rests on it.
    pub time_ms: i64,
    /// The raw record it stems from.
    pub origin: Origin,
    /// W3C trace context of the raw record.
    pub trace: Option<String>,
    /// The record.
    pub data: T,
}

impl<T: Serialize> Envelope<T> {
    /// Returns the headers of the message.
    pub fn headers(&self) -> Headers {
        let mut headers = Headers::with_capacity(7);
        put(&mut headers, header::SPEC, "1.0");
        put(&mut headers, header::ID, &self.id);
        put(&mut headers, header::SOURCE, self.source);
        put(&mut headers, header::TYPE, self.kind);
        let time = jiff::Timestamp::from_millisecond(self.time_ms).unwrap_or_default();
        put(&mut headers, header::TIME, &time.to_string());
        put(&mut headers, Origin::HEADER, &self.origin.to_string());
        if let Some(trace) = &self.trace {
            put(&mut headers, header::TRACE, trace);
        }
        headers
    }

    /// Returns the value of the message.
    pub fn value(&self) -> Vec<u8> {
        serde_json::to_vec(&self.data).unwrap_or_default()
    }
}

/// Checks that a message's declared type, where it declares one, is the one expected.
///
/// # Errors
/// `unknown_version` where `ce_type` is another.
pub fn check_type(headers: &Headers, expected: &str) -> Result<(), Rejection> {
    match text(headers, header::TYPE) {
        Some(kind) if kind != expected => {
            let kind: String = kind.chars().take(80).collect();
            Err(Rejection::new(Reason::UnknownVersion, format!("ce_type is {kind:?}, expected {expected:?}")))
        }
        Some(_) | None => Ok(()),
    }
}

/// Returns the raw record's coordinates from the headers of an internal message.
///
/// # Errors
/// `missing_lineage` where the header is missing or unreadable.
pub fn origin(headers: &Headers) -> Result<Origin, Rejection> {
    text(headers, Origin::HEADER).and_then(|origin| origin.parse().ok()).ok_or_else(|| {
        Rejection::new(Reason::MissingLineage, format!("header {}: expected {OriginError}", Origin::HEADER))
    })
}

/// Returns when an internal message was written, milliseconds since the epoch.
pub fn written_ms(headers: &Headers) -> Option<i64> {
    let time: jiff::Timestamp = text(headers, header::TIME)?.parse().ok()?;
    Some(time.as_millisecond())
}

/// Reads a message's value as one JSON object of type `T`.
///
/// # Errors
/// `no_value`, `invalid_utf8`, `not_json`, `too_deep`, `wrong_type`, `missing_field` or `invalid_value`; the detail names
/// line and column or the field, never a value.
pub fn parse<T: DeserializeOwned>(value: Option<&[u8]>) -> Result<T, Rejection> {
    let bytes = value.ok_or_else(|| Rejection::new(Reason::NoValue, "the record has no value"))?;
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Rejection::new(Reason::InvalidUtf8, format!("invalid UTF-8 after byte {}", error.valid_up_to()))
    })?;
    if deeper_than(bytes, DEPTH_MAX) {
        return Err(Rejection::new(Reason::TooDeep, format!("nested deeper than {DEPTH_MAX}")));
    }
    if matches!(text.trim_start().bytes().next(), Some(first) if first != b'{') {
        // serde reads a struct from an array as well; the contract is one object a message.
        let reason = if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
            Reason::WrongType
        } else {
            Reason::NotJson
        };
        return Err(Rejection::new(reason, "expected one JSON object"));
    }
    serde_json::from_str(text).map_err(|error| classify(&error))
}

fn classify(error: &serde_json::Error) -> Rejection {
    use serde_json::error::Category;
    let message = error.to_string();
    let at = format!("line {} column {}", error.line(), error.column());
    match error.classify() {
        Category::Syntax | Category::Eof | Category::Io => Rejection::new(Reason::NotJson, format!("not JSON at {at}")),
        Category::Data => {
            let field = message.split('`').nth(1).unwrap_or_default();
            if message.starts_with("missing field") {
                Rejection::new(Reason::MissingField, format!("{field} is missing"))
            } else if message.starts_with("invalid type") {
                // The part before "expected" may quote the customer's words.
                let expected = message.split(", expected ").nth(1).and_then(|rest| rest.split(" at line").next());
                Rejection::new(Reason::WrongType, format!("expected {} at {at}", expected.unwrap_or("another type")))
            } else {
                Rejection::new(Reason::InvalidValue, format!("a value the schema does not allow at {at}"))
            }
        }
    }
}

/// Tells whether JSON nests deeper than `max`, without recursion, before a parser sees it.
fn deeper_than(json: &[u8], max: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for &byte in json {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > max {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Sample {
        name: String,
        count: Option<u32>,
    }

    fn check(value: &[u8], expected: Reason) {
        let rejection = parse::<Sample>(Some(value)).expect_err("must be rejected");
        assert_eq!(rejection.reason, expected, "{rejection}");
        assert!(!rejection.detail.contains("secret"), "the detail quotes the text: {rejection}");
    }

    #[test]
    fn every_bad_value_has_its_reason() {
        check(b"", Reason::NotJson);
        check(b"{\"name\": \"a\"", Reason::NotJson);
        check(b"hello", Reason::NotJson);
        check(b"{\"name\": \"\xff\"}", Reason::InvalidUtf8);
        check(b"[\"a\", 1]", Reason::WrongType);
        check(b"{\"name\": 1}", Reason::WrongType);
        check(b"{\"name\": \"a\", \"count\": \"secret\"}", Reason::WrongType);
        check(b"{\"name\": \"a\", \"count\": -1}", Reason::InvalidValue);
        check(b"{}", Reason::MissingField);
        check("[".repeat(10_000).as_bytes(), Reason::TooDeep);
        check(
            format!("{{\"other\": {}1{}, \"name\": \"a\"}}", "[".repeat(10_000), "]".repeat(10_000)).as_bytes(),
            Reason::TooDeep,
        );
        assert_eq!(parse::<Sample>(None).expect_err("no value").reason, Reason::NoValue);
    }

    #[test]
    fn brackets_inside_strings_are_no_depth() {
        let text = format!("{{\"name\": \"{}\\\" \\\\\"}}", "[".repeat(200));
        assert!(parse::<Sample>(Some(text.as_bytes())).is_ok());
    }

    #[test]
    fn origins_round_trip_and_nothing_else_parses() {
        let text = "feedback.raw.chats.v1:0:9007199254740993:1763769600123:0badcafe";
        assert_eq!(text.parse::<Origin>().unwrap().to_string(), text);
        for wrong in ["", "a:b", ":0:0:0:00", "t:0:0:0:zz", "t:0:0:0:00:more", "t:x:0:0:00"] {
            assert_eq!(wrong.parse::<Origin>(), Err(OriginError), "{wrong:?}");
        }
    }

    #[test]
    fn an_unknown_major_version_is_refused_and_an_absent_type_is_the_topics_own() {
        let typed = |kind: &str| vec![(header::TYPE.to_owned(), kind.as_bytes().to_vec())];
        assert_eq!(check_type(&Vec::new(), "a.v1"), Ok(()));
        assert_eq!(check_type(&typed("a.v1"), "a.v1"), Ok(()));
        assert_eq!(check_type(&typed("a.v2"), "a.v1").expect_err("v2").reason, Reason::UnknownVersion);
    }
}

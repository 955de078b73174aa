//! What surrounds a record on a topic: CloudEvents attributes in headers (binary mode), the record itself as the value.
//!
//! Lineage travels in a header too, so that a record whose value is broken can still be accounted for.

mod surrogate;

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
    /// What the customer said, as the sum that is stored of it: of a feedback made from its row, whose numbers are kept more
    /// coarsely than they were sent. Eight hexadecimal digits.
    pub const CONTENT: &str = "ce_contentcrc";
    /// Of a record that is sent again: which one it replays.
    pub const REPLAY_OF: &str = "ce_replayof";
    /// Of a record that is sent again: when the one it replays reached Kafka, milliseconds since the epoch.
    pub const REPLAY_TIME: &str = "ce_replaytime";
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

/// Returns CloudEvents' attributes of a message: what id it has, who wrote it, its type, and when it was written, milliseconds since
/// the epoch.
pub fn attributes(id: &str, source: &str, kind: &str, time_ms: i64) -> Headers {
    let mut headers = Headers::with_capacity(7);
    put(&mut headers, header::SPEC, "1.0");
    put(&mut headers, header::ID, id);
    put(&mut headers, header::SOURCE, source);
    put(&mut headers, header::TYPE, kind);
    let time = jiff::Timestamp::from_millisecond(time_ms).unwrap_or_default();
    put(&mut headers, header::TIME, &time.to_string());
    headers
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
        let mut headers = attributes(&self.id, self.source, self.kind, self.time_ms);
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

/// Returns the sum of what the customer said, where a message brings it along.
pub fn content_crc(headers: &Headers) -> Option<u32> {
    u32::from_str_radix(text(headers, header::CONTENT)?, 16).ok()
}

/// Returns when an internal message was written, milliseconds since the epoch.
pub fn written_ms(headers: &Headers) -> Option<i64> {
    let time: jiff::Timestamp = text(headers, header::TIME)?.parse().ok()?;
    Some(time.as_millisecond())
}

/// Reads a message's value as one JSON object of type `T`. Half of a character in an escape (`"\ud83d"`) is read as U+FFFD.
///
/// # Errors
/// `no_value`, `invalid_utf8`, `not_json`, `too_deep`, `wrong_type`, `missing_field` or `invalid_value`; the detail names the
/// field by its path and what was expected, never a value.
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
    let read = |text: &str| serde_json::from_str(text).map_err(|error| classify::<T>(text, &error));
    read(text).or_else(|rejection| surrogate::mended(text).map_or(Err(rejection), |mended| read(&mended)))
}

/// Fields whose keys are the sender's own words; a path ends with them.
const FREE_KEYS: &str = "attributes";

/// Says which field is wrong and what was expected. Only after a failure the text is read again, for the field's path.
fn classify<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> Rejection {
    use serde_json::error::Category;
    let at = format!("line {} column {}", error.line(), error.column());
    let message = error.to_string();
    // serde_json calls these two syntax although the text is JSON: another value where a word is expected, a huge number.
    let is_json = || serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    let well_formed = match error.classify() {
        Category::Data => true,
        Category::Syntax => {
            ["expected value", "number out of range"].iter().any(|start| message.starts_with(start)) && is_json()
        }
        Category::Eof | Category::Io => false,
    };
    if !well_formed {
        return Rejection::new(Reason::NotJson, format!("not JSON at {at}"));
    }
    let parent = path::<T>(text);
    for (start, reason, problem) in [
        ("missing field `", Reason::MissingField, "is missing"),
        ("duplicate field `", Reason::InvalidValue, "stands twice"),
    ] {
        if let Some(name) = message.strip_prefix(start).and_then(|rest| rest.split('`').next()) {
            let field = parent.map_or_else(|| name.to_owned(), |parent| format!("{parent}.{name}"));
            return Rejection::new(reason, format!("{field} {problem}")).at(field);
        }
    }
    // Of what serde says only the end is ours: before the last "expected" it may quote the customer.
    let expected =
        message.rsplit_once(", expected ").and_then(|(_, rest)| rest.rsplit_once(" at line ")).map(|(words, _)| words);
    let is_value = ["invalid value", "invalid length", "unknown variant", "number out of range"];
    let reason =
        if is_value.iter().any(|start| message.starts_with(start)) { Reason::InvalidValue } else { Reason::WrongType };
    let expected = expected.map_or("a value the schema lists", plain_type);
    match parent {
        Some(field) => Rejection::new(reason, format!("{field}: expected {expected}, at {at}")).at(field),
        None => Rejection::new(reason, format!("expected {expected}, at {at}")),
    }
}

/// Returns the path of the value that cannot be read as part of a `T`; `None` is the whole record.
fn path<T: DeserializeOwned>(text: &str) -> Option<String> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let error = serde_path_to_error::deserialize::<_, T>(&mut deserializer).err()?;
    let path = error.path().to_string();
    let end = path.find(FREE_KEYS).map_or(path.len(), |start| start + FREE_KEYS.len());
    Some(path[..end].to_owned()).filter(|path| path != ".")
}

/// Returns serde's name of a type in plain words.
fn plain_type(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        words => words,
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
    fn half_a_character_is_no_reason_to_lose_a_record() {
        let cut = parse::<Sample>(Some(br#"{"name": "great \ud83d", "count": 1}"#)).expect("a record");
        assert_eq!((cut.name.as_str(), cut.count), ("great \u{fffd}", Some(1)));
        check(br#"{"name": "\ud83d", "count": "secret"}"#, Reason::WrongType);
        check(br#"{"name": "\ud83d""#, Reason::NotJson);
    }

    #[test]
    fn a_wrong_value_is_named_by_its_path() {
        #[derive(Debug, serde::Deserialize)]
        #[allow(dead_code)]
        struct Outer {
            parts: Vec<Sample>,
            attributes: Option<std::collections::BTreeMap<String, String>>,
            role: Option<crate::feedback::Role>,
        }
        let check = |value: &str, reason: Reason, field: Option<&str>, detail: &str| {
            let rejection = parse::<Outer>(Some(value.as_bytes())).expect_err("must be rejected");
            assert_eq!((rejection.reason, rejection.field.as_deref()), (reason, field), "{value}");
            assert!(rejection.detail.starts_with(detail), "{rejection}");
            assert!(!rejection.detail.contains("secret"), "the detail quotes the text: {rejection}");
        };
        let second = |part: &str| format!("{{\"parts\": [{{\"name\": \"a\"}}, {part}]}}");
        let wrong = Reason::WrongType;
        check(&second(r#"{"name": 1}"#), wrong, Some("parts[1].name"), "parts[1].name: expected a text, at line 1");
        check(
            &second(r#"{"name": "a", "count": "secret, expected secret at line 1"}"#),
            wrong,
            Some("parts[1].count"),
            "parts[1].count: expected a whole number, 0 or more, at",
        );
        check(
            &second(r#"{"name": "a", "count": 1.5}"#),
            wrong,
            Some("parts[1].count"),
            "parts[1].count: expected a whole number",
        );
        check(&second("{}"), Reason::MissingField, Some("parts[1].name"), "parts[1].name is missing");
        check("{}", Reason::MissingField, Some("parts"), "parts is missing");
        check(r#"{"parts": {}}"#, wrong, Some("parts"), "parts: expected a list, at");
        check(
            r#"{"parts": [], "attributes": {"secret key": 1}}"#,
            wrong,
            Some("attributes"),
            "attributes: expected a text, at",
        );
        check(
            r#"{"parts": [], "role": "secret"}"#,
            Reason::InvalidValue,
            Some("role"),
            "role: expected one of `customer`, `agent`, `bot`, at",
        );
        check(r#"{"parts": [], "role": 1}"#, wrong, Some("role"), "role: expected");
        check(r#"{"parts": [], "role": null, "role": null}"#, Reason::InvalidValue, Some("role"), "role stands twice");
        check(r#"{"parts": [] "role": 1}"#, Reason::NotJson, None, "not JSON at line 1 column");
        check(
            &second(r#"{"name": "a", "count": 1e999}"#),
            Reason::InvalidValue,
            Some("parts[1].count"),
            "parts[1].count",
        );
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

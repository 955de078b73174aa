//! From what channels send to feedback: what all channels have in common.

pub mod chat;
mod entity;
pub mod review;
pub mod social;
pub mod text;
mod time;

use std::borrow::Cow;
use std::collections::BTreeMap;

use hearken_schemas::dead_letter::{Reason, Rejection};
use hearken_schemas::feedback::{Channel, Feedback, REVISION_MAX, Rating, TEXT_BYTES_MAX};
use hearken_schemas::id::FeedbackId;
use hearken_schemas::redact::redact;
use jiff::Timestamp;

use crate::touchpoint;
use crate::wire::{Common, Object, RawRating};

/// The longest name of a source's instance.
pub const SOURCE_BYTES_MAX: usize = 128;
/// The longest id that a source gives its feedback.
pub const SOURCE_ID_BYTES_MAX: usize = 512;
/// The longest of all other ids and names.
pub const ID_BYTES_MAX: usize = 256;
/// The most attributes of one record.
pub const ATTRIBUTES_MAX: usize = 64;
/// The longest value of an attribute.
pub const ATTRIBUTE_BYTES_MAX: usize = 1024;

/// Text after clean-up and redaction.
#[derive(Default)]
struct Words {
    text: String,
    redactions: u32,
}

/// Cleans and redacts what somebody wrote; the string itself goes on where nothing is to be done.
fn words(raw: Option<String>) -> Words {
    let Some(raw) = raw else { return Words::default() };
    let clean = cleaned(raw);
    let redacted = redact(&clean);
    let redactions = redacted.count;
    let text = match redacted.text {
        Cow::Borrowed(_) => None,
        Cow::Owned(text) => Some(text),
    };
    Words { text: text.unwrap_or(clean), redactions }
}

fn cleaned(raw: String) -> String {
    let clean = match text::clean(&raw) {
        Cow::Borrowed(_) => None,
        Cow::Owned(clean) => Some(clean),
    };
    clean.unwrap_or(raw)
}

/// Builds a feedback that says nothing yet from what every channel sends.
fn silent(channel: Channel, common: Common, timestamp_ms: i64) -> Result<Feedback, Rejection> {
    let source = required("source", id("source", common.source, SOURCE_BYTES_MAX)?)?;
    let source_id = required("source_id", id("source_id", common.source_id, SOURCE_ID_BYTES_MAX)?)?;
    let occurred_at = time::parse("occurred_at", &required("occurred_at", common.occurred_at)?, timestamp_ms)?;
    let updated_at = common.updated_at.map(|raw| time::parse("updated_at", &raw, timestamp_ms)).transpose()?;
    let touchpoint = name("touchpoint", common.touchpoint)?;
    let (attributes, redactions) = attributes(common.attributes)?;
    Ok(Feedback {
        feedback_id: FeedbackId::new(channel, &source, &source_id),
        revision: revision(common.revision, updated_at)?,
        channel,
        source,
        source_id,
        occurred_at,
        received_at: Timestamp::from_millisecond(timestamp_ms)
            .map_err(|_| Rejection::new(Reason::TimeOutOfBounds, "the record's Kafka timestamp is no time"))?,
        customer_id: id("customer_id", common.customer_id, ID_BYTES_MAX)?,
        brand: name("brand", common.brand)?,
        product_id: id("product_id", common.product_id, ID_BYTES_MAX)?,
        order_id: id("order_id", common.order_id, ID_BYTES_MAX)?,
        store_id: id("store_id", common.store_id, ID_BYTES_MAX)?,
        campaign: name("campaign", common.campaign)?,
        journey_stage: touchpoint::stage(touchpoint.as_deref()),
        touchpoint,
        region: name("region", common.region)?,
        parent_id: id("parent_id", common.parent_id, SOURCE_ID_BYTES_MAX)?,
        language_hint: id("language_hint", common.language_hint, ID_BYTES_MAX)?,
        title: None,
        text: String::new(),
        rating: None,
        likes: None,
        reposts: None,
        turns: Vec::new(),
        resolved: None,
        redactions,
        attributes,
    })
}

/// Accepts a feedback that says something, and not too much.
fn spoken(feedback: Feedback) -> Result<Feedback, Rejection> {
    let too_long = |text: &str| text.len() > TEXT_BYTES_MAX;
    if too_long(&feedback.text) || feedback.title.as_deref().is_some_and(too_long) {
        return Err(Rejection::new(Reason::TextTooLong, format!("more than {TEXT_BYTES_MAX} bytes after clean-up")));
    }
    if feedback.text.is_empty() && feedback.rating.is_none() {
        return Err(Rejection::new(Reason::EmptyText, "neither text nor rating is left after clean-up"));
    }
    Ok(feedback)
}

fn required<T>(field: &str, value: Option<T>) -> Result<T, Rejection> {
    value.ok_or_else(|| Rejection::new(Reason::MissingField, format!("{field} is missing or empty")))
}

fn invalid(detail: String) -> Rejection {
    Rejection::new(Reason::InvalidValue, detail)
}

/// Accepts an id as it is but for blanks around it; a blank one is absent.
fn id(field: &str, raw: Option<String>, bytes_max: usize) -> Result<Option<String>, Rejection> {
    let Some(mut raw) = raw else { return Ok(None) };
    if raw.trim().len() != raw.len() {
        raw = raw.trim().to_owned();
    }
    if raw.is_empty() {
        return Ok(None);
    }
    if raw.len() > bytes_max {
        return Err(invalid(format!("{field} is longer than {bytes_max} bytes")));
    }
    if raw.chars().any(char::is_control) {
        return Err(invalid(format!("{field} holds a control character")));
    }
    Ok(Some(raw))
}

/// Accepts a name that people read: cleaned up, on one line; a blank one is absent.
fn name(field: &str, raw: Option<String>) -> Result<Option<String>, Rejection> {
    let Some(raw) = raw else { return Ok(None) };
    let mut clean = cleaned(raw);
    if clean.contains('\n') {
        clean = clean.replace('\n', " ");
    }
    id(field, Some(clean), ID_BYTES_MAX)
}

/// `revision` as sent, else `updated_at` in milliseconds, else 0.
fn revision(sent: Option<u64>, updated_at: Option<Timestamp>) -> Result<u64, Rejection> {
    let updated_ms = || updated_at.and_then(|time| u64::try_from(time.as_millisecond()).ok());
    match sent.or_else(updated_ms).unwrap_or(0) {
        revision @ 0..=REVISION_MAX => Ok(revision),
        _ => Err(invalid(format!("revision is greater than {REVISION_MAX}"))),
    }
}

fn rating(raw: Option<Object<RawRating>>) -> Result<Option<Rating>, Rejection> {
    let Some(Object(RawRating { value, scale_max })) = raw else { return Ok(None) };
    let valid = scale_max.is_finite() && scale_max > 0.0 && (0.0..=scale_max).contains(&value);
    valid
        .then_some(Some(Rating { value, scale_max }))
        .ok_or_else(|| invalid("rating: expected 0 ≤ value ≤ scale_max and scale_max > 0".to_owned()))
}

/// Cleans and redacts the values; the second part counts redactions.
fn attributes(raw: BTreeMap<String, String>) -> Result<(BTreeMap<String, String>, u32), Rejection> {
    if raw.len() > ATTRIBUTES_MAX {
        return Err(invalid(format!("more than {ATTRIBUTES_MAX} attributes")));
    }
    let (mut attributes, mut redactions) = (BTreeMap::new(), 0);
    for (nth, (key, value)) in raw.into_iter().enumerate() {
        // A key may be anything the sender wrote, so the detail counts instead of naming it.
        let key =
            required(&format!("the key of attribute {nth}"), id("the key of an attribute", Some(key), ID_BYTES_MAX)?)?;
        let value = words(Some(value));
        if value.text.len() > ATTRIBUTE_BYTES_MAX {
            return Err(invalid(format!("the value of an attribute is longer than {ATTRIBUTE_BYTES_MAX} bytes")));
        }
        redactions += value.redactions;
        attributes.insert(key, value.text);
    }
    Ok((attributes, redactions))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_trimmed_and_never_changed_inside() {
        let check = |raw: &str, expected: Result<Option<&str>, Reason>| {
            let got = id("order_id", Some(raw.to_owned()), 8);
            assert_eq!(got.map_err(|rejection| rejection.reason), expected.map(|id| id.map(str::to_owned)), "{raw:?}");
        };
        check(" A&amp;1\n", Ok(Some("A&amp;1")));
        check(" \t ", Ok(None));
        check("a\0b", Err(Reason::InvalidValue));
        check("123456789", Err(Reason::InvalidValue));
        check("12345678", Ok(Some("12345678")));
    }

    #[test]
    fn names_are_cleaned_up() {
        assert_eq!(name("brand", Some("Ｈ&amp;Ｍ \n 上海".to_owned())), Ok(Some("H&M 上海".to_owned())));
    }

    #[test]
    fn a_revision_leaves_room_for_the_enricher() {
        let time = Timestamp::from_millisecond(1_748_779_200_123).unwrap();
        assert_eq!(revision(Some(7), Some(time)), Ok(7));
        assert_eq!(revision(None, Some(time)), Ok(1_748_779_200_123));
        assert_eq!(revision(None, None), Ok(0));
        assert_eq!(revision(Some(REVISION_MAX), None), Ok(REVISION_MAX));
        assert_eq!(revision(Some(REVISION_MAX + 1), None).expect_err("too large").reason, Reason::InvalidValue);
    }

    #[test]
    fn a_rating_lies_on_its_scale() {
        let check = |value, scale_max, valid| {
            assert_eq!(rating(Some(Object(RawRating { value, scale_max }))).is_ok(), valid, "{value}/{scale_max}");
        };
        check(0.0, 5.0, true);
        check(5.0, 5.0, true);
        check(4.5, 10.0, true);
        check(5.1, 5.0, false);
        check(-0.1, 5.0, false);
        check(0.0, 0.0, false);
        check(1.0, -5.0, false);
        check(f64::NAN, 5.0, false);
        check(1.0, f64::INFINITY, false);
    }

    #[test]
    fn attributes_have_limits_and_hold_no_personal_data() {
        let map = |count: usize, value: &str| (0..count).map(|nth| (format!("k{nth}"), value.to_owned())).collect();
        let (kept, redactions) = attributes(map(2, "ring 13800138000")).expect("valid");
        assert_eq!((kept["k1"].as_str(), redactions), ("ring [PHONE]", 2));
        assert!(attributes(map(ATTRIBUTES_MAX, &"x".repeat(ATTRIBUTE_BYTES_MAX))).is_ok());
        assert!(attributes(map(ATTRIBUTES_MAX + 1, "x")).is_err());
        assert!(attributes(map(1, &"x".repeat(ATTRIBUTE_BYTES_MAX + 1))).is_err());
        assert!(attributes(BTreeMap::from([(" ".to_owned(), String::new())])).is_err());
    }
}

//! What channels send, field by field as the JSON Schemas in `schemas/json/` say.
//!
//! Every field is optional here: whether one that is missing matters is decided in `normalize`. Fields that are not listed
//! are ignored; so is `media`, which the schemas describe and nothing carries yet. What the business sends has its types beside
//! its functions, in `operation`.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use hearken_schemas::feedback::{AnswerKind, Direction, Role, SurveyKind, TimePrecision};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};

/// 2^53: below it a floating-point number holds every whole one.
const EXACT_END: f64 = 9_007_199_254_740_992.0;

/// Declares a raw record: the fields every channel shares, then its own.
macro_rules! raw_record {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(default, expecting = "one object")]
        pub(crate) struct $name {
            source: Option<String>,
            source_id: Option<RawId>,
            occurred_at: Option<RawTime>,
            time_precision: Option<TimePrecision>,
            revision: Option<Whole>,
            updated_at: Option<RawTime>,
            customer_id: Option<RawId>,
            id_namespace: Option<String>,
            customer_name: Option<String>,
            author: Option<Author>,
            brand: Option<String>,
            product_id: Option<RawId>,
            order_id: Option<RawId>,
            store_id: Option<RawId>,
            campaign: Option<String>,
            touchpoint: Option<String>,
            region: Option<String>,
            parent_id: Option<RawId>,
            language_hint: Option<String>,
            attributes: Option<BTreeMap<String, String>>,
            $(pub(crate) $field: Option<$kind>,)*
        }

        impl $name {
            /// Moves out what every channel shares.
            pub(crate) fn take_common(&mut self) -> Common {
                Common {
                    source: self.source.take(),
                    source_id: self.source_id.take(),
                    occurred_at: self.occurred_at.take(),
                    time_precision: self.time_precision,
                    revision: self.revision.map(|Whole(revision)| revision),
                    updated_at: self.updated_at.take(),
                    customer_id: self.customer_id.take(),
                    id_namespace: self.id_namespace.take(),
                    customer_name: self.customer_name.take(),
                    author: self.author,
                    brand: self.brand.take(),
                    product_id: self.product_id.take(),
                    order_id: self.order_id.take(),
                    store_id: self.store_id.take(),
                    campaign: self.campaign.take(),
                    touchpoint: self.touchpoint.take(),
                    region: self.region.take(),
                    parent_id: self.parent_id.take(),
                    language_hint: self.language_hint.take(),
                    attributes: self.attributes.take().unwrap_or_default(),
                }
            }
        }
    };
}

raw_record! {
    /// A review.
    RawReview {
        text: String,
        title: String,
        rating: Object<RawRating>,
        likes: Whole,
    }
}

raw_record! {
    /// A chat session.
    RawChatSession {
        turns: Vec<Object<RawTurn>>,
        agent_id: RawId,
        agent_name: String,
        resolved: bool,
        rating: Object<RawRating>,
    }
}

raw_record! {
    /// A social post.
    RawSocialPost {
        text: String,
        author_handle: String,
        reply_to: RawId,
        url: String,
        likes: Whole,
        reposts: Whole,
    }
}

raw_record! {
    /// A response to a survey.
    RawSurveyResponse {
        survey_id: RawId,
        survey_kind: SurveyKind,
        sent_at: RawTime,
        case_id: RawId,
        answers: Vec<Object<RawAnswer>>,
    }
}

/// Who wrote a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Author {
    Customer,
    Merchant,
}

/// What every channel sends.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) source: Option<String>,
    pub(crate) source_id: Option<RawId>,
    pub(crate) occurred_at: Option<RawTime>,
    pub(crate) time_precision: Option<TimePrecision>,
    pub(crate) revision: Option<u64>,
    pub(crate) updated_at: Option<RawTime>,
    pub(crate) customer_id: Option<RawId>,
    pub(crate) id_namespace: Option<String>,
    pub(crate) customer_name: Option<String>,
    pub(crate) author: Option<Author>,
    pub(crate) brand: Option<String>,
    pub(crate) product_id: Option<RawId>,
    pub(crate) order_id: Option<RawId>,
    pub(crate) store_id: Option<RawId>,
    pub(crate) campaign: Option<String>,
    pub(crate) touchpoint: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) parent_id: Option<RawId>,
    pub(crate) language_hint: Option<String>,
    pub(crate) attributes: BTreeMap<String, String>,
}

/// A rating as sent.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct RawRating {
    pub(crate) value: f64,
    pub(crate) scale_max: f64,
}

/// A turn of a chat as sent.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct RawTurn {
    #[serde(default)]
    pub(crate) at: Option<RawTime>,
    pub(crate) role: Role,
    #[serde(default)]
    pub(crate) text: Option<String>,
}

/// An answer of a survey response as sent.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct RawAnswer {
    pub(crate) question_id: Option<RawId>,
    pub(crate) kind: Option<AnswerKind>,
    pub(crate) feature: Option<String>,
    pub(crate) value: Option<f64>,
    pub(crate) scale_max: Option<f64>,
    pub(crate) direction: Option<Direction>,
    pub(crate) text: Option<String>,
}

/// A struct that is written as an object; serde by itself would take an array of its fields as well.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields)).map(Object)
    }
}

/// A whole number, 0 or more. `3.0` is one too, as JSON Schema has it and as tables with gaps export it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole(pub(crate) u64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeVisitor)
    }
}

struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = Whole;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, 0 or more")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
        Ok(Whole(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Whole, E> {
        u64::try_from(number).map(Whole).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Whole, E> {
        if number.fract() != 0.0 {
            return Err(E::invalid_type(Unexpected::Float(number), &self));
        }
        // From 2^53 on neighbours are not told apart.
        if (0.0..EXACT_END).contains(&number) {
            Ok(Whole(number as u64))
        } else {
            Err(E::invalid_value(Unexpected::Float(number), &self))
        }
    }
}

/// An id as sent: text, or a whole number, which stands for its decimal text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawId(String);

impl From<RawId> for String {
    fn from(RawId(id): RawId) -> Self {
        id
    }
}

impl<'de> Deserialize<'de> for RawId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawIdVisitor)
    }
}

struct RawIdVisitor;

impl Visitor<'_> for RawIdVisitor {
    type Value = RawId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id as text or a whole number")
    }

    fn visit_str<E: Error>(self, id: &str) -> Result<RawId, E> {
        Ok(RawId(id.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<RawId, E> {
        Ok(RawId(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<RawId, E> {
        Ok(RawId(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<RawId, E> {
        if number.fract() != 0.0 {
            return Err(E::invalid_type(Unexpected::Float(number), &self));
        }
        // From 2^53 on two ids would become one.
        if number.abs() < EXACT_END {
            Ok(RawId((number as i64).to_string()))
        } else {
            Err(E::invalid_value(Unexpected::Float(number), &self))
        }
    }
}

/// A time as sent: text in one of the forms that `field::time` reads, or seconds or milliseconds since the epoch.
#[derive(Debug)]
pub(crate) enum RawTime {
    Text(String),
    Epoch(f64),
}

impl<'de> Deserialize<'de> for RawTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawTimeVisitor)
    }
}

struct RawTimeVisitor;

impl Visitor<'_> for RawTimeVisitor {
    type Value = RawTime;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time as text or a number of seconds or milliseconds since 1970")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<RawTime, E> {
        Ok(RawTime::Text(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, epoch: u64) -> Result<RawTime, E> {
        Ok(RawTime::Epoch(epoch as f64))
    }

    fn visit_i64<E: Error>(self, epoch: i64) -> Result<RawTime, E> {
        Ok(RawTime::Epoch(epoch as f64))
    }

    fn visit_f64<E: Error>(self, epoch: f64) -> Result<RawTime, E> {
        Ok(RawTime::Epoch(epoch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_text_or_a_whole_number() {
        let check = |json: &str, expected: Option<&str>| {
            let read = serde_json::from_str::<RawId>(json).ok().map(String::from);
            assert_eq!(read.as_deref(), expected, "{json}");
        };
        check("\"c-1\"", Some("c-1"));
        check("\"007\"", Some("007"));
        check("12345", Some("12345"));
        check("0", Some("0"));
        check("-7", Some("-7"));
        check("-0", Some("0"));
        check("12345.0", Some("12345"));
        check("9007199254740993", Some("9007199254740993"));
        check("18446744073709551615", Some("18446744073709551615"));
        for wrong in ["1.5", "18446744073709551616", "9007199254740992.0", "1e300", "true", "null", "[1]", "{}"] {
            check(wrong, None);
        }
    }
}

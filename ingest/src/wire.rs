//! What channels send, field by field as the JSON Schemas in `schemas/json/` say.
//!
//! Every field is optional here: whether one that is missing matters is decided in `normalize`. Fields that are not listed
//! are ignored; so are, in this release, `author_handle`, `agent_id`, `agent_name`, `id_namespace`, `media` and `url`,
//! which the schemas describe and nothing carries yet.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use hearken_schemas::feedback::Role;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// Declares a raw record: the fields every channel shares, then its own.
macro_rules! raw_record {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(default, expecting = "one object")]
        pub(crate) struct $name {
            source: Option<String>,
            source_id: Option<String>,
            occurred_at: Option<RawTime>,
            revision: Option<u64>,
            updated_at: Option<RawTime>,
            customer_id: Option<String>,
            brand: Option<String>,
            product_id: Option<String>,
            order_id: Option<String>,
            store_id: Option<String>,
            campaign: Option<String>,
            touchpoint: Option<String>,
            region: Option<String>,
            parent_id: Option<String>,
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
                    revision: self.revision,
                    updated_at: self.updated_at.take(),
                    customer_id: self.customer_id.take(),
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
        likes: u64,
    }
}

raw_record! {
    /// A chat session.
    RawChatSession {
        turns: Vec<Object<RawTurn>>,
        resolved: bool,
        rating: Object<RawRating>,
    }
}

raw_record! {
    /// A social post.
    RawSocialPost {
        text: String,
        reply_to: String,
        likes: u64,
        reposts: u64,
    }
}

/// What every channel sends.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) source: Option<String>,
    pub(crate) source_id: Option<String>,
    pub(crate) occurred_at: Option<RawTime>,
    pub(crate) revision: Option<u64>,
    pub(crate) updated_at: Option<RawTime>,
    pub(crate) customer_id: Option<String>,
    pub(crate) brand: Option<String>,
    pub(crate) product_id: Option<String>,
    pub(crate) order_id: Option<String>,
    pub(crate) store_id: Option<String>,
    pub(crate) campaign: Option<String>,
    pub(crate) touchpoint: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) parent_id: Option<String>,
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

/// A time as sent: RFC 3339, or seconds or milliseconds since the epoch.
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
        f.write_str("an RFC 3339 time or a number of seconds or milliseconds since 1970")
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

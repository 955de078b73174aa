//! What channels send, field by field as the JSON Schemas in `schemas/json/` say.
//!
//! Every field is optional here: whether one that is missing matters is decided in `normalize`. Fields that are not listed
//! are ignored; so is `media`, which the schemas describe and nothing carries yet. What the business sends has its types beside
//! its functions, in `operation`. `scalar` has the forms that numbers, ids, times and objects come in.

mod scalar;

use std::collections::BTreeMap;

use hearken_schemas::feedback::{AnswerKind, Direction, Role, SurveyKind, TimePrecision};

pub(crate) use self::scalar::{Object, RawId, RawTime, Whole};

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

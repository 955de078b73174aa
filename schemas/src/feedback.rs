//! Feedback: one verbatim from one customer at one moment.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::FeedbackId;
use crate::journey::JourneyStage;

/// The largest revision: it leaves 16 bits of a row's version for the enricher's ordinal.
pub const REVISION_MAX: u64 = (1 << 47) - 1;

/// The largest text after clean-up, in bytes.
pub const TEXT_BYTES_MAX: usize = 256 * 1024;

/// The kind of place a feedback came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A rated or written review of a product, shop or app.
    Review,
    /// A customer-service conversation.
    Chat,
    /// A post on a social network.
    Social,
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 3] = [Self::Review, Self::Chat, Self::Social];

    /// Returns the name used in JSON and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Chat => "chat",
            Self::Social => "social",
        }
    }
}

/// A rating on the source's own scale, `0 ≤ value ≤ scale_max`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// What the customer gave.
    pub value: f64,
    /// The best that could be given.
    pub scale_max: f64,
}

/// Who speaks in a turn of a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Role {
    Customer,
    Agent,
    Bot,
}

impl Role {
    /// Returns the name used in JSON and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Agent => "agent",
            Self::Bot => "bot",
        }
    }
}

/// One turn of a chat session, its text cleaned and redacted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// When it was said, where the source knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Who said it.
    pub role: Role,
    /// What was said.
    pub text: String,
}

/// One normalized feedback: clean text, no personal data in it, journey stage mapped, identity fixed.
///
/// Every stage after `ingest` carries it unchanged. Times are UTC with millisecond precision. Absent is absent: an
/// optional field that the record did not give is left out of the JSON and NULL in the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Feedback {
    /// Identity; see [`FeedbackId`].
    pub feedback_id: FeedbackId,
    /// Tells edits of one feedback apart: `revision` as sent, else `updated_at` in milliseconds, else 0.
    pub revision: u64,
    /// The kind of source.
    pub channel: Channel,
    /// The instance of the source, such as `tmall-flagship`.
    pub source: String,
    /// The source's own id of this feedback.
    pub source_id: String,
    /// When the customer said it.
    pub occurred_at: Timestamp,
    /// When the record reached Kafka (its Kafka timestamp, so a replay of the topic decides the same).
    pub received_at: Timestamp,
    /// The company's id of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// The brand spoken of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// The product spoken of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The order spoken of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// The store spoken of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<String>,
    /// The campaign that led here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// The touchpoint as the source names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touchpoint: Option<String>,
    /// The touchpoint's stage.
    pub journey_stage: JourneyStage,
    /// The customer's region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The `source_id` this one answers or appends to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// The language the source believes it is, BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_hint: Option<String>,
    /// A review's headline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The customer's own words: at most [`TEXT_BYTES_MAX`] bytes; of a chat the customer's turns joined by a newline.
    pub text: String,
    /// The rating given with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// Likes at the time of sending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likes: Option<u64>,
    /// Reposts at the time of sending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reposts: Option<u64>,
    /// All turns of a chat, in order; empty on other channels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<Turn>,
    /// Whether the source says the customer's matter was resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<bool>,
    /// Personal data replaced in title, text, turns and attributes, a count.
    pub redactions: u32,
    /// Whatever else the source sent, string to string.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

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
    /// A response to a survey.
    Survey,
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 4] = [Self::Review, Self::Chat, Self::Social, Self::Survey];

    /// Returns the name used in JSON and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Chat => "chat",
            Self::Social => "social",
            Self::Survey => "survey",
        }
    }
}

/// How exactly the time of a feedback is known. What is coarser than a minute never enters a view by the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum TimePrecision {
    Second,
    Minute,
    Day,
    /// The source does not know; the record's Kafka timestamp stands in.
    Unknown,
}

impl TimePrecision {
    /// All precisions, the finest first.
    pub const ALL: [Self; 4] = [Self::Second, Self::Minute, Self::Day, Self::Unknown];

    /// Returns the name used in JSON and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Day => "day",
            Self::Unknown => "unknown",
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

/// What a survey asks about: the relationship as a whole, or one transaction. The two are never pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum SurveyKind {
    Relationship,
    Transactional,
}

impl SurveyKind {
    /// Returns the name used in JSON and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relationship => "relationship",
            Self::Transactional => "transactional",
        }
    }
}

/// What kind of question an answer answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// Would you recommend us, 0–10, whole numbers.
    Nps,
    /// How satisfied are you.
    Csat,
    /// How easy was it.
    Ces,
    /// Any other scale.
    Scale,
    /// One of several.
    Choice,
    /// An open question.
    Text,
    /// How would you feel if it had the feature.
    KanoFunctional,
    /// How would you feel if it did not have the feature.
    KanoDysfunctional,
}

impl AnswerKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Nps,
        Self::Csat,
        Self::Ces,
        Self::Scale,
        Self::Choice,
        Self::Text,
        Self::KanoFunctional,
        Self::KanoDysfunctional,
    ];

    /// Returns the name used in JSON and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nps => "nps",
            Self::Csat => "csat",
            Self::Ces => "ces",
            Self::Scale => "scale",
            Self::Choice => "choice",
            Self::Text => "text",
            Self::KanoFunctional => "kano_functional",
            Self::KanoDysfunctional => "kano_dysfunctional",
        }
    }
}

/// Which end of an effort scale is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// "It was easy": more is better.
    Agree,
    /// The ease itself is rated: more is better.
    Ease,
    /// The effort itself is rated: less is better.
    Effort,
}

impl Direction {
    /// Returns the name used in JSON and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Ease => "ease",
            Self::Effort => "effort",
        }
    }
}

/// One answer of a survey response. A question that was left empty has no answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The survey's id of the question.
    pub question_id: String,
    /// What kind of question.
    pub kind: AnswerKind,
    /// The product's or service's feature the question is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    /// The number given; Kano answers count like 1, must-be 2, neutral 3, live-with 4, dislike 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The largest number that could be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_max: Option<f64>,
    /// Which end of an effort scale is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The words given or the choice made, cleaned and redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
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
    /// How exactly `occurred_at` is known.
    pub time_precision: TimePrecision,
    /// When the record reached Kafka (its Kafka timestamp, so a replay of the topic decides the same).
    pub received_at: Timestamp,
    /// The company's id of the customer; absent where the source sent none or a placeholder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// Within what `customer_id` is unique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_namespace: Option<String>,
    /// Whether the source sent a placeholder such as `a***b` for the customer.
    #[serde(default, skip_serializing_if = "is_false")]
    pub customer_masked: bool,
    /// Pseudonym of the author's handle: one author of one source keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_key: Option<String>,
    /// Whether a brand itself speaks: the handle is one of the accounts that the catalog gives it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub own_account: bool,
    /// Pseudonym of the agent who served the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_key: Option<String>,
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
    /// The customer's own words: at most [`TEXT_BYTES_MAX`] bytes; of a chat the customer's turns,
    /// of a survey the open answers, joined by a newline.
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
    /// Where the post is; a personal column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// All turns of a chat, in order; empty on other channels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<Turn>,
    /// Whether the source says the customer's matter was resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<bool>,
    /// The survey that was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survey_id: Option<String>,
    /// What the survey asks about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survey_kind: Option<SurveyKind>,
    /// When the survey was sent to the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// The case whose closing asked for the survey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_id: Option<String>,
    /// The answers of a survey response, in order; empty on other channels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
    /// Personal data replaced in title, text, turns, answers and attributes, a count.
    pub redactions: u32,
    /// Whatever else the source sent, string to string.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

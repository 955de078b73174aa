//! What is known of what a rule found, as `v_alert_facts` has it, and what a message says of it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::row::At;

/// Everything the judgement and the routing need to know about one deciding feedback.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[allow(missing_docs, reason = "the view's COMMENT says what each column is")]
pub struct Facts {
    pub feedback_id: Uuid,
    /// customer, author or feedback.
    pub subject_kind: String,
    pub subject: String,
    pub occurred_at: At,
    pub time_precision: String,
    pub received_at: At,
    /// When ClickHouse wrote the row.
    pub seen_at: At,
    pub brand: String,
    pub channel: String,
    pub product_id: String,
    /// The product and the groups it belongs to, nearest first.
    pub products: Vec<String>,
    pub store_id: String,
    /// The store and the places it lies in, nearest first.
    pub places: Vec<String>,
    /// The nearest of those places' owners; empty where nobody is named.
    pub place_owner: String,
    pub touchpoint: String,
    /// The department of the touchpoint; empty where nobody said.
    pub department: String,
    /// Of the worst aspect.
    pub category: String,
    pub topic: String,
    pub language: String,
    /// The worst aspect's words, else the first 200 characters.
    pub quote: String,
    pub span_start: u32,
    pub span_end: u32,
    pub customer_key: Option<String>,
    /// Who answers for the customer, by the profile; empty where nobody is named.
    pub customer_owner: String,
    /// champion, loyal, promising, needs_attention, hibernating, no_orders, or unknown where the customer is.
    pub tier: String,
    pub risk: Option<f32>,
}

/// One sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Words {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// Why a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A rule fired.
    Alert,
    /// A case is due soon.
    Reminder,
    /// A case was not answered in time.
    Escalation,
    /// Somebody gave a case to another owner.
    HandOver,
    /// Several messages that a channel's rate limit folded into one.
    Digest,
    /// An owner's morning: what is open and what became of yesterday.
    Daily,
    /// A closed case asks for a survey to be sent.
    SurveyRequest,
}

/// What a message says, before any channel's form; kept as JSON in `messages.notice`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Why it is sent.
    pub kind: NoticeKind,
    /// The rule; empty of a daily digest.
    pub rule: String,
    /// The rule's title, or the digest's.
    pub title: Words,
    /// Why it matters, in one sentence of the rule's.
    #[serde(default)]
    pub why: Words,
    /// low, medium, high or critical.
    pub severity: String,
    /// Safety or law.
    pub urgent: bool,
    /// The case, which the signed link leads to.
    pub case_id: Option<Uuid>,
    /// The alert.
    pub alert_id: Option<Uuid>,
    /// Whom it is about.
    pub subject_kind: String,
    /// The subject's key.
    pub subject: String,
    /// The customer's value tier.
    pub tier: String,
    /// The customer's churn risk, 0 to 100.
    pub risk: Option<f32>,
    /// The brand.
    pub brand: String,
    /// The channel it was said in.
    pub channel: String,
    /// Store, product or topic, whichever is known: where to look.
    pub about: String,
    /// The deciding words, personal data replaced, 200 characters at most.
    pub quote: String,
    /// When the customer said it.
    pub occurred_at: Option<At>,
    /// The promise to the customer.
    pub customer_due_at: Option<At>,
    /// What the owner is measured by.
    pub due_at: Option<At>,
    /// Which reminder or step of escalation; empty otherwise.
    pub step: String,
    /// Figures of a daily digest or an incident, by name.
    pub figures: Vec<(String, String)>,
    /// What a digest tells of.
    pub items: Vec<Notice>,
}

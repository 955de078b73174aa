//! A case as `v_cases` has it, and its events.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::case::State;
use crate::row::At;

/// A case with what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the table's and the view's COMMENTs say what each column is")]
pub struct Case {
    pub case_id: Uuid,
    pub alert_id: Uuid,
    pub rule: String,
    pub subject_kind: String,
    pub subject: String,
    pub customer_key: Option<String>,
    pub feedback_id: Option<Uuid>,
    pub brand: String,
    pub channel: String,
    pub product_id: String,
    pub store_id: String,
    pub touchpoint: String,
    pub category: String,
    pub topic: String,
    pub severity: String,
    pub urgent: bool,
    pub tier: String,
    pub risk: Option<f32>,
    pub routed_by: String,
    pub paged: bool,
    pub occurred_at: At,
    pub time_precision: String,
    pub received_at: At,
    pub opened_at: At,
    pub customer_due_at: Option<At>,
    pub due_at: At,
    /// Who has to answer now.
    pub owner: String,
    pub department: String,
    pub first_owner: String,
    pub first_department: String,
    pub state: State,
    pub is_open: bool,
    pub acknowledged_at: Option<At>,
    pub contacted_at: Option<At>,
    pub resolved_at: Option<At>,
    pub closed_at: Option<At>,
    pub reopened: u32,
    pub first_response_at: Option<At>,
    pub customer_met: Option<bool>,
    pub owner_met: Option<bool>,
    pub source_delay_ms: i64,
    pub alerts: u32,
    pub rules: Vec<String>,
    pub steps: Vec<String>,
    pub wrong_reason: bool,
    pub not_a_customer: bool,
    /// Decimal digits, such as `12.50`.
    pub cost: Option<String>,
    pub cost_currency: String,
    pub last_event_at: At,
    pub survey_requested_at: Option<At>,
    pub closed_event_id: Option<Uuid>,
    /// What the list is sorted by: the weight of the value tier times the risk.
    pub priority: i32,
}

impl Case {
    /// Returns what changes whenever something happens to the case: its HTTP entity tag, without quotes.
    pub fn version(&self) -> String {
        format!("{}-{}", self.state, self.last_event_at.0.as_millisecond())
    }
}

/// The words that decided, as the feedback has them, personal data replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the columns of the feedback")]
pub struct Words {
    pub feedback_id: Uuid,
    pub quote: String,
    pub span_start: u32,
    pub span_end: u32,
    pub language: String,
}

//! What the alert service tells other systems: alerts, and requests to send a survey.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::envelope::{Headers, attributes};
use crate::topics;

/// Who writes these messages, as CloudEvents' source says it.
pub const SOURCE: &str = "hearken/alert";

/// A rule fired; at most once a rule, subject and window of its cooldown. What is not known is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema feedback.alerts.v1.json says what each field is")]
pub struct Alert {
    pub alert_id: Uuid,
    pub rule: String,
    pub rules_version: String,
    /// low, medium, high or critical.
    pub severity: String,
    pub urgent: bool,
    pub subject_kind: String,
    pub subject: String,
    pub window_start: Timestamp,
    pub occurred_at: Timestamp,
    pub received_at: Timestamp,
    pub alert_at: Timestamp,
    pub paged: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub brand: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub product_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub store_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub touchpoint: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub topic: String,
    pub span_start: u32,
    pub span_end: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_key: Option<String>,
    pub tier: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub detail: BTreeMap<String, String>,
}

impl Alert {
    /// Returns the headers of the message, written at this time, milliseconds since the epoch.
    pub fn headers(&self, time_ms: i64) -> Headers {
        attributes(&self.alert_id.to_string(), SOURCE, topics::ALERTS, time_ms)
    }
}

/// A case was closed: the customer, who agreed to be contacted, is to be asked how it went. What is not known is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema feedback.survey-requests.v1.json says what each field is")]
pub struct SurveyRequest {
    pub request_id: Uuid,
    pub case_id: Uuid,
    pub customer_key: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub customer_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id_namespace: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub brand: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub product_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub store_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub touchpoint: String,
    pub closed_at: Timestamp,
    pub requested_at: Timestamp,
}

impl SurveyRequest {
    /// Returns the headers of the message, written at this time, milliseconds since the epoch.
    pub fn headers(&self, time_ms: i64) -> Headers {
        attributes(&self.request_id.to_string(), SOURCE, topics::SURVEY_REQUESTS, time_ms)
    }
}

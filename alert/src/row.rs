//! The rows of `alerts`, `cases`, `case_events`, `messages`, `deliveries` and `audit_log`, field by field as the tables have them.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// How ClickHouse writes a time to the millisecond.
const FORM: &str = "%Y-%m-%d %H:%M:%S%.3f";

/// A moment as ClickHouse writes it: UTC, to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct At(pub Timestamp);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.to_zoned(TimeZone::UTC).strftime(FORM))
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let civil = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S%.f", &text).map_err(de::Error::custom)?;
        let at = civil.to_zoned(TimeZone::UTC).map_err(de::Error::custom)?;
        Ok(Self(at.timestamp()))
    }
}

/// A row and the table it belongs to.
pub trait Row: Serialize {
    /// The table's name.
    const TABLE: &'static str;
}

/// What a rule found, once per rule, subject and window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the table's COMMENTs say what each column is")]
pub struct AlertRow {
    pub alert_id: Uuid,
    pub rule: String,
    pub rules_version: String,
    pub subject_kind: String,
    pub subject: String,
    pub window_start: At,
    pub severity: String,
    pub urgent: bool,
    pub occurred_at: At,
    pub time_precision: String,
    pub received_at: At,
    pub seen_at: At,
    pub alert_at: At,
    pub paged: bool,
    pub unpaged_because: String,
    pub feedback_id: Option<Uuid>,
    pub brand: String,
    pub channel: String,
    pub product_id: String,
    pub store_id: String,
    pub touchpoint: String,
    pub category: String,
    pub topic: String,
    pub span_start: u32,
    pub span_end: u32,
    pub customer_key: Option<String>,
    pub tier: String,
    pub risk: Option<f32>,
    pub case_id: Option<Uuid>,
    pub detail: BTreeMap<String, String>,
}

impl Row for AlertRow {
    const TABLE: &'static str = "alerts";
}

/// What was known when a case was opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the table's COMMENTs say what each column is")]
pub struct CaseRow {
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
    pub owner: String,
    pub department: String,
    pub routed_by: String,
    pub paged: bool,
    pub occurred_at: At,
    pub time_precision: String,
    pub received_at: At,
    pub opened_at: At,
    pub customer_due_at: Option<At>,
    pub due_at: At,
}

impl Row for CaseRow {
    const TABLE: &'static str = "cases";
}

/// One thing that happened to a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the table's COMMENTs say what each column is")]
pub struct CaseEventRow {
    pub event_id: Uuid,
    pub case_id: Uuid,
    pub at: At,
    pub kind: String,
    pub state: String,
    pub actor: String,
    pub by_human: bool,
    pub owner: String,
    pub department: String,
    pub alert_id: Option<Uuid>,
    pub note: String,
    /// Decimal digits, such as `12.50`.
    pub amount: Option<String>,
    pub currency: String,
    pub step: String,
    pub detail: BTreeMap<String, String>,
}

impl Row for CaseEventRow {
    const TABLE: &'static str = "case_events";
}

/// Something to be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the table's COMMENTs say what each column is")]
pub struct MessageRow {
    pub message_id: Uuid,
    pub kind: String,
    pub channel: String,
    pub owner: String,
    pub case_id: Option<Uuid>,
    pub alert_id: Option<Uuid>,
    pub urgent: bool,
    pub created_at: At,
    pub notice: String,
}

impl Row for MessageRow {
    const TABLE: &'static str = "messages";
}

/// One attempt to send it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the table's COMMENTs say what each column is")]
pub struct DeliveryRow {
    pub message_id: Uuid,
    pub at: At,
    pub outcome: String,
    pub attempt: u16,
    pub status: u16,
    pub latency_ms: u32,
    pub error: String,
    pub folded_into: Option<Uuid>,
}

impl Row for DeliveryRow {
    const TABLE: &'static str = "deliveries";
}

/// One request that somebody made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the table's COMMENTs say what each column is")]
pub struct AuditRow {
    pub at: At,
    pub who: String,
    pub role: String,
    pub action: String,
    pub case_id: Option<Uuid>,
    pub status: u16,
    pub reason: String,
}

impl Row for AuditRow {
    const TABLE: &'static str = "audit_log";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_clickhouse_writes_it_and_read_again() {
        let at = At("2026-11-22T16:50:30.007Z".parse().expect("a time"));
        assert_eq!(at.to_string(), "2026-11-22 16:50:30.007");
        let json = serde_json::to_string(&at).expect("JSON");
        assert_eq!(serde_json::from_str::<At>(&json).expect("a moment"), at);
    }
}

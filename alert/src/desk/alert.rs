//! Alerts as `v_alerts` has them, and which somebody asks for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::filter::{Conditions, LIMIT_MAX, Scope};
use crate::row::{AlertRow, At};

/// An alert with what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the view's COMMENT says what each column is")]
pub struct Alert {
    #[serde(flatten)]
    pub row: AlertRow,
    pub page_ms: i64,
    pub seen_ms: i64,
    pub delivered_at: Option<At>,
    pub case_outcome: String,
}

/// Which alerts; nothing set is every alert.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlertFilter {
    /// Of this rule.
    pub rule: Option<String>,
    /// As severe as this.
    pub severity: Option<String>,
    /// About this brand.
    pub brand: Option<String>,
    /// Of this case.
    pub case_id: Option<Uuid>,
    /// Raised then or later.
    pub since: Option<Timestamp>,
    /// Those of the cases that one may see.
    pub scope: Scope,
    /// Those behind the last one of another answer.
    pub after: Option<AlertCursor>,
    /// How many at most; 0 is [`LIMIT_MAX`].
    pub limit: u16,
}

/// Where a list of alerts goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertCursor {
    /// When the last one was raised.
    pub alert_at: At,
    /// Its identity.
    pub alert_id: Uuid,
}

impl AlertCursor {
    /// Returns the cursor behind an alert.
    pub fn of(alert: &Alert) -> Self {
        Self { alert_at: alert.row.alert_at, alert_id: alert.row.alert_id }
    }

    /// Writes it so that it passes through a URL.
    pub fn to_text(&self) -> String {
        format!("{}.{}", self.alert_at.0.as_millisecond(), self.alert_id)
    }

    /// Reads what [`AlertCursor::to_text`] wrote; anything else is none.
    pub fn read(text: &str) -> Option<Self> {
        let (ms, alert_id) = text.split_once('.')?;
        let cursor = Self { alert_at: At::tabled(ms)?, alert_id: alert_id.parse().ok()? };
        (cursor.to_text() == text).then_some(cursor)
    }
}

impl AlertFilter {
    pub(super) fn conditions(&self) -> Conditions {
        let mut all = Conditions::default();
        all.equal("rule", self.rule.as_ref());
        all.equal("severity", self.severity.as_ref());
        all.equal("brand", self.brand.as_ref());
        if let Some(case_id) = self.case_id {
            all.add("case_id = {of_case:UUID}", "of_case", case_id.to_string());
        }
        if let Some(since) = self.since {
            all.add("alert_at >= {since:DateTime64(3, 'UTC')}", "since", At(since).to_string());
        }
        all.scope(&self.scope, |owned| format!("case_id IN (SELECT case_id FROM v_cases WHERE {owned})"));
        if let Some(AlertCursor { alert_at, alert_id }) = &self.after {
            let behind = "(alert_at < {behind:DateTime64(3, 'UTC')} \
                          OR (alert_at = {behind:DateTime64(3, 'UTC')} AND alert_id > {alert_id:UUID}))";
            all.add(behind, "behind", alert_at.to_string());
            all.add("true", "alert_id", alert_id.to_string());
        }
        all
    }

    pub(super) fn rows(&self) -> u16 {
        if self.limit == 0 { LIMIT_MAX } else { self.limit.min(LIMIT_MAX) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_nothing_else_is_one() {
        let alert_at = At("2026-11-22T16:50:30.007Z".parse().unwrap());
        let cursor = AlertCursor { alert_at, alert_id: Uuid::from_u128(7) };
        assert_eq!(AlertCursor::read(&cursor.to_text()), Some(cursor));
        for text in
            ["", "x", "7", "7.7", "07.00000000-0000-0000-0000-000000000007", "7.0000000000000000000000000000000A"]
        {
            assert_eq!(AlertCursor::read(text), None, "{text}");
        }
    }
}

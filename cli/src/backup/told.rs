//! Alerts that were raised since a backup: the topic knows them, the restored tables do not.

use anyhow::{Context, Result};
use hearken_alert::row::{AlertRow, At};
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::admin::{Offsets, offsets};
use hearken_runtime::kafka::scan::scan_parts;
use hearken_schemas::alert::Alert;
use hearken_schemas::topics::ALERTS;

use super::Alerts;
use crate::store::Store;

/// Messages that nobody knows to have arrived: they were on their way when the backup was made.
const UNDECIDED: &str = "INSERT INTO deliveries (message_id, at, outcome, attempt, status, latency_ms, error) \
     SELECT message_id, now64(3), 'given_up', 0, 0, 0, 'on its way when the backup was made, perhaps delivered since: hearken alerts redeliver' \
     FROM (SELECT DISTINCT message_id FROM messages) WHERE message_id NOT IN \
     (SELECT message_id FROM deliveries WHERE outcome IN ('delivered', 'given_up', 'folded'))";

/// Returns the alerts on the topic from this offset on.
///
/// # Errors
/// Where Kafka does not answer.
pub(super) async fn since(kafka: Connection, from: i64) -> Result<Vec<Alert>> {
    let read = move || -> Result<Vec<Alert>> {
        let parts = offsets(&kafka, None, ALERTS)?;
        let later = |part: Offsets| Offsets { start: part.start.max(from).min(part.end), ..part };
        let parts: Vec<Offsets> = parts.into_iter().map(later).collect();
        let mut alerts = Vec::new();
        scan_parts(&kafka, ALERTS, &parts, |record| {
            // A stranger's message is no alert.
            alerts.extend(record.value.as_deref().and_then(|value| serde_json::from_slice::<Alert>(value).ok()));
            Ok(())
        })?;
        alerts.sort_by_key(|alert| alert.alert_id);
        alerts.dedup_by_key(|alert| alert.alert_id);
        Ok(alerts)
    };
    tokio::task::spawn_blocking(read).await?.context("reading the alerts since the backup")
}

/// Says what becomes of them.
pub(super) fn sentence(raised: usize, alerts: Alerts) -> String {
    if raised == 0 {
        return "no alert was raised since; what people did on cases since is lost".to_owned();
    }
    match alerts {
        Alerts::Told => format!(
            "{raised} alerts were raised since: they count as told, the cases they opened and what people did on cases since are lost \
             (--alerts again raises them once more, and receivers hear of them twice)"
        ),
        Alerts::Again => format!(
            "{raised} alerts were raised since: they are raised again under the same ids, and receivers get their messages again; \
             what people did on cases since is lost"
        ),
    }
}

/// Writes down that these were raised, so that none is raised again in its window, and that what was on its way is not sent again.
///
/// # Errors
/// Where ClickHouse refuses.
pub(super) async fn note(store: &Store, raised: &[Alert]) -> Result<()> {
    let known: Vec<String> =
        store.text("SELECT alert_id FROM alerts", "TSV").await?.lines().map(str::to_owned).collect();
    let rows = raised.iter().filter(|alert| !known.contains(&alert.alert_id.to_string())).cloned().map(row);
    let lines: Vec<String> = rows.map(|row| serde_json::to_string(&row)).collect::<Result<_, _>>()?;
    if !lines.is_empty() {
        store
            .insert_lines("alerts", lines.join("\n").into_bytes())
            .await
            .context("writing the alerts since the backup")?;
    }
    store.execute(UNDECIDED).await.context("closing the messages that were on their way")
}

/// Returns the row of an alert, as far as the topic says.
fn row(alert: Alert) -> AlertRow {
    AlertRow {
        alert_id: alert.alert_id,
        rule: alert.rule,
        rules_version: alert.rules_version,
        subject_kind: alert.subject_kind,
        subject: alert.subject,
        window_start: At(alert.window_start),
        severity: alert.severity,
        urgent: alert.urgent,
        occurred_at: At(alert.occurred_at),
        time_precision: "unknown".to_owned(),
        received_at: At(alert.received_at),
        seen_at: At(alert.alert_at),
        alert_at: At(alert.alert_at),
        paged: alert.paged,
        unpaged_because: if alert.paged { "" } else { "restored" }.to_owned(),
        feedback_id: alert.feedback_id,
        brand: alert.brand,
        channel: alert.channel,
        product_id: alert.product_id,
        store_id: alert.store_id,
        touchpoint: alert.touchpoint,
        category: alert.category,
        topic: alert.topic,
        span_start: alert.span_start,
        span_end: alert.span_end,
        customer_key: alert.customer_key,
        tier: alert.tier,
        risk: alert.risk,
        case_id: alert.case_id,
        detail: alert.detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_what_is_lost() {
        for (raised, alerts, expected) in [
            (0, Alerts::Told, "no alert was raised since"),
            (3, Alerts::Told, "they count as told, the cases they opened"),
            (3, Alerts::Again, "they are raised again under the same ids"),
        ] {
            let said = sentence(raised, alerts);
            assert!(said.contains(expected) && said.contains("lost"), "{said}");
        }
    }
}

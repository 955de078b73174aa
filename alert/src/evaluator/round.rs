//! Writing a round: cases, their events, messages, alerts, the topic; only then it is committed.

use anyhow::{Context, Result};
use hearken_runtime::failpoint;
use hearken_runtime::kafka::producer::Producer;
use hearken_runtime::outcome::Message;
use hearken_schemas::alert::Alert;
use hearken_schemas::topics;
use uuid::Uuid;

use crate::judge::Rows;
use crate::row::{AlertRow, At, Row};
use crate::store::Store;

/// What a round is written with.
pub(super) struct Pen<'a> {
    /// Where the rows go.
    pub(super) store: &'a Store,
    /// Where the alerts go.
    pub(super) producer: &'a Producer,
    /// The group and the round's range, part of every token.
    pub(super) round: &'a str,
}

impl Pen<'_> {
    /// Writes the rows in the order that makes a crash harmless: an alert is written after everything that follows from it, so a round
    /// that did not come to its end is judged again and finds what it wrote. `again` are known alerts that go to the topic once more.
    ///
    /// # Errors
    /// Where ClickHouse or Kafka refuses, or does not answer within its bounded tries.
    pub(super) async fn write(&self, rows: &Rows, again: Vec<AlertRow>, now: At) -> Result<()> {
        self.insert(&rows.cases, |case| case.case_id).await?;
        failpoint::reach("alert.after_cases");
        self.insert(&rows.events, |event| event.event_id).await?;
        failpoint::reach("alert.after_events");
        self.insert(&rows.messages, |message| message.message_id).await?;
        failpoint::reach("alert.after_messages");
        self.insert(&rows.alerts, |alert| alert.alert_id).await?;
        failpoint::reach("alert.after_alerts");
        let messages: Vec<Message> = rows.alerts.iter().chain(&again).map(|alert| message(alert, now)).collect();
        self.producer.deliver(&messages).await.context("producing alerts")?;
        failpoint::reach("alert.after_topic");
        Ok(())
    }

    /// The token names the rows: what a repeated round has to write may be less than the first attempt had.
    async fn insert<R: Row>(&self, rows: &[R], id: fn(&R) -> Uuid) -> Result<()> {
        let mut sum = crc32fast::Hasher::new();
        rows.iter().for_each(|row| sum.update(id(row).as_bytes()));
        let token = format!("alert:{}:{:08x}:{}", self.round, sum.finalize(), R::TABLE);
        self.store.insert(rows, &token).await
    }
}

fn message(row: &AlertRow, now: At) -> Message {
    let row = row.clone();
    let subject = row.subject.clone();
    let alert = Alert {
        alert_id: row.alert_id,
        rule: row.rule,
        rules_version: row.rules_version,
        severity: row.severity,
        urgent: row.urgent,
        subject_kind: row.subject_kind,
        subject: row.subject,
        window_start: row.window_start.0,
        occurred_at: row.occurred_at.0,
        received_at: row.received_at.0,
        alert_at: row.alert_at.0,
        paged: row.paged,
        feedback_id: row.feedback_id,
        brand: row.brand,
        channel: row.channel,
        product_id: row.product_id,
        store_id: row.store_id,
        touchpoint: row.touchpoint,
        category: row.category,
        topic: row.topic,
        span_start: row.span_start,
        span_end: row.span_end,
        customer_key: row.customer_key,
        tier: row.tier,
        risk: row.risk,
        case_id: row.case_id,
        detail: row.detail,
    };
    Message {
        topic: topics::ALERTS,
        partition: None,
        key: Some(subject.into_bytes()),
        // Texts, numbers and times are always written.
        value: serde_json::to_vec(&alert).ok(),
        headers: alert.headers(now.0.as_millisecond()),
    }
}

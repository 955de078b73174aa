//! What is to be sent, as the tables say it: every message whose last outcome is none of delivered, given up and folded.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use crate::row::{At, MessageRow};
use crate::store::Store;

/// A message whose fold was written and whose digest was not, because the service died between, counts as not folded.
const PENDING: &str = "SELECT message_id, kind, channel, owner, case_id, alert_id, urgent, created_at, notice, failures, requeued_at
FROM (SELECT * FROM messages WHERE {WHICH} ORDER BY created_at LIMIT 1 BY message_id) AS m
LEFT JOIN
(
    SELECT message_id AS of, argMax(outcome, at) AS last, argMax(folded_into, at) AS digest,
        maxIf(attempt, outcome = 'failed') AS failures, maxIf(at, outcome = 'requeued') AS requeued_at
    FROM deliveries
    WHERE message_id IN (SELECT message_id FROM messages WHERE {WHICH})
    GROUP BY of
) AS d ON d.of = m.message_id
WHERE last NOT IN ('delivered', 'given_up')
    AND (last != 'folded' OR ifNull(digest, toUUID('00000000-0000-0000-0000-000000000000')) NOT IN (SELECT message_id FROM messages WHERE kind = 'digest'))
ORDER BY created_at, message_id";

const REQUEUED: &str =
    "SELECT DISTINCT message_id FROM deliveries WHERE outcome = 'requeued' AND at >= {since:DateTime64(3, 'UTC')}";

const ATTEMPTS: &str = "SELECT channel, at
FROM (SELECT message_id AS of, at FROM deliveries WHERE at >= {since:DateTime64(3, 'UTC')} AND attempt > 0) AS d
INNER JOIN (SELECT DISTINCT message_id, channel FROM messages) AS m ON m.message_id = d.of
ORDER BY at";

/// How many messages are asked about at once.
const IDS_MAX: usize = 500;

/// A message to be sent, and what was tried.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Pending {
    #[serde(flatten)]
    pub(super) message: MessageRow,
    /// The number of the last failed attempt.
    pub(super) failures: u16,
    /// When somebody asked for it by hand; 1970 where nobody did.
    pub(super) requeued_at: At,
}

/// An attempt of the last minute.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Attempt {
    pub(super) channel: String,
    pub(super) at: At,
}

#[derive(Deserialize)]
struct Named {
    message_id: Uuid,
}

/// Returns everything that was ever to be sent and is not done.
pub(super) async fn all(store: &Store) -> Result<Vec<Pending>> {
    since(store, Timestamp::UNIX_EPOCH).await
}

/// Returns what was decided since then and is not done, and what somebody asked for again.
pub(super) async fn recent(store: &Store, from: Timestamp) -> Result<Vec<Pending>> {
    let mut pending = since(store, from).await?;
    let from = At(from).to_string();
    let named: Vec<Named> = store.rows(REQUEUED, &[("since", &from)]).await.context("looking for requeued messages")?;
    if !named.is_empty() {
        let ids: Vec<String> = named.iter().map(|named| named.message_id.to_string()).collect();
        let sql =
            PENDING.replace("{WHICH}", "message_id IN (SELECT toUUID(arrayJoin(splitByChar(',', {ids:String}))))");
        pending.extend(
            store.rows::<Pending>(&sql, &[("ids", &ids.join(","))]).await.context("looking for requeued messages")?,
        );
    }
    Ok(pending)
}

/// Returns the attempts of the last minute, so that a new leader does not break a limit that the one before used up.
pub(super) async fn attempts(store: &Store, now: Timestamp) -> Result<Vec<Attempt>> {
    let since = At(now.saturating_sub(Duration::from_secs(60)).unwrap_or(now)).to_string();
    store.rows(ATTEMPTS, &[("since", &since)]).await.context("looking for the last attempts")
}

/// Returns which of these messages are there.
pub(super) async fn there(store: &Store, ids: &[Uuid]) -> Result<HashSet<Uuid>> {
    let mut there = HashSet::new();
    for ids in ids.chunks(IDS_MAX) {
        let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
        let sql = "SELECT DISTINCT message_id FROM messages WHERE message_id IN (SELECT toUUID(arrayJoin(splitByChar(',', {ids:String}))))";
        let named: Vec<Named> =
            store.rows(sql, &[("ids", &ids.join(","))]).await.context("looking whether messages are still there")?;
        there.extend(named.into_iter().map(|named| named.message_id));
    }
    Ok(there)
}

async fn since(store: &Store, from: Timestamp) -> Result<Vec<Pending>> {
    let sql = PENDING.replace("{WHICH}", "created_at >= {since:DateTime64(3, 'UTC')}");
    store.rows(&sql, &[("since", &At(from).to_string())]).await.context("looking for messages to send")
}

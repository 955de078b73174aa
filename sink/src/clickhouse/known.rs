//! What a judgement, and a member that takes a partition over, must know: each shard is asked for what it can have.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use serde::Deserialize;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::ClickHouse;
use super::shard::Shard;
use crate::loading::Loaded;
use crate::protocol::{Pending, Place};
use crate::row::{At, DeadLetterRow, FeedbackRow};
use crate::shard::{divided, of_id, of_letter};
use crate::table::{StateTable, Table};
use crate::versions::{State, StateKey};

/// An id on the wire.
const ID_BYTES: usize = 16;

impl ClickHouse {
    /// Returns every state of these ids outside the pending ranges.
    ///
    /// # Errors
    /// As [`ClickHouse::insert`].
    pub async fn states(&self, table: StateTable, ids: &[Uuid], pending: &Pending) -> Result<Vec<State>> {
        let shares = divided(ids.iter().copied(), |id| of_id(id, self.shards()));
        let asked = shares.iter().map(|(shard, ids)| self.shards[*shard].states(table, ids, pending));
        Ok(try_join_all(asked).await?.into_iter().flatten().collect())
    }

    /// Returns the rows of `feedback` of these states outside the pending ranges.
    ///
    /// # Errors
    /// As [`ClickHouse::insert`].
    pub async fn rows(&self, keys: &[StateKey], pending: &Pending) -> Result<Vec<FeedbackRow>> {
        let shares = divided(keys.iter().copied(), |(id, _)| of_id(id, self.shards()));
        let asked = shares.iter().map(|(shard, keys)| self.shards[*shard].rows(keys, pending));
        Ok(try_join_all(asked).await?.into_iter().flatten().collect())
    }

    /// Returns which of these dead letters have a row outside the pending ranges.
    ///
    /// # Errors
    /// As [`ClickHouse::insert`].
    pub async fn letters(&self, rows: &[DeadLetterRow], pending: &Pending) -> Result<HashSet<(String, At)>> {
        let shares = divided(rows.iter().map(|row| &row.at), |at| of_letter(at, self.shards()));
        let asked = shares.iter().map(|(shard, ats)| self.shards[*shard].letters(ats, pending));
        Ok(try_join_all(asked).await?.into_iter().flatten().collect())
    }

    /// Returns how many states stem from one input partition.
    ///
    /// # Errors
    /// As [`ClickHouse::insert`].
    pub async fn count(&self, of: &Place) -> Result<u64> {
        Ok(try_join_all(self.shards.iter().map(|shard| shard.count(of))).await?.into_iter().sum())
    }

    /// Sends the ids of all states that stem from one input partition, in pieces; an id may come more than once.
    ///
    /// # Errors
    /// Where ClickHouse does not answer or stops halfway; what was sent until then is right.
    pub async fn ids(&self, of: &Place, to: &mpsc::Sender<Loaded>) -> Result<()> {
        for shard in self.shards.iter() {
            shard.ids(of, to).await?;
        }
        Ok(())
    }

    /// Returns the epoch that follows every one an input partition was written in; 0 where it never was.
    ///
    /// # Errors
    /// As [`ClickHouse::insert`].
    pub async fn next_epoch(&self, of: &Place) -> Result<u32> {
        let epochs = try_join_all(self.shards.iter().map(|shard| shard.next_epoch(of))).await?;
        Ok(epochs.into_iter().max().unwrap_or(0))
    }
}

impl Shard {
    async fn states(&self, table: StateTable, ids: &[Uuid], pending: &Pending) -> Result<Vec<State>> {
        #[derive(Deserialize)]
        struct Line {
            id: Uuid,
            version: u64,
            src_topic: String,
            src_partition: i32,
            src_offset: i64,
            content_crc: u32,
        }
        let sql = format!(
            "SELECT id, version, src_topic, src_partition, src_offset, content_crc FROM {} \
             PREWHERE id IN ({}) WHERE of_table = '{}' AND {}",
            self.table("states"),
            list(ids),
            table.as_str(),
            outside(pending)
        );
        let lines: Vec<Line> = self.lines(&["states"], &sql).await?;
        let state = |line: Line| State {
            id: line.id,
            version: line.version,
            src: At { topic: line.src_topic, partition: line.src_partition, offset: line.src_offset },
            content_crc: line.content_crc,
        };
        Ok(lines.into_iter().map(state).collect())
    }

    async fn rows(&self, keys: &[StateKey], pending: &Pending) -> Result<Vec<FeedbackRow>> {
        let millis = ["occurred_at", "received_at", "enriched_at", "sent_at"]
            .map(|name| format!("toUnixTimestamp64Milli({name}) AS {name}"));
        // By the primary key: to unpack what does not matter costs more than all else.
        let (feedback, states) = (self.table("feedback"), self.table("states"));
        let ids: Vec<Uuid> = keys.iter().map(|(id, _)| *id).collect();
        let sql = format!(
            "SELECT * REPLACE ({}, arrayMap(at -> toUnixTimestamp64Milli(at), `turns.at`) AS `turns.at`) FROM {feedback} AS feedback \
             WHERE (channel, toStartOfHour(feedback.occurred_at), feedback_id) IN \
             (SELECT channel, hour, id FROM {states} PREWHERE id IN ({}) WHERE of_table = 'feedback') \
             AND (feedback_id, version) IN ({}) AND sign = 1 AND {} SETTINGS prefer_column_name_to_alias = 1",
            millis.join(", "),
            list(&ids),
            keys.iter().map(|(id, version)| format!("('{id}',{version})")).collect::<Vec<_>>().join(","),
            outside(pending)
        );
        self.lines(&["feedback", "states"], &sql).await
    }

    async fn letters(&self, ats: &[&At], pending: &Pending) -> Result<HashSet<(String, At)>> {
        #[derive(Deserialize)]
        struct Line {
            stage: String,
            at_topic: String,
            at_partition: i32,
            at_offset: i64,
        }
        let key = |at: &&At| format!("({},{},{})", quoted(&at.topic), at.partition, at.offset);
        let sql = format!(
            "SELECT stage, at_topic, at_partition, at_offset FROM {} \
             WHERE (at_topic, at_partition, at_offset) IN ({}) AND {}",
            self.table("dead_letters"),
            ats.iter().map(key).collect::<Vec<_>>().join(","),
            outside(pending)
        );
        let lines: Vec<Line> = self.lines(&["dead_letters"], &sql).await?;
        let identity = |line: Line| {
            (line.stage, At { topic: line.at_topic, partition: line.at_partition, offset: line.at_offset })
        };
        Ok(lines.into_iter().map(identity).collect())
    }

    async fn count(&self, of: &Place) -> Result<u64> {
        #[derive(Deserialize)]
        struct Line {
            n: u64,
        }
        let sql = format!("SELECT count() AS n FROM {} WHERE {}", self.table("states"), from(of));
        let lines: Vec<Line> = self.lines(&["states"], &sql).await?;
        Ok(lines.first().map_or(0, |line| line.n))
    }

    async fn ids(&self, of: &Place, to: &mpsc::Sender<Loaded>) -> Result<()> {
        let sql = format!("SELECT id FROM {} WHERE {}", self.table("states"), from(of));
        let (_, replica) = self.replica();
        self.catch_up(replica, &["states"]).await?;
        let mut cursor = replica.pieces(&sql, "RowBinary")?;
        let mut rest: Vec<u8> = Vec::new();
        while let Some(bytes) =
            tokio::time::timeout(replica.request(), cursor.next()).await.context("ClickHouse took too long")??
        {
            rest.extend_from_slice(&bytes);
            let whole = rest.len() - rest.len() % ID_BYTES;
            let ids = rest[..whole].chunks_exact(ID_BYTES).filter_map(id).collect();
            rest.drain(..whole);
            if to.send(Loaded::Ids(ids)).await.is_err() {
                return Ok(());
            }
        }
        ensure!(rest.is_empty(), "ClickHouse ended in the middle of an id");
        Ok(())
    }

    async fn next_epoch(&self, of: &Place) -> Result<u32> {
        #[derive(Deserialize)]
        struct Line {
            epoch: u32,
        }
        let of_table = |table: &Table| {
            let (table, from) = (self.table(table.as_str()), from(of));
            format!("SELECT max(in_epoch) + 1 AS epoch FROM {table} WHERE {from} HAVING count() > 0")
        };
        let tables: Vec<String> = Table::ALL.iter().map(of_table).collect();
        let sql = format!("SELECT toUInt32(max(epoch)) AS epoch FROM ({})", tables.join(" UNION ALL "));
        let lines: Vec<Line> = self.lines(&Table::ALL.map(Table::as_str), &sql).await?;
        Ok(lines.first().map_or(0, |line| line.epoch))
    }
}

/// Excludes rows that the pending ranges may have written.
fn outside(pending: &Pending) -> String {
    let Pending { topic, partition, epoch, ranges } = pending;
    let within: Vec<String> =
        ranges.iter().map(|range| format!("in_offset BETWEEN {} AND {}", range.first, range.last)).collect();
    format!(
        "NOT (in_topic = {} AND in_partition = {partition} AND in_epoch = {epoch} AND ({}))",
        quoted(topic),
        if within.is_empty() { "0".to_owned() } else { within.join(" OR ") }
    )
}

fn list(ids: &[Uuid]) -> String {
    ids.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(",")
}

/// Selects rows that stem from one input partition.
fn from(Place { topic, partition, .. }: &Place) -> String {
    format!("in_topic = {} AND in_partition = {partition}", quoted(topic))
}

/// Reads a UUID as RowBinary has it: two numbers of 64 bits, little endian each, the more significant one first.
fn id(bytes: &[u8]) -> Option<Uuid> {
    let (high, low) = bytes.split_at_checked(8)?;
    Some(Uuid::from_u64_pair(u64::from_le_bytes(high.try_into().ok()?), u64::from_le_bytes(low.try_into().ok()?)))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

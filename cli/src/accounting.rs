//! What the raw topics hold and what became of it, counted from Kafka and ClickHouse and from nothing else.

use std::collections::BTreeMap;

use anyhow::Result;
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::admin::{Offsets, offsets};
use hearken_schemas::topics;
use serde::Deserialize;

use crate::store::{Store, quoted};

/// Offsets of every partition of the raw topics.
#[derive(Debug, Clone)]
pub(crate) struct Raw(pub(crate) Vec<Offsets>);

impl Raw {
    /// Asks Kafka.
    pub(crate) async fn read(kafka: &Connection) -> Result<Self> {
        let kafka = kafka.clone();
        let parts = tokio::task::spawn_blocking(move || {
            let parts = topics::RAW.iter().map(|topic| offsets(&kafka, None, topic));
            parts.collect::<Result<Vec<_>>>()
        });
        Ok(Self(parts.await??.into_iter().flatten().collect()))
    }

    /// Returns the offsets that came after `before`, as ranges of the same partitions.
    pub(crate) fn since(mut self, before: &Self) -> Self {
        for part in &mut self.0 {
            let same = |other: &&Offsets| other.topic == part.topic && other.partition == part.partition;
            part.start = before.0.iter().find(same).map_or(part.start, |other| other.end);
        }
        self
    }

    /// Returns how many records there are.
    pub(crate) fn count(&self) -> i64 {
        self.0.iter().map(|part| part.end - part.start).sum()
    }

    /// Returns the SQL condition that holds for the coordinates of these records.
    pub(crate) fn condition(&self) -> String {
        let parts = self.0.iter().filter(|part| part.end > part.start).map(|part| {
            let Offsets { topic, partition, start, end, .. } = part;
            format!(
                "(src_topic = {} AND src_partition = {partition} AND src_offset >= {start} AND src_offset < {end})",
                quoted(topic)
            )
        });
        let all: Vec<String> = parts.collect();
        if all.is_empty() { "0".to_owned() } else { format!("({})", all.join(" OR ")) }
    }
}

/// How many raw records ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Outcomes {
    /// As a row of `feedback`, `orders`, `visits` or `customers`.
    pub(crate) rows: i64,
    /// As a dead letter.
    pub(crate) dead_letters: i64,
    /// As a repeat, a stale edit, or erased.
    pub(crate) duplicates: i64,
}

impl Outcomes {
    /// Counts the outcomes of these records.
    pub(crate) async fn read(store: &Store, raw: &Raw) -> Result<Self> {
        #[derive(Deserialize)]
        struct Row {
            outcome: String,
            n: i64,
        }
        let sql = format!(
            "SELECT outcome, toInt64(uniqExact(src_topic, src_partition, src_offset)) AS n FROM v_outcome WHERE {} GROUP BY outcome",
            raw.condition()
        );
        let mut by_outcome: BTreeMap<String, i64> =
            store.rows::<Row>(&sql).await?.into_iter().map(|row| (row.outcome, row.n)).collect();
        Ok(Self {
            rows: by_outcome.remove("row").unwrap_or_default(),
            dead_letters: by_outcome.remove("dead_letter").unwrap_or_default(),
            duplicates: by_outcome.into_values().sum(),
        })
    }

    /// Returns how many records have an outcome.
    pub(crate) fn count(&self) -> i64 {
        self.rows + self.dead_letters + self.duplicates
    }
}

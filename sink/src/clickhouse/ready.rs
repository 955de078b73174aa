//! Looking at the servers before the first record is read.

use std::time::Duration;

use anyhow::{Context, Result};
use hearken_runtime::clickhouse::{self, code};

use super::ClickHouse;
use super::shard::Shard;

/// `NO_SUCH_COLUMN_IN_TABLE`, `UNKNOWN_IDENTIFIER`, `UNKNOWN_TABLE` and `UNKNOWN_DATABASE`.
const MISSING: [u32; 4] = [16, 47, 60, 81];

/// `BAD_ARGUMENTS`: a table is asked to catch up that is no replica.
const NOT_REPLICATED: u32 = 36;

impl ClickHouse {
    /// Waits until of every shard a server answers and the tables are there, and each is the shard that it was.
    ///
    /// # Errors
    /// Where that is not so within `wait`, a server refuses the user, is too old, or lacks a table or a column.
    pub async fn ready(&self, wait: Duration) -> Result<()> {
        for shard in self.shards.iter() {
            let ready = shard.ready(wait).await;
            match self.shards.len() {
                1 => ready?,
                shards => ready.with_context(|| format!("shard {} of {shards}", shard.number + 1))?,
            }
        }
        self.placements().await
    }
}

impl Shard {
    /// Waits for the first replica that has its tables; the others may come later.
    async fn ready(&self, wait: Duration) -> Result<()> {
        let first = self.replica().0;
        loop {
            let (at, replica) = self.replica();
            match replica.ready(wait, || self.tables_are_there(replica)).await {
                Err(error) if self.has_replicas() => {
                    tracing::warn!(shard = self.number, error = format!("{error:#}"), "a replica is not ready");
                    self.turn_from(at);
                    if self.replica().0 == first {
                        return Err(error);
                    }
                }
                answer => return answer,
            }
        }
    }

    /// Looks whether every table is there and takes its block.
    async fn tables_are_there(&self, replica: &clickhouse::ClickHouse) -> Result<()> {
        self.look(replica).await?;
        for (table, columns) in crate::block::tables() {
            let name = self.table(table.as_str());
            let names: Vec<String> = columns.iter().map(|column| format!("`{column}`")).collect();
            let selected = replica.try_lines(&format!("SELECT {} FROM {name} WHERE 0", names.join(", ")), &[]).await;
            let Err(error) = selected.map(drop) else { continue };
            let missing = code(&format!("{error:#}")).is_some_and(|code| MISSING.contains(&code));
            let hint =
                || format!("table {name} is missing or lacks a column; `hearken migrate` makes it or says what to do");
            return Err(if missing { error.context(hint()) } else { error });
        }
        let caught_up = self.catch_up(replica, &["states"]).await;
        caught_up.map_err(|error| match code(&format!("{error:#}")) {
            Some(NOT_REPLICATED) => error.context(
                "clickhouse.shards names several replicas of a shard, and the tables there are not replicated; \
                 `hearken migrate --cluster` makes them so",
            ),
            Some(_) | None => error,
        })
    }
}

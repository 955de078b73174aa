//! Inserts that may be repeated.

use std::time::Duration;

use anyhow::anyhow;
use bytes::Bytes;
use hearken_runtime::failpoint;

use super::{BACKOFF, ClickHouse, jitter};
use crate::block::Block;
use crate::protocol::Refusal;
use crate::retry::{Verdict, classify, named};

/// A block goes out in pieces of this size, so that a slow server slows the sender and not its memory.
const PIECE_BYTES: usize = 1 << 20;

impl ClickHouse {
    /// Inserts a block, repeating it under its token while the answer says that it may pass.
    ///
    /// # Errors
    /// `Undecodable` where a row of it is to blame and nothing was written; `Failed` where it will not pass, or did not
    /// within the bounded tries.
    pub async fn insert(&self, block: &Block, token: &str) -> Result<(), Refusal> {
        let bytes = Bytes::from(block.bytes.clone());
        let (table, rows) = (block.table.as_str(), block.rows);
        let mut failed = 0;
        loop {
            let Err(error) = self.try_insert(block, bytes.clone(), token).await else {
                self.answers.good();
                return Ok(());
            };
            failed += 1;
            let message = error.to_string();
            let wait = match classify(&message) {
                Verdict::Undecodable => return Err(Refusal::Undecodable(named(&message))),
                Verdict::Stop => None,
                Verdict::Again => BACKOFF.wait_ms(failed, jitter()),
            };
            let Some(wait_ms) = wait else {
                let inserting = format!("inserting {rows} rows into {table}, tried {failed} times");
                return Err(Refusal::Failed(anyhow!(message).context(inserting)));
            };
            self.answers.again();
            tracing::warn!(table, rows, failed, wait_ms, error = message, "insert again");
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        }
    }

    async fn try_insert(&self, block: &Block, bytes: Bytes, token: &str) -> ::clickhouse::error::Result<()> {
        let columns: Vec<String> = block.columns.iter().map(|name| format!("`{name}`")).collect();
        let sql = format!("INSERT INTO {} ({}) FORMAT ArrowStream", block.table.as_str(), columns.join(", "));
        let mut insert = self
            .client
            .insert_formatted_with(sql)
            .with_timeouts(Some(self.request), Some(self.request))
            .with_setting("async_insert", "0")
            .with_setting("wait_for_async_insert", "1")
            .with_setting("insert_deduplicate", "1")
            .with_setting("deduplicate_blocks_in_dependent_materialized_views", "1")
            .with_setting("max_partitions_per_insert_block", "0");
        if !failpoint::armed("sink.no_token") {
            insert = insert.with_setting("insert_deduplication_token", token);
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            insert.send(rest.split_to(rest.len().min(PIECE_BYTES))).await?;
            failpoint::reach("sink.mid_body");
        }
        insert.end().await
    }
}

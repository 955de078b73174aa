//! Inserts that may be repeated.

use std::time::Duration;

use anyhow::anyhow;
use bytes::Bytes;

use super::{ClickHouse, Verdict, classify, jitter, verdict};
use crate::failpoint;
use crate::tls::causes;

/// A block goes out in pieces of this size, so that a slow server slows the sender and not its memory.
const PIECE_BYTES: usize = 1 << 20;

/// One block of rows for one table.
#[derive(Debug, Clone, Copy)]
pub struct Insert<'a> {
    /// The table.
    pub table: &'a str,
    /// Its columns, in the block's order; none where the format names them.
    pub columns: &'a [&'a str],
    /// ClickHouse's name of the format.
    pub format: &'static str,
    /// How many rows it is, for who reads the log.
    pub rows: usize,
    /// What makes a repeat of the block the same insert.
    pub token: &'a str,
}

/// Why a block was not written.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A row of it cannot be read; nothing was written. The code and its name, without any value of the row.
    #[error("ClickHouse cannot read a row: {0}")]
    Undecodable(String),
    /// It will not pass, or did not within the bounded tries.
    #[error("{0:#}")]
    Failed(anyhow::Error),
}

impl ClickHouse {
    /// Inserts a block, repeating it under its token while the answer says that it may pass.
    ///
    /// # Errors
    /// `Undecodable` where a row of it is to blame and nothing was written; `Failed` where it will not pass, or did not
    /// within the bounded tries.
    pub async fn insert(&self, insert: &Insert<'_>, bytes: &Bytes) -> Result<(), Refusal> {
        let Insert { table, rows, .. } = *insert;
        let mut failed = 0;
        loop {
            let Err(error) = self.try_insert(insert, bytes.clone()).await else {
                self.answers.good();
                return Ok(());
            };
            failed += 1;
            let whole = causes(&error);
            let message = verdict::told(&whole);
            let wait = match classify(&message) {
                Verdict::Undecodable => return Err(Refusal::Undecodable(verdict::named(&whole))),
                Verdict::Stop => None,
                Verdict::Again => self.backoff.wait_ms(failed, jitter()),
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

    async fn try_insert(&self, insert: &Insert<'_>, mut rest: Bytes) -> ::clickhouse::error::Result<()> {
        let names: Vec<String> = insert.columns.iter().map(|name| format!("`{name}`")).collect();
        let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        let mut sent = self
            .client
            .insert_formatted_with(format!("INSERT INTO {}{names} FORMAT {}", insert.table, insert.format))
            .with_timeouts(Some(self.request), Some(self.request))
            .with_setting("async_insert", "0")
            .with_setting("wait_for_async_insert", "1")
            .with_setting("insert_deduplicate", "1")
            .with_setting("deduplicate_blocks_in_dependent_materialized_views", "1")
            .with_setting("max_partitions_per_insert_block", "0");
        if !failpoint::armed("insert.no_token") {
            sent = sent.with_setting("insert_deduplication_token", insert.token);
        }
        while !rest.is_empty() {
            sent.send(rest.split_to(rest.len().min(PIECE_BYTES))).await?;
            failpoint::reach("insert.mid_body");
        }
        sent.end().await
    }
}

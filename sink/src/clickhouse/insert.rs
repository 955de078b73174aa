//! One block, one insert.

use bytes::Bytes;
use hearken_runtime::clickhouse::{self, Insert};

use super::ClickHouse;
use crate::block::Block;
use crate::protocol::Refusal;

impl ClickHouse {
    /// Inserts a block into the only shard, repeating it under its token while the answer says that it may pass.
    ///
    /// # Errors
    /// `Undecodable` where a row of it is to blame and nothing was written; `Failed` where it will not pass, or did not
    /// within the bounded tries.
    pub async fn insert(&self, block: &Block, token: &str) -> Result<(), Refusal> {
        self.insert_into(0, block, token).await
    }

    /// Inserts a block into a shard, likewise.
    ///
    /// # Errors
    /// As [`ClickHouse::insert`].
    pub async fn insert_into(&self, shard: usize, block: &Block, token: &str) -> Result<(), Refusal> {
        let shard = &self.shards[shard];
        let columns: Vec<&str> = block.columns.iter().map(AsRef::as_ref).collect();
        let (table, rows) = (shard.table(block.table.as_str()), block.rows);
        let insert = Insert { table: &table, columns: &columns, format: "ArrowStream", rows, token };
        shard.insert(&insert, &Bytes::from(block.bytes.clone())).await.map_err(|refusal| match refusal {
            clickhouse::Refusal::Undecodable(why) => Refusal::Undecodable(why),
            clickhouse::Refusal::Failed(error) => Refusal::Failed(error),
        })
    }
}

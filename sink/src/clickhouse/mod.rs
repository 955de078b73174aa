//! What the sink asks of ClickHouse: inserts of whole blocks, and the look-ups a judgement needs.
//!
//! There is one shard or there are several, each with one server or several replicas (`shard`). Every row has its shard
//! (`crate::shard`), an insert goes there and a look-up asks there; what is told of a whole input is asked of all.

mod insert;
mod known;
mod placement;
mod ready;
mod settings;
mod shard;

use std::sync::Arc;

use anyhow::Result;
use hearken_runtime::clickhouse::{self, ClickHouseSettings};
use prometheus::Registry;

pub use self::settings::shards;
use self::shard::Shard;

/// The sink's ClickHouse.
#[derive(Clone)]
pub struct ClickHouse {
    shards: Arc<[Shard]>,
}

impl ClickHouse {
    /// Speaks to this server, which has all rows.
    pub fn new(server: clickhouse::ClickHouse) -> Self {
        Self { shards: Arc::new([Shard::new(0, vec![server])]) }
    }

    /// Speaks to these shards, each a list of its replicas' URLs; to the one server of the settings where there are none.
    pub fn connect(settings: &ClickHouseSettings, shards: &[Vec<String>]) -> Self {
        let first = clickhouse::ClickHouse::new(settings);
        if shards.is_empty() {
            return Self::new(first);
        }
        let server = |url: &String| first.beside(&ClickHouseSettings { url: url.clone(), ..settings.clone() });
        let shard = |(number, urls): (usize, &Vec<String>)| Shard::new(number, urls.iter().map(server).collect());
        Self { shards: shards.iter().enumerate().map(shard).collect() }
    }

    /// Returns how many shards there are.
    pub fn shards(&self) -> usize {
        self.shards.len()
    }

    /// Shows how the requests fare, of all servers together.
    ///
    /// # Errors
    /// Where a name is registered twice.
    pub fn show(&self, registry: &Registry) -> Result<()> {
        // They count together.
        self.shards.first().map_or(Ok(()), |shard| shard.show(registry))
    }
}

//! What the sink asks of ClickHouse: inserts of whole blocks, and the look-ups a judgement needs.

mod insert;
mod known;
mod ready;

use hearken_runtime::clickhouse;

/// The sink's ClickHouse.
#[derive(Clone)]
pub struct ClickHouse {
    server: clickhouse::ClickHouse,
}

impl ClickHouse {
    /// Speaks to this server.
    pub fn new(server: clickhouse::ClickHouse) -> Self {
        Self { server }
    }
}

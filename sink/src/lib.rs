//! Service: enriched feedback, operations and dead letters to ClickHouse rows, each record once.
//!
//! Purpose: the last hop. Layout: `table`, `row`, `content`, `versions`, `seen`, `block`, `shard`, `batch`, `intent`, and `flight`
//! are the pure core; `protocol` is the order of things over any world; `clickhouse`, `effects`,
//! `loading`, `worker` and `service` are the shell. Invariants: no insert without a committed intent; the same range gives the same block under
//! the same token; ranges in flight speak of different things; no record without an outcome.

pub mod batch;
pub mod block;
pub mod clickhouse;
pub mod content;
mod effects;
pub mod flight;
pub mod intent;
pub mod loading;
mod parse;
pub mod protocol;
pub mod row;
pub mod seen;
pub mod service;
pub mod shard;
pub mod table;
pub mod versions;
pub mod worker;

//! Service: enriched feedback, operations and dead letters to ClickHouse rows, each record once.
//!
//! Purpose: the last hop. Layout: `table`, `row`, `content`, `versions`, `block`, `batch`, `intent` and
//! `retry` are the pure core; `protocol` is the order of things over any world; `clickhouse`, `worker` and `service`
//! are the shell. Invariants: no insert without a committed intent; the same range gives the same block under the same
//! token; no record without an outcome.

pub mod batch;
pub mod block;
pub mod clickhouse;
pub mod content;
pub mod intent;
pub mod protocol;
pub mod retry;
pub mod row;
pub mod service;
pub mod table;
pub mod versions;
pub mod worker;

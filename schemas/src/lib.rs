//! The contract the services meet in.
//!
//! Purpose: types of everything that crosses a topic, the JSON Schemas producers validate against, the list of topics, and
//! the ClickHouse tables. Layout: one module per idea; `json/`, `examples/` and `clickhouse/` hold the files those modules
//! embed. Invariants: no I/O, no clock; a type, its schema, its examples and its columns agree (`tests/contract.rs`).
#![warn(clippy::expect_used)]

pub mod access;
pub mod alert;
pub mod catalog;
pub mod cluster;
pub mod dead_letter;
pub mod enrichment;
pub mod envelope;
pub mod erasure;
pub mod feedback;
pub mod id;
pub mod journey;
pub mod operation;
pub mod redact;
pub mod tables;
pub mod topics;
pub mod unquoted;

//! The independent audit: every acknowledged record has one outcome, and every rollup equals its rows.
//!
//! Purpose: an oracle that shares nothing with what it judges. It imports no crate of the project and has its own HTTP, its
//! own checksum and its own arithmetic; it runs no view's SQL, it fetches rows and counts them itself.
//!
//! Layout: `ledger` is what the channels were promised, `http` and `tables` what ClickHouse holds; `outcomes`, `states` and
//! `rollups` compare the two and are pure. What they find is named as Jepsen names it: see [`Kind`].

mod crc32;
mod finding;
mod http;
mod ledger;
mod outcomes;
mod rollups;
mod states;
mod tables;

pub use crc32::crc32;
pub use finding::{Finding, Kind};
pub use http::query;
pub use ledger::{At, Entry, Ledger};
pub use tables::{Cells, DeadLetter, Outcome, Row, State, Tables};

/// Fetches the tables of a ClickHouse, such as `http://127.0.0.1:8123`, and judges them.
///
/// # Errors
/// Where ClickHouse does not answer, or not as its tables are documented: then nothing is known.
pub fn audit(ledger: &Ledger, clickhouse_url: &str) -> Result<Vec<Finding>, String> {
    Ok(judge(ledger, &Tables::fetch(clickhouse_url)?))
}

/// Compares what was promised with what is there; nothing found means that every promise holds.
pub fn judge(ledger: &Ledger, tables: &Tables) -> Vec<Finding> {
    let mut findings = outcomes::judge(ledger, tables);
    findings.extend(states::judge(tables));
    findings.extend(rollups::judge(tables));
    findings
}

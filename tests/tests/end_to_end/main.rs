//! From a raw record to its row on real engines: what each record becomes, and that nothing a process suffers changes it.
//!
//! The tests share one cluster and take it in turns.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

mod damage;
mod intake;
mod journey;
mod kills;
mod refusals;
mod rewind;

use hearken_audit::{At, Ledger, audit};
use hearken_tests::channels::Raw;
use hearken_tests::cluster::Cluster;

/// Sends one record and returns where it is.
fn put(cluster: &Cluster, raw: &Raw) -> At {
    cluster.channels.put(&raw.message, &raw.id)
}

/// Returns the condition that holds for what came of a raw record.
fn src(at: &At) -> String {
    format!("src_topic = '{}' AND src_partition = {} AND src_offset = {}", at.topic, at.partition, at.offset)
}

/// Returns the first of what the audit finds, in words.
fn first_findings(ledger: &Ledger, cluster: &Cluster) -> Vec<String> {
    let findings = audit(ledger, &cluster.url()).unwrap();
    findings.iter().take(20).map(ToString::to_string).collect()
}

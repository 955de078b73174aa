//! The pipeline under test: real engines and real services as child processes, and channels that talk to them.
//!
//! Purpose: what the end-to-end tests share. Layout: `program` finds and runs the programs; `part` is one of them that keeps
//! running and can be killed; `cluster` is all of them together; `channels` is what customers send, with what must become of
//! it; `database` is ClickHouse alone, `shards` two of them; `recorder` sends it and keeps the ledger that the audit reads; `rights` are
//! what Kafka's users may do; `proxy` stands between the parts and fails on command; `rig` is a cluster with proxies, a supervisor and
//! a proof. Invariants: every wait is bounded; ports are free ones; what a test started ends with it and leaves no file.

pub mod authority;
pub mod channels;
pub mod cluster;
pub mod database;
pub mod part;
pub mod program;
pub mod proxy;
pub mod receiver;
pub mod recorder;
pub mod rig;
pub mod rights;
pub mod shards;

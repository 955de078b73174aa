//! The one shell the services share.
//!
//! Purpose: everything about being a service that is not the service's own subject: consuming partitions, keeping order
//! and offsets, producing, dead letters, configuration, telemetry, health and shutdown. Layout: `service` is the entry;
//! `offsets`, `watch`, `breaker`, `backoff` and `outcome` are pure; `kafka/` is the only home of rdkafka, `clickhouse/` of the ClickHouse client; `stage` is the loop that ingest and
//! enrich share. Invariants: an input offset is committed only when every record before it has its outcome acknowledged;
//! no error is skipped, and none is retried for ever.

pub mod backoff;
pub mod breaker;
pub mod clickhouse;
pub mod closing;
pub mod config;
pub mod failpoint;
pub mod health;
mod healthcheck;
pub mod kafka;
pub mod metrics;
pub mod offsets;
pub mod outcome;
pub mod record;
pub mod sentinels;
pub mod service;
pub mod stage;
pub mod telemetry;
pub mod tls;
pub mod watch;

pub use rdkafka;

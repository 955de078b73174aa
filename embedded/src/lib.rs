//! The local engines: ClickHouse behind its HTTP interface, and a single-node Apache Kafka. Production needs neither.
//!
//! `hearken-clickhouse`: [`chdb`] is the engine's library behind safe types, [`data_directory`] its configuration and
//! lock, [`engine`] the running engine, [`sql`] the little that must be known of a statement before it runs, [`native`] the
//! little that must be known of a result, [`http`]
//! the interface that services, `curl` and the official clients speak, [`users`] who may read
//! what, [`clickhouse_server`] the program.
//!
//! `hearken-kafka`: [`kafka`] runs the broker as a child process. [`process`] is how any child of ours is started and
//! stopped, [`engines`] where the engines are installed.

pub mod chdb;
pub mod clickhouse_server;
pub mod data_directory;
pub mod engine;
pub mod engines;
pub mod http;
pub mod kafka;
pub mod native;
pub mod process;
pub mod sql;
pub mod users;

/// A random UUID in its text form, good enough to tell queries and databases apart.
pub(crate) fn random_uuid() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let half = |salt: u64| {
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u64(salt);
        hasher.finish()
    };
    let bits = (u128::from(half(1)) << 64) | u128::from(half(2));
    // Version 4 (random), variant 1.
    let bits = (bits & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

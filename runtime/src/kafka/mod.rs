//! The only home of rdkafka: settings, producing, consuming partitions, creating topics.

pub mod admin;
mod again;
mod connection;
pub mod consumer;
pub mod erasures;
pub mod feed;
pub mod inspect;
mod lease;
mod partitions;
mod poller;
pub mod producer;
mod refusal;
pub mod rewind;
pub mod scan;
mod trouble;

use rdkafka::ClientConfig;

pub use self::connection::{Connection, Identity, Mechanism, Sasl, Security, Tls};
use crate::config::Reader;

/// How to reach Kafka, and how much memory to spend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaSettings {
    /// The brokers, and what it takes to be let in.
    pub connection: Connection,
    /// The consumer group.
    pub group: String,
    /// A name for static membership: a restart under it takes its partitions back without a rebalance.
    pub instance_id: Option<String>,
    /// After this long without a heartbeat a member is taken for dead.
    pub session_timeout_ms: u64,
    /// How often finished offsets are committed.
    pub commit_interval_ms: u64,
    /// How long a start waits for the brokers, and a running service for a topic that is gone.
    pub wait_s: u64,
    /// Bytes of records that may be in flight inside the service.
    pub inflight_bytes_max: usize,
    /// How long a produced message or a commit may take to be acknowledged before the service stops.
    pub delivery_timeout_ms: u64,
    /// How long workers may take to finish what they hold when partitions are revoked or the service stops.
    pub drain_timeout_ms: u64,
}

impl KafkaSettings {
    /// Reads the section `kafka`.
    pub fn read(reader: &mut Reader, service: &str) -> Self {
        Self {
            connection: Connection::read(reader),
            group: reader.text_or("kafka.group", &format!("hearken-{service}")),
            instance_id: reader.optional("kafka.instance_id"),
            session_timeout_ms: reader.number("kafka.session_timeout_ms", 10_000, 1_000..=300_000),
            commit_interval_ms: reader.number("kafka.commit_interval_ms", 500, 10..=60_000),
            wait_s: reader.number("kafka.wait_s", 30, 0..=3_600),
            inflight_bytes_max: reader.number("kafka.inflight_bytes_max", 32 << 20, 8 << 20..=4 << 30) as usize,
            delivery_timeout_ms: reader.number("kafka.delivery_timeout_ms", 60_000, 1_000..=900_000),
            // The poll loop stands still while partitions drain; after a minute of silence it counts as hung.
            drain_timeout_ms: reader.number("kafka.drain_timeout_ms", 20_000, 100..=45_000),
        }
    }

    fn client(&self, client_id: &str) -> ClientConfig {
        self.connection.client(client_id)
    }
}

/// Returns a client configuration for tools that read or produce outside a service.
pub fn client(connection: &Connection) -> ClientConfig {
    connection.client("hearken")
}

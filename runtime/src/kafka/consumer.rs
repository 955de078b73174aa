//! Consuming: one poll thread, one worker task and one bounded channel a partition, back-pressure by bytes.

use std::ffi::CStr;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use rdkafka::bindings::{rd_kafka_mem_free, rd_kafka_memberid};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use tokio::sync::{mpsc, watch};

use super::KafkaSettings;
pub use super::lease::{Committer, Lost};
use super::partitions::Partitions;
use super::poller::{Poller, Signals};
use crate::health::Health;
use crate::record::Record;

/// A member that does not poll for so long leaves the group: well beyond any drain and any session.
const POLL_INTERVAL_MS_MAX: u64 = 330_000;

/// How often librdkafka says how far behind the group is.
const STATISTICS_MS: u64 = 5_000;

/// What a service does with one partition's records, from assignment to revocation.
pub trait Work: Send + Sync + 'static {
    /// Runs until the channel of records ends, then finishes what it holds and commits. An error stops the service, except
    /// [`Lost`]: then the partition has another owner, and the service goes on with the others.
    fn run(&self, partition: Assigned) -> Pin<Box<dyn Future<Output = Result<()>> + Send>>;
}

/// One partition as it was assigned.
pub struct Assigned {
    /// Topic name.
    pub topic: String,
    /// Partition number.
    pub partition: i32,
    /// The committed offset with its metadata; `None` where the group never committed.
    pub committed: Option<(i64, String)>,
    /// The records, in order; the channel ends on revocation and shutdown.
    pub records: mpsc::Receiver<Record>,
    /// Commits this partition.
    pub committer: Committer,
}

/// The consumer behind every committer.
pub struct Group {
    pub(super) consumer: BaseConsumer<Partitions>,
}

impl Group {
    /// Returns the name that the group knows this member by; empty while it has none.
    pub(super) fn member(&self) -> String {
        member(&self.consumer)
    }
}

/// Returns the name that the group knows this consumer by; empty while it has none.
pub(super) fn member(consumer: &BaseConsumer<Partitions>) -> String {
    let client = consumer.client().native_ptr();
    // SAFETY: the client lives as long as the consumer; the answer is a string of librdkafka's, or null, and is freed once.
    unsafe {
        let name = rd_kafka_memberid(client);
        if name.is_null() {
            return String::new();
        }
        let text = CStr::from_ptr(name).to_string_lossy().into_owned();
        rd_kafka_mem_free(client, name.cast());
        text
    }
}

/// Consumes `topics` until `shutdown` turns true or a worker fails.
///
/// # Errors
/// The first failure of a worker or of the group.
pub async fn consume(
    settings: &KafkaSettings,
    topics: &[&str],
    work: Arc<dyn Work>,
    health: Arc<Health>,
    shutdown: watch::Receiver<bool>,
) -> Result<()> {
    let (failures, failed) = mpsc::unbounded_channel();
    let partitions = Partitions::new(work, failures, settings, Arc::clone(&health));
    let mut config = settings.client(&settings.group);
    config
        .set("group.id", &settings.group)
        // A rebalance moves what has to move; the other partitions stay with their workers.
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // A group without offsets starts at the beginning (see `Partitions`); an offset out of range is an error.
        .set("auto.offset.reset", "error")
        .set("session.timeout.ms", settings.session_timeout_ms.to_string())
        .set("heartbeat.interval.ms", (settings.session_timeout_ms / 4).min(3_000).to_string())
        .set("max.poll.interval.ms", POLL_INTERVAL_MS_MAX.to_string())
        .set("statistics.interval.ms", STATISTICS_MS.to_string())
        .set("queued.max.messages.kbytes", "16384")
        .set("fetch.queue.backoff.ms", "20")
        .set("fetch.wait.max.ms", "100");
    if let Some(id) = &settings.instance_id {
        config.set("group.instance.id", id);
    }
    let consumer: BaseConsumer<Partitions> =
        config.create_with_context(partitions).context("kafka consumer configuration")?;
    consumer.subscribe(topics).context("subscribing")?;
    let group = Arc::new(Group { consumer });
    group.consumer.context().belong_to(&group);
    let poller = Poller::new(group, settings, topics, Signals { health, shutdown, failed });
    tokio::task::spawn_blocking(move || poller.run()).await.context("the poll thread panicked")?
}

/// Copies a message out of librdkafka's memory.
pub(super) fn own(message: &BorrowedMessage<'_>, topic: Arc<str>) -> Record {
    let headers = message.headers().map(|headers| {
        headers.iter().map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec())).collect()
    });
    Record {
        timestamp_ms: message.timestamp().to_millis().unwrap_or_default(),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers.unwrap_or_default(),
        ..Record::new(topic, message.partition(), message.offset())
    }
}

/// How long the coordinator may take to answer before the service stops.
pub(super) fn patience(settings: &KafkaSettings) -> Duration {
    Duration::from_millis(settings.delivery_timeout_ms)
}

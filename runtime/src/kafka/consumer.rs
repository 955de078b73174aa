//! Consuming: one poll thread, one worker task and one bounded channel a partition, back-pressure by bytes.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::sync::{Semaphore, mpsc, watch};

use super::KafkaSettings;
use super::coordinator::coordinated;
use super::partitions::Partitions;
use crate::health::Health;
use crate::record::Record;

/// The budget counts in units of this many bytes, so that it fits a semaphore.
const BUDGET_UNIT: usize = 256;

/// Pausing discards what librdkafka prefetched, so it waits for this much steady back-pressure.
const PAUSE_AFTER: Duration = Duration::from_secs(1);

/// How long a poll waits for a message; rebalances and health go by it.
const IDLE_POLL: Duration = Duration::from_millis(100);

/// How long a poll takes while everything is paused.
const PAUSED_POLL: Duration = Duration::from_millis(10);

/// How long workers may take to finish what they hold when partitions are revoked or the service stops.
const DRAIN: Duration = Duration::from_secs(20);

/// What a service does with one partition's records, from assignment to revocation.
pub trait Work: Send + Sync + 'static {
    /// Runs until the channel of records ends, then finishes what it holds and commits. An error stops the service.
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
    consumer: BaseConsumer<Partitions>,
}

/// Commits offsets of one partition.
#[derive(Clone)]
pub struct Committer {
    group: Weak<Group>,
    topic: String,
    partition: i32,
}

impl Committer {
    pub(super) fn new(group: &Arc<Group>, topic: &str, partition: i32) -> Self {
        Self { group: Arc::downgrade(group), topic: topic.to_owned(), partition }
    }

    /// Commits `offset` with `metadata` and waits for the coordinator's answer.
    ///
    /// # Errors
    /// Where the coordinator refuses, for one because the partition has a new owner.
    pub async fn commit(&self, offset: i64, metadata: String) -> Result<()> {
        let group = self.group.upgrade().ok_or_else(|| anyhow!("the consumer is closed"))?;
        let (topic, partition) = (self.topic.clone(), self.partition);
        let commit = move || -> Result<(), KafkaError> {
            let mut list = TopicPartitionList::new();
            list.add_partition(&topic, partition).set_metadata(metadata);
            list.set_partition_offset(&topic, partition, Offset::Offset(offset))?;
            coordinated(|| group.consumer.commit(&list, CommitMode::Sync))
        };
        let answer = tokio::task::spawn_blocking(commit).await.context("commit task")?;
        answer.with_context(|| format!("committing offset {offset} of {} partition {}", self.topic, self.partition))
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
    let partitions = Partitions::new(work, failures, DRAIN);
    let mut config = settings.client(&settings.group);
    config
        .set("group.id", &settings.group)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // A group without offsets starts at the beginning (see `Partitions`); an offset out of range is an error.
        .set("auto.offset.reset", "error")
        .set("session.timeout.ms", settings.session_timeout_ms.to_string())
        .set("heartbeat.interval.ms", (settings.session_timeout_ms / 4).min(3_000).to_string())
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
    let budget = Arc::new(Semaphore::new(settings.inflight_bytes_max / BUDGET_UNIT));
    let poller = Poller {
        group,
        budget,
        health,
        shutdown,
        failed,
        names: HashMap::new(),
        held: VecDeque::new(),
        held_since: Instant::now(),
        paused: None,
    };
    tokio::task::spawn_blocking(move || poller.run()).await.context("the poll thread panicked")?
}

struct Poller {
    group: Arc<Group>,
    budget: Arc<Semaphore>,
    health: Arc<Health>,
    shutdown: watch::Receiver<bool>,
    failed: mpsc::UnboundedReceiver<anyhow::Error>,
    names: HashMap<String, Arc<str>>,
    /// Records that found no memory or no place in their partition's channel, oldest first.
    held: VecDeque<Record>,
    held_since: Instant,
    /// The assignment that is paused, by its number.
    paused: Option<u64>,
}

impl Poller {
    fn run(mut self) -> Result<()> {
        let answer = self.poll_until_stopped();
        let partitions = self.group.consumer.context();
        self.health.assigned(0);
        partitions.drain(None);
        // A worker that failed while draining is a failure as well.
        answer.and_then(|()| self.failed.try_recv().map_or(Ok(()), Err))
    }

    fn poll_until_stopped(&mut self) -> Result<()> {
        let group = Arc::clone(&self.group);
        let partitions = group.consumer.context();
        while !*self.shutdown.borrow() {
            if let Ok(failure) = self.failed.try_recv() {
                return Err(failure);
            }
            self.health.tick();
            self.health.assigned(partitions.owned());
            self.hand_over();
            if !self.held.is_empty() && self.held_since.elapsed() < PAUSE_AFTER {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            }
            self.pause_or_resume()?;
            let assignment = partitions.assignment();
            let answer = group.consumer.poll(if self.held.is_empty() { IDLE_POLL } else { PAUSED_POLL });
            if partitions.assignment() != assignment {
                // Every partition starts again from its committed offset, and what was held comes again.
                self.held.clear();
            }
            match answer {
                Some(Ok(message)) => {
                    let topic = self.name(message.topic());
                    self.hold(own(&message, topic));
                }
                Some(Err(error)) => survive(&error)?,
                None => {}
            }
        }
        Ok(())
    }

    fn hold(&mut self, record: Record) {
        if self.held.is_empty() {
            self.held_since = Instant::now();
        }
        self.held.push_back(record);
    }

    /// Gives held records to their workers, in order, as far as there is memory and place for them.
    fn hand_over(&mut self) {
        while let Some(mut record) = self.held.pop_front() {
            if record.budget.is_none() {
                let units = record.bytes().div_ceil(BUDGET_UNIT) as u32;
                record.budget = Arc::clone(&self.budget).try_acquire_many_owned(units).ok();
            }
            let back = if record.budget.is_some() { self.group.consumer.context().route(record) } else { Some(record) };
            if let Some(record) = back {
                return self.held.push_front(record);
            }
            self.held_since = Instant::now();
        }
    }

    /// Pauses what is assigned while records are held, and only then; polling goes on, which keeps the membership alive.
    fn pause_or_resume(&mut self) -> Result<()> {
        let consumer = &self.group.consumer;
        let assignment = consumer.context().assignment();
        if self.held.is_empty() {
            if self.paused.take() == Some(assignment) {
                consumer.resume(&consumer.assignment()?)?;
            }
        } else if self.paused != Some(assignment) {
            consumer.pause(&consumer.assignment()?)?;
            self.paused = Some(assignment);
        }
        Ok(())
    }

    fn name(&mut self, topic: &str) -> Arc<str> {
        if let Some(name) = self.names.get(topic) {
            return Arc::clone(name);
        }
        let name: Arc<str> = topic.into();
        self.names.insert(topic.to_owned(), Arc::clone(&name));
        name
    }
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

/// Tells errors that librdkafka mends by itself from those that stop the service.
fn survive(error: &KafkaError) -> Result<()> {
    match error.rdkafka_error_code() {
        Some(
            RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::AllBrokersDown
            | RDKafkaErrorCode::OperationTimedOut
            | RDKafkaErrorCode::Resolve
            | RDKafkaErrorCode::NotCoordinator
            | RDKafkaErrorCode::CoordinatorLoadInProgress
            | RDKafkaErrorCode::CoordinatorNotAvailable
            | RDKafkaErrorCode::RebalanceInProgress
            | RDKafkaErrorCode::UnknownTopicOrPartition,
        ) => {
            tracing::warn!(%error, "kafka consumer");
            Ok(())
        }
        Some(_) | None => Err(anyhow!("kafka consumer: {error}")),
    }
}

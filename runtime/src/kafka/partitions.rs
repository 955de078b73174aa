//! The partitions a member owns, each with its worker task.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList, TopicPartitionListElem};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, Statistics};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::KafkaSettings;
use super::again::coordinated;
use super::consumer::{Assigned, Committer, Group, Lost, Work, member, patience};
use super::lease::Lease;
use crate::health::Health;
use crate::record::Record;

/// Records that may wait in one partition's channel.
const CHANNEL_RECORDS: usize = 4_096;

/// How long an assignment may wait for the group's offsets; the poll loop stands still meanwhile.
const ASSIGN_MAX: Duration = Duration::from_secs(45);

/// How often a drain looks whether the partitions are lost altogether.
const LOST_LOOK: Duration = Duration::from_millis(50);

/// A worker may end before its partition goes, where the coordinator tells it first; after this long nobody else took over.
const ORPHAN_MAX: Duration = Duration::from_secs(10);

type Key = (Arc<str>, i32);

/// One assignment of one partition.
struct Slot {
    /// Its number, never used again: a record that was read for one assignment is never given to another.
    number: u64,
    sender: mpsc::Sender<Record>,
    worker: JoinHandle<()>,
    lease: Arc<Lease>,
    ended: Option<Instant>,
}

/// The consumer's context: it starts a worker for every partition assigned and drains it when the partition goes.
pub(super) struct Partitions {
    slots: Mutex<HashMap<Key, Slot>>,
    work: Arc<dyn Work>,
    runtime: Handle,
    failures: mpsc::UnboundedSender<anyhow::Error>,
    drain: Duration,
    patience: Duration,
    health: Arc<Health>,
    group: Mutex<std::sync::Weak<Group>>,
    rebalances: AtomicU64,
    numbers: AtomicU64,
}

impl Partitions {
    pub(super) fn new(
        work: Arc<dyn Work>,
        failures: mpsc::UnboundedSender<anyhow::Error>,
        settings: &KafkaSettings,
        health: Arc<Health>,
    ) -> Self {
        Self {
            slots: Mutex::default(),
            work,
            runtime: Handle::current(),
            failures,
            drain: Duration::from_millis(settings.drain_timeout_ms),
            patience: patience(settings),
            health,
            group: Mutex::default(),
            rebalances: AtomicU64::new(0),
            numbers: AtomicU64::new(0),
        }
    }

    pub(super) fn belong_to(&self, group: &Arc<Group>) {
        *lock(&self.group) = Arc::downgrade(group);
    }

    /// Returns how many rebalances there were.
    pub(super) fn rebalances(&self) -> u64 {
        self.rebalances.load(Ordering::Relaxed)
    }

    pub(super) fn owned(&self) -> usize {
        lock(&self.slots).len()
    }

    /// Returns the number of a partition's assignment, where it has one now.
    pub(super) fn number(&self, record: &Record) -> Option<u64> {
        lock(&self.slots).get(&(Arc::clone(&record.topic), record.partition)).map(|slot| slot.number)
    }

    /// Hands a record to the worker of the assignment that it was read for; returns it where the channel is full, drops it
    /// where that assignment has ended (the next owner reads it again).
    pub(super) fn route(&self, number: u64, record: Record) -> Option<Record> {
        let slots = lock(&self.slots);
        let slot = slots.get(&(Arc::clone(&record.topic), record.partition)).filter(|slot| slot.number == number)?;
        match slot.sender.try_reserve() {
            Ok(place) => {
                // Noted first: the worker may commit it before this thread goes on.
                slot.lease.watched.handed_over(record.offset);
                place.send(record);
                None
            }
            Err(mpsc::error::TrySendError::Closed(())) => None,
            Err(mpsc::error::TrySendError::Full(())) => Some(record),
        }
    }

    /// Returns where each partition stands: the offset it reads next, where that is known.
    pub(super) fn positions(&self) -> Vec<(Arc<str>, i32, i64)> {
        let slots = lock(&self.slots);
        let standing = |((topic, partition), slot): (&Key, &Slot)| {
            slot.lease.watched.next().map(|next| (Arc::clone(topic), *partition, next))
        };
        slots.iter().filter_map(standing).collect()
    }

    /// Returns a partition that is ours and has had no worker for too long: it would stand still for ever.
    pub(super) fn orphan(&self) -> Option<Lost> {
        let mut slots = lock(&self.slots);
        let orphaned = |slot: &mut Slot| {
            slot.worker.is_finished() && slot.ended.get_or_insert_with(Instant::now).elapsed() > ORPHAN_MAX
        };
        let slot = slots.values_mut().find_map(|slot| orphaned(slot).then_some(slot))?;
        Some(Lost { topic: slot.lease.topic.clone(), partition: slot.lease.partition })
    }

    /// Ends the workers of these partitions (all of them where `None`). They finish what they hold, within a bound, and
    /// their last commits go out; where the partitions are `lost` already they end at once.
    pub(super) fn end(&self, partitions: Option<&TopicPartitionList>, lost: impl Fn() -> bool) {
        let mut slots = lock(&self.slots);
        let keys: Vec<Key> = match partitions {
            Some(list) => list.elements().iter().map(|element| (element.topic().into(), element.partition())).collect(),
            None => slots.keys().cloned().collect(),
        };
        let ending: Vec<Slot> = keys.iter().filter_map(|key| slots.remove(key)).collect();
        drop(slots);
        if ending.is_empty() {
            return;
        }
        // Every channel is closed before the first worker is waited for, so that they drain side by side.
        let workers: Vec<_> = ending.into_iter().map(|slot| (slot.lease, slot.worker)).collect();
        let deadline = tokio::time::Instant::now() + self.drain;
        self.runtime.block_on(async {
            for (lease, mut worker) in workers {
                let drained = loop {
                    if tokio::time::timeout_at(deadline.min(soon()), &mut worker).await.is_ok() {
                        break true;
                    }
                    if lost() || tokio::time::Instant::now() >= deadline {
                        break false;
                    }
                };
                lease.close();
                if !drained {
                    let Lease { topic, partition, .. } = &*lease;
                    tracing::warn!(topic, partition, "gave up draining; the next owner repeats what was open");
                    worker.abort();
                }
            }
        });
    }

    fn assign(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) -> Result<(), KafkaError> {
        if list.count() == 0 {
            return consumer.incremental_assign(list);
        }
        let starts = coordinated(self.patience.min(ASSIGN_MAX), || {
            consumer.committed_offsets(list.clone(), Duration::from_secs(10))
        })?;
        let Some(group) = lock(&self.group).upgrade() else { return Ok(()) };
        // A pause outlives the assignment in librdkafka; the poll loop pauses again where it has to.
        consumer.resume(list)?;
        let member = member(consumer);
        for mut element in starts.elements() {
            element.error()?;
            self.begin(&group, &member, &element);
            if element.offset().to_raw().is_none_or(|offset| offset < 0) {
                element.set_offset(Offset::Beginning)?;
            }
        }
        consumer.incremental_assign(&starts)
    }

    /// Starts the worker of a partition that was assigned.
    fn begin(&self, group: &Arc<Group>, member: &str, element: &TopicPartitionListElem<'_>) {
        let (topic, partition) = (element.topic().to_owned(), element.partition());
        let offset = element.offset().to_raw().filter(|offset| *offset >= 0);
        let name = format!("{topic} partition {partition}");
        let watched = self.health.metrics().sentinels.watch(name.clone(), offset);
        let lease = Arc::new(Lease::new(&topic, partition, member, watched));
        let (sender, records) = mpsc::channel(CHANNEL_RECORDS);
        let assigned = Assigned {
            topic: topic.clone(),
            partition,
            committed: offset.map(|offset| (offset, element.metadata().to_owned())),
            records,
            committer: Committer::new(group, &lease, self.patience),
        };
        tracing::info!(topic, partition, offset, "assigned");
        let (work, failures) = (Arc::clone(&self.work), self.failures.clone());
        let worker = self.runtime.spawn(async move {
            let Err(error) = work.run(assigned).await else { return };
            if error.chain().any(|cause| cause.is::<Lost>()) {
                tracing::warn!(at = name, error = format!("{error:#}"), "the worker ends");
            } else {
                let _ = failures.send(error.context(name));
            }
        });
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let slot = Slot { number, sender, worker, lease, ended: None };
        if let Some(former) = lock(&self.slots).insert((topic.into(), partition), slot) {
            // librdkafka revokes before it assigns; should it not, the former life ends here.
            former.lease.close();
            former.worker.abort();
        }
    }

    fn revoke(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) -> Result<(), KafkaError> {
        let lost = || consumer.assignment_lost();
        tracing::info!(partitions = list.count(), lost = lost(), "revoked");
        self.end(Some(list), lost);
        consumer.incremental_unassign(list)
    }
}

fn soon() -> tokio::time::Instant {
    tokio::time::Instant::now() + LOST_LOOK
}

impl ClientContext for Partitions {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(%error, reason, "kafka consumer");
    }

    /// Sums up what is left to do on the partitions that are ours; where nothing was ever committed that is everything.
    fn stats(&self, statistics: Statistics) {
        let slots = lock(&self.slots);
        let lag = slots.keys().filter_map(|(topic, partition)| {
            let of = statistics.topics.get(&**topic)?.partitions.get(partition)?;
            Some(if of.consumer_lag < 0 { (of.hi_offset - of.lo_offset.max(0)).max(0) } else { of.consumer_lag })
        });
        self.health.metrics().lag.set(lag.sum());
    }
}

impl ConsumerContext for Partitions {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, event: RDKafkaRespErr, list: &mut TopicPartitionList) {
        self.rebalances.fetch_add(1, Ordering::Relaxed);
        let answer = if event == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            self.assign(consumer, list)
        } else {
            self.revoke(consumer, list)
        };
        if let Err(error) = answer {
            let _ = self.failures.send(anyhow::anyhow!("kafka group: {error}"));
        }
    }
}

/// A lock is only poisoned where a worker panicked; the map itself is sound then.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

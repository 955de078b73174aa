//! The partitions a member owns, each with its worker task.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaRespErr;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::consumer::{Assigned, Committer, Group, Work};
use super::coordinator::coordinated;
use crate::record::Record;

/// Records that may wait in one partition's channel.
const CHANNEL_RECORDS: usize = 4_096;

struct Slot {
    sender: mpsc::Sender<Record>,
    worker: JoinHandle<()>,
}

/// The consumer's context: it starts a worker for every partition assigned and drains it when the partition goes.
pub(super) struct Partitions {
    slots: Mutex<HashMap<(String, i32), Slot>>,
    work: Arc<dyn Work>,
    runtime: Handle,
    failures: mpsc::UnboundedSender<anyhow::Error>,
    drain: Duration,
    group: Mutex<std::sync::Weak<Group>>,
    assignment: AtomicU64,
}

impl Partitions {
    pub(super) fn new(work: Arc<dyn Work>, failures: mpsc::UnboundedSender<anyhow::Error>, drain: Duration) -> Self {
        let (slots, group, assignment) = (Mutex::default(), Mutex::default(), AtomicU64::new(0));
        Self { slots, work, runtime: Handle::current(), failures, drain, group, assignment }
    }

    pub(super) fn belong_to(&self, group: &Arc<Group>) {
        *lock(&self.group) = Arc::downgrade(group);
    }

    /// Returns the number of the assignment; it rises with every rebalance.
    pub(super) fn assignment(&self) -> u64 {
        self.assignment.load(Ordering::Relaxed)
    }

    pub(super) fn owned(&self) -> usize {
        lock(&self.slots).len()
    }

    /// Hands a record to its partition's worker; returns it where the channel is full, drops it where the partition is
    /// no longer owned (its next owner reads it again).
    pub(super) fn route(&self, record: Record) -> Option<Record> {
        let slots = lock(&self.slots);
        let slot = slots.get(&(record.topic.to_string(), record.partition))?;
        match slot.sender.try_send(record) {
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => None,
            Err(mpsc::error::TrySendError::Full(record)) => Some(record),
        }
    }

    /// Ends the workers of these partitions (all of them where `None`): they finish what they hold, within a bound.
    pub(super) fn drain(&self, partitions: Option<&TopicPartitionList>) {
        let mut slots = lock(&self.slots);
        let keys: Vec<(String, i32)> = match partitions {
            Some(list) => {
                list.elements().iter().map(|element| (element.topic().to_owned(), element.partition())).collect()
            }
            None => slots.keys().cloned().collect(),
        };
        let ending: Vec<_> = keys.into_iter().filter_map(|key| slots.remove(&key).map(|slot| (key, slot))).collect();
        drop(slots);
        // Every channel is closed before the first worker is waited for, so that they drain side by side.
        let workers: Vec<_> = ending.into_iter().map(|(key, slot)| (key, slot.worker)).collect();
        let deadline = tokio::time::Instant::now() + self.drain;
        self.runtime.block_on(async {
            for ((topic, partition), mut worker) in workers {
                if tokio::time::timeout_at(deadline, &mut worker).await.is_err() {
                    tracing::warn!(topic, partition, "gave up draining; the next owner repeats what was open");
                    worker.abort();
                }
            }
        });
    }

    fn assign(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) -> Result<(), KafkaError> {
        let starts = committed(consumer, list)?;
        let Some(group) = lock(&self.group).upgrade() else { return Ok(()) };
        for mut element in starts.elements() {
            element.error()?;
            let (topic, partition) = (element.topic().to_owned(), element.partition());
            let offset = element.offset().to_raw().filter(|offset| *offset >= 0);
            let (sender, records) = mpsc::channel(CHANNEL_RECORDS);
            let assigned = Assigned {
                topic: topic.clone(),
                partition,
                committed: offset.map(|offset| (offset, element.metadata().to_owned())),
                records,
                committer: Committer::new(&group, &topic, partition),
            };
            if offset.is_none() {
                element.set_offset(Offset::Beginning)?;
            }
            tracing::info!(topic, partition, offset, "assigned");
            let (work, failures) = (Arc::clone(&self.work), self.failures.clone());
            let worker = self.runtime.spawn(async move {
                if let Err(error) = work.run(assigned).await {
                    let _ = failures.send(error.context(format!("{topic} partition {partition}")));
                }
            });
            let key = (element.topic().to_owned(), partition);
            lock(&self.slots).insert(key, Slot { sender, worker });
        }
        consumer.assign(&starts)
    }

    fn fail(&self, error: &KafkaError) {
        let _ = self.failures.send(anyhow::anyhow!("kafka group: {error}"));
    }
}

fn committed(consumer: &BaseConsumer<Partitions>, list: &TopicPartitionList) -> Result<TopicPartitionList, KafkaError> {
    coordinated(|| consumer.committed_offsets(list.clone(), Duration::from_secs(10)))
}

impl ClientContext for Partitions {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(%error, reason, "kafka consumer");
    }
}

impl ConsumerContext for Partitions {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, event: RDKafkaRespErr, list: &mut TopicPartitionList) {
        self.assignment.fetch_add(1, Ordering::Relaxed);
        let answer = if event == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            self.assign(consumer, list)
        } else {
            tracing::info!(partitions = list.count(), "revoked");
            self.drain(Some(list));
            consumer.unassign()
        };
        if let Err(error) = answer {
            self.fail(&error);
        }
    }
}

/// A lock is only poisoned where a worker panicked; the map itself is sound then.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

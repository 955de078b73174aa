//! The poll thread: takes records from librdkafka, gives them to their workers, and judges what goes wrong.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use rdkafka::Message as _;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use tokio::sync::{Semaphore, mpsc, watch};

use super::KafkaSettings;
use super::consumer::{Group, own};
use super::trouble::{Trouble, judge};
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

/// How long a broker may take to answer a question about a topic.
const REQUEST: Duration = Duration::from_secs(5);

/// What the poll thread listens to, and whom it tells that it lives.
pub(super) struct Signals {
    pub(super) health: Arc<Health>,
    pub(super) shutdown: watch::Receiver<bool>,
    pub(super) failed: mpsc::UnboundedReceiver<anyhow::Error>,
}

pub(super) struct Poller {
    group: Arc<Group>,
    /// The group's name, and this member's where it is a static one, for messages.
    names: (String, Option<String>),
    topics: Vec<Arc<str>>,
    signals: Signals,
    budget: Arc<Semaphore>,
    interned: HashMap<String, Arc<str>>,
    /// Records that found no memory or no place in their partition's channel, oldest first, each with the number of the
    /// assignment that it was read for.
    held: VecDeque<(u64, Record)>,
    held_since: Instant,
    /// Everything that was assigned after so many rebalances is paused.
    paused: Option<u64>,
    missing_since: Option<Instant>,
    /// How long a topic may be missing: one that is being made is there by then.
    missing_max: Duration,
    looked: Instant,
}

impl Poller {
    pub(super) fn new(group: Arc<Group>, settings: &KafkaSettings, topics: &[&str], signals: Signals) -> Self {
        Self {
            group,
            names: (settings.group.clone(), settings.instance_id.clone()),
            topics: topics.iter().map(|&topic| topic.into()).collect(),
            signals,
            budget: Arc::new(Semaphore::new(settings.inflight_bytes_max / BUDGET_UNIT)),
            interned: HashMap::new(),
            held: VecDeque::new(),
            held_since: Instant::now(),
            paused: None,
            missing_since: None,
            missing_max: Duration::from_secs(settings.wait_s),
            looked: Instant::now(),
        }
    }

    pub(super) fn run(mut self) -> Result<()> {
        let answer = self.poll_until_stopped();
        self.signals.health.assigned(0);
        let consumer = &self.group.consumer;
        consumer.context().end(None, || consumer.assignment_lost() || consumer.client().fatal_error().is_some());
        // A worker that failed while draining is a failure as well.
        answer.and_then(|()| self.signals.failed.try_recv().map_or(Ok(()), Err))
    }

    fn poll_until_stopped(&mut self) -> Result<()> {
        let group = Arc::clone(&self.group);
        while !*self.signals.shutdown.borrow() {
            if self.looked.elapsed() >= IDLE_POLL {
                self.look()?;
            }
            self.hand_over();
            if !self.held.is_empty() && self.held_since.elapsed() < PAUSE_AFTER {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            }
            self.pause_or_resume()?;
            match group.consumer.poll(if self.held.is_empty() { IDLE_POLL } else { PAUSED_POLL }) {
                Some(Ok(message)) => {
                    let topic = self.intern(message.topic());
                    self.hold(own(&message, topic));
                }
                Some(Err(error)) => self.survive(&error)?,
                None => {}
            }
        }
        Ok(())
    }

    /// Looks after everything that is not a record; not for each of them.
    fn look(&mut self) -> Result<()> {
        self.looked = Instant::now();
        if let Ok(failure) = self.signals.failed.try_recv() {
            return Err(failure);
        }
        let partitions = self.group.consumer.context();
        if let Some(orphan) = partitions.orphan() {
            bail!("the worker of {} partition {} ended, and no other took over", orphan.topic, orphan.partition);
        }
        self.signals.health.tick();
        self.signals.health.assigned(partitions.owned());
        if !self.group.member().is_empty() {
            self.signals.health.joined();
        }
        self.look_for_topics()
    }

    /// Takes a record for the assignment that its partition has now; a rebalance runs inside a poll, so it is the one that
    /// the record was read for.
    fn hold(&mut self, record: Record) {
        let Some(number) = self.group.consumer.context().number(&record) else { return };
        if self.held.is_empty() {
            self.held_since = Instant::now();
        }
        self.held.push_back((number, record));
    }

    /// Gives held records to their workers, in order, as far as there is memory and place for them.
    fn hand_over(&mut self) {
        while let Some((number, mut record)) = self.held.pop_front() {
            let partitions = self.group.consumer.context();
            if record.budget.is_none() {
                let units = record.bytes().div_ceil(BUDGET_UNIT) as u32;
                record.budget = Arc::clone(&self.budget).try_acquire_many_owned(units).ok();
            }
            let back = match record.budget {
                Some(_) => partitions.route(number, record),
                None if partitions.number(&record) == Some(number) => Some(record),
                // Its assignment has ended: the next owner reads it again.
                None => None,
            };
            if let Some(record) = back {
                return self.held.push_front((number, record));
            }
            self.held_since = Instant::now();
        }
    }

    /// Pauses what is assigned while records are held, and only then; polling goes on, which keeps the membership alive.
    /// What a rebalance added meanwhile is paused as well.
    fn pause_or_resume(&mut self) -> Result<()> {
        let consumer = &self.group.consumer;
        let rebalances = consumer.context().rebalances();
        if self.held.is_empty() {
            if self.paused.take().is_some() {
                consumer.resume(&consumer.assignment()?)?;
            }
        } else if self.paused != Some(rebalances) {
            consumer.pause(&consumer.assignment()?)?;
            self.paused = Some(rebalances);
        }
        Ok(())
    }

    fn intern(&mut self, topic: &str) -> Arc<str> {
        if let Some(name) = self.interned.get(topic) {
            return Arc::clone(name);
        }
        let name: Arc<str> = topic.into();
        self.interned.insert(topic.to_owned(), Arc::clone(&name));
        name
    }

    /// Tells errors that librdkafka mends by itself from those that stop the service.
    fn survive(&mut self, error: &KafkaError) -> Result<()> {
        let (group, instance) = (&self.names.0, self.names.1.as_deref().unwrap_or_default());
        match judge(error) {
            Trouble::Passes => {}
            Trouble::TopicMissing => {
                self.missing_since.get_or_insert_with(Instant::now);
            }
            Trouble::OutOfRange => return Err(self.out_of_range()),
            Trouble::Fatal => {
                let reason = self.group.consumer.client().fatal_error().map(|(_, reason)| reason).unwrap_or_default();
                bail!(
                    "the group {group} shut this member out: {reason}; where another process runs under \
                     kafka.instance_id {instance:?}, give each its own; else it was away for longer than \
                     kafka.session_timeout_ms and only has to start again"
                );
            }
            Trouble::OtherProtocol => bail!(
                "the other members of the group {group} divide partitions in another way; stop those that run an older \
                 version, or are no Hearken service at all, then start this one"
            ),
            Trouble::Forbidden => bail!(
                "Kafka does not let this user read ({error}): it needs Read on the group {group} and on {} (docs/security.md)",
                self.topics.join(", ")
            ),
            Trouble::Stops => bail!("kafka consumer: {error}"),
        }
        tracing::warn!(%error, "kafka consumer");
        Ok(())
    }

    /// Names the partitions whose next offset is not on the broker.
    fn out_of_range(&self) -> anyhow::Error {
        let (consumer, group) = (&self.group.consumer, &self.names.0);
        let outside = |(topic, partition, next): (Arc<str>, i32, i64)| {
            let (low, high) = consumer.fetch_watermarks(&topic, partition, REQUEST).ok()?;
            let text = format!("offset {next} of {topic} partition {partition} is not there (it has {low} to {high})");
            (next < low || next > high).then_some((text, topic))
        };
        let Some((text, topic)) = consumer.context().positions().into_iter().find_map(outside) else {
            return anyhow!("the group {group} stands at an offset that is not on the broker");
        };
        anyhow!(
            "{text}: records were removed before the group {group} read them, or the topic was made again. When you know \
             why: `hearken rewind --group {group} --topic {topic} --to earliest`"
        )
    }

    /// Stops where a topic has been missing for too long; librdkafka says so once and then waits for ever.
    fn look_for_topics(&mut self) -> Result<()> {
        if self.missing_since.is_none_or(|since| since.elapsed() < self.missing_max) {
            return Ok(());
        }
        self.missing_since = None;
        for topic in &self.topics {
            let Ok(metadata) = self.group.consumer.fetch_metadata(Some(topic), REQUEST) else {
                // Nobody answers: that is another trouble, and this question is asked again after it.
                self.missing_since = Some(Instant::now());
                return Ok(());
            };
            if metadata.topics().iter().all(|topic| topic.partitions().is_empty()) {
                bail!(
                    "topic {topic} has not been there for {} s; was it deleted? `hearken topics create` makes it, empty",
                    self.missing_max.as_secs()
                );
            }
        }
        Ok(())
    }
}

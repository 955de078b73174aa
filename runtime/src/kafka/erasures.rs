//! Following `feedback.erasures.v1`: read to its end before the first record, then beside the work, without a group.
//!
//! A service judges by a list only while it has been confirmed within [`LEASE`] that the topic has nothing newer. So whoever
//! publishes an erasure and waits for longer than that knows that everything judged from then on was judged by it, in whatever
//! process, and needs to ask none of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use hearken_schemas::erasure::{Erasure, Erasures};
use hearken_schemas::topics::ERASURES;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::sync::watch;

use super::KafkaSettings;
use super::admin::offsets;
use super::consumer::{own, patience};
use super::scan::scan_parts;
use crate::record::Record;

/// How long a list is judged by after it was confirmed to be the newest.
pub const LEASE: Duration = Duration::from_secs(3);

/// How often that is asked.
const ASK: Duration = Duration::from_millis(250);

/// How long the broker may take to say where the topic ends.
const REQUEST: Duration = Duration::from_secs(2);

/// The list as it is known now.
#[derive(Debug, Clone)]
struct Known {
    list: Arc<Erasures>,
    /// When the topic was asked last and had nothing newer.
    confirmed: Instant,
    /// Why it can be followed no more.
    broken: Option<String>,
}

/// Follows the topic while it lives; cheap to clone.
#[derive(Debug, Clone)]
pub struct Follower {
    known: watch::Receiver<Known>,
    patience: Duration,
}

impl Follower {
    /// Reads the topic to its end and begins to follow it.
    ///
    /// # Errors
    /// Where the topic does not exist, does not answer, or holds a record that is no erasure: who cannot read whom to forget must
    /// not begin.
    pub async fn start(settings: &KafkaSettings) -> Result<Self> {
        let of = settings.clone();
        let (consumer, list, confirmed) = tokio::task::spawn_blocking(move || begin(&of)).await??;
        let (to, known) = watch::channel(Known { list: Arc::new(list), confirmed, broken: None });
        tokio::task::spawn_blocking(move || follow(&consumer, &to));
        Ok(Self { known, patience: patience(settings) })
    }

    /// Returns a list that was confirmed within the lease and reaches at least to `until`; immediately as a rule.
    ///
    /// # Errors
    /// Where it cannot be confirmed within the bound of a delivery, or the topic was made again.
    pub async fn newest(&self, until: i64) -> Result<Arc<Erasures>> {
        let mut known = self.known.clone();
        let good =
            |known: &Known| known.broken.is_some() || (known.confirmed.elapsed() < LEASE && known.list.end() >= until);
        let found = tokio::time::timeout(self.patience, known.wait_for(good)).await;
        let found = found.with_context(|| {
            format!(
                "topic {ERASURES} could not be confirmed to have nothing new, or to reach offset {until}, within {} s; does Kafka \
                 answer, and was the topic made again?",
                self.patience.as_secs()
            )
        })?;
        let found = found.context("the list of erasures is followed no more")?;
        match &found.broken {
            Some(why) => bail!("the list of erasures cannot be followed: {why}"),
            None => Ok(Arc::clone(&found.list)),
        }
    }
}

/// Reads what is there, and returns who reads on from there.
fn begin(settings: &KafkaSettings) -> Result<(BaseConsumer, Erasures, Instant)> {
    let asked = Instant::now();
    let parts = offsets(&settings.connection, None, ERASURES)?;
    ensure!(parts.len() == 1, "topic {ERASURES} has {} partitions, the contract says 1", parts.len());
    let mut list = Erasures::default();
    scan_parts(&settings.connection, ERASURES, &parts, |record| add(&mut list, &record))?;
    list.reach(parts[0].end);
    let consumer: BaseConsumer = settings
        .client("hearken-erasures")
        .set("group.id", "hearken-erasures")
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "error")
        .set("fetch.wait.max.ms", "100")
        .create()
        .context("kafka client configuration")?;
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(ERASURES, 0, Offset::Offset(list.end()))?;
    consumer.assign(&from)?;
    Ok((consumer, list, asked))
}

/// Follows until nobody listens any more.
fn follow(consumer: &BaseConsumer, to: &watch::Sender<Known>) {
    while !to.is_closed() {
        let asked = Instant::now();
        match step(consumer, to, asked) {
            Ok(()) => {}
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "erasures cannot be followed");
                to.send_modify(|known| known.broken = Some(format!("{error:#}")));
                return;
            }
        }
    }
}

/// Takes the next erasure, or asks whether there is none.
fn step(consumer: &BaseConsumer, to: &watch::Sender<Known>, asked: Instant) -> Result<()> {
    match consumer.poll(ASK) {
        Some(Ok(message)) => {
            let record = own(&message, ERASURES.into());
            let mut list = Erasures::clone(&to.borrow().list);
            add(&mut list, &record)?;
            tracing::info!(record.offset, "an erasure");
            to.send_modify(|known| known.list = Arc::new(list));
        }
        // It says that a broker is away, and passes with it: until then nothing is confirmed.
        Some(Err(error)) => tracing::warn!(%error, "following erasures"),
        None => {
            let Ok((_, end)) = consumer.fetch_watermarks(ERASURES, 0, REQUEST) else { return Ok(()) };
            let known = to.borrow().list.end();
            ensure!(end >= known, "topic {ERASURES} ends at {end} and had reached {known}: it was made again");
            if end == known {
                to.send_modify(|known| known.confirmed = asked);
            }
        }
    }
    Ok(())
}

fn add(list: &mut Erasures, record: &Record) -> Result<()> {
    let value = record.value.as_deref().unwrap_or_default();
    let erasure: Erasure = serde_json::from_slice(value)
        .with_context(|| format!("the record at offset {} of {ERASURES} is no erasure", record.offset))?;
    list.add(record.offset, &erasure);
    Ok(())
}

#[cfg(test)]
mod tests {
    use hearken_schemas::erasure::{Named, Subject};
    use jiff::Timestamp;
    use rdkafka::mocking::MockCluster;
    use uuid::Uuid;

    use super::*;
    use crate::config::Reader;
    use crate::kafka::producer::Producer;
    use crate::outcome::Message;

    fn tombstone(key: &str) -> Message {
        let erasure = Erasure { request_id: Uuid::nil(), subject: Subject::customer(key), until: Timestamp::MAX };
        let value = serde_json::to_vec(&erasure).expect("JSON");
        Message { topic: ERASURES, partition: None, key: None, value: Some(value), headers: erasure.headers(0) }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_there_counts_from_the_start_and_what_comes_is_heard() {
        let cluster = MockCluster::new(1).expect("a mock cluster");
        cluster.create_topic(ERASURES, 1, 1).expect("a topic");
        let mut reader = Reader::from_text(&format!("kafka.brokers = '{}'", cluster.bootstrap_servers()));
        let settings = KafkaSettings::read(&mut reader, "test");
        let producer = Producer::new(&settings, "test").expect("a producer");
        producer.deliver(&[tombstone("a")]).await.expect("sent");
        let follower = Follower::start(&settings).await.expect("it reads");
        let erases = |list: &Erasures, key: &str| {
            let named = Named { subjects: vec![Subject::customer(key)], at_ms: 1, only_deletes: false };
            list.erases(&named, list.end())
        };
        let first = follower.newest(0).await.expect("a list");
        assert_eq!((first.end(), erases(&first, "a"), erases(&first, "b")), (1, true, false));
        producer.deliver(&[tombstone("b")]).await.expect("sent");
        let second = follower.newest(2).await.expect("a longer list");
        assert!(erases(&second, "a") && erases(&second, "b"));
        assert!(!erases(&first, "b"), "who judges by a list keeps it");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_cannot_read_the_list_does_not_begin() {
        let cluster = MockCluster::new(1).expect("a mock cluster");
        cluster.create_topic(ERASURES, 1, 1).expect("a topic");
        let mut reader = Reader::from_text(&format!("kafka.brokers = '{}'", cluster.bootstrap_servers()));
        let settings = KafkaSettings::read(&mut reader, "test");
        let producer = Producer::new(&settings, "test").expect("a producer");
        producer.deliver(&[Message { value: Some(b"{".to_vec()), ..tombstone("a") }]).await.expect("sent");
        let error = Follower::start(&settings).await.expect_err("it is no erasure");
        assert!(format!("{error:#}").contains("offset 0 of feedback.erasures.v1"), "{error:#}");
    }
}

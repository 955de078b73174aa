//! A broker of the tests' own, its topics, and what is produced to them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hearken_embedded::engines;
use hearken_embedded::kafka::{Closed, Kafka, Options};
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::admin::offsets;
use hearken_runtime::rdkafka::ClientConfig;
use hearken_runtime::rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use hearken_runtime::rdkafka::client::DefaultClientContext;
use hearken_runtime::rdkafka::consumer::BaseConsumer;
use hearken_runtime::rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use tempfile::TempDir;

/// One broker; it ends with its last user.
pub(crate) struct Broker {
    pub(crate) address: String,
    kafka: Mutex<Option<Kafka>>,
    directory: TempDir,
}

/// Returns the broker that the tests share.
pub(crate) fn shared() -> Arc<Broker> {
    static SHARED: Mutex<Weak<Broker>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let broker = Arc::new(Broker::start());
        *shared = Arc::downgrade(&broker);
        broker
    })
}

impl Broker {
    pub(crate) fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let kafka = start(&directory, "127.0.0.1:0".parse().unwrap());
        Self { address: kafka.address().to_string(), kafka: Mutex::new(Some(kafka)), directory }
    }

    /// Stops it and starts it where it was.
    pub(crate) fn restart(&self) {
        let mut kafka = self.kafka.lock().unwrap();
        kafka.take().unwrap().stop().unwrap();
        *kafka = Some(start(&self.directory, self.address.parse().unwrap()));
    }

    pub(crate) fn stop(&self) {
        self.kafka.lock().unwrap().take().unwrap().stop().unwrap();
    }

    pub(crate) async fn create(&self, topic: &str, partitions: i32) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let new = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
        let answer = admin.create_topics([&new], &AdminOptions::new()).await.unwrap();
        assert_eq!(answer, [Ok(topic.to_owned())]);
    }

    pub(crate) async fn delete(&self, topic: &str) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let answer = admin.delete_topics(&[topic], &AdminOptions::new()).await.unwrap();
        assert_eq!(answer, [Ok(topic.to_owned())]);
    }

    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.address).set("enable.idempotence", "true");
        config
    }

    /// Returns a consumer under a group's name that is no member.
    pub(crate) fn consumer(&self, group: &str) -> BaseConsumer {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.address).set("group.id", group).create().unwrap()
    }

    /// Produces `count` records to one partition.
    pub(crate) fn produce(&self, topic: &str, partition: i32, count: usize) {
        let producer: BaseProducer = self.client().create().unwrap();
        for _ in 0..count {
            producer.send(record(topic, partition)).unwrap();
        }
        producer.flush(Duration::from_secs(30)).unwrap();
    }

    /// Returns what the group committed: partition → offset, where it did.
    pub(crate) fn committed(&self, group: &str, topic: &str) -> BTreeMap<i32, i64> {
        let offsets = offsets(&Connection::plain(&self.address), Some(group), topic).unwrap_or_default();
        offsets.into_iter().filter_map(|part| Some((part.partition, part.committed?))).collect()
    }

    /// Returns how many records each partition has.
    pub(crate) fn ends(&self, topic: &str) -> BTreeMap<i32, i64> {
        offsets(&Connection::plain(&self.address), None, topic)
            .unwrap()
            .into_iter()
            .map(|part| (part.partition, part.end))
            .collect()
    }
}

fn start(directory: &TempDir, listen: SocketAddr) -> Kafka {
    let (data, libs) = (directory.path().join("data"), engines::kafka_libs());
    let heap = "384m".parse().unwrap();
    Kafka::start(&Options { listen, data, libs, heap, advertise: None, quorum: None, closed: Closed::default() })
        .unwrap()
}

fn record(topic: &str, partition: i32) -> BaseRecord<'_, str, str> {
    BaseRecord::to(topic).partition(partition).key("k").payload("v")
}

/// Records that keep coming, to every partition in turn, until it is stopped.
pub(crate) struct Flow {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Flow {
    pub(crate) fn start(broker: &Arc<Broker>, topic: &'static str, partitions: i32) -> Self {
        let (stop, broker) = (Arc::new(AtomicBool::new(false)), Arc::clone(broker));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let producer: BaseProducer = broker.client().create().unwrap();
            for turn in 0.. {
                producer.send(record(topic, turn % partitions)).unwrap();
                producer.poll(Duration::ZERO);
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                thread::sleep(Duration::from_millis(2));
            }
            producer.flush(Duration::from_secs(60)).unwrap();
        });
        Self { stop, thread }
    }

    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

//! What must end: a commit after its assignment, and a service that cannot go on by itself.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use hearken_runtime::breaker::RejectBounds;
use hearken_runtime::kafka::consumer::{Assigned, Committer, Lost, Work};
use hearken_runtime::kafka::producer::Producer;
use hearken_runtime::metrics::Metrics;
use hearken_runtime::outcome::Outcome;
use hearken_runtime::rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use hearken_runtime::rdkafka::{Offset, TopicPartitionList};
use hearken_runtime::record::Record;
use hearken_runtime::stage::{Transform, TransformWork};
use hearken_schemas::dead_letter::{Reason, Rejection, Stage};
use hearken_schemas::topics;
use tokio::sync::mpsc;

use super::broker::{Broker, shared};
use super::member::{Diligent, Log, Member, settings, until};

/// Never finishes what it holds, and hands its committer to whoever wants to try it later.
struct Stubborn {
    committers: mpsc::UnboundedSender<(i32, Committer)>,
}

impl Work for Stubborn {
    fn run(&self, assigned: Assigned) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> {
        self.committers.send((assigned.partition, assigned.committer)).unwrap();
        let records = assigned.records;
        Box::pin(async move {
            std::future::pending::<()>().await;
            drop(records);
            Ok(())
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_is_bounded_and_no_commit_outlives_its_assignment() {
    const TOPIC: &str = "stubborn";
    let (broker, log) = (shared(), Log::default());
    broker.create(TOPIC, 2).await;
    for partition in 0..2 {
        broker.produce(TOPIC, partition, 10);
    }
    let settings = settings(&broker.address, TOPIC, "drain_timeout_ms = 500");
    let (committers, mut given) = mpsc::unbounded_channel();
    let first = Member::start(settings.clone(), TOPIC, Arc::new(Stubborn { committers }));
    let mut held = [given.recv().await.unwrap(), given.recv().await.unwrap()];
    held.sort_by_key(|(partition, _)| *partition);
    for (_, committer) in &held {
        committer.commit(0, "mine".to_owned()).await.unwrap();
    }
    let second = Member::start(settings, TOPIC, Arc::new(Diligent::new("second", &log)));
    until("the second member has read its partition", || log.lock().unwrap().len() == 10).await;
    let moved = log.lock().unwrap()[0].partition;
    let committed = || broker.committed(TOPIC, TOPIC)[&moved];
    until("it has committed it", || committed() > 5).await;
    let before = committed();
    for (partition, committer) in &held {
        let answer = committer.commit(1, "late".to_owned()).await;
        if *partition == moved {
            let error = answer.unwrap_err();
            assert!(error.chain().any(|cause| cause.is::<Lost>()), "{error:#}");
        } else {
            answer.unwrap();
        }
    }
    assert_eq!(committed(), before);
    first.stop().await.unwrap();
    for (_, committer) in &held {
        assert!(committer.commit(2, String::new()).await.unwrap_err().chain().any(|cause| cause.is::<Lost>()));
    }
    second.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_older_of_two_processes_under_one_name_stops() {
    const TOPIC: &str = "fenced";
    let (broker, log) = (shared(), Log::default());
    broker.create(TOPIC, 1).await;
    let settings = settings(&broker.address, TOPIC, "instance_id = \"same\"");
    let first = Member::start(settings.clone(), TOPIC, Arc::new(Diligent::new("first", &log)));
    until("the first member has it", || first.owns() == 1).await;
    let second = Member::start(settings, TOPIC, Arc::new(Diligent::new("second", &log)));
    let error = format!("{:#}", first.ended().await.unwrap_err());
    assert!(error.contains("kafka.instance_id \"same\""), "{error}");
    broker.produce(TOPIC, 0, 10);
    until("the second member reads", || log.lock().unwrap().len() == 10).await;
    second.stop().await.unwrap();
}

fn member(broker: &Broker, topic: &'static str, more: &str, log: &Log) -> Member {
    Member::start(settings(&broker.address, topic, more), topic, Arc::new(Diligent::new("one", log)))
}

/// Commits an offset as somebody who does it by hand.
fn commit_by_hand(broker: &Broker, group: &str, offset: i64) {
    let consumer: BaseConsumer = broker.consumer(group);
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(group, 0, Offset::Offset(offset)).unwrap();
    consumer.commit(&list, CommitMode::Sync).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offset_that_is_not_there_stops_with_what_to_do() {
    const TOPIC: &str = "beyond";
    let (broker, log) = (shared(), Log::default());
    broker.create(TOPIC, 1).await;
    broker.produce(TOPIC, 0, 3);
    commit_by_hand(&broker, TOPIC, 1_000);
    let member = member(&broker, TOPIC, "", &log);
    let error = format!("{:#}", member.ended().await.unwrap_err());
    assert!(error.contains("offset 1000 of beyond partition 0 is not there (it has 0 to 3)"), "{error}");
    assert!(error.contains("hearken rewind --group beyond --topic beyond --to earliest"), "{error}");
    assert_eq!(log.lock().unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_was_deleted_stops_the_service_after_a_while() {
    const TOPIC: &str = "deleted";
    let (broker, log) = (shared(), Log::default());
    broker.create(TOPIC, 1).await;
    broker.produce(TOPIC, 0, 3);
    let member = member(&broker, TOPIC, "wait_s = 1", &log);
    until("it reads", || log.lock().unwrap().len() == 3).await;
    // What it read is committed by the end of the drain, or never: the topic takes its offsets with it.
    tokio::time::sleep(Duration::from_millis(100)).await;
    broker.delete(TOPIC).await;
    let error = format!("{:#}", member.ended().await.unwrap_err());
    assert!(error.contains("topic deleted has not been there for 1 s"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_bounded_without_a_broker_too() {
    const TOPIC: &str = "alone";
    let broker = Arc::new(Broker::start());
    broker.create(TOPIC, 1).await;
    broker.produce(TOPIC, 0, 10);
    let (committers, mut given) = mpsc::unbounded_channel();
    let settings = settings(&broker.address, TOPIC, "drain_timeout_ms = 500");
    let member = Member::start(settings, TOPIC, Arc::new(Stubborn { committers }));
    let (_, committer) = given.recv().await.unwrap();
    let gone = Arc::clone(&broker);
    tokio::task::spawn_blocking(move || gone.stop()).await.unwrap();
    let commit = tokio::spawn(async move { committer.commit(5, String::new()).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    member.stop().await.unwrap();
    let error = commit.await.unwrap().unwrap_err();
    assert!(error.chain().any(|cause| cause.is::<Lost>()), "{error:#}");
}

/// A core that takes nothing.
struct Strict;

impl Transform for Strict {
    const STAGE: Stage = Stage::Ingest;

    fn apply(&self, _: &Record, _: i64) -> Outcome {
        Outcome::Reject(Rejection::new(Reason::NotJson, "never good enough"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_topic_stops_the_service_and_is_not_drained_by_restarts() {
    const TOPIC: &str = "poison";
    let broker = shared();
    broker.create(TOPIC, 1).await;
    broker.create(topics::DEAD_LETTERS, topics::find(topics::DEAD_LETTERS).unwrap().partitions).await;
    broker.produce(TOPIC, 0, 100);
    for _ in 0..3 {
        let settings = settings(&broker.address, TOPIC, "");
        let work = TransformWork {
            transform: Arc::new(Strict),
            producer: Producer::new(&settings, "poison").unwrap(),
            metrics: Arc::new(Metrics::new("poison").unwrap()),
            commit_interval: Duration::from_secs(60),
            reject: RejectBounds { window: 20, share_max: 0.5 },
        };
        let error = Member::start(settings, TOPIC, Arc::new(work)).ended().await.unwrap_err();
        let text = format!("{error:#}");
        assert!(text.starts_with("poison partition 0: 20 of the last 20 records were rejected"), "{text}");
        assert!(broker.committed(TOPIC, TOPIC).is_empty());
    }
}

//! What an operator does to topics and groups, with or without knowing.

use std::time::{Duration, Instant};

use hearken_runtime::kafka::admin::offsets;
use hearken_runtime::kafka::client;
use hearken_runtime::rdkafka::admin::{AdminClient, AdminOptions};
use hearken_runtime::rdkafka::client::DefaultClientContext;
use hearken_runtime::rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use hearken_runtime::rdkafka::{Offset, TopicPartitionList};
use hearken_tests::rig::Rig;

const PATIENT: Duration = Duration::from_secs(30);

/// Deletes a topic with all that is in it.
pub(crate) fn delete(rig: &Rig, topic: &str) {
    let admin: AdminClient<DefaultClientContext> = client(&rig.kafka()).create().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(admin.delete_topics(&[topic], &AdminOptions::new())).unwrap();
    assert_eq!(answer, [Ok(topic.to_owned())]);
}

/// Moves a group back to the first record of these topics, as `kafka-consumer-groups --reset-offsets` does; nobody may be in it.
pub(crate) fn rewind(rig: &Rig, group: &str, topics: &[&str]) {
    let mut config = client(&rig.kafka());
    let consumer: BaseConsumer = config.set("group.id", group).set("enable.auto.commit", "false").create().unwrap();
    for topic in topics {
        let mut list = TopicPartitionList::new();
        for part in offsets(&rig.kafka(), None, topic).unwrap() {
            list.add_partition_offset(topic, part.partition, Offset::Offset(part.start)).unwrap();
        }
        let deadline = Instant::now() + PATIENT;
        // A member with a name is missed only after its session has ended.
        while let Err(error) = consumer.commit(&list, CommitMode::Sync) {
            assert!(Instant::now() < deadline, "{group} of {topic}: {error}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

/// Returns what a group committed of a topic, with the metadata: partition, offset, text.
pub(crate) fn committed(rig: &Rig, group: &str, topic: &str) -> Vec<(i32, i64, String)> {
    let mut config = client(&rig.kafka());
    let consumer: BaseConsumer = config.set("group.id", group).set("enable.auto.commit", "false").create().unwrap();
    let mut list = TopicPartitionList::new();
    for part in offsets(&rig.kafka(), None, topic).unwrap() {
        list.add_partition(topic, part.partition);
    }
    let answer = consumer.committed_offsets(list, PATIENT).unwrap();
    let element = |partition: i32| {
        let element = answer.find_partition(topic, partition).unwrap();
        (partition, element.offset().to_raw().unwrap_or(-1), element.metadata().to_owned())
    };
    (0..answer.count() as i32).map(element).collect()
}

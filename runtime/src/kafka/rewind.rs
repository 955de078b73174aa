//! Moving a group that has no members: what it committed, read and written from outside.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::Connection;
use super::again::coordinated;

const REQUEST: Duration = Duration::from_secs(10);

/// A partition, by topic and number.
pub type Partition = (String, i32);

/// What a group committed on one partition: the offset it reads next, and its metadata.
pub type Position = (i64, String);

/// Returns what a group committed on these partitions; where it never committed there is nothing.
///
/// # Errors
/// Where the broker does not answer.
pub fn positions(
    connection: &Connection,
    group: &str,
    partitions: &[Partition],
) -> Result<BTreeMap<Partition, Position>> {
    let mut list = TopicPartitionList::new();
    for (topic, partition) in partitions {
        list.add_partition(topic, *partition);
    }
    let consumer = outsider(connection, group)?;
    let committed = coordinated(REQUEST, || consumer.committed_offsets(list.clone(), REQUEST))
        .with_context(|| format!("reading what group {group} committed"))?;
    let mut positions = BTreeMap::new();
    for element in committed.elements() {
        element.error()?;
        if let Offset::Offset(offset) = element.offset() {
            let partition = (element.topic().to_owned(), element.partition());
            positions.insert(partition, (offset, element.metadata().to_owned()));
        }
    }
    Ok(positions)
}

/// Commits positions for a group that has no members, and reads them back.
///
/// The coordinator itself refuses where somebody joined meanwhile, so that nobody is moved while he reads.
///
/// # Errors
/// Where it does, or the broker does not answer, or the group does not stand where it was put.
pub fn place(connection: &Connection, group: &str, positions: &BTreeMap<Partition, Position>) -> Result<()> {
    let mut list = TopicPartitionList::new();
    for ((topic, partition), (offset, metadata)) in positions {
        let mut element = list.add_partition(topic, *partition);
        element.set_offset(Offset::Offset(*offset))?;
        if !metadata.is_empty() {
            element.set_metadata(metadata);
        }
    }
    let consumer = outsider(connection, group)?;
    match coordinated(REQUEST, || consumer.commit(&list, CommitMode::Sync)) {
        Ok(()) => {}
        Err(error) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::UnknownMemberId) => {
            bail!("group {group} has a member again: stop the service, and whatever starts it again, first");
        }
        Err(error) => return Err(error).with_context(|| format!("moving group {group}")),
    }
    let partitions: Vec<Partition> = positions.keys().cloned().collect();
    if self::positions(connection, group, &partitions)? != *positions {
        bail!("group {group} does not stand where it was put: did a service start meanwhile?");
    }
    Ok(())
}

/// Speaks for the group without joining it: it never subscribes.
fn outsider(connection: &Connection, group: &str) -> Result<BaseConsumer> {
    let mut config = super::client(connection);
    config.set("group.id", group).set("enable.auto.commit", "false");
    config.create().context("kafka client configuration")
}

#[cfg(test)]
mod tests {
    use rdkafka::mocking::MockCluster;

    use super::*;

    #[test]
    fn a_group_stands_where_it_was_put() {
        let cluster = MockCluster::new(1).expect("a mock cluster");
        cluster.create_topic("t", 3, 1).expect("a topic");
        let brokers = Connection::plain(cluster.bootstrap_servers());
        let of = |partition: i32| ("t".to_owned(), partition);
        let all = [of(0), of(1), of(2)];
        assert_eq!(positions(&brokers, "g", &all).expect("an answer"), BTreeMap::new());
        // Forward, back, and with other metadata on the same offset.
        for put in [[(7, ""), (0, "v1;1;")], [(3, "v1;2;"), (5, "v1;2;")], [(3, ""), (5, "v1;3;")]] {
            let put: BTreeMap<Partition, Position> =
                put.into_iter().zip(0..).map(|((offset, text), n)| (of(n), (offset, text.to_owned()))).collect();
            place(&brokers, "g", &put).expect("moved");
            assert_eq!(positions(&brokers, "g", &all).expect("an answer"), put);
        }
    }
}

//! Looking at a cluster from outside: for people who ask what is wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::Connection;
use super::admin::{Offsets, offsets};

const REQUEST: Duration = Duration::from_secs(10);

/// Returns a topic's partitions from the first record on whose Kafka timestamp is `since_ms` or later.
///
/// A partition without such a record starts at its end.
///
/// # Errors
/// Where the broker does not answer, or the topic does not exist.
pub fn offsets_since(connection: &Connection, topic: &str, since_ms: i64) -> Result<Vec<Offsets>> {
    let mut parts = offsets(connection, None, topic)?;
    let mut times = TopicPartitionList::new();
    for part in &parts {
        times.add_partition_offset(topic, part.partition, Offset::Offset(since_ms))?;
    }
    let client: BaseConsumer =
        super::client(connection).set("group.id", "hearken-offsets").create().context("kafka client configuration")?;
    let found = client.offsets_for_times(times, REQUEST).context("looking up offsets by time")?;
    for part in &mut parts {
        let first = found.find_partition(topic, part.partition).map(|element| element.offset());
        part.start = match first {
            Some(Offset::Offset(first)) => first.clamp(part.start, part.end),
            _ => part.end,
        };
    }
    Ok(parts)
}

/// Returns the configuration of topics: topic → key → value. A topic that is not there has none.
///
/// # Errors
/// Where the broker does not answer.
pub async fn topic_configs(
    connection: &Connection,
    topics: &[&str],
) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
    let admin: AdminClient<DefaultClientContext> = super::client(connection).create().context("kafka admin client")?;
    let wanted: Vec<ResourceSpecifier<'_>> = topics.iter().map(|topic| ResourceSpecifier::Topic(topic)).collect();
    let options = AdminOptions::new().request_timeout(Some(REQUEST));
    let answers = admin.describe_configs(&wanted, &options).await.context("reading topic configurations")?;
    let configs = topics.iter().zip(answers).filter_map(|(topic, answer)| {
        let entries = answer.ok()?.entries.into_iter();
        Some(((*topic).to_owned(), entries.filter_map(|entry| Some((entry.name, entry.value?))).collect()))
    });
    Ok(configs.collect())
}

/// Returns how many brokers there are, and of each topic how many copies its records have at least.
///
/// # Errors
/// Where the broker does not answer.
pub fn copies(kafka: &Connection) -> Result<(usize, BTreeMap<String, usize>)> {
    let client: BaseConsumer = super::client(kafka).create().context("kafka client configuration")?;
    let metadata = client.fetch_metadata(None, REQUEST).context("looking up topics")?;
    let copies = |topic: &rdkafka::metadata::MetadataTopic| {
        topic.partitions().iter().map(|partition| partition.replicas().len()).min().unwrap_or_default()
    };
    let topics = metadata.topics().iter().map(|topic| (topic.name().to_owned(), copies(topic)));
    Ok((metadata.brokers().len(), topics.collect()))
}

/// Returns the cluster's own id, where its brokers say one.
///
/// # Errors
/// Where librdkafka refuses the configuration.
pub fn cluster_id(kafka: &Connection) -> Result<Option<String>> {
    let client: BaseConsumer = super::client(kafka).create().context("kafka client configuration")?;
    Ok(client.client().fetch_cluster_id(REQUEST))
}

/// Returns how many members a consumer group has now.
///
/// # Errors
/// Where the broker does not answer.
pub fn members(connection: &Connection, group: &str) -> Result<usize> {
    let client: BaseConsumer = super::client(connection).create().context("kafka client configuration")?;
    let groups = client.fetch_group_list(Some(group), REQUEST).context("looking up a consumer group")?;
    Ok(groups.groups().iter().map(|group| group.members().len()).sum())
}

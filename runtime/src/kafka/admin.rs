//! Creating the contract's topics, and looking at what is there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hearken_schemas::topics::Topic;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::Consumer;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;

use super::Connection;
use super::again::led;
use super::refusal::{Asking, Ears, listening, metadata};

const REQUEST: Duration = Duration::from_secs(10);

/// Waits until a broker answers and returns the topics with their partition counts.
///
/// # Errors
/// Where one refuses this client, at once; where none answers within `wait`.
pub fn wait(connection: &Connection, wait: Duration) -> Result<BTreeMap<String, i32>> {
    let client: Asking = listening(connection)
        .create_with_context(Ears::default())
        .context("kafka client configuration: look at kafka.security and the keys beside it")?;
    let metadata = metadata(&client, connection, None, wait)?;
    let count = |topic: &rdkafka::metadata::MetadataTopic| topic.partitions().len() as i32;
    Ok(metadata.topics().iter().map(|topic| (topic.name().to_owned(), count(topic))).collect())
}

/// Creates the topics that are missing and returns their names.
///
/// # Errors
/// Where no broker answers, one refuses, or a topic that is there has another partition count than the contract.
pub async fn create(connection: &Connection, topics: &'static [Topic], replication: i32) -> Result<Vec<String>> {
    // The admin client itself would wait for a broker without a bound.
    let address = connection.clone();
    tokio::task::spawn_blocking(move || wait(&address, REQUEST)).await??;
    let admin: AdminClient<DefaultClientContext> = super::client(connection).create().context("kafka admin client")?;
    let configs: Vec<BTreeMap<&str, String>> = topics.iter().map(Topic::config).collect();
    let new: Vec<NewTopic<'_>> = topics
        .iter()
        .zip(&configs)
        .map(|(topic, config)| {
            let new = NewTopic::new(&topic.name, topic.partitions, TopicReplication::Fixed(replication));
            config.iter().fold(new, |new, (key, value)| new.set(key, value))
        })
        .collect();
    let answers = admin
        .create_topics(&new, &AdminOptions::new().request_timeout(Some(REQUEST)).operation_timeout(Some(REQUEST)))
        .await?;
    let mut created = Vec::new();
    for answer in answers {
        match answer {
            Ok(name) => created.push(name),
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, error)) => bail!("cannot create topic {name}: {error}"),
        }
    }
    let address = connection.clone();
    tokio::task::spawn_blocking(move || check(&address, topics)).await??;
    Ok(created)
}

fn check(connection: &Connection, topics: &[Topic]) -> Result<()> {
    let since = Instant::now();
    loop {
        let there = wait(connection, REQUEST)?;
        let missing = topics.iter().find(|topic| !there.contains_key(&topic.name));
        let Some(missing) = missing else {
            for topic in topics {
                let partitions = there[&topic.name];
                if partitions != topic.partitions {
                    bail!("topic {} has {partitions} partitions, the contract says {}", topic.name, topic.partitions);
                }
            }
            return Ok(());
        };
        if since.elapsed() > REQUEST {
            bail!("topic {} was created but does not appear", missing.name);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The offsets of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offsets {
    /// Topic name.
    pub topic: String,
    /// Partition number.
    pub partition: i32,
    /// The first offset that is there.
    pub start: i64,
    /// The offset the next record gets.
    pub end: i64,
    /// What the group committed, where a group was asked for.
    pub committed: Option<i64>,
}

impl Offsets {
    /// Returns how many records the group has still to finish.
    pub fn lag(&self) -> i64 {
        self.end - self.committed.unwrap_or(self.start).max(self.start)
    }
}

/// Returns the offsets of all partitions of a topic, with what `group` committed.
///
/// # Errors
/// Where the broker does not answer, or the topic does not exist.
pub fn offsets(connection: &Connection, group: Option<&str>, topic: &str) -> Result<Vec<Offsets>> {
    look(&onlooker(connection, group)?, connection, group, topic)
}

/// Looks again and again at how far another group is with a topic, over one connection.
pub struct Onlooker {
    client: Asking,
    connection: Connection,
    group: String,
    topic: String,
}

impl Onlooker {
    /// Connects lazily.
    ///
    /// # Errors
    /// Where librdkafka refuses the configuration.
    pub fn new(connection: &Connection, group: &str, topic: &str) -> Result<Self> {
        let client = onlooker(connection, Some(group))?;
        Ok(Self { client, connection: connection.clone(), group: group.to_owned(), topic: topic.to_owned() })
    }

    /// Returns the offsets of all partitions, with what the group committed; blocks while the broker is asked.
    ///
    /// # Errors
    /// Where the broker does not answer, or the topic does not exist.
    pub fn look(&self) -> Result<Vec<Offsets>> {
        look(&self.client, &self.connection, Some(&self.group), &self.topic)
    }
}

/// It never subscribes, so the group does not know it.
fn onlooker(connection: &Connection, group: Option<&str>) -> Result<Asking> {
    listening(connection)
        .set("group.id", group.unwrap_or("hearken-offsets"))
        .set("enable.auto.commit", "false")
        .create_with_context(Ears::default())
        .context("kafka client configuration: look at kafka.security and the keys beside it")
}

fn look(client: &Asking, connection: &Connection, group: Option<&str>, topic: &str) -> Result<Vec<Offsets>> {
    let metadata = metadata(client, connection, Some(topic), REQUEST)?;
    if metadata
        .topics()
        .iter()
        .any(|topic| topic.error() == Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED))
    {
        bail!("Kafka does not let this user see topic {topic}: it needs Describe on it (docs/security.md)");
    }
    let partitions: Vec<i32> = metadata.topics().iter().flat_map(|topic| topic.partitions()).map(|p| p.id()).collect();
    if partitions.is_empty() {
        bail!("topic {topic} does not exist; `hearken topics create` makes it");
    }
    let mut list = TopicPartitionList::new();
    for &partition in &partitions {
        list.add_partition(topic, partition);
    }
    let committed = group.map(|group| {
        let committed = client.committed_offsets(list, REQUEST);
        committed.with_context(|| {
            format!("reading what group {group} committed; where Kafka asks for rights, this user needs Describe on it")
        })
    });
    let committed = committed.transpose()?;
    partitions
        .into_iter()
        .map(|partition| {
            let (start, end) = led(REQUEST, || client.fetch_watermarks(topic, partition, REQUEST))
                .with_context(|| format!("reading where partition {partition} of {topic} begins and ends"))?;
            let committed = committed.as_ref().and_then(|list| list.find_partition(topic, partition));
            let committed = committed.and_then(|element| element.offset().to_raw()).filter(|offset| *offset >= 0);
            Ok(Offsets { topic: topic.to_owned(), partition, start, end, committed })
        })
        .collect()
}

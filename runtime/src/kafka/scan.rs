//! Reading a topic from one end to the other, without a group.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::Connection;
use super::admin::{Offsets, offsets};
use super::consumer::own;
use crate::record::Record;

/// After this long without a record before the end, the broker is taken for gone.
const SILENCE: Duration = Duration::from_secs(30);

/// Calls `each` for every record that is on the topic now, partition by partition in order.
///
/// # Errors
/// What `each` answered, or where the broker stays silent.
pub fn scan(connection: &Connection, topic: &str, each: impl FnMut(Record) -> Result<()>) -> Result<()> {
    scan_parts(connection, topic, &offsets(connection, None, topic)?, each)
}

/// Calls `each` for every record between start and end of these partitions of a topic, in order.
///
/// # Errors
/// What `each` answered, or where the broker stays silent.
pub fn scan_parts(
    connection: &Connection,
    topic: &str,
    parts: &[Offsets],
    mut each: impl FnMut(Record) -> Result<()>,
) -> Result<()> {
    let there: Vec<&Offsets> = parts.iter().filter(|part| part.end > part.start).collect();
    let mut open: HashMap<i32, i64> = there.iter().map(|part| (part.partition, part.end)).collect();
    let consumer: BaseConsumer = super::client(connection)
        .set("group.id", "hearken-scan")
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "error")
        .set("enable.partition.eof", "false")
        .create()
        .context("kafka client configuration")?;
    let mut list = TopicPartitionList::new();
    for part in &there {
        list.add_partition_offset(topic, part.partition, Offset::Offset(part.start))?;
    }
    consumer.assign(&list)?;
    let mut heard = Instant::now();
    while !open.is_empty() {
        let Some(message) = consumer.poll(Duration::from_millis(200)) else {
            if heard.elapsed() > SILENCE {
                bail!("topic {topic}: no record came for {} s before its end", SILENCE.as_secs());
            }
            continue;
        };
        let message = message.with_context(|| format!("reading topic {topic}"))?;
        let record = own(&message, topic.into());
        heard = Instant::now();
        let end = open.get(&record.partition).copied().unwrap_or_default();
        if record.offset + 1 >= end {
            open.remove(&record.partition);
        }
        if record.offset < end {
            each(record)?;
        }
    }
    Ok(())
}

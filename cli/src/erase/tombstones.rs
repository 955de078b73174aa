//! What an erasure says to Kafka: the tombstones, the deletion of compacted profiles, and the wait until everybody has heard.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use hearken_runtime::kafka::erasures::LEASE;
use hearken_runtime::kafka::feed::Feed;
use hearken_runtime::kafka::scan::scan;
use hearken_runtime::kafka::{Connection, admin, inspect};
use hearken_runtime::outcome::Message;
use hearken_schemas::dead_letter::{DeadLetter, Reason};
use hearken_schemas::erasure::{Erasure, Sighted, Subject};
use hearken_schemas::topics;
use jiff::Timestamp;

use super::request::Request;
use crate::hops::HOPS;

/// How long the brokers may take with a few messages.
const FLUSH: Duration = Duration::from_secs(90);

/// How often it is asked how far the services are.
const ASK: Duration = Duration::from_millis(300);

/// Publishes a tombstone for every name; then, when every service judges by them, a record without a value for every customer key,
/// so that the compacted topic drops the profile. That record is erased itself.
///
/// # Errors
/// Where Kafka does not take all of them; publishing them again does no harm.
pub(super) async fn publish(kafka: &Connection, request: &Request) -> Result<()> {
    let now_ms = Timestamp::now().as_millisecond();
    let tombstone = |subject: Subject| -> Result<Message> {
        let erasure = Erasure { request_id: request.id, subject, until: request.until };
        Ok(Message {
            topic: topics::ERASURES,
            partition: None,
            key: Some(subject.to_string().into_bytes()),
            value: Some(serde_json::to_vec(&erasure)?),
            headers: erasure.headers(now_ms),
        })
    };
    let tombstones = request.subjects().into_iter().map(tombstone).collect::<Result<Vec<_>>>()?;
    send(kafka, tombstones).await?;
    // Whatever is judged from here on is judged by them.
    tokio::time::sleep(LEASE + ASK).await;
    let deletions = request.names.customers.iter().map(|key| Message {
        topic: topics::RAW_CUSTOMERS,
        partition: None,
        key: Some(key.clone().into_bytes()),
        value: None,
        headers: Vec::new(),
    });
    send(kafka, deletions.collect()).await
}

async fn send(kafka: &Connection, messages: Vec<Message>) -> Result<()> {
    let kafka = kafka.clone();
    tokio::task::spawn_blocking(move || -> Result<()> {
        let failed = Arc::<Mutex<Option<String>>>::default();
        let failure = Arc::clone(&failed);
        let feed = Feed::new(&kafka, move |(), answer: Result<_, String>| {
            if let Err(why) = answer {
                failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
            }
        })?;
        for message in &messages {
            feed.send(message, ())?;
        }
        feed.flush(FLUSH)?;
        let failed = failed.lock().unwrap_or_else(PoisonError::into_inner).take();
        match failed {
            None => Ok(()),
            Some(why) => bail!("Kafka did not take a tombstone: {why}"),
        }
    })
    .await?
}

/// Waits until ingest, enrich and the sink, one after the other, have finished everything that was there when their turn came.
///
/// # Errors
/// Where one of them does not within `patience`; which one, and how much is left.
pub(super) async fn wait(kafka: &Connection, patience: Duration) -> Result<()> {
    let since = Instant::now();
    for (group, of_group) in HOPS {
        let ends = ends(kafka, group, of_group).await?;
        loop {
            let left = left(kafka, group, of_group, &ends).await?;
            if left == 0 {
                break;
            }
            if since.elapsed() >= patience {
                bail!(
                    "{group} has {left} records left that came before the tombstones, after {} s; does it run?",
                    patience.as_secs()
                );
            }
            tokio::time::sleep(ASK).await;
        }
    }
    Ok(())
}

/// Where the topics of a group end now: topic, partition, offset.
type Ends = Vec<(String, i32, i64)>;

async fn ends(kafka: &Connection, group: &'static str, of_group: &'static [&'static str]) -> Result<Ends> {
    let parts = parts(kafka, group, of_group).await?;
    Ok(parts.into_iter().map(|part| (part.topic, part.partition, part.end)).collect())
}

async fn left(kafka: &Connection, group: &'static str, of_group: &'static [&'static str], ends: &Ends) -> Result<i64> {
    let parts = parts(kafka, group, of_group).await?;
    let left = parts.iter().map(|part| {
        let end = ends.iter().find(|(topic, partition, _)| *topic == part.topic && *partition == part.partition);
        let done = part.committed.unwrap_or(part.start).max(part.start);
        end.map_or(0, |(.., end)| (end - done).max(0))
    });
    Ok(left.sum())
}

async fn parts(
    kafka: &Connection,
    group: &'static str,
    of_group: &'static [&'static str],
) -> Result<Vec<admin::Offsets>> {
    let kafka = kafka.clone();
    tokio::task::spawn_blocking(move || -> Result<Vec<admin::Offsets>> {
        let parts = of_group.iter().map(|topic| admin::offsets(&kafka, Some(group), topic));
        Ok(parts.collect::<Result<Vec<_>>>()?.concat())
    })
    .await?
}

/// Returns where the records stand whose dead letters name them: `topic:partition:offset` of the record given up.
///
/// # Errors
/// Where Kafka does not answer.
pub(super) async fn letters(kafka: &Connection, request: &Request) -> Result<BTreeSet<String>> {
    let (kafka, until_ms) = (kafka.clone(), request.until.as_millisecond());
    let subjects: BTreeSet<Subject> = request.subjects().into_iter().collect();
    tokio::task::spawn_blocking(move || -> Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        scan(&kafka, topics::DEAD_LETTERS, |record| {
            let Some(letter) = DeadLetter::from_headers(&record.headers) else { return Ok(()) };
            let first_ms = letter.src.as_ref().map_or(letter.at.timestamp_ms, |src| src.timestamp_ms);
            if letter.rejection.reason == Reason::Erased || first_ms.min(letter.at.timestamp_ms) > until_ms {
                return Ok(());
            }
            let sighted = Sighted::in_bytes(record.value.as_deref().unwrap_or_default());
            let mut named = sighted.subjects(record.key.as_deref()).into_iter().chain(letter.rejection.subjects);
            if named.any(|subject| subjects.contains(&subject)) {
                found.insert(format!("{}:{}:{}", letter.at.topic, letter.at.partition, letter.at.offset));
            }
            Ok(())
        })?;
        Ok(found)
    })
    .await?
}

/// Tells whether a group has members.
///
/// # Errors
/// Where Kafka does not answer.
pub(super) async fn has_members(kafka: &Connection, group: &'static str) -> Result<bool> {
    let kafka = kafka.clone();
    tokio::task::spawn_blocking(move || -> Result<bool> { Ok(inspect::members(&kafka, group)? > 0) }).await?
}

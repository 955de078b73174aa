//! Sends raw records to the topic of their kind.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::admin;
use hearken_runtime::kafka::feed::Feed;
use hearken_runtime::outcome::Message;

use super::kind::Kind;
use super::record::RawRecord;

/// How long a broker may take to answer at all.
const PROBE: Duration = Duration::from_secs(10);

/// How long Kafka may take to acknowledge the last records.
const FLUSH: Duration = Duration::from_secs(120);

/// Sends records of one kind and counts what Kafka did not take.
pub(crate) struct Sender {
    feed: Feed<()>,
    topic: &'static str,
    rate: Option<u32>,
    started: Instant,
    sent: u64,
    failed: Arc<AtomicU64>,
}

impl Sender {
    /// Connects; at most `rate` records a second are sent, where it is given.
    ///
    /// # Errors
    /// Where no broker answers.
    pub(crate) fn new(kafka: &Connection, kind: Kind, rate: Option<u32>) -> Result<Self> {
        admin::wait(kafka, PROBE)?;
        let failed = Arc::new(AtomicU64::new(0));
        let failures = Arc::clone(&failed);
        let feed = Feed::new(kafka, move |(), answer| {
            failures.fetch_add(u64::from(answer.is_err()), Relaxed);
        })?;
        Ok(Self { feed, topic: kind.topic(), rate, started: Instant::now(), sent: 0, failed })
    }

    /// Hands a record over.
    pub(crate) fn send(&mut self, record: RawRecord) -> Result<()> {
        if let Some(rate) = self.rate {
            let due = Duration::from_secs_f64(self.sent as f64 / f64::from(rate));
            std::thread::sleep(due.saturating_sub(self.started.elapsed()));
        }
        let (key, value) = (Some(record.key.into_bytes()), Some(record.value));
        self.feed.send(&Message { topic: self.topic, partition: None, key, value, headers: Vec::new() }, ())?;
        self.sent += 1;
        Ok(())
    }

    /// Waits for Kafka and returns how many records it has, and the seconds that took.
    ///
    /// # Errors
    /// Where it did not acknowledge all of them.
    pub(crate) fn finish(self) -> Result<(u64, f64)> {
        self.feed.flush(FLUSH)?;
        let failed = self.failed.load(Relaxed);
        ensure!(failed == 0, "{failed} of {} records were not acknowledged by Kafka", self.sent);
        Ok((self.sent, self.started.elapsed().as_secs_f64().max(0.001)))
    }
}

//! The way through enrich and the sink: sending into it, and waiting until it is through.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::admin::{self, Offsets, offsets};
use hearken_runtime::kafka::feed::Feed;
use hearken_runtime::kafka::inspect::members;
use hearken_runtime::outcome::Message;
use hearken_schemas::envelope::{Envelope, header, put};
use hearken_schemas::topics::{ENRICHED, NORMALIZED};
use hearken_sink::row::Again;
use jiff::Timestamp;

use crate::hops::{ENRICH, SINK};

/// How long a broker may take to answer at all.
const PROBE: Duration = Duration::from_secs(10);
/// How long Kafka may take to acknowledge what was sent.
const FLUSH: Duration = Duration::from_secs(90);
/// After this long without a commit the services are taken for gone.
const SILENCE: Duration = Duration::from_secs(120);
/// How often it is looked how far they are.
const LOOK: Duration = Duration::from_millis(200);

/// Sends to the enrich service, and knows how far it and the sink are.
pub(super) struct Pipe {
    kafka: Connection,
    feed: Arc<Feed<()>>,
    failed: Arc<AtomicU64>,
}

/// Returns the message that ingest would have written, under the coordinates of the raw record.
pub(super) fn message(again: Again) -> Message {
    let Again { feedback, origin, content_crc } = again;
    let mut message = Message::of(Envelope {
        id: feedback.feedback_id.to_string(),
        source: "hearken/enrich-again",
        kind: NORMALIZED,
        time_ms: Timestamp::now().as_millisecond(),
        origin,
        trace: None,
        data: feedback,
    });
    put(&mut message.headers, header::CONTENT, &format!("{content_crc:08x}"));
    message
}

impl Pipe {
    /// Connects, and looks whether both services are there to take what is sent.
    ///
    /// # Errors
    /// Where Kafka does not answer or one of them has no member.
    pub(super) async fn open(kafka: Connection) -> Result<Self> {
        let failed = Arc::new(AtomicU64::new(0));
        let failures = Arc::clone(&failed);
        let connect = move || -> Result<Self> {
            admin::wait(&kafka, PROBE)?;
            for group in [ENRICH, SINK] {
                ensure!(members(&kafka, group)? > 0, "no {group} is running: start it, then run enrich-again");
            }
            let feed = Feed::new(&kafka, move |(), answer| {
                failures.fetch_add(u64::from(answer.is_err()), Relaxed);
            })?;
            Ok(Self { kafka, feed: Arc::new(feed), failed })
        };
        tokio::task::spawn_blocking(connect).await?
    }

    /// Sends messages and waits until Kafka has them.
    ///
    /// # Errors
    /// Where it did not take all of them.
    pub(super) async fn send(&self, messages: Vec<Message>) -> Result<()> {
        let (feed, failed) = (Arc::clone(&self.feed), Arc::clone(&self.failed));
        let send = move || -> Result<()> {
            messages.iter().try_for_each(|message| feed.send(message, ()))?;
            feed.flush(FLUSH)?;
            let failed = failed.load(Relaxed);
            ensure!(
                failed == 0,
                "{failed} records were not acknowledged by Kafka; run enrich-again again: it goes on where it was"
            );
            Ok(())
        };
        tokio::task::spawn_blocking(send).await?
    }

    /// Waits until enrich and the sink are through with everything that was sent before.
    ///
    /// # Errors
    /// Where they stand still for two minutes.
    pub(super) async fn taken(&self) -> Result<()> {
        for (group, topic) in [(ENRICH, NORMALIZED), (SINK, ENRICHED)] {
            self.through(group, topic).await?;
        }
        Ok(())
    }

    async fn through(&self, group: &'static str, topic: &'static str) -> Result<()> {
        let ends = self.look(group, topic).await?;
        let (mut before, mut moved) = (i64::MIN, Instant::now());
        loop {
            let now = self.look(group, topic).await?;
            let open = open(&ends, &now);
            if open == 0 {
                return Ok(());
            }
            let committed = now.iter().filter_map(|part| part.committed).sum();
            if committed != before {
                (before, moved) = (committed, Instant::now());
            }
            if moved.elapsed() > SILENCE {
                bail!(
                    "{group} has not moved for {} s, and {open} records wait for it on {topic}; see its log, then run \
                     enrich-again again: it goes on where it was",
                    SILENCE.as_secs()
                );
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn look(&self, group: &'static str, topic: &'static str) -> Result<Vec<Offsets>> {
        let kafka = self.kafka.clone();
        tokio::task::spawn_blocking(move || offsets(&kafka, Some(group), topic)).await?
    }
}

/// Returns how many records before these ends have no commit yet.
fn open(ends: &[Offsets], now: &[Offsets]) -> i64 {
    let committed = |partition: i32| {
        let part = now.iter().find(|part| part.partition == partition)?;
        Some(part.committed.unwrap_or(part.start))
    };
    ends.iter().map(|part| (part.end - committed(part.partition).unwrap_or(part.start).max(part.start)).max(0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_there_before_is_waited_for() {
        let parts = |all: &[(i64, Option<i64>)]| -> Vec<Offsets> {
            let part = |(partition, &(end, committed)): (i32, &(i64, Option<i64>))| Offsets {
                topic: "t".to_owned(),
                partition,
                start: 5,
                end,
                committed,
            };
            (0..).zip(all).map(part).collect()
        };
        let ends = parts(&[(5, None), (9, Some(6)), (20, Some(20))]);
        for (now, expected) in [
            ([(5, None), (9, Some(6)), (20, Some(20))], 3),
            ([(90, None), (90, Some(8)), (90, Some(20))], 1),
            ([(90, Some(7)), (90, Some(40)), (90, Some(20))], 0),
        ] {
            assert_eq!(open(&ends, &parts(&now)), expected, "{now:?}");
        }
    }
}

//! The feed: what the scenario's customers say, at a steady rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use hearken_runtime::kafka::feed::Feed;
use hearken_runtime::outcome::Message;
use hearken_schemas::id::FeedbackId;
use jiff::{SignedDuration, Timestamp};

use super::Arguments;
use super::latency::Latency;
use crate::scenario::{Kind, Scenario, Settings};

/// One in this many new records is sampled for its latency.
const SAMPLE_EVERY: u64 = 100;

/// The feed runs in ticks of this length.
const TICK: Duration = Duration::from_millis(10);

/// The planted story begins after this part of the run.
const STORY_AT: f64 = 0.4;

/// The thread that produces.
pub(super) struct Feeder {
    stop: Arc<AtomicBool>,
    produced: Arc<AtomicU64>,
    thread: tokio::task::JoinHandle<Result<()>>,
}

impl Feeder {
    /// Starts producing what the arguments ask for.
    pub(super) fn start(arguments: &Arguments, length: Duration, brokers: &str, latency: Latency) -> Result<Self> {
        let (stop, produced, failed) =
            (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let failures = Arc::clone(&failed);
        let feed: Feed<()> = Feed::new(brokers, move |(), answer| {
            failures.fetch_add(u64::from(answer.is_err()), Relaxed);
        })?;
        let now = Timestamp::now();
        let story_after = SignedDuration::from_secs_f64(length.as_secs_f64() * STORY_AT);
        let settings = Settings { story_after, poison_share: arguments.poison, ..Settings::new(arguments.seed, now) };
        let (rate, stopped, count) = (arguments.rate, Arc::clone(&stop), Arc::clone(&produced));
        let thread = tokio::task::spawn_blocking(move || {
            produce(&feed, Scenario::new(settings), Pace { rate, length, stopped, count }, &latency)?;
            feed.flush(Duration::from_secs(60))?;
            match failed.load(Relaxed) {
                0 => Ok(()),
                failed => Err(anyhow!("{failed} records were not acknowledged by Kafka")),
            }
        });
        Ok(Self { stop, produced, thread })
    }

    /// Asks it to end early.
    pub(super) fn stop(&self) {
        self.stop.store(true, Relaxed);
    }

    /// Returns how many records were handed to the producer.
    pub(super) fn produced(&self) -> u64 {
        self.produced.load(Relaxed)
    }

    /// Tells whether it has ended.
    pub(super) fn ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// Where a record could not be sent or was not acknowledged.
    pub(super) async fn finish(self) -> Result<()> {
        self.thread.await.context("the feed panicked")?
    }
}

struct Pace {
    rate: u64,
    length: Duration,
    stopped: Arc<AtomicBool>,
    count: Arc<AtomicU64>,
}

fn produce(feed: &Feed<()>, mut scenario: Scenario, pace: Pace, latency: &Latency) -> Result<()> {
    let started = Instant::now();
    let total = (pace.rate as f64 * pace.length.as_secs_f64()) as u64;
    let (mut produced, mut new) = (0, 0u64);
    while produced < total && !pace.stopped.load(Relaxed) {
        let due = ((started.elapsed().as_secs_f64() * pace.rate as f64) as u64).min(total);
        while produced < due {
            let raw = scenario.next(Timestamp::now());
            if let (Kind::New, Some((channel, source, source_id))) = (raw.kind, &raw.feedback_ref) {
                if new.is_multiple_of(SAMPLE_EVERY) {
                    latency.produced(FeedbackId::new(*channel, source, source_id).to_string());
                }
                new += 1;
            }
            let (key, value) = (Some(raw.key.into_bytes()), Some(raw.value));
            feed.send(&Message { topic: raw.topic, partition: None, key, value, headers: raw.headers }, ())?;
            produced += 1;
            pace.count.store(produced, Relaxed);
        }
        std::thread::sleep(TICK);
    }
    Ok(())
}

//! The feed: the history at full speed, then the live seconds at a steady rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::feed::Feed;
use hearken_runtime::outcome::Message;
use hearken_schemas::id::FeedbackId;
use jiff::Timestamp;

use super::latency::Latency;
use crate::scenario::{History, Kind, Live, Plot, RawMessage};

/// One in this many new feedback is sampled for its latency.
const SAMPLE_EVERY: u64 = 100;

/// The feed runs in ticks of this length.
const TICK: Duration = Duration::from_millis(10);

/// The thread that produces.
pub(super) struct Feeder {
    stop: Arc<AtomicBool>,
    produced: Arc<AtomicU64>,
    thread: tokio::task::JoinHandle<Result<()>>,
}

/// How fast the live stream runs, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) rate: u64,
    pub(super) length: Duration,
}

impl Feeder {
    /// Starts telling the history.
    pub(super) fn history(plot: Arc<Plot>, kafka: &Connection) -> Result<Self> {
        Self::start(kafka, move |out| {
            let mut history = History::new(&plot);
            while !out.stopped() {
                let Some(raw) = history.next() else { break };
                out.send(raw)?;
            }
            Ok(())
        })
    }

    /// Starts the live stream.
    pub(super) fn live(stream: Live, pace: Pace, kafka: &Connection, latency: Latency) -> Result<Self> {
        Self::start(kafka, move |out| live(out, stream, pace, &latency))
    }

    fn start(kafka: &Connection, produce: impl FnOnce(&Out) -> Result<()> + Send + 'static) -> Result<Self> {
        let (stop, produced, failed) =
            (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let failures = Arc::clone(&failed);
        let feed: Feed<()> = Feed::new(kafka, move |(), answer| {
            failures.fetch_add(u64::from(answer.is_err()), Relaxed);
        })?;
        let out = Out { feed, stop: Arc::clone(&stop), produced: Arc::clone(&produced) };
        let thread = tokio::task::spawn_blocking(move || {
            produce(&out)?;
            out.feed.flush(Duration::from_secs(60))?;
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

/// Where the thread sends to, and who asks it to stop.
struct Out {
    feed: Feed<()>,
    stop: Arc<AtomicBool>,
    produced: Arc<AtomicU64>,
}

impl Out {
    fn stopped(&self) -> bool {
        self.stop.load(Relaxed)
    }

    fn send(&self, raw: RawMessage) -> Result<()> {
        let (key, value) = (Some(raw.key.into_bytes()), Some(raw.value));
        self.feed.send(&Message { topic: raw.topic, partition: None, key, value, headers: raw.headers }, ())?;
        self.produced.fetch_add(1, Relaxed);
        Ok(())
    }
}

fn live(out: &Out, mut stream: Live, pace: Pace, latency: &Latency) -> Result<()> {
    let started = Instant::now();
    let total = (pace.rate as f64 * pace.length.as_secs_f64()) as u64;
    let (mut produced, mut new) = (0, 0u64);
    while produced < total && !out.stopped() {
        let due = ((started.elapsed().as_secs_f64() * pace.rate as f64) as u64).min(total);
        while produced < due {
            let raw = stream.next(Timestamp::now());
            if let (Kind::New, Some((channel, source, source_id))) = (raw.kind, &raw.feedback_ref) {
                if new.is_multiple_of(SAMPLE_EVERY) {
                    latency.produced(FeedbackId::new(*channel, source, source_id).to_string());
                }
                new += 1;
            }
            out.send(raw)?;
            produced += 1;
        }
        std::thread::sleep(TICK);
    }
    Ok(())
}

//! The loop ingest and enrich share: read, decide, produce, commit what the broker acknowledged.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Result, anyhow};
use hearken_schemas::dead_letter::{Reason, Rejection, Stage};
use hearken_schemas::topics;
use tokio::sync::mpsc;

use crate::breaker::{Breaker, RejectBounds};
use crate::failpoint;
use crate::kafka::consumer::{Assigned, Committer, Work};
use crate::kafka::producer::{Delivery, Producer, Ticket};
use crate::metrics::Metrics;
use crate::offsets::Ledger;
use crate::outcome::{Message, Outcome, dead_letter, erased};
use crate::record::Record;

/// A service's core as the loop sees it: one record in, its outcome out. `now_ms` is for informative stamps only.
pub trait Transform: Send + Sync + 'static {
    /// The name that dead letters carry.
    const STAGE: Stage;

    /// Waits until it may decide; immediately as a rule.
    ///
    /// # Errors
    /// Where it never may, which stops the service.
    fn ready(&self) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Decides about one record.
    fn apply(&self, record: &Record, now_ms: i64) -> Outcome;
}

/// Runs a [`Transform`] on every partition assigned.
pub struct TransformWork<T> {
    /// The core.
    pub transform: Arc<T>,
    /// Where outputs and dead letters go.
    pub producer: Producer,
    /// Where outcomes are counted.
    pub metrics: Arc<Metrics>,
    /// How often finished offsets are committed.
    pub commit_interval: Duration,
    /// When a partition counts as poisoned.
    pub reject: RejectBounds,
}

impl<T: Transform> Work for TransformWork<T> {
    fn run(&self, partition: Assigned) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> {
        let (answer, answers) = mpsc::unbounded_channel();
        let worker = Worker {
            transform: Arc::clone(&self.transform),
            producer: self.producer.clone(),
            metrics: Arc::clone(&self.metrics),
            committer: partition.committer,
            ledger: Ledger::default(),
            breaker: Breaker::new(self.reject),
            answer,
        };
        Box::pin(worker.run(partition.records, answers, self.commit_interval))
    }
}

struct Worker<T> {
    transform: Arc<T>,
    producer: Producer,
    metrics: Arc<Metrics>,
    committer: Committer,
    ledger: Ledger,
    breaker: Breaker,
    answer: mpsc::UnboundedSender<Delivery>,
}

impl<T: Transform> Worker<T> {
    async fn run(
        mut self,
        mut records: mpsc::Receiver<Record>,
        mut answers: mpsc::UnboundedReceiver<Delivery>,
        commit_interval: Duration,
    ) -> Result<()> {
        let mut commit = tokio::time::interval(commit_interval);
        commit.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                record = records.recv() => match record {
                    Some(record) => self.take(record).await?,
                    None => break,
                },
                Some(answer) = answers.recv() => self.settle(answer)?,
                _ = commit.tick() => self.commit().await?,
            }
        }
        // Everything read has been sent; the answers come or time out by themselves, and a drain has its own bound.
        while self.ledger.open() > 0 {
            let answer = answers.recv().await.ok_or_else(|| anyhow!("the producer ended before it answered"))?;
            self.settle(answer)?;
        }
        self.commit().await
    }

    async fn take(&mut self, record: Record) -> Result<()> {
        self.ledger.begin(record.offset)?;
        self.transform.ready().await?;
        let message = match self.transform.apply(&record, now_ms()) {
            Outcome::Emit(message) => match fits(&message) {
                Ok(()) => {
                    self.breaker.note(false)?;
                    self.metrics.records.with_label_values(&["emit"]).inc();
                    message
                }
                Err(rejection) => self.reject(&record, rejection)?,
            },
            Outcome::Reject(rejection) => self.reject(&record, rejection)?,
            // Neither good nor bad: who was erased says nothing about the source.
            Outcome::Erase => {
                self.metrics.records.with_label_values(&["erased"]).inc();
                erased(T::STAGE, &record)
            }
        };
        self.metrics.age_seconds.observe((now_ms() - record.timestamp_ms).max(0) as f64 / 1_000.0);
        self.producer.send(&message, Ticket { record, answer: self.answer.clone() }).await
    }

    /// Turns a rejection into its dead letter, unless there are too many: then nothing more is sent or committed.
    fn reject(&mut self, record: &Record, rejection: Rejection) -> Result<Message> {
        self.breaker.note(true)?;
        self.metrics.records.with_label_values(&["reject"]).inc();
        self.metrics.dead_letters.with_label_values(&[rejection.reason.as_str()]).inc();
        tracing::debug!(topic = &*record.topic, record.partition, record.offset, %rejection, "dead letter");
        Ok(dead_letter(T::STAGE, record, rejection))
    }

    fn settle(&mut self, answer: Delivery) -> Result<()> {
        match answer {
            Ok(offset) => Ok(self.ledger.finish(offset)?),
            Err(error) => Err(anyhow!("a message was not acknowledged: {error}")),
        }
    }

    async fn commit(&mut self) -> Result<()> {
        let Some(offset) = self.ledger.commit() else { return Ok(()) };
        failpoint::reach("stage.before_commit");
        self.committer.commit(offset, String::new()).await?;
        failpoint::reach("stage.after_commit");
        self.metrics.commits.inc();
        Ok(())
    }
}

fn fits(message: &Message) -> Result<(), Rejection> {
    let bytes_max = topics::find(message.topic).map_or(u32::MAX, |topic| topic.message_bytes_max) as usize;
    if message.bytes() <= bytes_max {
        return Ok(());
    }
    Err(Rejection::new(Reason::TooLarge, format!("{} bytes, {} takes {bytes_max}", message.bytes(), message.topic)))
}

/// Returns the wall clock in milliseconds since the epoch.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as i64)
}

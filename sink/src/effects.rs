//! The real world of the protocol: Kafka and ClickHouse.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, ready};

use anyhow::{Context, Result, anyhow};
use futures_util::future::join_all;
use hearken_runtime::failpoint;
use hearken_runtime::kafka::consumer::Committer;
use hearken_runtime::kafka::erasures::Follower;
use hearken_runtime::kafka::producer::{Producer, Ticket};
use hearken_runtime::metrics::Metrics;
use hearken_runtime::outcome::dead_letter;
use hearken_runtime::record::Record;
use hearken_schemas::dead_letter::{Rejection, Stage};
use hearken_schemas::erasure::Erasures;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::block::Rows;
use crate::clickhouse::ClickHouse;
use crate::intent::Intent;
use crate::protocol::{Effects, Pending, Refusal, Task};
use crate::row::{At, DeadLetterRow, FeedbackRow, OutcomeKind};
use crate::shard::{blocks, verdict};
use crate::table::StateTable;
use crate::versions::{State, StateKey, Verdict};

/// Kafka and ClickHouse, as one partition meets them.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) clickhouse: ClickHouse,
    pub(crate) producer: Producer,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) committer: Committer,
    pub(crate) erasures: Follower,
}

impl World {
    async fn insert_into(&self, shard: usize, rows: &Rows, token: &str) -> Result<(), Refusal> {
        let block = rows.block().context("encoding a block")?;
        self.clickhouse.insert_into(shard, &block, token).await?;
        failpoint::reach("sink.between_shards");
        Ok(())
    }

    /// Commits as a sink without intents would: what is in flight is not said, and nobody waits for the answer.
    fn commit_without_intent(&self, offset: i64, intent: Intent) {
        let done = Intent { pending: Vec::new(), ..intent };
        let committer = self.committer.clone();
        tokio::spawn(async move { committer.commit(offset, done.to_string()).await });
    }
}

impl Effects for World {
    async fn commit(&self, offset: i64, metadata: String) -> Result<()> {
        let intent = Intent::parse(&metadata)?.unwrap_or_default();
        if failpoint::armed("sink.no_intent") {
            self.commit_without_intent(offset, intent);
            return Ok(());
        }
        let (offset, metadata) = match intent.pending.last() {
            Some(range) if failpoint::armed("sink.commit_first") => {
                (range.last + 1, Intent { epoch: intent.epoch, ..Intent::default() }.to_string())
            }
            Some(_) | None => (offset, metadata),
        };
        if !intent.pending.is_empty() {
            failpoint::reach("sink.before_intent");
        }
        self.committer.commit(offset, metadata).await?;
        self.metrics.commits.inc();
        failpoint::reach(if intent.pending.is_empty() { "sink.after_done" } else { "sink.after_intent" });
        Ok(())
    }

    async fn states(&self, table: StateTable, ids: &[Uuid], pending: &Pending) -> Result<Vec<State>> {
        if failpoint::armed("sink.no_backstop") {
            return Ok(Vec::new());
        }
        self.clickhouse.states(table, ids, pending).await.context("looking up known states")
    }

    async fn rows(&self, keys: &[StateKey], pending: &Pending) -> Result<Vec<FeedbackRow>> {
        self.clickhouse.rows(keys, pending).await.context("looking up rows to take back")
    }

    async fn letters(&self, rows: &[DeadLetterRow], pending: &Pending) -> Result<HashSet<(String, At)>> {
        self.clickhouse.letters(rows, pending).await.context("looking up known dead letters")
    }

    async fn insert(&self, rows: &Rows, token: &str) -> Result<(), Refusal> {
        match self.clickhouse.shards() {
            1 => self.insert_into(0, rows, token).await?,
            // Every answer is waited for: only where all are definite may a block be cut in pieces under other tokens.
            shards => {
                let blocks = blocks(rows, shards);
                verdict(join_all(blocks.iter().map(|(shard, rows)| self.insert_into(*shard, rows, token))).await)?;
            }
        }
        failpoint::reach("sink.between_tables");
        Ok(())
    }

    async fn reject(&self, records: Vec<(Record, Rejection)>) -> Result<()> {
        let sent = records.len();
        let (answer, mut answers) = mpsc::unbounded_channel();
        for (record, rejection) in records {
            self.metrics.records.with_label_values(&["reject"]).inc();
            self.metrics.dead_letters.with_label_values(&[rejection.reason.as_str()]).inc();
            let message = dead_letter(Stage::Sink, &record, rejection);
            self.producer.send(&message, Ticket { record, answer: answer.clone() }).await?;
        }
        drop(answer);
        for _ in 0..sent {
            let answer = answers.recv().await.context("the producer ended before it answered")?;
            answer.map_err(|error| anyhow!("a dead letter was not acknowledged: {error}"))?;
        }
        Ok(())
    }

    async fn erasures(&self, until: i64) -> Result<Arc<Erasures>> {
        self.erasures.newest(until).await
    }

    fn count(&self, verdicts: &[Verdict], erased: usize) {
        failpoint::reach("sink.after_insert");
        self.metrics.records.with_label_values(&[OutcomeKind::Erased.as_str()]).inc_by(erased as u64);
        for verdict in verdicts {
            let outcome = match verdict {
                Verdict::First => "row",
                Verdict::Newer => "newer",
                Verdict::Repeat => OutcomeKind::Repeat.as_str(),
                Verdict::Stale => OutcomeKind::Stale.as_str(),
                Verdict::Redelivered => "redelivered",
                // Counted where it was rejected.
                Verdict::Conflict => continue,
            };
            self.metrics.records.with_label_values(&[outcome]).inc();
        }
    }
    fn spawn<T: Send + 'static>(&self, task: Task<T>) -> Task<Result<T>> {
        Box::pin(Spawned(tokio::spawn(task)))
    }
}

/// A task that ends with whoever waits for it.
struct Spawned<T>(JoinHandle<T>);

impl<T> Future for Spawned<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Result<T>> {
        let answer = ready!(Pin::new(&mut self.0).poll(context));
        Poll::Ready(answer.context("the task of an insert"))
    }
}

impl<T> Drop for Spawned<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

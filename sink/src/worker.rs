//! One partition's task: collect, close, write.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use hearken_runtime::kafka::consumer::{Assigned, Committer, Work};
use hearken_runtime::kafka::producer::{Producer, Ticket};
use hearken_runtime::metrics::Metrics;
use hearken_runtime::outcome::dead_letter;
use hearken_runtime::record::Record;
use hearken_schemas::dead_letter::{DeadLetter, Reason, Rejection, Stage};
use hearken_schemas::enrichment::Enriched;
use hearken_schemas::{envelope, topics};
use tokio::sync::mpsc;
use tokio::time::Instant;
use uuid::Uuid;

use crate::batch::{Bounds, Size};
use crate::block::Rows;
use crate::clickhouse::ClickHouse;
use crate::intent::{Intent, Range};
use crate::protocol::{Batch, Effects, Item, Partition, Pending};
use crate::row::{At, DeadLetterRow, FeedbackRow};
use crate::versions::{State, StateKey, Verdict};

/// What the sink does with a partition.
pub struct SinkWork {
    /// Where rows go.
    pub clickhouse: ClickHouse,
    /// Where records go that cannot become rows.
    pub producer: Producer,
    /// Where outcomes are counted.
    pub metrics: Arc<Metrics>,
    /// The consumer group's name, part of every token.
    pub group: String,
    /// When a batch closes.
    pub bounds: Bounds,
}

impl Work for SinkWork {
    fn run(&self, assigned: Assigned) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> {
        let Assigned { topic, partition, committed, records, committer } = assigned;
        let intent = committed.as_ref().map(|(_, metadata)| Intent::parse(metadata)).unwrap_or_default();
        let effects = World {
            clickhouse: self.clickhouse.clone(),
            producer: self.producer.clone(),
            metrics: Arc::clone(&self.metrics),
            committer,
        };
        let partition = Partition { effects, topic, partition, group: self.group.clone(), epoch: intent.epoch };
        let worker = Worker { partition, records, metrics: Arc::clone(&self.metrics), bounds: self.bounds };
        Box::pin(worker.run(intent.pending))
    }
}

struct Worker {
    partition: Partition<World>,
    records: mpsc::Receiver<Record>,
    metrics: Arc<Metrics>,
    bounds: Bounds,
}

impl Worker {
    async fn run(mut self, pending: Option<Range>) -> Result<()> {
        if let Some(range) = pending {
            tracing::info!(topic = self.partition.topic, partition = self.partition.partition, ?range, "recovering");
            let Some(batch) = self.collect_exactly(range).await? else { return Ok(()) };
            self.partition.write(batch).await?;
        }
        while let Some(batch) = self.collect().await {
            self.partition.write(batch).await?;
        }
        Ok(())
    }

    /// Collects the pending range as it was; `None` where the partition went away before it was read.
    async fn collect_exactly(&mut self, range: Range) -> Result<Option<Batch>> {
        let mut batch = Batch::default();
        loop {
            let Some(record) = self.records.recv().await else { return Ok(None) };
            let offset = record.offset;
            anyhow::ensure!(
                (range.first..=range.last).contains(&offset),
                "offset {offset} came while {}-{} is pending; was the topic made again or the group rewound?",
                range.first,
                range.last
            );
            self.add(&mut batch, record);
            if offset == range.last {
                return Ok(Some(batch));
            }
        }
    }

    /// Collects until the batch is full or old enough; `None` when the partition has gone and nothing is left.
    async fn collect(&mut self) -> Option<Batch> {
        let first = self.records.recv().await?;
        let deadline = Instant::now() + Duration::from_millis(self.bounds.age_ms_max);
        let mut batch = Batch::default();
        let mut size = Size::default();
        size.rows += 1;
        size.bytes += self.add(&mut batch, first);
        while !self.bounds.full(size) {
            let Ok(Some(record)) = tokio::time::timeout_at(deadline, self.records.recv()).await else { break };
            size.rows += 1;
            size.bytes += self.add(&mut batch, record);
        }
        Some(batch)
    }

    /// Parses a record into the batch and returns the bytes it takes there; its own memory is given back.
    fn add(&self, batch: &mut Batch, record: Record) -> usize {
        let age_ms = hearken_runtime::stage::now_ms() - record.timestamp_ms;
        self.metrics.age_seconds.observe(age_ms.max(0) as f64 / 1_000.0);
        let (offset, crc) = (record.offset, record.origin().crc);
        let (item, bytes) = parse(record);
        batch.add(offset, crc, item);
        bytes
    }
}

/// Reads a record of either topic; what cannot be read is rejected, but a dead letter never is.
fn parse(record: Record) -> (Item, usize) {
    let at = At { topic: record.topic.to_string(), partition: record.partition, offset: record.offset };
    if &*record.topic == topics::DEAD_LETTERS {
        let value = record.value.as_deref().unwrap_or_default();
        let letter = DeadLetter::from_headers(&record.headers).unwrap_or_else(|| foreign(&record));
        return (Item::DeadLetter(Box::new(DeadLetterRow::new(&letter, value, at))), 1_024);
    }
    match feedback(&record, &at) {
        Ok(row) => {
            let bytes = row.bytes();
            (Item::Feedback(Box::new(row)), bytes)
        }
        Err(rejection) => {
            let bytes = record.bytes();
            (Item::Rejected(Box::new(record), rejection), bytes)
        }
    }
}

fn feedback(record: &Record, at: &At) -> Result<FeedbackRow, Rejection> {
    envelope::check_type(&record.headers, topics::ENRICHED)?;
    let src = envelope::origin(&record.headers)?;
    let enriched: Enriched = envelope::parse(record.value.as_deref())?;
    let enriched_at = envelope::written_ms(&record.headers).unwrap_or(record.timestamp_ms);
    Ok(FeedbackRow::new(enriched, enriched_at, &src, at))
}

/// Somebody else's message on the dead-letter topic: kept as a dead letter of its own.
fn foreign(record: &Record) -> DeadLetter {
    let rejection = Rejection::new(Reason::MissingLineage, "a message without the headers of a dead letter");
    DeadLetter { stage: Stage::Sink, rejection, at: record.origin(), src: None }
}

/// The real world: Kafka and ClickHouse.
struct World {
    clickhouse: ClickHouse,
    producer: Producer,
    metrics: Arc<Metrics>,
    committer: Committer,
}

impl Effects for World {
    async fn commit(&mut self, offset: i64, metadata: String) -> Result<()> {
        self.committer.commit(offset, metadata).await?;
        self.metrics.commits.inc();
        Ok(())
    }

    async fn states(&mut self, ids: &[Uuid], pending: &Pending) -> Result<Vec<State>> {
        self.clickhouse.states(ids, pending).await.context("looking up known states")
    }

    async fn rows(&mut self, keys: &[StateKey], pending: &Pending) -> Result<Vec<FeedbackRow>> {
        self.clickhouse.rows(keys, pending).await.context("looking up rows to take back")
    }

    async fn letters(&mut self, rows: &[DeadLetterRow], pending: &Pending) -> Result<HashSet<(String, At)>> {
        self.clickhouse.letters(rows, pending).await.context("looking up known dead letters")
    }

    async fn insert(&mut self, rows: Rows, token: &str) -> Result<()> {
        let block = rows.block().context("encoding a block")?;
        self.clickhouse.insert(&block, token).await
    }

    async fn reject(&mut self, record: Record, rejection: Rejection) -> Result<()> {
        self.metrics.records.with_label_values(&["reject"]).inc();
        self.metrics.dead_letters.with_label_values(&[rejection.reason.as_str()]).inc();
        let message = dead_letter(Stage::Sink, &record, rejection);
        let (answer, mut answers) = mpsc::unbounded_channel();
        self.producer.send(&message, Ticket { record, answer }).await?;
        match answers.recv().await {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(anyhow!("a dead letter was not acknowledged: {error}")),
            None => Err(anyhow!("the producer ended before it answered")),
        }
    }

    fn count(&mut self, verdicts: &[Verdict]) {
        for verdict in verdicts {
            self.metrics.records.with_label_values(&[verdict.as_str()]).inc();
        }
    }
}

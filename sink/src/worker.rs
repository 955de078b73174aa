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
use hearken_schemas::envelope::Origin;
use hearken_schemas::operation::Operation;
use hearken_schemas::{envelope, topics};
use tokio::sync::mpsc;
use tokio::time::Instant;
use uuid::Uuid;

use crate::batch::{Bounds, Size};
use crate::block::Rows;
use crate::clickhouse::ClickHouse;
use crate::intent::{Intent, Range};
use crate::protocol::{Batch, Candidate, Effects, Item, Partition, Pending};
use crate::row::{At, DeadLetterRow, FeedbackRow, OutcomeKind, StateRow};
use crate::table::StateTable;
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

    /// Parses a record into the batch and returns the bytes it takes there; they count against the batch's bound alone.
    fn add(&self, batch: &mut Batch, record: Record) -> usize {
        let age_ms = hearken_runtime::stage::now_ms() - record.timestamp_ms;
        self.metrics.age_seconds.observe(age_ms.max(0) as f64 / 1_000.0);
        let at = record.origin();
        let (item, bytes) = parse(record.release(), &at);
        batch.add(at.offset, at.crc, item);
        bytes
    }
}

/// Reads a record of any input; what cannot be read is rejected, but a dead letter never is.
fn parse(record: Record, at: &Origin) -> (Item, usize) {
    let input = At::from(at);
    if at.topic == topics::DEAD_LETTERS {
        let value = record.value.as_deref().unwrap_or_default();
        let letter = DeadLetter::from_headers(&record.headers).unwrap_or_else(|| foreign(at));
        return (Item::DeadLetter(Box::new(DeadLetterRow::new(&letter, value, input))), 1_024);
    }
    let row = if at.topic == topics::OPERATIONS { operation(&record, &input) } else { feedback(&record, &input) };
    let bytes = record.bytes();
    match row {
        Ok(row) => {
            let bytes = bytes + row.bytes();
            (Item::Candidate(Box::new(Candidate { row, record })), bytes)
        }
        Err(rejection) => (Item::Rejected(Box::new(record), rejection), bytes),
    }
}

fn feedback(record: &Record, input: &At) -> Result<StateRow, Rejection> {
    envelope::check_type(&record.headers, topics::ENRICHED)?;
    let src = envelope::origin(&record.headers)?;
    let enriched: Enriched = envelope::parse(record.value.as_deref())?;
    let enriched_at = envelope::written_ms(&record.headers).unwrap_or(record.timestamp_ms);
    Ok(StateRow::Feedback(Box::new(FeedbackRow::new(enriched, enriched_at, &src, input))))
}

fn operation(record: &Record, input: &At) -> Result<StateRow, Rejection> {
    envelope::check_type(&record.headers, topics::OPERATIONS)?;
    let src = envelope::origin(&record.headers)?;
    let operation: Operation = envelope::parse(record.value.as_deref())?;
    Ok(StateRow::of_operation(operation, &src, input))
}

/// Somebody else's message on the dead-letter topic: kept as a dead letter of its own.
fn foreign(at: &Origin) -> DeadLetter {
    let rejection = Rejection::new(Reason::MissingLineage, "a message without the headers of a dead letter");
    DeadLetter { stage: Stage::Sink, rejection, at: at.clone(), src: None }
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

    async fn states(&mut self, table: StateTable, ids: &[Uuid], pending: &Pending) -> Result<Vec<State>> {
        self.clickhouse.states(table, ids, pending).await.context("looking up known states")
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

    async fn reject(&mut self, records: Vec<(Record, Rejection)>) -> Result<()> {
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

    fn count(&mut self, verdicts: &[Verdict]) {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(topic: &str, value: &[u8]) -> Record {
        let mut record = Record::new(topic, 1, 2);
        record.value = Some(value.to_vec());
        record.headers = vec![(Origin::HEADER.to_owned(), b"raw:0:9:8:000000ff".to_vec())];
        record
    }

    #[test]
    fn each_input_has_its_rows_and_what_is_none_of_them_is_rejected() {
        let order = include_bytes!("../../schemas/examples/operations.normalized.v1/orders.minimal.json");
        let review = include_bytes!("../../schemas/examples/feedback.enriched.v1/reviews.minimal.json");
        for (topic, value, expected) in [
            (topics::ENRICHED, &review[..], "feedback"),
            (topics::OPERATIONS, &order[..], "orders"),
            (topics::OPERATIONS, &review[..], "missing_field"),
            (topics::ENRICHED, b"{", "not_json"),
            (topics::DEAD_LETTERS, b"{", "letter"),
        ] {
            let record = record(topic, value);
            let at = record.origin();
            let (found, bytes) = match parse(record, &at) {
                (Item::Candidate(candidate), bytes) => (candidate.row.table().as_str(), bytes),
                (Item::DeadLetter(_), bytes) => ("letter", bytes),
                (Item::Rejected(_, rejection), bytes) => (rejection.reason.as_str(), bytes),
            };
            assert_eq!(found, expected, "{topic}");
            assert!(bytes > value.len(), "{topic}: {bytes} bytes are counted");
        }
    }
}

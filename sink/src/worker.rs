//! One partition's task: take over what was pending, then collect and write, with several ranges in flight.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use hearken_runtime::breaker::{Breaker, RejectBounds};
use hearken_runtime::kafka::consumer::{Assigned, Work};
use hearken_runtime::kafka::erasures::Follower;
use hearken_runtime::kafka::producer::Producer;
use hearken_runtime::metrics::Metrics;
use hearken_runtime::record::Record;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::batch::{Batch, Bounds, Item, Size};
use crate::clickhouse::ClickHouse;
use crate::effects::World;
use crate::intent::{Intent, Range};
use crate::loading::{Loaded, load, next};
use crate::parse::parse;
use crate::protocol::{Partition, Place};
use crate::seen::Seen;

/// How long to wait before the filter of ids is loaded again, after it could not be.
const LOAD_AGAIN: Duration = Duration::from_secs(5);

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
    /// How much is taken together.
    pub limits: Limits,
    /// How much may be bad before the sink stops.
    pub reject: RejectBounds,
    /// Who is to be forgotten.
    pub erasures: Follower,
}

/// How much a partition takes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// When a batch closes.
    pub bounds: Bounds,
    /// How many ranges may be in flight.
    pub inflight_max: usize,
    /// The most memory of the filter of known ids.
    pub filter_bytes_max: usize,
}

impl Work for SinkWork {
    fn run(&self, assigned: Assigned) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> {
        let Assigned { topic, partition, committed, records, committer } = assigned;
        let place = Place { topic, partition, group: self.group.clone() };
        let worker = Worker {
            place,
            records,
            world: World {
                clickhouse: self.clickhouse.clone(),
                producer: self.producer.clone(),
                metrics: Arc::clone(&self.metrics),
                committer,
                erasures: self.erasures.clone(),
            },
            metrics: Arc::clone(&self.metrics),
            limits: self.limits,
            breaker: Breaker::new(self.reject),
            batch: Batch::default(),
            size: Size::default(),
        };
        Box::pin(worker.run(committed))
    }
}

struct Worker {
    place: Place,
    records: mpsc::Receiver<Record>,
    world: World,
    metrics: Arc<Metrics>,
    limits: Limits,
    breaker: Breaker,
    /// What is being collected.
    batch: Batch,
    size: Size,
}

impl Worker {
    async fn run(mut self, committed: Option<(i64, String)>) -> Result<()> {
        let intent = self.intent(committed).await?;
        let seen = Seen::new(self.limits.filter_bytes_max);
        let mut partition =
            Partition::new(self.world.clone(), self.place.clone(), intent, seen, self.limits.inflight_max);
        for range in partition.pending() {
            let Place { topic, partition: number, .. } = &self.place;
            tracing::info!(topic, partition = number, %range, "recovering");
            let Some(batch) = self.collect_exactly(range).await? else { return Ok(()) };
            partition.write(batch).await?;
        }
        self.write_all(&mut partition).await
    }

    /// Returns what the last commit said. Where the sink did not make it, somebody moved the group by hand, or it never
    /// committed: then what ClickHouse has of this partition belongs to another life of its offsets.
    async fn intent(&self, committed: Option<(i64, String)>) -> Result<Intent> {
        let intent = committed.as_ref().map(|(_, metadata)| Intent::parse(metadata)).transpose()?.flatten();
        if let Some(intent) = intent {
            return Ok(intent);
        }
        let epoch = self.world.clickhouse.next_epoch(&self.place).await.context("looking up the last epoch")?;
        if committed.is_some() || epoch > 0 {
            let Place { topic, partition, .. } = &self.place;
            tracing::warn!(topic, partition, epoch, "the group was moved by hand: rows of the epochs before are known");
        }
        Ok(Intent { epoch, ..Intent::default() })
    }

    /// Collects a pending range as it was; `None` where the partition went away before it was read.
    async fn collect_exactly(&mut self, range: Range) -> Result<Option<Batch>> {
        loop {
            let Some(record) = self.records.recv().await else { return Ok(None) };
            let offset = record.offset;
            anyhow::ensure!(
                range.contains(offset),
                "offset {offset} came while {range} is pending; was the topic made again or the group rewound?"
            );
            self.add(record)?;
            if offset == range.last {
                return Ok(Some(self.take()));
            }
        }
    }

    /// Collects and writes until the partition has gone, then finishes what is open.
    async fn write_all(&mut self, partition: &mut Partition<World>) -> Result<()> {
        let mut deadline = Instant::now();
        let mut ids = Some(load(&self.world.clickhouse, &self.place, Duration::ZERO));
        loop {
            let collecting = !self.batch.sums.is_empty();
            tokio::select! {
                biased;
                // Every id that the filter holds spares the database a question.
                piece = next(&mut ids) => match piece {
                    Loaded::Room(known, go) => {
                        partition.begin_loading(known);
                        let _ = go.send(());
                    }
                    Loaded::Ids(some) => partition.seen.load(&some),
                    Loaded::All => (ids, _) = (None, partition.seen.end_loading()),
                    Loaded::Failed => {
                        partition.seen.abandon_loading();
                        ids = Some(load(&self.world.clickhouse, &self.place, LOAD_AGAIN));
                    }
                },
                answer = partition.answer(), if !partition.idle() => {
                    if let Some(answer) = answer {
                        partition.settle(answer?).await?;
                    }
                    // Otherwise the next intent carries it.
                    if !collecting {
                        partition.commit().await?;
                    }
                }
                () = tokio::time::sleep_until(deadline), if collecting => self.flush(partition).await?,
                record = self.records.recv() => {
                    let Some(record) = record else { break };
                    if !collecting {
                        deadline = Instant::now() + Duration::from_millis(self.limits.bounds.age_ms_max);
                    }
                    self.add(record)?;
                    if self.limits.bounds.full(self.size) {
                        self.flush(partition).await?;
                    }
                }
            }
            if ids.is_none() && partition.seen.wants_loading() {
                ids = Some(load(&self.world.clickhouse, &self.place, Duration::ZERO));
            }
        }
        self.flush(partition).await?;
        partition.finish().await
    }

    async fn flush(&mut self, partition: &mut Partition<World>) -> Result<()> {
        let batch = self.take();
        partition.write(batch).await
    }

    fn take(&mut self) -> Batch {
        self.size = Size::default();
        std::mem::take(&mut self.batch)
    }

    /// Parses a record into the batch; the bytes it takes there count against the batch's bound alone.
    fn add(&mut self, record: Record) -> Result<()> {
        let age_ms = hearken_runtime::stage::now_ms() - record.timestamp_ms;
        self.metrics.age_seconds.observe(age_ms.max(0) as f64 / 1_000.0);
        let at = record.origin();
        let (item, bytes) = parse(record.release(), &at);
        self.breaker.note(matches!(item, Item::Rejected(..)))?;
        self.size.rows += 1;
        self.size.bytes += bytes;
        self.batch.add(at.offset, at.crc, item);
        Ok(())
    }
}

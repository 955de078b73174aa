//! A life of the sink, in the worker's order: take over what was pending, then collect and write, until the partition
//! goes away.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use hearken_sink::batch::Batch;
use hearken_sink::intent::{Intent, Range};
use hearken_sink::protocol::{Partition, Place};
use hearken_sink::seen::Seen;
use uuid::Uuid;

use crate::defect::{Defect, rename};
use crate::log::{Log, TOPIC};
use crate::scheduler::{lock, rest};
use crate::world::Life;

/// A worker of one partition.
pub(crate) struct Worker {
    pub(crate) life: Life,
    pub(crate) log: Arc<Log>,
    /// Lives whose partition was revoked: they get no more records.
    pub(crate) revoked: Arc<Mutex<HashSet<usize>>>,
    next: usize,
    batch: Batch,
    rows_max: usize,
}

/// How far the filter is loaded.
enum Loading {
    No,
    Asked,
    Pieces(Vec<Uuid>),
}

impl Worker {
    pub(crate) fn new(life: Life, log: Arc<Log>, revoked: Arc<Mutex<HashSet<usize>>>) -> Self {
        let rows_max = life.model().rng.usize(1..12);
        Self { life, log, revoked, next: 0, batch: Batch::default(), rows_max }
    }

    /// Lives until the partition is revoked, or something fails.
    pub(crate) async fn run(mut self) -> Result<()> {
        self.life.wander().await;
        let intent = self.intent()?;
        let (inflight_max, bytes_max) = {
            let rng = &mut self.life.model().rng;
            let inflight_max = if rng.u8(0..20) == 0 { 16 } else { rng.usize(1..5) };
            (inflight_max, [8, 64, 4_096][rng.usize(..3)])
        };
        let place = Place { topic: TOPIC.to_owned(), partition: 0, group: "sim".to_owned() };
        let mut partition = Partition::new(self.life.clone(), place, intent, Seen::new(bytes_max), inflight_max);
        for range in partition.pending() {
            self.life.model().count("range recovered");
            let Some(batch) = self.collect_exactly(range).await? else { return Ok(()) };
            partition.write(batch).await?;
        }
        self.write_all(&mut partition).await
    }

    /// Reads what the last commit said, and goes to its offset.
    fn intent(&mut self) -> Result<Intent> {
        let mut model = self.life.model();
        let committed = model.committed.clone();
        model.tell(|| format!("life {} begins at {committed:?}", self.life.number));
        self.next = committed.as_ref().map_or(0, |(offset, _)| self.log.index(*offset));
        let intent = committed.as_ref().map(|(_, metadata)| Intent::parse(metadata)).transpose()?.flatten();
        let Some(mut intent) = intent else {
            let epoch = model.server.next_epoch();
            return Ok(Intent { epoch, ..Intent::default() });
        };
        if intent.pending.len() > 1 && intent.erasures > 0 {
            model.count("several ranges pending that a list of erasures judged");
        }
        if intent.pending.len() > 1 {
            model.count("several ranges pending at once");
        }
        if model.defect == Defect::RecoversByNewest {
            intent.erasures = model.erasures.last().map_or(0, |list| list.end());
        }
        if model.defect == Defect::Regroups {
            intent.pending = self.regrouped(&intent.pending);
        }
        Ok(intent)
    }

    /// Cuts pending ranges anew: each in two where it can be.
    fn regrouped(&self, pending: &[Range]) -> Vec<Range> {
        let cut = |range: &Range| {
            let offsets: Vec<i64> = self.log.offsets(*range).collect();
            match offsets[..] {
                [first, last, ..] if offsets.len() > 1 => {
                    vec![Range { first, last: first }, Range { first: last, last: range.last }]
                }
                _ => vec![*range],
            }
        };
        pending.iter().flat_map(cut).collect()
    }

    async fn collect_exactly(&mut self, range: Range) -> Result<Option<Batch>> {
        loop {
            let Some(offset) = self.receive().await else { return Ok(None) };
            anyhow::ensure!(range.contains(offset), "offset {offset} came while {range} is pending");
            self.add(offset);
            if offset == range.last {
                return Ok(Some(self.take()));
            }
        }
    }

    async fn write_all(&mut self, partition: &mut Partition<Life>) -> Result<()> {
        let mut loading = Loading::No;
        let mut age = 0;
        loop {
            let collecting = !self.batch.sums.is_empty();
            if self.life.model().defect == Defect::ClaimsCompleteness {
                partition.begin_loading(0);
                partition.seen.end_loading();
            }
            tokio::select! {
                biased;
                () = self.piece(), if self.loads(partition, &loading) => loading = self.load(partition, loading),
                answer = partition.answer(), if !partition.idle() => {
                    if let Some(answer) = answer {
                        partition.settle(answer?).await?;
                    }
                    if !collecting {
                        partition.commit().await?;
                    }
                }
                () = rest(age), if collecting => self.flush(partition).await?,
                offset = self.receive() => {
                    let Some(offset) = offset else { break };
                    if !collecting {
                        age = self.life.model().rng.u32(1..20);
                    }
                    self.add(offset);
                    if self.batch.sums.len() >= self.rows_max {
                        self.flush(partition).await?;
                    }
                }
            }
        }
        self.flush(partition).await?;
        partition.finish().await
    }

    /// Waits for the next record; `None` once the partition was revoked.
    async fn receive(&self) -> Option<i64> {
        self.life.wander().await;
        let revoked = || lock(&self.revoked).contains(&self.life.number);
        // The end of the log is reached: whoever revokes the partition wakes us.
        std::future::poll_fn(|_| match self.log.0.get(self.next) {
            _ if revoked() => std::task::Poll::Ready(None),
            Some((offset, _)) => std::task::Poll::Ready(Some(*offset)),
            None => std::task::Poll::Pending,
        })
        .await
    }

    fn add(&mut self, offset: i64) {
        let (_, entry) = &self.log.0[self.next];
        entry.add_to(&mut self.batch, offset);
        self.next += 1;
    }

    async fn flush(&mut self, partition: &mut Partition<Life>) -> Result<()> {
        let batch = self.take();
        partition.write(batch).await
    }

    fn take(&mut self) -> Batch {
        let mut batch = std::mem::take(&mut self.batch);
        let number = {
            let mut model = self.life.model();
            model.count("batch");
            if model.defect == Defect::SharesIds { u128::from(model.hazards["batch"]) } else { 0 }
        };
        for item in &mut batch.items {
            if let hearken_sink::batch::Item::Candidate(candidate) = item {
                rename(&mut candidate.row, number);
            }
        }
        batch
    }

    /// Tells whether the filter is to be loaded; under names of its own no batch would find itself there.
    fn loads(&self, partition: &Partition<Life>, loading: &Loading) -> bool {
        let wanted = !matches!(loading, Loading::No) || partition.seen.wants_loading();
        wanted && self.life.model().defect != Defect::SharesIds
    }

    /// Waits for the next piece of ids.
    async fn piece(&self) {
        let times = self.life.model().rng.u32(0..30);
        rest(times).await;
    }

    fn load(&self, partition: &mut Partition<Life>, loading: Loading) -> Loading {
        let mut model = self.life.model();
        if !matches!(loading, Loading::No) && model.strikes("loading of the filter failed", 20) {
            partition.seen.abandon_loading();
            return Loading::No;
        }
        match loading {
            Loading::No => {
                partition.begin_loading(model.server.ids().len());
                Loading::Asked
            }
            Loading::Asked => {
                let mut ids = model.server.ids();
                model.rng.shuffle(&mut ids);
                Loading::Pieces(ids)
            }
            Loading::Pieces(mut ids) if !ids.is_empty() => {
                let some = ids.split_off(model.rng.usize(..ids.len()));
                partition.seen.load(&some);
                Loading::Pieces(ids)
            }
            Loading::Pieces(_) => {
                partition.seen.end_loading();
                model.count("filter loaded");
                Loading::No
            }
        }
    }
}

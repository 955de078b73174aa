//! How the ranges of one partition are written exactly once: judgement, intent, insert, commit.
//!
//! The order is the whole point, so it lives apart from every engine: the worker runs it over Kafka and ClickHouse, the
//! simulation over a model that fails anywhere.
//!
//! A range is judged *before* its intent is committed. The coordinator refuses the commit of a member that has lost the
//! partition, so a judgement that is written was made by the owner; what a paused member saw meanwhile never counts.

use std::collections::{BTreeMap, HashSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::{Result, bail};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use hearken_runtime::record::Record;
use hearken_schemas::dead_letter::{Reason, Rejection};
use hearken_schemas::erasure::{Erasures, Named};
use uuid::Uuid;

use crate::batch::{Batch, Candidate, Item};
use crate::block::Rows;
use crate::flight::Flight;
use crate::intent::{Intent, Range, token};
use crate::row::{At, DeadLetterRow, FeedbackRow, OutcomeRow, StateRow};
use crate::seen::Seen;
use crate::table::StateTable;
use crate::versions::{Plan, State, StateKey, States, Verdict, heads_needed, plan};

/// Rows that a judgement must not see: those that ranges in flight may have written already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Topic of the sink's input.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// The life of its offsets; what another one wrote counts.
    pub epoch: u32,
    /// The ranges.
    pub ranges: Vec<Range>,
}

/// Why an insert did not take.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The block could not be read and nothing of it was written: a row in it is to blame.
    #[error("{0}")]
    Undecodable(String),
    /// Anything else, after every retry that made sense.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

/// A future that is run by somebody else.
pub type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What the protocol does to the world; each may fail, and then the range is written again from its intent.
pub trait Effects: Clone + Send + Sync + 'static {
    /// Commits an offset with metadata, synchronously.
    fn commit(&self, offset: i64, metadata: String) -> impl Future<Output = Result<()>> + Send;
    /// Returns every state of these ids outside the pending ranges.
    fn states(
        &self,
        table: StateTable,
        ids: &[Uuid],
        pending: &Pending,
    ) -> impl Future<Output = Result<Vec<State>>> + Send;
    /// Returns the rows of `feedback` (sign 1) of these states outside the pending ranges.
    fn rows(&self, keys: &[StateKey], pending: &Pending) -> impl Future<Output = Result<Vec<FeedbackRow>>> + Send;
    /// Returns which of these dead letters have a row outside the pending ranges: (stage, coordinates).
    fn letters(
        &self,
        rows: &[DeadLetterRow],
        pending: &Pending,
    ) -> impl Future<Output = Result<HashSet<(String, At)>>> + Send;
    /// Inserts rows as one block under a token; a repeat of both changes nothing.
    fn insert(&self, rows: &Rows, token: &str) -> impl Future<Output = Result<(), Refusal>> + Send;
    /// Sends records to the dead letters and waits for the broker's answers.
    fn reject(&self, records: Vec<(Record, Rejection)>) -> impl Future<Output = Result<()>> + Send;
    /// Counts how the records of a range were judged, and how many were erased, once they are written.
    fn count(&self, verdicts: &[Verdict], erased: usize);
    /// Returns the newest list of erasures, one that reaches at least to this offset.
    fn erasures(&self, until: i64) -> impl Future<Output = Result<Arc<Erasures>>> + Send;
    /// Runs a future beside this one; dropping what is returned ends it.
    fn spawn<T: Send + 'static>(&self, task: Task<T>) -> Task<Result<T>>;
}

/// Which input a partition is.
#[derive(Debug, Clone)]
pub struct Place {
    /// Topic of the sink's input.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// The consumer group, part of every token.
    pub group: String,
}

/// One partition as the protocol sees it.
pub struct Partition<E: Effects> {
    /// The world.
    pub effects: E,
    /// The ids it may have met.
    pub seen: Seen,
    place: Place,
    flight: Flight,
    /// The list that ranges are judged by, as of the offset that the flight says.
    erasures: Arc<Erasures>,
    inserts: FuturesOrdered<Task<Result<Result<Written>>>>,
    inflight_max: usize,
}

/// How the insert of a range ended.
pub enum Written {
    /// All of it is written.
    Whole(Range),
    /// ClickHouse could not read a block of it, for this reason; what it holds is to be judged anew in smaller pieces.
    Undecodable(Box<Judged>, String),
}

/// A batch that was judged: what it writes, and whatever is needed to judge it anew.
pub struct Judged {
    range: Range,
    token: String,
    /// Records that cannot be read.
    rejected: Vec<(Record, Rejection)>,
    /// Candidates that are in conflict with a state, by the offset of their record.
    conflicts: Vec<(i64, Rejection)>,
    rows: Vec<Rows>,
    rest: Vec<StateRow>,
    records: BTreeMap<i64, Record>,
    sums: Vec<(i64, u32)>,
    verdicts: Vec<Verdict>,
    /// What names somebody who is to be forgotten, as it came.
    erased: Vec<Item>,
}

/// What the records of a range are, apart.
#[derive(Default)]
struct Sorted {
    candidates: Vec<StateRow>,
    records: BTreeMap<i64, Record>,
    letters: Vec<DeadLetterRow>,
    rejected: Vec<(Record, Rejection)>,
    erased: Vec<Item>,
    outcomes: Vec<OutcomeRow>,
}

impl<E: Effects> Partition<E> {
    /// Takes a partition over as its last commit left it; [`Partition::pending`] must be written first.
    pub fn new(effects: E, place: Place, intent: Intent, seen: Seen, inflight_max: usize) -> Self {
        let flight = Flight::new(intent);
        let (erasures, inserts) = (Arc::default(), FuturesOrdered::new());
        Self { effects, seen, place, flight, erasures, inserts, inflight_max }
    }

    /// Begins to load the filter of known ids, about so many; what is in flight may not be in the database yet.
    pub fn begin_loading(&mut self, known: usize) {
        self.seen.begin_loading(known);
        self.flight.ids().for_each(|id| self.seen.add(id));
    }

    /// Returns the ranges in flight, in order.
    pub fn pending(&self) -> Vec<Range> {
        self.flight.ranges()
    }

    /// Tells whether no insert is under way.
    pub fn idle(&self) -> bool {
        self.inserts.is_empty()
    }

    /// Judges a batch, commits the intent to write it, and begins to.
    ///
    /// Written again with the same records after any failure, it ends in the same state.
    ///
    /// # Errors
    /// Whatever an effect answered; the range stays pending.
    pub async fn write(&mut self, batch: Batch) -> Result<()> {
        let Some(range) = batch.range() else { return Ok(()) };
        let identities = batch.identities();
        // A pending range of a former life waits for none: they were disjoint, and all must be under way before an
        // answer may begin a new life of the offsets, which would leave whatever is half written as it is.
        let recovers = self.flight.ranges().contains(&range);
        self.take_erasures(recovers).await?;
        while !recovers && (self.inserts.len() >= self.inflight_max || self.flight.meets(range, &identities)) {
            match self.answer().await {
                Some(answer) => self.settle(answer?).await?,
                None => break,
            }
        }
        let judged = self.judge(batch, range).await?;
        self.flight.begin(range, identities);
        self.commit().await?;
        let task = write(self.effects.clone(), judged);
        self.inserts.push_back(self.effects.spawn(Box::pin(task)));
        Ok(())
    }

    /// Takes the list that the next range is judged by: a newer one with nothing in flight, so that one offset in the intent says
    /// of all ranges how they were judged, and whoever judges them again does so by the same.
    async fn take_erasures(&mut self, recovers: bool) -> Result<()> {
        self.erasures = self.effects.erasures(self.flight.erasures()).await?;
        if recovers || self.erasures.end() == self.flight.erasures() {
            return Ok(());
        }
        while let Some(answer) = self.answer().await {
            self.settle(answer?).await?;
        }
        self.flight.judge_by(self.erasures.end());
        Ok(())
    }

    /// Waits for the oldest insert; `None` where none is under way. Dropped before it is ready it has done nothing.
    pub async fn answer(&mut self) -> Option<Result<Written>> {
        Some(self.inserts.next().await?.and_then(|answer| answer))
    }

    /// Takes the answer to an insert.
    ///
    /// # Errors
    /// Whatever an effect answered while rows were looked for that ClickHouse cannot read.
    pub async fn settle(&mut self, answer: Written) -> Result<()> {
        match answer {
            Written::Whole(range) => self.flight.finish(range),
            Written::Undecodable(judged, why) => self.salvage(*judged, why).await?,
        }
        Ok(())
    }

    /// Commits what is written and what is in flight.
    ///
    /// # Errors
    /// Whatever the coordinator answered.
    pub async fn commit(&mut self) -> Result<()> {
        let Some((offset, intent)) = self.flight.commit() else { return Ok(()) };
        self.effects.commit(offset, intent.to_string()).await
    }

    /// Waits until nothing is in flight and commits that.
    ///
    /// # Errors
    /// As [`Partition::write`].
    pub async fn finish(&mut self) -> Result<()> {
        while let Some(answer) = self.answer().await {
            self.settle(answer?).await?;
        }
        self.commit().await
    }

    /// Writes what ClickHouse cannot read in halves, down to the row to blame, which becomes a dead letter.
    ///
    /// Every attempt is a new life of the offsets: what some tables took before another one failed counts as known.
    /// Whatever lies behind in the log is written first, so that nothing of the old life is in flight.
    async fn salvage(&mut self, judged: Judged, why: String) -> Result<()> {
        let mut open = vec![Piece::Broken(judged, why)];
        while let Some(answer) = self.answer().await {
            match answer? {
                Written::Whole(range) => self.flight.finish(range),
                Written::Undecodable(judged, why) => open.push(Piece::Broken(*judged, why)),
            }
        }
        open.reverse();
        while let Some(piece) = open.pop() {
            match piece {
                Piece::Broken(judged, why) => open.extend(self.cut(judged, &why).await?),
                Piece::Whole(batch) => match self.write_alone(batch).await? {
                    Some(Written::Undecodable(judged, why)) => open.push(Piece::Broken(*judged, why)),
                    Some(Written::Whole(range)) => self.flight.finish(range),
                    None => {}
                },
            }
        }
        Ok(())
    }

    /// Begins a new life of the offsets and returns the batch in pieces, the first one last.
    async fn cut(&mut self, judged: Judged, why: &str) -> Result<Vec<Piece>> {
        let first = judged.range.first;
        self.flight.raise();
        let intent = Intent { epoch: self.flight.epoch(), ..Intent::default() };
        self.effects.commit(first, intent.to_string()).await?;
        match judged.into_batch().halves() {
            Ok([left, right]) => Ok(vec![Piece::Whole(right), Piece::Whole(left)]),
            Err(only) => Ok(vec![Piece::Whole(self.give_up(only, why).await?)]),
        }
    }

    async fn write_alone(&mut self, batch: Batch) -> Result<Option<Written>> {
        let Some(range) = batch.range() else { return Ok(None) };
        let identities = batch.identities();
        let judged = self.judge(batch, range).await?;
        self.flight.begin(range, identities);
        self.commit().await?;
        Ok(Some(write(self.effects.clone(), judged).await?))
    }

    /// Sends the one record that is left to the dead letters and returns the batch without it.
    async fn give_up(&mut self, mut only: Batch, why: &str) -> Result<Batch> {
        let Some(Item::Candidate(candidate)) = only.items.pop() else {
            bail!("ClickHouse cannot read a block of dead letters or outcomes, which no record is to blame for: {why}");
        };
        let rejection = Rejection::new(Reason::Undecodable, why);
        self.effects.reject(vec![(candidate.record, rejection)]).await?;
        Ok(only)
    }

    /// Judges a batch against the states that are known outside the ranges in flight.
    async fn judge(&mut self, batch: Batch, range: Range) -> Result<Judged> {
        let Place { topic, partition, group } = &self.place;
        let epoch = self.flight.epoch();
        let token = token(epoch, group, (topic, *partition), range, batch.crc());
        let mut ranges = self.flight.ranges();
        if !ranges.contains(&range) {
            ranges.push(range);
        }
        let pending = Pending { topic: topic.clone(), partition: *partition, epoch, ranges };

        let sums = batch.sums;
        let Sorted { candidates, records, letters, rejected, erased, outcomes } = self.sort(batch.items);
        let states = self.known_states(&candidates, &pending).await?;
        let needed = heads_needed(&candidates, &states);
        let heads = if needed.is_empty() { Vec::new() } else { self.effects.rows(&needed, &pending).await? };
        let mut plan = plan(candidates, states, heads)?;
        plan.outcomes.extend(outcomes);
        let mut rows = plan.take_rows();
        rows.extend(self.new_letters(letters, &pending).await?);
        let Plan { conflicts, rest, verdicts, .. } = plan;
        Ok(Judged { range, token, rejected, conflicts, rows, rest, records, sums, verdicts, erased })
    }

    /// Tells what is to be forgotten from what is to be judged, and says in which epoch each is written.
    fn sort(&self, items: Vec<Item>) -> Sorted {
        let (epoch, before) = (self.flight.epoch(), self.flight.erasures());
        let erases = |named: &Named| self.erasures.erases(named, before);
        let mut sorted = Sorted::default();
        for item in items {
            if let Some(mut outcome) = outcome_of_erased(&item, erases) {
                outcome.lineage.input.epoch = epoch;
                sorted.outcomes.push(outcome);
                sorted.erased.push(item);
                continue;
            }
            match item {
                Item::Candidate(candidate) => {
                    let Candidate { mut row, record, .. } = *candidate;
                    row.stamp(epoch);
                    sorted.records.insert(row.offset(), record);
                    sorted.candidates.push(row);
                }
                Item::DeadLetter(mut row, _) => {
                    row.lineage.input.epoch = epoch;
                    sorted.letters.push(*row);
                }
                Item::Rejected(record, rejection) => sorted.rejected.push((*record, rejection)),
                Item::Erased(_) => {}
            }
        }
        sorted
    }

    /// Looks up the states of all ids that may be known, and notes the ids.
    async fn known_states(&mut self, candidates: &[StateRow], pending: &Pending) -> Result<States> {
        let mut known = States::default();
        for table in StateTable::ALL {
            let of_table = candidates.iter().filter(|row| row.table() == table).map(StateRow::id);
            let mut ids: Vec<Uuid> = of_table.filter(|id| self.seen.may_know(id)).collect();
            ids.sort_unstable();
            ids.dedup();
            if !ids.is_empty() {
                self.effects.states(table, &ids, pending).await?.into_iter().for_each(|state| known.add(state));
            }
        }
        candidates.iter().for_each(|row| self.seen.add(&row.id()));
        Ok(known)
    }

    async fn new_letters(&mut self, mut letters: Vec<DeadLetterRow>, pending: &Pending) -> Result<Option<Rows>> {
        if letters.is_empty() {
            return Ok(None);
        }
        let mut known = self.effects.letters(&letters, pending).await?;
        letters.retain(|letter| known.insert((letter.stage.to_owned(), letter.at.clone())));
        Ok((!letters.is_empty()).then_some(Rows::DeadLetters(letters)))
    }
}

/// Work that is left while rows are looked for that ClickHouse cannot read.
#[allow(clippy::large_enum_variant, reason = "there are never more than a few at a time")]
enum Piece {
    Broken(Judged, String),
    Whole(Batch),
}

impl Judged {
    /// Returns what has no outcome yet as a batch that may be judged anew.
    fn into_batch(mut self) -> Batch {
        let (mut rows, mut letters) = (self.rest, Vec::new());
        for written in self.rows {
            match written {
                Rows::Feedback(all) => {
                    rows.extend(
                        all.into_iter().filter(|row| row.sign == 1).map(|row| StateRow::Feedback(Box::new(row))),
                    );
                }
                Rows::Orders(all) => rows.extend(all.into_iter().map(|row| StateRow::Order(Box::new(row)))),
                Rows::Visits(all) => rows.extend(all.into_iter().map(|row| StateRow::Visit(Box::new(row)))),
                Rows::Customers(all) => rows.extend(all.into_iter().map(|row| StateRow::Customer(Box::new(row)))),
                // They follow from the judgement.
                Rows::Outcomes(_) => {}
                Rows::DeadLetters(all) => letters = all,
            }
        }
        // What is here names nobody whom the list knows, and the list stays the same.
        let candidate = |row: StateRow| {
            let record = self.records.remove(&row.offset())?;
            Some(Item::Candidate(Box::new(Candidate { row, record, named: Named::default() })))
        };
        let mut items: Vec<Item> = rows.into_iter().filter_map(candidate).collect();
        items.extend(letters.into_iter().map(|row| Item::DeadLetter(Box::new(row), Named::default())));
        items.extend(self.erased);
        items.extend(self.rejected.into_iter().map(|(record, why)| Item::Rejected(Box::new(record), why)));
        items.sort_by_key(Item::offset);
        Batch { items, sums: self.sums }
    }
}

/// Returns the outcome of a record that is to be forgotten, or was by a service before.
fn outcome_of_erased(item: &Item, erases: impl Fn(&Named) -> bool) -> Option<OutcomeRow> {
    match item {
        Item::Erased(row) => Some((**row).clone()),
        Item::Candidate(candidate) if erases(&candidate.named) => {
            Some(OutcomeRow::erased(candidate.row.lineage(), candidate.row.received_at()))
        }
        Item::DeadLetter(row, named) if erases(named) => {
            let mut lineage = row.lineage.clone();
            if lineage.src.topic.is_empty() {
                lineage.src = row.at.clone();
            }
            Some(OutcomeRow::erased(lineage, row.received_at))
        }
        Item::Candidate(_) | Item::DeadLetter(..) | Item::Rejected(..) => None,
    }
}

/// Writes what was judged, table by table under one token, and sends the dead letters after: what a record is in
/// conflict with is written by then, and did not turn out to be unreadable itself.
async fn write<E: Effects>(effects: E, judged: Judged) -> Result<Written> {
    for rows in &judged.rows {
        match effects.insert(rows, &judged.token).await {
            Ok(()) => {}
            Err(Refusal::Undecodable(why)) => return Ok(Written::Undecodable(Box::new(judged), why)),
            Err(Refusal::Failed(error)) => return Err(error),
        }
    }
    let Judged { range, mut rejected, conflicts, mut records, verdicts, erased, .. } = judged;
    rejected.extend(conflicts.into_iter().filter_map(|(offset, why)| Some((records.remove(&offset)?, why))));
    if !rejected.is_empty() {
        effects.reject(rejected).await?;
    }
    effects.count(&verdicts, erased.len());
    Ok(Written::Whole(range))
}

//! How a range of one partition is written exactly once: intent, judgement, insert, commit.
//!
//! The order is the whole point, so it lives apart from every engine: the worker runs it over Kafka and ClickHouse, the
//! simulation over a model that fails anywhere.

use std::collections::HashSet;
use std::future::Future;

use anyhow::Result;
use hearken_runtime::record::Record;
use hearken_schemas::dead_letter::Rejection;
use uuid::Uuid;

use crate::block::Rows;
use crate::intent::{Intent, Range, token};
use crate::row::{At, DeadLetterRow, FeedbackRow, StateRow};
use crate::table::StateTable;
use crate::versions::{State, StateKey, States, Verdict, heads_needed, plan};

/// One record of a batch, parsed.
#[derive(Debug)]
pub enum Item {
    /// It may become a row of a table of states.
    Candidate(Box<Candidate>),
    /// It is a dead letter, of whatever stage.
    DeadLetter(Box<DeadLetterRow>),
    /// It cannot be read: it goes to the dead letters.
    Rejected(Box<Record>, Rejection),
}

/// A record that may become a row.
#[derive(Debug)]
pub struct Candidate {
    /// The row, as far as the record alone decides it.
    pub row: StateRow,
    /// The record, for the case that it conflicts with a known state.
    pub record: Record,
}

/// The records of one range.
#[derive(Debug, Default)]
pub struct Batch {
    /// In order of offset.
    pub items: Vec<Item>,
    /// First and last offset; `None` while empty.
    pub range: Option<Range>,
    /// CRC-32 over the offsets and value checksums of all records.
    pub crc: u32,
}

impl Batch {
    /// Adds a record that was parsed to `item`.
    pub fn add(&mut self, offset: i64, value_crc: u32, item: Item) {
        let first = self.range.map_or(offset, |range| range.first);
        self.range = Some(Range { first, last: offset });
        let mut hasher = crc32fast::Hasher::new_with_initial(self.crc);
        hasher.update(&offset.to_le_bytes());
        hasher.update(&value_crc.to_le_bytes());
        self.crc = hasher.finalize();
        self.items.push(item);
    }
}

/// Rows that a judgement must not see: those that the pending range may have written already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Topic of the sink's input.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// The range.
    pub range: Range,
}

/// What the protocol does to the world; each may fail, and then the range is written again from its intent.
pub trait Effects: Send {
    /// Commits an offset with metadata, synchronously.
    fn commit(&mut self, offset: i64, metadata: String) -> impl Future<Output = Result<()>> + Send;
    /// Returns every state of these ids outside the pending range.
    fn states(
        &mut self,
        table: StateTable,
        ids: &[Uuid],
        pending: &Pending,
    ) -> impl Future<Output = Result<Vec<State>>> + Send;
    /// Returns the rows of `feedback` (sign 1) of these states outside the pending range.
    fn rows(&mut self, keys: &[StateKey], pending: &Pending) -> impl Future<Output = Result<Vec<FeedbackRow>>> + Send;
    /// Returns which of these dead letters have a row outside the pending range: (stage, coordinates).
    fn letters(
        &mut self,
        rows: &[DeadLetterRow],
        pending: &Pending,
    ) -> impl Future<Output = Result<HashSet<(String, At)>>> + Send;
    /// Inserts rows as one block under a token; a repeat of both changes nothing.
    fn insert(&mut self, rows: Rows, token: &str) -> impl Future<Output = Result<()>> + Send;
    /// Sends records to the dead letters and waits for the broker's answers.
    fn reject(&mut self, records: Vec<(Record, Rejection)>) -> impl Future<Output = Result<()>> + Send;
    /// Counts how the records of a range were judged, once they are written.
    fn count(&mut self, verdicts: &[Verdict]);
}

/// One partition as the protocol sees it.
pub struct Partition<E> {
    /// The world.
    pub effects: E,
    /// Topic of the sink's input.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// The consumer group, part of every token.
    pub group: String,
    /// The epoch, part of every token.
    pub epoch: u64,
}

impl<E: Effects> Partition<E> {
    /// Writes a batch: afterwards every record of it has its outcome and the group stands behind it.
    ///
    /// Run again with the same records after any failure, it ends in the same state.
    ///
    /// # Errors
    /// Whatever an effect answered; the range stays pending.
    pub async fn write(&mut self, batch: Batch) -> Result<()> {
        let Some(range) = batch.range else { return Ok(()) };
        let intent = Intent { epoch: self.epoch, pending: Some(range) };
        self.effects.commit(range.first, intent.to_string()).await?;

        let pending = Pending { topic: self.topic.clone(), partition: self.partition, range };
        let token = token(self.epoch, &self.group, (&self.topic, self.partition), range, batch.crc);
        let (mut candidates, mut letters, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
        for item in batch.items {
            match item {
                Item::Candidate(candidate) => candidates.push(*candidate),
                Item::DeadLetter(row) => letters.push(*row),
                Item::Rejected(record, rejection) => rejected.push((*record, rejection)),
            }
        }
        self.reject(rejected).await?;
        self.write_states(candidates, &pending, &token).await?;
        self.write_letters(letters, &pending, &token).await?;

        let done = Intent { epoch: self.epoch, pending: None };
        self.effects.commit(range.last + 1, done.to_string()).await
    }

    /// Judges and writes. What conflicts is sent before anything is inserted; since the rows outside the pending range
    /// decide, a second attempt finds the same conflicts, and their second dead letters are known by their coordinates.
    async fn write_states(&mut self, candidates: Vec<Candidate>, pending: &Pending, token: &str) -> Result<()> {
        if candidates.is_empty() {
            return Ok(());
        }
        let (rows, mut records): (Vec<_>, Vec<_>) =
            candidates.into_iter().map(|Candidate { row, record }| (row, Some(record))).unzip();
        let states = self.known_states(&rows, pending).await?;
        let needed = heads_needed(&rows, &states);
        let heads = if needed.is_empty() { Vec::new() } else { self.effects.rows(&needed, pending).await? };
        let mut plan = plan(rows, states, heads)?;
        let verdicts = std::mem::take(&mut plan.verdicts);
        let conflicts = std::mem::take(&mut plan.conflicts).into_iter();
        let record = |(nth, rejection): (usize, Rejection)| Some((records.get_mut(nth)?.take()?, rejection));
        let conflicts = conflicts.filter_map(record).collect();
        drop(records);
        self.reject(conflicts).await?;
        for rows in plan.into_rows() {
            self.effects.insert(rows, token).await?;
        }
        self.effects.count(&verdicts);
        Ok(())
    }

    async fn known_states(&mut self, candidates: &[StateRow], pending: &Pending) -> Result<States> {
        let mut known = States::default();
        for table in StateTable::ALL {
            let of_table = candidates.iter().filter(|row| row.table() == table);
            let mut ids: Vec<Uuid> = of_table.map(StateRow::id).collect();
            ids.sort_unstable();
            ids.dedup();
            if !ids.is_empty() {
                self.effects.states(table, &ids, pending).await?.into_iter().for_each(|state| known.add(state));
            }
        }
        Ok(known)
    }

    async fn write_letters(&mut self, mut letters: Vec<DeadLetterRow>, pending: &Pending, token: &str) -> Result<()> {
        if letters.is_empty() {
            return Ok(());
        }
        let mut known = self.effects.letters(&letters, pending).await?;
        letters.retain(|letter| known.insert((letter.stage.to_owned(), letter.at.clone())));
        if letters.is_empty() { Ok(()) } else { self.effects.insert(Rows::DeadLetters(letters), token).await }
    }

    async fn reject(&mut self, records: Vec<(Record, Rejection)>) -> Result<()> {
        if records.is_empty() { Ok(()) } else { self.effects.reject(records).await }
    }
}

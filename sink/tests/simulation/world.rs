//! The model of the world: what stays when the sink dies, and what a life of the sink can do to it.

use std::collections::{BTreeSet, HashMap, HashSet};

use anyhow::{Result, bail};
use hearken_runtime::record::Record;
use hearken_schemas::dead_letter::Rejection;
use hearken_schemas::envelope::Origin;
use hearken_sink::block::Rows;
use hearken_sink::intent::Range;
use hearken_sink::protocol::{Batch, Candidate, Effects, Item, Pending};
use hearken_sink::row::{At, DeadLetterRow, FeedbackRow, Lineage, OrderRow, OutcomeRow, StateRow};
use hearken_sink::table::{StateTable, Table};
use hearken_sink::versions::{State, StateKey, Verdict};
use uuid::Uuid;

/// The input, of feedback and orders alike: the protocol does not ask.
pub(crate) const TOPIC: &str = "feedback.enriched.v1";

/// What stays when the sink dies: the group's offsets, the server's tables, the letters' topic.
#[derive(Default)]
pub(crate) struct Durable {
    pub(crate) committed: Option<(i64, String)>,
    pub(crate) feedback: Vec<FeedbackRow>,
    pub(crate) orders: Vec<OrderRow>,
    pub(crate) outcomes: Vec<OutcomeRow>,
    /// Offsets of the records given up: a letter sent twice is known by them.
    pub(crate) letters: BTreeSet<i64>,
    pub(crate) rollup: i64,
    base_tokens: HashMap<(Table, String), Rows>,
    view_tokens: HashSet<(Table, String)>,
}

/// The world during one life of the sink: after `fuel` effects it dies, before or after the last one took hold.
pub(crate) struct World<'a> {
    pub(crate) durable: &'a mut Durable,
    pub(crate) fuel: usize,
    pub(crate) rng: fastrand::Rng,
    /// Deliberate defects, to prove that the simulation finds them.
    pub(crate) defect: Defect,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Defect {
    None,
    /// The look-up sees the rows of its own pending range.
    SeesPending,
    /// The look-up misses the newest state.
    MissesHead,
    /// The server ignores tokens.
    NoTokens,
    /// The look-up knows of feedback alone.
    ForgetsOperations,
    /// The broker acknowledges a dead letter that it does not keep.
    LosesLetters,
}

impl World<'_> {
    /// Burns fuel; returns whether the effect still takes hold, or fails where the sink is dead.
    fn burn(&mut self) -> Result<bool> {
        match self.fuel {
            0 => bail!("dead"),
            1 => {
                self.fuel = 0;
                Ok(self.rng.bool())
            }
            _ => {
                self.fuel -= 1;
                Ok(true)
            }
        }
    }

    fn alive(&self) -> Result<()> {
        if self.fuel == 0 { bail!("dead") } else { Ok(()) }
    }

    fn sees(&self, input: &At, pending: &Pending) -> bool {
        self.defect == Defect::SeesPending || !(pending.range.first..=pending.range.last).contains(&input.offset)
    }

    fn visible_feedback(&self, pending: &Pending) -> Vec<FeedbackRow> {
        let rows = self.durable.feedback.iter().filter(|row| row.sign == 1 && self.sees(&row.lineage().input, pending));
        rows.cloned().collect()
    }

    fn visible_orders(&self, pending: &Pending) -> Vec<OrderRow> {
        self.durable.orders.iter().filter(|row| self.sees(&row.lineage.input, pending)).cloned().collect()
    }
}

impl Effects for World<'_> {
    async fn commit(&mut self, offset: i64, metadata: String) -> Result<()> {
        if self.burn()? {
            let before = self.durable.committed.as_ref().map_or(0, |(offset, _)| *offset);
            assert!(offset >= before, "a commit went back from {before} to {offset}");
            self.durable.committed = Some((offset, metadata));
        }
        self.alive()
    }

    async fn states(&mut self, table: StateTable, ids: &[Uuid], pending: &Pending) -> Result<Vec<State>> {
        self.burn()?;
        let mut rows: Vec<StateRow> = match table {
            StateTable::Feedback => {
                self.visible_feedback(pending).into_iter().map(|row| StateRow::Feedback(Box::new(row))).collect()
            }
            StateTable::Orders if self.defect == Defect::ForgetsOperations => Vec::new(),
            StateTable::Orders => {
                self.visible_orders(pending).into_iter().map(|row| StateRow::Order(Box::new(row))).collect()
            }
            StateTable::Visits | StateTable::Customers => unreachable!("the stories hold none"),
        };
        if self.defect == Defect::MissesHead {
            let newest = rows.iter().map(|row| row.state().version).max();
            rows.retain(|row| Some(row.state().version) != newest);
        }
        Ok(rows.iter().filter(|row| ids.contains(&row.id())).map(StateRow::state).collect())
    }

    async fn rows(&mut self, keys: &[StateKey], pending: &Pending) -> Result<Vec<FeedbackRow>> {
        self.burn()?;
        let rows = self.visible_feedback(pending).into_iter();
        Ok(rows.filter(|row| keys.contains(&(row.feedback_id, row.version))).collect())
    }

    async fn letters(&mut self, _: &[DeadLetterRow], _: &Pending) -> Result<HashSet<(String, At)>> {
        unreachable!("the stories feed no dead letters back")
    }

    async fn insert(&mut self, rows: Rows, token: &str) -> Result<()> {
        if self.burn()? {
            self.insert_base(&rows, token);
        }
        self.alive()?;
        // The view follows the table; the server may die in between.
        let held = self.burn()?;
        let first = held && self.durable.view_tokens.insert((rows.table(), token.to_owned()));
        if first || held && self.defect == Defect::NoTokens {
            self.durable.rollup += added(&rows);
        }
        self.alive()
    }

    /// The sink may die between two letters.
    async fn reject(&mut self, records: Vec<(Record, Rejection)>) -> Result<()> {
        for (record, _) in records {
            if self.burn()? && self.defect != Defect::LosesLetters {
                self.durable.letters.insert(record.offset);
            }
            self.alive()?;
        }
        Ok(())
    }

    fn count(&mut self, _: &[Verdict]) {}
}

impl World<'_> {
    fn insert_base(&mut self, rows: &Rows, token: &str) {
        let key = (rows.table(), token.to_owned());
        if let Some(first) = self.durable.base_tokens.get(&key) {
            if self.defect == Defect::None {
                assert_eq!(first, rows, "other rows under a used token would be dropped in silence");
            }
            if self.defect != Defect::NoTokens {
                return;
            }
        }
        self.durable.base_tokens.insert(key, rows.clone());
        match rows {
            Rows::Feedback(rows) => self.durable.feedback.extend_from_slice(rows),
            Rows::Orders(rows) => self.durable.orders.extend_from_slice(rows),
            Rows::Outcomes(rows) => self.durable.outcomes.extend_from_slice(rows),
            Rows::Visits(_) | Rows::Customers(_) | Rows::DeadLetters(_) => unreachable!("the stories hold none"),
        }
    }
}

/// What a block adds to the rollup.
fn added(rows: &Rows) -> i64 {
    match rows {
        Rows::Feedback(rows) => rows.iter().map(|row| i64::from(row.sign) * measure(row)).sum(),
        Rows::Orders(_) | Rows::Visits(_) | Rows::Customers(_) | Rows::Outcomes(_) | Rows::DeadLetters(_) => 0,
    }
}

/// What one state counts: nothing where there are no words to judge.
pub(crate) fn measure(row: &FeedbackRow) -> i64 {
    row.sentiment_score.map_or(0, |score| (f64::from(score) * 10_000.0).round() as i64)
}

/// Returns the row of one state of one feedback.
pub(crate) fn feedback(id: u128, version: u64, src_offset: i64) -> FeedbackRow {
    let row: FeedbackRow = serde_json::from_str(include_str!("../row.json")).expect("row.json is a row");
    FeedbackRow { feedback_id: Uuid::from_u128(id), version, src_offset, ..row }
}

/// Returns the row of one state of an order.
pub(crate) fn order(id: u128, content_crc: u32, src_offset: i64) -> StateRow {
    let json = include_str!("../../../schemas/examples/operations.normalized.v1/orders.minimal.json");
    let operation = serde_json::from_str(json).expect("an operation");
    let src: Origin = format!("operations.raw.orders.v1:0:{src_offset}:0:00000000").parse().expect("an origin");
    let input = At { topic: TOPIC.to_owned(), partition: 0, offset: 0 };
    let StateRow::Order(row) = StateRow::of_operation(operation, &src, &input) else {
        panic!("the example is an order")
    };
    // Ids of their own: no order shares one with a feedback.
    let record_id = Uuid::from_u128(1_000 + id);
    StateRow::Order(Box::new(OrderRow { record_id, content_crc, lineage: Lineage::new(&src, &input), ..*row }))
}

/// Returns the batch of a range of the log; an offset is an index.
pub(crate) fn batch(log: &[StateRow], range: Range) -> Batch {
    let mut batch = Batch::default();
    for (offset, row) in (range.first..=range.last).zip(&log[range.first as usize..]) {
        let crc = row.state().content_crc;
        let record = Record::new(TOPIC, 0, offset);
        batch.add(offset, crc, Item::Candidate(Box::new(Candidate { row: row.clone(), record })));
    }
    batch
}

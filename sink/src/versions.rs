//! Which records become rows: each is judged against the states that are known already.
//!
//! One mechanism for every table whose rows are states: a feedback has many states, ordered by version; an order, a
//! visit and a profile have one state under each id, version 0, so that there is no newer and no stale one.

use std::collections::HashMap;

use hearken_schemas::dead_letter::{Reason, Rejection};
use uuid::Uuid;

use crate::block::Rows;
use crate::row::{At, CustomerRow, FeedbackRow, OrderRow, OutcomeKind, OutcomeRow, StateRow, VisitRow};

/// One state that has a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// What it is the state of.
    pub id: Uuid,
    /// The state's version.
    pub version: u64,
    /// The raw record it came from.
    pub src: At,
    /// Checksum of what the record says; see [`crate::content`].
    pub content_crc: u32,
}

/// What a record is to the states before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The first of its id.
    First,
    /// Newer than the head, the greatest version known, which it takes back.
    Newer,
    /// The same state again, sent by the channel a second time.
    Repeat,
    /// An older state than the head.
    Stale,
    /// Other content under a version that is known: a dead letter, for nobody can tell which one holds.
    Conflict,
    /// The very record that made a known state and would not make a newer one: a hop before delivered it twice, or an edit came
    /// before a newer enricher's reading of it. It has its outcome already.
    Redelivered,
}

/// The states known of each id.
#[derive(Debug, Default)]
pub struct States(HashMap<Uuid, Vec<State>>);

impl States {
    /// Adds a state; the order does not matter.
    pub fn add(&mut self, state: State) {
        self.0.entry(state.id).or_default().push(state);
    }

    /// Returns the greatest version known of an id.
    pub fn head(&self, id: Uuid) -> Option<u64> {
        self.0.get(&id)?.iter().map(|state| state.version).max()
    }

    /// Judges the state that a row would be.
    pub fn judge(&self, state: &State) -> Verdict {
        let Some(known) = self.0.get(&state.id) else { return Verdict::First };
        match self.head(state.id) {
            None => Verdict::First,
            Some(head) if state.version > head => Verdict::Newer,
            Some(_) if known.iter().any(|known| known.src == state.src) => Verdict::Redelivered,
            Some(_) => match known.iter().find(|known| known.version == state.version) {
                Some(known) if known.content_crc == state.content_crc => Verdict::Repeat,
                Some(_) => Verdict::Conflict,
                None => Verdict::Stale,
            },
        }
    }
}

impl FromIterator<State> for States {
    fn from_iter<I: IntoIterator<Item = State>>(states: I) -> Self {
        let mut all = Self::default();
        states.into_iter().for_each(|state| all.add(state));
        all
    }
}

/// Names one state of one feedback.
pub type StateKey = (Uuid, u64);

/// Returns the heads that rows of this batch will take back and that are not in the batch itself: their rows are
/// needed.
pub fn heads_needed(candidates: &[StateRow], states: &States) -> Vec<StateKey> {
    let newer = candidates.iter().map(StateRow::state);
    let newer = newer.filter(|state| states.judge(state) == Verdict::Newer);
    let mut needed: Vec<StateKey> = newer.filter_map(|state| Some((state.id, states.head(state.id)?))).collect();
    needed.sort_unstable();
    needed.dedup();
    needed
}

/// What a batch writes.
#[derive(Debug, Default)]
pub struct Plan {
    /// Rows of `feedback`, in order; of each table likewise.
    pub feedback: Vec<FeedbackRow>,
    /// Rows of `orders`.
    pub orders: Vec<OrderRow>,
    /// Rows of `visits`.
    pub visits: Vec<VisitRow>,
    /// Rows of `customers`.
    pub customers: Vec<CustomerRow>,
    /// Rows of `outcomes`.
    pub outcomes: Vec<OutcomeRow>,
    /// Candidates for the dead letters, by the offset of their record, and why.
    pub conflicts: Vec<(i64, Rejection)>,
    /// Candidates that became no row of their own.
    pub rest: Vec<StateRow>,
    /// How each candidate was judged.
    pub verdicts: Vec<Verdict>,
}

impl Plan {
    /// Takes the rows of each table that has any.
    pub fn take_rows(&mut self) -> Vec<Rows> {
        let rows = [
            Rows::Feedback(std::mem::take(&mut self.feedback)),
            Rows::Orders(std::mem::take(&mut self.orders)),
            Rows::Visits(std::mem::take(&mut self.visits)),
            Rows::Customers(std::mem::take(&mut self.customers)),
            Rows::Outcomes(std::mem::take(&mut self.outcomes)),
        ];
        rows.into_iter().filter(|rows| !rows.is_empty()).collect()
    }
}

/// A head that must be taken back is not there; the lookup and the states disagree, and the service stops.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the row of feedback {0} version {1} is needed but was not found")]
pub struct HeadMissing(pub Uuid, pub u64);

/// Judges a batch in order, each record against the states before the batch and against the records before it.
///
/// `heads` are the rows named by [`heads_needed`].
///
/// # Errors
/// `HeadMissing` where one of them is not there.
pub fn plan(candidates: Vec<StateRow>, mut states: States, heads: Vec<FeedbackRow>) -> Result<Plan, HeadMissing> {
    let mut plan = Plan::default();
    let mut feedback = Signed::new(heads);
    for row in candidates {
        let state = row.state();
        let verdict = states.judge(&state);
        plan.verdicts.push(verdict);
        match verdict {
            Verdict::First | Verdict::Newer => {
                match row {
                    StateRow::Feedback(row) => feedback.push(*row, states.head(state.id))?,
                    StateRow::Order(row) => plan.orders.push(*row),
                    StateRow::Visit(row) => plan.visits.push(*row),
                    StateRow::Customer(row) => plan.customers.push(*row),
                }
                states.add(state);
                continue;
            }
            Verdict::Repeat => plan.outcomes.push(OutcomeRow::new(OutcomeKind::Repeat, &row)),
            Verdict::Stale => plan.outcomes.push(OutcomeRow::new(OutcomeKind::Stale, &row)),
            Verdict::Conflict => {
                plan.conflicts.push((row.offset(), Rejection::new(Reason::RevisionConflict, row.table().conflict())));
            }
            Verdict::Redelivered => {}
        }
        plan.rest.push(row);
    }
    plan.feedback = feedback.rows;
    Ok(plan)
}

/// Rows of `feedback`, each after the copy that takes its predecessor back.
struct Signed {
    rows: Vec<FeedbackRow>,
    /// Where a state of this batch stands in `rows`.
    written: HashMap<StateKey, usize>,
    heads: HashMap<StateKey, FeedbackRow>,
}

impl Signed {
    fn new(heads: Vec<FeedbackRow>) -> Self {
        let heads = heads.into_iter().map(|row| ((row.feedback_id, row.version), row)).collect();
        Self { rows: Vec::new(), written: HashMap::new(), heads }
    }

    fn push(&mut self, mut row: FeedbackRow, head: Option<u64>) -> Result<(), HeadMissing> {
        row.arrival = u8::from(head.is_none());
        if let Some(version) = head {
            let key = (row.feedback_id, version);
            let in_batch = self.written.get(&key).and_then(|index| self.rows.get(*index));
            let old = in_batch.or_else(|| self.heads.get(&key)).ok_or(HeadMissing(key.0, key.1))?;
            let taken_back = old.taken_back(row.lineage().input);
            self.rows.push(taken_back);
        }
        self.written.insert((row.feedback_id, row.version), self.rows.len());
        self.rows.push(row);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A state of one feedback: its version, the offset of its raw record, what it says.
    fn state((version, offset, content_crc): (u64, i64, u32)) -> State {
        State { id: Uuid::nil(), version, src: At { topic: "raw".to_owned(), partition: 0, offset }, content_crc }
    }

    #[test]
    fn a_raw_record_has_one_outcome_whichever_enricher_reads_it_again() {
        // Revision 1 by enricher 3 from record 10, an edit by enricher 3 from record 20.
        let (first, edit) = ((0x1_0003, 10, 7), (0x2_0003, 20, 8));
        for (name, known, judged, expected) in [
            ("nothing is known", &[][..], first, Verdict::First),
            ("delivered twice", &[first], first, Verdict::Redelivered),
            ("a newer enricher", &[first], (0x1_0004, 10, 7), Verdict::Newer),
            ("an older enricher, rolled back", &[(0x1_0004, 10, 7)], first, Verdict::Redelivered),
            ("a newer enricher, and an edit came before", &[first, edit], (0x1_0004, 10, 7), Verdict::Redelivered),
            (
                "a newer enricher, and the channel's repeat came before",
                &[first, (0x1_0004, 11, 7)],
                (0x1_0004, 10, 7),
                Verdict::Redelivered,
            ),
            ("an edit", &[first], edit, Verdict::Newer),
            ("the channel's repeat", &[first], (0x1_0003, 11, 7), Verdict::Repeat),
            ("other words under a known version", &[first], (0x1_0003, 11, 9), Verdict::Conflict),
            ("an edit that came too late", &[edit], first, Verdict::Stale),
        ] {
            let states: States = known.iter().copied().map(state).collect();
            assert_eq!(states.judge(&state(judged)), expected, "{name}");
        }
    }
}

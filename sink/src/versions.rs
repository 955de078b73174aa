//! Which records become rows: each is judged against the states of its feedback that are known already.

use std::collections::HashMap;

use uuid::Uuid;

use crate::row::{At, FeedbackRow, OutcomeRow};

/// One state of a feedback that has a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The feedback.
    pub feedback_id: Uuid,
    /// The state's version.
    pub version: u64,
    /// The raw record it came from.
    pub src: At,
    /// CRC-32 of that record's bytes.
    pub crc: u32,
}

/// What a record is to the states before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The first of its feedback.
    First,
    /// Newer than the head, the greatest version known, which it takes back.
    Newer,
    /// The same state again, sent by the channel a second time.
    Repeat,
    /// An older state than the head.
    Stale,
    /// Other content under a version that is known.
    Conflict,
    /// The very record that made a known state: a hop before delivered it twice. It has its outcome already.
    Redelivered,
}

impl Verdict {
    /// Returns the name under which it is counted, and stored where it makes an outcome.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "row",
            Self::Newer => "newer",
            Self::Repeat => "repeat",
            Self::Stale => "stale",
            Self::Conflict => "conflict",
            Self::Redelivered => "redelivered",
        }
    }
}

/// The states known of each feedback.
#[derive(Debug, Default)]
pub struct States(HashMap<Uuid, Vec<State>>);

impl States {
    /// Collects states in any order.
    pub fn new(states: impl IntoIterator<Item = State>) -> Self {
        let mut all = Self::default();
        states.into_iter().for_each(|state| all.add(state));
        all
    }

    /// Adds a state.
    pub fn add(&mut self, state: State) {
        self.0.entry(state.feedback_id).or_default().push(state);
    }

    /// Returns the greatest version of a feedback.
    pub fn head(&self, feedback_id: Uuid) -> Option<u64> {
        self.0.get(&feedback_id)?.iter().map(|state| state.version).max()
    }

    /// Judges a row-to-be.
    pub fn judge(&self, row: &FeedbackRow) -> Verdict {
        let Some(known) = self.0.get(&row.feedback_id) else { return Verdict::First };
        let src = row.src();
        if known.iter().any(|state| state.src == src && state.version >= row.version) {
            return Verdict::Redelivered;
        }
        match self.head(row.feedback_id) {
            None => Verdict::First,
            Some(head) if row.version > head => Verdict::Newer,
            Some(_) => match known.iter().find(|state| state.version == row.version) {
                Some(state) if state.crc == row.crc => Verdict::Repeat,
                Some(_) => Verdict::Conflict,
                None => Verdict::Stale,
            },
        }
    }
}

/// Names one state of one feedback.
pub type StateKey = (Uuid, u64);

/// Returns the heads that rows of this batch will take back and that are not in the batch itself: their rows are needed.
pub fn heads_needed(candidates: &[FeedbackRow], states: &States) -> Vec<StateKey> {
    let mut needed: Vec<StateKey> = candidates
        .iter()
        .filter(|row| states.judge(row) == Verdict::Newer)
        .filter_map(|row| Some((row.feedback_id, states.head(row.feedback_id)?)))
        .collect();
    needed.sort_unstable();
    needed.dedup();
    needed
}

/// What a batch writes.
#[derive(Debug, Default, PartialEq)]
pub struct Plan {
    /// Rows of `feedback`, in order.
    pub rows: Vec<FeedbackRow>,
    /// Rows of `outcomes`, in order.
    pub outcomes: Vec<OutcomeRow>,
    /// How each candidate was judged.
    pub verdicts: Vec<Verdict>,
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
pub fn plan(candidates: Vec<FeedbackRow>, mut states: States, heads: Vec<FeedbackRow>) -> Result<Plan, HeadMissing> {
    let mut plan = Plan::default();
    let heads: HashMap<StateKey, FeedbackRow> = heads.into_iter().map(|row| (key(&row), row)).collect();
    let mut written: HashMap<StateKey, usize> = HashMap::new();
    for mut row in candidates {
        let verdict = states.judge(&row);
        plan.verdicts.push(verdict);
        match verdict {
            Verdict::First | Verdict::Newer => {
                row.arrival = u8::from(verdict == Verdict::First);
                if let Some(head) = states.head(row.feedback_id) {
                    let head = (row.feedback_id, head);
                    let in_batch = written.get(&head).and_then(|index| plan.rows.get(*index));
                    let old = in_batch.or_else(|| heads.get(&head)).ok_or(HeadMissing(head.0, head.1))?;
                    let taken_back = old.taken_back(&row.input());
                    plan.rows.push(taken_back);
                }
                states.add(State { feedback_id: row.feedback_id, version: row.version, src: row.src(), crc: row.crc });
                written.insert(key(&row), plan.rows.len());
                plan.rows.push(row);
            }
            Verdict::Repeat | Verdict::Stale | Verdict::Conflict => plan.outcomes.push(outcome(verdict, &row)),
            Verdict::Redelivered => {}
        }
    }
    Ok(plan)
}

fn key(row: &FeedbackRow) -> StateKey {
    (row.feedback_id, row.version)
}

fn outcome(verdict: Verdict, row: &FeedbackRow) -> OutcomeRow {
    OutcomeRow {
        kind: verdict.as_str(),
        feedback_id: row.feedback_id,
        version: row.version,
        received_at: row.received_at,
        src: row.src(),
        input: row.input(),
        crc: row.crc,
    }
}

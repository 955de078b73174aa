//! The model of ClickHouse: tables that take a block month by month, views that follow, tokens, look-ups.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{Hash, Hasher};

use hearken_sink::block::Rows;
use hearken_sink::protocol::Pending;
use hearken_sink::row::{At, DeadLetterRow, FeedbackRow, Input, OrderRow, OutcomeRow, StateRow};
use hearken_sink::table::{StateTable, Table};
use uuid::Uuid;

use crate::defect::Defect;
use crate::log::{MONTH_MS, TOPIC, UNREADABLE};

/// What keeps a token log of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Base(Table),
    Superseded,
    Minute,
}

/// What one insert brings to one month of a table or view.
pub(crate) struct Part {
    pub(crate) target: Target,
    pub(crate) month: i64,
    rows: Rows,
}

/// Sums of one minute: arrivals, feedback, score.
pub(crate) type Sums = [i64; 3];

/// Everything that stays.
#[derive(Default)]
pub(crate) struct Server {
    pub(crate) feedback: Vec<FeedbackRow>,
    pub(crate) orders: Vec<OrderRow>,
    pub(crate) outcomes: Vec<OutcomeRow>,
    pub(crate) letters: Vec<DeadLetterRow>,
    pub(crate) superseded: Vec<(Uuid, u64)>,
    pub(crate) minutes: BTreeMap<i64, Sums>,
    /// The parts that were taken: token, month, and what they were.
    tokens: HashMap<(Target, String, i64), u64>,
}

/// Cuts a block into the parts that are written one by one, in no certain order.
pub(crate) fn parts(rows: &Rows) -> Vec<Part> {
    let base = Target::Base(rows.table());
    match rows {
        Rows::Feedback(all) => {
            let mut parts = Vec::new();
            for month in all.iter().map(|row| row.occurred_at / MONTH_MS).collect::<BTreeSet<_>>() {
                let rows: Vec<FeedbackRow> =
                    all.iter().filter(|row| row.occurred_at / MONTH_MS == month).cloned().collect();
                parts.push(Part { target: Target::Minute, month, rows: Rows::Feedback(rows.clone()) });
                parts.push(Part { target: base, month, rows: Rows::Feedback(rows) });
            }
            let back: Vec<FeedbackRow> = all.iter().filter(|row| row.sign == -1).cloned().collect();
            if !back.is_empty() {
                parts.push(Part { target: Target::Superseded, month: 0, rows: Rows::Feedback(back) });
            }
            parts
        }
        Rows::Orders(all) => {
            let months: BTreeSet<i64> = all.iter().map(|row| row.occurred_at / MONTH_MS).collect();
            let of = |month| all.iter().filter(|row| row.occurred_at / MONTH_MS == month).cloned().collect();
            months.into_iter().map(|month| Part { target: base, month, rows: Rows::Orders(of(month)) }).collect()
        }
        Rows::Visits(_) | Rows::Customers(_) | Rows::Outcomes(_) | Rows::DeadLetters(_) => {
            vec![Part { target: base, month: 0, rows: rows.clone() }]
        }
    }
}

/// Tells whether a block holds a row that cannot be read.
pub(crate) fn unreadable(rows: &Rows) -> bool {
    match rows {
        Rows::Feedback(rows) => rows.iter().any(|row| row.content_crc == UNREADABLE),
        Rows::Orders(rows) => rows.iter().any(|row| row.content_crc == UNREADABLE),
        Rows::Visits(_) | Rows::Customers(_) | Rows::Outcomes(_) | Rows::DeadLetters(_) => false,
    }
}

/// What one row adds to its minute.
pub(crate) fn sums(row: &FeedbackRow) -> Sums {
    let score = row.sentiment_score.map_or(0, |score| (f64::from(score) * 10_000.0).round() as i64);
    let sign = i64::from(row.sign);
    [sign * i64::from(row.arrival), sign, sign * score]
}

/// Adds a row to the sums of its minute.
pub(crate) fn add(minutes: &mut BTreeMap<i64, Sums>, row: &FeedbackRow) {
    let sum = minutes.entry(row.occurred_at / 60_000).or_default();
    sum.iter_mut().zip(sums(row)).for_each(|(sum, more)| *sum += more);
}

impl Server {
    /// Returns the rows that are left without some things.
    pub(crate) fn without(&self, gone: impl Fn(Uuid) -> bool) -> Self {
        let kept = |id: &Uuid| !gone(*id);
        Self {
            feedback: self.feedback.iter().filter(|row| kept(&row.feedback_id)).cloned().collect(),
            orders: self.orders.iter().filter(|row| kept(&row.record_id)).cloned().collect(),
            outcomes: self.outcomes.iter().filter(|row| kept(&row.record_id)).cloned().collect(),
            letters: self.letters.clone(),
            ..Self::default()
        }
    }

    /// Takes one part under a token; returns whether it was new.
    ///
    /// # Errors
    /// Where the token was used for other rows, which ClickHouse would drop without a word.
    pub(crate) fn take(&mut self, part: &Part, token: &str, defect: Defect) -> Result<bool, String> {
        let (key, print) = ((part.target, token.to_owned(), part.month), print(&part.rows));
        if defect != Defect::NoTokens
            && let Some(first) = self.tokens.get(&key)
        {
            let same = *first == print;
            return if same { Ok(false) } else { Err(format!("other rows under the used token {token}")) };
        }
        self.tokens.insert(key, print);
        match (part.target, &part.rows) {
            (Target::Superseded, Rows::Feedback(rows)) => {
                self.superseded.extend(rows.iter().map(|row| (row.feedback_id, row.version)));
            }
            (Target::Minute, Rows::Feedback(rows)) => rows.iter().for_each(|row| add(&mut self.minutes, row)),
            (_, Rows::Feedback(rows)) => self.feedback.extend_from_slice(rows),
            (_, Rows::Orders(rows)) => self.orders.extend_from_slice(rows),
            (_, Rows::Outcomes(rows)) => self.outcomes.extend_from_slice(rows),
            (_, Rows::DeadLetters(rows)) => self.letters.extend_from_slice(rows),
            (_, Rows::Visits(_) | Rows::Customers(_)) => return Err("the stories hold none".to_owned()),
        }
        Ok(true)
    }

    /// Tells whether any other table took a block under this token.
    pub(crate) fn took_another(&self, rows: &Rows, token: &str) -> bool {
        self.tokens.keys().any(|(target, used, _)| *target != Target::Base(rows.table()) && used == token)
    }

    /// Forgets the tokens that `keep` does not hold on to, and returns how many.
    pub(crate) fn forget_tokens(&mut self, keep: impl Fn(&str) -> bool) -> usize {
        let before = self.tokens.len();
        self.tokens.retain(|(_, token, _), _| keep(token));
        before - self.tokens.len()
    }

    /// Merges parts: the rows stay, their order does not.
    pub(crate) fn merge(&mut self, rng: &mut fastrand::Rng) {
        rng.shuffle(&mut self.feedback);
        rng.shuffle(&mut self.orders);
        rng.shuffle(&mut self.outcomes);
        rng.shuffle(&mut self.letters);
    }

    /// Returns the rows of a table that are states of these ids, outside the pending ranges.
    pub(crate) fn states(
        &self,
        table: StateTable,
        of: impl Fn(Uuid) -> bool,
        pending: &Pending,
        defect: Defect,
    ) -> Vec<StateRow> {
        let mut rows: Vec<StateRow> = match table {
            StateTable::Feedback => {
                let rows = self.feedback.iter().filter(|row| row.sign == 1 && of(row.feedback_id));
                let rows = rows.filter(|row| outside(&row.lineage().input, pending, defect));
                rows.map(|row| StateRow::Feedback(Box::new(row.clone()))).collect()
            }
            StateTable::Orders if defect == Defect::ForgetsOperations => Vec::new(),
            StateTable::Orders => {
                let rows = self.orders.iter().filter(|row| of(row.record_id));
                let rows = rows.filter(|row| outside(&row.lineage.input, pending, defect));
                rows.map(|row| StateRow::Order(Box::new(row.clone()))).collect()
            }
            StateTable::Visits | StateTable::Customers => Vec::new(),
        };
        if defect == Defect::MissesHead {
            let mut heads: HashMap<Uuid, u64> = HashMap::new();
            for state in rows.iter().map(StateRow::state) {
                heads.entry(state.id).and_modify(|head| *head = state.version.max(*head)).or_insert(state.version);
            }
            rows.retain(|row| heads.get(&row.id()) != Some(&row.state().version));
        }
        rows
    }

    /// Returns which dead letters have a row outside the pending ranges.
    pub(crate) fn known_letters(&self, pending: &Pending, defect: Defect) -> HashSet<(String, At)> {
        let rows = self.letters.iter().filter(|row| outside(&row.lineage.input, pending, defect));
        rows.map(|row| (row.stage.to_owned(), row.at.clone())).collect()
    }

    /// Returns the ids of all states.
    pub(crate) fn ids(&self) -> Vec<Uuid> {
        let feedback = self.feedback.iter().map(|row| row.feedback_id);
        feedback.chain(self.orders.iter().map(|row| row.record_id)).collect()
    }

    /// Returns the epoch that follows every one that rows were written in.
    pub(crate) fn next_epoch(&self) -> u32 {
        let feedback = self.feedback.iter().map(|row| row.in_epoch);
        let orders = self.orders.iter().map(|row| row.lineage.input.epoch);
        let outcomes = self.outcomes.iter().map(|row| row.lineage.input.epoch);
        let letters = self.letters.iter().map(|row| row.lineage.input.epoch);
        feedback.chain(orders).chain(outcomes).chain(letters).max().map_or(0, |epoch| epoch + 1)
    }
}

fn outside(input: &Input, pending: &Pending, defect: Defect) -> bool {
    defect == Defect::SeesPending
        || pending.topic != TOPIC
        || input.epoch != pending.epoch
        || !pending.ranges.iter().any(|range| range.contains(input.at.offset))
}

/// Sums up what rows are, apart from their order.
fn print(rows: &Rows) -> u64 {
    fn sum(rows: impl Iterator<Item = impl Hash>) -> u64 {
        rows.fold(0, |sum: u64, row| {
            let mut hasher = DefaultHasher::new();
            row.hash(&mut hasher);
            sum.wrapping_add(hasher.finish())
        })
    }
    match rows {
        Rows::Feedback(rows) => sum(rows.iter().map(|row| {
            (row.feedback_id, row.version, row.sign, row.arrival, row.src_offset, row.in_offset, row.in_epoch)
        })),
        Rows::Orders(rows) => sum(rows.iter().map(|row| (row.record_id, row.content_crc, row.lineage.input.at.offset))),
        Rows::Outcomes(rows) => sum(rows.iter().map(|row| (row.kind.as_str(), row.lineage.input.at.offset))),
        Rows::DeadLetters(rows) => sum(rows.iter().map(|row| (row.stage, &row.at, row.lineage.input.at.offset))),
        Rows::Visits(_) | Rows::Customers(_) => 0,
    }
}

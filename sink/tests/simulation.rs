//! The protocol against a world that fails anywhere: every seed is a story of crashes, repeats and edits, and must end as if
//! nothing had happened.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use anyhow::{Result, bail};
use hearken_runtime::record::Record;
use hearken_schemas::dead_letter::Rejection;
use hearken_sink::block::{Rows, Table};
use hearken_sink::intent::{Intent, Range};
use hearken_sink::protocol::{Batch, Effects, Item, Partition, Pending};
use hearken_sink::row::{At, DeadLetterRow, FeedbackRow};
use hearken_sink::versions::{State, StateKey, Verdict};
use uuid::Uuid;

const SEEDS: u64 = 2_000;
const TOPIC: &str = "feedback.enriched.v1";

/// What stays when the sink dies: the group's offsets and the server's tables.
#[derive(Default)]
struct Durable {
    committed: Option<(i64, String)>,
    feedback: Vec<FeedbackRow>,
    outcomes: BTreeSet<(String, At)>,
    rollup: i64,
    base_tokens: HashMap<(Table, String), Rows>,
    view_tokens: HashSet<String>,
}

/// The world during one life of the sink: after `fuel` effects it dies, before or after the last one took hold.
struct World<'a> {
    durable: &'a mut Durable,
    fuel: usize,
    rng: fastrand::Rng,
    /// Deliberate defects, to prove that the simulation finds them.
    defect: Defect,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Defect {
    None,
    /// The look-up sees the rows of its own pending range.
    SeesPending,
    /// The look-up misses the newest state.
    MissesHead,
    /// The server ignores tokens.
    NoTokens,
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

    fn visible(&self, pending: &Pending) -> Vec<FeedbackRow> {
        let hidden = |row: &FeedbackRow| (pending.range.first..=pending.range.last).contains(&row.in_offset);
        let sees_all = self.defect == Defect::SeesPending;
        let rows = self.durable.feedback.iter().filter(|row| row.sign == 1 && (sees_all || !hidden(row)));
        rows.cloned().collect()
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

    async fn states(&mut self, ids: &[Uuid], pending: &Pending) -> Result<Vec<State>> {
        self.burn()?;
        let mut rows = self.visible(pending);
        if self.defect == Defect::MissesHead {
            let newest = rows.iter().map(|row| row.version).max();
            rows.retain(|row| Some(row.version) != newest);
        }
        let state = |row: &FeedbackRow| State {
            feedback_id: row.feedback_id,
            version: row.version,
            src: row.src(),
            crc: row.crc,
        };
        Ok(rows.iter().filter(|row| ids.contains(&row.feedback_id)).map(state).collect())
    }

    async fn rows(&mut self, keys: &[StateKey], pending: &Pending) -> Result<Vec<FeedbackRow>> {
        self.burn()?;
        Ok(self.visible(pending).into_iter().filter(|row| keys.contains(&(row.feedback_id, row.version))).collect())
    }

    async fn letters(&mut self, _: &[DeadLetterRow], _: &Pending) -> Result<HashSet<(String, At)>> {
        unreachable!("the simulation feeds no dead letters")
    }

    async fn insert(&mut self, rows: Rows, token: &str) -> Result<()> {
        if self.burn()? {
            self.insert_base(&rows, token);
        }
        self.alive()?;
        // The view follows the table; the server may die in between.
        let held = self.burn()?;
        if held && (self.defect == Defect::NoTokens || self.durable.view_tokens.insert(view_token(&rows, token))) {
            self.durable.rollup += added(&rows);
        }
        self.alive()
    }

    async fn reject(&mut self, _: Record, _: Rejection) -> Result<()> {
        unreachable!("the simulation feeds no bad records")
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
            Rows::Feedback(rows) => self.durable.feedback.extend(rows.iter().cloned()),
            Rows::Outcomes(rows) => {
                self.durable.outcomes.extend(rows.iter().map(|row| (row.kind.to_owned(), row.src.clone())));
            }
            Rows::DeadLetters(_) => unreachable!("the simulation feeds no dead letters"),
        }
    }
}

fn view_token(rows: &Rows, token: &str) -> String {
    format!("{:?}:{token}", rows.table())
}

/// What a block adds to the rollup.
fn added(rows: &Rows) -> i64 {
    match rows {
        Rows::Feedback(rows) => rows.iter().map(|row| i64::from(row.sign) * measure(row)).sum(),
        Rows::Outcomes(_) | Rows::DeadLetters(_) => 0,
    }
}

fn measure(row: &FeedbackRow) -> i64 {
    (f64::from(row.sentiment_score) * 10_000.0).round() as i64
}

/// A log of first revisions, edits, channel repeats, stale edits and redeliveries by the hops before.
fn log(rng: &mut fastrand::Rng) -> Vec<FeedbackRow> {
    let mut log: Vec<FeedbackRow> = Vec::new();
    let mut src_offset = 0;
    for in_offset in 0..rng.i64(1..40) {
        let mut row = match rng.u8(0..10) {
            0..2 if !log.is_empty() => log[rng.usize(..log.len())].clone(),
            _ => {
                src_offset += 1;
                fresh(rng, src_offset)
            }
        };
        row.in_offset = in_offset;
        log.push(row);
    }
    log
}

fn fresh(rng: &mut fastrand::Rng, src_offset: i64) -> FeedbackRow {
    let version = rng.u64(0..4);
    let mut row: FeedbackRow = serde_json::from_str(include_str!("row.json")).expect("row.json is a row");
    row.feedback_id = Uuid::from_u128(rng.u128(0..6));
    row.version = version;
    // Mostly the same content under the same version; now and then another: a conflict.
    row.crc = (row.feedback_id.as_u128() as u32) * 100 + version as u32 * 10 + u32::from(rng.u8(0..8) == 0);
    row.sentiment_score = row.crc as f32 / 1_000.0;
    row.src_offset = src_offset;
    row
}

/// Lives until the log is written or the fuel is used up, as the worker does.
async fn live(
    partition: &mut Partition<World<'_>>,
    log: &[FeedbackRow],
    batch_max: usize,
    rng: &mut fastrand::Rng,
) -> Result<()> {
    let committed = partition.effects.durable.committed.clone();
    let (mut next, intent) = committed.map_or((0, Intent::default()), |(offset, text)| (offset, Intent::parse(&text)));
    partition.epoch = intent.epoch;
    if let Some(range) = intent.pending {
        partition.write(batch(log, range)).await?;
        next = range.last + 1;
    }
    while (next as usize) < log.len() {
        let last = (next + rng.i64(0..batch_max as i64)).min(log.len() as i64 - 1);
        partition.write(batch(log, Range { first: next, last })).await?;
        next = last + 1;
    }
    Ok(())
}

fn batch(log: &[FeedbackRow], range: Range) -> Batch {
    let mut batch = Batch::default();
    for row in &log[range.first as usize..=range.last as usize] {
        batch.add(row.in_offset, row.crc, Item::Feedback(Box::new(row.clone())));
    }
    batch
}

/// Plays one seed and returns what is wrong at its end.
fn play(seed: u64, defect: Defect) -> Result<(), String> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let log = log(&mut rng);
    let mut durable = Durable::default();
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
    let batch_max = rng.usize(1..12);
    for life in 0.. {
        // Early lives are short; the last one may live for ever.
        let fuel = if life < 12 { rng.usize(1..20) } else { usize::MAX };
        let world = World { durable: &mut durable, fuel, rng: rng.fork(), defect };
        let (topic, group) = (TOPIC.to_owned(), "sim".to_owned());
        let mut partition = Partition { effects: world, topic, partition: 0, group, epoch: 0 };
        let answer = runtime.block_on(live(&mut partition, &log, batch_max, &mut rng));
        match answer {
            Ok(()) => break,
            Err(_) if fuel < usize::MAX => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    audit(&log, &durable)
}

/// Holds the end against a naive reading of the log: in order, the greatest version wins.
fn audit(log: &[FeedbackRow], durable: &Durable) -> Result<(), String> {
    let mut newest: BTreeMap<Uuid, &FeedbackRow> = BTreeMap::new();
    let mut rows: BTreeMap<At, usize> = BTreeMap::new();
    for row in log {
        if newest.get(&row.feedback_id).is_none_or(|head| row.version > head.version) {
            newest.insert(row.feedback_id, row);
            *rows.entry(row.src()).or_default() += 1;
        }
    }
    let mut written: BTreeMap<At, usize> = BTreeMap::new();
    durable.feedback.iter().filter(|row| row.sign == 1).for_each(|row| *written.entry(row.src()).or_default() += 1);
    check(written == rows, "rows by source differ: lost write or duplicate")?;
    let live: i64 = durable.feedback.iter().map(|row| i64::from(row.sign)).sum();
    check(live == newest.len() as i64, "the signs do not sum to the live feedback")?;
    let rollup: i64 = newest.values().map(|row| measure(row)).sum();
    check(durable.rollup == rollup, "the rollup differs from the newest states")?;
    let arrivals: usize = durable.feedback.iter().map(|row| usize::from(row.arrival)).sum();
    check(arrivals == newest.len(), "arrivals are not the feedbacks")?;
    let everything: BTreeSet<At> = log.iter().map(FeedbackRow::src).collect();
    let outcomes: BTreeSet<At> = durable.outcomes.iter().map(|(_, at)| at.clone()).collect();
    check(outcomes.iter().all(|at| !written.contains_key(at)), "a record has a row and an outcome")?;
    let accounted: BTreeSet<At> = outcomes.into_iter().chain(written.into_keys()).collect();
    check(accounted == everything, "a record has no outcome")
}

fn check(good: bool, what: &str) -> Result<(), String> {
    if good { Ok(()) } else { Err(what.to_owned()) }
}

#[test]
fn every_story_ends_as_if_nothing_had_failed() {
    for seed in 0..SEEDS {
        if let Err(wrong) = play(seed, Defect::None) {
            panic!("seed {seed}: {wrong}");
        }
    }
}

#[test]
fn the_simulation_finds_each_defect_that_is_put_in() {
    for defect in [Defect::SeesPending, Defect::MissesHead, Defect::NoTokens] {
        let found = (0..SEEDS).find(|seed| play(*seed, defect).is_err());
        assert!(found.is_some(), "{defect:?} was not found in {SEEDS} seeds");
    }
}

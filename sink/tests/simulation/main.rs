//! The protocol against a world that fails anywhere: every seed is a story of crashes, repeats, edits and conflicts,
//! and must end as if nothing had happened.

mod newest;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use hearken_sink::intent::{Intent, Range};
use hearken_sink::protocol::Partition;
use hearken_sink::row::{At, FeedbackRow, StateRow};
use uuid::Uuid;
use world::{Defect, Durable, TOPIC, World, batch, feedback, order};

const SEEDS: u64 = 2_000;

/// A log of first states, edits, channel repeats, stale edits, conflicts, and redeliveries by the hops before.
fn log(rng: &mut fastrand::Rng) -> Vec<StateRow> {
    let mut log: Vec<StateRow> = Vec::new();
    let mut src_offset = 0;
    for in_offset in 0..rng.i64(1..40) {
        let mut row = match rng.u8(0..10) {
            0..2 if !log.is_empty() => log[rng.usize(..log.len())].clone(),
            _ => {
                src_offset += 1;
                fresh(rng, src_offset)
            }
        };
        match &mut row {
            StateRow::Feedback(row) => row.in_offset = in_offset,
            StateRow::Order(row) => row.lineage.input.offset = in_offset,
            StateRow::Visit(_) | StateRow::Customer(_) => {}
        }
        log.push(row);
    }
    log
}

fn fresh(rng: &mut fastrand::Rng, src_offset: i64) -> StateRow {
    // Mostly the same content under the same version; now and then another: a conflict.
    let content = u32::from(rng.u8(0..8) == 0);
    if rng.u8(0..3) == 0 {
        return order(rng.u128(0..6), content, src_offset);
    }
    let (id, version) = (rng.u128(0..6), rng.u64(0..4));
    let mut row = feedback(id, version, src_offset);
    row.content_crc = content;
    // An edit may take the last word away.
    row.sentiment_score = (version < 3).then(|| (id as f32 * 100.0 + version as f32 * 10.0 + content as f32) / 1_000.0);
    StateRow::Feedback(Box::new(row))
}

/// Lives until the log is written or the fuel is used up, as the worker does.
async fn live(
    partition: &mut Partition<World<'_>>,
    log: &[StateRow],
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

/// What the log comes to, read naively: in order, every raw record once.
#[derive(Default)]
struct Naive {
    /// Version and content of every state, by id; of an order version 0.
    states: BTreeMap<Uuid, BTreeMap<u64, u32>>,
    newest: BTreeMap<Uuid, FeedbackRow>,
    fates: BTreeMap<At, &'static str>,
}

impl Naive {
    fn read(log: &[StateRow]) -> Self {
        let mut naive = Self::default();
        for row in log {
            let state = row.state();
            if naive.fates.contains_key(&state.src) {
                continue;
            }
            let known = naive.states.entry(state.id).or_default();
            let fate = match known.get(&state.version) {
                Some(content) if *content == state.content_crc => "repeat",
                Some(_) => "dead letter",
                None if known.keys().any(|version| *version > state.version) => "stale",
                None => {
                    known.insert(state.version, state.content_crc);
                    if let StateRow::Feedback(row) = row {
                        naive.newest.insert(state.id, (**row).clone());
                    }
                    "row"
                }
            };
            naive.fates.insert(state.src, fate);
        }
        naive
    }
}

/// Holds the end against the naive reading.
fn audit(log: &[StateRow], durable: &Durable) -> Result<(), String> {
    let Naive { newest, fates, .. } = Naive::read(log);
    let written = durable.feedback.iter().filter(|row| row.sign == 1).map(|row| row.lineage().src);
    let mut found: Vec<(At, &str)> = written.map(|src| (src, "row")).collect();
    found.extend(durable.orders.iter().map(|row| (row.lineage.src.clone(), "row")));
    let rows: BTreeSet<&At> = found.iter().map(|(src, _)| src).collect();
    check(rows.len() == found.len(), "a raw record has two rows")?;
    found.extend(durable.outcomes.iter().map(|row| (row.lineage.src.clone(), row.kind.as_str())));
    found.extend(durable.letters.iter().map(|offset| (log[*offset as usize].lineage().src, "dead letter")));
    let found: BTreeSet<(At, &str)> = found.into_iter().collect();
    check(found == fates.into_iter().collect(), "a raw record's outcome is missing, doubled or another")?;
    let live: i64 = durable.feedback.iter().map(|row| i64::from(row.sign)).sum();
    check(live == newest.len() as i64, "the signs do not sum to the live feedback")?;
    let rollup: i64 = newest.values().map(world::measure).sum();
    check(durable.rollup == rollup, "the rollup differs from the newest states")?;
    let arrivals: usize = durable.feedback.iter().map(|row| usize::from(row.arrival)).sum();
    check(arrivals == newest.len(), "arrivals are not the feedbacks")
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
    let defects =
        [Defect::SeesPending, Defect::MissesHead, Defect::NoTokens, Defect::ForgetsOperations, Defect::LosesLetters];
    for defect in defects {
        let found = (0..SEEDS).find(|seed| play(*seed, defect).is_err());
        assert!(found.is_some(), "{defect:?} was not found in {SEEDS} seeds");
    }
}

#[test]
fn the_stories_hold_every_fate() {
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..20 {
        let log = log(&mut fastrand::Rng::with_seed(seed));
        let naive = Naive::read(&log);
        naive.fates.into_values().for_each(|fate| *told.entry(fate).or_default() += 1);
        let conflict = |row: &&StateRow| matches!(row, StateRow::Order(_)) && row.state().content_crc == 1;
        *told.entry("order with other content").or_default() += log.iter().filter(conflict).count();
    }
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(told.values().all(|count| *count > 5), "{told:?}");
}

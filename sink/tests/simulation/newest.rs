//! Any sequence of revisions, repeats, stale ones and conflicts, cut into batches anywhere, leaves exactly the newest
//! states.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use hearken_sink::batch::Batch;
use hearken_sink::intent::Intent;
use hearken_sink::protocol::{Partition, Place};
use hearken_sink::row::{FeedbackRow, StateRow};
use hearken_sink::seen::Seen;
use proptest::prelude::*;
use uuid::Uuid;

use crate::log::{Entry, TOPIC, feedback};
use crate::model::Model;
use crate::scheduler::Scheduler;
use crate::world::{Life, World};

/// One content has no words.
const SENTIMENTS: [Option<&str>; 3] = [Some("negative"), None, Some("positive")];
const MINUTE_MS: i64 = 60_000;

/// What a channel sends: one state of one feedback, or the same raw record once more.
#[derive(Debug, Clone)]
enum Sent {
    State { id: u8, version: u8, content: u8 },
    Again(prop::sample::Index),
}

fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        5 => (0..4u8, 0..5u8, 0..3u8).prop_map(|(id, version, content)| Sent::State { id, version, content }),
        1 => any::<prop::sample::Index>().prop_map(Sent::Again),
    ]
}

/// Returns the rows-to-be, each at the offset of its place.
fn log(sent: &[Sent]) -> Vec<FeedbackRow> {
    let mut log: Vec<FeedbackRow> = Vec::new();
    for (offset, sent) in (0..).zip(sent) {
        let row = match sent {
            Sent::Again(index) if !log.is_empty() => index.get(&log).clone(),
            Sent::Again(_) => feedback(0, 0, 0, offset),
            Sent::State { id, version, content } => FeedbackRow {
                occurred_at: i64::from((version + content) % 3) * MINUTE_MS,
                sentiment: SENTIMENTS[usize::from(*content)].map(str::to_owned),
                ..feedback(u128::from(*id), u64::from(*version), u32::from(*content), offset)
            },
        };
        log.push(FeedbackRow { in_offset: offset, ..row });
    }
    log
}

/// Writes the log in batches of these sizes, round and round.
fn write(log: &[FeedbackRow], sizes: &[usize]) -> Vec<FeedbackRow> {
    let log: Vec<Entry> = log.iter().map(|row| Entry::State(StateRow::Feedback(Box::new(row.clone())))).collect();
    let mut scheduler = Scheduler::default();
    let world = Arc::new(World::new(Model::calm(), scheduler.spawner.clone()));
    let life = Life { world: Arc::clone(&world), number: 0 };
    let place = Place { topic: TOPIC.to_owned(), partition: 0, group: "g".to_owned() };
    let sizes = sizes.to_vec();
    let written = scheduler.spawner.spawn(Some(0), async move {
        let mut partition = Partition::new(life, place, Intent::default(), Seen::new(64), 2);
        let mut entries = (0..).zip(&log).peekable();
        for size in sizes.iter().cycle() {
            let mut batch = Batch::default();
            entries.by_ref().take(*size).for_each(|(offset, entry)| entry.add_to(&mut batch, offset));
            partition.write(batch).await?;
            if entries.peek().is_none() {
                break;
            }
        }
        partition.finish().await
    });
    let mut rng = fastrand::Rng::with_seed(0);
    while scheduler.step(&mut rng, &HashSet::new()) {}
    written.take().expect("an end").expect("written");
    world.model().server.feedback.clone()
}

/// The model: the first content of a version holds, and of the versions that came as newer ones the last.
fn newest(log: &[FeedbackRow]) -> BTreeMap<Uuid, &FeedbackRow> {
    let mut newest: BTreeMap<Uuid, &FeedbackRow> = BTreeMap::new();
    for row in log {
        if newest.get(&row.feedback_id).is_none_or(|head| row.version > head.version) {
            newest.insert(row.feedback_id, row);
        }
    }
    newest
}

fn sums<'a>(rows: impl Iterator<Item = (&'a FeedbackRow, i64)>) -> BTreeMap<(i64, Option<&'a str>), i64> {
    let mut sums = BTreeMap::new();
    rows.for_each(|(row, sign)| {
        *sums.entry((row.occurred_at / MINUTE_MS, row.sentiment.as_deref())).or_default() += sign
    });
    sums.retain(|_, sum| *sum != 0);
    sums
}

proptest! {
    #[test]
    fn the_rows_come_to_exactly_the_newest_states(
        sent in prop::collection::vec(sent(), 1..40),
        sizes in prop::collection::vec(1..9usize, 1..6),
    ) {
        let log = log(&sent);
        let rows = write(&log, &sizes);
        let newest = newest(&log);

        let taken_back = rows.iter().filter(|row| row.sign == -1);
        let superseded: Vec<_> = taken_back.map(|row| (row.feedback_id, row.version)).collect();
        let live = rows.iter().filter(|row| row.sign == 1 && !superseded.contains(&(row.feedback_id, row.version)));
        let live: Vec<_> = live.map(|row| (row.feedback_id, (row.version, row.content_crc, row.src_offset))).collect();
        let expected = newest.iter().map(|(id, row)| (*id, (row.version, row.content_crc, row.src_offset)));
        prop_assert_eq!(live.len(), newest.len());
        prop_assert_eq!(live.into_iter().collect::<BTreeMap<_, _>>(), expected.collect::<BTreeMap<_, _>>());

        let signed = sums(rows.iter().map(|row| (row, i64::from(row.sign))));
        prop_assert_eq!(signed, sums(newest.values().map(|row| (*row, 1))));
        prop_assert_eq!(rows.iter().map(|row| usize::from(row.arrival)).sum::<usize>(), newest.len());
    }
}

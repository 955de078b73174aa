//! Edits in any order, with kills in between: the newest is what stands, and every other has its outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use hearken_schemas::topics::RAW_REVIEWS;
use hearken_tests::channels::{Draft, Fate, now_ms};
use hearken_tests::rig::{Setup, fate_name};
use serde_json::{Value, json};

use crate::{begin, is_long, prove};

const REVIEWS: usize = 80;
const EDITS: usize = 2_000;

fn review(id: usize, revision: u64, at_ms: u64) -> Draft {
    let fields = json!({
        "source": "edited-shop", "source_id": format!("e-{id}"), "occurred_at": at_ms, "revision": revision, "brand": "Orvantle",
        "text": format!("edit {revision} of review {id}: the kettle broke"), "rating": { "value": revision % 6, "scale_max": 5 },
    });
    let Value::Object(fields) = fields else { unreachable!("an object") };
    Draft { topic: RAW_REVIEWS, id: format!("e-{id}"), fields }
}

/// What must become of an edit, told from the ones before: the model.
fn fate(known: &mut BTreeSet<u64>, revision: u64) -> Fate {
    match known.last() {
        Some(&head) if revision <= head => Fate::Outcome(if known.contains(&revision) { "repeat" } else { "stale" }),
        Some(_) | None => {
            known.insert(revision);
            Fate::Row
        }
    }
}

#[test]
fn edits_come_in_any_order_and_the_newest_stands() {
    if !is_long() {
        return;
    }
    let (_turn, seed) = begin();
    let mut rng = Rng::with_seed(seed);
    let rig = Setup::new().start();
    let at_ms = now_ms() - 3_600_000;
    let mut known = vec![BTreeSet::new(); REVIEWS];
    let mut expected = BTreeMap::new();
    thread::scope(|scope| {
        let killer = scope.spawn(|| {
            for _ in 0..5 {
                thread::sleep(Duration::from_millis(500));
                rig.sink().kill9();
                rig.sink().restart();
            }
        });
        for _ in 0..EDITS {
            let id = rng.usize(..REVIEWS);
            // Around the newest one: newer by chance, the same, or older.
            let head: u64 = known[id].last().copied().unwrap_or(10);
            let revision = rng.u64(head.saturating_sub(4)..head + 4);
            // The older the copy, the more it differs in time; an edit may move its own moment.
            let raw = review(id, revision, at_ms - revision * 1_000).raw(fate(&mut known[id], revision));
            *expected.entry(fate_name(raw.fate)).or_default() += 1;
            rig.send(&raw);
            thread::sleep(Duration::from_millis(1));
        }
        killer.join().unwrap();
    });
    prove(&rig);
    assert_eq!(rig.fates(), expected);
    let newest = "SELECT source_id, text FROM hearken.v_feedback WHERE source = 'edited-shop' FORMAT TSV";
    let newest: BTreeMap<String, String> = rig
        .sql(newest)
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(id, text)| (id.into(), text.into()))
        .collect();
    for (id, known) in known.iter().enumerate().filter(|(_, known)| !known.is_empty()) {
        let text = format!("edit {} of review {id}: the kettle broke", known.last().unwrap());
        assert_eq!(newest[&format!("e-{id}")], text);
    }
}

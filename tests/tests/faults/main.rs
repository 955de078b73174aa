//! Faults that must not cost a row. Each test injects some, sees that they struck, heals everything and proves that all promises
//! hold: lag 0, the independent audit, the sentinels, committed offsets at the ends, one block a token, no panic.
//!
//! A test has a rig of its own, and the tests run one at a time. `SEED=n` repeats what a test draws. Those that need long run with
//! `FAULTS=long`, which `make faults` sets.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

mod broken;
mod clickhouse;
mod edits;
mod group;
mod kafka;
mod kills;
mod poison;
mod repeats;
mod schedules;
mod topics;

use std::sync::{Mutex, MutexGuard, PoisonError};

use hearken_tests::rig::Rig;

/// Waits for its turn and returns what the test draws from.
fn begin() -> (MutexGuard<'static, ()>, u64) {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let seed = std::env::var("SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().expect("SEED is a number"));
    println!("SEED={seed} repeats this run as far as processes can be repeated");
    (turn, seed)
}

/// Tells whether the long tests run, and says so where they do not.
fn is_long() -> bool {
    let is_long = std::env::var("FAULTS").is_ok_and(|faults| faults == "long");
    if !is_long {
        println!("left out: `make faults` runs it");
    }
    is_long
}

/// Proves the rig sound and tells what was done to it.
fn prove(rig: &Rig) {
    let proof = rig.assert_sound();
    let (swallowed, cut) = rig.wire.struck();
    println!(
        "{} records, {} requests struck, {cut} connections cut, {swallowed} bytes swallowed, {} restarts: nothing found",
        proof.records,
        rig.http.struck().len(),
        proof.restarts
    );
}

//! Builds that are broken on purpose: the proof must find what each of them does. A proof that cannot fail proves nothing.

use std::thread;
use std::time::Duration;

use hearken_schemas::topics::{DEAD_LETTERS, ENRICHED, OPERATIONS};
use hearken_tests::channels::Channels;
use hearken_tests::proxy::http::{Act, On};
use hearken_tests::rig::{Rig, Setup};

use crate::repeats::remember;
use crate::topics::rewind;
use crate::{begin, is_long, wait_struck};

/// Starts a sink with this defect, lets the fault happen, and returns what the proof finds.
fn check(defect: &str, fault: impl FnOnce(&Rig, &mut Channels), expected: &str) {
    let (_turn, seed) = begin();
    let rig = Setup::new().defect(defect).wait_s(10).start();
    let mut source = Channels::new(seed, "broken");
    rig.feed(&mut source, 500, 1_000.0);
    fault(&rig, &mut source);
    let findings = rig.prove().findings;
    println!("{defect}: {} findings, such as", findings.len());
    findings.iter().take(6).for_each(|finding| println!("  {}", finding.chars().take(200).collect::<String>()));
    assert!(
        findings.iter().any(|finding| finding.starts_with(expected)),
        "{defect}: expected {expected:?} in {findings:#?}"
    );
}

/// ClickHouse takes the sum of a block's content for its token where none is given, so the tables must forget as well.
#[test]
fn without_tokens_and_memory_a_lost_answer_doubles_rows() {
    check(
        "insert.no_token",
        |rig, source| {
            remember(rig, 0);
            rig.http.next(5, On::Insert, Act::DropAnswer);
            rig.feed(source, 500, 1_000.0);
            wait_struck(rig, 5);
        },
        "duplicate",
    );
}

#[test]
fn with_commits_before_inserts_a_kill_loses_records() {
    if !is_long() {
        return;
    }
    check(
        "sink.commit_first",
        |rig, source| {
            rig.http.always(On::Insert, Act::Black);
            rig.feed(source, 500, 1_000.0);
            thread::sleep(Duration::from_millis(1_000));
            rig.sink().kill9();
            rig.http.heal();
            rig.sink().restart();
            rig.feed(source, 200, 1_000.0);
        },
        "lost write",
    );
}

#[test]
fn without_the_backstop_a_rewind_doubles_rows() {
    if !is_long() {
        return;
    }
    check(
        "sink.no_backstop",
        |rig, _| {
            rig.hearken(&["verify", "--wait", "30"]);
            rig.sink().stop();
            rewind(rig, "hearken-sink", &[ENRICHED, OPERATIONS, DEAD_LETTERS]);
        },
        "duplicate",
    );
}

#[test]
fn without_intents_and_backstop_a_kill_doubles_rows() {
    if !is_long() {
        return;
    }
    let both = "sink.no_backstop=return;sink.no_intent";
    check(
        both,
        |rig, source| {
            // ClickHouse takes them, and nobody learns so before the sink is gone; then other records come along.
            for _ in 0..3 {
                rig.http.next(8, On::Insert, Act::DropAnswer);
                rig.feed(source, 150, 1_000.0);
                thread::sleep(Duration::from_millis(300));
                rig.sink().kill9();
                rig.http.heal();
                rig.feed(source, 150, 1_000.0);
                rig.sink().restart();
                thread::sleep(Duration::from_millis(1_000));
            }
        },
        "duplicate",
    );
}

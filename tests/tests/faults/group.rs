//! Members come, go, and come back from the dead.

use std::thread;
use std::time::{Duration, Instant};

use hearken_tests::channels::Channels;
use hearken_tests::cluster::SERVICES;
use hearken_tests::proxy::http::{Act, On};
use hearken_tests::rig::{Member, Rig, Setup};

use crate::{begin, is_long, prove};

const PATIENT: Duration = Duration::from_secs(60);

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENT;
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn all_partitions(program: &str) -> usize {
    match program {
        "hearken-ingest" => 21,
        "hearken-enrich" => 6,
        _ => 15,
    }
}

/// A member stands still until it is taken for dead, another one takes over, and then it goes on as if nothing had happened.
fn a_zombie(program: &'static str) {
    let (_turn, seed) = begin();
    let rig = Setup::new().members(program, 2).dynamic().start();
    let [zombie, heir]: [Member; 2] = rig.members(program).try_into().ok().expect("two members");
    let mut source = Channels::new(seed, "zombie");
    for _ in 0..2 {
        // Inserts take a while, so that some are under way.
        rig.http.next(40, On::Insert, Act::Delay(Duration::from_millis(150)));
        wait_until("both have partitions", || zombie.partitions() > 0 && heir.partitions() > 0);
        rig.feed(&mut source, 400, 800.0);
        zombie.freeze();
        rig.feed(&mut source, 400, 800.0);
        wait_until("the heir has all", || heir.partitions() == all_partitions(program));
        rig.feed(&mut source, 200, 800.0);
        zombie.thaw();
        rig.feed(&mut source, 400, 800.0);
    }
    prove(&rig);
}

#[test]
fn a_sink_that_was_taken_for_dead_wakes_up() {
    a_zombie("hearken-sink");
}

#[test]
fn an_ingest_that_was_taken_for_dead_wakes_up() {
    if is_long() {
        a_zombie("hearken-ingest");
    }
}

#[test]
fn an_enrich_that_was_taken_for_dead_wakes_up() {
    if is_long() {
        a_zombie("hearken-enrich");
    }
}

/// Members of every service go from one to three and back, twice, while records come.
fn a_storm(setup: Setup) {
    let (_turn, seed) = begin();
    let rig = setup.start();
    let mut source = Channels::new(seed, "storm");
    thread::scope(|scope| {
        let feed = scope.spawn(|| rig.feed(&mut source, 4_000, 400.0));
        for kindly in [true, false] {
            for program in SERVICES {
                join_and_leave(&rig, program, kindly);
            }
        }
        feed.join().unwrap();
    });
    prove(&rig);
}

fn join_and_leave(rig: &Rig, program: &'static str, kindly: bool) {
    let joined = [rig.add(program), rig.add(program)];
    wait_until("those who joined have partitions", || joined.iter().all(|member| member.partitions() > 0));
    joined.iter().for_each(|member| member.retire(kindly));
    let stays = rig.member(program);
    wait_until("the one that stays has all", || stays.partitions() == all_partitions(program));
}

#[test]
fn members_join_and_leave_without_names() {
    if !is_long() {
        return;
    }
    a_storm(Setup::new().dynamic());
}

#[test]
fn members_join_and_leave_with_names_of_their_own() {
    if is_long() {
        a_storm(Setup::new());
    }
}

#[test]
fn a_sink_that_cannot_write_lets_go_of_its_partitions_in_time() {
    if !is_long() {
        return;
    }
    let (_turn, seed) = begin();
    let setup = Setup::new().dynamic().set("hearken-sink", "HEARKEN_KAFKA__DRAIN_TIMEOUT_MS", "1000");
    let rig = setup.set("hearken-sink", "HEARKEN_CLICKHOUSE__REQUEST_TIMEOUT_S", "30").start();
    let mut source = Channels::new(seed, "drain");
    rig.http.always(On::Insert, Act::Black);
    rig.feed(&mut source, 500, 1_000.0);
    wait_until("inserts are under way", || rig.http.struck().len() > 3);
    let other = rig.add("hearken-sink");
    wait_until("the other has partitions", || other.partitions() > 0);
    rig.feed(&mut source, 500, 1_000.0);
    prove(&rig);
}

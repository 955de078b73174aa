//! `kill -9` of each service at each point where it hurts, and what the restart makes of it.

use std::thread;
use std::time::Duration;

use fastrand::Rng;
use hearken_tests::channels::Channels;
use hearken_tests::rig::{Rig, Setup};

use crate::{begin, is_long, prove};

const PATIENT: Duration = Duration::from_secs(60);

/// Where each service is killed.
pub(crate) const POINTS: [(&str, &str); 10] = [
    ("hearken-ingest", "stage.before_commit"),
    ("hearken-ingest", "stage.after_commit"),
    ("hearken-enrich", "stage.before_commit"),
    ("hearken-enrich", "stage.after_commit"),
    ("hearken-sink", "sink.before_intent"),
    ("hearken-sink", "sink.after_intent"),
    ("hearken-sink", "insert.mid_body"),
    ("hearken-sink", "sink.between_tables"),
    ("hearken-sink", "sink.after_insert"),
    ("hearken-sink", "sink.after_done"),
];

/// Arms a point: it kills the process the time after it was passed `passes` times.
pub(crate) fn armed(point: &str, passes: usize) -> String {
    if passes == 0 { format!("{point}=1*return") } else { format!("{point}={passes}*off->1*return") }
}

#[test]
fn each_service_is_killed_at_each_point() {
    let (_turn, seed) = begin();
    let mut rng = Rng::with_seed(seed);
    let rig = Setup::new().start();
    let mut source = Channels::new(seed, "points");
    let mut expected = rig.feed(&mut source, 100, 1_000.0);
    for (program, point) in POINTS {
        let member = rig.member(program);
        let before = member.ended().len();
        member.restart_with(&armed(point, rng.usize(..4)));
        for (fate, count) in rig.feed(&mut source, 200, 1_000.0) {
            *expected.entry(fate).or_default() += count;
        }
        assert!(member.wait_ended(before + 1, PATIENT), "{program} is not killed at {point}");
        let ended = member.ended().pop().unwrap();
        assert_eq!(ended.code, None, "{program} at {point}: {}", ended.last_line());
    }
    prove(&rig);
    assert_eq!(rig.fates(), expected);
    let restarts: usize = rig.all_members().iter().map(|member| member.ended().len()).sum();
    assert_eq!(restarts, POINTS.len(), "nothing else ended by itself");
}

#[test]
fn the_sink_is_killed_at_the_same_point_again_and_again() {
    if !is_long() {
        return;
    }
    let (_turn, seed) = begin();
    let rig = Setup::new().start();
    let mut source = Channels::new(seed, "again");
    for point in ["sink.after_intent", "sink.after_insert", "sink.between_tables"] {
        // Armed for every start: each life gets one step further than the one before, if at all.
        rig.sink().kill9();
        rig.sink().set("FAILPOINTS", Some(&armed(point, 1)));
        let before = rig.sink().ended().len();
        rig.sink().restart();
        rig.feed(&mut source, 200, 1_000.0);
        assert!(rig.sink().wait_ended(before + 4, PATIENT), "{point}: {} ends", rig.sink().ended().len() - before);
        rig.sink().set("FAILPOINTS", None);
        rig.sink().kill9();
        rig.sink().restart();
    }
    prove(&rig);
}

#[test]
fn services_are_killed_at_any_moment_under_load() {
    if !is_long() {
        return;
    }
    let (_turn, seed) = begin();
    let rig = Setup::new().start();
    let mut source = Channels::new(seed, "moments");
    let mut rng = Rng::with_seed(seed);
    let expected = thread::scope(|scope| {
        let feed = scope.spawn(|| rig.feed(&mut source, 5_000, 800.0));
        kill_some(&rig, &mut rng);
        feed.join().unwrap()
    });
    prove(&rig);
    assert_eq!(rig.fates(), expected);
}

fn kill_some(rig: &Rig, rng: &mut Rng) {
    for _ in 0..8 {
        thread::sleep(Duration::from_millis(rng.u64(100..900)));
        let members = rig.all_members();
        let member = &members[rng.usize(..members.len())];
        member.kill9();
        thread::sleep(Duration::from_millis(rng.u64(..300)));
        member.restart();
    }
}

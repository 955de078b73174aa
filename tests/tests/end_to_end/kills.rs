//! Processes are killed at random moments under load, and every record keeps its one outcome.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use hearken_runtime::kafka::admin::offsets;
use hearken_schemas::topics::RAW;
use hearken_tests::channels::{Channels, Fate, now_ms};
use hearken_tests::cluster::{Cluster, shared};
use hearken_tests::part::Part;

use crate::damage::damage_is_noticed;
use crate::{first_findings, put, src};

/// Records of the test that kills.
const RECORDS: usize = 50_000;
/// Records a second while they last, and afterwards until everybody has been killed often enough.
const RATE: f64 = 2_500.0;
const RATE_AFTER: f64 = 200.0;
/// How often each service is killed.
const KILLS: u32 = 4;

#[test]
fn every_record_has_one_outcome_though_each_service_is_killed_three_times() {
    let seed = std::env::var("SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().expect("SEED is a number"));
    println!("SEED={seed} repeats this run as far as processes can be repeated");
    let shared = shared();
    let mut cluster = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let before = fates(&cluster);
    let sent = send_and_kill(&mut cluster, seed);
    cluster.wait_ready();
    let ledger = cluster.channels.ledger();
    assert_eq!(
        ledger.entries.len() as i64,
        on_raw_topics(&cluster),
        "something is on the topics that nobody wrote down"
    );

    let verified = cluster.hearken(&["verify", "--json", "--wait", "180"]);
    assert_eq!(verified.code, Some(0), "{}\n{}", verified.out, verified.err);
    assert_eq!(first_findings(&ledger, &cluster), Vec::<String>::new());
    let mut expected = before;
    for (fate, count) in sent {
        *expected.entry(fate).or_default() += count;
    }
    assert_eq!(fates(&cluster), expected);
    println!("the sink found {} pending ranges when it started", recovered(&cluster));
    damage_is_noticed(&cluster, &ledger);
    each_service_ends_when_asked(&mut cluster);
}

/// Sends records while every service is killed [`KILLS`] times, and ClickHouse once; returns how many must end how.
fn send_and_kill(cluster: &mut Cluster, seed: u64) -> BTreeMap<String, u64> {
    let Cluster { ingest, enrich, sink, clickhouse, channels, .. } = cluster;
    let mut rng = Rng::with_seed(seed);
    let mut source = Channels::new(rng.u64(..), &format!("kill-{seed:x}"));
    let mut counts = BTreeMap::new();
    thread::scope(|scope| {
        let mut killers = Vec::new();
        for part in [ingest, enrich, sink] {
            let rng = rng.fork();
            killers.push(scope.spawn(|| kill_service(part, rng)));
        }
        let rng = rng.fork();
        killers.push(scope.spawn(|| kill_clickhouse(clickhouse, rng)));
        let (started, mut sent, mut due) = (Instant::now(), 0, 0.0);
        let mut last = started.elapsed();
        while sent < RECORDS || !killers.iter().all(|killer| killer.is_finished()) {
            let rate = if sent < RECORDS { RATE } else { RATE_AFTER };
            due += (started.elapsed() - last).as_secs_f64() * rate;
            last = started.elapsed();
            for _ in 0..due as usize {
                let raw = source.next().unwrap();
                channels.send(&raw.message, &raw.id);
                *counts.entry(name(raw.fate)).or_default() += 1;
                sent += 1;
            }
            due = due.fract();
            thread::sleep(Duration::from_millis(10));
        }
        println!("{sent} records in {:.0} s: {counts:?}", started.elapsed().as_secs_f64());
    });
    counts
}

/// Kills a service while it works, and the last time whatever it does.
fn kill_service(part: &mut Part, mut rng: Rng) {
    for kill in 1..=KILLS {
        if kill < KILLS {
            part.wait_ready();
        }
        thread::sleep(Duration::from_millis(rng.u64(..2_500)));
        part.kill9();
        part.restart();
    }
}

/// Kills ClickHouse in the midst of inserts; it is back on the same port with the same data after a while.
fn kill_clickhouse(part: &mut Part, mut rng: Rng) {
    thread::sleep(Duration::from_millis(rng.u64(3_000..10_000)));
    part.kill9();
    thread::sleep(Duration::from_millis(rng.u64(..2_000)));
    part.restart();
}

fn name(fate: Fate) -> String {
    match fate {
        Fate::Row => "row".to_owned(),
        Fate::DeadLetter(reason) => format!("dead letter: {reason}"),
        Fate::Outcome(kind) => kind.to_owned(),
    }
}

/// Counts how the records ended, by their source coordinates.
fn fates(cluster: &Cluster) -> BTreeMap<String, u64> {
    let src = "uniqExact(src_topic, src_partition, src_offset)";
    let answer = cluster.sql(&format!(
        "SELECT * FROM (SELECT 'row' AS fate, {src} AS n FROM hearken.v_outcome WHERE outcome = 'row' \
         UNION ALL SELECT concat('dead letter: ', reason), {src} FROM hearken.dead_letters GROUP BY reason \
         UNION ALL SELECT kind, {src} FROM hearken.outcomes GROUP BY kind) WHERE n > 0 FORMAT TSV"
    ));
    answer
        .lines()
        .map(|line| line.split_once('\t').unwrap())
        .map(|(fate, n)| (fate.to_owned(), n.parse().unwrap()))
        .collect()
}

fn recovered(cluster: &Cluster) -> usize {
    let log = std::fs::read_to_string(cluster.directory().join("hearken-sink.log")).unwrap();
    log.lines().filter(|line| line.contains("\"recovering\"")).count()
}

fn on_raw_topics(cluster: &Cluster) -> i64 {
    let count =
        |topic| offsets(&cluster.kafka(), None, topic).unwrap().iter().map(|part| part.end - part.start).sum::<i64>();
    RAW.into_iter().map(count).sum()
}

/// SIGTERM is a clean end: exit code 0, and the next start goes on.
fn each_service_ends_when_asked(cluster: &mut Cluster) {
    for part in [&mut cluster.ingest, &mut cluster.enrich, &mut cluster.sink] {
        assert_eq!(part.stop().code(), Some(0));
        part.restart();
    }
    cluster.wait_ready();
    let raw = Channels::new(now_ms(), "afterwards").draft().raw(Fate::Row);
    let at = put(cluster, &raw);
    // It may be of any channel, so a row of any table.
    cluster.wait_for(
        &format!("SELECT count() FROM hearken.v_outcome WHERE outcome = 'row' AND {} FORMAT TSV", src(&at)),
        "1",
    );
}

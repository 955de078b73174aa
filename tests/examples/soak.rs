//! A long run: a steady rate, a fault every few minutes in turn, memory and lag written down, and the proof at the end.
//!
//! `cargo run --release -p hearken-tests --example soak -- --minutes 30 --rate 500 --every 120 > soak.csv`, after
//! `cargo build --release --workspace --bins`. Standard output is a CSV: a line every ten seconds, and a line after each fault.
//! Standard error tells the same in words. The exit code is 0 where every promise holds.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use hearken_runtime::kafka::admin::{Offsets, offsets};
use hearken_schemas::topics::{DEAD_LETTERS, ENRICHED, NORMALIZED, OPERATIONS, RAW};
use hearken_tests::channels::{Channels, now_ms};
use hearken_tests::cluster::SERVICES;
use hearken_tests::proxy::http::{Act, On};
use hearken_tests::rig::{Rig, Setup};

/// How often memory and lag are written down.
const LOOK: Duration = Duration::from_secs(10);
/// How many records may be on their way while everything is well: some seconds' worth.
const SECONDS_BEHIND: f64 = 4.0;

/// A fault's name and what it does.
type Fault = (&'static str, fn(&Rig));

const FAULTS: [Fault; 10] = [
    ("sink killed", |rig| again(rig, SERVICES[2])),
    ("clickhouse killed", |rig| {
        rig.clickhouse.kill9();
        thread::sleep(Duration::from_secs(5));
        rig.clickhouse.revive();
    }),
    ("enrich killed", |rig| again(rig, SERVICES[1])),
    ("clickhouse black for 20 s", |rig| {
        rig.http.always(On::Any, Act::Black);
        thread::sleep(Duration::from_secs(20));
        rig.http.heal();
    }),
    ("kafka killed", |rig| {
        rig.kafka[0].kill9();
        thread::sleep(Duration::from_secs(3));
        rig.kafka[0].revive();
    }),
    ("ingest killed", |rig| again(rig, SERVICES[0])),
    ("answers dropped", |rig| rig.http.next(30, On::Insert, Act::DropAnswer)),
    ("wire black for 10 s", |rig| {
        rig.wire.go_black();
        thread::sleep(Duration::from_secs(10));
        rig.wire.heal();
    }),
    ("sink frozen for 15 s", |rig| {
        rig.sink().freeze();
        thread::sleep(Duration::from_secs(15));
        rig.sink().thaw();
    }),
    ("kafka frozen for 5 s", |rig| {
        rig.kafka[0].freeze();
        thread::sleep(Duration::from_secs(5));
        rig.kafka[0].revive();
    }),
];

fn again(rig: &Rig, program: &str) {
    rig.member(program).kill9();
    rig.member(program).restart();
}

/// What the command line asks for.
struct Asked {
    minutes: u64,
    rate: f64,
    every_s: u64,
}

fn main() -> ExitCode {
    let number = |name: &str, default: u64| {
        let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
        arguments.next().map_or(default, |value| value.parse().expect("a whole number"))
    };
    let rate = number("--rate", 500) as f64;
    let asked = Asked { minutes: number("--minutes", 30), rate, every_s: number("--every", 120) };
    let seed = number("--seed", now_ms());
    eprintln!("{} minutes at {} records a second, a fault every {} s, seed {seed}", asked.minutes, rate, asked.every_s);
    // As they run locally: batches and sessions of ordinary length.
    let plain = [
        ("HEARKEN_SINK__AGE_MS_MAX", "1500"),
        ("HEARKEN_SINK__ROWS_MAX", "20000"),
        ("HEARKEN_KAFKA__SESSION_TIMEOUT_MS", "10000"),
    ];
    let rig = plain.into_iter().fold(Setup::new(), |setup, (name, value)| setup.set(SERVICES[2], name, value)).start();
    run(&rig, &asked, seed);
    let proof = rig.prove();
    let fates = rig.fates();
    eprintln!(
        "{} records: {fates:?}; {} restarts by itself; {} findings",
        proof.records,
        proof.restarts,
        proof.findings.len()
    );
    proof.findings.iter().for_each(|finding| eprintln!("  {finding}"));
    if proof.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(rig: &Rig, asked: &Asked, seed: u64) {
    let (started, over) = (Instant::now(), AtomicBool::new(false));
    let until = Duration::from_secs(asked.minutes * 60);
    println!("second,what,ingest_mib,enrich_mib,sink_mib,clickhouse_mib,kafka_mib,lag");
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut source = Channels::new(seed, &format!("soak-{seed:x}"));
            while !over.load(Relaxed) {
                rig.feed(&mut source, asked.rate as usize, asked.rate);
            }
        });
        scope.spawn(|| {
            while !over.load(Relaxed) {
                row(rig, started, "");
                thread::sleep(LOOK);
            }
        });
        for (name, fault) in FAULTS.iter().cycle() {
            thread::sleep(Duration::from_secs(asked.every_s));
            if started.elapsed() > until {
                break;
            }
            fault(rig);
            let healed = Instant::now();
            while lag(rig).is_none_or(|lag| lag as f64 > asked.rate * SECONDS_BEHIND) && healed.elapsed() < until {
                thread::sleep(Duration::from_millis(200));
            }
            let caught_up = healed.elapsed().as_secs_f64();
            eprintln!(
                "{:>6.0} s  {name}: caught up {caught_up:.1} s after it was over",
                started.elapsed().as_secs_f64()
            );
            row(rig, started, &format!("{name}; caught up after {caught_up:.1} s"));
        }
        over.store(true, Relaxed);
    });
}

fn row(rig: &Rig, started: Instant, what: &str) {
    let services = SERVICES.map(|program| rig.member(program).resident_kib());
    let memory = services.into_iter().chain([rig.clickhouse.resident_kib(), rig.kafka[0].resident_kib()]);
    let memory: Vec<String> = memory.map(|kib| (kib / 1_024).to_string()).collect();
    let lag = lag(rig).map_or_else(|| "unknown".to_owned(), |lag| lag.to_string());
    println!("{:.0},{what},{},{lag}", started.elapsed().as_secs_f64(), memory.join(","));
}

/// Counts the records that some service has still to finish; `None` while Kafka does not answer.
fn lag(rig: &Rig) -> Option<i64> {
    let groups: [(&str, &[&str]); 3] =
        [(SERVICES[0], &RAW), (SERVICES[1], &[NORMALIZED]), (SERVICES[2], &[ENRICHED, OPERATIONS, DEAD_LETTERS])];
    let mut lag = 0;
    for (group, topic) in groups.into_iter().flat_map(|(group, topics)| topics.iter().map(move |topic| (group, *topic)))
    {
        lag += offsets(&rig.kafka(), Some(group), topic).ok()?.iter().map(Offsets::lag).sum::<i64>();
    }
    Some(lag)
}

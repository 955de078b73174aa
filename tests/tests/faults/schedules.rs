//! Schedules drawn at random: several faults at any moment, one upon another. `SEEDS=n` says how many, `SEED=n` which.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use hearken_tests::channels::Channels;
use hearken_tests::cluster::SERVICES;
use hearken_tests::proxy::http::{Act, On};
use hearken_tests::rig::{Rig, Setup};

use crate::begin;
use crate::kills::{POINTS, armed};

/// How many schedules a plain run draws.
const SEEDS: u64 = 2;
/// How long records come and faults happen.
const LASTS: Duration = Duration::from_millis(8_500);

/// What can happen.
#[derive(Debug, Clone)]
enum Fault {
    Kill { program: usize, down_ms: u64 },
    KillAt { point: usize, passes: usize },
    Stop { program: usize },
    Freeze { program: usize, ms: u64 },
    JoinAndLeave { program: usize, ms: u64, kindly: bool },
    Requests { count: usize, on: On, act: Act },
    ClickHouseBlack { ms: u64 },
    ClickHouseKilled { down_ms: u64 },
    ClickHouseFrozen { ms: u64 },
    KafkaKilled { down_ms: u64 },
    KafkaFrozen { ms: u64 },
    WireCut { times: u64 },
    WireBlack { ms: u64 },
}

impl Fault {
    fn draw(rng: &mut Rng) -> Self {
        let program = rng.usize(..SERVICES.len());
        let ms = rng.u64(300..3_500);
        let down_ms = rng.u64(..1_500);
        match rng.u8(..18) {
            0 | 1 => Self::Kill { program, down_ms },
            2..=4 => Self::KillAt { point: rng.usize(..POINTS.len()), passes: rng.usize(..6) },
            5 => Self::Stop { program },
            6 | 7 => Self::Freeze { program, ms },
            8 | 9 => Self::JoinAndLeave { program, ms, kindly: rng.bool() },
            10..=12 => {
                let (act, on) = request(rng);
                Self::Requests { count: rng.usize(1..12), on, act }
            }
            13 => Self::ClickHouseBlack { ms },
            14 if rng.bool() => Self::ClickHouseFrozen { ms },
            14 => Self::ClickHouseKilled { down_ms },
            15 if rng.bool() => Self::KafkaFrozen { ms },
            15 => Self::KafkaKilled { down_ms },
            16 => Self::WireCut { times: rng.u64(1..8) },
            _ => Self::WireBlack { ms },
        }
    }

    fn strike(&self, rig: &Rig) {
        let sleep = |ms: u64| thread::sleep(Duration::from_millis(ms));
        match self {
            Self::Kill { program, down_ms } => {
                rig.member(SERVICES[*program]).kill9();
                sleep(*down_ms);
                rig.member(SERVICES[*program]).restart();
            }
            Self::KillAt { point, passes } => {
                let (program, point) = POINTS[*point];
                rig.member(program).restart_with(&armed(point, *passes));
            }
            Self::Stop { program } => {
                rig.member(SERVICES[*program]).stop();
                rig.member(SERVICES[*program]).restart();
            }
            Self::Freeze { program, ms } => {
                rig.member(SERVICES[*program]).freeze();
                sleep(*ms);
                rig.member(SERVICES[*program]).thaw();
            }
            Self::JoinAndLeave { program, ms, kindly } => {
                let member = rig.add(SERVICES[*program]);
                sleep(*ms);
                member.retire(*kindly);
            }
            Self::Requests { count, on, act } => rig.http.next(*count, on.clone(), act.clone()),
            Self::ClickHouseBlack { ms } => {
                rig.http.always(On::Any, Act::Black);
                sleep(*ms);
                rig.http.heal();
            }
            Self::ClickHouseKilled { down_ms } => {
                rig.clickhouse.kill9();
                sleep(*down_ms);
                rig.clickhouse.revive();
            }
            Self::ClickHouseFrozen { ms } => {
                rig.clickhouse.freeze();
                sleep(*ms);
                rig.clickhouse.revive();
            }
            Self::KafkaKilled { down_ms } => {
                rig.kafka[0].kill9();
                sleep(*down_ms);
                rig.kafka[0].revive();
            }
            Self::KafkaFrozen { ms } => {
                rig.kafka[0].freeze();
                sleep(*ms);
                rig.kafka[0].revive();
            }
            Self::WireCut { times } => {
                for _ in 0..*times {
                    rig.wire.cut();
                    sleep(100);
                }
            }
            Self::WireBlack { ms } => {
                rig.wire.go_black();
                sleep(*ms);
                rig.wire.heal();
            }
        }
    }
}

fn request(rng: &mut Rng) -> (Act, On) {
    let act = match rng.u8(..9) {
        0 => Act::Answer(500, "Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)"),
        1 => Act::Answer(500, "Code: 252. DB::Exception: Too many parts (3000). (TOO_MANY_PARTS)"),
        2 => Act::Answer(401, "Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)"),
        3 => Act::Answer(500, "Code: 4711. DB::Exception: A code that nobody knows."),
        4 | 5 => Act::DropAnswer,
        6 => Act::Truncate,
        7 => Act::Delay(Duration::from_millis(rng.u64(100..2_000))),
        _ => Act::Late(Duration::from_millis(rng.u64(100..4_000))),
    };
    let on = match (&act, rng.u8(..4)) {
        (Act::Answer(..) | Act::DropAnswer | Act::Delay(_), 0) => On::Query,
        (_, 1) => On::InsertInto("feedback"),
        _ => On::Insert,
    };
    (act, on)
}

/// Faults with the moments at which they begin, and the run's other choices.
struct Schedule {
    faults: Vec<(u64, Fault)>,
    records: usize,
    is_static: bool,
}

impl Schedule {
    fn draw(rng: &mut Rng) -> Self {
        let count = rng.usize(3..=6);
        let moment = |rng: &mut Rng| rng.u64(300..LASTS.as_millis() as u64 - 1_000);
        let mut faults: Vec<_> = (0..count).map(|_| (moment(rng), Fault::draw(rng))).collect();
        faults.sort_by_key(|(at, _)| *at);
        Self { faults, records: rng.usize(3_000..6_000), is_static: rng.bool() }
    }

    fn run(&self, rig: &Rig, seed: u64) -> BTreeMap<String, u64> {
        let mut source = Channels::new(seed, "schedule");
        thread::scope(|scope| {
            let rate = self.records as f64 / LASTS.as_secs_f64();
            let feed = scope.spawn(move || rig.feed(&mut source, self.records, rate));
            let started = Instant::now();
            for (at_ms, fault) in &self.faults {
                thread::sleep(Duration::from_millis(*at_ms).saturating_sub(started.elapsed()));
                scope.spawn(move || fault.strike(rig));
            }
            feed.join().expect("records are sent")
        })
    }
}

#[test]
fn faults_drawn_at_random_cost_nothing() {
    let (_turn, first) = begin();
    let asked = std::env::var("SEED").is_ok();
    let seeds =
        if asked { 1 } else { std::env::var("SEEDS").map_or(SEEDS, |seeds| seeds.parse().expect("SEEDS is a number")) };
    let mut failed = Vec::new();
    for seed in (0..seeds).map(|nth| first.wrapping_add(nth)) {
        let started = Instant::now();
        let mut rng = Rng::with_seed(seed);
        let schedule = Schedule::draw(&mut rng);
        println!("seed {seed}: {} records, static {}: {:?}", schedule.records, schedule.is_static, schedule.faults);
        let setup = if schedule.is_static { Setup::new() } else { Setup::new().dynamic() };
        let rig = setup.start();
        let fates = schedule.run(&rig, rng.u64(..));
        let proof = rig.prove();
        let (dead, others) =
            fates.iter().filter(|(name, _)| *name != "row").fold((0, 0), |(dead, others), (name, n)| {
                if name.starts_with("dead letter") { (dead + n, others) } else { (dead, others + n) }
            });
        let seconds = started.elapsed().as_secs();
        println!(
            "seed {seed}: {} s, {} records ({} rows, {dead} dead letters, {others} outcomes), {} requests struck, {} restarts, {} findings",
            seconds,
            proof.records,
            fates.get("row").copied().unwrap_or_default(),
            rig.http.struck().len(),
            proof.restarts,
            proof.findings.len()
        );
        if !proof.findings.is_empty() {
            proof.findings.iter().for_each(|finding| println!("  {finding}"));
            failed.push(seed);
        }
    }
    assert!(failed.is_empty(), "SEED=n repeats one of {failed:?}");
}

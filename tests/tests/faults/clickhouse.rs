//! ClickHouse refuses, falls silent, answers nobody, dies, or its views throw.

use std::thread;
use std::time::{Duration, Instant};

use hearken_tests::channels::Channels;
use hearken_tests::proxy::http::{Act, On};
use hearken_tests::rig::Setup;

use crate::{begin, is_long, prove, wait_struck};

const PATIENT: Duration = Duration::from_secs(60);

/// What passes by itself: the sink repeats the same block under the same token, and goes on.
const PASSING: [Act; 11] = [
    Act::Answer(500, "Code: 241. DB::Exception: (total) memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)"),
    Act::Answer(500, "Code: 242. DB::Exception: Table is in readonly mode. (TABLE_IS_READ_ONLY)"),
    Act::Answer(500, "Code: 252. DB::Exception: Too many parts (3000). Merges are processing slower. (TOO_MANY_PARTS)"),
    Act::Answer(500, "Code: 319. DB::Exception: Unknown status, client must retry. (UNKNOWN_STATUS_OF_INSERT)"),
    Act::Answer(500, "Code: 999. Coordination::Exception: Session expired. (KEEPER_EXCEPTION)"),
    Act::Answer(503, "no healthy upstream"),
    Act::DropAnswer,
    Act::Truncate,
    Act::Black,
    Act::Delay(Duration::from_millis(500)),
    Act::Late(Duration::from_secs(2)),
];

/// What does not pass: the sink stops with a sentence, and goes on where it was when it is started again.
const STANDING: [(u16, &str); 6] = [
    (401, "Code: 516. DB::Exception: default: Authentication failed. (AUTHENTICATION_FAILED)"),
    (403, "Code: 497. DB::Exception: default: Not enough privileges. (ACCESS_DENIED)"),
    (500, "Code: 252. DB::Exception: Too many partitions for single INSERT block (more than 100). (TOO_MANY_PARTS)"),
    (500, "Code: 60. DB::Exception: Table hearken.feedback does not exist. (UNKNOWN_TABLE)"),
    (500, "Code: 49. DB::Exception: Logical error. (LOGICAL_ERROR)"),
    (500, "Code: 4711. DB::Exception: A code that nobody knows."),
];

/// What is said of a block that cannot be read: the sink looks for the row, and there is none.
const UNREADABLE: [(u16, &str); 2] = [
    (400, "Code: 117. DB::Exception: Error while reading Arrow data. (INCORRECT_DATA)"),
    (400, "Code: 53. DB::Exception: Cannot convert string. (TYPE_MISMATCH)"),
];

/// Views that throw, each in turn.
const VIEWS: [&str; 4] = [
    "keyword_hour_from_feedback",
    "feedback_minute_from_feedback",
    "identities_from_customers",
    "states_from_feedback",
];

#[test]
fn what_passes_is_repeated_until_it_has_passed() {
    let (_turn, seed) = begin();
    let rig = Setup::new().start();
    let mut source = Channels::new(seed, "passing");
    for (nth, act) in PASSING.into_iter().enumerate() {
        // Twice: the second may strike the repetition of the first.
        rig.http.next(2, On::Insert, act);
        rig.feed(&mut source, 120, 1_000.0);
        wait_struck(&rig, 2 * (nth + 1));
    }
    prove(&rig);
    // A machine that does much else may take a member for dead; ClickHouse is no reason to end.
    let ended = rig.sink().ended().into_iter().find(|ended| ended.last_line().contains("inserting"));
    assert_eq!(ended, None, "the sink goes on by itself");
}

#[test]
fn what_does_not_pass_stops_the_sink_and_skips_nothing() {
    let (_turn, seed) = begin();
    let rig = Setup::new().start();
    let mut source = Channels::new(seed, "standing");
    for (nth, (status, text)) in STANDING.into_iter().enumerate() {
        rig.http.next(1, On::Insert, Act::Answer(status, text));
        rig.feed(&mut source, 100, 1_000.0);
        assert!(rig.sink().wait_ended(nth + 1, PATIENT), "{text}: the sink goes on");
        let ended = rig.sink().ended().pop().unwrap();
        let code = text.split('.').next().unwrap();
        assert!(ended.code == Some(1) && ended.words.contains(code), "{text}: {ended:?}");
    }
    for (status, text) in UNREADABLE {
        let before = rig.http.struck().len();
        rig.http.next(1, On::Insert, Act::Answer(status, text));
        rig.feed(&mut source, 100, 1_000.0);
        wait_struck(&rig, before + 1);
    }
    prove(&rig);
}

#[test]
fn clickhouse_is_killed_while_it_inserts() {
    if !is_long() {
        return;
    }
    let (_turn, seed) = begin();
    let rig = Setup::new().start();
    let mut source = Channels::new(seed, "killed");
    thread::scope(|scope| {
        let feed = scope.spawn(|| rig.feed(&mut source, 4_000, 600.0));
        for _ in 0..3 {
            thread::sleep(Duration::from_millis(1_000));
            rig.clickhouse.kill9();
            thread::sleep(Duration::from_millis(300));
            rig.clickhouse.revive();
        }
        feed.join().unwrap();
    });
    prove(&rig);
}

#[test]
fn clickhouse_falls_silent_longer_than_a_request_may_take() {
    if !is_long() {
        return;
    }
    let (_turn, seed) = begin();
    let rig = Setup::new().start();
    let mut source = Channels::new(seed, "silent");
    rig.feed(&mut source, 500, 1_000.0);
    rig.http.always(On::Any, Act::Black);
    rig.feed(&mut source, 1_000, 1_000.0);
    thread::sleep(Duration::from_secs(5));
    assert!(rig.http.struck().len() > 1, "{:?}", rig.http.struck());
    rig.http.heal();
    rig.clickhouse.freeze();
    rig.feed(&mut source, 1_000, 1_000.0);
    thread::sleep(Duration::from_secs(4));
    rig.clickhouse.revive();
    prove(&rig);
}

#[test]
fn a_view_throws_and_is_mended_with_the_sink_killed_in_between() {
    let (_turn, seed) = begin();
    let rig = Setup::new().start();
    let mut source = Channels::new(seed, "view");
    rig.feed(&mut source, 200, 1_000.0);
    for view in VIEWS {
        let query = rig.sql(&format!(
            "SELECT as_select FROM system.tables WHERE database = 'hearken' AND name = '{view}' FORMAT TSVRaw"
        ));
        // It throws once there are rows, after the table itself and maybe other views have got them.
        let throwing = format!("SELECT * FROM ({query}) WHERE throwIf(materialize(1) = 1, 'broken for a test') = 0");
        rig.sql(&format!("ALTER TABLE hearken.{view} MODIFY QUERY {throwing}"));
        rig.feed(&mut source, 300, 1_000.0);
        let deadline = Instant::now() + PATIENT;
        while !rig.sink().log().contains(&format!("while pushing to view hearken.{view}")) {
            assert!(Instant::now() < deadline, "{view} did not throw");
            thread::sleep(Duration::from_millis(100));
        }
        rig.sink().kill9();
        rig.sink().restart();
        thread::sleep(Duration::from_millis(1_000));
        rig.sql(&format!("ALTER TABLE hearken.{view} MODIFY QUERY {query}"));
        // A view that is altered forgets the tokens of what it had written, so nothing may be half written when the next
        // one is: docs/reliability.md.
        let verified = rig.hearken(&["verify", "--wait", "60"]);
        assert_eq!(verified.code, Some(0), "{view}: {verified:?}");
    }
    prove(&rig);
}

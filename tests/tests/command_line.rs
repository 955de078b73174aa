//! `hearken` as people use it: a demo, the same data again under `up`, and every other command against it.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use hearken_embedded::process::Child;
use hearken_tests::cluster::Endpoints;
use hearken_tests::program::{Finished, POLL, command, finish};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything may take on a machine that does much else.
const PATIENT: Duration = Duration::from_secs(240);

#[test]
fn the_command_line() {
    let directory = TempDir::new().unwrap();
    let records = demo(directory.path());
    let (mut up, endpoints) = up(directory.path());
    let hearken = |arguments: &[&str]| endpoints.hearken(arguments);
    assert_eq!(hearken(&["topics", "create"]).out, "every topic is there\n");
    assert_eq!(hearken(&["migrate"]).out, "every table and view is there\n");
    let verified = hearken(&["verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    let all = format!("  0 of {records}\n");
    assert!(verified.out.contains(&all), "the demo's records are still there: {}", verified.out);
    sql(&endpoints);
    every_query_of_the_readme_has_an_answer(&endpoints);
    dead_letters(&endpoints);
    replay(&endpoints, directory.path());
    let verified = hearken(&["verify", "--json", "--wait", "120"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert_eq!(up.stop(PATIENT).unwrap().code(), Some(0), "{}", up.log_tail());
}

/// Adds where a local run keeps its data and listens.
fn local<'a>(hearken: &'a mut Command, directory: &Path) -> &'a mut Command {
    hearken.args(["--kafka-listen", "127.0.0.1:0", "--clickhouse-listen", "127.0.0.1:0"]);
    hearken.args(["--alert-listen", "127.0.0.1:0", "--data"]);
    hearken.arg(directory.join("data"))
}

/// Plays the whole demo, and again on its own data; returns how many records it sent.
fn demo(directory: &Path) -> u64 {
    let play = |arguments: &[&str]| {
        let mut hearken = command("hearken");
        hearken.arg("demo").args(arguments).args(["--rate", "100", "--poison", "0.03", "--json"]);
        let demo = finish(local(&mut hearken, directory), PATIENT);
        assert_eq!(demo.code, Some(0), "{demo:?}");
        let last: Value = serde_json::from_str(demo.out.lines().last().unwrap()).unwrap();
        (demo, last)
    };
    let (demo, first) = play(&["--for", "10s"]);
    let number = |last: &Value, name: &str| last[name].as_f64().unwrap_or_else(|| panic!("no {name} in {last}"));
    assert_eq!(number(&first, "produced"), 1_000.0, "{first}");
    let accounted = number(&first, "rows") + number(&first, "dead_letters") + number(&first, "duplicates");
    assert_eq!(number(&first, "produced"), accounted, "{first}");
    for name in ["rows", "dead_letters", "records_per_s", "p50_ms", "p99_ms"] {
        assert!(number(&first, name) > 0.0, "{name}: {first}");
    }
    assert!(number(&first, "p50_ms") <= number(&first, "p99_ms"), "{first}");
    let history = first["history"]["records"].as_u64().unwrap();
    assert!(history > 60_000, "nine weeks: {first}");
    assert!(demo.out.contains("SELECT ") && demo.out.contains("v_quotes"), "queries with their answers: {}", demo.out);
    the_stories_are_found_and_their_controls_are_quiet(&first["stories"]);
    let truth: Value = serde_json::from_slice(&fs::read(directory.join("data/truth.json")).unwrap()).unwrap();
    for name in STORIES {
        assert!(truth.to_string().contains(name), "{name} stands in the truth file: {truth}");
    }

    let (_, again) = play(&["--for", "2s"]);
    assert_eq!((&again["history"]["records"], &again["produced"]), (&json!(0), &json!(200)), "{again}");
    history + 1_200
}

const STORIES: [&str; 6] = ["app-crash", "burst", "courier", "leaving", "packaging", "rude-store"];

/// Each planted story is found by its query over the tables, and what it must be told from is not.
fn the_stories_are_found_and_their_controls_are_quiet(stories: &Value) {
    for name in STORIES {
        assert_eq!(stories[name]["found"], json!(true), "{name}: {stories}");
    }
    let number = |story: &str, name: &str| {
        stories[story][name].as_f64().unwrap_or_else(|| panic!("no {name} of {story} in {stories}"))
    };
    for (story, share, control) in [
        ("app-crash", "share", "control_share"),
        ("courier", "share", "control_share"),
        ("rude-store", "share", "control_share"),
        ("packaging", "share_before", "control_share_before"),
        ("packaging", "share_before", "share_since"),
    ] {
        let (share, control) = (number(story, share), number(story, control));
        assert!(share > 2.0 * control, "{story}: {share} against {control}");
    }
    assert!(number("burst", "posts") >= 100.0 && number("burst", "wordings") <= 10.0, "{stories}");
    assert_eq!(number("burst", "control_new_accounts"), 0.0, "a busy hour is no burst: {stories}");
    let stopped = |of: &str, all: &str| number("leaving", of) / number("leaving", all);
    assert!(
        stopped("still_order", "customers") < 1.0 && stopped("control_stopped", "control_customers") < 0.25,
        "{stories}"
    );
}

/// Starts the pipeline on the demo's data and reads where it listens.
fn up(directory: &Path) -> (Child, Endpoints) {
    let log = directory.join("up.log");
    let mut hearken = command("hearken");
    local(hearken.arg("up"), directory);
    let (up, _) = Child::spawn_ready(hearken, &log, "Ctrl-C stops everything", PATIENT).unwrap();
    let said = fs::read_to_string(log).unwrap();
    let second_word = |first: &str| {
        let line = said.lines().find(|line| line.split(' ').next() == Some(first));
        line.and_then(|line| line.split_whitespace().nth(1))
            .unwrap_or_else(|| panic!("no {first} in {said}"))
            .to_owned()
    };
    (up, Endpoints { brokers: second_word("Kafka"), clickhouse: second_word("ClickHouse") })
}

fn sql(endpoints: &Endpoints) {
    let statement = "SELECT 1 AS one, 'a,b' AS two;";
    let table = endpoints.hearken(&["sql", statement]);
    assert!(table.out.contains("─one─") && table.out.contains(" a,b "), "{table:?}");
    assert_eq!(endpoints.hearken(&["sql", statement, "--format", "csv"]).out, "\"one\",\"two\"\n1,\"a,b\"\n");
    let answer: Value = serde_json::from_str(&endpoints.hearken(&["sql", statement, "--format", "json"]).out).unwrap();
    assert_eq!(answer["data"], json!([{ "one": 1, "two": "a,b" }]));
    refused(&endpoints.hearken(&["sql", "SELECT nothing_like_it"]), "Code: 47. DB::Exception: ");
    let nobody = Endpoints { clickhouse: "http://127.0.0.1:1".to_owned(), ..endpoints.clone() };
    refused(&nobody.hearken(&["sql", statement]), "ClickHouse does not answer");
}

/// What the README shows is what a reader types.
fn every_query_of_the_readme_has_an_answer(endpoints: &Endpoints) {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let queries: Vec<&str> = readme.split("```sql\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    assert!(queries.len() >= 4, "{queries:?}");
    for query in queries {
        let answer = endpoints.hearken(&["sql", query, "--format", "csv"]);
        assert!(answer.code == Some(0) && answer.out.lines().count() >= 2, "{query}: {answer:?}");
    }
}

/// Exit code 1, nothing on standard output, and a sentence that begins with the program's name.
fn refused(finished: &Finished, words: &str) {
    assert_eq!((finished.code, finished.out.as_str()), (Some(1), ""), "{finished:?}");
    assert!(finished.err.starts_with("hearken: ") && finished.err.contains(words), "{finished:?}");
}

/// Asks for one value.
fn value(endpoints: &Endpoints, statement: &str) -> String {
    let answer = endpoints.hearken(&["sql", statement, "--format", "csv"]);
    assert_eq!(answer.code, Some(0), "{statement}: {answer:?}");
    answer.out.lines().nth(1).unwrap_or_default().trim_matches('"').to_owned()
}

fn wait_for(endpoints: &Endpoints, statement: &str, expected: &str) {
    let deadline = Instant::now() + PATIENT;
    while value(endpoints, statement) != expected {
        assert!(Instant::now() < deadline, "{statement}: expected {expected}, found {}", value(endpoints, statement));
        thread::sleep(POLL);
    }
}

fn dead_letters(endpoints: &Endpoints) {
    let reason = value(
        endpoints,
        "SELECT reason FROM dead_letters WHERE stage = 'ingest' GROUP BY reason ORDER BY count() DESC, reason LIMIT 1",
    );
    let of_reason = format!("SELECT count() FROM dead_letters WHERE reason = '{reason}'");
    // Only what ingest gave up stands for a whole raw record.
    let all = value(endpoints, "SELECT count() FROM dead_letters WHERE stage = 'ingest'");
    let count: u32 = value(endpoints, &of_reason).parse().unwrap();
    let listed = endpoints.hearken(&["dead-letters", "list", "--reason", &reason, "--limit", "1"]);
    assert!(listed.code == Some(0) && listed.out.contains(&reason) && listed.out.contains(".raw."), "{listed:?}");

    let dry = endpoints.hearken(&["dead-letters", "replay", "--dry-run"]);
    assert_eq!((dry.code, dry.out), (Some(0), format!("{all} dead letters would be sent again\n")));
    let replayed = endpoints.hearken(&["dead-letters", "replay", "--reason", &reason]);
    assert_eq!((replayed.code, replayed.out), (Some(0), format!("{count} dead letters sent again\n")));
    // Nothing was mended, so they come back: as new records with coordinates of their own.
    wait_for(endpoints, &of_reason, &(2 * count).to_string());
    // Another replay sends those that came back, not also the ones they stand for.
    let replayed = endpoints.hearken(&["dead-letters", "replay", "--reason", &reason]);
    let before = format!("{count} dead letters sent again; {count} not, because they were before\n");
    assert_eq!((replayed.code, replayed.out), (Some(0), before));
    wait_for(endpoints, &of_reason, &(3 * count).to_string());
}

fn replay(endpoints: &Endpoints, directory: &Path) {
    let file = |name: &str, text: &str| {
        let path = directory.join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let reviews = file("reviews.jsonl", REVIEWS);
    let sent = send(endpoints, &reviews, "reviews", None);
    assert_eq!(sent.code, Some(1), "a line could not be read: {sent:?}");
    assert!(
        sent.out.starts_with("2 records sent in ") && sent.out.ends_with(", 1 lines could not be read\n"),
        "{sent:?}"
    );
    assert!(sent.err.contains("reviews.jsonl:3: not JSON"), "{sent:?}");

    let gz = directory.join("posts.jsonl.gz");
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(POSTS.as_bytes()).unwrap();
    fs::write(&gz, packed.finish().unwrap()).unwrap();
    let sent = send(endpoints, &gz, "social", Some(&file("posts.toml", POSTS_MAPPING)));
    assert!(sent.code == Some(0) && sent.out.starts_with("2 records sent in "), "{sent:?}");

    let turns = file("turns.jsonl", TURNS);
    let sent = send(endpoints, &turns, "chats", Some(&file("turns.toml", TURNS_MAPPING)));
    assert!(sent.code == Some(0) && sent.out.starts_with("2 records sent in "), "{sent:?}");

    let said = "SELECT arrayStringConcat(arraySort(groupArray(concat(channel, ' ', source_id, ' ', replaceAll(text, '\\n', '/')))), '; ') \
                FROM v_feedback WHERE source LIKE 'file-%'";
    wait_for(
        endpoints,
        said,
        "chat c-1 Where is my parcel?/Thanks!; chat c-2 It is broken.; review r-1 Warm and light.; review r-2 Too small.; \
         social 1 好用; social 2 J'adore",
    );
    // The same file once more changes nothing but is accounted for.
    send(endpoints, &reviews, "reviews", None);
    wait_for(
        endpoints,
        "SELECT count() FROM outcomes WHERE kind = 'repeat' AND src_topic = 'feedback.raw.reviews.v1' \
                         AND record_id IN (SELECT feedback_id FROM feedback WHERE source = 'file-reviews')",
        "2",
    );
    refused(&send(endpoints, &directory.join("none.jsonl"), "social", None), "none.jsonl: No such file");
    let wrong = file("wrong.toml", "feilds = {}");
    refused(&send(endpoints, &turns, "chats", Some(&wrong)), "unknown field `feilds`");
}

fn send(endpoints: &Endpoints, file: &Path, kind: &str, mapping: Option<&PathBuf>) -> Finished {
    let mut arguments = vec!["replay", file.to_str().unwrap(), "--as", kind];
    arguments.extend(mapping.iter().flat_map(|mapping| ["--mapping", mapping.to_str().unwrap()]));
    endpoints.hearken(&arguments)
}

const REVIEWS: &str = r#"{"source": "file-reviews", "source_id": "r-1", "occurred_at": "2025-11-02T09:30:00Z", "text": "Warm and light."}

{"source": "file-reviews", "source_id":
{"source": "file-reviews", "source_id": "r-2", "occurred_at": "2025-11-02T09:31:00Z", "text": "Too small."}
"#;

const POSTS: &str = r#"{"user": {"name": "a"}, "body": "好用", "day": "2025-11-02"}
{"user": {"name": "b"}, "body": "J'adore", "day": "2025-11-03 10:00:00"}
"#;

const POSTS_MAPPING: &str = r##"
constants = { source = "file-posts" }
fields = { source_id = "#line", text = "body", occurred_at = "day", customer_id = "user.name" }
time = { zone = "+08:00" }
"##;

const TURNS: &str = r#"{"talk": "c-1", "by": "user", "says": "Where is my parcel?", "at": "2025-11-02T09:30:00Z"}
{"talk": "c-2", "by": "user", "says": "It is broken.", "at": "2025-11-02T09:30:01Z"}
{"talk": "c-1", "by": "agent", "says": "On its way.", "at": "2025-11-02T09:30:20Z"}
{"talk": "c-1", "by": "user", "says": "Thanks!", "at": "2025-11-02T09:30:40Z"}
"#;

const TURNS_MAPPING: &str = r#"
constants = { source = "file-turns" }
[turns]
session = "talk"
role = "by"
text = "says"
at = "at"
roles = { user = "customer" }
"#;

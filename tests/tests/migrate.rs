//! `hearken migrate` on the real engine: a database of an earlier version is brought forward, and what cannot be is left alone.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use hearken_schemas::tables::OBJECTS;
use hearken_tests::database::Database;
use hearken_tests::program::{Finished, POLL, command};
use serde_json::Value;

/// `feedback` as an earlier commit made it: without the index of the sink's offsets and without `simhash`.
const FEEDBACK: &str = include_str!("../data/feedback_of_0_1.sql");
const ROWS: usize = 3000;

/// The table of migrations as an earlier version had it.
const MIGRATIONS: &str = "CREATE TABLE hearken.migrations (file String, crc UInt32, applied_at DateTime64(3, 'UTC') DEFAULT now64(3)) \
                          ENGINE = MergeTree ORDER BY (file, applied_at)";

/// Everything that the earlier version had otherwise, and that a step brings forward.
const EARLIER: [&str; 10] = [
    "ALTER TABLE feedback COMMENT COLUMN source_id 'The id'",
    "ALTER TABLE feedback MODIFY COLUMN written_at REMOVE DEFAULT",
    "ALTER TABLE superseded MODIFY SETTING non_replicated_deduplication_window = 7",
    "ALTER TABLE deliveries MODIFY COLUMN attempt UInt8",
    "ALTER TABLE orders MODIFY COMMENT 'Orders of before'",
    "ALTER TABLE messages MODIFY TTL toDateTime(created_at) + INTERVAL 9 DAY",
    "ALTER TABLE keyword_hour_from_feedback MODIFY COMMENT 'Fills it'",
    "DROP VIEW feedback_minute_from_feedback",
    // An operator's own: none of these is a difference.
    "ALTER TABLE visits MODIFY TTL toDateTime(received_at) + INTERVAL 900 DAY",
    "ALTER TABLE feedback ADD INDEX own_index brand TYPE set(10) GRANULARITY 4",
];

const EXPECTED: [&str; 12] = [
    "deliveries: widen the column attempt to UInt16",
    "feedback: add the column simhash",
    "feedback: build the index by_input",
    "feedback: change the default or codec of written_at",
    "feedback: say anew what source_id is",
    "feedback_minute: fill anew",
    "keyword_hour_from_feedback: say anew what it is",
    "messages: set how long rows stay",
    "orders: say anew what it is",
    "superseded: set non_replicated_deduplication_window to 100000",
    "survey_answers: add the column received_at",
    "survey_answers: fill anew",
];

#[test]
fn an_earlier_database_is_brought_forward() {
    let database = Database::empty();
    earlier(&database);
    plan_changes_nothing(&database);
    the_sink_must_be_stopped(&database);
    a_killed_run_goes_on(&database);
    rows_are_as_they_were(&database);
    what_was_begun_is_owed(&database);
    what_is_no_step_forward_is_refused(&database);
    a_newer_database_is_left_alone(&database);
}

fn inside(database: &Database, statement: &str) -> String {
    hearken_audit::query(&format!("{}/?database=hearken", database.url()), statement)
        .unwrap_or_else(|error| panic!("{statement}: {error}"))
        .trim_end()
        .to_owned()
}

/// Makes a database as the earlier version left it, with rows.
fn earlier(database: &Database) {
    database.sql("CREATE DATABASE hearken ENGINE = Atomic");
    database.sql(MIGRATIONS);
    for object in OBJECTS.iter().filter(|object| !object.statement.contains("\nREFRESH ")) {
        let without = |line: &&str| !line.trim_start().starts_with("received_at");
        let statement = match object.file {
            "010_feedback" => FEEDBACK.to_owned(),
            "013_survey_answers" | "014_survey_answers_from_feedback" => {
                object.statement.lines().filter(without).collect::<Vec<_>>().join("\n")
            }
            _ => object.statement.to_owned(),
        };
        // Views name columns that are not there yet, and dictionaries a user; neither holds rows.
        if object.is_table() || object.is_function() || statement.starts_with("CREATE MATERIALIZED VIEW") {
            inside(database, &statement);
            let crc = hearken_audit::crc32(statement.as_bytes());
            inside(database, &format!("INSERT INTO migrations (file, crc) VALUES ('{}', {crc})", object.file));
        }
    }
    inside(
        database,
        &format!(
            "INSERT INTO feedback (feedback_id, version, sign, arrival, channel, brand, source_id, occurred_at, time_precision, \
             received_at, text, keywords.term, origin, sentiment, sentiment_score, answers.question_id, answers.kind, \
             answers.feature, answers.value, answers.scale_max, answers.direction, answers.text, enricher_version) \
             SELECT toUUID(concat('00000000-0000-0000-0000-', leftPad(toString(number), 12, '0'))), 1, 1, 1, 'survey', 'Aurela', \
             toString(number), toDateTime('2026-01-01 00:00:00') + number * 3000, 'second', \
             toDateTime('2026-11-01 00:00:00') + number, 'words', ['a', 'b'], 'genuine', 'positive', 0.5, ['q'], ['nps'], [NULL], \
             [number % 11], [10], [NULL], ['because'], 3 FROM numbers({ROWS})"
        ),
    );
    for statement in EARLIER {
        inside(database, statement);
    }
}

/// Everything ClickHouse knows of its objects, and all rows of ours that a plan might touch.
fn everything(database: &Database) -> String {
    [
        "SELECT database, name, uuid, create_table_query, total_rows, metadata_version FROM system.tables WHERE database NOT IN ('system') ORDER BY ALL",
        "SELECT name, create_query FROM system.functions WHERE origin = 'SQLUserDefined' ORDER BY ALL",
        "SELECT table, name, rows, modification_time FROM system.parts WHERE database = 'hearken' AND active ORDER BY ALL",
        "SELECT name FROM system.databases ORDER BY name",
    ]
    .map(|statement| database.sql(statement))
    .join("\n")
}

fn planned(database: &Database) -> (Finished, Vec<String>, String) {
    let finished = database.hearken(&["migrate", "--plan", "--json"]);
    let plan: Value = serde_json::from_str(&finished.out).unwrap_or_else(|_| panic!("{finished:?}"));
    let word = |step: &Value, name: &str| step[name].as_str().unwrap().to_owned();
    let steps = plan["steps"].as_array().unwrap().iter();
    let forward = steps.filter(|step| !["create", "replace"].contains(&step["what"].as_str().unwrap()));
    let mut steps: Vec<String> =
        forward.map(|step| format!("{}: {}", word(step, "object"), word(step, "what"))).collect();
    steps.sort();
    (finished, steps, plan["refusals"].to_string())
}

fn plan_changes_nothing(database: &Database) {
    let before = everything(database);
    let (finished, steps, _) = planned(database);
    assert_eq!(finished.code, Some(3), "{finished:?}");
    assert_eq!(steps, EXPECTED);
    let table = database.hearken(&["migrate", "--plan"]);
    assert!(table.code == Some(3) && table.out.contains("stop the sink") && table.out.contains("instant"), "{table:?}");
    assert!(table.out.contains("ALTER TABLE feedback ADD COLUMN IF NOT EXISTS `simhash`"), "{table:?}");
    assert_eq!(everything(database), before, "a plan changes nothing and leaves no database");
}

fn the_sink_must_be_stopped(database: &Database) {
    let before = everything(database);
    // There is no Kafka to ask.
    let refused = database.hearken(&["migrate"]);
    assert!(refused.code == Some(1) && refused.err.contains("--sink-is-stopped"), "{refused:?}");
    assert_eq!(everything(database), before);
}

/// Starts a migration, kills it as soon as it has begun a step, and lets another one go on.
fn a_killed_run_goes_on(database: &Database) {
    let mut first: Command = command("hearken");
    first.args(["migrate", "--sink-is-stopped"]).env("HEARKEN_CLICKHOUSE__URL", database.url());
    let mut child = first.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun =
        "SELECT count() FROM system.columns WHERE database = 'hearken' AND table = 'feedback' AND name = 'simhash'";
    let deadline = Instant::now() + Duration::from_secs(60);
    while database.sql(begun) != "1" {
        assert!(Instant::now() < deadline, "the migration does not begin");
        thread::sleep(POLL);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let second = database.hearken(&["migrate", "--sink-is-stopped"]);
    assert_eq!(second.code, Some(0), "{second:?}");
    let (finished, steps, refusals) = planned(database);
    assert_eq!((finished.code, steps, refusals.as_str()), (Some(0), Vec::new(), "[]"), "{}", finished.out);
    assert_eq!(database.hearken(&["migrate"]).out, "every table and view is there\n");
    // The step that was done when its run was killed is noted as begun alone: nothing was left of it to do.
    let noted = "SELECT countIf(NOT ended) > 0, countIf(ended AND program != '' AND revision > 0 AND statement != '') + 1 >= countIf(NOT ended) \
                 FROM hearken.migrations WHERE file LIKE '%#%' FORMAT TSV";
    assert_eq!(database.sql(noted), "1\t1");
}

fn rows_are_as_they_were(database: &Database) {
    for (statement, expected) in [
        (
            "SELECT count(), uniqExact(feedback_id), sum(sign), countIf(simhash IS NULL) FROM feedback",
            "3000\t3000\t3000\t3000",
        ),
        ("SELECT sum(feedback), sum(judged), sum(score_sum) FROM feedback_minute", "3000\t3000\t15000000"),
        ("SELECT sum(feedback), uniqExact(term) FROM keyword_hour", "6000\t2"),
        (
            "SELECT count(), countIf(received_at < '2026-11-01'), countIf(text = 'because') FROM survey_answers",
            "3000\t0\t3000",
        ),
        ("SELECT count() FROM v_feedback WHERE simhash IS NULL", "3000"),
        (
            "SELECT data_compressed_bytes > 0 FROM system.data_skipping_indices WHERE database = 'hearken' AND name = 'by_input'",
            "1",
        ),
        (
            "SELECT count() FROM system.tables WHERE database = 'hearken' AND name = 'visits' AND engine_full LIKE '%TTL%900%'",
            "1",
        ),
        ("SELECT count() FROM system.data_skipping_indices WHERE database = 'hearken' AND name = 'own_index'", "1"),
    ] {
        assert_eq!(inside(database, &format!("{statement} FORMAT TSV")), expected, "{statement}");
    }
    // A row taken back goes through views that are the new ones.
    inside(
        database,
        "INSERT INTO feedback SELECT * REPLACE (-1 AS sign, 0 AS arrival) FROM feedback WHERE source_id = '7'",
    );
    assert_eq!(inside(database, "SELECT sum(feedback) FROM feedback_minute FORMAT TSV"), "2999");
    assert_eq!(inside(database, "SELECT sum(sign) FROM survey_answers FORMAT TSV"), "2999");
}

/// An index that is there and was not built: no comparison would see it.
fn what_was_begun_is_owed(database: &Database) {
    let build = "ALTER TABLE feedback MATERIALIZE INDEX by_input SETTINGS mutations_sync = 2";
    inside(
        database,
        &format!(
            "INSERT INTO migrations (file, statement, ended) VALUES ('010_feedback#build the index by_input', '{build}', false)"
        ),
    );
    let (finished, steps, _) = planned(database);
    assert_eq!((finished.code, steps), (Some(3), vec!["feedback: build the index by_input".to_owned()]));
    assert_eq!(database.hearken(&["migrate"]).code, Some(0));
    assert_eq!(planned(database).0.code, Some(0));
}

fn what_is_no_step_forward_is_refused(database: &Database) {
    for alteration in [
        "ALTER TABLE feedback ADD COLUMN later UInt8",
        "ALTER TABLE feedback MODIFY COLUMN redactions UInt64",
        "ALTER TABLE outcomes ADD COLUMN hour UInt8, MODIFY ORDER BY (src_topic, src_partition, src_offset, hour)",
        "DROP VIEW superseded_from_feedback",
        "CREATE MATERIALIZED VIEW superseded_from_feedback TO states AS SELECT feedback_id AS id, version FROM feedback",
    ] {
        inside(database, alteration);
    }
    let before = everything(database);
    let refused = database.hearken(&["migrate", "--sink-is-stopped"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    for words in [
        "nothing was changed:",
        "feedback: the column later is in the database and not in this version",
        "the column redactions is UInt64 and would have to be UInt32",
        "outcomes: ORDER BY is (src_topic, src_partition, src_offset, hour)",
        "it fills states and would have to fill superseded",
    ] {
        assert!(refused.err.contains(words), "{words}: {refused:?}");
    }
    assert_eq!(everything(database), before);
}

fn a_newer_database_is_left_alone(database: &Database) {
    inside(database, "INSERT INTO migrations (file, crc, revision, program) VALUES ('999_later', 1, 4000, '7.7.7')");
    let (finished, _, refusals) = planned(database);
    assert_eq!(finished.code, Some(1));
    assert!(refusals.contains("revision 4000 by hearken 7.7.7"), "{refusals}");
}

//! Two servers as two shards, and a third that has everything: the same rows, each on its shard, once.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use hearken_embedded::process::Child;
use hearken_runtime::clickhouse::ClickHouseSettings;
use hearken_runtime::config::Reader;
use hearken_schemas::cluster::shard_key;
use hearken_schemas::dead_letter::{DeadLetter, Reason, Rejection, Stage};
use hearken_sink::block::Rows;
use hearken_sink::clickhouse::ClickHouse;
use hearken_sink::intent::Range;
use hearken_sink::protocol::{Pending, Place, Refusal};
use hearken_sink::row::{DeadLetterRow, FeedbackRow, Input, StateRow};
use hearken_sink::shard::{blocks, of_id, of_letter, verdict};
use hearken_sink::table::StateTable;
use serde_json::Value;
use uuid::Uuid;

use crate::{Engine, input, least_feedback, operations, program, src, tables};

const TOKEN: &str = "0:g:t:0:0-99:00000000";

fn id(n: u128) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, &n.to_be_bytes())
}

fn settings(url: &str) -> ClickHouseSettings {
    let environment = [
        ("HEARKEN_CLICKHOUSE__URL".to_owned(), url.to_owned()),
        ("HEARKEN_CLICKHOUSE__REQUEST_TIMEOUT_S".to_owned(), "5".to_owned()),
    ];
    ClickHouseSettings::read(&mut Reader::load(None, environment.into_iter()))
}

/// The sink's way to shards, each a list of its replicas.
fn sink(shards: &[&[&Engine]]) -> ClickHouse {
    let urls: Vec<Vec<String>> =
        shards.iter().map(|replicas| replicas.iter().map(|engine| engine.url.clone()).collect()).collect();
    ClickHouse::connect(&settings(&shards[0][0].url), &urls)
}

/// Inserts as the sink does: a block for each shard under one token, all answers awaited.
async fn insert(clickhouse: &ClickHouse, rows: &Rows, token: &str) -> Result<(), Refusal> {
    let mut answers = Vec::new();
    for (shard, rows) in blocks(rows, clickhouse.shards()) {
        answers.push(clickhouse.insert_into(shard, &rows.block().expect("a block"), token).await);
    }
    verdict(answers)
}

/// Forty feedback; every fourth was edited, so its older state is taken back.
fn feedback() -> Vec<FeedbackRow> {
    let mut rows = Vec::new();
    for n in 0..40 {
        let first =
            FeedbackRow { feedback_id: id(n), in_topic: "t".to_owned(), in_offset: n as i64, ..least_feedback() };
        if n % 4 == 0 {
            let at = Input { at: input(40 + n as i64), epoch: 0 };
            let edited =
                FeedbackRow { version: first.version + 65_536, in_offset: 40 + n as i64, arrival: 0, ..first.clone() };
            rows.extend([first.taken_back(at), edited]);
        }
        rows.push(first);
    }
    rows
}

fn letters() -> Vec<DeadLetterRow> {
    let letter = |offset| {
        let rejection = Rejection::new(Reason::NotJson, "no JSON");
        let mut at = src();
        at.offset = offset;
        DeadLetterRow::new(&DeadLetter { stage: Stage::Ingest, rejection, at, src: None }, b"{", input(100 + offset))
    };
    (0..20).map(letter).collect()
}

/// Everything that one range writes: feedback, operations, dead letters.
fn range() -> Vec<Rows> {
    let mut all = vec![Rows::Feedback(feedback()), Rows::DeadLetters(letters())];
    all.extend(tables(operations()));
    all
}

/// What is compared: rows, what views made of them, and sums of rollups, each in an order of its own.
const COMPARED: [&str; 6] = [
    "SELECT toString(feedback_id) AS id, version, sign, in_offset FROM feedback",
    "SELECT toString(feedback_id) AS id, version FROM superseded",
    "SELECT of_table, toString(id) AS id, version, in_offset FROM states",
    "SELECT at_topic, at_partition, at_offset FROM dead_letters",
    "SELECT toString(record_id) AS id, order_id FROM orders",
    "SELECT alias_type, alias_key FROM identities",
];

const SUMS: [&str; 2] = [
    "SELECT toString((minute, brand, channel, journey_stage)) AS cell, sum(feedback) AS a, sum(arrivals) AS b, sum(score_sum) AS c \
     FROM feedback_minute GROUP BY cell",
    "SELECT toString((hour, brand, channel, term)) AS cell, sum(feedback) AS a, sum(negative) AS b, sum(positive) AS c \
     FROM keyword_hour GROUP BY cell",
];

async fn rows(engines: &[&Engine], sql: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for engine in engines {
        rows.extend(engine.lines(sql).await.iter().map(Value::to_string));
    }
    rows.sort_unstable();
    rows
}

async fn sums(engines: &[&Engine], sql: &str) -> BTreeMap<String, [i64; 3]> {
    let mut cells: BTreeMap<String, [i64; 3]> = BTreeMap::new();
    for engine in engines {
        for row in engine.lines(&format!("{sql} SETTINGS output_format_json_quote_64bit_integers = 0")).await {
            let cell = cells.entry(row["cell"].to_string()).or_default();
            ["a", "b", "c"].iter().zip(cell).for_each(|(name, sum)| *sum += row[*name].as_i64().expect("a number"));
        }
    }
    cells.retain(|_, sums| *sums != [0; 3]);
    cells
}

/// The shards together hold what one server holds, and each row is where its id says.
async fn check(shards: [&Engine; 2], one: &Engine) {
    for sql in COMPARED {
        let found = rows(&shards, sql).await;
        assert!(!found.is_empty(), "{sql}");
        assert_eq!(found, rows(&[one], sql).await, "{sql}");
    }
    for sql in SUMS {
        assert_eq!(sums(&shards, sql).await, sums(&[one], sql).await, "{sql}");
    }
    for (number, shard) in shards.iter().enumerate() {
        for table in
            ["feedback", "superseded", "survey_answers", "orders", "visits", "customers", "dead_letters", "states"]
        {
            let key = shard_key(table).expect("a table in pieces");
            let elsewhere = format!("SELECT count() AS n FROM {table} WHERE CRC32({key}) % 2 != {number}");
            assert_eq!(
                shard.lines(&elsewhere).await[0]["n"].to_string().trim_matches('"'),
                "0",
                "{table} on shard {number}"
            );
        }
        assert!(!rows(&[*shard], COMPARED[0]).await.is_empty(), "shard {number} has its share");
    }
}

#[tokio::test]
async fn rust_and_sql_name_the_same_shard() {
    let engine = Engine::start().await;
    let ids: Vec<Uuid> = (0..10_000).map(id).collect();
    let list: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
    let key = shard_key("states").expect("a table in pieces");
    let sql = format!(
        "SELECT groupArray(toUInt8(CRC32({key}) % 7)) AS shards FROM (SELECT toUUID(arrayJoin([{}])) AS id)",
        list.join(",")
    );
    let answer: Vec<Value> = engine.server.lines(&sql, &[]).await.expect("an answer");
    let expected: Vec<usize> = ids.iter().map(|id| of_id(id, 7)).collect();
    assert_eq!(answer[0]["shards"], serde_json::json!(expected));
    let key = shard_key("dead_letters").expect("a table in pieces");
    let sql = format!(
        "SELECT toUInt8(CRC32({key}) % 7) AS shard FROM (SELECT 't' AS at_topic, 0::Int32 AS at_partition, 12::Int64 AS at_offset)"
    );
    assert_eq!(engine.lines(&sql).await[0]["shard"], serde_json::json!(of_letter(&input(12), 7)));
}

#[tokio::test]
async fn each_row_lies_once_on_its_shard_whatever_dies_between() {
    let (mut second, first, one) = (Engine::start().await, Engine::start().await, Engine::start().await);
    let whole = sink(&[&[&one]]);
    for rows in range() {
        insert(&whole, &rows, TOKEN).await.expect("inserted");
    }
    let clickhouse = sink(&[&[&first], &[&second]]);
    clickhouse.ready(Duration::from_secs(5)).await.expect("two shards that are new");

    // A sink that was killed when one shard had its block and the other had not.
    let range = range();
    let (shard, rows) = blocks(&range[0], 2).swap_remove(0);
    clickhouse.insert_into(shard, &rows.block().expect("a block"), TOKEN).await.expect("inserted");
    // The next one finds the second shard dead: nothing is done until it has its block.
    let (listen, data) = (second.url.trim_start_matches("http://").to_owned(), second.data());
    second.child.kill().expect("killed");
    let impatient = ClickHouse::connect(
        &settings(&first.url),
        &[vec![first.url.clone(), first.url.clone()], vec![second.url.clone(), second.url.clone()]],
    );
    let answer = insert(&impatient, &range[0], TOKEN).await;
    assert!(matches!(answer, Err(Refusal::Failed(_))), "{answer:?}");
    let mut command = Command::new(program("hearken-clickhouse"));
    command.args(["--listen", &listen, "--data"]).arg(&data);
    let log = data.with_extension("log");
    (second.child, _) = Child::spawn_ready(command, &log, "listening ", Duration::from_secs(120))
        .unwrap_or_else(|error| panic!("{error}"));

    let clickhouse = sink(&[&[&first], &[&second]]);
    clickhouse.ready(Duration::from_secs(30)).await.expect("the same two shards");
    for rows in range.iter().chain(&range) {
        insert(&clickhouse, rows, TOKEN).await.expect("inserted");
    }
    check([&first, &second], &one).await;

    // Look-ups see both shards as they see one server.
    let pending = Pending { topic: "t".to_owned(), partition: 0, epoch: 0, ranges: vec![Range { first: 0, last: 9 }] };
    let ids: Vec<Uuid> = (0..60).map(id).collect();
    let operations: Vec<Uuid> = operations().iter().map(StateRow::id).collect();
    let keys: Vec<_> = feedback().iter().map(|row| (row.feedback_id, row.version)).collect();
    let mut found = Vec::new();
    for clickhouse in [&clickhouse, &whole] {
        let mut states = clickhouse.states(StateTable::Feedback, &ids, &pending).await.expect("states");
        states.extend(clickhouse.states(StateTable::Orders, &operations, &pending).await.expect("states"));
        states.sort_by_key(|state| (state.id, state.version));
        let mut rows = clickhouse.rows(&keys, &pending).await.expect("rows");
        rows.sort_by_key(|row| (row.feedback_id, row.version));
        let letters = clickhouse.letters(&letters(), &pending).await.expect("letters");
        let place = Place { topic: "t".to_owned(), partition: 0, group: "g".to_owned() };
        let (count, epoch) = (clickhouse.count(&place).await.expect("a count"), clickhouse.next_epoch(&place).await);
        assert!(!states.is_empty() && !rows.is_empty() && letters.len() == 20 && count > 40);
        found.push((states, rows, letters, count, epoch.expect("an epoch")));
    }
    assert_eq!(found[0], found[1]);

    // The number of shards, and which is which, is part of the contract.
    for (other, words) in [
        (sink(&[&[&second], &[&first]]), "written as shard 2 of 2, and now it is shard 1 of 2"),
        (sink(&[&[&first]]), "written as shard 1 of 2, and now it is shard 1 of 1"),
        (sink(&[&[&one], &[&second]]), "its rows were written when it was the only server"),
        (sink(&[&[&first, &second]]), "several replicas of a shard, and the tables there are not replicated"),
    ] {
        let refused = other.ready(Duration::from_secs(1)).await.expect_err(words);
        assert!(format!("{refused:#}").contains(words), "{refused:#}");
    }
}

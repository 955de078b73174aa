//! The sink's blocks and look-ups on the real engine: every column of every table arrives as it was sent.

mod refusals;
mod shards;
mod takeover;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use hearken_embedded::process::Child;
use hearken_runtime::clickhouse::ClickHouseSettings;
use hearken_runtime::config::Reader;
use hearken_schemas::dead_letter::{DeadLetter, Reason, Rejection, Stage};
use hearken_schemas::envelope::Origin;
use hearken_schemas::operation::Operation;
use hearken_schemas::tables::{DATABASE, OBJECTS};
use hearken_sink::block::Rows;
use hearken_sink::clickhouse::ClickHouse;
use hearken_sink::intent::Range;
use hearken_sink::protocol::Pending;
use hearken_sink::row::{At, DeadLetterRow, FeedbackRow, Input, OutcomeKind, OutcomeRow, StateRow};
use hearken_sink::table::StateTable;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The engine with all tables and views, and the sink's way to it.
struct Engine {
    clickhouse: ClickHouse,
    server: hearken_runtime::clickhouse::ClickHouse,
    client: clickhouse::Client,
    url: String,
    child: Child,
    data: TempDir,
}

impl Engine {
    async fn start() -> Self {
        let data = TempDir::new().expect("a temporary directory");
        let mut command = Command::new(program("hearken-clickhouse"));
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data.path().join("data"));
        let (child, url) =
            Child::spawn_ready(command, &data.path().join("log"), "listening ", Duration::from_secs(120))
                .unwrap_or_else(|error| panic!("the engine did not start: {error}"));
        let client = clickhouse::Client::default().with_url(&url);
        let create = format!("CREATE DATABASE {DATABASE} ENGINE = Atomic");
        client.query_raw(create.as_str()).execute().await.expect("a database");
        let client = client.with_database(DATABASE);
        for object in OBJECTS {
            let created = client.query_raw(object.statement).execute().await;
            created.unwrap_or_else(|error| panic!("{}: {error}", object.file));
        }
        let environment = [("HEARKEN_CLICKHOUSE__URL".to_owned(), url.clone())];
        let settings = ClickHouseSettings::read(&mut Reader::load(None, environment.into_iter()));
        let server = hearken_runtime::clickhouse::ClickHouse::new(&settings);
        Self { clickhouse: ClickHouse::new(server.clone()), server, client, url, child, data }
    }

    /// Returns the directory of its data.
    fn data(&self) -> PathBuf {
        self.data.path().join("data")
    }

    async fn lines(&self, sql: &str) -> Vec<Value> {
        let mut cursor = self.client.query_raw(sql).fetch_bytes("JSONEachRow").expect("a query");
        let text = cursor.collect().await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).expect("JSON")).collect()
    }

    async fn execute(&self, sql: &str) {
        self.client.query_raw(sql).execute().await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Inserts twice under one token, as after an answer that was lost.
    async fn insert(&self, rows: &Rows) {
        let block = rows.block().expect("a block");
        for _ in 0..2 {
            self.clickhouse.insert(&block, "0:test:t:0:0-9").await.expect("inserted");
        }
    }
}

fn program(name: &str) -> PathBuf {
    let tests = std::env::current_exe().expect("a test knows its own path");
    let programs = tests.parent().and_then(|deps| deps.parent()).expect("a test lies in target/PROFILE/deps");
    let path = programs.join(name);
    assert!(path.exists(), "{} is missing: `make test` builds the programs before it runs the tests", path.display());
    path
}

fn least_feedback() -> FeedbackRow {
    serde_json::from_str(include_str!("../row.json")).expect("row.json is a row")
}

/// A row with something in every column.
fn full_feedback() -> FeedbackRow {
    serde_json::from_str(include_str!("../row_full.json")).expect("row_full.json is a row")
}

fn src() -> Origin {
    "raw:1:2:3:000000ff".parse().expect("an origin")
}

fn input(offset: i64) -> At {
    At { topic: "t".to_owned(), partition: 0, offset }
}

/// An operation as it comes, and what its table then says of it.
#[derive(Deserialize)]
struct Example {
    sent: Operation,
    row: Value,
}

/// Two operations of each kind: the least, and one with something in every column.
fn examples() -> Vec<Example> {
    serde_json::from_str(include_str!("../operations.json")).expect("examples")
}

/// Returns the row of each example, found at offset 0 and on.
fn operations() -> Vec<StateRow> {
    (0..)
        .zip(examples())
        .map(|(offset, example)| StateRow::of_operation(example.sent, &src(), &input(offset)))
        .collect()
}

/// Returns rows of one table each.
fn tables(rows: Vec<StateRow>) -> [Rows; 3] {
    let (mut orders, mut visits, mut customers) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        match row {
            StateRow::Feedback(_) => panic!("no operation"),
            StateRow::Order(row) => orders.push(*row),
            StateRow::Visit(row) => visits.push(*row),
            StateRow::Customer(row) => customers.push(*row),
        }
    }
    [Rows::Orders(orders), Rows::Visits(visits), Rows::Customers(customers)]
}

/// Adds the columns that every table has.
fn with_lineage(mut row: Value, state: &StateRow) -> Value {
    let lineage = json!({"src_topic": "raw", "src_partition": 1, "src_offset": 2, "in_topic": "t", "in_partition": 0,
        "in_offset": state.lineage().input.at.offset, "in_epoch": 0, "crc": 255, "record_id": state.id(),
        "content_crc": state.state().content_crc});
    if let (Value::Object(row), Value::Object(lineage)) = (&mut row, lineage) {
        row.extend(lineage);
    }
    row
}

#[tokio::test]
async fn every_column_arrives_as_it_was_sent_and_once() {
    let engine = Engine::start().await;
    engine.clickhouse.ready(Duration::from_secs(1)).await.expect("all tables are there");
    let elsewhere =
        Pending { topic: "t".to_owned(), partition: 9, epoch: 0, ranges: vec![Range { first: 0, last: 99 }] };

    let feedback = vec![least_feedback(), full_feedback()];
    engine.insert(&Rows::Feedback(feedback.clone())).await;
    let keys: Vec<_> = feedback.iter().map(|row| (row.feedback_id, row.version)).collect();
    let mut read = engine.clickhouse.rows(&keys, &elsewhere).await.expect("rows");
    read.sort_by_key(|row| row.version);
    assert_eq!(read, feedback);

    let states = operations();
    let expected: Vec<Value> =
        examples().into_iter().zip(&states).map(|(example, state)| with_lineage(example.row, state)).collect();
    for (rows, expected) in tables(states.clone()).iter().zip(expected.chunks(2)) {
        engine.insert(rows).await;
        let table = rows.table().as_str();
        let select = format!(
            "SELECT * EXCEPT written_at FROM {table} ORDER BY in_offset SETTINGS output_format_json_quote_decimals = 1"
        );
        assert_eq!(engine.lines(&select).await, expected, "{table}");
    }

    let outcome = OutcomeRow::new(OutcomeKind::Stale, &states[0]);
    engine.insert(&Rows::Outcomes(vec![outcome])).await;
    let rejection = Rejection::new(Reason::RevisionConflict, StateTable::Orders.conflict());
    let letter = DeadLetter { stage: Stage::Sink, rejection, at: src(), src: None };
    let letter = DeadLetterRow::new(&letter, b"{\"phone\": \"13800138000\"}", input(8));
    engine.insert(&Rows::DeadLetters(vec![letter.clone()])).await;
    let read = engine.lines("SELECT kind, record_id, version, in_offset FROM outcomes").await;
    assert_eq!(read, [json!({"kind": "stale", "record_id": states[0].id(), "version": 0, "in_offset": 0})]);
    let read =
        engine.lines("SELECT stage, reason, at_offset, src_offset, in_offset, size_bytes FROM dead_letters").await;
    let expected = json!({"stage": "sink", "reason": "revision_conflict", "at_offset": 2, "src_offset": -1,
        "in_offset": 8, "size_bytes": 24});
    assert_eq!(read, [expected]);
    let known = engine.clickhouse.letters(&[letter], &elsewhere).await.expect("letters");
    assert_eq!(known.len(), 1);
    let counts: BTreeSet<String> =
        engine.lines("SELECT alias_type AS t FROM identities").await.iter().map(Value::to_string).collect();
    assert_eq!(counts.len(), 2, "the view over customers has the aliases: {counts:?}");
}

/// What one row adds to `feedback_minute`: feedback, organic, judged, negative, score_sum, churn.
fn measures(row: &FeedbackRow) -> [i64; 6] {
    let to_the_minute = matches!(row.time_precision.as_str(), "second" | "minute");
    let organic = to_the_minute && row.origin == "genuine";
    let judged = organic && row.sentiment.is_some();
    let score = row.sentiment_score.filter(|_| judged).map_or(0.0, |score| f64::from(score) * 10_000.0);
    let negative = judged && row.sentiment.as_deref() == Some("negative");
    let churn = organic && row.intents_kind.iter().any(|kind| kind == "churn");
    let [feedback, organic, judged, negative, churn] = [to_the_minute, organic, judged, negative, churn].map(i64::from);
    [feedback, organic, judged, negative, score.round() as i64, churn]
}

#[tokio::test]
async fn every_example_of_the_contract_arrives_and_is_summed() {
    let engine = Engine::start().await;
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/examples/feedback.enriched.v1");
    let files = std::fs::read_dir(examples).expect("examples").map(|file| file.expect("readable").path());
    let read = |file: PathBuf| serde_json::from_slice(&std::fs::read(file).expect("readable")).expect("an example");
    let mut sent: Vec<FeedbackRow> = files.map(|file| FeedbackRow::new(read(file), 0, &src(), &input(1))).collect();
    // Alone in their block: a cell of nothing but NULLs must not fail it.
    let (silent, spoken): (Vec<_>, Vec<_>) = sent.iter().cloned().partition(|row| row.sentiment.is_none());
    for (rows, token) in [(silent, "0:test:t:0:0-1"), (spoken, "0:test:t:0:2-3")] {
        assert!(rows.len() > 1);
        let block = Rows::Feedback(rows).block().expect("a block");
        engine.clickhouse.insert(&block, token).await.expect("inserted");
    }
    let keys: Vec<_> = sent.iter().map(|row| (row.feedback_id, row.version)).collect();
    let elsewhere =
        Pending { topic: "t".to_owned(), partition: 9, epoch: 0, ranges: vec![Range { first: 0, last: 99 }] };
    let mut found = engine.clickhouse.rows(&keys, &elsewhere).await.expect("rows");
    [&mut sent, &mut found].iter_mut().for_each(|rows| rows.sort_by_key(|row| row.feedback_id));
    assert_eq!(found, sent);

    let sums = sent.iter().map(measures).reduce(|sums, row| std::array::from_fn(|at| sums[at] + row[at]));
    let read = "SELECT [sum(feedback), sum(organic), sum(judged), sum(negative), sum(score_sum), sum(churn)] AS sums \
                FROM feedback_minute SETTINGS output_format_json_quote_64bit_integers = 0";
    assert_eq!(engine.lines(read).await, [json!({ "sums": sums.expect("examples") })]);
    assert!(sums.is_some_and(|sums| sums.iter().all(|sum| *sum != 0)), "{sums:?}");
}

#[tokio::test]
async fn a_look_up_finds_the_states_outside_the_pending_range() {
    let engine = Engine::start().await;
    let states = operations();
    for rows in tables(states.clone()) {
        engine.insert(&rows).await;
    }
    let mut feedback = least_feedback();
    feedback.in_topic = "t".to_owned();
    feedback.in_offset = 6;
    let taken_back = feedback.taken_back(Input { at: input(6), epoch: 0 });
    engine.insert(&Rows::Feedback(vec![feedback.clone(), taken_back])).await;
    let mut all = states;
    all.push(StateRow::Feedback(Box::new(feedback)));
    for row in &all {
        let ids: Vec<_> = all.iter().map(StateRow::id).filter(|id| *id == row.id()).collect();
        for (first, last, seen) in [(50, 99, 1), (row.lineage().input.at.offset, 99, 0)] {
            let pending =
                Pending { topic: "t".to_owned(), partition: 0, epoch: 0, ranges: vec![Range { first, last }] };
            let found = engine.clickhouse.states(row.table(), &ids, &pending).await.expect("states");
            assert_eq!(found.len(), seen, "{row:?} with {first}-{last} pending");
            assert!(found.iter().all(|state| *state == row.state()));
        }
    }
}

#[tokio::test]
async fn a_parameter_arrives_as_it_was_given() {
    let engine = Engine::start().await;
    let list = r"['champion', 'it\'s', '忠诚']";
    for text in ["plain", "it's", r"back\slash and [brackets]", "忠诚", "two\nlines"] {
        let parameters = [("list", list), ("text", text), ("number", "-7")];
        let sql = "SELECT {list:Array(String)} AS list, {text:String} AS text, {number:Int32} AS number";
        let rows: Vec<Value> = engine.server.lines(sql, &parameters).await.expect("an answer");
        assert_eq!(rows, [json!({"list": ["champion", "it's", "忠诚"], "text": text, "number": -7})]);
    }
}

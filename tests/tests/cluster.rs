//! The statements of a cluster on the real engine.
//!
//! What this machine can run: the engine as a library has replicated tables, a keeper in memory and Distributed tables over
//! a loopback cluster, but no second node, and nothing that announces a replica, so a replicated table is made and stays
//! read-only. Here every statement is run, and every view of the metrics page is asked over the Distributed tables; then rows
//! are asked for through them, the pieces being plain tables.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::path::Path;

use hearken_audit::query;
use hearken_schemas::cluster::{Cluster, LOCAL, Place};
use hearken_schemas::tables::{OBJECTS, Object};
use hearken_tests::database::{Database, bare};

/// The one cluster: this node as its only shard. Nobody listens on the port; the engine takes it for its own.
const CONFIGURATION: &str = "<clickhouse>
    <zookeeper><implementation>testkeeper</implementation></zookeeper>
    <macros><cluster>prod</cluster><shard>0</shard><replica>a</replica></macros>
    <tcp_port>9000</tcp_port>
    <remote_servers><prod><shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard></prod></remote_servers>
</clickhouse>";

/// The page whose examples ask every view.
const METRICS: &str = include_str!("../../docs/metrics.md");

fn examples() -> impl Iterator<Item = &'static str> {
    METRICS.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).map(str::trim)
}

fn configure(data: &Path) {
    let folder = data.join(".hearken/config.d");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("cluster.xml"), CONFIGURATION).unwrap();
}

fn rendered(object: &Object) -> Vec<String> {
    Cluster::new("{cluster}").statements(object).unwrap_or_else(|unknown| panic!("{unknown}"))
}

/// Makes every object, each statement changed by `change`.
fn make(database: &Database, change: impl Fn(&str) -> String) {
    database.sql("CREATE DATABASE hearken ENGINE = Atomic");
    for (object, statement) in
        OBJECTS.iter().flat_map(|object| rendered(object).into_iter().map(move |one| (object, one)))
    {
        ask(database, &change(&statement)).unwrap_or_else(|error| panic!("{}: {error}", object.file));
    }
}

fn ask(database: &Database, statement: &str) -> Result<String, String> {
    query(&format!("{}/?database=hearken", database.url()), statement)
}

#[test]
fn a_node_takes_every_statement_and_answers_every_documented_question() {
    let node = bare(configure);
    for statement in OBJECTS.iter().flat_map(rendered) {
        node.sql(&format!("EXPLAIN AST {statement}"));
    }
    make(&node, str::to_owned);
    let replicated = "SELECT count() FROM system.tables WHERE database = 'hearken' AND engine LIKE 'Replicated%' AND \
                      engine_full LIKE '%replicated_deduplication_window = %replicated_deduplication_window_seconds = %'";
    let tables = OBJECTS.iter().filter(|object| object.is_table());
    let expected = tables.filter(|table| Place::of(table.name()) != Some(Place::Node)).count();
    assert_eq!(node.sql(replicated), expected.to_string());
    for example in examples() {
        ask(&node, example.trim_end_matches(';')).unwrap_or_else(|error| panic!("{example}: {error}"));
    }
}

/// The pieces as plain tables, which take rows.
fn plain(statement: &str) -> String {
    let Some((before, rest)) = statement.split_once("ENGINE = Replicated") else { return statement.to_owned() };
    let (engine, rest) = rest.split_once('(').unwrap();
    let (_, rest) = rest.split_once(')').unwrap();
    let settings = rest.replace(" replicated_deduplication_window_seconds = 691200,", "");
    let settings = settings.replace(", replicated_deduplication_window_seconds = 691200", "");
    let settings = settings.replace(", replicated_deduplication_window_seconds = 0", "");
    format!("{before}ENGINE = {engine}{}", settings.replace("replicated_dedup", "non_replicated_dedup"))
}

/// Two feedback, the second edited once; its author's handle belongs to a customer that was merged into another.
const ROWS: &[&str] = &[
    "INSERT INTO feedback_local (feedback_id, version, sign, arrival, channel, origin, author_key, in_topic, in_partition, \
     in_offset, occurred_at, time_precision, text) SELECT toUUID(id), version, sign, arrival, 'review', 'genuine', author, 't', 0, at, \
     '2026-01-01', 'second', said FROM VALUES('id String, version UInt64, sign Int8, arrival UInt8, author String, at Int64, said String', \
     ('00000000-0000-4000-8000-000000000001', 1, 1, 1, 'x', 1, 'first'), ('00000000-0000-4000-8000-000000000002', 1, 1, 1, 'h', 2, 'old'), \
     ('00000000-0000-4000-8000-000000000002', 2, 1, 0, 'h', 3, 'new'), ('00000000-0000-4000-8000-000000000002', 1, -1, 0, 'h', 3, 'old'))",
    "INSERT INTO customers_local (record_id, customer_id, updated_at, received_at, `aliases.type`, `aliases.key`) VALUES \
     (generateUUIDv4(), 'c1', '2026-01-01', '2026-01-01', ['handle'], ['h']), \
     (generateUUIDv4(), 'c2', '2026-01-02', '2026-01-02', ['customer_id'], ['c1'])",
    "INSERT INTO brands (name, own) VALUES ('', true)",
];

#[test]
fn views_over_all_pieces_answer_as_over_one_table() {
    let (node, single) = (bare(configure), bare(|_| ()));
    make(&node, plain);
    single.sql("CREATE DATABASE hearken ENGINE = Atomic");
    OBJECTS.iter().for_each(|object| _ = ask(&single, object.statement).unwrap());
    for row in ROWS {
        ask(&node, row).unwrap();
        ask(&single, &row.replace(LOCAL, "")).unwrap();
    }
    for (database, reload) in [(&node, "SYSTEM RELOAD DICTIONARIES"), (&single, "SYSTEM RELOAD DICTIONARIES")] {
        database.sql(reload);
    }
    let news = "v_news(topic = 't', partitions = [0], from = [0], until = [9])";
    for (question, expected) in [
        ("SELECT text FROM v_feedback ORDER BY text", "first\nnew"),
        ("SELECT groupArray(feedback_id) = [toUUID('00000000-0000-4000-8000-000000000002')] FROM superseded", "1"),
        ("SELECT sum(feedback), sum(arrivals) FROM feedback_minute", "2\t2"),
        ("SELECT customer_key, merged_into FROM v_customer_merges", "c1\tc2"),
        ("SELECT resolved_by, resolved_customer_key FROM v_feedback_customers WHERE text = 'new'", "merge\tc2"),
        (
            &format!("SELECT text, subject_kind, subject FROM {news} ORDER BY text"),
            "first\tauthor\tx\nnew\tcustomer\tc2",
        ),
    ] {
        for database in [&node, &single] {
            let answer = ask(database, question).unwrap_or_else(|error| panic!("{question}: {error}"));
            assert_eq!(answer.trim_end(), expected, "{question}");
        }
    }
}

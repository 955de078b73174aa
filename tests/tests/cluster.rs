//! The statements of a cluster on the real engine.
//!
//! What this machine can run: the engine as a library has replicated tables, a keeper in memory and Distributed tables over
//! a loopback cluster, but no second node, and nothing that announces a replica, so a replicated table is made and stays
//! read-only. Here every statement is run, and every view of the metrics page is asked over the Distributed tables; then rows
//! are asked for through them, the pieces being plain tables.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::time::Duration;

use hearken_schemas::cluster::{LOCAL, Place};
use hearken_schemas::tables::OBJECTS;
use hearken_tests::database::{Database, bare};
use hearken_tests::program::{Finished, command, finish};
use hearken_tests::shards::{hearken, inside, make_alone, one_shard, plain, two_shards};
use serde_json::{Value, json};

/// The page whose examples ask every view.
const METRICS: &str = include_str!("../../docs/metrics.md");

fn examples() -> impl Iterator<Item = &'static str> {
    METRICS.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).map(str::trim)
}

fn make(database: &Database, change: impl Fn(&str) -> String) {
    database.sql("CREATE DATABASE hearken ENGINE = Atomic");
    make_alone(database, change);
}

#[test]
fn a_node_takes_every_statement_and_answers_every_documented_question() {
    let node = bare(two_shards);
    make(&node, str::to_owned);
    let replicated = "SELECT count() FROM system.tables WHERE database = 'hearken' AND engine LIKE 'Replicated%' AND \
                      engine_full LIKE '%replicated_deduplication_window = %replicated_deduplication_window_seconds = %'";
    let tables = OBJECTS.iter().filter(|object| object.is_table());
    let expected = tables.filter(|table| Place::of(table.name()) != Some(Place::Node)).count();
    assert_eq!(node.sql(replicated), expected.to_string());
    let failed: Vec<String> = examples()
        .filter_map(|example| Some(format!("{example}\n{}", inside(&node, example.trim_end_matches(';')).err()?)))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    // No query asks all pieces from each by mistake, because that is refused.
    let forbidden = "SELECT count() FROM feedback WHERE feedback_id IN (SELECT feedback_id FROM superseded)";
    let refused = inside(&node, forbidden).unwrap_err();
    assert!(refused.contains("Code: 288."), "{forbidden}: {refused}");
    // What is asked to find out who somebody is, and what there is of him; the node is both shards under two names.
    let urls = [node.url(), node.url().replace("127.0.0.1", "localhost")];
    let mut dry = command("hearken");
    dry.args(["erase", "somebody", "--dry-run"]).env("HEARKEN_CLICKHOUSE__SHARDS", urls.join(","));
    let dry = finish(&mut dry, Duration::from_secs(120));
    assert!(dry.code == Some(0) && dry.out.contains("customer: somebody"), "{dry:?}");
}

/// Two nodes, each with what a migration finds: nothing, but a catalog, because a replicated table takes no row here.
fn nodes() -> Vec<Database> {
    let nodes = vec![bare(two_shards), bare(two_shards)];
    let touchpoints = OBJECTS.iter().find(|object| object.name() == "touchpoints").unwrap();
    for node in &nodes {
        node.sql("CREATE DATABASE hearken ENGINE = Atomic");
        inside(node, touchpoints.statement).unwrap();
        node.insert("touchpoints", &[json!({"name": "shop"})]);
    }
    nodes
}

fn migrate(nodes: &[Database], arguments: &[&str]) -> Finished {
    hearken(nodes, "127.0.0.1:1", &[&["migrate", "--cluster", "{cluster}"], arguments].concat())
}

fn nothing_is_to_be_done(nodes: &[Database]) {
    let plan = migrate(nodes, &["--plan"]);
    assert_eq!((plan.code, plan.out.matches("nothing is to be done").count()), (Some(0), nodes.len()), "{plan:?}");
}

#[test]
fn every_node_is_made_by_itself() {
    let nodes = nodes();
    let made = migrate(&nodes, &[]);
    assert_eq!((made.code, made.out.lines().count()), (Some(0), 2), "{made:?}");
    for node in &nodes {
        let engines = "SELECT countIf(engine LIKE 'Replicated%') > 20, countIf(engine = 'Distributed'), countIf(engine = 'View') > 50 \
                       FROM system.tables WHERE database = 'hearken' FORMAT TSV";
        let pieces =
            OBJECTS.iter().filter(|object| object.is_table() && Place::of(object.name()).unwrap().is_in_pieces());
        assert_eq!(node.sql(engines), format!("1\t{}\t1", pieces.count()));
    }
    nothing_is_to_be_done(&nodes);
    let nobody = command("hearken").args(["migrate", "--cluster", "prod"]).output().unwrap();
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("HEARKEN_CLICKHOUSE__SHARDS"), "{nobody:?}");
    let print = command("hearken").args(["migrate", "--cluster", "prod", "--print"]).output().unwrap();
    assert!(
        String::from_utf8_lossy(&print.stdout).contains("Distributed('prod', 'hearken', 'orders_local'"),
        "{print:?}"
    );
}

/// What an earlier version had otherwise, on every node.
const EARLIER: [&str; 6] = [
    "ALTER TABLE feedback_local DROP COLUMN simhash",
    "ALTER TABLE deliveries MODIFY COLUMN attempt UInt8",
    "ALTER TABLE superseded_local MODIFY SETTING non_replicated_deduplication_window = 7",
    "ALTER TABLE orders_local MODIFY COMMENT 'Orders of before'",
    "DROP VIEW feedback_minute_from_feedback",
    "CREATE OR REPLACE TABLE feedback AS feedback_local ENGINE = Distributed('{cluster}', 'hearken', 'feedback_local')",
];

#[test]
fn every_node_is_brought_forward() {
    let nodes = nodes();
    for node in &nodes {
        make_alone(node, plain);
        EARLIER.iter().for_each(|statement| _ = inside(node, statement).unwrap());
        inside(node, ROWS[0]).unwrap();
    }
    // One shard was done before: a run was killed there.
    inside(&nodes[1], "ALTER TABLE orders_local MODIFY COMMENT 'One row per state of an order, append-only; read v_orders for the newest states'").unwrap();
    let plan = migrate(&nodes, &["--plan", "--json"]);
    let plans: Vec<Value> = serde_json::from_str(&plan.out).unwrap();
    // Views, functions and dictionaries were never noted, so they are made anew.
    let is_told = |step: &&Value| {
        step["object"] == "feedback" || !["create", "replace"].contains(&step["what"].as_str().unwrap())
    };
    let steps = |plan: &Value| {
        let steps = plan["steps"].as_array().unwrap().iter().filter(is_told);
        let mut steps: Vec<String> = steps.map(|step| format!("{}: {}", step["object"], step["what"])).collect();
        steps.sort();
        steps.concat().replace("\"\"", "\n").replace('"', "")
    };
    let mut expected = vec![
        "deliveries: widen the column attempt to UInt16",
        "feedback: add the column simhash",
        "feedback: replace",
        "feedback_minute: fill anew",
        "orders: say anew what it is",
        "superseded: set non_replicated_deduplication_window to 100000",
    ];
    assert_eq!((plan.code, steps(&plans[0])), (Some(3), expected.join("\n")));
    expected.retain(|step| !step.starts_with("orders"));
    assert_eq!(steps(&plans[1]), expected.join("\n"));
    what_one_node_refuses_is_begun_on_none(&nodes);
    let done = migrate(&nodes, &["--sink-is-stopped"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    nothing_is_to_be_done(&nodes);
    for node in &nodes {
        for (question, expected) in [
            // Each node is both shards here.
            ("SELECT sum(sign), countIf(simhash IS NULL) FROM feedback", "4\t8"),
            ("SELECT sum(feedback), sum(arrivals) FROM feedback_minute", "4\t4"),
            ("SELECT sum(feedback) FROM feedback_minute_local", "2"),
        ] {
            assert_eq!(inside(node, &format!("{question} FORMAT TSV")).unwrap(), expected, "{question}");
        }
    }
}

fn what_one_node_refuses_is_begun_on_none(nodes: &[Database]) {
    inside(&nodes[1], "ALTER TABLE visits_local ADD COLUMN later UInt8").unwrap();
    let told =
        "SELECT name, create_table_query, metadata_version FROM system.tables WHERE database = 'hearken' ORDER BY name";
    let before: Vec<String> = nodes.iter().map(|node| node.sql(told)).collect();
    let refused = migrate(nodes, &["--sink-is-stopped"]);
    let words = format!("{}: visits: the column later is in the database and not in this version", nodes[1].url());
    assert!(refused.code == Some(1) && refused.err.contains(&words), "{refused:?}");
    assert_eq!(nodes.iter().map(|node| node.sql(told)).collect::<Vec<_>>(), before);
    inside(&nodes[1], "ALTER TABLE visits_local DROP COLUMN later").unwrap();
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
    let (node, single) = (bare(one_shard), bare(|_| ()));
    make(&node, plain);
    single.sql("CREATE DATABASE hearken ENGINE = Atomic");
    OBJECTS.iter().for_each(|object| _ = inside(&single, object.statement).unwrap());
    for row in ROWS {
        inside(&node, row).unwrap();
        inside(&single, &row.replace(LOCAL, "")).unwrap();
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
            let answer = inside(database, question).unwrap_or_else(|error| panic!("{question}: {error}"));
            assert_eq!(answer.trim_end(), expected, "{question}");
        }
    }
}

//! The objects as a cluster has them: every table has its place, its replicas remember tokens, every join sees all shards.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::fmt::Write as _;

use hearken_schemas::cluster::{Cluster, LOCAL, Place, local, local_query, shard_key};
use hearken_schemas::tables::{OBJECTS, Object};

fn rendered(object: &Object) -> Vec<String> {
    let statements = Cluster::new("prod").statements(object);
    statements.unwrap_or_else(|unknown| panic!("{}: {unknown}", object.file))
}

fn setting(statement: &str, name: &str) -> Option<u32> {
    let (_, rest) = statement.split_once(&format!(" {name} = "))?;
    rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

#[test]
fn every_table_has_a_place_and_remembers_tokens_as_on_one_server() {
    for object in OBJECTS.iter().filter(|object| object.is_table()) {
        let place = Place::of(object.name()).unwrap_or_else(|| panic!("nobody says where {} lies", object.name()));
        let statements = rendered(object);
        assert_eq!(statements.len(), if place.is_in_pieces() { 2 } else { 1 }, "{}", object.file);
        if place == Place::Node {
            assert!(!object.statement.contains("deduplication"), "{}: nothing is inserted with a token", object.file);
            continue;
        }
        let window = setting(object.statement, "non_replicated_deduplication_window").unwrap_or(0);
        let [blocks, seconds] = ["replicated_deduplication_window", "replicated_deduplication_window_seconds"]
            .map(|name| setting(&statements[0], name).unwrap_or_else(|| panic!("{}: no {name}", object.file)));
        assert_eq!((blocks, seconds), (window, if window == 0 { 0 } else { 691_200 }), "{}", object.file);
        assert!(
            window > 0 || !place.is_in_pieces(),
            "{}: the sink's tables and their views remember tokens",
            object.file
        );
        assert!(!statements[0].contains("non_replicated") && statements[0].contains("\nENGINE = Replicated"));
    }
}

#[test]
fn every_view_of_an_insert_fills_a_table_that_remembers_tokens() {
    let filling = OBJECTS.iter().filter(|object| object.statement.starts_with("CREATE MATERIALIZED VIEW"));
    let filling: Vec<&Object> = filling.filter(|object| !object.statement.contains("\nREFRESH ")).collect();
    assert!(filling.len() >= 9);
    for view in filling {
        let statement = rendered(view).concat();
        let (_, target) = statement.lines().next().unwrap().split_once(" TO ").unwrap();
        let table = OBJECTS.iter().find(|table| Some(table.name()) == target.strip_suffix(LOCAL)).unwrap();
        let replicas = rendered(table).concat();
        assert!(setting(&replicas, "replicated_deduplication_window") > Some(0), "{}: {target}", view.file);
        let (_, from) = statement.split_once("FROM ").unwrap();
        assert!(from.split_whitespace().next().unwrap().ends_with(LOCAL), "{statement}");
    }
}

#[test]
fn what_is_not_known_is_not_rendered() {
    for statement in
        ["ALTER TABLE feedback DROP COLUMN x", "CREATE INDEX a ON b", "CREATE TABLE strange (a UInt8) ENGINE = Log"]
    {
        assert!(Cluster::new("prod").render(statement).is_err(), "{statement}");
    }
    let orders = OBJECTS.iter().find(|object| object.name() == "orders").unwrap().statement;
    for (known, strange) in [("= MergeTree", "= Log"), ("_window =", "_windows ="), ("= MergeTree", "= MergeTree(a)")] {
        let statement = orders.replace(known, strange);
        assert!(Cluster::new("prod").render(&statement).is_err(), "{strange}");
    }
}

/// Takes every word away that only a cluster needs.
fn single(statement: &str) -> String {
    let text = statement.replace("GLOBAL ", "").replace(LOCAL, "");
    let mut text = text.replace("materialize(if(has(keys", "if(has(keys").replace(", NULL)) AS by_", ", NULL) AS by_");
    while let Some((before, rest)) = text.split_once("Replicated") {
        let (kind, rest) = rest.split_once('(').unwrap();
        text = format!("{before}{kind}{}", rest.split_once(')').unwrap().1);
    }
    text = text.replace(", replicated_deduplication_window_seconds = 691200", "");
    text =
        text.replace("SETTINGS replicated_deduplication_window = 0, replicated_deduplication_window_seconds = 0\n", "");
    text.replace("replicated_deduplication_window", "non_replicated_deduplication_window")
}

#[test]
fn without_the_words_of_a_cluster_it_is_the_statement_of_one_server() {
    for object in OBJECTS {
        let first = rendered(object).swap_remove(0);
        assert_eq!(single(&first).trim_end(), object.statement.trim_end(), "{}", object.file);
    }
}

#[test]
fn every_join_and_look_up_in_a_view_sees_all_shards_or_lies_together() {
    let mut together = Vec::new();
    for object in OBJECTS.iter().filter(|object| !object.is_table()) {
        let statement = rendered(object).concat();
        let text = statement.lines().filter(|line| !line.starts_with("COMMENT")).collect::<Vec<_>>().join(" ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace("( SELECT", "(SELECT");
        for (at, _) in text.match_indices(" IN (SELECT") {
            let left = text[..at].trim_end_matches(" NOT");
            if !left.ends_with(" GLOBAL") {
                together.push(format!(
                    "{} {}",
                    object.name(),
                    text[at + 11..].split_whitespace().nth(3).unwrap_or_default()
                ));
            }
        }
        for (at, _) in text.match_indices(" JOIN ") {
            let left: Vec<&str> = text[..at].rsplit(' ').take(4).collect();
            assert!(left.contains(&"GLOBAL") || left[0] == "ARRAY", "{}: {left:?}", object.file);
        }
    }
    // The few places where each shard asks its own piece, each read by a person.
    let expected = ["v_feedback", "v_survey_answers", "v_news", "v_alert_facts"];
    let expected = expected.map(|view| format!("{view} superseded{LOCAL}"));
    let found: Vec<&str> = together.iter().map(|found| found.trim_end_matches(')')).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_table_that_means_all_pieces_is_made_anew_and_a_query_reads_one_piece() {
    let orders = OBJECTS.iter().find(|object| object.name() == "orders").unwrap();
    let outer = Cluster::new("prod").outer(orders).unwrap();
    assert!(outer.starts_with("CREATE OR REPLACE TABLE orders AS orders_local\n"), "{outer}");
    let whole = OBJECTS.iter().find(|object| object.name() == "alerts").unwrap();
    assert!(Cluster::new("prod").outer(whole).is_err());
    for (query, expected) in [
        ("SELECT a FROM feedback ARRAY JOIN b", "SELECT a FROM feedback_local ARRAY JOIN b"),
        (
            "SELECT a FROM alerts WHERE b IN (SELECT c FROM orders)",
            "SELECT a FROM alerts WHERE b IN (SELECT c FROM orders_local)",
        ),
    ] {
        assert_eq!(local_query(query), expected);
    }
    assert_eq!(["orders", "alerts", "placement"].map(local), ["orders_local", "alerts", "placement"]);
}

/// A line an object: where it lies and what of it differs from one server.
fn summary() -> String {
    let mut text = String::new();
    for object in OBJECTS {
        let statement = rendered(object).concat();
        let (globals, locals) = (statement.matches("GLOBAL ").count(), statement.matches(LOCAL).count());
        let of = match Place::of(object.name()).filter(|_| object.is_table()) {
            Some(Place::Sharded(_)) => format!("by {}", shard_key(object.name()).unwrap()),
            Some(Place::Derived) => "where the row lies that a view made it of".to_owned(),
            Some(Place::Whole) => "whole on every node".to_owned(),
            Some(Place::Node) => "whole on every node, which makes its own".to_owned(),
            Some(Place::Shard) => "of its shard alone".to_owned(),
            None if statement.contains(" TO ") && locals == 2 => "from piece to piece".to_owned(),
            None if globals + locals > 0 => format!("{globals} of all shards, {locals} of its own"),
            None => continue,
        };
        writeln!(text, "{:32} {of}", object.file).unwrap();
    }
    text
}

#[test]
fn the_summary_is_the_one_that_was_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, summary()).unwrap();
    }
    assert_eq!(summary(), std::fs::read_to_string(path).unwrap(), "UPDATE=1 writes it anew; read it then");
}

//! The sink's rows against the tables they go to: the same columns, none forgotten, none invented.

use std::collections::BTreeSet;

use hearken_schemas::dead_letter::{DeadLetter, Reason, Rejection, Stage};
use hearken_schemas::operation::Operation;
use hearken_schemas::tables::OBJECTS;
use hearken_sink::block::Rows;
use hearken_sink::row::{At, DeadLetterRow, FeedbackRow, OutcomeKind, OutcomeRow, StateRow};
use hearken_sink::table::Table;

/// Columns that the server fills.
const SERVER: &str = "written_at";

fn row() -> FeedbackRow {
    serde_json::from_str(include_str!("row.json")).expect("row.json is a row")
}

fn nowhere() -> At {
    At { topic: "t".to_owned(), partition: 0, offset: 0 }
}

/// The least of each operation, one of each kind.
fn operations() -> [Rows; 3] {
    let least = [
        r#"{"kind": "order", "source": "s", "order_id": "1", "status": "paid", "occurred_at": "2026-01-01T00:00:00Z",
            "time_precision": "second", "updated_at": "2026-01-01T00:00:00Z", "received_at": "2026-01-01T00:00:00Z"}"#,
        r#"{"kind": "visit", "source": "s", "visit_id": "1", "occurred_at": "2026-01-01T00:00:00Z", "event": "view",
            "time_precision": "second", "received_at": "2026-01-01T00:00:00Z"}"#,
        r#"{"kind": "customer", "customer_id": "1", "updated_at": "2026-01-01T00:00:00Z",
            "received_at": "2026-01-01T00:00:00Z"}"#,
    ];
    let src = "t:0:0:0:00000000".parse().expect("an origin");
    least.map(|json| {
        let operation: Operation = serde_json::from_str(json).expect("an operation");
        match StateRow::of_operation(operation, &src, &nowhere()) {
            StateRow::Feedback(row) => Rows::Feedback(vec![*row]),
            StateRow::Order(row) => Rows::Orders(vec![*row]),
            StateRow::Visit(row) => Rows::Visits(vec![*row]),
            StateRow::Customer(row) => Rows::Customers(vec![*row]),
        }
    })
}

/// Returns the columns of a table: the first word of every line inside its parentheses.
fn columns(table: &str) -> BTreeSet<String> {
    let object = OBJECTS.iter().find(|object| object.name() == table).expect("a table of the contract");
    let body =
        object.statement.split_once("\n(\n").and_then(|(_, rest)| rest.split_once("\n)\n")).expect("a column list").0;
    let names = body.lines().map(str::trim).filter(|line| !line.starts_with("INDEX"));
    let names = names.map(|line| line.split(' ').next().unwrap_or_default().trim_matches('`').to_owned());
    names.filter(|name| name != SERVER).collect()
}

#[test]
fn every_block_has_exactly_its_tables_columns() {
    let letter = DeadLetter {
        stage: Stage::Sink,
        rejection: Rejection::new(Reason::NotJson, "x"),
        at: "t:0:0:0:00000000".parse().expect("an origin"),
        src: None,
    };
    let outcome = OutcomeRow::new(OutcomeKind::Repeat, &StateRow::Feedback(Box::new(row())));
    let mut every = vec![Rows::Feedback(vec![row()])];
    every.extend(operations());
    every.push(Rows::Outcomes(vec![outcome]));
    every.push(Rows::DeadLetters(vec![DeadLetterRow::new(&letter, b"x", nowhere())]));
    assert_eq!(every.iter().map(Rows::table).collect::<Vec<_>>(), Table::ALL);
    for rows in every {
        let table = rows.table().as_str();
        let block = rows.block().expect("a block");
        let sent: BTreeSet<String> = block.columns.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(sent.len(), block.columns.len(), "{table}: a column is sent twice");
        assert_eq!(sent, columns(table), "{table}");
    }
}

#[test]
fn a_row_read_back_has_the_names_it_was_written_with() {
    let json = serde_json::to_value(row()).expect("JSON");
    let names: BTreeSet<String> = json.as_object().expect("an object").keys().cloned().collect();
    assert_eq!(names, columns("feedback"));
}

#[test]
fn a_dead_letter_row_is_shortened_and_never_refused() {
    let letter = DeadLetter {
        stage: Stage::Ingest,
        rejection: Rejection::new(Reason::WrongType, "d".repeat(10_000)),
        at: "t:0:5:0:00000000".parse().expect("an origin"),
        src: None,
    };
    let row = DeadLetterRow::new(&letter, &[0xff; 100_000], At { topic: "d".to_owned(), partition: 1, offset: 2 });
    assert!(row.detail.len() <= 500 && row.excerpt.chars().count() <= 200);
    assert_eq!((row.lineage.src.partition, row.size_bytes), (-1, 100_000));
}

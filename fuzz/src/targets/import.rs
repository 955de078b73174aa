//! `hearken import`: the bytes of a file that somebody exported, to a table.
//!
//! The command line is a program, not a library, so the files of it that make a table of bytes are compiled here once more, as they are.

#![allow(dead_code, reason = "of the command's files only what reads is called")]

#[path = "../../../cli/src/import/delimited.rs"]
mod delimited;
#[path = "../../../cli/src/import/encoding.rs"]
mod encoding;
#[path = "../../../cli/src/import/grid.rs"]
mod grid;
#[path = "../../../cli/src/import/open.rs"]
mod open;
#[path = "../../../cli/src/import/sheet.rs"]
mod sheet;
#[path = "../../../cli/src/import/table.rs"]
mod table;
#[path = "../../../cli/src/import/words.rs"]
mod words;

use table::Row;

/// As the command has it: how many rows a guess looks at.
const LOOKED_AT: usize = 2_000;
/// As the command has it: the name of an id made of a row's content.
const CONTENT: &str = "#content";

/// Why a line of JSON cannot be read; the command says it in more words.
fn unreadable(_line: &[u8], error: &serde_json::Error) -> String {
    format!("not JSON at column {}: {error}", error.column())
}

/// Promises: any bytes are a table or no table; every row's cells can be named, and columns have names of their own.
pub fn run(bytes: &[u8]) {
    let Ok(table) = open::table(bytes.to_vec(), None) else { return };
    let mut names: Vec<&str> = table.columns.iter().map(String::as_str).collect();
    let columns = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), columns, "two columns have one name: {:?}", table.columns);
    let is_cells = table.rows.iter().all(|(_, row)| matches!(row, Row::Cells(_)));
    for ((number, row), (same, line)) in table.rows.iter().zip(table.lines()) {
        assert_eq!(*number, same, "rows keep their numbers");
        assert!(!is_cells || line.as_ref().map_or(true, serde_json::Value::is_object), "a row is an object: {row:?}");
    }
}

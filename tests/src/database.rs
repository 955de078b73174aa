//! ClickHouse alone, with every object and no service: for what views make of rows.

use std::path::Path;

use hearken_audit::query;
use serde_json::Value;
use tempfile::TempDir;

use crate::cluster::{Endpoints, engine, url};
use crate::part::Part;
use crate::program::Finished;

/// A ClickHouse of one test file. Dropped, it ends and is removed, after a failure too.
pub struct Database {
    clickhouse: Part,
    directory: TempDir,
}

impl Database {
    /// Starts ClickHouse and makes every object with the command line.
    ///
    /// # Panics
    /// Where it does not start, or an object cannot be made.
    pub fn start() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let clickhouse = engine("hearken-clickhouse", directory.path());
        let database = Self { clickhouse, directory };
        let migrated = database.hearken(&["migrate"]);
        assert_eq!(migrated.code, Some(0), "{migrated:?}");
        database
    }

    /// Runs one statement and returns the answer, without the line end.
    ///
    /// # Panics
    /// Where ClickHouse refuses it.
    pub fn sql(&self, statement: &str) -> String {
        let answer = query(&url(&self.clickhouse), statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        answer.trim_end().to_owned()
    }

    /// Inserts rows; what a row does not name is its column's default.
    ///
    /// # Panics
    /// Where ClickHouse refuses them.
    pub fn insert(&self, table: &str, rows: &[Value]) {
        let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
        self.sql(&format!("INSERT INTO hearken.{table} FORMAT JSONEachRow\n{}", lines.join("\n")));
    }

    /// Runs the command line against this database; there is no Kafka.
    pub fn hearken(&self, arguments: &[&str]) -> Finished {
        Endpoints { brokers: "127.0.0.1:1".to_owned(), clickhouse: url(&self.clickhouse) }.hearken(arguments)
    }

    /// Returns the directory of everything the database keeps.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Its last process must be gone before its files go.
        self.clickhouse.end(true);
    }
}

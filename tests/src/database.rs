//! ClickHouse alone, with every object and no service: for what views make of rows.

use std::path::Path;

use hearken_audit::query;
use serde_json::Value;
use tempfile::TempDir;

use crate::cluster::{Endpoints, engine_with, url};
use crate::part::Part;
use crate::program::Finished;

/// A ClickHouse of one test file. Dropped, it ends and is removed, after a failure too.
pub struct Database {
    clickhouse: Part,
    directory: TempDir,
}

/// Starts ClickHouse without any object; `prepare` may put configuration into its data directory first.
///
/// # Panics
/// Where it does not start.
pub fn bare(prepare: impl FnOnce(&Path)) -> Database {
    let directory = TempDir::new().expect("a temporary directory");
    prepare(&directory.path().join("hearken-clickhouse"));
    let clickhouse = engine_with("hearken-clickhouse", directory.path(), &[]);
    Database { clickhouse, directory }
}

impl Database {
    /// Starts ClickHouse and makes every object with the command line.
    ///
    /// # Panics
    /// Where it does not start, or an object cannot be made.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts ClickHouse with further arguments, and makes every object.
    ///
    /// # Panics
    /// As [`Database::start`].
    pub fn start_with(arguments: &[&str]) -> Self {
        let database = Self::empty_with(arguments);
        let migrated = database.hearken(&["migrate"]);
        assert_eq!(migrated.code, Some(0), "{migrated:?}");
        database
    }

    /// Starts ClickHouse and makes nothing.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn empty() -> Self {
        Self::empty_with(&[])
    }

    fn empty_with(arguments: &[&str]) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let clickhouse = engine_with("hearken-clickhouse", directory.path(), arguments);
        Self { clickhouse, directory }
    }

    /// Returns where it answers: `http://host:port`.
    pub fn url(&self) -> String {
        url(&self.clickhouse)
    }

    /// Runs one statement and returns the answer, without the line end.
    ///
    /// # Panics
    /// Where ClickHouse refuses it.
    pub fn sql(&self, statement: &str) -> String {
        let answer = query(&url(&self.clickhouse), statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        answer.trim_end().to_owned()
    }

    /// Runs one statement as a user, with further pairs in the URL, and returns the answer or ClickHouse's refusal.
    pub fn sql_as(&self, user: &str, pairs: &str, statement: &str) -> Result<String, String> {
        query(&format!("{}/?user={user}&password={user}{pairs}", url(&self.clickhouse)), statement)
            .map_err(|error| error.to_string())
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

//! How objects are written for where they are made, and how what is there is read for comparison.

use anyhow::{Context, Result};
use hearken_schemas::cluster::{Cluster, local, local_query};
use hearken_schemas::tables::{DATABASE, Object};

use super::made::{Made, Table};

/// How a window of tokens is called on one server, and where a table is replicated.
const WINDOWS: (&str, &str) =
    ("SETTING non_replicated_deduplication_window", "SETTING replicated_deduplication_window");

/// One server, or a node of a cluster.
pub(crate) trait Target: Sync {
    /// Returns the statements that make an object.
    ///
    /// # Errors
    /// Where the object cannot be made there.
    fn statements(&self, object: &Object) -> Result<Vec<String>>;

    /// Returns the checksum that an object is known by: of its statements as they are run here.
    ///
    /// # Errors
    /// As [`Target::statements`].
    fn crc(&self, object: &Object) -> Result<u32> {
        Ok(crc32fast::hash(self.statements(object)?.join("\n").as_bytes()))
    }

    /// Returns the statement that makes the table anew which means all pieces of this one; `None` where it has no pieces.
    ///
    /// # Errors
    /// As [`Target::statements`].
    fn outer(&self, object: &Object) -> Result<Option<String>>;

    /// Returns what the rows of a table are called here.
    fn rows(&self, table: &str) -> String;

    /// Returns a query as it reads the rows that are here.
    fn query(&self, query: &str) -> String;

    /// Returns the statements that alter a table or a view by one clause, such as `ADD COLUMN x UInt8`.
    fn alterations(&self, table: &str, clause: &str) -> Vec<String>;

    /// Returns what was read here as one server would have it.
    fn read(&self, made: Made) -> Made;

    /// Returns the statement that makes an empty copy of a table.
    fn copy(&self, name: &str, table: &Table) -> String;

    /// Whether rows that are made of others are made anew here; where not, they come from another replica.
    fn fills(&self) -> bool;
}

/// One server: every object by its own statement.
pub(crate) struct OneServer;

impl Target for OneServer {
    fn statements(&self, object: &Object) -> Result<Vec<String>> {
        Ok(vec![object.statement.to_owned()])
    }

    fn outer(&self, _: &Object) -> Result<Option<String>> {
        Ok(None)
    }

    fn rows(&self, table: &str) -> String {
        table.to_owned()
    }

    fn query(&self, query: &str) -> String {
        query.to_owned()
    }

    fn alterations(&self, table: &str, clause: &str) -> Vec<String> {
        vec![format!("ALTER TABLE {table} {clause}")]
    }

    fn read(&self, made: Made) -> Made {
        made
    }

    fn copy(&self, name: &str, _: &Table) -> String {
        format!("CREATE TABLE {name} AS {DATABASE}.{name}")
    }

    fn fills(&self) -> bool {
        true
    }
}

/// A node of a cluster: a table in pieces is the shard's own piece and a table that means all of them.
pub(crate) struct Node {
    pub(super) cluster: Cluster,
    /// Whether it is the first replica of its shard.
    pub(super) is_first: bool,
}

impl Target for Node {
    fn statements(&self, object: &Object) -> Result<Vec<String>> {
        Ok(self.cluster.statements(object)?)
    }

    fn outer(&self, object: &Object) -> Result<Option<String>> {
        if self.rows(object.name()) == object.name() {
            return Ok(None);
        }
        self.cluster.outer(object).map(Some).context("making a table anew that means all pieces")
    }

    fn rows(&self, table: &str) -> String {
        local(table)
    }

    fn query(&self, query: &str) -> String {
        local_query(query)
    }

    fn alterations(&self, table: &str, clause: &str) -> Vec<String> {
        vec![format!("ALTER TABLE {} {}", local(table), clause.replace(WINDOWS.0, WINDOWS.1))]
    }

    fn read(&self, made: Made) -> Made {
        made.of_a_node()
    }

    /// A copy is no replica of its original, so it has an engine of its own.
    fn copy(&self, name: &str, table: &Table) -> String {
        let keys: Vec<String> = table.keys.iter().filter(|(_, key)| !key.is_empty()).map(key).collect();
        let settings: Vec<String> = table.settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let ttl = if table.ttl.is_empty() { String::new() } else { format!(" TTL {}", table.ttl) };
        let order = if table.keys.iter().any(|(clause, key)| *clause == "ORDER BY" && !key.is_empty()) {
            ""
        } else {
            " ORDER BY tuple()"
        };
        let settings = if settings.is_empty() { String::new() } else { format!(" SETTINGS {}", settings.join(", ")) };
        let (name, engine) = (local(name), &table.engine);
        format!("CREATE TABLE {name} AS {DATABASE}.{name} ENGINE = {engine} {}{order}{ttl}{settings}", keys.join(" "))
    }

    fn fills(&self) -> bool {
        self.is_first
    }
}

fn key((clause, key): &(&'static str, String)) -> String {
    format!("{clause} ({key})")
}

//! The ClickHouse objects on a cluster: the statements of [`crate::tables`], rendered for shards and replicas. Pure.
//!
//! Layout: `place` says where each table's rows lie, `table` and `view` change statements, `words` reads them. A table in
//! pieces becomes two: `X_local`, which each shard keeps and the sink writes, and `X`, which means all pieces; so views and
//! people go on reading `X`. Invariant: what is not known (an engine, a setting, a table without a place) is an error, so
//! nothing reaches a cluster half rendered.

mod place;
mod table;
mod view;
mod words;

pub use self::place::Place;
use self::words::{Word, words};
use crate::tables::{DATABASE, Object};

/// What the name of a shard's own piece ends with.
pub const LOCAL: &str = "_local";

/// A statement that cannot be rendered for a cluster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}: {1} is not known to the rendering for clusters (schemas/src/cluster)")]
pub struct Unknown(String, String);

impl Unknown {
    fn new(whose: &str, what: &str) -> Self {
        Self(whose.to_owned(), what.to_owned())
    }
}

/// A cluster by the name its servers know it by (`remote_servers`), or a macro such as `{cluster}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    name: String,
}

impl Cluster {
    /// Names a cluster.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned() }
    }

    /// Returns the statement that makes the database on every node.
    pub fn database(&self) -> String {
        format!("CREATE DATABASE IF NOT EXISTS {DATABASE} {} ENGINE = Atomic", self.on())
    }

    /// Returns the statements that make an object on every node, in order.
    ///
    /// # Errors
    /// Where the object's statement holds what is not known.
    pub fn statements(&self, object: &Object) -> Result<Vec<String>, Unknown> {
        self.render(object.statement)
    }

    /// Returns the statements that one of a single server becomes.
    ///
    /// # Errors
    /// As [`Cluster::statements`].
    pub fn render(&self, statement: &str) -> Result<Vec<String>, Unknown> {
        let name = named(statement)?;
        let is = |kind: &str| statement.starts_with(&format!("CREATE {kind}"));
        if is("TABLE") {
            let place = Place::of(name.text).ok_or_else(|| Unknown::new(name.text, "where its rows lie"))?;
            let kept = table::kept(self, statement, name, place)?;
            return match place.is_in_pieces() {
                true => Ok(vec![kept, table::distributed(self, statement, name.text, place)?]),
                false => Ok(vec![kept]),
            };
        }
        if is("MATERIALIZED VIEW") && !words(statement).iter().any(|word| word.is("REFRESH")) {
            return Ok(vec![view::local(self, statement, name)?]);
        }
        Ok(vec![view::everywhere(self, statement, name)])
    }

    /// Returns the statements that change a table: each shard's piece first, then what means all of them.
    ///
    /// # Errors
    /// Where nobody has said where the table's rows lie.
    pub fn alterations(&self, table: &str, change: &str) -> Result<Vec<String>, Unknown> {
        let place = Place::of(table).ok_or_else(|| Unknown::new(table, "where its rows lie"))?;
        let names = if place.is_in_pieces() {
            vec![format!("{table}{LOCAL}"), table.to_owned()]
        } else {
            vec![table.to_owned()]
        };
        Ok(names.iter().map(|name| format!("ALTER TABLE {name} {} {change}", self.on())).collect())
    }

    fn on(&self) -> String {
        format!("ON CLUSTER {}", quoted(&self.name))
    }
}

/// Returns the text that a row's shard follows from, in SQL: the shard is its CRC-32 modulo the number of shards.
pub fn shard_key(table: &str) -> Option<&'static str> {
    match Place::of(table)? {
        Place::Sharded(what) => Some(what),
        Place::Derived | Place::Whole | Place::Node | Place::Shard => None,
    }
}

/// Returns the name of the object that a statement makes.
fn named(statement: &str) -> Result<Word<'_>, Unknown> {
    let skipped = ["CREATE", "OR", "REPLACE", "MATERIALIZED", "IF", "NOT", "EXISTS"];
    let kinds = ["TABLE", "VIEW", "DICTIONARY", "FUNCTION"];
    let mut rest = words(statement).into_iter().skip_while(|word| skipped.contains(&word.text));
    let begins = statement.lines().next().unwrap_or_default();
    if !rest.next().is_some_and(|kind| kinds.contains(&kind.text)) {
        return Err(Unknown::new(begins, "what it makes"));
    }
    rest.find(|word| !skipped.contains(&word.text)).ok_or_else(|| Unknown::new(begins, "the name of what it makes"))
}

fn quoted(text: &str) -> String {
    crate::access::quoted(text)
}

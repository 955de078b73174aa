//! The ClickHouse objects on a cluster: the statements of [`crate::tables`], rendered for shards and replicas. Pure.
//!
//! Layout: `place` says where each table's rows lie, `table` and `view` change statements, `words` reads them. A table in
//! pieces becomes two: `X_local`, which each shard keeps and the sink writes, and `X`, which means all pieces; so views and
//! people go on reading `X`. Every statement is run on every node, and is the same on each. Invariant: what is not known (an
//! engine, a setting, a table without a place) is an error, so nothing reaches a cluster half rendered.

mod place;
mod table;
mod view;
mod words;

pub use self::place::Place;
use self::words::{Edit, Word, edited, words};
use crate::tables::Object;

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

    /// Returns the statements that make an object on a node, in order.
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
            let kept = table::kept(statement, name, place)?;
            return match place.is_in_pieces() {
                true => Ok(vec![kept, table::distributed(self, statement, name.text, place)?]),
                false => Ok(vec![kept]),
            };
        }
        if is("MATERIALIZED VIEW") && !words(statement).iter().any(|word| word.is("REFRESH")) {
            return Ok(vec![view::local(statement, name)?]);
        }
        Ok(vec![view::everywhere(statement)])
    }

    /// Returns the statement that puts another table in the place of the one that means all pieces; it holds no rows.
    ///
    /// # Errors
    /// As [`Cluster::statements`], and where the table is not in pieces.
    pub fn outer(&self, object: &Object) -> Result<String, Unknown> {
        let [_, outer] = self.statements(object)?.try_into().map_err(|_| Unknown::new(object.name(), "in pieces"))?;
        Ok(outer.replacen("CREATE TABLE IF NOT EXISTS", "CREATE OR REPLACE TABLE", 1))
    }
}

/// Returns the name that a table's rows have on each shard of a cluster.
pub fn local(table: &str) -> String {
    if Place::of(table).is_some_and(Place::is_in_pieces) { format!("{table}{LOCAL}") } else { table.to_owned() }
}

/// Returns a query that reads each table in pieces by the piece of the shard that it is run on.
pub fn local_query(query: &str) -> String {
    let words = words(query);
    let tables = words.windows(2).filter(|pair| pair[0].is("FROM")).map(|pair| pair[1]);
    let pieces = tables.filter(|table| Place::of(table.text).is_some_and(Place::is_in_pieces));
    edited(query, pieces.map(|table| Edit::insert(table.end(), LOCAL)).collect())
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

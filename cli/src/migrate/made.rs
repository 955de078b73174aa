//! What ClickHouse says of the objects that it holds: the engine's own reading of a statement, which is what is compared.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use hearken_schemas::cluster::{LOCAL, Place, local};
use serde::Deserialize;

use crate::store::{Store, quoted};

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: String,
    /// `DEFAULT now64(3)`, or nothing.
    pub(super) default: String,
    pub(super) codec: String,
    pub(super) comment: String,
    pub(super) bytes: u64,
}

/// A table with rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// Without `Replicated`: a replica holds what a single server does.
    pub(super) engine: String,
    /// `PARTITION BY`, `ORDER BY` and `PRIMARY KEY`.
    pub(super) keys: [(&'static str, String); 3],
    pub(super) ttl: String,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) comment: String,
    pub(super) columns: Vec<Column>,
    /// By name: what stands behind `ADD INDEX name`.
    pub(super) indices: BTreeMap<String, String>,
    /// By name: the query.
    pub(super) projections: BTreeMap<String, String>,
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

/// A materialized view that fills a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filler {
    pub(super) query: String,
    pub(super) target: String,
    pub(super) columns: Vec<String>,
    pub(super) comment: String,
}

/// A table without rows of its own that means all pieces of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outer {
    pub(super) columns: Vec<Column>,
    pub(super) comment: String,
}

/// Everything of one database.
#[derive(Debug, Clone, Default)]
pub(super) struct Made {
    pub(super) tables: BTreeMap<String, Table>,
    /// On a node of a cluster, by the name that the table has on one server.
    pub(super) outers: BTreeMap<String, Outer>,
    pub(super) fillers: BTreeMap<String, Filler>,
    /// Names of all objects, functions too.
    pub(super) names: BTreeSet<String>,
}

#[derive(Deserialize)]
struct TableRow {
    name: String,
    engine: String,
    engine_full: String,
    partition_key: String,
    sorting_key: String,
    primary_key: String,
    comment: String,
    as_select: String,
    target_table: String,
    rows: f64,
    bytes: f64,
}

#[derive(Deserialize)]
struct ColumnRow {
    table: String,
    name: String,
    kind: String,
    default_kind: String,
    default_expression: String,
    codec: String,
    comment: String,
    bytes: f64,
}

/// An index or a projection.
#[derive(Deserialize)]
struct PartRow {
    table: String,
    name: String,
    said: String,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Made {
    /// Reads what a database holds; one that is not there holds nothing.
    pub(super) async fn read(store: &Store, database: &str) -> Result<Self> {
        let store = store.outside();
        let own = format!("database = {}", quoted(database));
        let tables: Vec<TableRow> = store
            .rows(&format!(
                "SELECT name, engine, engine_full, partition_key, sorting_key, primary_key, comment, as_select, target_table, \
                 toFloat64(ifNull(total_rows, 0)) AS rows, toFloat64(ifNull(total_bytes, 0)) AS bytes \
                 FROM system.tables WHERE {own}"
            ))
            .await?;
        let columns: Vec<ColumnRow> = store
            .rows(&format!(
                "SELECT table, name, type AS kind, default_kind, default_expression, compression_codec AS codec, comment, \
                 toFloat64(data_compressed_bytes) AS bytes FROM system.columns WHERE {own} ORDER BY table, position"
            ))
            .await?;
        let indices = format!(
            "SELECT table, name, expr || ' TYPE ' || type_full || ' GRANULARITY ' || toString(granularity) AS said \
             FROM system.data_skipping_indices WHERE {own}"
        );
        let projections =
            format!("SELECT table, name, '(' || query || ')' AS said FROM system.projections WHERE {own}");
        let parts = Parts { indices: store.rows(&indices).await?, projections: store.rows(&projections).await? };
        let functions = "SELECT name FROM system.functions WHERE origin = 'SQLUserDefined'";
        let functions: Vec<Named> = store.rows(functions).await?;
        Ok(Self::of(database, tables, &columns, &parts, functions))
    }

    /// Returns the same as one server would have it: pieces by the names of their tables.
    pub(super) fn of_a_node(mut self) -> Self {
        let name = |name: &str| name.strip_suffix(LOCAL).unwrap_or(name).to_owned();
        self.outers.retain(|name, _| self.tables.contains_key(&local(name)));
        self.tables = self.tables.into_iter().map(|(table, made)| (name(&table), made.of_a_node())).collect();
        for filler in self.fillers.values_mut() {
            filler.target = name(&filler.target);
            filler.query = self.tables.keys().fold(filler.query.clone(), |query, table| {
                query.replace(&format!("FROM {table}{LOCAL}"), &format!("FROM {table}"))
            });
        }
        self
    }

    fn of(database: &str, rows: Vec<TableRow>, columns: &[ColumnRow], parts: &Parts, functions: Vec<Named>) -> Self {
        let mut made = Self { names: functions.into_iter().map(|function| function.name).collect(), ..Self::default() };
        for row in rows {
            let own: Vec<&ColumnRow> = columns.iter().filter(|column| column.table == row.name).collect();
            if row.engine == "MaterializedView" {
                let columns = own.into_iter().map(|column| column.name.clone()).collect();
                // The same text wherever it is made.
                let query = row.as_select.replace(&format!("{database}."), "");
                let filler = Filler { query, target: row.target_table, columns, comment: row.comment };
                made.fillers.insert(row.name.clone(), filler);
            } else if row.engine.ends_with("MergeTree") {
                made.tables.insert(row.name.clone(), table(&row, own, parts));
            } else if row.engine != "View" && Place::of(&row.name).is_some_and(Place::is_in_pieces) {
                let columns = own.into_iter().map(column).collect();
                made.outers.insert(row.name.clone(), Outer { columns, comment: row.comment });
            }
            made.names.insert(row.name);
        }
        made
    }
}

impl Table {
    /// Returns the same with the window of tokens by the name that it has on one server.
    fn of_a_node(mut self) -> Self {
        self.settings.remove("replicated_deduplication_window_seconds");
        if let Some(window) = self.settings.remove("replicated_deduplication_window") {
            // Nothing is remembered where nothing is said.
            if window != "0" {
                self.settings.insert("non_replicated_deduplication_window".to_owned(), window);
            }
        }
        self
    }
}

struct Parts {
    indices: Vec<PartRow>,
    projections: Vec<PartRow>,
}

fn table(row: &TableRow, columns: Vec<&ColumnRow>, parts: &Parts) -> Table {
    let of = |parts: &[PartRow]| {
        parts.iter().filter(|part| part.table == row.name).map(|part| (part.name.clone(), part.said.clone())).collect()
    };
    let (ttl, settings) = tail(&row.engine_full);
    Table {
        engine: row.engine.trim_start_matches("Replicated").to_owned(),
        keys: [
            ("PARTITION BY", row.partition_key.clone()),
            ("ORDER BY", row.sorting_key.clone()),
            ("PRIMARY KEY", row.primary_key.clone()),
        ],
        ttl,
        settings,
        comment: row.comment.clone(),
        columns: columns.into_iter().map(column).collect(),
        indices: of(&parts.indices),
        projections: of(&parts.projections),
        rows: row.rows as u64,
        bytes: row.bytes as u64,
    }
}

fn column(row: &ColumnRow) -> Column {
    Column {
        name: row.name.clone(),
        kind: row.kind.clone(),
        default: format!("{} {}", row.default_kind, row.default_expression).trim().to_owned(),
        codec: row.codec.clone(),
        comment: row.comment.clone(),
        bytes: row.bytes as u64,
    }
}

/// Returns the TTL and the settings at the end of an engine's description.
pub(crate) fn tail(engine: &str) -> (String, BTreeMap<String, String>) {
    let (head, settings) = engine.rsplit_once(" SETTINGS ").unwrap_or((engine, ""));
    let ttl = head.split_once(" TTL ").map_or("", |(_, ttl)| ttl).to_owned();
    let settings = settings.split(", ").filter_map(|setting| setting.split_once(" = "));
    (ttl, settings.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

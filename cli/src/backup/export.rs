//! From tables to files: a table a file, a row a line of JSON, packed.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use hearken_schemas::tables::OBJECTS;

use crate::store::Store;

/// A table that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// Whether its rows say which record of the sink's input wrote them.
    is_sinks: bool,
}

/// Returns the tables that nothing else can fill again: those that no view writes to, and not the log of migrations.
pub(super) fn tables() -> Vec<Table> {
    let views = || OBJECTS.iter().filter(|object| object.statement.starts_with("CREATE MATERIALIZED VIEW"));
    let is_filled = |name: &str| views().any(|view| view.statement.contains(&format!(" TO {name}\n")));
    let tables = OBJECTS.iter().filter(|object| object.statement.starts_with("CREATE TABLE"));
    let table = |object: &hearken_schemas::tables::Object| Table {
        name: object.name(),
        is_sinks: object.statement.contains("    in_epoch UInt32"),
    };
    tables.map(table).filter(|table| !is_filled(table.name)).collect()
}

/// Returns where a table's rows are.
pub(super) fn file(directory: &Path, table: &str) -> PathBuf {
    directory.join(format!("{table}.jsonl.gz"))
}

/// Writes a table's rows and returns how many.
///
/// # Errors
/// Where ClickHouse or the disk refuses.
pub(super) async fn export(store: &Store, table: &Table, written: &str, to: &Path) -> Result<u64> {
    let path = file(to, table.name);
    let condition = if table.is_sinks { written } else { "1" };
    // One query is one look at the table, however long it takes.
    let sql =
        format!("SELECT * FROM {} WHERE {condition} SETTINGS output_format_json_quote_64bit_integers = 0", table.name);
    let open = File::create(&path).with_context(|| format!("creating {}", path.display()))?;
    let mut packed = GzEncoder::new(open, Compression::fast());
    let mut rows = 0;
    let each = |bytes: &[u8]| -> Result<()> {
        rows += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        packed.write_all(bytes).with_context(|| format!("writing {}", path.display()))
    };
    store.each_piece(&sql, "JSONEachRow", each).await.with_context(|| format!("reading table {}", table.name))?;
    packed.finish()?.sync_all().with_context(|| format!("writing {}", path.display()))?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_views_fill_is_not_kept_and_all_else_is() {
        let tables = tables();
        let is_kept = |name: &str| tables.iter().find(|table| table.name == name).map(|table| table.is_sinks);
        for name in ["feedback", "orders", "visits", "customers", "outcomes", "dead_letters"] {
            assert_eq!(is_kept(name), Some(true), "{name}");
        }
        for name in
            ["alerts", "cases", "case_events", "messages", "deliveries", "audit_log", "actions", "brands", "calendar"]
        {
            assert_eq!(is_kept(name), Some(false), "{name}");
        }
        let filled = [
            "states",
            "superseded",
            "survey_answers",
            "identities",
            "feedback_minute",
            "keyword_hour",
            "customer_standing",
        ];
        for name in filled.into_iter().chain(["customer_names", "v_feedback"]) {
            assert_eq!(is_kept(name), None, "{name}");
        }
    }
}

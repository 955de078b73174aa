//! From files to tables that are empty.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;
use hearken_schemas::tables::{DATABASE, OBJECTS};

use super::export::{file, tables};
use crate::store::{Store, quoted};

/// Rows go out in pieces of about this size.
const PIECE_BYTES: usize = 8 << 20;

/// The catalog: a new database has the one that ships, and it gives way to the backup's.
const CATALOG: [&str; 5] = ["sources", "brands", "products", "places", "touchpoints"];

/// Says which tables have rows already.
pub(super) async fn taken(store: &Store) -> Result<Option<String>> {
    let names: Vec<String> =
        tables().iter().filter(|table| !CATALOG.contains(&table.name)).map(|table| quoted(table.name)).collect();
    let sql = format!(
        "SELECT arrayStringConcat(groupArray(name), ', ') FROM (SELECT name FROM system.tables WHERE database = {} \
         AND name IN ({}) AND total_rows > 0 ORDER BY name)",
        quoted(DATABASE),
        names.join(", ")
    );
    let there = store.outside().text(&sql, "TSVRaw").await?;
    let there = there.trim();
    Ok((!there.is_empty()).then(|| {
        format!(
            "there are rows in {there}, and they would be there twice: restore into an empty ClickHouse, or give this one's data up \
             first (DROP DATABASE {DATABASE})"
        )
    }))
}

/// Loads a table and looks whether all of it is there.
///
/// # Errors
/// Where the file is damaged or ClickHouse refuses; the tables are to be dropped then, and the restore run again.
pub(super) async fn load(store: &Store, table: &str, rows: u64, from: &Path) -> Result<()> {
    let path = file(from, table);
    let open =
        File::open(&path).with_context(|| format!("{} belongs to the backup and cannot be read", path.display()))?;
    let mut lines = BufReader::new(GzDecoder::new(open));
    if CATALOG.contains(&table) {
        store.execute(&format!("TRUNCATE TABLE {table}")).await?;
    }
    let before = store.number(&format!("SELECT count() FROM {table}")).await?;
    loop {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        while piece.len() < PIECE_BYTES {
            let read = lines.read_until(b'\n', &mut piece).with_context(|| format!("{} is damaged", path.display()))?;
            if read == 0 {
                break;
            }
        }
        if piece.is_empty() {
            break;
        }
        store.insert_lines(table, piece).await.with_context(|| format!("loading table {table}"))?;
    }
    let loaded = store.number(&format!("SELECT count() FROM {table}")).await? - before;
    ensure!(
        loaded == rows as i64,
        "table {table} has {loaded} rows of the backup's {rows}: a file is damaged, or somebody writes; drop the database and \
         restore again"
    );
    Ok(())
}

/// Brings up to date what is computed from the tables now and then.
pub(super) async fn refresh(store: &Store) -> Result<()> {
    for object in OBJECTS {
        if object.is_dictionary() {
            store.execute(&format!("SYSTEM RELOAD DICTIONARY {}", object.name())).await?;
        } else if object.statement.contains("REFRESH EVERY") {
            store.execute(&format!("SYSTEM REFRESH VIEW {}", object.name())).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalog_is_kept_as_any_table() {
        for name in CATALOG {
            assert!(tables().iter().any(|table| table.name == name), "{name}");
        }
    }
}

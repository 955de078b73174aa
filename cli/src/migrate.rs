//! Creating the tables and views.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use hearken_schemas::tables::{DATABASE, OBJECTS, Object};
use serde::Deserialize;

use crate::Endpoints;
use crate::store::{Store, quoted};

const LOG: &str = "CREATE TABLE IF NOT EXISTS migrations
(
    file String COMMENT 'The file, without .sql',
    crc UInt32 COMMENT 'CRC-32 of the statement that was run',
    applied_at DateTime64(3, ''UTC'') DEFAULT now64(3) COMMENT 'When'
)
ENGINE = MergeTree
ORDER BY (file, applied_at)
COMMENT 'Which statements made the objects of this database'";

#[derive(Deserialize)]
struct Applied {
    file: String,
    crc: u32,
}

/// Runs `hearken migrate`.
pub(crate) async fn run(endpoints: Endpoints) -> Result<ExitCode> {
    let created = migrate(&Store::new(&endpoints)).await?;
    match created.len() {
        0 => println!("every table and view is there"),
        count => println!("{count} created: {}", created.join(", ")),
    }
    Ok(ExitCode::SUCCESS)
}

/// Creates what is missing, replaces views that changed, and returns the files that were run.
///
/// # Errors
/// Where a table was made by another statement than this version's: changing it needs a migration of its own.
pub(crate) async fn migrate(store: &Store) -> Result<Vec<&'static str>> {
    store.outside().execute(&format!("CREATE DATABASE IF NOT EXISTS {DATABASE} ENGINE = Atomic")).await?;
    store.execute(&LOG.replace("''", "'")).await?;
    let newest = "SELECT file, argMax(crc, applied_at) AS crc FROM migrations GROUP BY file";
    let applied: BTreeMap<String, u32> =
        store.rows::<Applied>(newest).await?.into_iter().map(|row| (row.file, row.crc)).collect();
    let mut created = Vec::new();
    for object in OBJECTS {
        let crc = crc32fast::hash(object.statement.as_bytes());
        match applied.get(object.file) {
            Some(known) if *known == crc => continue,
            Some(_) if !replaceable(object) => bail!(
                "{} was made by another version of this statement, and this version cannot change it in place (on a laptop, \
                 `make clean-data` starts anew)",
                object.name()
            ),
            Some(_) | None => {}
        }
        store.execute(object.statement).await.with_context(|| format!("creating {}", object.name()))?;
        let note = format!("INSERT INTO migrations (file, crc) VALUES ({}, {crc})", quoted(object.file));
        store.execute(&note).await?;
        created.push(object.file);
    }
    Ok(created)
}

/// A view holds no data, so its newest statement simply takes the place of the old one.
fn replaceable(object: &Object) -> bool {
    object.statement.starts_with("CREATE OR REPLACE VIEW")
}

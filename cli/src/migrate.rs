//! Creating the tables and views.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use hearken_schemas::catalog::Catalog;
use hearken_schemas::tables::{DATABASE, OBJECTS, Object};
use serde::Deserialize;

use crate::Endpoints;
use crate::catalog;
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
    let created = migrate(&Store::new(&endpoints)?).await?;
    match created.len() {
        0 => println!("every table and view is there"),
        count => println!("{count} created: {}", created.join(", ")),
    }
    Ok(ExitCode::SUCCESS)
}

/// Creates what is missing, replaces views and dictionaries that changed, and returns the files that were run.
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
    // A view carries the text of the functions it was made with.
    let mut functions_changed = false;
    for object in OBJECTS {
        let crc = crc32fast::hash(object.statement.as_bytes());
        match applied.get(object.file) {
            Some(known) if *known == crc && (object.is_dictionary() || (object.is_view() && functions_changed)) => {
                create(store, object).await?;
                continue;
            }
            Some(known) if *known == crc => continue,
            Some(_) if !replaceable(object) => bail!(
                "{} was made by another version of this statement, and this version cannot change it in place (on a laptop, \
                 `make clean-data` starts anew)",
                object.name()
            ),
            Some(_) | None => {}
        }
        create(store, object).await?;
        functions_changed |= object.is_function();
        let note = format!("INSERT INTO migrations (file, crc) VALUES ({}, {crc})", quoted(object.file));
        store.execute(&note).await?;
        created.push(object.file);
    }
    if store.number("SELECT count() FROM touchpoints").await? == 0 {
        // What ships with Hearken is there from the beginning; a company's catalog goes on top.
        catalog::load(store, &Catalog::default()).await?;
    }
    Ok(created)
}

async fn create(store: &Store, object: &Object) -> Result<()> {
    let (user, password) = store.credentials();
    let statement = as_user(object, user, password);
    store.execute(&statement).await.with_context(|| format!("creating {}", object.name()))
}

/// A dictionary reads its table as a user of the server, so it keeps the credentials; a changed password reaches it because
/// it is made anew by every migration. They are no part of the statement that is remembered.
fn as_user(object: &Object, user: &str, password: &str) -> String {
    let source = "SOURCE(CLICKHOUSE(";
    let credentials = format!("{source}USER {} PASSWORD {} ", quoted(user), quoted(password));
    object.statement.replace(source, &credentials)
}

/// A function, a view or a dictionary holds no data, so its newest statement simply takes the place of the old one.
fn replaceable(object: &Object) -> bool {
    object.is_function() || object.is_view() || object.is_dictionary()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_reads_as_the_user_and_nothing_else_knows_the_password() {
        for object in OBJECTS {
            let statement = as_user(object, "ana", "it's");
            let expected = if object.is_dictionary() { 1 } else { 0 };
            assert_eq!(
                statement.matches(r"(CLICKHOUSE(USER 'ana' PASSWORD 'it\'s' DB 'hearken'").count(),
                expected,
                "{}",
                object.file
            );
            assert_eq!(
                statement.matches("it").count() - object.statement.matches("it").count(),
                expected,
                "{}",
                object.file
            );
        }
        assert!(OBJECTS.iter().any(Object::is_dictionary));
    }
}

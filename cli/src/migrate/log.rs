//! The table `migrations`: which statements made the objects, and which steps were run.

use std::collections::BTreeMap;

use anyhow::Result;
use hearken_schemas::tables::REVISION;
use serde::Deserialize;

use super::step::Step;
use crate::store::{Store, quoted};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations
(
    file String COMMENT 'The file, without .sql; of one step of a file also what was done, behind a #',
    crc UInt32 COMMENT 'CRC-32 of the statement that was run',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was noted',
    statement String COMMENT 'What was run; a dictionary''s credentials are not among it',
    program String COMMENT 'The version of hearken that ran it',
    revision UInt32 COMMENT 'The ordinal of the statements that this version has',
    ended Bool DEFAULT true COMMENT 'Whether it was done; false where it was begun'
)
ENGINE = MergeTree
ORDER BY (file, applied_at)
COMMENT 'Which statements made the objects of this database, and which steps brought them forward; a step has two rows, begun and ended'";

/// What databases of earlier versions lack.
const SINCE: [&str; 4] = [
    "ADD COLUMN IF NOT EXISTS statement String COMMENT 'What was run; a dictionary''s credentials are not among it'",
    "ADD COLUMN IF NOT EXISTS program String COMMENT 'The version of hearken that ran it'",
    "ADD COLUMN IF NOT EXISTS revision UInt32 COMMENT 'The ordinal of the statements that this version has'",
    "ADD COLUMN IF NOT EXISTS ended Bool DEFAULT true COMMENT 'Whether it was done; false where it was begun'",
];

/// Between two statements of one step.
const BETWEEN: &str = ";\n";

/// A row; of what an earlier version wrote, as it would be written now.
#[derive(Debug, Clone, Deserialize)]
struct Entry {
    file: String,
    crc: u32,
    applied_at: String,
    #[serde(default)]
    statement: String,
    #[serde(default)]
    program: String,
    #[serde(default)]
    revision: u32,
    #[serde(default = "done")]
    ended: bool,
}

fn done() -> bool {
    true
}

/// What was noted last of everything.
#[derive(Debug, Default)]
pub(super) struct Log {
    newest: BTreeMap<String, Entry>,
    /// The highest ordinal of statements that any program had which changed this database.
    pub(super) revision: u32,
    /// The version of that program.
    pub(super) program: String,
}

impl Log {
    /// Makes the table, or adds what an earlier version's lacks.
    pub(super) async fn prepare(store: &Store) -> Result<()> {
        store.execute(TABLE).await?;
        store.execute(&format!("ALTER TABLE migrations {}", SINCE.join(", "))).await
    }

    /// Reads the table, of an earlier version too.
    pub(super) async fn read(store: &Store) -> Result<Self> {
        let mut entries: Vec<Entry> = store.rows("SELECT * FROM migrations").await?;
        entries.sort_by(|a, b| (&a.applied_at, a.ended).cmp(&(&b.applied_at, b.ended)));
        let mut log = Self::default();
        for entry in entries {
            if entry.revision >= log.revision {
                log.revision = entry.revision;
                log.program.clone_from(&entry.program);
            }
            log.newest.insert(entry.file.clone(), entry);
        }
        Ok(log)
    }

    /// Returns the checksum of the statement that a file's object was made by or brought to.
    pub(super) fn crc(&self, file: &str) -> Option<u32> {
        self.newest.get(file).map(|entry| entry.crc)
    }

    /// Notes as ended what was only begun.
    pub(super) async fn end_begun(&self, store: &Store) -> Result<()> {
        for entry in self.newest.values().filter(|entry| !entry.ended) {
            note(store, &entry.file, entry.crc, &entry.statement, true).await?;
        }
        Ok(())
    }

    /// Returns the steps that were begun, not ended, and leave no trace by which a comparison would know: an index that is there
    /// and was not built for all rows.
    pub(super) fn owed(&self) -> impl Iterator<Item = Step> {
        self.newest.values().filter(|entry| !entry.ended).filter_map(|entry| {
            let (file, what) = entry.file.split_once('#').filter(|(_, what)| what.starts_with("build "))?;
            Some(Step {
                file: file.to_owned(),
                object: file.split_once('_').map_or(file, |(_, name)| name).to_owned(),
                what: what.to_owned(),
                statements: entry.statement.split(BETWEEN).map(str::to_owned).collect(),
                rewrites_bytes: Some(0),
                stops_sink: false,
            })
        })
    }
}

/// Notes a step as begun or as ended.
pub(super) async fn note_step(store: &Store, step: &Step, ended: bool) -> Result<()> {
    let statement = step.statements.join(BETWEEN);
    let name = format!("{}#{}", step.file, step.what);
    note(store, &name, crc32fast::hash(statement.as_bytes()), &statement, ended).await
}

/// Notes that an object is as this version's statement makes it.
pub(super) async fn note_object(store: &Store, file: &str, crc: u32, statement: &str) -> Result<()> {
    note(store, file, crc, statement, true).await
}

async fn note(store: &Store, file: &str, crc: u32, statement: &str, ended: bool) -> Result<()> {
    let (file, statement, program) = (quoted(file), quoted(statement), quoted(env!("CARGO_PKG_VERSION")));
    store
        .execute(&format!(
            "INSERT INTO migrations (file, crc, statement, program, revision, ended) \
             VALUES ({file}, {crc}, {statement}, {program}, {REVISION}, {ended})"
        ))
        .await
}

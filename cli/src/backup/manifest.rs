//! What a backup says of itself: when it was made, of which log, how far.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use hearken_sink::intent::Intent;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::quoted;

/// The file; it is written last, so a backup without it is none.
const FILE: &str = "backup.json";
/// The version of the directory's form.
const FORMAT: u32 = 1;

/// A partition of the sink's input, and how far the sink was with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) topic: String,
    pub(super) partition: i32,
    /// Everything before this offset is written.
    pub(super) offset: i64,
    /// The life of the offsets.
    pub(super) epoch: u32,
    /// The record before that offset, by which the topic is known again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) probe: Option<Probe>,
}

/// A record that a topic must still have, or have forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Probe {
    pub(super) offset: i64,
    pub(super) crc: u32,
}

/// Where the log was when a backup began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Log {
    /// The Kafka cluster's own id.
    pub(super) cluster: Option<String>,
    pub(super) positions: Vec<Position>,
    /// The alert service's commit: offset and metadata, which says what was evaluated.
    pub(super) evaluated: Option<(i64, String)>,
    /// The offset that the next alert got.
    pub(super) alerts_end: i64,
    /// The offset that the next erasure got.
    pub(super) erasures_end: i64,
}

/// A backup, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// The release that made it.
    pub(super) release: String,
    /// When it began.
    pub(super) at: Timestamp,
    pub(super) cluster: Option<String>,
    pub(super) positions: Vec<Position>,
    pub(super) evaluated: Option<(i64, String)>,
    pub(super) alerts_end: i64,
    pub(super) erasures_end: i64,
    /// Rows of each table.
    pub(super) tables: BTreeMap<String, u64>,
}

impl Manifest {
    /// Describes a backup that is complete.
    pub(super) fn new(log: Log, tables: BTreeMap<String, u64>) -> Self {
        let Log { cluster, positions, evaluated, alerts_end, erasures_end } = log;
        let (format, release, at) = (FORMAT, env!("CARGO_PKG_VERSION").to_owned(), Timestamp::now());
        Self { format, release, at, cluster, positions, evaluated, alerts_end, erasures_end, tables }
    }

    /// Writes it, whole or not at all.
    pub(super) fn write(&self, to: &Path) -> Result<()> {
        let (path, partial) = (to.join(FILE), to.join("backup.json.partial"));
        fs::write(&partial, serde_json::to_vec_pretty(self)?)
            .with_context(|| format!("writing {}", partial.display()))?;
        fs::rename(&partial, &path).with_context(|| format!("writing {}", path.display()))
    }

    /// Reads it.
    ///
    /// # Errors
    /// Where it is not there, which means that the backup did not come to its end, or a later release wrote it.
    pub(super) fn read(from: &Path) -> Result<Self> {
        let path = from.join(FILE);
        let text = fs::read(&path).with_context(|| {
            format!("{} cannot be read: is it a backup, and did it come to its end?", path.display())
        })?;
        let manifest: Self = serde_json::from_slice(&text).with_context(|| format!("reading {}", path.display()))?;
        ensure!(
            manifest.format == FORMAT,
            "{} is of form {}, this release reads {FORMAT}: use release {}",
            path.display(),
            manifest.format,
            manifest.release
        );
        Ok(manifest)
    }
}

/// Returns the epoch that a commit of the sink speaks of; 0 where somebody else made the commit, and where there is none.
pub(super) fn epoch(metadata: &str) -> Result<u32> {
    Ok(Intent::parse(metadata)?.map_or(0, |intent| intent.epoch))
}

/// Selects rows that were written for certain: of the newest epoch none beyond the position, so that ranges in flight, of which some tables
/// or views may have more than others, are left out everywhere.
pub(super) fn beyond(positions: &[Position]) -> String {
    let beyond = |Position { topic, partition, offset, epoch, .. }: &Position| {
        format!(
            "(in_topic = {} AND in_partition = {partition} AND in_epoch >= {epoch} AND in_offset >= {offset})",
            quoted(topic)
        )
    };
    let all: Vec<String> = positions.iter().map(beyond).collect();
    if all.is_empty() { "1".to_owned() } else { format!("NOT ({})", all.join(" OR ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> Log {
        let probe = Some(Probe { offset: 6, crc: 9 });
        let position = Position { topic: "t".to_owned(), partition: 2, offset: 7, epoch: 3, probe };
        Log {
            cluster: Some("c".to_owned()),
            positions: vec![position],
            evaluated: Some((4, "v1;2:5".to_owned())),
            alerts_end: 8,
            erasures_end: 0,
        }
    }

    #[test]
    fn a_backup_is_read_as_it_was_written_and_half_of_one_is_none() {
        let directory = tempfile::tempdir().expect("a directory");
        let missing = Manifest::read(directory.path()).expect_err("there is none");
        assert!(missing.to_string().contains("did it come to its end?"), "{missing}");
        let manifest = Manifest::new(log(), BTreeMap::from([("feedback".to_owned(), 5)]));
        manifest.write(directory.path()).expect("written");
        assert_eq!(Manifest::read(directory.path()).expect("read"), manifest);
        Manifest { format: 2, ..manifest }.write(directory.path()).expect("written");
        let newer = Manifest::read(directory.path()).expect_err("of another form");
        assert!(newer.to_string().contains("is of form 2, this release reads 1"), "{newer}");
    }

    #[test]
    fn what_was_in_flight_is_left_out() {
        assert_eq!(beyond(&[]), "1");
        let expected = "NOT ((in_topic = 't' AND in_partition = 2 AND in_epoch >= 3 AND in_offset >= 7))";
        assert_eq!(beyond(&log().positions), expected);
        assert_eq!(epoch("v1;3;7-9").ok(), Some(3));
        assert_eq!(epoch("").ok(), Some(0));
        assert!(epoch("v3;3;").is_err());
    }
}

//! Rows of `outcomes`.

use uuid::Uuid;

use super::{Lineage, StateRow};

/// Why a record rightly made no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutcomeKind {
    /// The same state again.
    Repeat,
    /// An older state than the newest known.
    Stale,
    /// It names somebody who was erased.
    Erased,
}

impl OutcomeKind {
    /// Returns the name used in the table and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Repeat => "repeat",
            Self::Stale => "stale",
            Self::Erased => "erased",
        }
    }
}

/// One row of `outcomes`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the table's column comments say what each field is")]
pub struct OutcomeRow {
    pub kind: OutcomeKind,
    pub record_id: Uuid,
    pub version: u64,
    pub received_at: i64,
    pub lineage: Lineage,
}

impl OutcomeRow {
    /// Returns the outcome of a record that would have made this row.
    pub fn new(kind: OutcomeKind, row: &StateRow) -> Self {
        let (record_id, version) = (row.id(), row.state().version);
        Self { kind, record_id, version, received_at: row.received_at(), lineage: row.lineage() }
    }

    /// Returns the outcome of a record that names somebody who was erased: where it was, and no id.
    pub fn erased(lineage: Lineage, received_at: i64) -> Self {
        Self { kind: OutcomeKind::Erased, record_id: Uuid::nil(), version: 0, received_at, lineage }
    }
}

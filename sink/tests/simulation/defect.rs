//! Defects that are put in on purpose, from outside the protocol, to prove that the stories find them.

use hearken_sink::block::Rows;
use hearken_sink::row::StateRow;
use uuid::Uuid;

use crate::log::ID_MASK;

/// One at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Defect {
    None,
    /// The look-up sees the rows of its own pending ranges.
    SeesPending,
    /// A view's error is taken for a block that cannot be read, and bisected.
    BisectsViewErrors,
    /// The look-up misses the newest state.
    MissesHead,
    /// The commit says that a range is done before its insert.
    CommitsFirst,
    /// The server ignores tokens.
    NoTokens,
    /// The look-up knows of feedback alone.
    ForgetsOperations,
    /// The broker acknowledges a dead letter that it does not keep.
    LosesLetters,
    /// Ranges in flight share ids: each batch speaks of its things under names of its own, so no range waits.
    SharesIds,
    /// The intent is committed before the judgement, so nobody refuses what a paused member judged.
    JudgesAfterCommit,
    /// The coordinator accepts commits of members that lost the partition.
    CommitsOfZombies,
    /// A rewind goes on under the epoch it found.
    KeepsEpoch,
    /// The filter claims to be complete before it was loaded.
    ClaimsCompleteness,
    /// A recovery cuts the pending ranges anew.
    Regroups,
    /// A recovery judges pending ranges by the newest list of erasures, not by the one they were judged by.
    RecoversByNewest,
}

impl Defect {
    /// Every one, none aside.
    pub(crate) const ALL: [Self; 14] = [
        Self::SeesPending,
        Self::BisectsViewErrors,
        Self::MissesHead,
        Self::CommitsFirst,
        Self::NoTokens,
        Self::ForgetsOperations,
        Self::LosesLetters,
        Self::SharesIds,
        Self::JudgesAfterCommit,
        Self::CommitsOfZombies,
        Self::KeepsEpoch,
        Self::ClaimsCompleteness,
        Self::Regroups,
        Self::RecoversByNewest,
    ];
}

/// Gives an id the name that a batch has for it; see [`Defect::SharesIds`].
pub(crate) fn disguise(id: Uuid, batch: u128) -> Uuid {
    Uuid::from_u128(id.as_u128() & ID_MASK | batch << 96)
}

/// Returns the batch whose name for something this is; 0 for the true id.
pub(crate) fn batch_of(id: Uuid) -> u128 {
    id.as_u128() >> 96
}

/// Renames what a row is the state of.
pub(crate) fn rename(row: &mut StateRow, batch: u128) {
    match row {
        StateRow::Feedback(row) => row.feedback_id = disguise(row.feedback_id, batch),
        StateRow::Order(row) => row.record_id = disguise(row.record_id, batch),
        StateRow::Visit(_) | StateRow::Customer(_) => {}
    }
}

/// Gives rows their true ids back.
pub(crate) fn true_names(mut rows: Rows) -> Rows {
    match &mut rows {
        Rows::Feedback(rows) => rows.iter_mut().for_each(|row| row.feedback_id = disguise(row.feedback_id, 0)),
        Rows::Orders(rows) => rows.iter_mut().for_each(|row| row.record_id = disguise(row.record_id, 0)),
        Rows::Outcomes(rows) => rows.iter_mut().for_each(|row| row.record_id = disguise(row.record_id, 0)),
        Rows::Visits(_) | Rows::Customers(_) | Rows::DeadLetters(_) => {}
    }
    rows
}

//! Which offsets of one partition are finished: a pure ledger.

use std::collections::BTreeSet;

/// Tracks the records of one partition between being read and having an outcome.
///
/// Offsets begin in increasing order, with gaps where the log has none, and finish in any order. The frontier is the
/// offset to commit: everything below it is finished.
#[derive(Debug, Default)]
pub struct Ledger {
    open: BTreeSet<i64>,
    next: Option<i64>,
    committed: Option<i64>,
}

/// An offset was used against the ledger's rules; it shows a defect of the caller, and the service stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum LedgerError {
    #[error("offset {offset} began after {next} was expected")]
    OutOfOrder { offset: i64, next: i64 },
    #[error("offset {0} finished without having begun")]
    NotOpen(i64),
}

impl Ledger {
    /// Notes that a record was read.
    ///
    /// # Errors
    /// `OutOfOrder` where the offset is not greater than every one before it.
    pub fn begin(&mut self, offset: i64) -> Result<(), LedgerError> {
        match self.next {
            Some(next) if offset < next => Err(LedgerError::OutOfOrder { offset, next }),
            Some(_) | None => {
                self.next = Some(offset + 1);
                // The group stands at the first record already.
                self.committed.get_or_insert(offset);
                self.open.insert(offset);
                Ok(())
            }
        }
    }

    /// Notes that a record has its outcome.
    ///
    /// # Errors
    /// `NotOpen` where it never began or finished before.
    pub fn finish(&mut self, offset: i64) -> Result<(), LedgerError> {
        if self.open.remove(&offset) { Ok(()) } else { Err(LedgerError::NotOpen(offset)) }
    }

    /// Returns how many records are between read and finished.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// Returns the offset up to which, exclusively, everything is finished; `None` before the first record.
    pub fn frontier(&self) -> Option<i64> {
        self.open.first().copied().or(self.next)
    }

    /// Returns the frontier if it is ahead of the last commit, and takes it as committed; never a lower offset twice.
    pub fn commit(&mut self) -> Option<i64> {
        let frontier = self.frontier()?;
        if self.committed.is_some_and(|committed| frontier <= committed) {
            return None;
        }
        self.committed = Some(frontier);
        Some(frontier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_frontier_waits_for_the_slowest_record() {
        let mut ledger = Ledger::default();
        for offset in [10, 11, 15] {
            ledger.begin(offset).unwrap();
        }
        ledger.finish(11).unwrap();
        assert_eq!(ledger.frontier(), Some(10));
        ledger.finish(10).unwrap();
        assert_eq!(ledger.commit(), Some(15));
        ledger.finish(15).unwrap();
        assert_eq!(ledger.commit(), Some(16));
        assert_eq!(ledger.commit(), None, "nothing new to commit");
        assert_eq!(ledger.open(), 0);
    }

    #[test]
    fn misuse_is_refused() {
        let mut ledger = Ledger::default();
        ledger.begin(5).unwrap();
        assert_eq!(ledger.begin(5), Err(LedgerError::OutOfOrder { offset: 5, next: 6 }));
        assert_eq!(ledger.finish(4), Err(LedgerError::NotOpen(4)));
        ledger.finish(5).unwrap();
        assert_eq!(ledger.finish(5), Err(LedgerError::NotOpen(5)));
    }

    proptest! {
        #[test]
        fn commits_rise_and_never_pass_an_unfinished_record(
            gaps in prop::collection::vec(1i64..4, 1..200),
            order in prop::collection::vec(any::<prop::sample::Index>(), 200),
        ) {
            let mut ledger = Ledger::default();
            let mut offset = 0;
            let mut open: Vec<i64> = gaps.iter().map(|gap| { offset += gap; offset }).collect();
            for &offset in &open {
                ledger.begin(offset).unwrap();
            }
            let last = offset;
            let mut committed = 0;
            for index in order {
                if open.is_empty() { break; }
                let finished = open.swap_remove(index.index(open.len()));
                ledger.finish(finished).unwrap();
                if let Some(commit) = ledger.commit() {
                    prop_assert!(commit > committed, "a commit went back");
                    prop_assert!(open.iter().all(|&offset| offset >= commit), "a commit passed an open record");
                    committed = commit;
                }
            }
            if open.is_empty() {
                prop_assert_eq!(committed, last + 1);
            }
        }
    }
}

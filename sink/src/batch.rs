//! The records of one range, and when there are enough of them.

use std::collections::HashSet;

use hearken_runtime::record::Record;
use hearken_schemas::dead_letter::Rejection;
use hearken_schemas::erasure::Named;

use crate::flight::Identity;
use crate::intent::Range;
use crate::row::{DeadLetterRow, OutcomeRow, StateRow};

/// One record of a batch, parsed.
#[derive(Debug)]
pub enum Item {
    /// It may become a row of a table of states.
    Candidate(Box<Candidate>),
    /// It is a dead letter, of whatever stage, and of whom.
    DeadLetter(Box<DeadLetterRow>, Named),
    /// A service before erased it.
    Erased(Box<OutcomeRow>),
    /// It cannot be read: it goes to the dead letters.
    Rejected(Box<Record>, Rejection),
}

/// A record that may become a row.
#[derive(Debug)]
pub struct Candidate {
    /// The row, as far as the record alone decides it.
    pub row: StateRow,
    /// The record, for the case that it must be given up.
    pub record: Record,
    /// Whom it names.
    pub named: Named,
}

impl Item {
    /// Returns the offset of its record.
    pub fn offset(&self) -> i64 {
        match self {
            Self::Candidate(candidate) => candidate.row.offset(),
            Self::DeadLetter(row, _) => row.lineage.input.at.offset,
            Self::Erased(row) => row.lineage.input.at.offset,
            Self::Rejected(record, _) => record.offset,
        }
    }

    fn identity(&self) -> Option<Identity> {
        match self {
            Self::Candidate(candidate) => Some(Identity::State(candidate.row.id())),
            Self::DeadLetter(row, _) => Some(Identity::Letter(row.stage, row.at.clone())),
            Self::Erased(_) | Self::Rejected(..) => None,
        }
    }
}

/// The records of one range.
#[derive(Debug, Default)]
pub struct Batch {
    /// In order of offset.
    pub items: Vec<Item>,
    /// Offset and CRC-32 of the value of every record of the range, also of those that have their outcome by now.
    pub sums: Vec<(i64, u32)>,
}

impl Batch {
    /// Adds a record that was parsed to `item`.
    pub fn add(&mut self, offset: i64, value_crc: u32, item: Item) {
        self.sums.push((offset, value_crc));
        self.items.push(item);
    }

    /// Returns the first and the last offset; `None` while empty.
    pub fn range(&self) -> Option<Range> {
        Some(Range { first: self.sums.first()?.0, last: self.sums.last()?.0 })
    }

    /// Returns the CRC-32 over the offsets and value checksums of all records.
    pub fn crc(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        for (offset, value_crc) in &self.sums {
            hasher.update(&offset.to_le_bytes());
            hasher.update(&value_crc.to_le_bytes());
        }
        hasher.finalize()
    }

    /// Returns everything it speaks of.
    pub fn identities(&self) -> HashSet<Identity> {
        self.items.iter().filter_map(Item::identity).collect()
    }

    /// Cuts it in two between its items; what has its outcome already stays on either side.
    ///
    /// # Errors
    /// The batch itself where it holds fewer than two.
    pub fn halves(mut self) -> Result<[Self; 2], Self> {
        let items = self.items.split_off(self.items.len() / 2);
        let Some(cut) = items.first().map(Item::offset).filter(|_| !self.items.is_empty()) else {
            return Err(Self { items, sums: self.sums });
        };
        let sums = self.sums.split_off(self.sums.partition_point(|(offset, _)| *offset < cut));
        Ok([self, Self { items, sums }])
    }
}

/// Bounds of a batch; whichever is reached first closes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Records.
    pub rows_max: usize,
    /// Bytes of rows in memory.
    pub bytes_max: usize,
    /// Age of the first record, milliseconds; the worker's timer watches it, for a batch grows old without a record.
    pub age_ms_max: u64,
}

/// What a batch holds so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Records.
    pub rows: usize,
    /// Bytes of rows in memory.
    pub bytes: usize,
}

impl Bounds {
    /// Tells whether a batch of this size takes no more.
    pub fn full(&self, size: Size) -> bool {
        size.rows >= self.rows_max || size.bytes >= self.bytes_max
    }
}

#[cfg(test)]
mod tests {
    use hearken_schemas::dead_letter::Reason;

    use super::*;

    #[test]
    fn whichever_bound_is_reached_first_fills_the_batch() {
        let bounds = Bounds { rows_max: 3, bytes_max: 100, age_ms_max: 50 };
        for (rows, bytes, full) in [(0, 0, false), (2, 99, false), (3, 10, true), (2, 100, true), (1, 200, true)] {
            assert_eq!(bounds.full(Size { rows, bytes }), full, "{rows} rows, {bytes} bytes");
        }
    }

    fn rejected(offset: i64) -> Item {
        Item::Rejected(Box::new(Record::new("t", 0, offset)), Rejection::new(Reason::NotJson, ""))
    }

    #[test]
    fn halves_cover_the_whole_range_and_each_sums_as_if_it_were_read_alone() {
        let mut batch = Batch::default();
        // Offsets 10, 13 and 20 have their outcome already.
        for offset in [10, 11, 13, 14, 17, 20] {
            batch.add(offset, offset as u32 * 7, rejected(offset));
        }
        batch.items.retain(|item| ![10, 13, 20].contains(&item.offset()));
        let [left, right] = batch.halves().expect("three items");
        assert_eq!((left.range(), left.items.len()), (Some(Range { first: 10, last: 13 }), 1));
        assert_eq!((right.range(), right.items.len()), (Some(Range { first: 14, last: 20 }), 2));
        let mut alone = Batch::default();
        for offset in [14, 17, 20] {
            alone.add(offset, offset as u32 * 7, rejected(offset));
        }
        assert_eq!(right.crc(), alone.crc());
        let only = left.halves().expect_err("one item");
        assert_eq!((only.range(), only.items.len()), (Some(Range { first: 10, last: 13 }), 1));
    }
}

//! What the sink is about to insert, kept in the group's offset metadata, and the token that makes a repeat harmless.

use std::fmt;

/// The most bytes the broker keeps as metadata by default.
pub const METADATA_BYTES_MAX: usize = 4_096;

/// A range of offsets of one partition, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first offset.
    pub first: i64,
    /// The last offset.
    pub last: i64,
}

/// What a commit says beside its offset: written as `v1;EPOCH;FIRST-LAST`, or `v1;EPOCH;` with nothing pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Intent {
    /// Raised when offsets change their meaning (a rewind, a restore, a recreated topic), so that no token outlives it.
    pub epoch: u64,
    /// The range whose insert may or may not have happened.
    pub pending: Option<Range>,
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v1;{};", self.epoch)?;
        self.pending.map_or(Ok(()), |Range { first, last }| write!(f, "{first}-{last}"))
    }
}

impl Intent {
    /// Reads what a commit said; metadata that is not ours means that nothing is pending.
    pub fn parse(metadata: &str) -> Self {
        Self::parse_strictly(metadata).unwrap_or_default()
    }

    fn parse_strictly(metadata: &str) -> Option<Self> {
        let (epoch, pending) = metadata.strip_prefix("v1;")?.split_once(';')?;
        let epoch = epoch.parse().ok()?;
        if pending.is_empty() {
            return Some(Self { epoch, pending: None });
        }
        let (first, last) = pending.split_once('-')?;
        let range = Range { first: first.parse().ok()?, last: last.parse().ok()? };
        (range.first <= range.last).then_some(Self { epoch, pending: Some(range) })
    }
}

/// Returns the deduplication token of a range: the same for every attempt, and another for any other content.
///
/// `crc` sums the range's input bytes: ClickHouse drops other rows under a used token without a word, so a topic that
/// was deleted and made again must not meet the tokens of its former life.
pub fn token(epoch: u64, group: &str, (topic, partition): (&str, i32), range: Range, crc: u32) -> String {
    format!("{epoch}:{group}:{topic}:{partition}:{}-{}:{crc:08x}", range.first, range.last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_round_trips_within_the_brokers_limit() {
        let widest = Intent { epoch: u64::MAX, pending: Some(Range { first: i64::MAX - 1, last: i64::MAX }) };
        for intent in [Intent::default(), Intent { epoch: 7, pending: None }, widest] {
            assert_eq!(Intent::parse(&intent.to_string()), intent);
            assert!(intent.to_string().len() <= METADATA_BYTES_MAX);
        }
        assert_eq!(Intent { epoch: 3, pending: Some(Range { first: 10, last: 12 }) }.to_string(), "v1;3;10-12");
    }

    #[test]
    fn metadata_that_is_not_ours_means_nothing_pending() {
        for foreign in ["", "checkpoint", "v2;1;3-4", "v1;x;", "v1;1;4-3", "v1;1;a-b", "v1;1"] {
            assert_eq!(Intent::parse(foreign), Intent::default(), "{foreign:?}");
        }
    }

    #[test]
    fn a_token_names_everything_that_makes_a_range_its_own() {
        let range = Range { first: 5, last: 9 };
        let base = token(0, "g", ("t", 1), range, 7);
        assert_eq!(base, "0:g:t:1:5-9:00000007");
        for other in [
            token(1, "g", ("t", 1), range, 7),
            token(0, "h", ("t", 1), range, 7),
            token(0, "g", ("u", 1), range, 7),
            token(0, "g", ("t", 2), range, 7),
            token(0, "g", ("t", 1), Range { first: 5, last: 8 }, 7),
            token(0, "g", ("t", 1), range, 8),
        ] {
            assert_ne!(base, other);
        }
    }
}

//! Which feedback became visible: how far the sink has written, how far it was evaluated, and what lies between.

use std::collections::BTreeMap;

/// What the metadata begins with; another version is refused instead of being guessed at.
const VERSION: &str = "v1";

/// Kafka keeps 4,096 bytes of metadata beside a committed offset.
pub const METADATA_BYTES_MAX: usize = 4_000;

/// The next offset that is to be evaluated, by partition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Position(BTreeMap<i32, i64>);

/// Why a position cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// The metadata is not of this version.
    #[error(
        "the group's offset carries {0:?}, which a newer hearken-alert wrote; start that release, or stop it and let this one \
         begin again with another kafka.group"
    )]
    Unknown(String),
    /// More partitions than the metadata has room for.
    #[error(
        "the position of {partitions} partitions takes {bytes} bytes, Kafka keeps {METADATA_BYTES_MAX}: the topic has too many"
    )]
    TooLong {
        /// How many partitions.
        partitions: usize,
        /// How many bytes they take.
        bytes: usize,
    },
}

impl Position {
    /// Reads what a commit carries; none where nobody committed, or by hand.
    ///
    /// # Errors
    /// Where another release wrote it.
    pub fn decode(metadata: &str) -> Result<Self, FrontierError> {
        if metadata.is_empty() {
            return Ok(Self::default());
        }
        let unknown = || FrontierError::Unknown(metadata.chars().take(80).collect());
        let rest = metadata.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix(';')).ok_or_else(unknown)?;
        let pair = |pair: &str| {
            let (partition, next) = pair.split_once(':')?;
            Some((partition.parse().ok()?, next.parse().ok().filter(|next: &i64| *next >= 0)?))
        };
        let pairs = rest.split(',').filter(|text| !text.is_empty()).map(|text| pair(text).ok_or_else(unknown));
        Ok(Self(pairs.collect::<Result<_, _>>()?))
    }

    /// Writes it for a commit, such as `v1;0:120,1:77`.
    ///
    /// # Errors
    /// Where it is longer than Kafka keeps.
    pub fn encode(&self) -> Result<String, FrontierError> {
        let pairs: Vec<String> = self.0.iter().map(|(partition, next)| format!("{partition}:{next}")).collect();
        let text = format!("{VERSION};{}", pairs.join(","));
        if text.len() > METADATA_BYTES_MAX {
            return Err(FrontierError::TooLong { partitions: self.0.len(), bytes: text.len() });
        }
        Ok(text)
    }

    /// Returns the next offset of a partition; 0 where nothing of it was evaluated.
    pub fn next(&self, partition: i32) -> i64 {
        self.0.get(&partition).copied().unwrap_or(0)
    }

    /// Goes to the end of these ranges.
    pub fn advance(&mut self, ranges: &[Range]) {
        for range in ranges {
            self.0.insert(range.partition, range.until);
        }
    }

    /// Begins the partitions again whose topic was made again: those of which more was evaluated than there is. Returns them.
    pub fn begin_again(&mut self, written: &[Written]) -> Vec<i32> {
        let mut again = Vec::new();
        for Written { partition, end, .. } in written {
            if self.next(*partition) > *end {
                self.0.insert(*partition, 0);
                again.push(*partition);
            }
        }
        again
    }
}

/// How far the sink is with a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The partition.
    pub partition: i32,
    /// The offset before which everything is written; 0 where the sink never committed.
    pub until: i64,
    /// The offset that the partition's next record gets.
    pub end: i64,
}

impl Written {
    /// Returns the offset before which everything that is there is written: a sink that has not yet noticed that the topic was
    /// made again still says how far it was with the old one.
    fn visible(&self) -> i64 {
        self.until.min(self.end)
    }
}

/// Offsets of one partition, from one up to before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The partition.
    pub partition: i32,
    /// The first offset.
    pub from: i64,
    /// The offset after the last.
    pub until: i64,
}

/// Returns how many offsets are written and not evaluated.
pub fn lag(position: &Position, written: &[Written]) -> i64 {
    written.iter().map(|written| (written.visible() - position.next(written.partition)).max(0)).sum()
}

/// Returns what a round evaluates: of each partition what was written and not evaluated, together at most `records_max` offsets.
/// A partition with little to do gives its share to the others. Where the sink went back behind the position there is nothing
/// until it passes again.
pub fn ranges(position: &Position, written: &[Written], records_max: i64) -> Vec<Range> {
    let open = |written: &Written| {
        let from = position.next(written.partition);
        (written.visible() > from).then_some(Range { partition: written.partition, from, until: written.visible() })
    };
    let mut ranges: Vec<Range> = written.iter().filter_map(open).collect();
    ranges.sort_by_key(|range| (range.until - range.from, range.partition));
    let (mut left, mut partitions) = (records_max.max(1), ranges.len() as i64);
    for range in &mut ranges {
        let share = left / partitions.max(1);
        range.until = range.until.min(range.from + share);
        left -= range.until - range.from;
        partitions -= 1;
    }
    ranges.retain(|range| range.until > range.from);
    ranges.sort_by_key(|range| range.partition);
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(pairs: &[(i32, i64)]) -> Position {
        Position(pairs.iter().copied().collect())
    }

    fn written(until_and_end: &[(i64, i64)]) -> Vec<Written> {
        let numbered = until_and_end.iter().enumerate();
        numbered.map(|(partition, &(until, end))| Written { partition: partition as i32, until, end }).collect()
    }

    fn check(position: &[(i32, i64)], written_: &[(i64, i64)], max: i64, expected: &[(i32, i64, i64)]) {
        let ranges = ranges(&at(position), &written(written_), max);
        let found: Vec<_> = ranges.iter().map(|range| (range.partition, range.from, range.until)).collect();
        assert_eq!(found, expected, "{position:?} {written_:?} {max}");
    }

    #[test]
    fn what_is_written_and_not_evaluated_is_next() {
        check(&[], &[(0, 0), (0, 5)], 100, &[]);
        check(&[], &[(3, 3), (5, 9)], 100, &[(0, 0, 3), (1, 0, 5)]);
        check(&[(0, 3), (1, 2)], &[(3, 3), (5, 9)], 100, &[(1, 2, 5)]);
        // The sink went back: nothing until it passes again.
        check(&[(0, 10)], &[(4, 20)], 100, &[]);
        check(&[(0, 10)], &[(12, 20)], 100, &[(0, 10, 12)]);
        // The sink has not noticed yet that the topic was made again.
        check(&[(0, 2)], &[(500, 3)], 100, &[(0, 2, 3)]);
        check(&[], &[(1_000, 1_000), (1_000, 1_000), (10, 10)], 100, &[(0, 0, 45), (1, 0, 45), (2, 0, 10)]);
        check(&[], &[(1_000, 1_000), (1_000, 1_000)], 1, &[(1, 0, 1)]);
    }

    #[test]
    fn a_topic_made_again_begins_again() {
        let mut position = at(&[(0, 10), (1, 10)]);
        assert_eq!(position.begin_again(&written(&[(3, 3), (10, 10)])), [0]);
        assert_eq!(position, at(&[(0, 0), (1, 10)]));
        assert_eq!(lag(&position, &written(&[(3, 3), (12, 12)])), 5);
    }

    #[test]
    fn a_position_survives_its_commit() {
        for (position, text) in [(at(&[]), "v1;"), (at(&[(0, 120), (1, 77)]), "v1;0:120,1:77")] {
            assert_eq!(position.encode().as_deref(), Ok(text));
            assert_eq!(Position::decode(text), Ok(position));
        }
        assert_eq!(Position::decode(""), Ok(Position::default()));
        for text in ["v2;0:1", "0:1", "v1;0", "v1;0:x", "v1;0:-1", "moved"] {
            assert_eq!(Position::decode(text), Err(FrontierError::Unknown(text.to_owned())));
        }
        let many: Vec<(i32, i64)> = (0..1_000).map(|partition| (partition, 1_000_000)).collect();
        let error = at(&many).encode().expect_err("too long");
        assert!(matches!(error, FrontierError::TooLong { partitions: 1_000, .. }), "{error}");
    }

    proptest! {
        #[test]
        fn rounds_cover_every_offset_once(ends in prop::collection::vec(0i64..300, 1..8), max in 1i64..100) {
            let written = written(&ends.iter().map(|end| (*end, *end)).collect::<Vec<_>>());
            let mut position = Position::default();
            let mut covered = 0;
            loop {
                let ranges = ranges(&position, &written, max);
                let taken: i64 = ranges.iter().map(|range| range.until - range.from).sum();
                prop_assert!(taken <= max);
                prop_assert!(ranges.iter().all(|range| range.from == position.next(range.partition)));
                if taken == 0 {
                    break;
                }
                covered += taken;
                position.advance(&ranges);
            }
            prop_assert_eq!(covered, ends.iter().sum::<i64>());
            prop_assert_eq!(lag(&position, &written), 0);
        }
    }
}

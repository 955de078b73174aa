//! What the sink is about to insert, kept in the group's offset metadata, and the token that makes a repeat harmless.

use std::fmt;

/// The most bytes the broker keeps as metadata by default.
pub const METADATA_BYTES_MAX: usize = 4_096;

/// The most ranges that may be in flight at once; their intent fits the broker's metadata however wide they are.
pub const PENDING_MAX: usize = 16;

/// A range of offsets of one partition, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first offset.
    pub first: i64,
    /// The last offset.
    pub last: i64,
}

/// What a commit says beside its offset: written as `v1;EPOCH;FIRST-LAST,FIRST-LAST`, or `v1;EPOCH;` with nothing
/// pending. Where pending ranges were judged by a list of erasures that was not empty, as
/// `v2;EPOCH;ERASURES;FIRST-LAST,FIRST-LAST`: a release that knows no erasures must not judge them again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Intent {
    /// The life of the partition's offsets. Raised when they change their meaning (a rewind, a restore, a topic made
    /// again), so that no token outlives it and what an earlier life wrote counts as known.
    pub epoch: u32,
    /// The offset before which erasures counted when the pending ranges were judged; of no meaning with nothing pending.
    pub erasures: i64,
    /// The ranges whose insert may or may not have happened, in order.
    pub pending: Vec<Range>,
}

/// A commit that a newer release made: what it says about pending ranges cannot be guessed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the group's offset carries {0:?}, which a newer hearken-sink wrote; start that release, or stop it cleanly first \
     so that nothing is pending"
)]
pub struct Newer(pub String);

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.erasures {
            erasures if erasures > 0 && !self.pending.is_empty() => write!(f, "v2;{};{erasures};", self.epoch)?,
            _ => write!(f, "v1;{};", self.epoch)?,
        }
        for (nth, range) in self.pending.iter().enumerate() {
            write!(f, "{}{range}", if nth == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl Intent {
    /// Reads what a commit said; `None` where it is not the sink's, because somebody moved the group by hand.
    ///
    /// # Errors
    /// `Newer` where a later release wrote it.
    pub fn parse(metadata: &str) -> Result<Option<Self>, Newer> {
        let Some((format, rest)) = metadata.split_once(';') else { return Ok(None) };
        let number = format.strip_prefix('v').and_then(|number| number.parse::<u32>().ok());
        match number {
            Some(1) => Ok(Self::parse_v1(rest)),
            Some(2) => Ok(Self::parse_v2(rest)),
            Some(3..) => Err(Newer(metadata.to_owned())),
            Some(0) | None => Ok(None),
        }
    }

    fn parse_v1(rest: &str) -> Option<Self> {
        let (epoch, pending) = rest.split_once(';')?;
        Some(Self { epoch: epoch.parse().ok()?, erasures: 0, pending: ranges(pending)? })
    }

    fn parse_v2(rest: &str) -> Option<Self> {
        let (epoch, rest) = rest.split_once(';')?;
        let (erasures, pending) = rest.split_once(';')?;
        Some(Self { epoch: epoch.parse().ok()?, erasures: erasures.parse().ok()?, pending: ranges(pending)? })
    }
}

fn ranges(pending: &str) -> Option<Vec<Range>> {
    pending.split(',').filter(|_| !pending.is_empty()).map(Range::parse).collect()
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-')?;
        let range = Self { first: first.parse().ok()?, last: last.parse().ok()? };
        (range.first <= range.last).then_some(range)
    }

    /// Tells whether an offset lies in it.
    pub fn contains(&self, offset: i64) -> bool {
        (self.first..=self.last).contains(&offset)
    }
}

/// Returns the deduplication token of a range: the same for every attempt, and another for any other content.
///
/// `crc` sums the range's input bytes: ClickHouse drops other rows under a used token without a word, so a topic that
/// was deleted and made again must not meet the tokens of its former life.
pub fn token(epoch: u32, group: &str, (topic, partition): (&str, i32), range: Range, crc: u32) -> String {
    format!("{epoch}:{group}:{topic}:{partition}:{range}:{crc:08x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_round_trips_within_the_brokers_limit() {
        let widest = Range { first: i64::MAX - 1, last: i64::MAX };
        let full = Intent { epoch: u32::MAX, erasures: i64::MAX, pending: vec![widest; PENDING_MAX] };
        let pending = vec![Range { first: 10, last: 12 }, Range { first: 15, last: 15 }];
        let two = Intent { epoch: 3, erasures: 0, pending };
        assert_eq!(two.to_string(), "v1;3;10-12,15-15");
        let judged = Intent { erasures: 8, ..two.clone() };
        assert_eq!(judged.to_string(), "v2;3;8;10-12,15-15");
        let done = Intent { pending: Vec::new(), ..judged.clone() };
        assert_eq!(done.to_string(), "v1;3;", "with nothing pending every release can go on");
        for intent in [Intent::default(), Intent { epoch: 7, ..Intent::default() }, two, judged, full] {
            assert_eq!(Intent::parse(&intent.to_string()), Ok(Some(intent.clone())));
            assert!(intent.to_string().len() <= METADATA_BYTES_MAX);
        }
    }

    #[test]
    fn metadata_that_is_not_ours_says_nothing() {
        for foreign in [
            "",
            "checkpoint",
            "x;1;",
            "v0;1;3-4",
            "v1;x;",
            "v1;1;4-3",
            "v1;1;a-b",
            "v1;1",
            "v1;1;1-2,",
            "v2;1;1-2",
            "v2;1;x;1-2",
        ] {
            assert_eq!(Intent::parse(foreign), Ok(None), "{foreign:?}");
        }
    }

    #[test]
    fn metadata_of_a_newer_release_is_an_error() {
        let error = Intent::parse("v3;1;whatever").unwrap_err().to_string();
        assert!(error.contains("\"v3;1;whatever\"") && error.contains("newer hearken-sink"), "{error}");
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

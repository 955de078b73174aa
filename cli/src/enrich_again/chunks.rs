//! How the work is cut: whole hours of what was said, because rows lie by the hour.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// An hour in which feedback was said that is to be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hour {
    /// Where it begins, seconds since the epoch.
    pub(super) at_s: i64,
    /// How much there is.
    pub(super) feedback: u64,
}

/// Hours that are read one after the other before the services are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    /// Where the first hour begins, seconds since the epoch.
    pub(super) first_s: i64,
    /// Where the last hour begins.
    pub(super) last_s: i64,
    /// How much there is in all of them.
    pub(super) feedback: u64,
}

impl Chunk {
    /// Returns the hour it begins with.
    pub(super) fn hour(&self) -> Hour {
        Hour { at_s: self.first_s, feedback: self.feedback }
    }
}

/// Packs hours into chunks of at most so much feedback; an hour of more is a chunk of its own.
pub(super) fn chunks(hours: &[Hour], feedback_max: u64) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    for Hour { at_s, feedback } in hours.iter().copied() {
        match chunks.last_mut().filter(|last| last.feedback + feedback <= feedback_max) {
            Some(last) => {
                last.last_s = at_s;
                last.feedback += feedback;
            }
            None => chunks.push(Chunk { first_s: at_s, last_s: at_s, feedback }),
        }
    }
    chunks
}

/// Sums hours by their months, such as 2026-03.
pub(super) fn months(hours: &[Hour]) -> Vec<(String, u64)> {
    let mut months: Vec<(String, u64)> = Vec::new();
    for Hour { at_s, feedback } in hours {
        let at = Timestamp::from_second(*at_s).unwrap_or_default().to_zoned(TimeZone::UTC);
        let month = at.strftime("%Y-%m").to_string();
        match months.last_mut().filter(|(last, _)| *last == month) {
            Some((_, sum)) => *sum += feedback,
            None => months.push((month, *feedback)),
        }
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(all: &[(i64, u64)]) -> Vec<Hour> {
        all.iter().map(|(hour, feedback)| Hour { at_s: hour * 3_600, feedback: *feedback }).collect()
    }

    #[test]
    fn hours_are_packed_and_none_is_left_out() {
        for (name, of, expected) in [
            ("nothing", &[][..], &[][..]),
            ("all fit", &[(0, 3), (5, 4), (9, 3)], &[(0, 9, 10)]),
            ("one too many", &[(0, 3), (5, 8), (9, 2), (10, 1)], &[(0, 0, 3), (5, 9, 10), (10, 10, 1)]),
            ("an hour of more than fits", &[(0, 1), (1, 70), (2, 1)], &[(0, 0, 1), (1, 1, 70), (2, 2, 1)]),
        ] {
            let found: Vec<_> = chunks(&hours(of), 10)
                .into_iter()
                .map(|chunk| (chunk.first_s / 3_600, chunk.last_s / 3_600, chunk.feedback))
                .collect();
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let hours = hours(&[(0, 3), (743, 4), (744, 5), (8_760, 1)]);
        let expected = [("1970-01", 7), ("1970-02", 5), ("1971-01", 1)].map(|(month, n)| (month.to_owned(), n));
        assert_eq!(months(&hours), expected);
    }
}

//! What one assignment of a partition did, looked at from outside: a pure observer that takes no part in the work.

use std::collections::VecDeque;

/// Records handed over within this time share a mark, so a mark is at most this much older than its records.
const MARK_MS: u64 = 100;

/// Beyond so many marks the last one stands for everything after it: ages are then too high, never too low.
const MARKS_MAX: usize = 4_096;

/// Something that must never happen; one of them in production is a defect of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sentinel {
    /// A commit beyond everything that was handed over: records would be skipped.
    CommitGap,
    /// A commit lower than one before it: records would come again.
    CommitOutOfOrder,
    /// A record that is not after the one before it.
    Overlap,
}

impl Sentinel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::CommitGap, Self::CommitOutOfOrder, Self::Overlap];

    /// Returns its name as a label.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CommitGap => "commit_gap",
            Self::CommitOutOfOrder => "commit_out_of_order",
            Self::Overlap => "overlap",
        }
    }
}

/// Watches the offsets handed over and the commits of one assignment. Times are milliseconds of any steady clock.
///
/// Gaps between offsets are normal (compaction, transactions); only what was handed over counts.
#[derive(Debug, Default)]
pub struct Watch {
    /// The offset after the last record, or where the assignment starts.
    next: Option<i64>,
    committed: Option<i64>,
    /// Where records are open, oldest first.
    marks: VecDeque<Mark>,
    unanswered: u32,
    asked_ms: u64,
}

#[derive(Debug)]
struct Mark {
    last: i64,
    at_ms: u64,
}

impl Watch {
    /// Starts where the group stands; `None` where it never committed.
    pub fn new(committed: Option<i64>) -> Self {
        Self { next: committed, committed, ..Self::default() }
    }

    /// Returns the offset that is read next, where it is known.
    pub fn next(&self) -> Option<i64> {
        self.next
    }

    /// Notes that a record goes to the worker.
    pub fn handed_over(&mut self, offset: i64, now_ms: u64) -> Option<Sentinel> {
        if self.next.is_some_and(|next| offset < next) {
            return Some(Sentinel::Overlap);
        }
        self.next = Some(offset + 1);
        let full = self.marks.len() >= MARKS_MAX;
        match self.marks.back_mut() {
            Some(mark) if full || now_ms.saturating_sub(mark.at_ms) < MARK_MS => mark.last = offset,
            Some(_) | None => self.marks.push_back(Mark { last: offset, at_ms: now_ms }),
        }
        None
    }

    /// Notes that a commit is asked for. The same offset again is fine: it may carry other metadata.
    pub fn asked(&mut self, offset: i64, now_ms: u64) -> Option<Sentinel> {
        if self.unanswered == 0 {
            self.asked_ms = now_ms;
        }
        self.unanswered += 1;
        let before = self.committed.replace(self.committed.map_or(offset, |committed| committed.max(offset)));
        // Where nothing was ever read, to stay at the beginning skips nothing: a commit may be for its metadata alone.
        if offset > self.next.unwrap_or(0) {
            Some(Sentinel::CommitGap)
        } else if before.is_some_and(|before| offset < before) {
            Some(Sentinel::CommitOutOfOrder)
        } else {
            None
        }
    }

    /// Notes the answer to a commit: the coordinator took it or not.
    pub fn answered(&mut self, offset: i64, taken: bool) {
        self.unanswered = self.unanswered.saturating_sub(1);
        while taken && self.marks.front().is_some_and(|mark| mark.last < offset) {
            self.marks.pop_front();
        }
    }

    /// Ends the watch: what is open now is the next owner's.
    pub fn close(&mut self) {
        self.marks.clear();
        self.unanswered = 0;
    }

    /// Returns since when the oldest record is handed over and not covered by a commit; 0 where there is none.
    pub fn oldest_open_ms(&self, now_ms: u64) -> u64 {
        self.marks.front().map_or(0, |mark| now_ms.saturating_sub(mark.at_ms))
    }

    /// Returns since when a commit has no answer; 0 where every one has.
    pub fn unconfirmed_ms(&self, now_ms: u64) -> u64 {
        if self.unanswered == 0 { 0 } else { now_ms.saturating_sub(self.asked_ms) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Plays words such as `r7` (a record) and `c8` (a commit) on an assignment that starts at `committed`.
    fn check(committed: Option<i64>, words: &str, expected: &[Sentinel]) {
        let mut watch = Watch::new(committed);
        let found: Vec<Sentinel> = words
            .split_whitespace()
            .filter_map(|word| match (word.split_at(1), word[1..].parse().expect("an offset")) {
                (("r", _), offset) => watch.handed_over(offset, 0),
                (_, offset) => watch.asked(offset, 0),
            })
            .collect();
        assert_eq!(found, expected, "{words}");
    }

    #[test]
    fn a_sound_life_finds_nothing() {
        check(None, "r0 r1 r2 c3", &[]);
        check(Some(5), "c5 r5 r9 c9 c9 r12 c13", &[]);
        check(Some(5), "r8 c8 c8 c9", &[]);
    }

    #[test]
    fn each_defect_has_its_name() {
        check(Some(5), "r5 c7", &[Sentinel::CommitGap]);
        check(None, "c1", &[Sentinel::CommitGap]);
        check(Some(5), "r5 r6 c7 c6 c7", &[Sentinel::CommitOutOfOrder]);
        check(Some(5), "c4", &[Sentinel::CommitOutOfOrder]);
        check(Some(5), "r5 r5 r6", &[Sentinel::Overlap]);
        check(Some(5), "r4 r5", &[Sentinel::Overlap]);
    }

    #[test]
    fn a_commit_without_an_answer_gets_older_until_it_has_one() {
        let mut watch = Watch::new(Some(0));
        assert_eq!(watch.unconfirmed_ms(9), 0);
        watch.asked(0, 10);
        assert_eq!(watch.unconfirmed_ms(25), 15);
        watch.answered(0, false);
        assert_eq!(watch.unconfirmed_ms(30), 0);
    }

    #[test]
    fn an_ended_assignment_has_nothing_open() {
        let mut watch = Watch::new(Some(0));
        watch.handed_over(0, 1);
        watch.asked(0, 2);
        watch.close();
        assert_eq!((watch.oldest_open_ms(99), watch.unconfirmed_ms(99)), (0, 0));
    }

    #[test]
    fn marks_are_bounded_and_ages_then_too_high() {
        let mut watch = Watch::new(Some(0));
        let last = 2 * MARKS_MAX as i64;
        for offset in 0..=last {
            watch.handed_over(offset, offset as u64 * MARK_MS);
        }
        assert_eq!(watch.marks.len(), MARKS_MAX);
        watch.answered(last, true);
        assert!(watch.oldest_open_ms(last as u64 * MARK_MS) >= MARKS_MAX as u64 * MARK_MS);
        watch.answered(last + 1, true);
        assert_eq!(watch.oldest_open_ms(u64::MAX), 0);
    }

    proptest! {
        /// The age is that of the oldest record that no commit covers, or up to a mark's width more.
        #[test]
        fn the_age_is_the_oldest_open_records(
            steps in prop::collection::vec((1i64..4, 0u64..250, prop::option::of(any::<prop::sample::Index>())), 1..200)
        ) {
            let mut watch = Watch::new(None);
            let (mut offset, mut now_ms, mut committed) = (0, 0, 0);
            let mut handed: Vec<(i64, u64)> = Vec::new();
            for (gap, wait_ms, commit) in steps {
                offset += gap;
                now_ms += wait_ms;
                prop_assert_eq!(watch.handed_over(offset, now_ms), None);
                handed.push((offset, now_ms));
                if let Some(index) = commit {
                    let up_to = handed[index.index(handed.len())].0 + 1;
                    if up_to >= committed {
                        prop_assert_eq!(watch.asked(up_to, now_ms), None);
                        watch.answered(up_to, true);
                        committed = up_to;
                    } else {
                        prop_assert_eq!(watch.asked(up_to, now_ms), Some(Sentinel::CommitOutOfOrder));
                        watch.answered(up_to, false);
                    }
                }
                let exact = handed.iter().find(|(offset, _)| *offset >= committed).map_or(0, |(_, at)| now_ms - at);
                let shown = watch.oldest_open_ms(now_ms);
                prop_assert!((exact..exact + MARK_MS).contains(&shown), "{shown} for {exact}");
            }
        }
    }
}

//! The ranges of one partition that are being written: a pure ledger of what may or may not have happened.
//!
//! Ranges in flight never speak of the same things: a batch that does waits (see [`Flight::meets`]). So each can be
//! judged from the database alone, and in any order after a crash.

use std::collections::{HashSet, VecDeque};

use uuid::Uuid;

use crate::intent::{Intent, Range};
use crate::row::At;

/// What a row is known by, across ranges.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Identity {
    /// A feedback, or one state of an order, a visit or a customer.
    State(Uuid),
    /// A dead letter: its stage, and the record that was given up.
    Letter(&'static str, At),
}

/// The ranges in flight, oldest first.
#[derive(Debug)]
pub struct Flight {
    epoch: u32,
    erasures: i64,
    next: Option<i64>,
    open: VecDeque<Open>,
}

#[derive(Debug)]
struct Open {
    range: Range,
    speaks_of: HashSet<Identity>,
    written: bool,
}

impl Flight {
    /// Begins with what the last commit said: its pending ranges are in flight until they have been written again.
    pub fn new(intent: Intent) -> Self {
        let open = |range| Open { range, speaks_of: HashSet::new(), written: false };
        let Intent { epoch, erasures, pending } = intent;
        Self { epoch, erasures, next: None, open: pending.into_iter().map(open).collect() }
    }

    /// Returns the life of the offsets.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Returns the offset before which erasures count for every range in flight.
    pub fn erasures(&self) -> i64 {
        self.erasures
    }

    /// Judges by what stands before this offset from here on; with nothing in flight, because the intent has one offset for all.
    pub fn judge_by(&mut self, erasures: i64) {
        debug_assert!(self.open.is_empty(), "{} ranges are in flight", self.open.len());
        self.erasures = erasures;
    }

    /// Returns the ranges in flight, in order.
    pub fn ranges(&self) -> Vec<Range> {
        self.open.iter().map(|open| open.range).collect()
    }

    /// Returns the ids of states that ranges in flight speak of.
    pub fn ids(&self) -> impl Iterator<Item = &Uuid> {
        let identities = self.open.iter().flat_map(|open| &open.speaks_of);
        identities.filter_map(|identity| match identity {
            Identity::State(id) => Some(id),
            Identity::Letter(..) => None,
        })
    }

    /// Tells whether a range in flight, other than `range` itself, speaks of one of these.
    pub fn meets(&self, range: Range, identities: &HashSet<Identity>) -> bool {
        let others = self.open.iter().filter(|open| open.range != range);
        others.into_iter().any(|open| !open.speaks_of.is_disjoint(identities))
    }

    /// Takes a range into flight; one that was pending when the partition was assigned is there already.
    pub fn begin(&mut self, range: Range, speaks_of: HashSet<Identity>) {
        self.next = self.next.max(Some(range.last + 1));
        match self.open.iter_mut().find(|open| open.range == range) {
            Some(open) => open.speaks_of = speaks_of,
            None => self.open.push_back(Open { range, speaks_of, written: false }),
        }
    }

    /// Notes that a range is written; it stays in flight while an older one is.
    pub fn finish(&mut self, range: Range) {
        self.open.iter_mut().filter(|open| open.range == range).for_each(|open| open.written = true);
        while self.open.front().is_some_and(|open| open.written) {
            self.open.pop_front();
        }
    }

    /// Begins another life of the offsets, with nothing in flight: what was written so far counts as known from here.
    pub fn raise(&mut self) {
        self.epoch += 1;
        self.open.clear();
    }

    /// Returns what is to be committed: the offset before which everything is written, and the ranges in flight.
    /// `None` before the first range.
    pub fn commit(&self) -> Option<(i64, Intent)> {
        let offset = self.open.front().map(|open| open.range.first).or(self.next)?;
        Some((offset, Intent { epoch: self.epoch, erasures: self.erasures, pending: self.ranges() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: i64, last: i64) -> Range {
        Range { first, last }
    }

    fn of(ids: &[u128]) -> HashSet<Identity> {
        ids.iter().map(|id| Identity::State(Uuid::from_u128(*id))).collect()
    }

    fn check(flight: &Flight, offset: i64, metadata: &str) {
        let (found, intent) = flight.commit().expect("a range has begun");
        assert_eq!((found, intent.to_string().as_str()), (offset, metadata));
    }

    #[test]
    fn the_offset_waits_for_the_oldest_range() {
        let mut flight = Flight::new(Intent::default());
        assert_eq!(flight.commit(), None, "nothing was read yet");
        flight.begin(range(0, 4), of(&[1]));
        flight.begin(range(5, 5), of(&[2]));
        flight.begin(range(8, 9), of(&[3]));
        check(&flight, 0, "v1;0;0-4,5-5,8-9");
        flight.finish(range(5, 5));
        check(&flight, 0, "v1;0;0-4,5-5,8-9");
        flight.finish(range(0, 4));
        check(&flight, 8, "v1;0;8-9");
        flight.finish(range(8, 9));
        check(&flight, 10, "v1;0;");
    }

    #[test]
    fn what_was_pending_stays_so_until_it_is_written_again() {
        let mut flight = Flight::new(Intent { epoch: 2, erasures: 0, pending: vec![range(3, 4), range(5, 6)] });
        check(&flight, 3, "v1;2;3-4,5-6");
        flight.begin(range(3, 4), of(&[1]));
        check(&flight, 3, "v1;2;3-4,5-6");
        flight.finish(range(3, 4));
        check(&flight, 5, "v1;2;5-6");
        assert_eq!(flight.ranges().len(), 1);
    }

    #[test]
    fn what_is_in_flight_is_judged_by_one_list() {
        let mut flight = Flight::new(Intent { epoch: 0, erasures: 4, pending: vec![range(3, 4)] });
        flight.begin(range(3, 4), of(&[1]));
        flight.begin(range(5, 5), of(&[2]));
        check(&flight, 3, "v2;0;4;3-4,5-5");
        flight.finish(range(3, 4));
        flight.finish(range(5, 5));
        flight.judge_by(9);
        flight.begin(range(6, 6), of(&[1]));
        check(&flight, 6, "v2;0;9;6-6");
    }

    #[test]
    fn who_speaks_of_the_same_waits() {
        let mut flight = Flight::new(Intent::default());
        flight.begin(range(0, 4), of(&[1, 2]));
        assert!(flight.meets(range(5, 6), &of(&[2, 3])));
        assert!(!flight.meets(range(5, 6), &of(&[3])));
        assert!(!flight.meets(range(0, 4), &of(&[1])), "a range does not wait for itself");
        flight.finish(range(0, 4));
        assert!(!flight.meets(range(5, 6), &of(&[2, 3])));
    }

    #[test]
    fn another_life_begins_with_nothing_in_flight() {
        let mut flight = Flight::new(Intent::default());
        flight.begin(range(0, 4), of(&[1]));
        flight.raise();
        assert!(flight.ranges().is_empty());
        check(&flight, 5, "v1;1;");
    }
}

//! When somebody is at work, and what time that leaves: hours per weekday, holidays, days made up for, in a time zone.
//!
//! A shift belongs to the day on which it begins: a night shift of the evening before a holiday goes on into it, the holiday's own
//! falls away. It opens and closes at the first moment at which the wall clock shows that time or a later one, so a time that the
//! change to summer time leaves out is the moment of the change, and one that comes twice is the first.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::hours::Shift;

/// How far ahead work is looked for. A calendar has hours in every week, and its holidays end.
const DAYS_AHEAD: usize = 3_660;

/// The hours of one or more owners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The zone of its hours.
    pub zone: TimeZone,
    /// Shifts by weekday from Monday.
    pub hours: [Vec<Shift>; 7],
    /// Days without work.
    pub holidays: BTreeSet<Date>,
    /// Days that are worked instead, with their own shifts.
    pub made_up: BTreeMap<Date, Vec<Shift>>,
}

impl Default for Calendar {
    /// Round the clock.
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            hours: std::array::from_fn(|_| vec![Shift::WHOLE]),
            holidays: BTreeSet::new(),
            made_up: BTreeMap::new(),
        }
    }
}

impl Calendar {
    /// Returns the moment at which so many minutes of work have passed since `at`; with none, `at` itself or the next opening.
    pub fn add(&self, at: Timestamp, minutes: u32) -> Timestamp {
        let mut left = SignedDuration::from_mins(i64::from(minutes));
        let mut done = at;
        for (opens, closes) in self.shifts(at) {
            let start = opens.max(done);
            let length = start.duration_until(closes);
            if length <= SignedDuration::ZERO {
                continue;
            }
            if left <= length {
                return start.saturating_add(left).unwrap_or(start);
            }
            left -= length;
            done = closes;
        }
        at.saturating_add(SignedDuration::from_mins(i64::from(minutes))).unwrap_or(at)
    }

    /// Returns the work between two moments; none where the second is the earlier.
    pub fn worked(&self, from: Timestamp, until: Timestamp) -> SignedDuration {
        let mut sum = SignedDuration::ZERO;
        let mut done = from;
        for (opens, closes) in self.shifts(from).take_while(|(opens, _)| *opens < until) {
            let (start, end) = (opens.max(done), closes.min(until));
            if start < end {
                sum += start.duration_until(end);
                done = end;
            }
        }
        sum
    }

    /// Tells whether somebody is at work.
    pub fn at_work(&self, at: Timestamp) -> bool {
        self.shifts(at).take_while(|(opens, _)| *opens <= at).any(|(_, closes)| at < closes)
    }

    /// Returns when the working day that `at` lies in began: its first opening on the zone's date, where it has come.
    pub fn day_began(&self, at: Timestamp) -> Option<(Date, Timestamp)> {
        let day = self.zone.to_datetime(at).date();
        let opens = self.on(day).map(|(opens, _)| opens).next()?;
        (opens <= at).then_some((day, opens))
    }

    /// Returns all shifts that may matter from `at` on, in order of their opening.
    fn shifts(&self, at: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let today = self.zone.to_datetime(at).date();
        // Yesterday's night shift may still be going on.
        let first = today.yesterday().unwrap_or(today);
        first.series(1.day()).take(DAYS_AHEAD).flat_map(|day| self.on(day))
    }

    fn on(&self, day: Date) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let weekday = usize::from(day.weekday().to_monday_zero_offset().unsigned_abs());
        let shifts: &[Shift] = match self.made_up.get(&day) {
            Some(shifts) => shifts,
            None if self.holidays.contains(&day) => &[],
            None => &self.hours[weekday],
        };
        shifts.iter().filter_map(move |shift| {
            let (opens, closes) = shift.on(day)?;
            Some((self.first_moment(opens)?, self.first_moment(closes)?))
        })
    }

    /// Returns the first moment at which the wall clock shows `wall` or later.
    fn first_moment(&self, wall: DateTime) -> Option<Timestamp> {
        match self.zone.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(wall).ok(),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(wall).ok(),
            AmbiguousOffset::Gap { after, .. } => {
                let before_the_gap = after.to_timestamp(wall).ok()?;
                self.zone.following(before_the_gap).next().map(|change| change.timestamp())
            }
        }
    }
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;

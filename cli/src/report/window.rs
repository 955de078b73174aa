//! The days of a report and the instants they begin and end at.

use anyhow::{Context, Result, ensure};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};

/// How many days a window has where nothing is said.
const DAYS: i64 = 30;

/// A window of whole days in one zone.
#[derive(Debug, Clone)]
pub(super) struct Window {
    /// The first day.
    pub(super) from: Date,
    /// The day after the last.
    pub(super) until: Date,
    /// When the first day begins.
    pub(super) start: Timestamp,
    /// When the last one ends.
    pub(super) end: Timestamp,
    zone: TimeZone,
    now: Timestamp,
}

impl Window {
    /// Returns the window of these days; the 30 days up to the end of today where nothing is said.
    pub(super) fn new(from: Option<Date>, until: Option<Date>, zone: TimeZone, now: Timestamp) -> Result<Self> {
        let tomorrow = now.to_zoned(zone.clone()).date().tomorrow().context("tomorrow is beyond all calendars")?;
        let until = until.unwrap_or(tomorrow);
        let from = from
            .map_or_else(|| until.checked_sub(DAYS.days()), Ok)
            .context("the window begins before all calendars")?;
        ensure!(
            from < until,
            "the window is empty: it begins on {from} and ends before {until}; --until is the day after the last"
        );
        let begin = |day: Date| -> Result<Timestamp> {
            let midnight = day.to_zoned(zone.clone()).with_context(|| format!("{day} is no day to report on"))?;
            Ok(midnight.timestamp())
        };
        let (start, end) = (begin(from)?, begin(until)?);
        Ok(Self { from, until, start, end, zone, now })
    }

    /// Returns when the window of the same length before begins.
    pub(super) fn before(&self) -> Timestamp {
        self.start.checked_sub(self.start.until(self.end).unwrap_or_default()).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Returns the day on which the window before begins.
    pub(super) fn before_day(&self) -> Date {
        let days = self.from.duration_until(self.until).as_hours() / 24;
        self.from.checked_sub(days.days()).unwrap_or(self.from)
    }

    /// Writes an instant as the views' parameters take it.
    pub(super) fn utc(at: Timestamp) -> String {
        at.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// Returns the zone's name.
    pub(super) fn zone_name(&self) -> String {
        self.zone.iana_name().unwrap_or("UTC").to_owned()
    }

    /// Returns what the page shows of it.
    pub(super) fn json(&self) -> Map<String, Value> {
        let generated_at = self.now.to_zoned(self.zone.clone()).datetime().round(jiff::Unit::Second);
        Map::from_iter([
            ("from".to_owned(), json!(self.from)),
            ("until".to_owned(), json!(self.until)),
            ("time_zone".to_owned(), json!(self.zone_name())),
            ("generated_at".to_owned(), json!(generated_at.unwrap_or_default())),
        ])
    }

    /// Says which days it is of.
    pub(super) fn in_words(&self) -> String {
        let last = self.until.yesterday().unwrap_or(self.until);
        format!("{} to {last} ({})", self.from, self.zone_name())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn shanghai() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }

    #[test]
    fn a_window_is_of_whole_days_in_its_zone() {
        // Already the 23rd in Shanghai.
        let now: Timestamp = "2026-11-22T17:00:00Z".parse().unwrap();
        let window = Window::new(None, None, shanghai(), now).unwrap();
        assert_eq!((window.from, window.until), (date(2026, 10, 25), date(2026, 11, 24)));
        assert_eq!([window.start, window.end].map(Window::utc), ["2026-10-24 16:00:00", "2026-11-23 16:00:00"]);
        assert_eq!(
            (Window::utc(window.before()), window.before_day()),
            ("2026-09-24 16:00:00".to_owned(), date(2026, 9, 25))
        );
        assert_eq!(window.in_words(), "2026-10-25 to 2026-11-23 (Asia/Shanghai)");
        assert_eq!(window.json()["generated_at"], json!("2026-11-23T01:00:00"));
    }

    #[test]
    fn a_day_of_25_hours_is_a_day() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let window =
            Window::new(Some(date(2026, 10, 25)), Some(date(2026, 10, 26)), berlin, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!([window.start, window.end].map(Window::utc), ["2026-10-24 22:00:00", "2026-10-25 23:00:00"]);
    }

    #[test]
    fn an_empty_window_is_refused() {
        let day = Some(date(2026, 11, 1));
        let refused = Window::new(day, day, shanghai(), Timestamp::UNIX_EPOCH).unwrap_err();
        assert!(refused.to_string().contains("--until is the day after the last"), "{refused}");
    }
}

//! Hours and days as people write them: `09:00-12:00`, `mon-fri`, `2026-10-01..2026-10-07`.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

/// The minutes of a day.
const DAY: u16 = 24 * 60;
/// The longest run of days that one entry may name.
const DAYS_MAX: usize = 92;
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// One shift, in minutes after the midnight on which its day begins; one that crosses midnight closes after minute 1,440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shift {
    opens: u16,
    closes: u16,
}

impl Shift {
    /// The whole day.
    pub const WHOLE: Self = Self { opens: 0, closes: DAY };

    /// Reads `09:00-17:30`; what closes no later than it opens closes on the next day, and `24:00` is the end of the day.
    ///
    /// # Errors
    /// What is wrong, with the words that are.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} are no hours; write them as \"09:00-17:30\"");
        let (opens, closes) = text.split_once('-').ok_or_else(wrong)?;
        let opens = minute(opens.trim()).filter(|minute| *minute < DAY).ok_or_else(wrong)?;
        let closes = minute(closes.trim()).ok_or_else(wrong)?;
        if opens == closes {
            return Err(format!("{text:?} opens and closes at once; the whole day is \"00:00-24:00\""));
        }
        Ok(Self { opens, closes: if closes < opens { closes + DAY } else { closes } })
    }

    /// Returns the wall clock's opening and closing of the shift that begins on `day`; nothing at the end of all calendars.
    pub(super) fn on(self, day: Date) -> Option<(DateTime, DateTime)> {
        let midnight = day.to_datetime(Time::midnight());
        let at = |minute: u16| midnight.checked_add(i64::from(minute).minutes()).ok();
        Some((at(self.opens)?, at(self.closes)?))
    }
}

/// Reads the shifts of one day and sorts them.
///
/// # Errors
/// Where one cannot be read, or two overlap.
pub(super) fn shifts(texts: &[String]) -> Result<Vec<Shift>, String> {
    let mut shifts = texts.iter().map(|text| Shift::parse(text)).collect::<Result<Vec<_>, _>>()?;
    shifts.sort_unstable();
    if shifts.windows(2).any(|pair| pair[1].opens < pair[0].closes) {
        return Err(format!("{} overlap", texts.join(" and ")));
    }
    Ok(shifts)
}

/// Reads `mon` or `mon-fri` to numbers from 0, Monday; `fri-mon` goes over the weekend.
///
/// # Errors
/// Where it names no weekday.
pub(super) fn weekdays(text: &str) -> Result<Vec<usize>, String> {
    let number = |name: &str| WEEKDAYS.iter().position(|known| *known == name.trim());
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (Some(first), Some(last)) = (number(first), number(last)) else {
        return Err(format!("{text:?} is no day of the week; write \"mon\" or \"mon-fri\""));
    };
    Ok((0..(last + 7 - first) % 7 + 1).map(|after| (first + after) % 7).collect())
}

/// Returns the name of a weekday counted from 0, Monday.
pub(super) fn weekday(number: usize) -> &'static str {
    WEEKDAYS[number % 7]
}

/// Reads `2026-10-01` or `2026-10-01..2026-10-07`, first and last included.
///
/// # Errors
/// Where it is no day, ends before it begins, or is longer than a quarter.
pub(super) fn days(text: &str) -> Result<Vec<Date>, String> {
    let day = |text: &str| text.trim().parse::<Date>().ok();
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (Some(first), Some(last)) = (day(first), day(last)) else {
        return Err(format!("{text:?} is no day; write \"2026-10-01\" or \"2026-10-01..2026-10-07\""));
    };
    let days: Vec<Date> = first.series(1.day()).take_while(|day| *day <= last).take(DAYS_MAX + 1).collect();
    match days.len() {
        0 => Err(format!("{text:?} ends before it begins")),
        1..=DAYS_MAX => Ok(days),
        _ => Err(format!("{text:?} is longer than {DAYS_MAX} days")),
    }
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        Some(text)
            .filter(|text| text.len() == 2 && text.bytes().all(|digit| digit.is_ascii_digit()))?
            .parse::<u16>()
            .ok()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    ((hour < 24 && minute < 60) || (hour == 24 && minute == 0)).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn hours_are_read_as_written_or_refused_with_the_words() {
        for (text, expected) in [
            ("09:00-17:30", Some((540, 1050))),
            ("22:00-06:00", Some((1320, 1800))),
            ("00:00-24:00", Some((0, 1440))),
            ("18:00-00:00", Some((1080, 1440))),
            ("09:00-09:00", None),
            ("9-17", None),
            ("09:00", None),
            ("09:60-10:00", None),
            ("24:00-25:00", None),
            ("+9:00-10:00", None),
        ] {
            assert_eq!(Shift::parse(text).ok().map(|shift| (shift.opens, shift.closes)), expected, "{text}");
        }
    }

    #[test]
    fn days_of_the_week_and_of_the_year_may_be_runs() {
        assert_eq!(weekdays("mon-fri").unwrap(), [0, 1, 2, 3, 4]);
        assert_eq!(weekdays("sat-mon").unwrap(), [5, 6, 0]);
        assert_eq!(weekdays("sun").unwrap(), [6]);
        assert!(weekdays("monday").is_err());
        assert_eq!(days("2026-10-01..2026-10-07").unwrap().len(), 7);
        assert_eq!(days("2028-02-29").unwrap().len(), 1);
        for wrong in ["2026-10-07..2026-10-01", "2026-02-30", "2026-01-01..2026-12-31", "Oct 1"] {
            assert!(days(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shifts_of_one_day_do_not_overlap() {
        let read = |texts: &[&str]| shifts(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert!(read(&["13:00-18:00", "09:00-12:00"]).is_ok_and(|shifts| shifts[0].opens == 540));
        assert!(read(&["09:00-12:00", "11:00-18:00"]).is_err());
    }
}

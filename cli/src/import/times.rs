//! How the times of a column are written.

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::replay::reads;

/// What share of the values has to be read.
const MOST: f64 = 0.8;

/// Patterns that mean one thing, the more exact before the less.
const PLAIN: [&str; 22] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y.%m.%d %H:%M:%S",
    "%Y.%m.%d %H:%M",
    "%Y.%m.%d",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日%H:%M:%S",
    "%Y年%m月%d日%H:%M",
    "%Y年%m月%d日",
    "%Y%m%d%H%M%S",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%d %B %Y",
];
const DAY_FIRST: [&str; 5] = ["%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d/%m/%y %H:%M", "%d/%m/%y"];
const MONTH_FIRST: [&str; 7] = [
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
    "%m/%d/%y %H:%M",
    "%m/%d/%y",
];

/// How a column's times are to be read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Times {
    /// Patterns beside ISO 8601.
    pub(super) formats: Vec<&'static str>,
    /// They are a spreadsheet's numbers of days.
    pub(super) serial: bool,
    /// All of them name their zone, or need none.
    pub(super) zoned: bool,
    /// Nothing here says whether 03/04 is in March or in April, so no pattern for such dates is among the formats.
    pub(super) undecided: bool,
}

impl Times {
    /// Looks at the values of a column; nothing where they are no times.
    pub(super) fn of(values: &[String]) -> Option<Self> {
        let values: Vec<&str> = values.iter().map(|value| value.trim()).collect();
        let most = |count: usize| !values.is_empty() && count as f64 >= MOST * values.len() as f64;
        let count = |of: &dyn Fn(&str) -> bool| values.iter().filter(|value| of(value)).count();
        if most(count(&is_epoch)) {
            return Some(Self { zoned: true, ..Self::default() });
        }
        if most(count(&is_serial)) {
            return Some(Self { serial: true, ..Self::default() });
        }
        let zoned = |value: &str| value.parse::<Timestamp>().is_ok();
        let (day, month) = (count(&|value| any(&DAY_FIRST, value)), count(&|value| any(&MONTH_FIRST, value)));
        let slashes: &[&str] = if day > month { &DAY_FIRST } else { &MONTH_FIRST };
        let patterns = || PLAIN.iter().chain(slashes).copied();
        let read = |value: &str| zoned(value) || is_iso(value) || patterns().any(|pattern| reads(pattern, value));
        if !most(count(&read)) {
            return None;
        }
        let odd: Vec<&str> = values.iter().copied().filter(|value| !zoned(value) && !is_iso(value)).collect();
        let needed =
            |pattern: &&str| odd.iter().any(|value| patterns().find(|other| reads(other, value)) == Some(*pattern));
        let undecided = day == month && day > 0;
        let clear = |pattern: &&str| !(undecided && slashes.contains(pattern));
        let formats = patterns().filter(|pattern| clear(pattern) && needed(pattern)).collect();
        Some(Self { formats, serial: false, zoned: values.iter().all(|value| zoned(value)), undecided })
    }
}

fn any(patterns: &[&str], value: &str) -> bool {
    patterns.iter().any(|pattern| reads(pattern, value))
}

/// Seconds or milliseconds since 1970, between 2000 and 2036.
fn is_epoch(value: &str) -> bool {
    let seconds = 946_684_800.0..2_082_758_400.0;
    value.parse::<f64>().is_ok_and(|number| seconds.contains(&number) || seconds.contains(&(number / 1_000.0)))
}

/// Days since 1900 as a spreadsheet counts them, between 2000 and 2036.
fn is_serial(value: &str) -> bool {
    value.parse::<f64>().is_ok_and(|number| (36_526.0..49_675.0).contains(&number))
}

fn is_iso(value: &str) -> bool {
    value.parse::<DateTime>().is_ok_and(|at| (1990..2100).contains(&at.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[&str], expected: Option<Times>) {
        let given: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        assert_eq!(Times::of(&given), expected, "{values:?}");
    }

    fn written(formats: &[&'static str]) -> Option<Times> {
        Some(Times { formats: formats.to_vec(), ..Times::default() })
    }

    #[test]
    fn times_are_known_by_how_they_are_written() {
        let zoned = Some(Times { zoned: true, ..Times::default() });
        check(&["2025-11-02 09:30:00", "2025-11-02"], written(&[]));
        check(&["2025-11-02T09:30:00+08:00", "2025-11-02T09:30:00Z"], zoned.clone());
        check(&["1762075800", "1762075800.5"], zoned.clone());
        check(&["1762075800000"], zoned);
        check(&["45963.396", "45964"], Some(Times { serial: true, ..Times::default() }));
        check(&["2025/11/2 9:30", "2025/11/12"], written(&["%Y/%m/%d %H:%M", "%Y/%m/%d"]));
        check(&["2025-1-2 9:30"], written(&["%Y-%m-%d %H:%M"]));
        check(&["2025年11月2日"], written(&["%Y年%m月%d日"]));
        check(&["20251102093000"], written(&["%Y%m%d%H%M%S"]));
        check(&["02.11.2025 09:30"], written(&["%d.%m.%Y %H:%M"]));
        check(&["Nov 2, 2025", "2 November 2025"], written(&["%b %d, %Y", "%d %B %Y"]));
        check(&["13/11/2025", "2/11/2025"], written(&["%d/%m/%Y"]));
        check(&["11/13/2025 9:30 PM", "11/2/2025 9:30 AM"], written(&["%m/%d/%Y %I:%M %p"]));
        check(&["11/13/25"], written(&["%m/%d/%y"]));
        check(&["03/04/2025", "05/06/2025"], Some(Times { undecided: true, ..Times::default() }));
        check(&["昨天", "2025-11-02"], None);
        for none in ["5", "12345678901", "1234567890123456789", "好", "2025", "1.5"] {
            check(&[none], None);
        }
        check(&[], None);
    }
}

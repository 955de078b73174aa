//! Times as exports write them: with no zone, with a date alone, in an order of their own.

use hearken_schemas::feedback::TimePrecision;
use jiff::civil::{DateTime, date};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};

/// What to make of a record that says no time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Missing {
    /// It is sent as it is and becomes a dead letter with its reason.
    #[default]
    Refuse,
    /// It says that its time is unknown; the time of arrival stands in.
    Unknown,
}

/// How the times of a file are to be read.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimeMapping {
    /// The zone of times that name none: IANA or an offset.
    #[serde(default, deserialize_with = "zone")]
    pub(super) zone: Option<TimeZone>,
    /// `strptime` patterns, tried in order before ISO 8601.
    #[serde(default, deserialize_with = "formats")]
    pub(super) formats: Option<Vec<String>>,
    /// The calendar of a spreadsheet whose times were left as numbers of days.
    pub(super) serial: Option<Serial>,
    /// What to make of a missing time.
    pub(super) missing: Option<Missing>,
}

/// From when a spreadsheet counts its days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Serial {
    /// As Excel does, unless told otherwise.
    #[serde(rename = "1900")]
    From1900,
    /// As Excel for Macintosh did.
    #[serde(rename = "1904")]
    From1904,
}

/// Reads the times of one line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock<'a> {
    pub(super) zone: Option<&'a TimeZone>,
    pub(super) formats: &'a [String],
    pub(super) serial: Option<Serial>,
}

impl Clock<'_> {
    /// Returns a time as a raw record writes it and, where the text no longer shows it, how exact it is.
    ///
    /// What has a zone, is a number, or cannot be read stays as it is: the pipeline judges it.
    pub(super) fn read(&self, time: &Value) -> (Value, Option<TimePrecision>) {
        let days = self.serial.and_then(|serial| from_serial(serial, time));
        if let Some((at, precision)) = days {
            return self.zoned(at, precision);
        }
        let Value::String(text) = time else { return (time.clone(), None) };
        let text = text.trim();
        let read = self.formats.iter().find_map(|format| by_format(format, text)).or_else(|| iso(text));
        match read {
            Some(Read::Zoned(at)) => (at.to_string().into(), None),
            Some(Read::Naive(at, precision)) => self.zoned(at, precision),
            None => (epoch(text).unwrap_or_else(|| time.clone()), None),
        }
    }

    fn zoned(&self, at: DateTime, precision: TimePrecision) -> (Value, Option<TimePrecision>) {
        let text = match precision {
            TimePrecision::Day => at.strftime("%Y-%m-%d").to_string(),
            TimePrecision::Minute => at.strftime("%Y-%m-%dT%H:%M").to_string(),
            TimePrecision::Second | TimePrecision::Unknown => at.to_string(),
        };
        let Some(Ok(zoned)) = self.zone.map(|zone| at.to_zoned(zone.clone())) else { return (text.into(), None) };
        let shown = match precision {
            TimePrecision::Second | TimePrecision::Unknown => None,
            TimePrecision::Minute | TimePrecision::Day => Some(precision),
        };
        (zoned.timestamp().display_with_offset(zoned.offset()).to_string().into(), shown)
    }
}

enum Read {
    Zoned(Timestamp),
    Naive(DateTime, TimePrecision),
}

fn by_format(format: &str, text: &str) -> Option<Read> {
    let read = BrokenDownTime::parse(format, text).ok()?;
    if let Ok(at) = read.to_timestamp() {
        return Some(Read::Zoned(at));
    }
    let at = DateTime::from_parts(read.to_date().ok()?, read.to_time().ok()?);
    let precision = match (read.minute(), read.second()) {
        (_, Some(_)) => TimePrecision::Second,
        (Some(_), None) => TimePrecision::Minute,
        (None, None) => TimePrecision::Day,
    };
    Some(Read::Naive(at, precision))
}

/// Reads ISO 8601 without a zone; what has one is read by the pipeline itself.
fn iso(text: &str) -> Option<Read> {
    if text.parse::<Timestamp>().is_ok() {
        return None;
    }
    let at = text.parse::<DateTime>().ok()?;
    let precision = match text.matches(':').count() {
        0 => TimePrecision::Day,
        1 => TimePrecision::Minute,
        _ => TimePrecision::Second,
    };
    Some(Read::Naive(at, precision))
}

/// Reads a spreadsheet's number of days since its calendar began, between 1990 and 2100; the fraction is the time of day.
fn from_serial(serial: Serial, time: &Value) -> Option<(DateTime, TimePrecision)> {
    let days = time.as_f64().or_else(|| time.as_str()?.trim().parse().ok())?;
    let (first, bounds) = match serial {
        // The day before, for Excel believes in 29 February 1900.
        Serial::From1900 => (date(1899, 12, 30), 32_874.0..73_051.0),
        Serial::From1904 => (date(1904, 1, 1), 31_412.0..71_589.0),
    };
    if !bounds.contains(&days) {
        return None;
    }
    let seconds = (days.fract() * 86_400.0).round() as i64;
    let at = first.at(0, 0, 0, 0).checked_add((days.trunc() as i64).days().seconds(seconds)).ok()?;
    Some((at, if seconds == 0 { TimePrecision::Day } else { TimePrecision::Second }))
}

/// Tells whether a pattern reads a text as a time that a customer of today may have spoken at.
pub(crate) fn reads(format: &str, text: &str) -> bool {
    let year = match by_format(format, text) {
        Some(Read::Zoned(at)) => at.to_zoned(TimeZone::UTC).year(),
        Some(Read::Naive(at, _)) => at.year(),
        None => return false,
    };
    (1990..2100).contains(&year)
}

/// Reads seconds or milliseconds since 1970 that an export put in quotes.
fn epoch(text: &str) -> Option<Value> {
    let whole = text.split('.').next().unwrap_or_default();
    let is_epoch = (9..=13).contains(&whole.len()) && whole.bytes().all(|byte| byte.is_ascii_digit());
    is_epoch.then(|| text.parse::<Number>().ok().map(Value::from))?
}

fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TimeZone>, D::Error> {
    zone_named(&String::deserialize(deserializer)?).map(Some).map_err(serde::de::Error::custom)
}

/// Reads a zone: its IANA name or an offset.
pub(crate) fn zone_named(name: &str) -> Result<TimeZone, String> {
    let zone = if name == "Z" { Ok(TimeZone::UTC) } else { DateTimeParser::new().parse_time_zone(name) };
    zone.map_err(|_| format!("{name:?} is no zone such as \"Asia/Seoul\" or \"+09:00\""))
}

fn formats<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    let formats = Vec::<String>::deserialize(deserializer)?;
    let now = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    for format in &formats {
        // What cannot be written cannot be read either; better said once than at every line.
        jiff::fmt::strtime::format(format, &now)
            .map_err(|error| serde::de::Error::custom(format!("pattern {format:?}: {error}")))?;
    }
    Ok(Some(formats))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mapping(text: &str) -> TimeMapping {
        toml::from_str(text).expect("a mapping of times")
    }

    #[test]
    fn every_time_keeps_its_exactness() {
        let seoul = mapping("zone = \"Asia/Seoul\"");
        let new_york = mapping("zone = \"America/New_York\"");
        let eight = mapping("zone = \"+08:00\"");
        let odd = mapping(
            r#"zone = "Z"
            formats = ["%d.%m.%Y", "%Y/%m/%d %H:%M", "%m/%d/%y %I:%M:%S %p", "%Y年%m月%d日", "%s", "%Y-%m-%d %H:%M %z"]"#,
        );
        let none = mapping("formats = [\"%d.%m.%Y\"]");
        for (mapping, given, expected, precision) in [
            (&seoul, "2024-01-02", "2024-01-02T00:00:00+09:00", "day"),
            (&seoul, "2024-01-02 03:04", "2024-01-02T03:04:00+09:00", "minute"),
            (&seoul, " 2024-01-02 03:04:05.5 ", "2024-01-02T03:04:05.5+09:00", ""),
            (&seoul, "2024-01-02T03:04Z", "2024-01-02T03:04Z", ""),
            (&seoul, "2024-01-02T03:04:05+01:00", "2024-01-02T03:04:05+01:00", ""),
            (&seoul, "gestern", "gestern", ""),
            (&new_york, "2024-07-01 12:00:00", "2024-07-01T12:00:00-04:00", ""),
            (&new_york, "2024-12-01 12:00:00", "2024-12-01T12:00:00-05:00", ""),
            // The hour that spring skips, and the one that autumn has twice.
            (&new_york, "2024-03-10 02:30:00", "2024-03-10T03:30:00-04:00", ""),
            (&new_york, "2024-11-03 01:30:00", "2024-11-03T01:30:00-04:00", ""),
            (&eight, "2024-01-02", "2024-01-02T00:00:00+08:00", "day"),
            (&odd, "31.12.2023", "2023-12-31T00:00:00+00:00", "day"),
            (&odd, "2024/1/2 3:04", "2024-01-02T03:04:00+00:00", "minute"),
            (&odd, "01/02/24 03:04:05 PM", "2024-01-02T15:04:05+00:00", ""),
            (&odd, "2024年1月2日", "2024-01-02T00:00:00+00:00", "day"),
            (&odd, "1704164645", "2024-01-02T03:04:05Z", ""),
            (&odd, "2024-01-02 03:04 +0800", "2024-01-01T19:04:00Z", ""),
            (&odd, "2024-01-02", "2024-01-02T00:00:00+00:00", "day"),
            (&none, "31.12.2023", "2023-12-31", ""),
            (&none, "2024-01-02 03:04", "2024-01-02T03:04", ""),
        ] {
            let formats = mapping.formats.clone().unwrap_or_default();
            let clock = Clock { zone: mapping.zone.as_ref(), formats: &formats, serial: mapping.serial };
            let (at, found) = clock.read(&json!(given));
            assert_eq!((at, found.map_or("", |found| found.as_str())), (json!(expected), precision), "{given}");
        }
        for (quoted, number) in [
            ("1704164645", json!(1_704_164_645)),
            ("1704164645000", json!(1_704_164_645_000_i64)),
            ("1704164645.25", json!(1_704_164_645.25)),
            ("20240102030405", json!("20240102030405")),
            ("20240102", json!("2024-01-02")),
        ] {
            assert_eq!(Clock::default().read(&json!(quoted)), (number, None), "{quoted}");
        }
        assert_eq!(Clock::default().read(&json!(1_704_164_645)), (json!(1_704_164_645), None));
    }

    #[test]
    fn zones_and_patterns_that_cannot_be_are_refused_at_once() {
        for (wrong, words) in
            [("zone = \"Mars/Base\"", "no zone such as"), ("formats = [\"%d.%Ö\"]", "pattern \"%d.%Ö\"")]
        {
            let error = toml::from_str::<TimeMapping>(wrong).expect_err("wrong").to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}

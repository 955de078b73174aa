//! When something happened, and how exactly that is known.
//!
//! A time is RFC 3339, or a number of seconds or milliseconds since 1970, or what exports of local time look like:
//! `2015-02-24T11:35:00`, `2015/2/24 11:35`, `2012.10.24`, `20121024`. Year, month and day always stand in this order. Without an
//! offset the source's zone counts: where its clocks go forward and the local time never was, the time is as much later as the
//! clocks went; where they go back and it was twice, it is the first. A date is the first moment of the local day.

use std::fmt;
use std::ops::RangeInclusive;

use hearken_schemas::dead_letter::{Reason, Rejection};
use hearken_schemas::feedback::TimePrecision;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

use crate::wire::RawTime;

/// 1990-01-01T00:00:00Z. Archives may be old; 1970 is what a broken clock says.
const EARLIEST_MS: i64 = 631_152_000_000;
/// 2100-01-01T00:00:00Z.
const END_MS: i64 = 4_102_444_800_000;
/// How far a channel's clock may run ahead of Kafka's. Of a day it is the beginning that counts.
const AHEAD_MS_MAX: i64 = 86_400_000;
/// Numbers below are seconds, the others milliseconds. As seconds this lies in the year 5138, as milliseconds in 1973: no
/// time that is accepted can be read both ways.
const SECONDS_END: f64 = 1e11;

/// How many digits seconds and milliseconds since 1970 have before their point, where they are accepted as a time.
const EPOCH_DIGITS: RangeInclusive<usize> = 9..=13;

/// A moment and how exactly it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct When {
    /// The moment, cut to milliseconds.
    pub(crate) at: Timestamp,
    /// As its form says.
    pub(crate) precision: TimePrecision,
}

/// Reads the time a field gives and judges it against the record's Kafka timestamp; a blank one is absent.
///
/// # Errors
/// `invalid_time`, `time_out_of_bounds`.
pub(crate) fn read(
    field: impl fmt::Display,
    raw: &RawTime,
    zone: Option<&TimeZone>,
    received_ms: i64,
) -> Result<Option<When>, Rejection> {
    let (ms, precision) = match raw {
        RawTime::Text(text) if text.trim().is_empty() => return Ok(None),
        RawTime::Text(text) => {
            let wrong =
                |expected| Rejection::new(Reason::InvalidTime, format!("{field} {expected}")).at(field.to_string());
            from_text(text.trim(), zone).map_err(wrong)?
        }
        RawTime::Epoch(epoch) => (from_epoch(*epoch), TimePrecision::Second),
    };
    let out =
        |detail| Err(Rejection::new(Reason::TimeOutOfBounds, format!("{field} is {detail}")).at(field.to_string()));
    if ms < EARLIEST_MS {
        return out("before 1990");
    }
    if ms >= END_MS {
        return out("in 2100 or later");
    }
    if ms > received_ms.saturating_add(AHEAD_MS_MAX) {
        return out("more than a day after the record's Kafka timestamp");
    }
    Timestamp::from_millisecond(ms).map_or_else(|_| out("no time"), |at| Ok(Some(When { at, precision })))
}

/// Returns milliseconds. Seconds may have decimals; rounding to microseconds first keeps `….123` from becoming `….122`.
fn from_epoch(epoch: f64) -> i64 {
    if epoch.abs() < SECONDS_END { ((epoch * 1e6).round() / 1e3) as i64 } else { epoch as i64 }
}

/// Returns milliseconds since 1970, or what the sender should write instead.
fn from_text(text: &str, zone: Option<&TimeZone>) -> Result<(i64, TimePrecision), &'static str> {
    let Some(Written { civil, precision, offset }) = written(text) else {
        let whole = text.split('.').next().unwrap_or_default();
        let is_number = EPOCH_DIGITS.contains(&whole.len()) && text.parse::<f64>().is_ok();
        return Err(if is_number {
            "is a number in quotes: send it without them"
        } else {
            "is no time that calendar and clock know, or not written as in 2026-01-15T09:30:00+08:00"
        });
    };
    let moment = match (offset, zone) {
        (Some(offset), _) => offset.to_timestamp(civil),
        // "Compatible" is jiff's word for what the module says of clocks that go forward and back.
        (None, Some(zone)) => zone.to_ambiguous_timestamp(civil).compatible(),
        (None, None) => {
            return Err(
                "has no zone: end it with Z or an offset, as in 2026-01-15T09:30:00+08:00, or give its source \
                        a time_zone in the catalog",
            );
        }
    };
    // Only the last day of 9999 cannot be told: years have four digits.
    Ok((moment.map_or(END_MS, |moment| moment.as_millisecond()), precision))
}

/// A time as it was written.
struct Written {
    civil: DateTime,
    precision: TimePrecision,
    offset: Option<Offset>,
}

fn written(text: &str) -> Option<Written> {
    let Some((day, clock)) = text.split_once(['T', 't', ' ']) else {
        return Some(Written { civil: date(text)?.into(), precision: TimePrecision::Day, offset: None });
    };
    let clock = clock.trim_start();
    let (clock, offset) = match clock.find(['Z', 'z', '+', '-']) {
        Some(at) => (&clock[..at], Some(offset(&clock[at..])?)),
        None => (clock, None),
    };
    let (time, precision) = time(clock.trim_end())?;
    Some(Written { civil: date(day)?.to_datetime(time), precision, offset })
}

/// Reads `2012-10-24`, `2012/10/24`, `2012.10.24` or `20121024`; month and day may have one digit where signs part them.
fn date(text: &str) -> Option<Date> {
    let (year, month, day) = if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        (&text[..4], &text[4..6], &text[6..])
    } else {
        let sign = ['-', '/', '.'].into_iter().find(|sign| text.contains(*sign))?;
        let (year, rest) = text.split_once(sign)?;
        let (month, day) = rest.split_once(sign)?;
        (year, month, day)
    };
    Date::new(digits(year, 4..=4)?, digits(month, 1..=2)?, digits(day, 1..=2)?).ok()
}

/// Reads `11:35` or `11:35:00`, with decimals of the second behind a point or a comma.
fn time(text: &str) -> Option<(Time, TimePrecision)> {
    let (hour, rest) = text.split_once(':')?;
    let hour = digits(hour, 1..=2)?;
    let Some((minute, seconds)) = rest.split_once(':') else {
        return Some((Time::new(hour, digits(rest, 2..=2)?, 0, 0).ok()?, TimePrecision::Minute));
    };
    let (second, decimals) = seconds.split_once(['.', ',']).unwrap_or((seconds, "0"));
    if decimals.is_empty() || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanosecond = format!("{decimals:0<9.9}").parse().ok()?;
    // A leap second is the end of its minute.
    let second = digits::<i8>(second, 2..=2)?;
    let second = if second == 60 { 59 } else { second };
    Some((Time::new(hour, digits(minute, 2..=2)?, second, nanosecond).ok()?, TimePrecision::Second))
}

/// Reads `Z`, `+08:00`, `+0800` or `+08`.
fn offset(text: &str) -> Option<Offset> {
    if matches!(text, "Z" | "z") {
        return Some(Offset::UTC);
    }
    let (sign, clock) = match text.strip_prefix('-') {
        Some(clock) => (-1, clock),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, minutes) = match clock.split_once(':') {
        Some(parts) => parts,
        None if clock.is_ascii() && clock.len() == 4 => clock.split_at(2),
        None => (clock, "00"),
    };
    let (hours, minutes): (i32, i32) = (digits(hours, 2..=2)?, digits(minutes, 2..=2)?);
    (hours < 24 && minutes < 60).then(|| Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok())?
}

/// Reads a number of so many digits and nothing else, no sign either.
fn digits<N: std::str::FromStr>(text: &str, count: RangeInclusive<usize>) -> Option<N> {
    let plain = count.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-15T00:00:00Z.
    const RECEIVED_MS: i64 = 1_768_435_200_000;

    fn text(text: &str) -> RawTime {
        RawTime::Text(text.to_owned())
    }

    fn outcome(raw: &RawTime, zone: Option<&str>) -> String {
        let zone = zone.map(|name| TimeZone::get(name).expect("a zone"));
        match read("occurred_at", raw, zone.as_ref(), RECEIVED_MS) {
            Ok(Some(When { at, precision })) => format!("{at} {}", precision.as_str()),
            Ok(None) => "absent".to_owned(),
            Err(rejection) => {
                assert_eq!(rejection.field.as_deref(), Some("occurred_at"));
                rejection.reason.as_str().to_owned()
            }
        }
    }

    fn check(raw: RawTime, expected: &str) {
        assert_eq!(outcome(&raw, None), expected, "{raw:?}");
    }

    #[test]
    fn every_way_to_write_a_time() {
        check(text("2025-06-01T12:00:00Z"), "2025-06-01T12:00:00Z second");
        check(text("2025-06-01t12:00:00z"), "2025-06-01T12:00:00Z second");
        check(text("2025-06-01T12:00:00+08:00"), "2025-06-01T04:00:00Z second");
        check(text("2025-06-01 12:00:00 +0800"), "2025-06-01T04:00:00Z second");
        check(text("2025-06-01T12:00+08"), "2025-06-01T04:00:00Z minute");
        check(text(" 2025-06-01 12:00:00.123987-03:30 "), "2025-06-01T15:30:00.123Z second");
        check(text("2025-06-01T12:00:00.1234567891234Z"), "2025-06-01T12:00:00.123Z second");
        check(text("2025-06-01 12:00:00,5Z"), "2025-06-01T12:00:00.5Z second");
        check(text("2016-12-31T23:59:60Z"), "2016-12-31T23:59:59Z second");
        check(RawTime::Epoch(1_748_779_200.0), "2025-06-01T12:00:00Z second");
        check(RawTime::Epoch(1_748_779_200_123.0), "2025-06-01T12:00:00.123Z second");
        check(RawTime::Epoch(1_748_779_200.123), "2025-06-01T12:00:00.123Z second");
        check(RawTime::Epoch(1_748_779_200.123_9), "2025-06-01T12:00:00.123Z second");
        check(text(" "), "absent");
    }

    #[test]
    fn times_and_dates_of_exports_are_in_the_zone_of_their_source() {
        let check = |raw: &str, zone, expected: &str| assert_eq!(outcome(&text(raw), Some(zone)), expected, "{raw}");
        check("2015-02-24T11:35:00", "America/Los_Angeles", "2015-02-24T19:35:00Z second");
        check("2015/02/24 11:35", "Asia/Shanghai", "2015-02-24T03:35:00Z minute");
        check("2015/2/4 9:05", "Asia/Shanghai", "2015-02-04T01:05:00Z minute");
        check("2012-10-24", "Asia/Seoul", "2012-10-23T15:00:00Z day");
        check("2012.10.24", "Asia/Seoul", "2012-10-23T15:00:00Z day");
        check("20121024", "UTC", "2012-10-24T00:00:00Z day");
        check("2012-10-24 11:35:00.25", "Asia/Kolkata", "2012-10-24T06:05:00.25Z second");
        check("2012-10-24T11:35:00Z", "Asia/Kolkata", "2012-10-24T11:35:00Z second");
        // Berlin's clocks went forward at two, and back at three.
        check("2025-03-30 02:30:00", "Europe/Berlin", "2025-03-30T01:30:00Z second");
        check("2025-10-26 02:30:00", "Europe/Berlin", "2025-10-26T00:30:00Z second");
        // A day that began at one, and one that never was.
        check("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z day");
        check("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z day");
    }

    #[test]
    fn what_is_no_time() {
        let no_times = [
            "yesterday",
            "2025-13-01T00:00:00Z",
            "2025-02-30",
            "1748779200",
            "12:00Z",
            "31/12/2025",
            "0000-00-00 00:00:00",
            "2025-06-01T",
            "2025-06-01T12Z",
            "2025-06-01T12:00:00+8:00",
            "2025-06-01T12:00:00+08:60",
            "2025-06-01T12:00:00+99:00",
            "2025-06-01T24:00:00Z",
            "2025-06-01T12:00:61Z",
            "2025-06-01T12:00:00.Z",
            "2025-06-01T12:00:0ⅨZ",
            "+025-06-01",
            "2025-06/01",
            "二〇二五年六月一日",
        ];
        for wrong in no_times {
            check(text(wrong), "invalid_time");
            assert_eq!(outcome(&text(wrong), Some("Asia/Shanghai")), "invalid_time", "{wrong}");
        }
        for naive in ["2025-06-01", "2025-06-01T12:00:00", "2025.06.01 12:00"] {
            check(text(naive), "invalid_time");
            let detail = read("turns[2].at", &text(naive), None, RECEIVED_MS).expect_err("no zone").detail;
            assert!(detail.starts_with("turns[2].at has no zone: "), "{detail}");
        }
    }

    #[test]
    fn a_wrong_time_is_told_what_to_write() {
        for (wrong, words) in [
            ("1762075800", "a number in quotes"),
            ("1762075800000", "a number in quotes"),
            ("1762075800.5", "a number in quotes"),
            ("2025-02-29T00:00:00Z", "is no time that calendar and clock know"),
            ("2025-11-02T24:00:00Z", "is no time that calendar and clock know"),
            ("20251102093000", "is no time that calendar and clock know"),
            ("12345", "not written as in 2026-01-15T09:30:00+08:00"),
            ("2025-11-02", "has no zone"),
        ] {
            let detail = read("sent_at", &text(wrong), None, RECEIVED_MS).expect_err("wrong").detail;
            assert!(detail.starts_with("sent_at ") && detail.contains(words), "{wrong}: {detail}");
        }
    }

    #[test]
    fn bounds_follow_the_kafka_timestamp() {
        check(text("1990-01-01T00:00:00Z"), "1990-01-01T00:00:00Z second");
        check(text("1989-12-31T23:59:59.999Z"), "time_out_of_bounds");
        check(text("2026-01-16T00:00:00Z"), "2026-01-16T00:00:00Z second");
        check(text("2026-01-16T00:00:00.001Z"), "time_out_of_bounds");
        check(text("2100-01-01T00:00:00Z"), "time_out_of_bounds");
        for end in ["9999-12-30T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:00"] {
            check(text(end), "time_out_of_bounds");
        }
        assert_eq!(outcome(&text("9999-12-31"), Some("America/New_York")), "time_out_of_bounds");
        for epoch in [0.0, -1.0, 1e11, 1.7e15, -1e300, 1e300, f64::MAX, f64::NAN, f64::INFINITY] {
            check(RawTime::Epoch(epoch), "time_out_of_bounds");
        }
        for received_ms in [i64::MIN, -1, i64::MAX] {
            let late = read("occurred_at", &text("2100-01-01T00:00:00Z"), None, received_ms).expect_err("2100");
            assert_eq!(late.reason, Reason::TimeOutOfBounds);
        }
        // A day may go on after the bound, and has to begin before it.
        assert_eq!(outcome(&text("2026-01-16"), Some("Asia/Tokyo")), "2026-01-15T15:00:00Z day");
        assert_eq!(outcome(&text("2026-01-16"), Some("UTC")), "2026-01-16T00:00:00Z day");
        assert_eq!(outcome(&text("2026-01-16"), Some("America/New_York")), "time_out_of_bounds");
        assert_eq!(outcome(&text("1990-01-01"), Some("Asia/Tokyo")), "time_out_of_bounds");
    }
}

//! When something happened.

use std::fmt;

use hearken_schemas::dead_letter::{Reason, Rejection};
use jiff::Timestamp;

use crate::wire::RawTime;

/// 1990-01-01T00:00:00Z. Archives may be old; 1970 is what a broken clock says.
const EARLIEST_MS: i64 = 631_152_000_000;
/// 2100-01-01T00:00:00Z.
const END_MS: i64 = 4_102_444_800_000;
/// How far a channel's clock may run ahead of Kafka's.
const AHEAD_MS_MAX: i64 = 86_400_000;
/// Numbers below are seconds, the others milliseconds. As seconds this lies in the year 5138, as milliseconds in 1973: no
/// time that is accepted can be read both ways.
const SECONDS_END: f64 = 1e11;

/// Reads the time a field gives, cut to milliseconds, and judges it against the record's Kafka timestamp.
///
/// # Errors
/// `missing_field` where the text is blank, `invalid_time`, `time_out_of_bounds`.
pub(super) fn parse(field: impl fmt::Display, raw: &RawTime, received_ms: i64) -> Result<Timestamp, Rejection> {
    let ms = match raw {
        RawTime::Text(text) => parse_text(&field, text.trim())?,
        RawTime::Epoch(epoch) => from_epoch(*epoch),
    };
    let out = |detail| Err(Rejection::new(Reason::TimeOutOfBounds, format!("{field} is {detail}")));
    if ms < EARLIEST_MS {
        return out("before 1990");
    }
    if ms >= END_MS {
        return out("in 2100 or later");
    }
    if ms > received_ms.saturating_add(AHEAD_MS_MAX) {
        return out("more than a day after the record's Kafka timestamp");
    }
    Timestamp::from_millisecond(ms).or_else(|_| out("no time"))
}

fn parse_text(field: &impl fmt::Display, text: &str) -> Result<i64, Rejection> {
    if text.is_empty() {
        return Err(Rejection::new(Reason::MissingField, format!("{field} is empty")));
    }
    text.parse::<Timestamp>().map(|time| time.as_millisecond()).map_err(|_| {
        let expected = match text.parse::<jiff::civil::DateTime>() {
            Ok(_) => "has no zone: end it with Z or an offset, as in 2026-01-15T09:30:00+08:00",
            Err(_) => "is not RFC 3339: write it as in 2026-01-15T09:30:00+08:00",
        };
        Rejection::new(Reason::InvalidTime, format!("{field} {expected}"))
    })
}

/// Returns milliseconds. Seconds may have decimals; rounding to microseconds first keeps `….123` from becoming `….122`.
fn from_epoch(epoch: f64) -> i64 {
    if epoch.abs() < SECONDS_END { ((epoch * 1e6).round() / 1e3) as i64 } else { epoch as i64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-15T00:00:00Z.
    const RECEIVED_MS: i64 = 1_768_435_200_000;

    fn text(text: &str) -> RawTime {
        RawTime::Text(text.to_owned())
    }

    fn check(raw: RawTime, expected: &str) {
        let time = parse("occurred_at", &raw, RECEIVED_MS).map(|time| time.to_string());
        assert_eq!(time.unwrap_or_else(|rejection| rejection.reason.as_str().to_owned()), expected, "{raw:?}");
    }

    #[test]
    fn every_way_to_write_a_time() {
        check(text("2025-06-01T12:00:00Z"), "2025-06-01T12:00:00Z");
        check(text("2025-06-01T12:00:00+08:00"), "2025-06-01T04:00:00Z");
        check(text(" 2025-06-01 12:00:00.123987-03:30 "), "2025-06-01T15:30:00.123Z");
        check(text("2016-12-31T23:59:60Z"), "2016-12-31T23:59:59Z");
        check(RawTime::Epoch(1_748_779_200.0), "2025-06-01T12:00:00Z");
        check(RawTime::Epoch(1_748_779_200_123.0), "2025-06-01T12:00:00.123Z");
        check(RawTime::Epoch(1_748_779_200.123), "2025-06-01T12:00:00.123Z");
        check(RawTime::Epoch(1_748_779_200.123_9), "2025-06-01T12:00:00.123Z");
    }

    #[test]
    fn what_is_no_time() {
        for wrong in ["yesterday", "2025-06-01", "2025-06-01T12:00:00", "2025-13-01T00:00:00Z", "1748779200", "12:00Z"]
        {
            check(text(wrong), "invalid_time");
        }
        check(text(" "), "missing_field");
        let naive = parse("turns[2].at", &text("2025-06-01 12:00"), RECEIVED_MS).expect_err("no zone");
        assert_eq!(
            naive.detail,
            "turns[2].at has no zone: end it with Z or an offset, as in 2026-01-15T09:30:00+08:00"
        );
    }

    #[test]
    fn bounds_follow_the_kafka_timestamp() {
        check(text("1990-01-01T00:00:00Z"), "1990-01-01T00:00:00Z");
        check(text("1989-12-31T23:59:59.999Z"), "time_out_of_bounds");
        check(text("2026-01-16T00:00:00Z"), "2026-01-16T00:00:00Z");
        check(text("2026-01-16T00:00:00.001Z"), "time_out_of_bounds");
        check(text("2100-01-01T00:00:00Z"), "time_out_of_bounds");
        for epoch in [0.0, -1.0, 1e11, 1.7e15, -1e300, 1e300, f64::MAX, f64::NAN, f64::INFINITY] {
            check(RawTime::Epoch(epoch), "time_out_of_bounds");
        }
        for received_ms in [i64::MIN, -1, i64::MAX] {
            let late = parse("occurred_at", &text("2100-01-01T00:00:00Z"), received_ms).expect_err("2100");
            assert_eq!(late.reason, Reason::TimeOutOfBounds);
        }
    }
}

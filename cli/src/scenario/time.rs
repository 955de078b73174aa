//! When things happen, and how sources write it down.

use fastrand::Rng;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::world::{Precision, Source, Zone};

/// How busy each hour of the day is, against the busiest.
const BUSY: [u32; 24] = [9, 5, 3, 2, 2, 4, 10, 22, 40, 58, 70, 74, 78, 70, 64, 64, 66, 70, 78, 90, 100, 96, 66, 28];

/// Draws a moment of a span as people live there: few at night, most in the evening.
pub(super) fn moment(rng: &mut Rng, zone: &TimeZone, from: Timestamp, to: Timestamp) -> Timestamp {
    let span_ms = to.duration_since(from).as_millis().max(1);
    let mut draw = || from + SignedDuration::from_millis((rng.f64() * span_ms as f64) as i64);
    let mut at = draw();
    // A span of a few hours may lie in the night: what is drawn last stands.
    for _ in 0..12 {
        let hour = usize::from(zone.to_datetime(at).hour().unsigned_abs());
        if u64::from(BUSY[hour]) * 1_000 > hash(at) % 100_000 {
            break;
        }
        at = draw();
    }
    at
}

/// Mixes a moment, so that keeping it needs no further draw.
fn hash(at: Timestamp) -> u64 {
    at.as_millisecond().unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32
}

/// Draws a length between two.
pub(super) fn between(rng: &mut Rng, least: SignedDuration, most: SignedDuration) -> SignedDuration {
    least + SignedDuration::from_millis((rng.f64() * (most - least).as_millis() as f64) as i64)
}

/// Returns that many hours.
pub(super) const fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// Returns that many days.
pub(super) const fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// Writes a time as the source does: to the millisecond, to the second where it is naive, or the day alone.
pub(super) fn written(at: Timestamp, source: &Source) -> Value {
    let Some(Zone(zone)) = &source.zone else { return at.as_millisecond().into() };
    let at = whole_ms(at);
    let local = zone.to_datetime(at);
    match (source.naive, source.precision) {
        (_, Precision::Day) => local.date().to_string().into(),
        (true, Precision::Second) => local.strftime("%F %T").to_string().into(),
        (false, Precision::Second) => with_offset(at, zone),
    }
}

fn with_offset(at: Timestamp, zone: &TimeZone) -> Value {
    let offset = zone.to_offset(at);
    if offset.is_zero() { at.to_string().into() } else { at.display_with_offset(offset).to_string().into() }
}

/// Cuts a time to milliseconds.
pub(super) fn whole_ms(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::world::world;

    #[test]
    fn every_source_writes_the_time_its_way() {
        let at = "2026-07-01T20:30:05.123456Z".parse().unwrap();
        let check = |source: &str, expected: Value| {
            let source = world().sources.iter().find(|other| other.name == source).unwrap();
            assert_eq!(written(at, source), expected, "{}", source.name);
        };
        check("webshop-east", "2026-07-02T04:30:05.123+08:00".into());
        check("plazamart-flagship", 1_782_937_805_123_i64.into());
        check("bazaar-export", "2026-07-02".into());
        check("huiyin-export", "2026-07-02 04:30:05".into());
        check("appshelf", "2026-07-01T20:30:05.123Z".into());
    }

    #[test]
    fn nights_are_quiet() {
        let mut rng = Rng::with_seed(1);
        let from: Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
        let zone = &world().regions[0].zone.0;
        let drawn: Vec<i8> =
            (0..4_000).map(|_| zone.to_datetime(moment(&mut rng, zone, from, from + days(30))).hour()).collect();
        let between = |hours: std::ops::Range<i8>| drawn.iter().filter(|hour| hours.contains(hour)).count();
        assert!(between(1..5) * 10 < between(18..22), "{} {}", between(1..5), between(18..22));
    }
}

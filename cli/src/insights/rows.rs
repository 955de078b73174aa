//! What a run writes.

use anyhow::{Result, bail};
use hearken_insights::drivers::{Driver, Drivers};
use hearken_insights::kano::TextKano;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Serialize;

/// When and over what a run is computed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    pub(super) from: String,
    pub(super) until: String,
    pub(super) computed_at: String,
    pub(super) seed: u64,
}

impl Run {
    /// Makes the run of a moment; where no window is given it ends with the hour before.
    pub(super) fn new(
        now: Timestamp,
        (from, until): (Option<Timestamp>, Option<Timestamp>),
        window: SignedDuration,
        seed: u64,
    ) -> Result<Self> {
        let hour = now.as_second() - now.as_second().rem_euclid(3_600);
        let until = until.unwrap_or(Timestamp::from_second(hour)?);
        let from = from.unwrap_or(until.checked_sub(window)?);
        if from >= until {
            bail!("--from {from} is not before the end, {until}");
        }
        let written = |at: Timestamp, format: &str| at.to_zoned(TimeZone::UTC).strftime(format).to_string();
        let seconds = "%Y-%m-%d %H:%M:%S";
        Ok(Self {
            from: written(from, seconds),
            until: written(until, seconds),
            computed_at: written(now, "%Y-%m-%d %H:%M:%S.%3f"),
            seed,
        })
    }
}

/// Whose score of which kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Key {
    pub(super) brand: String,
    pub(super) metric: &'static str,
    pub(super) survey_kind: String,
}

/// The drivers of one basis, each with its name, mentions and performance.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Based {
    pub(super) basis: &'static str,
    pub(super) n: usize,
    pub(super) named: Vec<(String, usize, Option<f64>)>,
    pub(super) found: Drivers,
}

/// The Kano classes of topics, by name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Classed {
    pub(super) n: usize,
    pub(super) r2: f64,
    pub(super) named: Vec<(String, TextKano)>,
}

/// Rows of both tables.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) drivers: Vec<DriverRow>,
    pub(super) kano: Vec<KanoRow>,
}

impl Findings {
    /// Adds what was found of a scope.
    pub(super) fn add(&mut self, run: &Run, key: Key, drivers: Vec<Based>, kano: Option<Classed>) {
        for Based { basis, n, named, found } in drivers {
            let Drivers { r2, drivers } = found;
            let row = |((driver, mentions, performance), found): ((String, usize, Option<f64>), Driver)| {
                let Driver { importance, low, high, significant, lmg, correlation } = found;
                let direction = if correlation < 0.0 { "-" } else { "+" };
                let at = Written::of(run, &key);
                DriverRow {
                    at,
                    basis,
                    driver,
                    n,
                    mentions,
                    r2,
                    importance,
                    low,
                    high,
                    significant,
                    lmg,
                    direction,
                    performance,
                }
            };
            self.drivers.extend(named.into_iter().zip(drivers).map(row));
        }
        for (feature, told) in kano.iter().flat_map(|kano| &kano.named) {
            let TextKano { positive, negative, reward, penalty, class, agreement } = *told;
            let (n, r2) = kano.as_ref().map_or((0, 0.0), |kano| (kano.n, kano.r2));
            let class = class.map(hearken_insights::kano::Class::as_str);
            let at = Written::of(run, &key);
            self.kano.push(KanoRow {
                at,
                feature: feature.clone(),
                n,
                r2,
                positive,
                negative,
                class,
                penalty,
                reward,
                agreement,
            });
        }
    }
}

/// What every row begins with.
#[derive(Debug, Clone, Serialize)]
struct Written {
    #[serde(flatten)]
    key: Key,
    from: String,
    until: String,
    computed_at: String,
    seed: u64,
}

impl Written {
    fn of(run: &Run, key: &Key) -> Self {
        let Run { from, until, computed_at, seed } = run.clone();
        Self { key: key.clone(), from, until, computed_at, seed }
    }
}

/// A row of `driver_importance`.
#[derive(Debug, Serialize)]
pub(super) struct DriverRow {
    #[serde(flatten)]
    at: Written,
    basis: &'static str,
    driver: String,
    n: usize,
    mentions: usize,
    r2: f64,
    importance: f64,
    low: f64,
    high: f64,
    significant: bool,
    lmg: Option<f64>,
    direction: &'static str,
    performance: Option<f64>,
}

/// A row of `text_kano`.
#[derive(Debug, Serialize)]
pub(super) struct KanoRow {
    #[serde(flatten)]
    at: Written,
    feature: String,
    n: usize,
    r2: f64,
    positive: usize,
    negative: usize,
    class: Option<&'static str>,
    penalty: f64,
    reward: f64,
    agreement: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_with_the_hour_unless_it_is_given() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let day = SignedDuration::from_hours(24);
        let run = |from: Option<&str>, until: Option<&str>| {
            Run::new(at("2026-11-22T13:45:01.5Z"), (from.map(at), until.map(at)), day, 1)
        };
        let window = |run: Run| (run.from, run.until);
        for (from, until, expected) in [
            (None, None, ("2026-11-21 13:00:00", "2026-11-22 13:00:00")),
            (Some("2026-11-01T00:00:00Z"), None, ("2026-11-01 00:00:00", "2026-11-22 13:00:00")),
            (None, Some("2026-11-02T08:00:00+08:00"), ("2026-11-01 00:00:00", "2026-11-02 00:00:00")),
        ] {
            assert_eq!(window(run(from, until).unwrap()), (expected.0.to_owned(), expected.1.to_owned()));
        }
        assert_eq!(run(None, None).unwrap().computed_at, "2026-11-22 13:45:01.500");
        let error = run(Some("2026-11-23T00:00:00Z"), None).unwrap_err().to_string();
        assert!(error.contains("is not before the end"), "{error}");
    }
}

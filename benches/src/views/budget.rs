//! The figures of before, and what has grown since.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, bail};
use toml::{Table, Value};

use super::{Figures, Measure};

/// Rows that a question may read more, whatever the margin: the size of a few granules.
const ROWS_SLACK: f64 = 100_000.0;
/// From so many rows on the targets hold.
const TARGET_ROWS: u64 = 10_000_000;
/// Milliseconds that a question may take longer, whatever the margin.
const MS_SLACK: f64 = 30.0;

/// A budget: what a run with so many rows found when it was last accepted, and how much more is too much.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// How many times a size may be what it was.
    pub sizes: f64,
    /// How many times a time may be what it was.
    pub times: f64,
    /// What a view may take at all, with ten million rows.
    pub view_ms: f64,
    /// What the slow end of a question of boards may take at all, with ten million rows.
    pub minute_p95_ms: f64,
    /// By rows.
    figures: BTreeMap<u64, Figures>,
}

/// Something over its limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Excess {
    /// What was measured.
    pub measure: Measure,
    /// Of what.
    pub what: String,
    /// How much it is.
    pub found: f64,
    /// How much it may be at most; of rows a second, at least.
    pub limit: f64,
}

impl Budget {
    /// Reads a budget file.
    ///
    /// # Errors
    /// Where it is not TOML, lacks a margin or target, or has a section that nobody reads.
    pub fn parse(text: &str) -> Result<Self> {
        let file: Table = text.parse()?;
        let limit = |section: &str, name: &str| {
            number(file.get(section).and_then(|section| section.get(name))).with_context(|| format!("{section}.{name}"))
        };
        let mut figures = BTreeMap::new();
        for (name, section) in file.iter().filter(|(name, _)| !["margins", "targets"].contains(&name.as_str())) {
            let rows = name
                .strip_prefix("rows_")
                .and_then(|rows| rows.parse().ok())
                .with_context(|| format!("[{name}]: expected rows_N"))?;
            figures.insert(rows, section_figures(section).with_context(|| format!("[{name}]"))?);
        }
        Ok(Self {
            sizes: limit("margins", "sizes")?,
            times: limit("margins", "times")?,
            view_ms: limit("targets", "view_ms")?,
            minute_p95_ms: limit("targets", "minute_p95_ms")?,
            figures,
        })
    }

    /// Compares what a run with so many rows found with what it found before. What was never measured before has no limit but the
    /// targets, which hold from ten million rows on.
    pub fn check(&self, rows: u64, found: &Figures) -> Vec<Excess> {
        let before = self.figures.get(&rows);
        let mut excesses = Vec::new();
        for (measure, found) in found {
            for (what, found) in found {
                let known = before.and_then(|before| before.get(measure)?.get(what));
                let limit = [known.map(|known| self.limit(*measure, *known)), self.target(rows, *measure, what)];
                // Of rows a second alone, less is worse.
                let is_over = |limit: &f64| if *measure == Measure::RowsPerS { found < limit } else { found > limit };
                let over = limit.into_iter().flatten().find(is_over);
                excesses.extend(over.map(|limit| Excess {
                    measure: *measure,
                    what: what.clone(),
                    found: *found,
                    limit,
                }));
            }
        }
        excesses
    }

    /// Names what was found and has no figure of before to be compared with.
    pub fn unknown(&self, rows: u64, found: &Figures) -> Vec<String> {
        let before = |measure: &Measure, what: &String| self.figures.get(&rows)?.get(measure)?.get(what);
        let new = |(measure, of): (&Measure, &BTreeMap<String, f64>)| {
            let names = of.keys().filter(|what| before(measure, what).is_none());
            names.map(|what| format!("{} of {what}", measure.name())).collect::<Vec<_>>()
        };
        found.iter().flat_map(new).collect()
    }

    fn limit(&self, measure: Measure, known: f64) -> f64 {
        match measure {
            Measure::BytesPerRow | Measure::RollupRowsPerRow => known * self.sizes,
            Measure::RowsRead => known * self.sizes + ROWS_SLACK,
            Measure::MedianMs | Measure::P95Ms => known * self.times + MS_SLACK,
            Measure::StageUs => known * self.times,
            Measure::RowsPerS => known / self.times,
        }
    }

    fn target(&self, rows: u64, measure: Measure, what: &str) -> Option<f64> {
        if rows < TARGET_ROWS {
            return None;
        }
        match measure {
            Measure::MedianMs if what.starts_with("v_") => Some(self.view_ms),
            Measure::P95Ms => Some(self.minute_p95_ms),
            Measure::MedianMs
            | Measure::BytesPerRow
            | Measure::RollupRowsPerRow
            | Measure::RowsRead
            | Measure::RowsPerS
            | Measure::StageUs => None,
        }
    }
}

fn section_figures(section: &Value) -> Result<Figures> {
    let mut figures = Figures::new();
    for (name, found) in section.as_table().context("expected measures")? {
        let measure = Measure::ALL
            .into_iter()
            .find(|measure| measure.name() == name)
            .ok_or_else(|| anyhow!("{name} is no measure"))?;
        let mut of_measure = BTreeMap::new();
        for (what, figure) in found.as_table().with_context(|| format!("{name}: expected figures"))? {
            of_measure.insert(what.clone(), number(Some(figure)).with_context(|| format!("{name}.{what}"))?);
        }
        figures.insert(measure, of_measure);
    }
    Ok(figures)
}

fn number(value: Option<&Value>) -> Result<f64> {
    match value {
        Some(Value::Float(number)) => Ok(*number),
        Some(Value::Integer(number)) => Ok(*number as f64),
        Some(Value::String(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_)) | None => {
            bail!("expected a number")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

    use super::*;

    const FILE: &str = r#"
        [margins]
        sizes = 1.1
        times = 2.0
        [targets]
        view_ms = 2000
        minute_p95_ms = 200
        [rows_1000.bytes_per_row]
        feedback = 100
        [rows_1000.rows_per_s]
        "with all views" = 50_000
        [rows_1000.median_ms]
        v_nps = 100
        [rows_1000.rows_read]
        v_nps = 1_000_000
    "#;

    fn check(rows: u64, measure: Measure, what: &str, found: f64, limit: Option<f64>) {
        let figures = Figures::from([(measure, BTreeMap::from([(what.to_owned(), found)]))]);
        let excesses = Budget::parse(FILE).unwrap().check(rows, &figures);
        let limits: Vec<f64> = excesses.iter().map(|over| over.limit.round()).collect();
        assert_eq!(limits, limit.into_iter().collect::<Vec<_>>(), "{what}: {found}");
    }

    #[test]
    fn sizes_are_compared_strictly_and_times_loosely() {
        check(1_000, Measure::BytesPerRow, "feedback", 109.0, None);
        check(1_000, Measure::BytesPerRow, "feedback", 111.0, Some(110.0));
        check(1_000, Measure::RowsRead, "v_nps", 1_199_000.0, None);
        check(1_000, Measure::RowsRead, "v_nps", 1_201_000.0, Some(1_200_000.0));
        check(1_000, Measure::MedianMs, "v_nps", 229.0, None);
        check(1_000, Measure::MedianMs, "v_nps", 231.0, Some(230.0));
        check(1_000, Measure::RowsPerS, "with all views", 25_001.0, None);
        check(1_000, Measure::RowsPerS, "with all views", 24_999.0, Some(25_000.0));
    }

    #[test]
    fn what_is_new_has_no_limit_but_the_targets() {
        check(1_000, Measure::MedianMs, "v_new", 1e9, None);
        check(2_000, Measure::BytesPerRow, "feedback", 1e9, None);
        check(10_000_000, Measure::MedianMs, "v_new", 2_001.0, Some(2_000.0));
        check(10_000_000, Measure::MedianMs, "30 days: hours", 2_001.0, None);
        check(10_000_000, Measure::P95Ms, "30 days: hours", 201.0, Some(200.0));
        let figures = Figures::from([(
            Measure::MedianMs,
            BTreeMap::from([("v_new".to_owned(), 1.0), ("v_nps".to_owned(), 1.0)]),
        )]);
        assert_eq!(Budget::parse(FILE).unwrap().unknown(1_000, &figures), ["median_ms of v_new"]);
    }

    #[test]
    fn a_run_reads_back_what_it_wrote() {
        let figures = Figures::from([(Measure::BytesPerRow, BTreeMap::from([("feedback".to_owned(), 260.0)]))]);
        let margins = FILE.split("[rows_").next().unwrap();
        let budget = Budget::parse(&format!("{margins}{}", super::super::to_toml(&figures, 7))).unwrap();
        assert_eq!(budget.figures, BTreeMap::from([(7, figures)]));
    }

    #[test]
    fn a_file_that_says_something_else_is_refused() {
        let refused = |text: &str, word: &str| {
            let error = format!("{:#}", Budget::parse(text).unwrap_err());
            assert!(error.contains(word), "{error}");
        };
        refused("", "margins.sizes");
        refused(&format!("{FILE}\n[row_1000]"), "expected rows_N");
        refused(&format!("{FILE}\n[rows_9.bytes]"), "bytes is no measure");
        refused(&format!("{FILE}\n[rows_9.bytes_per_row]\nfeedback = 'much'"), "expected a number");
    }
}

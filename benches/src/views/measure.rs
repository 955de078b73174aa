//! Weighing and asking.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;

use super::fill::feedback_into;
use super::local::Local;
use super::questions::Question;
use super::{Figures, Measure};

/// How long merges are waited for before anything is timed.
const SETTLE: Duration = Duration::from_secs(60);
/// What is smaller has no size worth a budget.
const ROWS_MIN: u64 = 1_000;
/// Rows of one insert, as the sink's blocks are.
const BLOCK: u64 = 20_000;
/// How many of them are timed.
const BLOCKS: u64 = 10;

/// How often a question is asked, and after which time no more.
pub struct Patience {
    /// So often, unless it takes too long.
    pub times: usize,
    /// After the second time.
    pub at_most: Duration,
}

/// A question that could not be answered.
pub struct Failed {
    /// Its name.
    pub name: String,
    /// ClickHouse's words.
    pub error: String,
}

/// Waits until ClickHouse has merged what it likes to, a minute at most.
///
/// # Errors
/// Where ClickHouse does not answer.
pub fn settle(local: &Local) -> Result<()> {
    let until = Instant::now() + SETTLE;
    while Instant::now() < until && local.sql("SELECT count() FROM system.merges")?.trim() != "0" {
        thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// Merges the rollups, and every table where `all`, and takes their sizes.
///
/// # Errors
/// Where ClickHouse does not answer.
pub fn weigh(local: &Local, all: bool, figures: &mut Figures) -> Result<()> {
    let tables = local.rows("SELECT name, engine = 'SummingMergeTree' FROM system.tables WHERE database = 'hearken' AND engine LIKE '%MergeTree' ORDER BY name")?;
    let is_rollup = |row: &[String]| row.get(1).is_some_and(|flag| flag == "1");
    for row in tables.iter().filter(|row| all || is_rollup(row)) {
        local.sql(&format!("OPTIMIZE TABLE hearken.{} FINAL", row[0]))?;
    }
    let sizes = local.rows("SELECT table, sum(rows), sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'hearken' GROUP BY table")?;
    let mut weights = Vec::new();
    for row in &sizes {
        let [table, rows, bytes] = row.as_slice() else { continue };
        weights.push((table, rows.parse::<u64>()?, bytes.parse::<u64>()?));
    }
    let base = weights.iter().find(|(table, ..)| *table == "feedback").map_or(0, |(_, rows, _)| *rows);
    for (table, rows, bytes) in weights.into_iter().filter(|(_, rows, _)| *rows >= ROWS_MIN) {
        figures.entry(Measure::BytesPerRow).or_default().insert(table.clone(), bytes as f64 / rows as f64);
        if tables.iter().any(|row| row[0] == *table && is_rollup(row)) {
            figures.entry(Measure::RollupRowsPerRow).or_default().insert(table.clone(), rows as f64 / base as f64);
        }
    }
    Ok(())
}

/// Asks a question once for nothing and then as often as patience has it, and notes the rows read, the median, and, of a question that
/// boards ask (`p95`), the slow end. Returns the question where it could not be answered.
pub fn ask(
    local: &Local,
    question: &Question,
    patience: &Patience,
    p95: bool,
    figures: &mut Figures,
) -> Option<Failed> {
    let (mut times, rows_read) = match timed(local, question, patience) {
        Ok(found) => found,
        Err(error) => return Some(Failed { name: question.name.clone(), error: format!("{error:#}") }),
    };
    times.sort_by(f64::total_cmp);
    let mut note = |measure, figure| _ = figures.entry(measure).or_default().insert(question.name.clone(), figure);
    note(Measure::RowsRead, rows_read);
    note(Measure::MedianMs, times[times.len() / 2]);
    if p95 {
        note(Measure::P95Ms, times[(times.len() * 95).div_ceil(100) - 1]);
    }
    None
}

/// Returns milliseconds, at least one, and the rows read.
fn timed(local: &Local, question: &Question, patience: &Patience) -> Result<(Vec<f64>, f64)> {
    let statement = format!("{} FORMAT JSON", question.sql);
    let since = Instant::now();
    let answer: Value = serde_json::from_str(&local.sql(&statement)?).context("an answer that is no JSON")?;
    let rows_read = answer["statistics"]["rows_read"].as_f64().context("an answer without rows_read")?;
    let mut times = Vec::new();
    while times.is_empty() || (times.len() < patience.times && since.elapsed() < patience.at_most) {
        let since = Instant::now();
        local.sql(&statement)?;
        times.push(since.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok((times, rows_read))
}

/// Inserts feedback beyond the `rows` that are there, in blocks like the sink's, into a table that feeds no view and into the one that
/// feeds all of them.
///
/// # Errors
/// Where ClickHouse refuses it.
pub fn insert(local: &Local, rows: u64, figures: &mut Figures) -> Result<()> {
    local.sql("CREATE TABLE staged AS hearken.feedback ENGINE = MergeTree ORDER BY (in_offset, in_partition)")?;
    local.sql("CREATE TABLE bare AS hearken.feedback")?;
    local.sql(&feedback_into("staged", rows, BLOCK * BLOCKS, rows))?;
    for (name, table) in [("into a table that feeds no view", "bare"), ("with all views", "hearken.feedback")] {
        let (since, first) = (Instant::now(), rows / 6);
        for nth in 0..BLOCKS {
            let offsets = [nth, nth + 1].map(|nth| first + nth * BLOCK / 6);
            local.sql(&format!(
                "INSERT INTO {table} SELECT * FROM staged WHERE in_offset >= {} AND in_offset < {}",
                offsets[0], offsets[1]
            ))?;
        }
        let written: f64 = local
            .sql(&format!(
                "SELECT count() FROM staged WHERE in_offset >= {first} AND in_offset < {}",
                first + BLOCKS * BLOCK / 6
            ))?
            .trim()
            .parse()?;
        figures.entry(Measure::RowsPerS).or_default().insert(name.to_owned(), written / since.elapsed().as_secs_f64());
    }
    Ok(())
}

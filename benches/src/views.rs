//! What the tables cost and how fast the views answer, on rows made up inside ClickHouse: `cargo run --release -p hearken-benches --bin views`.
//!
//! [`fill`] writes the rows through the real materialized views, [`measure`] asks and weighs, [`budget`] compares with the figures of
//! before. Everything in the rows follows from their number, so sizes are the same in every run; times are the machine's.

use std::collections::BTreeMap;

pub mod budget;
pub mod fill;
pub mod local;
pub mod measure;
pub mod questions;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// A table's bytes on disk over its rows.
    BytesPerRow,
    /// A rollup's rows, merged, over the rows of `feedback`.
    RollupRowsPerRow,
    /// Rows that a question reads.
    RowsRead,
    /// The median time of a question.
    MedianMs,
    /// Of twenty times a question is asked, the one that one is slower than.
    P95Ms,
    /// Rows inserted a second.
    RowsPerS,
    /// What a record costs in a stage, microseconds of one core.
    StageUs,
}

impl Measure {
    /// All of them, as they are printed.
    pub const ALL: [Self; 7] = [
        Self::BytesPerRow,
        Self::RollupRowsPerRow,
        Self::RowsRead,
        Self::MedianMs,
        Self::P95Ms,
        Self::RowsPerS,
        Self::StageUs,
    ];

    /// Returns the name it has in the budget file.
    pub fn name(self) -> &'static str {
        match self {
            Self::BytesPerRow => "bytes_per_row",
            Self::RollupRowsPerRow => "rollup_rows_per_row",
            Self::RowsRead => "rows_read",
            Self::MedianMs => "median_ms",
            Self::P95Ms => "p95_ms",
            Self::RowsPerS => "rows_per_s",
            Self::StageUs => "stage_us",
        }
    }

    /// Whether it is the same on every machine.
    pub fn is_size(self) -> bool {
        match self {
            Self::BytesPerRow | Self::RollupRowsPerRow | Self::RowsRead => true,
            Self::MedianMs | Self::P95Ms | Self::RowsPerS | Self::StageUs => false,
        }
    }
}

/// What a run found: of each measure, what was measured and how much it was.
pub type Figures = BTreeMap<Measure, BTreeMap<String, f64>>;

/// Writes figures as the section of the budget file that they would be.
pub fn to_toml(figures: &Figures, rows: u64) -> String {
    let mut text = String::new();
    for (measure, found) in figures {
        text.push_str(&format!("\n[rows_{rows}.{}]\n", measure.name()));
        for (what, figure) in found {
            text.push_str(&format!("{what:?} = {}\n", rounded(*figure)));
        }
    }
    text
}

/// Three digits are enough to compare, and a file that is read by people.
fn rounded(figure: f64) -> String {
    match figure.abs() {
        large if large >= 100.0 => format!("{figure:.0}"),
        middle if middle >= 1.0 => format!("{figure:.1}"),
        _ => format!("{figure:.4}"),
    }
}

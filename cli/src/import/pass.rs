//! One pass over a table: every row mapped, judged, and handed on or refused with its reason.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value;

use super::damage::Damage;
use super::table::Table;
use crate::check::{Judge, refused};
use crate::replay::{Kind, Mapping, RawRecord, Records, Unsent};

/// How many refused rows are named.
const NAMED_MAX: usize = 20;

/// How many records are shown.
const SHOWN_MAX: usize = 3;

/// What came of a table.
#[derive(Debug, Default)]
pub(super) struct Passed {
    pub(super) good: u64,
    pub(super) refused: u64,
    /// The first good records, each with its row.
    pub(super) shown: Vec<(usize, Value)>,
    /// The first refused rows, in words.
    pub(super) named: Vec<String>,
    pub(super) by_reason: BTreeMap<&'static str, u64>,
}

/// Calls `each` for every record that would become a row.
///
/// # Errors
/// What `each` answered.
pub(super) fn pass(
    table: &Table,
    kind: Kind,
    mapping: &Mapping,
    mut each: impl FnMut(RawRecord) -> Result<()>,
) -> Result<Passed> {
    let (damage, mut judge) = (Damage::of(table, mapping), Judge::new(kind, None));
    let mut records = Records::new(kind, Some(mapping));
    let mut passed = Passed::default();
    for (row, line) in table.lines() {
        let line = match line {
            Ok(line) => line,
            Err(words) => {
                passed.refuse(row, "unreadable", &words);
                continue;
            }
        };
        if let Some(words) = damage.found(&line) {
            passed.refuse(row, "digits_lost", &words);
            continue;
        }
        if let Some(record) = records.take(row, line, b"") {
            passed.take(row, record, &mut judge, kind, &mut each)?;
        }
    }
    for (place, record) in records.conversations() {
        passed.take(place.line, record, &mut judge, kind, &mut each)?;
    }
    Ok(passed)
}

impl Passed {
    fn take(
        &mut self,
        row: usize,
        record: Result<RawRecord, Unsent>,
        judge: &mut Judge,
        kind: Kind,
        each: &mut impl FnMut(RawRecord) -> Result<()>,
    ) -> Result<()> {
        let record = match record {
            Ok(record) => record,
            Err(unsent) => {
                self.refuse(row, "not_sent", &unsent.problem);
                return Ok(());
            }
        };
        if let Err(rejection) = judge.judge(&record, row) {
            let problem = refused(&rejection, kind);
            let field = problem.path.trim_start_matches(['$', '.']);
            let place = if field.is_empty() { String::new() } else { format!("{field}: ") };
            self.refuse(row, problem.reason, &format!("{place}{}. {}", problem.detail, problem.fix));
            return Ok(());
        }
        self.good += 1;
        if self.shown.len() < SHOWN_MAX {
            self.shown.push((row, serde_json::from_slice(&record.value)?));
        }
        each(record)
    }

    fn refuse(&mut self, row: usize, reason: &'static str, words: &str) {
        self.refused += 1;
        *self.by_reason.entry(reason).or_default() += 1;
        if self.named.len() < NAMED_MAX {
            self.named.push(format!("row {row}: {words}"));
        }
    }
}

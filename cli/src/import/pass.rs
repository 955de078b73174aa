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
    let damage = Damage::of(table, mapping);
    let mut records = Records::new(kind, Some(mapping));
    let mut pass = Pass { kind, judge: Judge::new(kind, None), passed: Passed::default() };
    for (row, line) in table.lines() {
        let line = match line {
            Ok(line) => line,
            Err(words) => {
                pass.passed.refuse(row, "unreadable", &words);
                continue;
            }
        };
        if let Some(words) = damage.found(&line) {
            pass.passed.refuse(row, "digits_lost", &words);
            continue;
        }
        if let Some(record) = records.take(row, line, b"")
            && let Some(record) = pass.take(row, record)?
        {
            each(record)?;
        }
    }
    for (place, record) in records.conversations() {
        if let Some(record) = pass.take(place.line, record)? {
            each(record)?;
        }
    }
    Ok(pass.passed)
}

struct Pass {
    kind: Kind,
    judge: Judge,
    passed: Passed,
}

impl Pass {
    /// Judges a record and returns it where it would become a row.
    fn take(&mut self, row: usize, record: Result<RawRecord, Unsent>) -> Result<Option<RawRecord>> {
        let record = match record {
            Ok(record) => record,
            Err(unsent) => {
                self.passed.refuse(row, "not_sent", &unsent.problem);
                return Ok(None);
            }
        };
        if let Err(rejection) = self.judge.judge(&record, row) {
            let problem = refused(&rejection, self.kind);
            let field = problem.path.trim_start_matches(['$', '.']);
            let place = if field.is_empty() { String::new() } else { format!("{field}: ") };
            self.passed.refuse(row, problem.reason, &format!("{place}{}. {}", problem.detail, problem.fix));
            return Ok(None);
        }
        self.passed.good += 1;
        if self.passed.shown.len() < SHOWN_MAX {
            self.passed.shown.push((row, serde_json::from_slice(&record.value)?));
        }
        Ok(Some(record))
    }
}

impl Passed {
    fn refuse(&mut self, row: usize, reason: &'static str, words: &str) {
        self.refused += 1;
        *self.by_reason.entry(reason).or_default() += 1;
        if self.named.len() < NAMED_MAX {
            self.named.push(format!("row {row}: {words}"));
        }
    }
}

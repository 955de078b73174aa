//! Ids that a spreadsheet program has cut to the 15 digits it keeps of a number.

use std::collections::BTreeSet;

use serde_json::Value;

use super::table::Table;
use crate::replay::{Mapping, find, text};

/// Digits that a spreadsheet program keeps of a number.
const DIGITS_KEPT: usize = 15;

/// So many zeros and nothing else after the digits that are kept are no chance.
const ZEROS_MIN: usize = 6;

/// Fields that are words: a number in them harms nobody.
const WORDS: [&str; 4] = ["text", "title", "turns", "answers"];

/// Where a mapping reads what must not have lost a digit.
pub(super) struct Damage<'a> {
    exact: Vec<&'a str>,
    /// Columns whose long numbers all end in zeros.
    cut: BTreeSet<&'a str>,
}

impl<'a> Damage<'a> {
    /// Looks through the whole table.
    pub(super) fn of(table: &Table, mapping: &'a Mapping) -> Self {
        let reads = mapping.reads();
        let exact: Vec<&str> =
            reads.iter().filter(|(field, _)| !WORDS.contains(field)).map(|(_, path)| *path).collect();
        let ids: BTreeSet<&str> =
            reads.iter().filter(|(field, _)| field.ends_with("_id")).map(|(_, path)| *path).collect();
        let mut zeros: Vec<(&str, Option<usize>)> = ids.into_iter().map(|path| (path, Some(0))).collect();
        for line in table.lines().filter_map(|(_, line)| line.ok()) {
            for (path, seen) in &mut zeros {
                if let Some(tail) = find(&line, path).and_then(tail) {
                    let more = (tail.bytes().all(|digit| digit == b'0')).then_some(tail.len());
                    *seen = seen.and_then(|seen| more.map(|more| seen + more));
                }
            }
        }
        let cut =
            zeros.into_iter().filter(|(_, seen)| seen.is_some_and(|seen| seen >= ZEROS_MIN)).map(|(path, _)| path);
        Self { exact, cut: cut.collect() }
    }

    /// Says what is wrong with a row, and what to do.
    pub(super) fn found(&self, line: &Value) -> Option<String> {
        self.exact.iter().find_map(|path| {
            let value = find(line, path)?;
            let how = if is_rounded(value) {
                "is what a spreadsheet program shows of a longer number, of which it keeps 15 digits"
            } else if self.cut.contains(path) && tail(value).is_some() {
                "ends in zeros like every long number in its column: a spreadsheet program kept 15 digits of them"
            } else {
                return None;
            };
            Some(format!(
                "column {path:?}: {} {how}. Format the column as text before the numbers come into it, and export again",
                text(value)
            ))
        })
    }
}

/// Returns the digits that a spreadsheet program would not have kept.
fn tail(value: &Value) -> Option<String> {
    let digits = text(value);
    let digits = digits.trim();
    (digits.len() > DIGITS_KEPT && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits[DIGITS_KEPT..].to_owned())
}

/// Tells whether a value is a number with an exponent: `1.23E+18`, in JSON `1.23e18` too.
fn is_rounded(value: &Value) -> bool {
    let text = text(value);
    let Some((digits, exponent)) = text.trim().split_once(['E', 'e']) else { return false };
    let exponent = if value.is_number() { Some(exponent.trim_start_matches('+')) } else { exponent.strip_prefix('+') };
    let is_exponent =
        exponent.is_some_and(|exponent| exponent.len() >= 2 && exponent.bytes().all(|byte| byte.is_ascii_digit()));
    is_exponent && digits.trim_start_matches('-').parse::<f64>().is_ok()
}

//! Every acknowledged record has exactly one outcome, and nothing else has any.

use std::collections::{HashMap, HashSet};

use crate::finding::{Finding, Kind};
use crate::ledger::{At, Entry, Ledger};
use crate::tables::Tables;

/// What became of one record. A hop may deliver a record twice, so an outcome that is no row may be noted twice.
struct Fate<'a> {
    outcome: &'a str,
    src: &'a At,
    crc: u32,
    id: Option<&'a str>,
}

/// Compares the ledger with rows, dead letters and outcomes.
pub(crate) fn judge(ledger: &Ledger, tables: &Tables) -> Vec<Finding> {
    let mut findings = Vec::new();
    let promised = promised(ledger, &mut findings);
    let mut outcomes: HashMap<&At, HashSet<&str>> = HashMap::new();
    for fate in fates(tables) {
        let Some(entry) = promised.get(fate.src) else {
            findings.push(Finding::new(Kind::Unseen, format!("a {} of {}, which nobody sent", fate.outcome, fate.src)));
            continue;
        };
        findings.extend(wrong_content(entry, &fate));
        outcomes.entry(fate.src).or_default().insert(fate.outcome);
    }
    for (at, entry) in &promised {
        match outcomes.get(at) {
            None => findings.push(Finding::new(Kind::LostWrite, format!("{at}, {:?}", entry.id))),
            Some(several) if several.len() > 1 => {
                let mut several: Vec<&str> = several.iter().copied().collect();
                several.sort_unstable();
                findings.push(Finding::new(Kind::TwoOutcomes, format!("{at} is {}", several.join(" and "))));
            }
            Some(_) => {}
        }
    }
    findings.extend(twice("rows of", tables.states.iter().map(|row| &row.src)));
    findings.extend(twice("rows of", tables.states.iter().map(|row| format!("{} {}", row.table, row.record_id))));
    // A newer enricher reads a raw record again: another version, of the same revision.
    let added = || tables.rows.iter().filter(|row| row.sign == 1);
    findings.extend(twice("rows of", added().map(|row| format!("{} version {}", row.src, row.version))));
    let revisions: HashSet<(&At, u64)> = added().map(|row| (&row.src, row.version >> 16)).collect();
    findings.extend(twice("rows of", revisions.into_iter().map(|(src, _)| src)));
    let letters = tables.dead_letters.iter().map(|letter| format!("{} of stage {}", letter.at, letter.stage));
    findings.extend(twice("dead letters of", letters));
    findings
}

fn promised<'a>(ledger: &'a Ledger, findings: &mut Vec<Finding>) -> HashMap<&'a At, &'a Entry> {
    let mut promised = HashMap::new();
    for entry in &ledger.entries {
        if promised.insert(&entry.at, entry).is_some() {
            findings.push(Finding::new(Kind::Inconsistent, format!("Kafka acknowledged {} twice", entry.at)));
        }
    }
    promised
}

fn fates(tables: &Tables) -> impl Iterator<Item = Fate<'_>> {
    let rows = tables.rows.iter().filter(|row| row.sign == 1);
    let rows = rows.map(|row| Fate { outcome: "row", src: &row.src, crc: row.crc, id: Some(&row.source_id) });
    let letters = tables.dead_letters.iter();
    let letters = letters.map(|row| Fate { outcome: "dead letter", src: &row.src, crc: row.crc, id: None });
    let others = tables.outcomes.iter();
    let others = others.map(|row| Fate { outcome: &row.kind, src: &row.src, crc: row.crc, id: None });
    let states = tables.states.iter().map(|row| Fate { outcome: "row", src: &row.src, crc: row.crc, id: None });
    rows.chain(states).chain(letters).chain(others)
}

fn wrong_content(entry: &Entry, fate: &Fate<'_>) -> Option<Finding> {
    let Fate { outcome, src, crc, id } = fate;
    let found = if *crc != entry.crc {
        format!("the {outcome} of {src} has CRC {crc:08x}, {:08x} was sent", entry.crc)
    } else if id.is_some_and(|id| id != entry.id) {
        format!("the {outcome} of {src} is {id:?}, {:?} was sent", entry.id)
    } else {
        return None;
    };
    Some(Finding::new(Kind::WrongContent, found))
}

/// Names everything that comes more than once, a finding each.
pub(crate) fn twice<T: std::fmt::Display + Eq + std::hash::Hash>(
    what: &str,
    all: impl Iterator<Item = T>,
) -> Vec<Finding> {
    let mut counts: HashMap<T, usize> = HashMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    let several = counts.into_iter().filter(|(_, count)| *count > 1);
    several.map(|(one, count)| Finding::new(Kind::Duplicate, format!("{count} {what} {one}"))).collect()
}

//! The states of each feedback: one live, the newest; every other one taken back exactly once.

use std::collections::{BTreeMap, HashMap};

use crate::finding::{Finding, Kind};
use crate::outcomes::twice;
use crate::tables::{Row, Tables};

/// Compares the signed rows with each other and with `superseded`.
pub(crate) fn judge(tables: &Tables) -> Vec<Finding> {
    let of_sign = |sign| tables.rows.iter().filter(move |row| row.sign == sign);
    let state = |row: &Row| format!("feedback {} version {}", row.feedback_id, row.version);
    let mut findings = twice("rows of", of_sign(1).map(state));
    findings.extend(twice("rows that take back", of_sign(-1).map(state)));
    let mut by_feedback: HashMap<&str, Vec<&Row>> = HashMap::new();
    for row in &tables.rows {
        by_feedback.entry(&row.feedback_id).or_default().push(row);
    }
    for (id, rows) in by_feedback {
        findings.extend(feedback(id, &rows));
    }
    findings.extend(superseded(tables));
    findings.extend(answers(tables));
    findings
}

fn feedback(id: &str, rows: &[&Row]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut differ = |kind, what: String| findings.push(Finding::new(kind, format!("feedback {id}: {what}")));
    let signs: i64 = rows.iter().map(|row| row.sign).sum();
    if signs != 1 {
        differ(Kind::Inconsistent, format!("the signs sum to {signs}"));
    }
    let arrivals: i64 = rows.iter().map(|row| row.arrival).sum();
    if arrivals != 1 {
        differ(Kind::Inconsistent, format!("{arrivals} arrivals"));
    }
    let added = || rows.iter().filter(|row| row.sign == 1);
    let taken_back: Vec<&&Row> = rows.iter().filter(|row| row.sign == -1).collect();
    for row in &taken_back {
        match added().find(|other| other.version == row.version) {
            None => differ(Kind::Inconsistent, format!("version {} is taken back and was never there", row.version)),
            Some(other) if !same_measures(row, other) => {
                differ(Kind::Inconsistent, format!("version {} is taken back with other content", row.version));
            }
            Some(_) => {}
        }
    }
    let newest = added().map(|row| row.version).max();
    if let Some(newest) = newest.filter(|newest| taken_back.iter().any(|row| row.version == *newest)) {
        differ(Kind::NonMonotonic, format!("its newest version {newest} is taken back"));
    }
    findings
}

/// Tells whether two rows cancel each other out, wherever they are counted.
fn same_measures(row: &Row, other: &Row) -> bool {
    Row { sign: 1, arrival: other.arrival, ..row.clone() } == *other
}

fn superseded(tables: &Tables) -> Vec<Finding> {
    let mut balance: HashMap<(&str, u64), i64> = HashMap::new();
    for row in tables.rows.iter().filter(|row| row.sign == -1) {
        *balance.entry((&row.feedback_id, row.version)).or_default() += 1;
    }
    for (id, version) in &tables.superseded {
        *balance.entry((id, *version)).or_default() -= 1;
    }
    let differing = balance.into_iter().filter(|(_, balance)| *balance != 0);
    let finding = |((id, version), balance): ((&str, u64), i64)| {
        let more = if balance > 0 { "fewer" } else { "more" };
        let what =
            format!("feedback {id} version {version} is superseded {} times {more} than taken back", balance.abs());
        Finding::new(Kind::Inconsistent, what)
    };
    differing.map(finding).collect()
}

/// Every answer of a response, taken back or not, stands in `survey_answers` as often as in its row.
fn answers(tables: &Tables) -> Vec<Finding> {
    let mut balance: BTreeMap<(String, u64, i64, String), i64> = BTreeMap::new();
    for row in &tables.rows {
        for question in &row.answers {
            let key = (row.feedback_id.clone(), row.version, row.sign, question.clone());
            *balance.entry(key).or_default() += 1;
        }
    }
    for (key, count) in &tables.survey_answers {
        *balance.entry(key.clone()).or_default() -= count;
    }
    let differing = balance.into_iter().filter(|(_, balance)| *balance != 0);
    let finding = |((id, version, sign, question), balance): ((String, u64, i64, String), i64)| {
        let more = if balance > 0 { "fewer" } else { "more" };
        let what = format!(
            "survey_answers: feedback {id} version {version} sign {sign} has {} answers to {question:?} {more} than its row",
            balance.abs()
        );
        Finding::new(Kind::Inconsistent, what)
    };
    differing.map(finding).collect()
}

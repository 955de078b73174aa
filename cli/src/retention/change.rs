//! From the terms in force to those of a file. Pure.

use std::collections::BTreeMap;

use super::terms::{ANSWERS, ROWS, Terms, WORDS};

/// What ClickHouse keeps to: by table its TTL, and by table and column the days.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct InForce {
    pub(super) rows: BTreeMap<String, String>,
    pub(super) words: BTreeMap<(String, String), u32>,
}

/// One change of a term.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) table: String,
    /// In words.
    pub(super) what: String,
    /// What `ALTER TABLE` is told; those of one table go in one statement, so that lists side by side change together.
    pub(super) clause: String,
    /// Counts what is past the term already and goes with the next merges.
    pub(super) past: Option<String>,
}

/// A term on one table: whose rows or which columns, and how a row is past it.
struct Term<'a> {
    table: &'a str,
    since: &'a str,
    days: u32,
}

impl Term<'_> {
    fn expression(&self) -> String {
        format!("toDateTime({}) + toIntervalDay({})", self.since, self.days)
    }

    fn past(&self) -> String {
        format!("SELECT count() FROM {} WHERE {} < now()", self.table, self.expression())
    }
}

/// Returns what must be altered so that ClickHouse keeps to the terms, and to no others.
pub(super) fn changes(terms: &Terms, now: &InForce) -> Vec<Change> {
    let mut changes = Vec::new();
    for table in &ROWS {
        let days = terms.rows.get(table.name).copied();
        changes.extend(rows(
            Term { table: table.name, since: table.since, days: days.unwrap_or(0) },
            table.only,
            days,
            now,
        ));
        if let Some((with, since, later)) = table.with {
            let days = days.map(|days| days.saturating_add(later));
            changes.extend(rows(Term { table: with, since, days: days.unwrap_or(0) }, "", days, now));
        }
    }
    for (word, columns) in WORDS {
        let days = terms.words.get(*word).copied();
        for column in *columns {
            changes.extend(words("feedback", column, days, now));
        }
        if *word == ANSWERS {
            changes.extend(words("survey_answers", "text", days, now));
        }
    }
    changes
}

fn rows(term: Term<'_>, only: &str, days: Option<u32>, now: &InForce) -> Option<Change> {
    let table = term.table.to_owned();
    let is = now.rows.get(&table).map_or("", String::as_str);
    let Some(days) = days else {
        let what = "rows stay".to_owned();
        let clause = "REMOVE TTL".to_owned();
        return (!is.is_empty()).then_some(Change { table, what, clause, past: None });
    };
    let condition = if only.is_empty() { String::new() } else { format!(" WHERE {only}") };
    let wanted = format!("{}{condition}", term.expression());
    if is == wanted {
        return None;
    }
    let past = term.past() + &condition.replace(" WHERE ", " AND ");
    let what = format!("rows go {days} days after {}", term.since);
    let clause = match only {
        "" => format!("MODIFY TTL {wanted}"),
        only => format!("MODIFY TTL {} DELETE WHERE {only}", term.expression()),
    };
    Some(Change { table, what, clause, past: Some(past) })
}

fn words(table: &str, column: &str, days: Option<u32>, now: &InForce) -> Option<Change> {
    let is = now.words.get(&(table.to_owned(), column.to_owned())).copied();
    if is == days {
        return None;
    }
    let modify = format!("MODIFY COLUMN `{column}`");
    let table = table.to_owned();
    Some(match days {
        None => Change { table, what: format!("{column} stays"), clause: format!("{modify} REMOVE TTL"), past: None },
        Some(days) => {
            let term = Term { table: &table, since: "received_at", days };
            let past = Some(format!("{} AND notEmpty(`{column}`)", term.past()));
            let clause = format!("{modify} TTL {}", term.expression());
            Change { what: format!("{column} is emptied {days} days after received_at"), clause, past, table }
        }
    })
}

/// Returns the statements of these changes, one a table.
pub(super) fn statements(changes: &[Change]) -> Vec<String> {
    let mut by_table: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for change in changes {
        by_table.entry(&change.table).or_default().push(&change.clause);
    }
    by_table.iter().map(|(table, clauses)| format!("ALTER TABLE {table} {}", clauses.join(", "))).collect()
}

/// Returns what counts, and the statement that empties the words of answers past their term: a look each time it is run.
pub(super) fn answers(table: &str, days: u32) -> (String, String) {
    let past = format!(
        "toDateTime(received_at) + toIntervalDay({days}) < now() AND arrayExists(word -> isNotNull(word), `answers.text`)"
    );
    (
        format!("SELECT count() FROM {table} WHERE {past}"),
        format!(
            "ALTER TABLE {table} UPDATE `answers.text` = arrayMap(word -> CAST(NULL, 'Nullable(String)'), `answers.text`) \
             WHERE {past} SETTINGS mutations_sync = 2"
        ),
    )
}

//! What an import says: what it found, three records, what it does not know; and what to do next.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde_json::Value;

use super::Plan;
use super::pass::Passed;
use super::table::Table;
use crate::replay::{CONTENT, Kind};

/// Characters of a value that are shown.
const SHOWN_CHARS: usize = 60;

/// What would be done.
pub(super) struct Proposal<'a> {
    pub(super) file: &'a Path,
    pub(super) table: &'a Table,
    pub(super) plan: &'a Plan,
    pub(super) trial: &'a Passed,
}

impl fmt::Display for Proposal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, table, plan, trial } = self;
        let kind = plan.kind.name();
        writeln!(f, "{}: {}, {} rows, read as {kind}\n", file.display(), table.what, table.rows.len())?;
        self.columns(f)?;
        for (row, record) in &trial.shown {
            writeln!(f, "\nrow {row}")?;
            let mut fields = Vec::new();
            flatten("", record, &mut fields);
            for (field, value) in fields {
                writeln!(f, "  {field:<24} {}", short(&value))?;
            }
        }
        writeln!(f)?;
        for note in plan.notes.iter().chain(&table.notes) {
            writeln!(f, "note: {note}")?;
        }
        for words in &trial.named {
            writeln!(f, "{words}")?;
        }
        let unnamed = trial.refused - trial.named.len() as u64;
        if unnamed > 0 {
            writeln!(f, "… and {unnamed} more rows")?;
        }
        let reasons: Vec<String> = trial.by_reason.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        let refused = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
        writeln!(f, "{} {kind} can be sent, {} rows cannot{refused}", trial.good, trial.refused)
    }
}

impl Proposal<'_> {
    fn columns(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (field, path) in self.plan.mapping.reads() {
            fields.entry(path).or_default().push(field);
        }
        for column in &self.table.columns {
            match fields.get(column.as_str()) {
                Some(fields) => writeln!(f, "  {column}  →  {}", fields.join(", "))?,
                None => writeln!(f, "  {column}  →  not used")?,
            }
        }
        if fields.contains_key(CONTENT) {
            writeln!(f, "  all of a row  →  {}", self.plan.kind.id_field())?;
        }
        Ok(())
    }
}

/// What was done.
pub(super) struct Summary<'a> {
    pub(super) records: u64,
    pub(super) seconds: f64,
    pub(super) refused: u64,
    pub(super) plan: &'a Plan,
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { records, seconds, refused, plan } = self;
        let kind = plan.kind.name();
        writeln!(
            f,
            "\n{records} {kind} sent in {seconds:.1} s, {refused} rows were not; the mapping is {}",
            plan.path.display()
        )?;
        writeln!(f, "\nWhat came of them, in a few seconds:\n  hearken sql \"{}\"", query(plan))?;
        writeln!(f, "What they say, on one page:\n  hearken report --out report.html")
    }
}

fn query(plan: &Plan) -> String {
    let source = plan
        .mapping
        .source()
        .map(|source| format!(" WHERE source = '{}'", source.replace('\\', "\\\\").replace('\'', "\\'")));
    let source = source.unwrap_or_default();
    match plan.kind {
        Kind::Reviews | Kind::Chats | Kind::Social | Kind::Surveys => {
            format!(
                "SELECT toDate(occurred_at) AS day, count() AS n, countIf(sentiment = 'negative') AS negative \
                 FROM v_feedback{source} GROUP BY day ORDER BY day"
            )
        }
        Kind::Orders => format!("SELECT status, count() AS n FROM v_orders{source} GROUP BY status"),
        Kind::Visits => format!("SELECT event, count() AS n FROM visits{source} GROUP BY event"),
        Kind::Customers => format!("SELECT segment, count() AS n FROM v_customers{source} GROUP BY segment"),
    }
}

fn flatten(path: &str, value: &Value, fields: &mut Vec<(String, String)>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(inner) => inner.iter().for_each(|(name, value)| flatten(&below(name), value, fields)),
        Value::Array(inner) => {
            inner.iter().enumerate().for_each(|(index, value)| flatten(&below(&index.to_string()), value, fields))
        }
        Value::String(text) => fields.push((path.to_owned(), text.clone())),
        Value::Null | Value::Bool(_) | Value::Number(_) => fields.push((path.to_owned(), value.to_string())),
    }
}

/// One line of a terminal, whatever a file holds: line breaks and control characters are shown as blanks.
fn short(text: &str) -> String {
    let plain: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    match plain.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &plain[..end]),
        None => plain,
    }
}

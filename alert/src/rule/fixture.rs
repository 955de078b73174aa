//! What a rule must find, and must not: rows written by hand in `tests/<id>.yaml` beside the rule's file.

use std::collections::{BTreeMap, BTreeSet};

use hearken_schemas::feedback::Channel;
use hearken_schemas::id::FeedbackId;
use hearken_schemas::topics;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::RuleError;
use crate::frontier::Range;
use crate::row::At;

/// When a fixture is asked that does not say.
const NOW: &str = "2026-11-20T12:00:00Z";

/// Rows by table, each with the columns that matter.
type Tables = BTreeMap<String, Vec<Map<String, Value>>>;

/// A rule's fixture.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// The moment of the question; a rule of its own time is asked with it as its tick.
    pub now: At,
    tables: Tables,
    /// What is tried, each alone.
    pub scenarios: Vec<Scenario>,
}

/// One thing that a rule must find, or must not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is, in words.
    pub name: String,
    #[serde(default)]
    tables: Tables,
    /// The `source_id` of the feedback that must be found, or the subject where a hit names no feedback.
    pub expect: BTreeSet<String>,
}

/// The rows of a scenario, whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// Rows by table.
    pub tables: BTreeMap<String, Vec<Value>>,
    /// The offsets that are new to the rule: those of the scenario's own feedback.
    pub news: Range,
    /// What feedback is called, by its id as text.
    pub names: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    now: Option<String>,
    #[serde(default)]
    tables: Tables,
    cases: Vec<Scenario>,
}

impl Fixture {
    /// Reads a fixture.
    ///
    /// # Errors
    /// What is wrong with it, by line.
    pub fn parse(file: &str, text: &str) -> Result<Self, RuleError> {
        let wrong = |line: usize, message: String| RuleError { file: file.to_owned(), line, message };
        let written: Written = serde_yaml_ng::from_str(text).map_err(|error| {
            // YAML ends lines where nobody else does, at a carriage return alone for one.
            let line = error.location().map_or(1, |at| at.line()).min(text.lines().count().max(1));
            let words = error.to_string();
            wrong(line, words.split(" at line ").next().unwrap_or(&words).to_owned())
        })?;
        let now = written.now.as_deref().unwrap_or(NOW);
        let line = text.lines().position(|line| line.starts_with("now:")).map_or(1, |line| line + 1);
        let now: Timestamp =
            now.parse().map_err(|_| wrong(line, format!("now {now:?}: expected a time such as {NOW}")))?;
        if written.cases.is_empty() {
            return Err(wrong(1, "cases: expected at least one, with name, tables and expect".to_owned()));
        }
        Ok(Self { now: At(now), tables: written.tables, scenarios: written.cases })
    }

    /// Returns a scenario's rows with those of all scenarios before them.
    ///
    /// # Errors
    /// In words, what is wrong with a row.
    pub fn prepare(&self, scenario: &Scenario) -> Result<Prepared, String> {
        let mut tables: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        let mut names = BTreeMap::new();
        let mut offset = 0;
        let mut news = Range { partition: 0, from: 0, until: 0 };
        for source in [&self.tables, &scenario.tables] {
            news.from = offset;
            for (table, rows) in source {
                for row in rows {
                    let whole = self.whole(table, row, offset)?;
                    if table == FEEDBACK {
                        offset += 1;
                        names.insert(text(&whole, "feedback_id"), text(&whole, "source_id"));
                    }
                    tables.entry(table.clone()).or_default().push(Value::Object(whole));
                }
            }
            news.until = offset;
        }
        let known: BTreeSet<&str> = names.values().map(String::as_str).collect();
        if known.len() != names.len() {
            return Err("two rows of feedback have one source_id, which expect could not tell apart".to_owned());
        }
        Ok(Prepared { tables, news, names })
    }

    /// Lays a row over what a table's rows have where nothing is said.
    fn whole(&self, table: &str, row: &Map<String, Value>, offset: i64) -> Result<Map<String, Value>, String> {
        let said = |name: &str| row.get(name).and_then(Value::as_str);
        let before = At(self.now.0 - SignedDuration::from_mins(1)).to_string();
        let at = said("occurred_at").or_else(|| said("updated_at")).unwrap_or(&before).to_owned();
        let usual = match table {
            FEEDBACK => feedback(row, &at, offset)?,
            "orders" => json!({
                "record_id": uuid(table, row), "source": SOURCE, "status": "completed", "occurred_at": at, "updated_at": at,
                "received_at": at, "written_at": at, "time_precision": "second", "amount": 100, "currency": "CNY",
            }),
            "visits" => json!({
                "record_id": uuid(table, row), "source": SOURCE, "event": "view", "occurred_at": at, "received_at": at,
                "written_at": at, "time_precision": "second",
            }),
            "customers" => json!({
                "record_id": uuid(table, row), "source": SOURCE, "updated_at": at, "received_at": at, "written_at": at,
            }),
            _ => Value::Null,
        };
        let mut whole = match usual {
            Value::Object(usual) => usual,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
        };
        whole.extend(row.clone());
        Ok(whole)
    }
}

const FEEDBACK: &str = "feedback";

/// Where rows come from that do not say.
const SOURCE: &str = "fixture";

fn feedback(row: &Map<String, Value>, at: &str, offset: i64) -> Result<Value, String> {
    let said = |name: &str, usual: &str| row.get(name).and_then(Value::as_str).unwrap_or(usual).to_owned();
    let source_id = said("source_id", "");
    if source_id.is_empty() {
        return Err("feedback: every row needs a source_id, by which expect names it".to_owned());
    }
    let (channel, source) = (said("channel", "review"), said("source", SOURCE));
    let known = Channel::ALL.into_iter().find(|known| known.as_str() == channel);
    let known = known.ok_or_else(|| format!("feedback {source_id}: no channel is called {channel:?}"))?;
    Ok(json!({
        "feedback_id": FeedbackId::new(known, &source, &source_id).uuid(), "version": 65_537, "sign": 1, "arrival": 1,
        "channel": channel, "source": source, "occurred_at": at, "received_at": at, "enriched_at": at, "written_at": at,
        "time_precision": "second", "language": "en", "language_confidence": 1, "origin": "genuine", "enricher_version": 1,
        "in_topic": topics::ENRICHED, "in_partition": 0, "in_offset": offset,
    }))
}

/// Returns an id that follows from the row.
fn uuid(table: &str, row: &Map<String, Value>) -> uuid::Uuid {
    hearken_schemas::id::operation_id(table, &[&Value::Object(row.clone()).to_string()])
}

fn text(row: &Map<String, Value>, name: &str) -> String {
    row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "now: 2026-11-20T12:00:00Z\ntables:\n  brands: [{name: Lumina, own: true}]\n  feedback: [{source_id: old, occurred_at: \
                        2026-10-01T00:00:00Z}]\ncases:\n  - name: says so\n    tables:\n      feedback: [{source_id: new, intents.kind: [churn]}]\n      \
                        orders: [{order_id: o1, amount: 5}]\n    expect: [new]\n";

    #[test]
    fn what_is_left_out_is_usual_and_the_scenarios_own_feedback_is_new() {
        let fixture = Fixture::parse("r.yaml", GOOD).expect("a fixture");
        let prepared = fixture.prepare(&fixture.scenarios[0]).expect("rows");
        assert_eq!(prepared.news, Range { partition: 0, from: 1, until: 2 });
        let rows = &prepared.tables["feedback"];
        let part = |row: &Value| (row["occurred_at"].clone(), row["in_offset"].clone(), row["origin"].clone());
        assert_eq!(part(&rows[0]), (json!("2026-10-01T00:00:00Z"), json!(0), json!("genuine")));
        assert_eq!(part(&rows[1]), (json!("2026-11-20 11:59:00.000"), json!(1), json!("genuine")));
        assert_eq!(rows[1]["intents.kind"], json!(["churn"]));
        let order = &prepared.tables["orders"][0];
        assert_eq!((&order["status"], &order["amount"]), (&json!("completed"), &json!(5)));
        assert_eq!(prepared.names.values().collect::<Vec<_>>().len(), 2);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, expected) in [
            ("expect: [new]", "expects: [new]", "r.yaml:10: "),
            ("now: 2026-11-20T12:00:00Z", "now: today", "r.yaml:1: now \"today\""),
            ("cases:", "case:", "unknown field `case`"),
        ] {
            let error = Fixture::parse("r.yaml", &GOOD.replace(from, to)).expect_err(to);
            assert!(error.to_string().contains(expected), "{to}: {error}");
        }
        let error = Fixture::parse("r.yaml", "cases: []").expect_err("nothing is tried");
        assert!(error.message.contains("at least one"), "{error}");
        for (from, to, expected) in [
            ("source_id: new", "text: new", "needs a source_id"),
            ("source_id: new", "source_id: old, channel: chat", "two rows"),
            ("source_id: new", "source_id: new, channel: fax", "no channel is called \"fax\""),
        ] {
            let fixture = Fixture::parse("r.yaml", &GOOD.replace(from, to)).expect("a fixture");
            let error = fixture.prepare(&fixture.scenarios[0]).expect_err(to);
            assert!(error.contains(expected), "{to}: {error}");
        }
    }
}

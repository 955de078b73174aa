//! What a run showed, for people and for programs.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::stories::{Finding, judge, stories};
use crate::accounting::Outcomes;
use crate::sql::pretty;
use crate::store::Store;

/// What could not be read, and why.
const DEAD_LETTERS: (&str, &str) = (
    "What could not be read, and why?",
    "SELECT stage, reason, count() AS records, any(detail) AS example FROM dead_letters GROUP BY stage, reason
  ORDER BY records DESC, reason",
);

/// The history, as it was loaded.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Loaded {
    pub(super) records: i64,
    pub(super) time: Duration,
}

/// The live seconds, counted from the topics and the tables.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) produced: i64,
    pub(super) outcomes: Outcomes,
    pub(super) time: Duration,
    pub(super) p50_ms: Option<u64>,
    pub(super) p99_ms: Option<u64>,
    pub(super) interrupted: bool,
}

impl Played {
    /// Returns the last line of `--json`.
    pub(super) fn json(&self, history: Loaded, found: &Map<String, Value>) -> Value {
        let seconds = |time: Duration| (time.as_secs_f64() * 10.0).round() / 10.0;
        json!({
            "produced": self.produced,
            "rows": self.outcomes.rows,
            "dead_letters": self.outcomes.dead_letters,
            "duplicates": self.outcomes.duplicates,
            "records_per_s": (self.produced as f64 / self.time.as_secs_f64()).round(),
            "p50_ms": self.p50_ms,
            "p99_ms": self.p99_ms,
            "history": {"records": history.records, "seconds": seconds(history.time)},
            "stories": found,
        })
    }

    /// Prints how it went.
    pub(super) fn print(&self, clickhouse: &str) {
        let Outcomes { rows, dead_letters, duplicates } = self.outcomes;
        let seconds = self.time.as_secs_f64();
        let per_s = self.produced as f64 / seconds;
        let ms = |quantile: Option<u64>| quantile.map_or("–".to_owned(), |ms| format!("{ms} ms"));
        println!(
            "{} live records in {seconds:.0} s ({per_s:.0} a second): {rows} rows, {dead_letters} dead letters, {duplicates} duplicates",
            self.produced
        );
        println!("from the produce call to a row over HTTP: p50 {}, p99 {}", ms(self.p50_ms), ms(self.p99_ms));
        println!("ClickHouse: {clickhouse} (HTTP), database hearken\n");
    }
}

/// Asks for every story, prints question, query and answer, and judges the answer by the truth.
pub(super) async fn ask_for_stories(store: &Store, truth: &Value) -> Result<Map<String, Value>> {
    let mut found = Map::new();
    for question in stories() {
        let name = question.story.as_str();
        println!("{}\n  {}\n{}", question.text, question.sql, pretty(store, question.sql).await?);
        let rows: Vec<Value> = store.rows(question.sql).await?;
        let entry = truth["stories"].as_array().and_then(|all| all.iter().find(|entry| entry["story"] == name));
        let finding: Finding = judge(question.story, &rows, entry.unwrap_or(&Value::Null));
        println!("→ {name}: {}\n", if finding.found { "found" } else { "not found" });
        found.insert(name.to_owned(), finding.json());
    }
    Ok(found)
}

/// Prints what could not be read.
pub(super) async fn ask_for_dead_letters(store: &Store) -> Result<()> {
    let (question, sql) = DEAD_LETTERS;
    println!("{question}\n  {sql}\n{}", pretty(store, sql).await?);
    Ok(())
}

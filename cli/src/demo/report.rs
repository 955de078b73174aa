//! What a run showed, for people and for programs.

use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::finding::judge;
use super::opening::opening;
use super::stories::question;
use crate::accounting::Outcomes;
use crate::scenario::Story;
use crate::sql::pretty;
use crate::store::Store;

/// What could not be read, and why.
const DEAD_LETTERS: (&str, &str) = (
    "What could not be read, and why?",
    "SELECT stage, reason, count() AS records, substring(any(detail), 1, 50) AS example
  FROM dead_letters GROUP BY stage, reason ORDER BY records DESC, reason",
);

/// How wide a terminal is taken for.
const COLUMNS: usize = 98;

/// Beyond this age the history begins to leave the questions' windows.
const OLD: SignedDuration = SignedDuration::from_hours(7 * 24);

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
    fn print(&self, clickhouse: &str) {
        let Outcomes { rows, dead_letters, duplicates } = self.outcomes;
        let seconds = self.time.as_secs_f64();
        let per_s = self.produced as f64 / seconds;
        let ms = |quantile: Option<u64>| quantile.map_or("–".to_owned(), |ms| format!("{ms} ms"));
        println!("{} live records in {seconds:.0} s ({per_s:.0} a second):", self.produced);
        println!("{rows} rows, {dead_letters} dead letters, {duplicates} duplicates");
        println!("From the produce call to a row over HTTP: p50 {}, p99 {}", ms(self.p50_ms), ms(self.p99_ms));
        println!("ClickHouse: {clickhouse} (HTTP), database hearken\n");
    }
}

/// How old the history is, and what follows from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Age {
    ends: Timestamp,
    now: Timestamp,
}

impl Age {
    pub(super) fn new(ends: Timestamp, now: Timestamp) -> Self {
        Self { ends, now }
    }

    /// Tells whether questions about recent days may miss the history.
    fn is_old(self) -> bool {
        self.now.duration_since(self.ends) > OLD
    }

    /// Says so, where it is old.
    fn warning(self) -> Option<String> {
        let ends = utc(self.ends);
        self.is_old().then(|| format!("The history ends on {ends}; `make clean-data` starts anew."))
    }

    /// Says why an answer may lack its story.
    fn missing(self, expected: &str) -> String {
        let why = if self.is_old() {
            "the history has become too old for a question about recent days"
        } else {
            "other records in these tables may drown it, or customers said it in words the enricher does not know"
        };
        format!("Not in this answer. Expected: {expected}. Perhaps {why}.")
    }
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Prints how customers feel, then every story: the question, its answer in a sentence and as a table, and the query.
///
/// Returns what was found, judged by the truth.
pub(super) async fn tell_stories(store: &Store, truth: &Value, age: Age) -> Result<Map<String, Value>> {
    println!("\nWhat customers say: the 30 days until {}", utc(age.now));
    age.warning().inspect(|warning| println!("{warning}"));
    println!("{}\n", opening(store).await?);
    let mut found = Map::new();
    for story in Story::ALL {
        let (name, question) = (story.as_str(), question(story));
        let rows: Vec<Value> = store.rows(question.sql).await?;
        let entry = truth["stories"].as_array().and_then(|all| all.iter().find(|entry| entry["story"] == name));
        let finding = judge(story, &rows, entry.unwrap_or(&Value::Null));
        let sentence = match rows.split_first() {
            Some((first, others)) if finding.found => (question.say)(first, others),
            Some(_) | None => age.missing(question.expected),
        };
        println!("{}\n{}", question.text, wrapped(&sentence));
        println!("{}\n  {}\n\n", pretty(store, question.sql).await?, question.sql);
        found.insert(name.to_owned(), finding.json());
    }
    Ok(found)
}

/// Prints what operators want to know: how fast it was, and what could not be read.
pub(super) async fn tell_operators(store: &Store, played: &Played, clickhouse: &str) -> Result<()> {
    println!("For operators\n");
    played.print(clickhouse);
    let (question, sql) = DEAD_LETTERS;
    println!("{question}\n{}\n  {sql}\n", pretty(store, sql).await?);
    Ok(())
}

/// Breaks a sentence into lines that a terminal shows whole.
fn wrapped(sentence: &str) -> String {
    let mut lines = vec![String::from("→")];
    for word in sentence.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < COLUMNS => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(format!("  {word}")),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_said_to_be_old_after_a_week() {
        let age = |now: &str| Age::new("2026-11-22T10:20:00Z".parse().unwrap(), now.parse().unwrap());
        let (young, old) = (age("2026-11-29T10:20:00Z"), age("2026-11-29T10:21:00Z"));
        assert_eq!(young.warning(), None);
        let warning = "The history ends on 2026-11-22 10:20 UTC; `make clean-data` starts anew.";
        assert_eq!(old.warning().as_deref(), Some(warning));
        assert!(young.missing("a").starts_with("Not in this answer. Expected: a. Perhaps other records"));
        assert!(old.missing("a").contains("too old"));
    }

    #[test]
    fn a_long_sentence_is_broken_between_words() {
        let broken = wrapped(&"words ".repeat(40));
        assert!(broken.lines().all(|line| line.chars().count() <= COLUMNS) && broken.lines().count() > 2, "{broken}");
        assert_eq!(broken.split_whitespace().filter(|word| *word == "words").count(), 40);
    }
}

//! Asking a rule as the alert service does, outside of its rounds.

use std::time::Duration;

use anyhow::{Context, Result};
use hearken_alert::evaluator::question::{DROP_NEWS, make_news, query};
use hearken_alert::frontier::Range;
use hearken_alert::judge::Hit;
use hearken_alert::row::At;
use hearken_alert::rule::Rule;
use hearken_alert::rule::columns::Column;
use jiff::Timestamp;
use serde::Deserialize;

use crate::store::Store;

/// A session with its table of news.
pub(super) struct Session {
    store: Store,
}

/// What a rule found, and what that took.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) hits: Vec<Hit>,
    pub(super) took: Duration,
    pub(super) rows_read: u64,
}

#[derive(Deserialize)]
struct Described {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Json {
    data: Vec<Hit>,
    statistics: Statistics,
}

#[derive(Deserialize)]
struct Statistics {
    elapsed: f64,
    rows_read: u64,
}

#[derive(Deserialize)]
struct Count {
    news: u64,
}

impl Session {
    /// Opens a session that no other command has.
    pub(super) fn open(store: &Store) -> Self {
        let name = format!("hearken-rules-{}-{}", std::process::id(), Timestamp::now().as_nanosecond());
        Self { store: store.in_session(&name) }
    }

    /// Makes what became visible in these offsets the news of this session, and returns how many feedback it is and how long
    /// that took; no offsets make a table without rows.
    ///
    /// # Errors
    /// Where ClickHouse refuses, such as before `hearken migrate`.
    pub(super) async fn look_up(&self, ranges: &[Range]) -> Result<(u64, Duration)> {
        const NONE: [Range; 1] = [Range { partition: 0, from: 0, until: 0 }];
        let ranges = if ranges.is_empty() { &NONE } else { ranges };
        self.store.execute(DROP_NEWS).await?;
        let since = std::time::Instant::now();
        self.store
            .execute(&make_news(ranges))
            .await
            .context("looking up news; `hearken migrate` makes the views that are missing")?;
        let took = since.elapsed();
        let counted: Vec<Count> = self.store.rows("SELECT count() AS news FROM news").await?;
        Ok((counted.first().map_or(0, |count| count.news), took))
    }

    /// Returns the columns of a rule's answer.
    ///
    /// # Errors
    /// ClickHouse's own words where it refuses the rule.
    pub(super) async fn columns(&self, rule: &Rule, as_of: At) -> Result<Vec<Column>> {
        let (sql, parameters) = query(rule, as_of);
        let text = self.store.filled(&format!("DESCRIBE ({sql})"), &parameters, "JSONEachRow").await?;
        let lines = text.lines().filter(|line| !line.is_empty());
        let columns = lines.map(|line| serde_json::from_str(line).context("reading ClickHouse's answer"));
        columns.map(|column| column.map(|Described { name, kind }| Column { name, kind })).collect()
    }

    /// Asks a rule.
    ///
    /// # Errors
    /// ClickHouse's own words where it refuses the rule, or what a row lacks.
    pub(super) async fn answer(&self, rule: &Rule, as_of: At) -> Result<Answer> {
        let (sql, parameters) = query(rule, as_of);
        let text = self.store.filled(&sql, &parameters, "JSON").await?;
        let Json { data: hits, statistics } = serde_json::from_str(&text).context("reading what the rule found")?;
        if let Some(lacks) = hits.iter().find_map(Hit::lacks) {
            anyhow::bail!("{lacks}");
        }
        Ok(Answer { hits, took: Duration::from_secs_f64(statistics.elapsed.max(0.0)), rows_read: statistics.rows_read })
    }
}

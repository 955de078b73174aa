//! Looking at the server before the first record is read.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::ClickHouse;
use crate::retry::{Verdict, classify, code};

/// `NO_SUCH_COLUMN_IN_TABLE`, `UNKNOWN_IDENTIFIER`, `UNKNOWN_TABLE` and `UNKNOWN_DATABASE`.
const MISSING: [u32; 4] = [16, 47, 60, 81];

/// The oldest release that is known to keep what the sink relies on.
const OLDEST: (u32, u32) = (25, 8);

impl ClickHouse {
    /// Waits until the server answers and the tables are there.
    ///
    /// # Errors
    /// Where it does not within `wait`, refuses the user, is too old, or lacks a table or a column.
    pub async fn ready(&self, wait: Duration) -> Result<()> {
        let since = std::time::Instant::now();
        while let Err(error) = self.tables_are_there().await {
            let message = format!("{error:#}");
            if classify(&message) == Verdict::Stop {
                bail!("ClickHouse refuses: {message}");
            }
            if since.elapsed() >= wait {
                bail!(
                    "ClickHouse did not answer within {} s ({message}); is it running, and is clickhouse.url right?",
                    wait.as_secs()
                );
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        self.is_new_enough().await
    }

    async fn is_new_enough(&self) -> Result<()> {
        #[derive(Deserialize)]
        struct Line {
            version: String,
        }
        let lines: Vec<Line> = self.lines("SELECT version() AS version").await?;
        let Line { version } = lines.into_iter().next().context("ClickHouse does not say its version")?;
        let (year, release) = OLDEST;
        ensure!(
            is_new_enough(&version),
            "ClickHouse {version} is too old: the sink writes to {year}.{release} and later"
        );
        Ok(())
    }

    /// Looks whether every table is there and takes its block.
    async fn tables_are_there(&self) -> Result<()> {
        for (table, columns) in crate::block::tables() {
            let name = table.as_str();
            let names: Vec<String> = columns.iter().map(|column| format!("`{column}`")).collect();
            let Err(error) = self.text(&format!("SELECT {} FROM {name} WHERE 0", names.join(", "))).await else {
                continue;
            };
            let missing = code(&format!("{error:#}")).is_some_and(|code| MISSING.contains(&code));
            let hint =
                || format!("table {name} is missing or lacks a column; `hearken migrate` makes it or says what to do");
            return Err(if missing { error.context(hint()) } else { error });
        }
        Ok(())
    }
}

/// A version that cannot be read is taken for a new one.
fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map_while(|number| number.parse::<u32>().ok());
    numbers.next().zip(numbers.next()).is_none_or(|version| version >= OLDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_year_and_release() {
        for (version, expected) in
            [("26.7.2.1", true), ("25.8.1", true), ("25.7.9", false), ("9.9", false), ("x", true)]
        {
            assert_eq!(is_new_enough(version), expected, "{version}");
        }
    }
}

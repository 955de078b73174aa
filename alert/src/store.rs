//! ClickHouse as the alert service sees it: rows by name, in and out.

use anyhow::{Context, Result};
use bytes::Bytes;
use hearken_runtime::clickhouse::{ClickHouse, Insert, row};
use serde::de::DeserializeOwned;

use crate::row::Row;

/// A row of an answer that is not what was asked for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unread(String);

/// The tables and views.
#[derive(Clone)]
pub struct Store {
    server: ClickHouse,
}

impl Store {
    /// Speaks to this server.
    pub fn new(server: ClickHouse) -> Self {
        Self { server }
    }

    /// Returns the same tables in a session of this name, which keeps temporary ones: one request at a time.
    #[must_use]
    pub fn in_session(&self, name: &str) -> Self {
        Self { server: self.server.in_session(name) }
    }

    /// Runs a statement that returns nothing, once.
    ///
    /// # Errors
    /// Whatever went wrong.
    pub async fn execute(&self, sql: &str) -> Result<()> {
        self.server.try_lines(sql, &[]).await.map(drop)
    }

    /// Writes rows in one insert; the same rows under the same token are written once.
    ///
    /// # Errors
    /// Where ClickHouse refuses them, or does not answer within the bounded tries.
    pub async fn insert<R: Row>(&self, rows: &[R], token: &str) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut lines = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut lines, row).context("writing a row")?;
            lines.push(b'\n');
        }
        let insert = Insert { table: R::TABLE, columns: &[], format: "JSONEachRow", rows: rows.len(), token };
        self.server.insert(&insert, &Bytes::from(lines)).await.with_context(|| format!("writing to {}", R::TABLE))
    }

    /// Returns a query's rows; `parameters` fill the `{name:Type}` of its text.
    ///
    /// # Errors
    /// ClickHouse's own words where it refuses, or what the network said last.
    pub async fn rows<T: DeserializeOwned>(&self, sql: &str, parameters: &[(&str, &str)]) -> Result<Vec<T>> {
        self.server.lines(sql, parameters).await
    }

    /// Returns a query's rows where it answers at the first try.
    ///
    /// # Errors
    /// Whatever went wrong.
    pub async fn rows_at_once<T: DeserializeOwned>(&self, sql: &str, parameters: &[(&str, &str)]) -> Result<Vec<T>> {
        let text = self.server.try_lines(sql, parameters).await?;
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| row(line).map_err(|error| Unread(error.to_string()).into())).collect()
    }
}

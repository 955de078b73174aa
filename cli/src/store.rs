//! ClickHouse as the command line sees it.

use anyhow::{Context, Result};
use clickhouse::Client;
use clickhouse::error::Error;
use hearken_runtime::clickhouse::client;
use hearken_runtime::config::Secret;
use hearken_runtime::tls::{advice, causes};
pub(crate) use hearken_schemas::access::quoted;
use hearken_schemas::cluster::LOCAL;
use hearken_schemas::tables::DATABASE;
use serde::de::DeserializeOwned;

use crate::Endpoints;

/// A connection to the database.
#[derive(Clone)]
pub(crate) struct Store {
    client: Client,
    url: String,
    user: String,
    password: Secret,
}

impl Store {
    /// Connects lazily, to the database of the pipeline.
    ///
    /// # Errors
    /// Where the variables about it are wrong.
    pub(crate) fn new(endpoints: &Endpoints) -> Result<Self> {
        let settings = endpoints.clickhouse()?;
        Ok(Self { client: client(&settings), url: settings.url, user: settings.user, password: settings.password })
    }

    /// Returns where it answers.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the same connection with a setting for whatever is run.
    pub(crate) fn with_setting(&self, name: &str, value: &str) -> Self {
        Self { client: self.client.clone().with_setting(name, value), ..self.clone() }
    }

    /// Returns the user and the password, for what a server must keep to speak to itself.
    pub(crate) fn credentials(&self) -> (&str, &str) {
        (&self.user, self.password.expose())
    }

    /// Returns the same connection outside any database of ours, which may not exist yet.
    pub(crate) fn outside(&self) -> Self {
        Self { client: self.client.clone().with_database("default"), ..self.clone() }
    }

    /// Returns the same connection to another database.
    pub(crate) fn in_database(&self, name: &str) -> Self {
        Self { client: self.client.clone().with_database(name), ..self.clone() }
    }

    /// Returns the same connection in a session of this name, which keeps temporary tables: one request at a time.
    pub(crate) fn in_session(&self, name: &str) -> Self {
        Self { client: self.client.clone().with_setting("session_id", name), ..self.clone() }
    }

    /// Runs a statement that returns nothing.
    pub(crate) async fn execute(&self, sql: &str) -> Result<()> {
        self.client.query_raw(sql).execute().await.map_err(readable)
    }

    /// Returns a query's answer in one of ClickHouse's formats.
    pub(crate) async fn text(&self, sql: &str, format: &str) -> Result<String> {
        let mut cursor = self.client.query_raw(sql).fetch_bytes(format).map_err(readable)?;
        let bytes = cursor.collect().await.map_err(readable)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Returns the answer of a query with `{name:Type}` in its text, in one of ClickHouse's formats; it may be long. The
    /// parameters that are lists are written as ClickHouse reads them, such as `['a','b']`.
    pub(crate) async fn filled(&self, sql: &str, parameters: &[(String, String)], format: &str) -> Result<String> {
        let query = self.client.query_raw(sql).with_setting("max_query_size", "0");
        let query = parameters.iter().fold(query, |query, (name, value)| {
            // As the services do: a list keeps its quotes, which the client would escape.
            match sql.contains(&format!("{{{name}:Array(")) {
                true => query.with_setting(format!("param_{name}"), value),
                false => query.param(name, value),
            }
        });
        let bytes = query.fetch_bytes(format).map_err(readable)?.collect().await.map_err(readable)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Calls `each` for a query's answer as it comes, piece by piece; it may be longer than memory is.
    pub(crate) async fn each_piece(
        &self,
        sql: &str,
        format: &str,
        mut each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let query = self.client.query_raw(sql).with_setting("max_query_size", "0");
        let mut cursor = query.fetch_bytes(format).map_err(readable)?;
        while let Some(piece) = cursor.next().await.map_err(readable)? {
            each(&piece)?;
        }
        Ok(())
    }

    /// Inserts rows, each a line of JSON, whatever equal rows were inserted before.
    pub(crate) async fn insert_lines(&self, table: &str, lines: Vec<u8>) -> Result<()> {
        let insert = format!("INSERT INTO {table} FORMAT JSONEachRow");
        let settings = [
            ("async_insert", "0"),
            ("wait_for_async_insert", "1"),
            ("insert_deduplicate", "0"),
            ("max_partitions_per_insert_block", "0"),
        ];
        let insert = self.client.insert_formatted_with(insert);
        let mut sent = settings.iter().fold(insert, |insert, (name, value)| insert.with_setting(*name, *value));
        sent.send(lines.into()).await.map_err(readable)?;
        sent.end().await.map_err(readable)
    }

    /// Returns a query's rows, each read from its JSON form.
    pub(crate) async fn rows<T: DeserializeOwned>(&self, sql: &str) -> Result<Vec<T>> {
        let text = self.text(sql, "JSONEachRow").await?;
        let lines = text.lines().filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_str(line).context("reading ClickHouse's answer")).collect()
    }

    /// Tells whether the tables here are a shard's own pieces of a cluster's.
    pub(crate) async fn is_of_a_cluster(&self) -> Result<bool> {
        let sql =
            format!("SELECT count() FROM system.tables WHERE database = '{DATABASE}' AND name = 'feedback{LOCAL}'");
        Ok(self.outside().number(&sql).await? > 0)
    }

    /// Returns the one number a query answers with.
    pub(crate) async fn number(&self, sql: &str) -> Result<i64> {
        let text = self.text(sql, "TSV").await?;
        text.trim().parse().with_context(|| format!("expected one number from {sql:?}"))
    }
}

/// ClickHouse's own words where it answered, and a hint where nobody did.
fn readable(error: Error) -> anyhow::Error {
    if let Error::BadResponse(message) = &error {
        anyhow::anyhow!("{}", message.trim())
    } else if let Error::Network(source) = &error {
        let why = causes(source.as_ref());
        match advice(&why, "HEARKEN_CLICKHOUSE__CA_FILE", "--clickhouse") {
            Some(advice) => anyhow::anyhow!("no connection to ClickHouse: {advice} ({why})"),
            None => anyhow::anyhow!("ClickHouse does not answer ({why}); is it running, and is --clickhouse right?"),
        }
    } else {
        error.into()
    }
}

//! ClickHouse over HTTP: inserts that may be repeated, and the look-ups a judgement needs.

use std::collections::HashSet;
use std::time::Duration;

use ::clickhouse::Client;
use anyhow::{Context, Result, anyhow, bail, ensure};
use bytes::Bytes;
use hearken_runtime::backoff::Backoff;
use hearken_runtime::config::{Reader, Secret};
use hearken_runtime::failpoint;
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::block::Block;
use crate::loading::Loaded;
use crate::protocol::{Pending, Place, Refusal};
use crate::retry::{Verdict, classify, code, named};
use crate::row::{At, DeadLetterRow, FeedbackRow};
use crate::table::{StateTable, Table};
use crate::versions::{State, StateKey};

const CONNECT: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(45);

/// `UNKNOWN_TABLE` and `UNKNOWN_DATABASE`.
const MISSING: [u32; 2] = [60, 81];

/// A block goes out in pieces of this size, so that a slow server slows the sender and not its memory.
const PIECE_BYTES: usize = 1 << 20;

/// An id on the wire.
const ID_BYTES: usize = 16;

/// How a failed request is repeated: about a minute in all.
const BACKOFF: Backoff = Backoff { base_ms: 100, wait_ms_max: 10_000, tries_max: 12 };

/// How to reach ClickHouse.
#[derive(Debug, Clone)]
pub struct ClickHouseSettings {
    /// `http://host:port`.
    pub url: String,
    /// The user.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// The database.
    pub database: String,
    /// How long a start waits for the server.
    pub wait_s: u64,
    /// How long one request may take.
    pub request_timeout_s: u64,
}

impl ClickHouseSettings {
    /// Reads the section `clickhouse`.
    pub fn read(reader: &mut Reader) -> Self {
        let settings = Self {
            url: reader.text("clickhouse.url"),
            user: reader.text_or("clickhouse.user", "default"),
            password: reader.secret("clickhouse.password"),
            database: reader.text_or("clickhouse.database", hearken_schemas::tables::DATABASE),
            wait_s: reader.number("clickhouse.wait_s", 30, 0..=3_600),
            request_timeout_s: reader.number("clickhouse.request_timeout_s", 60, 1..=280),
        };
        if !settings.url.is_empty() && !settings.url.starts_with("http://") && !settings.url.starts_with("https://") {
            reader.error("clickhouse.url", "expected http://host:port");
        }
        settings
    }
}

/// A connection pool to one ClickHouse.
#[derive(Clone)]
pub struct ClickHouse {
    client: Client,
    request: Duration,
}

impl ClickHouse {
    /// Connects lazily.
    pub fn new(settings: &ClickHouseSettings) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT));
        connector.set_keepalive(Some(Duration::from_secs(60)));
        connector.set_nodelay(true);
        let http = HttpClient::builder(TokioExecutor::new()).pool_idle_timeout(IDLE).build(connector);
        let client = Client::with_http_client(http)
            .with_url(&settings.url)
            .with_user(&settings.user)
            .with_password(settings.password.expose())
            .with_database(&settings.database);
        Self { client, request: Duration::from_secs(settings.request_timeout_s) }
    }

    /// Waits until the server answers and the tables are there.
    ///
    /// # Errors
    /// Where it does not within `wait`, refuses the user, or lacks a table.
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
        Ok(())
    }

    async fn tables_are_there(&self) -> Result<()> {
        for table in Table::ALL {
            let Err(error) = self.text(&format!("SELECT count() FROM {} WHERE 0", table.as_str())).await else {
                continue;
            };
            let missing = code(&format!("{error:#}")).is_some_and(|code| MISSING.contains(&code));
            let hint = || format!("table {} is missing; `hearken migrate` makes it", table.as_str());
            return Err(if missing { error.context(hint()) } else { error });
        }
        Ok(())
    }

    /// Inserts a block, repeating it under its token while the answer says that it may pass.
    ///
    /// # Errors
    /// `Undecodable` where a row of it is to blame and nothing was written; `Failed` where it will not pass, or did not
    /// within the bounded tries.
    pub async fn insert(&self, block: &Block, token: &str) -> Result<(), Refusal> {
        let bytes = Bytes::from(block.bytes.clone());
        let (table, rows) = (block.table.as_str(), block.rows);
        let mut failed = 0;
        loop {
            let Err(error) = self.try_insert(block, bytes.clone(), token).await else { return Ok(()) };
            failed += 1;
            let message = error.to_string();
            let wait = match classify(&message) {
                Verdict::Undecodable => return Err(Refusal::Undecodable(named(&message))),
                Verdict::Stop => None,
                Verdict::Again => BACKOFF.wait_ms(failed, jitter()),
            };
            let Some(wait_ms) = wait else {
                let inserting = format!("inserting {rows} rows into {table}, tried {failed} times");
                return Err(Refusal::Failed(anyhow!(message).context(inserting)));
            };
            tracing::warn!(table, rows, failed, wait_ms, error = message, "insert again");
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        }
    }

    async fn try_insert(&self, block: &Block, bytes: Bytes, token: &str) -> ::clickhouse::error::Result<()> {
        let columns: Vec<String> = block.columns.iter().map(|name| format!("`{name}`")).collect();
        let sql = format!("INSERT INTO {} ({}) FORMAT ArrowStream", block.table.as_str(), columns.join(", "));
        let mut insert = self
            .client
            .insert_formatted_with(sql)
            .with_timeouts(Some(self.request), Some(self.request))
            .with_setting("async_insert", "0")
            .with_setting("wait_for_async_insert", "1")
            .with_setting("insert_deduplicate", "1")
            .with_setting("deduplicate_blocks_in_dependent_materialized_views", "1")
            .with_setting("max_partitions_per_insert_block", "0");
        if !failpoint::armed("sink.no_token") {
            insert = insert.with_setting("insert_deduplication_token", token);
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            insert.send(rest.split_to(rest.len().min(PIECE_BYTES))).await?;
            failpoint::reach("sink.mid_body");
        }
        insert.end().await
    }

    /// Returns every state of these ids outside the pending ranges.
    ///
    /// # Errors
    /// As [`ClickHouse::insert`].
    pub async fn states(&self, table: StateTable, ids: &[Uuid], pending: &Pending) -> Result<Vec<State>> {
        #[derive(Deserialize)]
        struct Line {
            id: Uuid,
            version: u64,
            src_topic: String,
            src_partition: i32,
            src_offset: i64,
            content_crc: u32,
        }
        let sql = format!(
            "SELECT id, version, src_topic, src_partition, src_offset, content_crc FROM states \
             PREWHERE id IN ({ids}) WHERE of_table = '{table}' AND {outside}",
            ids = ids.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(","),
            table = table.as_str(),
            outside = outside(pending)
        );
        let lines: Vec<Line> = self.lines(&sql).await?;
        let state = |line: Line| State {
            id: line.id,
            version: line.version,
            src: At { topic: line.src_topic, partition: line.src_partition, offset: line.src_offset },
            content_crc: line.content_crc,
        };
        Ok(lines.into_iter().map(state).collect())
    }

    /// Returns the rows of `feedback` of these states outside the pending ranges.
    ///
    /// # Errors
    /// As [`ClickHouse::insert`].
    pub async fn rows(&self, keys: &[StateKey], pending: &Pending) -> Result<Vec<FeedbackRow>> {
        let millis = ["occurred_at", "received_at", "enriched_at", "sent_at"]
            .map(|name| format!("toUnixTimestamp64Milli({name}) AS {name}"));
        let sql = format!(
            "SELECT * REPLACE ({}, arrayMap(at -> toUnixTimestamp64Milli(at), `turns.at`) AS `turns.at`) FROM feedback \
             WHERE (feedback_id, version) IN ({}) AND sign = 1 AND {} SETTINGS prefer_column_name_to_alias = 1",
            millis.join(", "),
            keys.iter().map(|(id, version)| format!("('{id}',{version})")).collect::<Vec<_>>().join(","),
            outside(pending)
        );
        self.lines(&sql).await
    }

    /// Returns which of these dead letters have a row outside the pending ranges.
    ///
    /// # Errors
    /// As [`ClickHouse::insert`].
    pub async fn letters(&self, rows: &[DeadLetterRow], pending: &Pending) -> Result<HashSet<(String, At)>> {
        #[derive(Deserialize)]
        struct Line {
            stage: String,
            at_topic: String,
            at_partition: i32,
            at_offset: i64,
        }
        let key = |row: &DeadLetterRow| format!("({},{},{})", quoted(&row.at.topic), row.at.partition, row.at.offset);
        let sql = format!(
            "SELECT stage, at_topic, at_partition, at_offset FROM dead_letters \
             WHERE (at_topic, at_partition, at_offset) IN ({}) AND {}",
            rows.iter().map(key).collect::<Vec<_>>().join(","),
            outside(pending)
        );
        let lines: Vec<Line> = self.lines(&sql).await?;
        let identity = |line: Line| {
            (line.stage, At { topic: line.at_topic, partition: line.at_partition, offset: line.at_offset })
        };
        Ok(lines.into_iter().map(identity).collect())
    }

    /// Returns how many rows of a table stem from one input partition, copies that take states back included.
    ///
    /// # Errors
    /// As [`ClickHouse::insert`].
    pub async fn count(&self, table: StateTable, of: &Place) -> Result<u64> {
        #[derive(Deserialize)]
        struct Line {
            n: u64,
        }
        let sql = format!(
            "SELECT count() AS n FROM {} WHERE {} SETTINGS output_format_json_quote_64bit_integers = 0",
            table.as_str(),
            from(of)
        );
        let lines: Vec<Line> = self.lines(&sql).await?;
        Ok(lines.first().map_or(0, |line| line.n))
    }

    /// Sends the ids of a table's rows that stem from one input partition, in pieces; an id may come more than once.
    ///
    /// # Errors
    /// Where ClickHouse does not answer or stops halfway; what was sent until then is right.
    pub(crate) async fn ids(&self, table: StateTable, of: &Place, to: &mpsc::Sender<Loaded>) -> Result<()> {
        let sql = format!("SELECT {} FROM {} WHERE {}", table.id(), table.as_str(), from(of));
        let mut cursor = self.client.query_raw(&sql).fetch_bytes("RowBinary")?;
        let mut rest: Vec<u8> = Vec::new();
        while let Some(bytes) =
            tokio::time::timeout(self.request, cursor.next()).await.context("ClickHouse took too long")??
        {
            rest.extend_from_slice(&bytes);
            let whole = rest.len() - rest.len() % ID_BYTES;
            let ids = rest[..whole].chunks_exact(ID_BYTES).filter_map(id).collect();
            rest.drain(..whole);
            if to.send(Loaded::Ids(ids)).await.is_err() {
                return Ok(());
            }
        }
        ensure!(rest.is_empty(), "ClickHouse ended in the middle of an id");
        Ok(())
    }

    /// Returns the epoch that follows every one an input partition was written in; 0 where it never was.
    ///
    /// # Errors
    /// As [`ClickHouse::insert`].
    pub async fn next_epoch(&self, of: &Place) -> Result<u32> {
        #[derive(Deserialize)]
        struct Line {
            epoch: u32,
        }
        let of_table = |table: &Table| {
            format!("SELECT max(in_epoch) + 1 AS epoch FROM {} WHERE {} HAVING count() > 0", table.as_str(), from(of))
        };
        let tables: Vec<String> = Table::ALL.iter().map(of_table).collect();
        let sql = format!("SELECT toUInt32(max(epoch)) AS epoch FROM ({})", tables.join(" UNION ALL "));
        let lines: Vec<Line> = self.lines(&sql).await?;
        Ok(lines.first().map_or(0, |line| line.epoch))
    }

    async fn lines<T: DeserializeOwned>(&self, sql: &str) -> Result<Vec<T>> {
        let mut failed = 0;
        let text = loop {
            match self.text(sql).await {
                Ok(text) => break text,
                Err(error) => {
                    failed += 1;
                    let again = classify(&format!("{error:#}")) == Verdict::Again;
                    let Some(wait_ms) = BACKOFF.wait_ms(failed, jitter()).filter(|_| again) else { return Err(error) };
                    tracing::warn!(failed, wait_ms, error = format!("{error:#}"), "look up again");
                    tokio::time::sleep(Duration::from_millis(wait_ms)).await;
                }
            }
        };
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).context("reading ClickHouse's answer")).collect()
    }

    async fn text(&self, sql: &str) -> Result<Bytes> {
        let query = self.client.query_raw(sql).with_setting("max_query_size", "0");
        let mut cursor = query.fetch_bytes("JSONEachRow")?;
        tokio::time::timeout(self.request, cursor.collect())
            .await
            .context("ClickHouse took too long")?
            .map_err(Into::into)
    }
}

/// Excludes rows that the pending ranges may have written.
fn outside(pending: &Pending) -> String {
    let Pending { topic, partition, epoch, ranges } = pending;
    let within: Vec<String> =
        ranges.iter().map(|range| format!("in_offset BETWEEN {} AND {}", range.first, range.last)).collect();
    format!(
        "NOT (in_topic = {} AND in_partition = {partition} AND in_epoch = {epoch} AND ({}))",
        quoted(topic),
        if within.is_empty() { "0".to_owned() } else { within.join(" OR ") }
    )
}

/// Selects rows that stem from one input partition.
fn from(Place { topic, partition, .. }: &Place) -> String {
    format!("in_topic = {} AND in_partition = {partition}", quoted(topic))
}

/// Reads a UUID as RowBinary has it: two numbers of 64 bits, little endian each, the more significant one first.
fn id(bytes: &[u8]) -> Option<Uuid> {
    let (high, low) = bytes.split_at_checked(8)?;
    Some(Uuid::from_u64_pair(u64::from_le_bytes(high.try_into().ok()?), u64::from_le_bytes(low.try_into().ok()?)))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A fraction that differs between members; retries need spreading, not randomness of quality.
fn jitter() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    f64::from(now.subsec_nanos() % 1_000) / 1_000.0
}

//! ClickHouse over HTTP: inserts that may be repeated, and the look-ups a judgement needs.

mod answers;
mod insert;
mod known;
mod ready;

use std::time::Duration;

use ::clickhouse::Client;
use anyhow::{Context, Result};
use bytes::Bytes;
use hearken_runtime::backoff::Backoff;
use hearken_runtime::config::{Reader, Secret};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use prometheus::Registry;
use serde::de::DeserializeOwned;

use self::answers::Answers;
use crate::retry::{Verdict, classify};

const CONNECT: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(45);

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
    answers: Answers,
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
        Self { client, request: Duration::from_secs(settings.request_timeout_s), answers: Answers::default() }
    }

    /// Shows how its requests fare among a service's metrics.
    ///
    /// # Errors
    /// Where a name is registered twice.
    pub fn show(&self, registry: &Registry) -> Result<()> {
        Ok(self.answers.register(registry)?)
    }

    async fn lines<T: DeserializeOwned>(&self, sql: &str) -> Result<Vec<T>> {
        let mut failed = 0;
        let text = loop {
            match self.text(sql).await {
                Ok(text) => {
                    self.answers.good();
                    break text;
                }
                Err(error) => {
                    failed += 1;
                    let again = classify(&format!("{error:#}")) == Verdict::Again;
                    let Some(wait_ms) = BACKOFF.wait_ms(failed, jitter()).filter(|_| again) else { return Err(error) };
                    self.answers.again();
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

/// A fraction that differs between members; retries need spreading, not randomness of quality.
fn jitter() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    f64::from(now.subsec_nanos() % 1_000) / 1_000.0
}

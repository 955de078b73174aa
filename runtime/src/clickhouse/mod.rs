//! ClickHouse over HTTP, for the services that write to it: look-ups, and inserts that may be repeated.

mod answers;
mod insert;
mod verdict;

use std::time::Duration;

use ::clickhouse::Client;
use ::clickhouse::query::{BytesCursor, Query};
use anyhow::{Context, Result, anyhow, bail, ensure};
use bytes::Bytes;
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use prometheus::Registry;
use serde::de::DeserializeOwned;

use self::answers::Answers;
pub use self::insert::{Insert, Refusal};
pub use self::verdict::{Verdict, classify, code, named, told};
use crate::backoff::Backoff;
use crate::config::{Reader, Secret};
use crate::tls::{self, Https, Trust, causes};

const CONNECT: Duration = Duration::from_secs(5);
/// The oldest release that is known to keep what the services rely on.
const OLDEST: (u32, u32) = (25, 8);
const IDLE: Duration = Duration::from_secs(45);

/// How a failed request is repeated: about a minute in all.
const BACKOFF: Backoff = Backoff { base_ms: 100, wait_ms_max: 10_000, tries_max: 12 };

/// How to reach ClickHouse.
#[derive(Debug, Clone)]
pub struct ClickHouseSettings {
    /// `http://host:port` or `https://host:port`.
    pub url: String,
    /// The user.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// Whom to believe behind `https`.
    pub trust: Trust,
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
            trust: Trust::read(reader, "clickhouse.ca_file"),
            database: reader.text_or("clickhouse.database", hearken_schemas::tables::DATABASE),
            wait_s: reader.number("clickhouse.wait_s", 30, 0..=3_600),
            request_timeout_s: reader.number("clickhouse.request_timeout_s", 60, 1..=280),
        };
        if !settings.url.is_empty() && !settings.url.starts_with("http://") && !settings.url.starts_with("https://") {
            reader.error("clickhouse.url", "expected http://host:port or https://host:port");
        }
        if let Err(error) = settings.https() {
            reader.error("clickhouse.ca_file", &format!("is required: {error}"));
        }
        settings
    }

    /// Returns what connects to an `https` address; nothing where the server is asked in the clear.
    fn https(&self) -> Result<Option<Https>, String> {
        self.url.starts_with("https://").then(|| self.trust.connector(tcp())).transpose()
    }
}

/// Returns a pool of connections to one server, without a bound on a request.
pub fn client(settings: &ClickHouseSettings) -> Client {
    let mut pool = HttpClient::builder(TokioExecutor::new());
    pool.pool_idle_timeout(IDLE);
    let client = match settings.https() {
        Ok(Some(https)) => Client::with_http_client(pool.build(https)),
        // An https address that nothing was found to connect to is refused by this one.
        Ok(None) | Err(_) => Client::with_http_client(pool.build(tcp())),
    };
    client
        .with_url(&settings.url)
        .with_user(&settings.user)
        .with_password(settings.password.expose())
        .with_database(&settings.database)
}

fn tcp() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(CONNECT));
    connector.set_keepalive(Some(Duration::from_secs(60)));
    connector.set_nodelay(true);
    connector
}

/// A connection pool to one ClickHouse.
#[derive(Clone)]
pub struct ClickHouse {
    client: Client,
    request: Duration,
    backoff: Backoff,
    answers: Answers,
}

impl ClickHouse {
    /// Connects lazily.
    pub fn new(settings: &ClickHouseSettings) -> Self {
        let client = client(settings);
        let request = Duration::from_secs(settings.request_timeout_s);
        Self { client, request, backoff: BACKOFF, answers: Answers::default() }
    }

    /// Connects to another server of the same database; both count their requests together.
    #[must_use]
    pub fn beside(&self, settings: &ClickHouseSettings) -> Self {
        Self { answers: self.answers.clone(), ..Self::new(settings) }
    }

    /// Returns the same connection with fewer tries, for who has another server to turn to.
    #[must_use]
    pub fn tried(&self, tries_max: u32) -> Self {
        Self { backoff: Backoff { tries_max, ..self.backoff }, ..self.clone() }
    }

    /// Returns the same connection in a session of this name, which keeps temporary tables: one request at a time.
    #[must_use]
    pub fn in_session(&self, name: &str) -> Self {
        Self { client: self.client.clone().with_setting("session_id", name), ..self.clone() }
    }

    /// Shows how its requests fare among a service's metrics.
    ///
    /// # Errors
    /// Where a name is registered twice.
    pub fn show(&self, registry: &Registry) -> Result<()> {
        Ok(self.answers.register(registry)?)
    }

    /// Waits until the server answers, is new enough, and `look` is content.
    ///
    /// # Errors
    /// Where that is not so within `wait`, or the server refuses.
    pub async fn ready<F, L>(&self, wait: Duration, look: L) -> Result<()>
    where
        F: Future<Output = Result<()>>,
        L: Fn() -> F,
    {
        let since = std::time::Instant::now();
        while let Err(error) = look().await {
            let message = format!("{error:#}");
            if classify(&message) == Verdict::Stop {
                bail!("ClickHouse refuses: {message}");
            }
            if let Some(advice) = tls::advice(&message, "clickhouse.ca_file", "clickhouse.url") {
                bail!("no connection to ClickHouse: {advice} ({message})");
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
        let version = String::from_utf8_lossy(&self.once(self.client.query_raw("SELECT version()"), "TSV").await?)
            .trim()
            .to_owned();
        let (year, release) = OLDEST;
        ensure!(
            is_new_enough(&version),
            "ClickHouse {version} is too old: the services need {year}.{release} and later"
        );
        Ok(())
    }

    /// Returns a query's rows, each read from its JSON form; `parameters` fill the `{name:Type}` of its text. What passes by
    /// itself is asked again, with back-off, about a minute long.
    ///
    /// # Errors
    /// ClickHouse's own words where it refuses, or what the network said last.
    pub async fn lines<T: DeserializeOwned>(&self, sql: &str, parameters: &[(&str, &str)]) -> Result<Vec<T>> {
        let mut failed = 0;
        let text = loop {
            match self.try_lines(sql, parameters).await {
                Ok(text) => {
                    self.answers.good();
                    break text;
                }
                Err(error) => {
                    failed += 1;
                    let again = classify(&format!("{error:#}")) == Verdict::Again;
                    let Some(wait_ms) = self.backoff.wait_ms(failed, jitter()).filter(|_| again) else {
                        return Err(error);
                    };
                    self.answers.again();
                    tracing::warn!(failed, wait_ms, error = format!("{error:#}"), "look up again");
                    tokio::time::sleep(Duration::from_millis(wait_ms)).await;
                }
            }
        };
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(row).collect()
    }

    /// Asks once and returns the rows as lines of JSON.
    ///
    /// # Errors
    /// Whatever went wrong, the first time it does.
    pub async fn try_lines(&self, sql: &str, parameters: &[(&str, &str)]) -> Result<Bytes> {
        let query = self.client.query_raw(sql).with_setting("max_query_size", "0");
        let query = parameters.iter().fold(query, |query, (name, value)| fill(query, sql, name, value));
        self.once(query, "JSONEachRow").await
    }

    /// Starts a query whose answer is read piece by piece, for what may be long; see [`ClickHouse::request`].
    ///
    /// # Errors
    /// Where the query cannot be sent.
    pub fn pieces(&self, sql: &str, format: &str) -> Result<BytesCursor> {
        Ok(self.client.query_raw(sql).fetch_bytes(format)?)
    }

    /// Returns how long one request, or the wait for one piece, may take.
    pub fn request(&self) -> Duration {
        self.request
    }

    async fn once(&self, query: Query, format: &str) -> Result<Bytes> {
        let mut cursor = query.fetch_bytes(format)?;
        tokio::time::timeout(self.request, cursor.collect())
            .await
            .context("ClickHouse took too long")?
            .map_err(|error| anyhow!(told(&causes(&error))))
    }
}

/// Reads a row of an answer; what is wrong with one is told without its words.
///
/// # Errors
/// Where it is not what was asked for.
pub fn row<T: DeserializeOwned>(line: &[u8]) -> Result<T> {
    serde_json::from_slice(line).map_err(|error| anyhow!("ClickHouse's answer {}", unread(&error)))
}

/// What was found instead is a value, what was expected is not.
fn unread(error: &serde_json::Error) -> String {
    let (text, column) = (error.to_string(), error.column());
    if text.starts_with("missing field") {
        return format!("has a {text}");
    }
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("has another value than it was asked for: expected {expected}"),
        None => format!("cannot be read from character {column} of a row"),
    }
}

/// Sets a parameter. The client writes each as a text whose quotes are escaped, which the quotes inside an array do not survive, so an
/// array goes as it is.
fn fill(query: Query, sql: &str, name: &str, value: &str) -> Query {
    if sql.contains(&format!("{{{name}:Array(")) {
        query.with_setting(format!("param_{name}"), value)
    } else {
        query.param(name, value)
    }
}

/// A version that cannot be read is taken for a new one.
fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map_while(|number| number.parse::<u32>().ok());
    numbers.next().zip(numbers.next()).is_none_or(|version| version >= OLDEST)
}

/// A fraction that differs between members; retries need spreading, not randomness of quality.
fn jitter() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    f64::from(now.subsec_nanos() % 1_000) / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_another_kind_is_told_without_its_words() {
        for (line, expected) in [
            (r#"{"a":"I said"}"#, "has another value than it was asked for: expected u32 at line 1 column 13"),
            (r#"{"b":1}"#, "has a missing field `a`"),
            (r#"{"a":I said}"#, "cannot be read from character 6 of a row"),
        ] {
            #[derive(Debug, serde::Deserialize)]
            struct Asked {
                #[allow(dead_code, reason = "reading it is what is tried")]
                a: u32,
            }
            let told = row::<Asked>(line.as_bytes()).expect_err("another kind").to_string();
            assert!(told.contains(expected) && !told.contains("I said"), "{line}: {told}");
        }
    }

    #[test]
    fn versions_are_compared_by_year_and_release() {
        for (version, expected) in
            [("26.7.2.1", true), ("25.8.1", true), ("25.7.9", false), ("9.9", false), ("x", true)]
        {
            assert_eq!(is_new_enough(version), expected, "{version}");
        }
    }
}

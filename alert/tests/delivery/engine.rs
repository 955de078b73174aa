//! The real engine with the tables of deliveries, and the service's way to it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use hearken_alert::facts::Notice;
use hearken_alert::row::{At, DeliveryRow, MessageRow};
use hearken_alert::store::Store;
use hearken_embedded::process::Child;
use hearken_runtime::clickhouse::{ClickHouse, ClickHouseSettings};
use hearken_runtime::config::Reader;
use hearken_schemas::tables::{DATABASE, OBJECTS};
use jiff::Timestamp;
use serde::Deserialize;
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) struct Engine {
    pub(crate) store: Store,
    address: String,
    _child: Child,
    _data: TempDir,
}

/// How a message stands.
#[derive(Debug, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) message_id: Uuid,
    pub(crate) outcome: String,
    pub(crate) attempt: u16,
    pub(crate) status: u16,
    pub(crate) error: String,
    pub(crate) folded_into: Option<Uuid>,
}

impl Engine {
    /// Starts with all objects whose file begins with one of these.
    pub(crate) fn start(files: &[&str]) -> Self {
        let data = TempDir::new().expect("a temporary directory");
        let mut command = Command::new(program("hearken-clickhouse"));
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data.path().join("data"));
        let (child, url) =
            Child::spawn_ready(command, &data.path().join("log"), "listening ", Duration::from_secs(120))
                .unwrap_or_else(|error| panic!("the engine did not start: {error}"));
        let address = url.trim_start_matches("http://").to_owned();
        let environment = [("HEARKEN_CLICKHOUSE__URL".to_owned(), url)];
        let settings = ClickHouseSettings::read(&mut Reader::load(None, environment.into_iter()));
        let engine = Self { store: Store::new(ClickHouse::new(&settings)), address, _child: child, _data: data };
        engine.execute("/", &format!("CREATE DATABASE {DATABASE} ENGINE = Atomic"));
        for object in OBJECTS.iter().filter(|object| files.iter().any(|file| object.file.starts_with(file))) {
            engine.execute(&format!("/?database={DATABASE}"), object.statement);
        }
        engine
    }

    pub(crate) fn execute(&self, path: &str, sql: &str) {
        let mut stream = TcpStream::connect(&self.address).expect("the engine listens");
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            self.address,
            sql.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(sql.as_bytes())).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{sql}: {answer}");
    }

    /// Writes one message a notice, decided now.
    pub(crate) async fn tell(&self, channel: &str, ids: impl IntoIterator<Item = u128>, notice: &Notice) {
        let rows: Vec<MessageRow> = ids
            .into_iter()
            .map(|id| MessageRow {
                message_id: Uuid::from_u128(id),
                kind: "alert".to_owned(),
                channel: channel.to_owned(),
                owner: "desk".to_owned(),
                case_id: notice.case_id,
                alert_id: notice.alert_id,
                urgent: notice.urgent,
                created_at: At(Timestamp::now()),
                notice: serde_json::to_string(notice).expect("JSON"),
            })
            .collect();
        let token = format!("test:{channel}:{}", rows[0].message_id);
        self.store.insert(&rows, &token).await.expect("written");
    }

    pub(crate) async fn outcomes(&self) -> Vec<Outcome> {
        let sql =
            "SELECT message_id, outcome, attempt, status, error, folded_into FROM deliveries ORDER BY at, attempt";
        self.store.rows(sql, &[]).await.expect("outcomes")
    }

    /// Returns the ids with this outcome, each as often as it is written.
    pub(crate) async fn with(&self, outcome: &str) -> Vec<u128> {
        let outcomes = self.outcomes().await;
        let mut ids: Vec<u128> =
            outcomes.into_iter().filter(|row| row.outcome == outcome).map(|row| row.message_id.as_u128()).collect();
        ids.sort_unstable();
        ids
    }

    /// Asks for it by hand, as `hearken alerts redeliver` does.
    pub(crate) async fn requeue(&self, id: u128) {
        let row = DeliveryRow {
            message_id: Uuid::from_u128(id),
            at: At(Timestamp::now()),
            outcome: "requeued".to_owned(),
            attempt: 0,
            status: 0,
            latency_ms: 0,
            error: String::new(),
            folded_into: None,
        };
        self.store.insert(&[row], &format!("requeue:{id}")).await.expect("written");
    }
}

/// Waits until `holds` does, for at most so many seconds.
pub(crate) async fn until(seconds: u64, what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let since = Instant::now();
    while !holds().await {
        assert!(since.elapsed() < Duration::from_secs(seconds), "{what} did not come within {seconds} s");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn program(name: &str) -> PathBuf {
    let tests = std::env::current_exe().expect("a test knows its own path");
    let programs = tests.parent().and_then(|deps| deps.parent()).expect("a test lies in target/PROFILE/deps");
    let path = programs.join(name);
    assert!(path.exists(), "{} is missing: `make test` builds the programs before it runs the tests", path.display());
    path
}

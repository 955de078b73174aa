//! The API over the real engine: who may do what, what an act becomes, and what other people's tester of APIs finds.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod access;
mod acts;
mod command_line;
mod document;
mod limits;
mod schemathesis;

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use hearken_alert::api::{ApiState, Limits, router};
use hearken_alert::audit::Audit;
use hearken_alert::case::Role;
use hearken_alert::desk::Desk;
use hearken_alert::limit::Limit;
use hearken_alert::responders::Directory;
use hearken_alert::row::{AlertRow, CaseEventRow, CaseRow};
use hearken_alert::store::Store;
use hearken_alert::token::{Fresh, Tokens};
use hearken_embedded::process::Child;
use hearken_runtime::clickhouse::{ClickHouse, ClickHouseSettings};
use hearken_runtime::config::Reader;
use hearken_schemas::id::{alert_id, case_id};
use hearken_schemas::tables::{DATABASE, OBJECTS};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use prometheus::Registry;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

const DIRECTORY: &str = r#"
default_owner = "li"
[[owners]]
id = "li"
name = "Li"
department = "service"
[[owners]]
id = "chen"
name = "Chen"
department = "service"
[[owners]]
id = "wang"
name = "Wang"
department = "logistics"
"#;

/// More than any test asks.
fn plenty() -> Limit {
    Limit::new(6_000_000, 100_000)
}

/// The API with its engine; both end with the test.
struct World {
    store: Store,
    api: ApiState,
    registry: Registry,
    address: String,
    client: Client<HttpConnector, Body>,
    /// By name: reader, li, chen, wang, lead, other-lead, admin, expired.
    tokens: Vec<(&'static str, String)>,
    engine: Child,
    _data: TempDir,
}

/// An answer.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

impl World {
    async fn start() -> Self {
        Self::bounded(Limits { token: plenty(), unknown: plenty(), ..Limits::default() }).await
    }

    async fn bounded(limits: Limits) -> Self {
        let (engine, data, store) = engine().await;
        let registry = Registry::new();
        let (audit, writer) = Audit::new(store.clone(), &registry).unwrap();
        tokio::spawn(writer.run());
        let directory = Arc::new(Directory::parse(DIRECTORY).unwrap());
        let desk = Arc::new(Desk::new(store.clone(), audit, directory));
        let (tokens, entries) = tokens();
        let state = ApiState::new(desk, Tokens::parse(&entries).unwrap(), limits, &registry).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let api = state.clone();
        tokio::spawn(async move { axum::serve(listener, router(state)).await.unwrap() });
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { store, api, registry, address, client, tokens, engine, _data: data }
    }

    fn token<'a>(&'a self, name: &'a str) -> &'a str {
        self.tokens.iter().find(|(known, _)| *known == name).map_or(name, |(_, token)| token)
    }

    /// Asks with the token of this name; an unknown name is sent as the token itself, an empty one sends none.
    async fn ask(&self, who: &str, (method, path): (&str, &str), headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        if !who.is_empty() {
            request = request.header("Authorization", format!("Bearer {}", self.token(who)));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.client.request(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(Body::new(body), 10 << 20).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes)));
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    async fn get(&self, who: &str, path: &str) -> Answer {
        self.ask(who, ("GET", path), &[], "").await
    }

    async fn act(&self, who: &str, case: Uuid, headers: &[(&str, &str)], body: Value) -> Answer {
        let json = [("Content-Type", "application/json")];
        let headers = [&json, headers].concat();
        self.ask(who, ("POST", &format!("/api/v1/cases/{case}/events")), &headers, &body.to_string()).await
    }

    /// Opens a case of this owner, with its alert and its first event.
    async fn open(&self, subject: &str, owner: &str, department: &str) -> Uuid {
        self.open_as(subject, (owner, department), "champion", 80.0).await
    }

    async fn open_as(&self, subject: &str, (owner, department): (&str, &str), tier: &str, risk: f64) -> Uuid {
        let alert = alert_id("churn_said", "customer", subject, 1);
        let case = case_id(alert);
        let mut common: Value = serde_json::from_str(include_str!("rows.json")).unwrap();
        let own = json!({
            "alert_id": alert, "case_id": case, "event_id": alert, "subject": subject, "customer_key": subject,
            "tier": tier, "risk": risk, "owner": owner, "department": department,
        });
        common.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        let token = |table: &str| format!("{table}:{case}");
        let row: AlertRow = serde_json::from_value(common.clone()).unwrap();
        self.store.insert(&[row], &token("alerts")).await.unwrap();
        let row: CaseRow = serde_json::from_value(common.clone()).unwrap();
        self.store.insert(&[row], &token("cases")).await.unwrap();
        let row: CaseEventRow = serde_json::from_value(common).unwrap();
        self.store.insert(&[row], &token("case_events")).await.unwrap();
        case
    }

    /// The rows of a statement, each as JSON.
    async fn rows(&self, sql: &str) -> Vec<Value> {
        self.store.rows(sql, &[]).await.unwrap()
    }

    /// Asks until the answer is as expected, for at most ten seconds.
    async fn wait_for(&self, sql: &str, expected: Value) {
        for _ in 0..100 {
            if json!(self.rows(sql).await) == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{sql}: {:?} never became {expected}", self.rows(sql).await);
    }
}

async fn engine() -> (Child, TempDir, Store) {
    let data = TempDir::new().expect("a temporary directory");
    let mut command = Command::new(program("hearken-clickhouse"));
    command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data.path().join("data"));
    let started = Child::spawn_ready(command, &data.path().join("log"), "listening ", Duration::from_secs(120));
    let (child, url) = started.unwrap_or_else(|error| panic!("the engine did not start: {error}"));
    let server = |database: &str| {
        let environment = [("URL", url.as_str()), ("DATABASE", database), ("REQUEST_TIMEOUT_S", "10")]
            .map(|(key, value)| (format!("HEARKEN_CLICKHOUSE__{key}"), value.to_owned()));
        ClickHouse::new(&ClickHouseSettings::read(&mut Reader::load(None, environment.into_iter())))
    };
    let create = format!("CREATE DATABASE {DATABASE} ENGINE = Atomic");
    server("default").lines::<Value>(&create, &[]).await.expect("a database");
    let server = server(DATABASE);
    for object in OBJECTS {
        let created = server.lines::<Value>(object.statement, &[]).await;
        created.unwrap_or_else(|error| panic!("{}: {error:#}", object.file));
    }
    (child, data, Store::new(server))
}

fn program(name: &str) -> PathBuf {
    let tests = std::env::current_exe().expect("a test knows its own path");
    let programs = tests.parent().and_then(|deps| deps.parent()).expect("a test lies in target/PROFILE/deps");
    let path = programs.join(name);
    assert!(path.exists(), "{} is missing: `make test` builds the programs before it runs the tests", path.display());
    path
}

/// Everybody's tokens, and the file that knows them.
fn tokens() -> (Vec<(&'static str, String)>, String) {
    let people = [
        ("reader", Role::Reader, "", ""),
        ("li", Role::Responder, "li", ""),
        ("chen", Role::Responder, "chen", ""),
        ("wang", Role::Responder, "wang", ""),
        ("lead", Role::Lead, "", "service"),
        ("other-lead", Role::Lead, "", "logistics"),
        ("admin", Role::Admin, "", ""),
        ("expired", Role::Admin, "", ""),
    ];
    let mut entries = String::new();
    let tokens = people.into_iter().zip(0_u8..).map(|((name, role, owner, department), number)| {
        let expires_at = (name == "expired").then(|| "2026-01-01T00:00:00Z".parse().unwrap());
        let (token, entry) = Fresh { name, role, owner, department, expires_at }.make([number; 32]).unwrap();
        entries.push_str(&entry);
        (name, token)
    });
    (tokens.collect(), entries)
}

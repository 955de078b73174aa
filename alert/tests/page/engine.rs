//! The real engine with every table and view, the page served before it, and a way to ask both.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use hearken_alert::audit::Audit;
use hearken_alert::case::State;
use hearken_alert::desk::Desk;
use hearken_alert::link::{Secret, sign};
use hearken_alert::page::sight::RuleWords;
use hearken_alert::page_routes::{PageState, routes};
use hearken_alert::responders::Directory;
use hearken_alert::row::{AlertRow, At, CaseEventRow, CaseRow, Row};
use hearken_alert::store::Store;
use hearken_embedded::process::Child;
use hearken_runtime::clickhouse::{ClickHouse, ClickHouseSettings};
use hearken_runtime::config::Reader;
use hearken_schemas::tables::{DATABASE, OBJECTS};
use jiff::{SignedDuration, Timestamp};
use prometheus::Registry;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::sample::{place, words};

const SECRET: &str = "a secret of tests that is long enough to be one";

/// Two colleagues and their lead in one department, a store, and somebody who reads Chinese.
const DIRECTORY: &str = r#"
default_owner = "wang.fang"

[[owners]]
id = "wang.fang"
name = "Wang Fang"
department = "Customer care"
escalates_to = "lead"
language = "en"

[[owners]]
id = "li.lei"
name = "Li Lei"
department = "Customer care"
language = "zh"

[[owners]]
id = "lead"
name = "Zhao Lin"
department = "Customer care"
language = "en"

[[departments]]
name = "Customer care"
lead = "lead"
"#;

/// What the customer wrote in every case of these tests.
pub(crate) const TEXT: &str = "<b>Third time</b> it leaks. I am done with Lumina & switching.";

/// The engine and the page.
pub(crate) struct Engine {
    pub(crate) store: Store,
    server: ClickHouse,
    secret: Secret,
    address: SocketAddr,
    child: Option<Child>,
    _data: TempDir,
}

/// An answer of the page.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Engine {
    pub(crate) async fn start() -> Self {
        let data = TempDir::new().unwrap();
        let mut command = Command::new(program("hearken-clickhouse"));
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data.path().join("data"));
        let (child, url) =
            Child::spawn_ready(command, &data.path().join("log"), "listening ", Duration::from_secs(120))
                .unwrap_or_else(|error| panic!("the engine did not start: {error}"));
        connect(&url, "default").try_lines(&format!("CREATE DATABASE {DATABASE} ENGINE = Atomic"), &[]).await.unwrap();
        let server = connect(&url, DATABASE);
        for object in OBJECTS {
            let made = server.try_lines(object.statement, &[]).await;
            made.unwrap_or_else(|error| panic!("{}: {error:#}", object.file));
        }
        let store = Store::new(server.clone());
        let secret = Secret::new(SECRET).unwrap();
        let address = serve(&store, &secret).await;
        Self { store, server, secret, address, child: Some(child), _data: data }
    }

    /// Opens a case of `wang.fang` about what a customer of its own wrote an hour ago.
    pub(crate) async fn case(&self, number: u128) -> Uuid {
        let [case_id, alert_id, feedback_id] = [0, 1_000, 3_000].map(|kind| Uuid::from_u128(number + kind));
        let said = ago(60);
        self.insert("feedback", json!({
            "feedback_id": feedback_id, "version": 1, "sign": 1, "arrival": 1, "channel": "review", "source": "shop",
            "source_id": format!("r{number}"), "occurred_at": said, "time_precision": "second", "received_at": said,
            "customer_id": format!("C{number}"), "id_namespace": "crm", "brand": "Lumina", "text": TEXT, "language": "en",
            "origin": "genuine", "sentiment": "negative", "rating_value": 1, "rating_scale_max": 5,
        })).await;
        let case = case_row(case_id, alert_id, feedback_id, Some(format!("crm/C{number}")), said);
        self.insert_row(&alert_row(&case, place(TEXT, "I am done with Lumina"))).await;
        self.bare_case(number, State::Open).await
    }

    /// Opens a case of `wang.fang`, of which a colleague has made what it is.
    pub(crate) async fn bare_case(&self, number: u128, state: State) -> Uuid {
        let [case_id, alert_id, event_id, feedback_id] =
            [0, 1_000, 2_000, 3_000].map(|kind| Uuid::from_u128(number + kind));
        let case = case_row(case_id, alert_id, feedback_id, Some(format!("crm/C{number}")), ago(60));
        self.insert_row(&case).await;
        let first = opened(event_id, case_id, alert_id);
        let mut events = vec![first.clone()];
        if state != State::Open {
            let event_id = Uuid::new_v5(&case_id, state.as_str().as_bytes());
            let (kind, state) = (state.as_str().to_owned(), state.as_str().to_owned());
            events.push(CaseEventRow {
                event_id,
                kind,
                state,
                at: ago(30),
                by_human: true,
                owner: String::new(),
                ..first
            });
        }
        self.store.insert(&events, &format!("events of {case_id}")).await.unwrap();
        case_id
    }

    async fn insert_row<R: Row + Clone>(&self, row: &R) {
        self.store
            .insert(
                std::slice::from_ref(row),
                &Uuid::new_v5(&Uuid::NAMESPACE_OID, &serde_json::to_vec(row).unwrap()).to_string(),
            )
            .await
            .unwrap();
    }

    /// Inserts a row of which some columns are given.
    pub(crate) async fn insert(&self, table: &str, row: Value) {
        let line = format!("INSERT INTO {table} FORMAT JSONEachRow {row}");
        self.server.try_lines(&line, &[]).await.unwrap_or_else(|error| panic!("{table}: {error:#}"));
    }

    /// Returns a link's path.
    pub(crate) fn path(&self, case_id: Uuid, owner: &str) -> String {
        self.path_until(case_id, owner, Timestamp::now() + SignedDuration::from_hours(1))
    }

    pub(crate) fn path_until(&self, case_id: Uuid, owner: &str, until: Timestamp) -> String {
        format!("/c/{}", sign(&self.secret, case_id, owner, until))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        self.ask("POST", path, &fields.join("&")).await
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAccept-Language: en\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let address = self.address;
        tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            read(&String::from_utf8(answer).unwrap())
        })
        .await
        .unwrap()
    }

    /// Returns the kinds of a case's events, in order.
    pub(crate) async fn kinds(&self, case_id: Uuid) -> Vec<String> {
        let events: Vec<Map<String, Value>> = self
            .store
            .rows(
                "SELECT kind FROM case_events WHERE case_id = {id:UUID} ORDER BY at, event_id",
                &[("id", &case_id.to_string())],
            )
            .await
            .unwrap();
        events.iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// Sums up everything that a page could change.
    pub(crate) async fn tables(&self) -> Vec<Value> {
        let tables = ["cases", "case_events", "alerts", "messages", "deliveries", "feedback"];
        let sums = tables.map(|table| {
            format!("SELECT '{table}' AS name, count() AS rows, toString(sum(cityHash64(*))) AS sum FROM {table}")
        });
        let sql = format!("SELECT * FROM ({}) ORDER BY name", sums.join(" UNION ALL "));
        self.store.rows(&sql, &[]).await.unwrap()
    }

    /// Stops the database, as an outage does.
    pub(crate) fn stop(&mut self) {
        self.child = None;
    }
}

/// A moment so many minutes ago, to the millisecond, as the tables have it.
fn ago(minutes: i64) -> At {
    let at = Timestamp::now() - SignedDuration::from_mins(minutes);
    At(Timestamp::from_millisecond(at.as_millisecond()).unwrap())
}

async fn serve(store: &Store, secret: &Secret) -> SocketAddr {
    let directory = Arc::new(Directory::parse(DIRECTORY).unwrap_or_else(|errors| panic!("{errors:?}")));
    let (audit, writer) = Audit::new(store.clone(), &Registry::new()).unwrap();
    tokio::spawn(writer.run());
    let title = words("Means to leave", "有流失意向");
    let rule = RuleWords { title, why: words("They say so.", "客户明确表示。") };
    let state = PageState {
        desk: Arc::new(Desk::new(store.clone(), audit.clone(), Arc::clone(&directory))),
        store: store.clone(),
        audit,
        directory,
        secret: secret.clone(),
        rules: Arc::new(BTreeMap::from([("churn_intent".to_owned(), rule)])),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes(state)).await.unwrap() });
    address
}

fn connect(url: &str, database: &str) -> ClickHouse {
    let environment = [("URL", url), ("DATABASE", database)];
    let environment = environment.map(|(name, value)| (format!("HEARKEN_CLICKHOUSE__{name}"), value.to_owned()));
    ClickHouse::new(&ClickHouseSettings::read(&mut Reader::load(None, environment.into_iter())))
}

fn program(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().and_then(|deps| deps.parent()).unwrap().join(name);
    assert!(path.exists(), "{} is missing: `make test` builds the programs before it runs the tests", path.display());
    path
}

fn case_row(case_id: Uuid, alert_id: Uuid, feedback_id: Uuid, customer_key: Option<String>, said: At) -> CaseRow {
    let from = json!({
        "case_id": case_id, "alert_id": alert_id, "rule": "churn_intent", "subject_kind": "customer", "subject": customer_key,
        "customer_key": customer_key, "feedback_id": feedback_id, "brand": "Lumina", "channel": "review", "product_id": "kettle",
        "store_id": "", "touchpoint": "returns", "category": "service", "topic": "returns", "severity": "high", "urgent": false,
        "tier": "champion", "risk": 78.0, "owner": "wang.fang", "department": "Customer care", "routed_by": "default", "paged": true,
        "occurred_at": said, "time_precision": "second", "received_at": said, "opened_at": said, "customer_due_at": said,
        "due_at": At(said.0 + SignedDuration::from_hours(2)),
    });
    serde_json::from_value(from).unwrap()
}

fn alert_row(case: &CaseRow, span: (u32, u32)) -> AlertRow {
    let (alert_id, case_id, feedback_id) = (case.alert_id, case.case_id, case.feedback_id);
    let (customer_key, said) = (&case.customer_key, case.occurred_at);
    let from = json!({
        "alert_id": alert_id, "rule": "churn_intent", "rules_version": "1", "subject_kind": "customer", "subject": customer_key,
        "window_start": said, "severity": "high", "urgent": false, "occurred_at": said, "time_precision": "second",
        "received_at": said, "seen_at": said, "alert_at": said, "paged": true, "unpaged_because": "", "feedback_id": feedback_id,
        "brand": "Lumina", "channel": "review", "product_id": "kettle", "store_id": "", "touchpoint": "returns",
        "category": "service", "topic": "returns", "span_start": span.0, "span_end": span.1, "customer_key": customer_key,
        "tier": "champion", "risk": 78.0, "case_id": case_id, "detail": {},
    });
    serde_json::from_value(from).unwrap()
}

fn opened(event_id: Uuid, case_id: Uuid, alert_id: Uuid) -> CaseEventRow {
    let from = json!({
        "event_id": event_id, "case_id": case_id, "at": ago(55), "kind": "opened", "state": "open", "actor": "hearken",
        "by_human": false, "owner": "wang.fang", "department": "Customer care", "alert_id": alert_id, "note": "", "amount": null,
        "currency": "", "step": "", "detail": {"rule": "churn_intent"},
    });
    serde_json::from_value(from).unwrap()
}

fn encoded(value: &str) -> String {
    value.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn read(answer: &str) -> Answer {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    Answer { status, headers: lines.filter_map(header).collect(), body: body.to_owned() }
}

/// Returns the nonce that a page's forms carry.
pub(crate) fn nonce(page: &str) -> String {
    let (_, after) = page.split_once("name=\"nonce\" value=\"").unwrap_or_else(|| panic!("no form in {page}"));
    after.split_once('"').unwrap().0.to_owned()
}

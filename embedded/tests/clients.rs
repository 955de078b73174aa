//! Other people's clients: each official package does what its users do, and what it reads and writes equals what the Rust
//! client reads and writes. A client whose language or package is not on this machine is skipped by name.

#[allow(dead_code, reason = "shared with the tests of the interface, which use the rest of it")]
mod local_clickhouse;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clickhouse::{Client, Row};
use local_clickhouse::raw::Call;
use local_clickhouse::server::Server;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

const PASSWORD: &str = "it's: a secret";

/// A row of `kinds`: every type that Hearken's tables have, as the Rust client gives it.
#[derive(Clone, Row, Serialize, Deserialize)]
struct Kinds {
    id: u64,
    key: (u64, u64),
    at: i64,
    minute: u32,
    day: u16,
    brand: String,
    region: Option<String>,
    text: String,
    sign: i8,
    part: i32,
    offset: i64,
    simhash: Option<u64>,
    score: Option<f32>,
    share: f64,
    amount: Option<i64>,
    deleted: bool,
    resolved: Option<bool>,
    terms: Vec<String>,
    names: Vec<Option<String>>,
    times: Vec<Option<i64>>,
    attributes: Vec<(String, String)>,
}

fn rows() -> [Kinds; 3] {
    let full = Kinds {
        id: u64::MAX,
        key: (0x6ba7_b810_9dad_11d1, 0x80b4_00c0_4fd4_30c8),
        at: 1_774_747_800_123,
        minute: 1_774_747_800,
        day: 20_541,
        brand: "品牌 \"A\"".into(),
        region: Some("south".into()),
        text: "two\nlines,\ta tab, a \\ and 'quotes' 😀".into(),
        sign: -1,
        part: i32::MIN,
        offset: i64::MAX,
        simhash: Some(u64::MAX - 1),
        score: Some(-0.125),
        share: 0.1 + 0.2,
        amount: Some(-123_456),
        deleted: true,
        resolved: Some(true),
        terms: vec!["物流".into(), String::new()],
        names: vec![Some("a".into()), None, Some("a".into())],
        times: vec![None, Some(1)],
        attributes: vec![("k".into(), "v'".into()), ("ключ".into(), String::new())],
    };
    let empty = Kinds {
        id: 1,
        region: None,
        simhash: None,
        score: None,
        amount: None,
        resolved: None,
        terms: Vec::new(),
        names: Vec::new(),
        times: Vec::new(),
        attributes: Vec::new(),
        ..full.clone()
    };
    [empty, Kinds { id: (1 << 53) + 1, deleted: false, resolved: Some(false), at: 0, ..full.clone() }, full]
}

impl Kinds {
    /// The row as the programs print it: times in milliseconds, decimals in ten-thousandths, large numbers as text.
    fn plain(&self) -> Value {
        let hex = format!("{:016x}{:016x}", self.key.0, self.key.1);
        let key = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
        assert_eq!(self.day, 20_541, "the day that is written out below");
        let times: Vec<_> = self.times.iter().map(|time| time.map(|time| time.to_string())).collect();
        let attributes: BTreeMap<_, _> = self.attributes.iter().cloned().collect();
        json!({
            "id": self.id.to_string(), "key": key, "at": self.at.to_string(),
            "minute": format!("{}000", self.minute), "day": "2026-03-29",
            "brand": self.brand, "region": self.region, "text": self.text, "sign": self.sign.to_string(),
            "part": self.part.to_string(), "offset": self.offset.to_string(),
            "simhash": self.simhash.map(|simhash| simhash.to_string()), "score": self.score, "share": self.share,
            "amount": self.amount.map(|amount| amount.to_string()), "deleted": self.deleted, "resolved": self.resolved,
            "terms": self.terms, "names": self.names, "times": times, "attributes": attributes,
        })
    }
}

async fn read(client: &Client, table: &str) -> Vec<Value> {
    let rows = client.query(&format!("SELECT * FROM {table} ORDER BY id")).fetch_all::<Kinds>().await;
    rows.unwrap_or_else(|error| panic!("{table}: {error}")).iter().map(Kinds::plain).collect()
}

/// A server with the rows in `clients.kinds`, written by the Rust client.
async fn server() -> (TempDir, Server, Client) {
    let data = tempdir().expect("a temporary directory");
    let server = Server::start(data.path(), &["--user", "ana", "--password", PASSWORD]);
    let asked =
        |text: &str| Call::post("/").header("X-ClickHouse-User", "ana").header("X-ClickHouse-Key", PASSWORD).body(text);
    for statement in ["CREATE DATABASE clients", &include_str!("clients/kinds.sql").replace("kinds", "clients.kinds")] {
        let answer = asked(statement).send(server.address);
        assert_eq!(answer.status, 200, "{statement}: {}", answer.text());
    }
    let client = server.client().with_user("ana").with_password(PASSWORD).with_database("clients");
    let mut insert = client.insert::<Kinds>("kinds").await.expect("the table is there");
    for row in rows() {
        insert.write(&row).await.expect("the row fits");
    }
    insert.end().await.expect("inserted");
    let expected: Vec<_> = rows().iter().map(Kinds::plain).collect();
    assert_eq!(read(&client, "kinds").await, expected, "the Rust client reads what it wrote");
    (data, server, client)
}

/// What a program does, apart from how its language puts it.
struct Expected {
    name: &'static str,
    /// How it packs what it inserts; `copy_…` tables are named by it.
    packings: &'static [&'static str],
}

async fn check(expected: Expected, program: &mut Command) {
    let (_data, server, client) = server().await;
    let Expected { name, packings } = expected;
    let Output { status, stdout, stderr } =
        program.arg(format!("http://{}", server.address)).output().expect("the program was prepared");
    let said = String::from_utf8_lossy(&stdout);
    assert!(status.success(), "{name}: {said}{}", String::from_utf8_lossy(&stderr));
    let found: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{name}: {error}: {said}"));
    let expected = json!({
        "ping": true,
        "columns": columns(),
        "rows": read(&client, "kinds").await,
        "empty": [["id", "at"], []],
        "parameters": [u64::MAX.to_string(), "it's\ta \\ tab", ["a'b", "ü"], "1774747800123", null, true],
        "refused": [{"code": 60, "name": "UNKNOWN_TABLE"}, {"code": 47, "name": "UNKNOWN_IDENTIFIER"},
                    {"code": 516, "name": "AUTHENTICATION_FAILED"}],
        "query_id": format!("{name}-named"),
        "read_rows": "3",
        "written": packings.iter().map(|packing| (*packing, 3)).collect::<BTreeMap<_, _>>(),
        "session": {"kept": [["3", "1234"]], "other": 60},
        "stream": [500_000, 124_999_750_000_u64],
        "cancelled": 394,
    });
    for (key, expected) in expected.as_object().expect("it was written as one") {
        assert_eq!(&found[key], expected, "{name}: {key}");
    }
    for packing in packings {
        let table = format!("{name}_{packing}");
        assert_eq!(read(&client, &table).await, read(&client, "kinds").await, "{table}");
    }
}

fn columns() -> Vec<&'static str> {
    <Kinds as Row>::COLUMN_NAMES.to_vec()
}

/// Where a client is prepared: beside the programs, so that it is fetched once.
fn cache(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients").join(name);
    std::fs::create_dir_all(&directory).expect("the target directory is writable");
    directory
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// Runs a step of the preparation; says what is skipped where it fails.
fn prepared(name: &str, command: &mut Command) -> bool {
    let why = match command.output() {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned(),
        Err(error) => error.to_string(),
    };
    eprintln!("skipped: {name} is not on this machine and cannot be fetched: {command:?}: {why}");
    false
}

#[tokio::test]
async fn python_reads_and_writes_what_rust_does() {
    let (source, venv) = (source("python"), cache("python"));
    let python = venv.join("bin/python");
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
    if prepared("clickhouse-connect", Command::new("python3").args(["-m", "venv"]).arg(&venv))
        && prepared("clickhouse-connect", install.arg(source.join("requirements.txt")))
    {
        let packings = &["none", "lz4", "zstd", "gzip"];
        check(Expected { name: "python", packings }, Command::new(python).arg(source.join("drive.py"))).await;
    }
}

#[tokio::test]
async fn node_reads_and_writes_what_rust_does() {
    let (source, modules) = (source("node"), cache("node"));
    for file in ["package.json", "package-lock.json", ".npmrc", "drive.mjs"] {
        std::fs::copy(source.join(file), modules.join(file)).expect("the target directory is writable");
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--no-audit", "--no-fund"]).current_dir(&modules);
    if prepared("@clickhouse/client", &mut install) {
        let packings = &["none", "gzip"];
        check(Expected { name: "node", packings }, Command::new("node").arg(modules.join("drive.mjs"))).await;
    }
}

/// What Grafana's data source is made of: Native blocks with BlockInfo, over HTTP.
#[tokio::test]
async fn go_reads_what_rust_does() {
    let program = cache("go").join("drive");
    let mut build = Command::new("go");
    build.args(["build", "-mod=readonly", "-o"]).arg(&program).arg(".").current_dir(source("go"));
    if !prepared("clickhouse-go", &mut build) {
        return;
    }
    let (_data, server, client) = server().await;
    let output = Command::new(program).arg(format!("http://{}", server.address)).output().expect("it was built");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
    let rows = read(&client, "kinds").await;
    for packing in ["rows", "rows_lz4", "rows_gzip"] {
        assert_eq!(found[packing], json!(rows), "{packing}");
    }
    assert_eq!(found["columns"], json!(columns()));
    assert_eq!(found["empty"], json!([["id", "at"], []]));
    assert_eq!(found["stream"], 500_000);
    assert_eq!(found["refused"], json!([60, 47]));
}

//! Everybody may do what the table of the documents says and no more: that is enough for all work, and what is missing is named.

use std::fs;
use std::thread;
use std::time::Instant;

use hearken_runtime::config::Reader;
use hearken_runtime::kafka::Connection;
use hearken_schemas::topics::{ALERTS, RAW_REVIEWS};
use hearken_tests::channels::now_ms;
use hearken_tests::cluster::{ALERT, SERVICES};
use hearken_tests::part::Part;
use hearken_tests::program::{Finished, POLL, command, finish};
use hearken_tests::rights::{self, Resource, Right};
use serde_json::json;
use tempfile::TempDir;

use crate::fortress::{CLICKHOUSE_PASSWORD, KAFKA_PASSWORD, PATIENT, Variables, produce, program};
use crate::leaks::wait_for_topic;

const TABLE: &str = include_str!("../../../docs/security.md");

/// Users of the broker: whoever may do all, and those of the table.
const USERS: [&str; 7] = ["root", "ingest", "enrich", "sink", "alert", "channels", "operators"];

/// A broker that asks for logins and rights, and a ClickHouse that asks for a password. Dropped, they end and are removed.
struct Office {
    kafka: Part,
    clickhouse: Part,
    directory: TempDir,
}

impl Office {
    fn open() -> Self {
        let directory = TempDir::new().unwrap();
        let users: Vec<String> = USERS.iter().map(|user| format!("{user} = \"{KAFKA_PASSWORD}\"\n")).collect();
        fs::write(directory.path().join("users.toml"), format!("[users]\n{}", users.concat())).unwrap();
        fs::write(directory.path().join("kafka.secret"), KAFKA_PASSWORD).unwrap();
        let engine = |name: &'static str, arguments: &[&str]| {
            let (data, log) = (directory.path().join(name), directory.path().join(format!("{name}.engine")));
            let users = directory.path().join("users.toml");
            let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
            Part::start(name, log, move |_| {
                let mut engine = command(name);
                engine.args(["--listen", "127.0.0.1:0", "--data"]).arg(&data).args(&arguments);
                if !arguments.is_empty() {
                    engine.arg("--users").arg(&users);
                }
                engine.env("HEARKEN_CLICKHOUSE_PASSWORD", CLICKHOUSE_PASSWORD);
                engine
            })
        };
        let kafka = engine("hearken-kafka", &["--superuser", "root"]);
        let clickhouse = engine("hearken-clickhouse", &[]);
        Self { kafka, clickhouse, directory }
    }

    fn variables(&self, user: &str) -> Variables {
        vec![
            ("HEARKEN_KAFKA__BROKERS", self.kafka.address().to_owned()),
            ("HEARKEN_KAFKA__SECURITY", "sasl_plaintext".to_owned()),
            ("HEARKEN_KAFKA__USER", user.to_owned()),
            ("HEARKEN_KAFKA__PASSWORD_FILE", self.directory.path().join("kafka.secret").display().to_string()),
            ("HEARKEN_CLICKHOUSE__URL", format!("http://{}", self.clickhouse.address())),
            ("HEARKEN_CLICKHOUSE__PASSWORD", CLICKHOUSE_PASSWORD.to_owned()),
        ]
    }

    fn connection(&self, user: &str) -> Connection {
        let variables = self.variables(user).into_iter().map(|(name, value)| (name.to_owned(), value));
        Connection::read(&mut Reader::load(None, variables))
    }

    fn hearken(&self, arguments: &[&str]) -> Finished {
        finish(program("hearken", self.variables("operators"), &[]).args(arguments), PATIENT)
    }

    /// Runs a service until it ends by itself.
    fn ends(&self, user: &str, more: &[(&str, &str)]) -> Finished {
        let name = format!("hearken-{user}");
        finish(&mut program(&name, self.variables(user), &[&quick(user)[..], more].concat()), PATIENT)
    }

    fn start(&self, name: &'static str) -> Part {
        let variables = self.variables(name.trim_start_matches("hearken-"));
        let more = quick(name);
        let log = self.directory.path().join(format!("{name}.log"));
        let mut part = Part::start(name, log, move |_| program(name, variables.clone(), &more));
        part.wait_ready();
        part
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        // Their last processes must be gone before their files go.
        let _ = self.clickhouse.stop();
        let _ = self.kafka.stop();
    }
}

/// What makes a service of this name tell soon what it finds.
fn quick(name: &str) -> Vec<(&'static str, &'static str)> {
    match name.trim_start_matches("hearken-") {
        "sink" => vec![("HEARKEN_SINK__AGE_MS_MAX", "300")],
        "alert" => vec![("HEARKEN_ALERT__INTERVAL_MS", "300"), ("HEARKEN_ALERT__LISTEN", "127.0.0.1:0")],
        _ => Vec::new(),
    }
}

/// One right of each service, without which it is to say what it lacks: the words, and the right.
fn withheld() -> [(&'static str, &'static str, Resource, &'static [&'static str]); 4] {
    let topic = |name: &str| Resource::Topic(name.to_owned());
    let group = |name: &str| Resource::Group(name.to_owned());
    [
        ("ingest", "Write", topic("feedback.normalized.v1"), &["feedback.normalized.v1", "authorization failed"]),
        (
            "enrich",
            "Read",
            topic("feedback.normalized.v1"),
            &["does not let this user read", "feedback.normalized.v1", "Topic authorization failed"],
        ),
        (
            "sink",
            "Read",
            group("hearken-sink"),
            &["it needs Read on the group hearken-sink", "Group authorization failed"],
        ),
        (
            "alert",
            "Describe",
            group("hearken-sink"),
            &["reading what group hearken-sink committed", "this user needs Describe on it"],
        ),
    ]
}

#[test]
fn the_rights_of_the_table_are_enough_and_what_is_missing_is_named() {
    let office = Office::open();
    let mut all = rights::read(TABLE);
    let channel =
        |operation| Right { user: "channels".to_owned(), operation, resource: Resource::Topic(RAW_REVIEWS.to_owned()) };
    all.extend(["Write", "Describe"].map(channel));
    for user in &USERS[1..] {
        assert!(all.iter().any(|right| right.user == *user), "{user} has no right");
    }
    let held = |right: &Right| {
        withheld().iter().any(|(user, operation, resource, _)| {
            right.user == *user && right.operation == *operation && right.resource == *resource
        })
    };
    let (later, first): (Vec<Right>, Vec<Right>) = all.into_iter().partition(held);
    assert_eq!(later.len(), withheld().len(), "the table has no longer what is taken away here: {later:?}");

    refused_at_the_door(&office);
    rights::grant(&office.connection("root"), &first);
    until("nobody may make topics", || office.hearken(&["topics", "create"]).code == Some(0));
    let migrated = office.hearken(&["migrate"]);
    assert_eq!(migrated.code, Some(0), "{migrated:?}");
    let secrets = office.hearken(&["sql", "SELECT create_table_query FROM system.tables WHERE engine = 'Dictionary'"]);
    assert!(secrets.out.contains("[HIDDEN]") && !secrets.out.contains(CLICKHOUSE_PASSWORD), "{secrets:?}");
    let catalog = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/local/catalog.toml");
    assert_eq!(office.hearken(&["catalog", "load", catalog]).code, Some(0));

    say(&office, "first");
    for (user, _, _, words) in withheld() {
        let ended = office.ends(user, &[("HEARKEN_KAFKA__DELIVERY_TIMEOUT_MS", "5000")]);
        assert_eq!(ended.code, Some(1), "{user}: {ended:?}");
        eprintln!("{user}: {}", ended.err.lines().next_back().unwrap_or_default());
        words.iter().for_each(|words| assert!(ended.err.contains(words), "{user}: {words:?}: {ended:?}"));
    }
    rights::grant(&office.connection("root"), &later);
    all_work_is_done(&office);
}

/// Somebody leaves, and everybody does his part: a row, an alert on its topic, and every record has its outcome.
fn all_work_is_done(office: &Office) {
    let mut parts = SERVICES.iter().chain([&ALERT]).map(|name| office.start(name)).collect::<Vec<Part>>();
    say(office, "second");
    until("no alert was raised", || {
        let told = office.hearken(&["sql", "--format", "csv", "SELECT count() FROM alerts"]);
        parts.iter_mut().for_each(Part::check);
        told.out.lines().last().is_some_and(|count| count != "0")
    });
    wait_for_topic(&office.variables("operators"), ALERTS);
    let verified = office.hearken(&["verify", "--wait", "100"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    for part in &mut parts {
        assert_eq!(part.stop().code(), Some(0));
    }
}

fn say(office: &Office, id: &str) {
    let record = json!({
        "source": "webshop-east", "source_id": id, "customer_id": "c-1", "brand": "orvantle", "occurred_at": now_ms(), "revision": 1,
        "text": "Nobody answered. I am cancelling my subscription and switching to another brand.",
    });
    produce(&office.variables("channels"), RAW_REVIEWS, id, &serde_json::to_vec(&record).unwrap());
}

/// A client that expects TLS of this broker, or no login, hears what it does expect.
fn refused_at_the_door(office: &Office) {
    let with_tls = vec![("HEARKEN_KAFKA__SECURITY", "sasl_tls")];
    let without_login = vec![
        ("HEARKEN_KAFKA__SECURITY", "plaintext"),
        ("HEARKEN_KAFKA__USER", ""),
        ("HEARKEN_KAFKA__PASSWORD_FILE", ""),
    ];
    for (mut more, words) in [
        (with_tls, "does not speak TLS; set kafka.security to plaintext or sasl_plaintext"),
        (without_login, "as if it expected a login; set kafka.security to sasl_tls or sasl_plaintext"),
    ] {
        more.push(("HEARKEN_KAFKA__WAIT_S", "4"));
        let ended = office.ends("ingest", &more);
        assert!(ended.code == Some(1) && ended.err.contains(words), "{more:?}: {ended:?}");
    }
}

fn until(otherwise: &str, mut is_done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENT;
    while !is_done() {
        assert!(Instant::now() < deadline, "{otherwise}");
        thread::sleep(POLL);
    }
}

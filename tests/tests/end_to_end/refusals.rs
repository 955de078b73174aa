//! A program that cannot work says in a sentence why, within a bounded time, and never panics.

use std::net::TcpListener;
use std::process::Command;
use std::sync::PoisonError;
use std::time::Duration;

use hearken_tests::cluster::{SERVICES, configuration, shared};
use hearken_tests::program::{command, finish, free_address};

/// How long a refusal may take on a machine that does much else.
const BOUND: Duration = Duration::from_secs(60);

/// Runs a program that must refuse with this exit code and these words.
fn check(program: &mut Command, code: i32, words: &[&str]) {
    let finished = finish(program, BOUND);
    assert_eq!(finished.code, Some(code), "{program:?}: {finished:?}");
    for words in words {
        assert!(finished.err.contains(words), "{program:?}: expected {words:?} in {}", finished.err);
    }
    assert!(!finished.err.contains("panicked"), "{program:?}: {}", finished.err);
}

/// Returns the command that runs a service with a Kafka that is not needed, and whatever else it requires.
fn service(name: &str) -> Command {
    let mut service = command(name);
    service.env("HEARKEN_KAFKA__BROKERS", free_address()).env("HEARKEN_KAFKA__WAIT_S", "1");
    if name == "hearken-ingest" {
        service.env("HEARKEN_INGEST__PSEUDONYM_KEY", "a key for tests alone");
    }
    if name == "hearken-sink" {
        service.env("HEARKEN_CLICKHOUSE__URL", format!("http://{}", free_address()));
    }
    service
}

#[test]
fn wrong_configuration_is_reported_all_at_once() {
    let directory = tempfile::TempDir::new().unwrap();
    let wrong = directory.path().join("sink.toml");
    let text = "[kafka]\ngroups = 'x'\nsession_timeout_ms = 1\n[clickhouse]\nurl = 'clickhouse:8123'\n[sink]\nrows_max = 'many'\n";
    std::fs::write(&wrong, text).unwrap();
    let mut sink = command("hearken-sink");
    sink.arg("--config").arg(&wrong).env("HEARKEN_KAFKA__BROKER", "x").env("HEARKEN_SINK__AGE_MS_MAX", "0");
    sink.env("HEARKEN_CLICKHOUSE__PASSWORD", "hunter2");
    let expected = [
        "kafka.brokers: is required (or set HEARKEN_KAFKA__BROKERS)",
        "kafka.groups: unknown key",
        "kafka.session_timeout_ms: expected a whole number from 1000",
        "clickhouse.url: expected http://host:port",
        "sink.rows_max: expected a whole number",
        "sink.age_ms_max: expected a whole number",
        "HEARKEN_KAFKA__BROKER: unknown variable",
    ];
    check(&mut sink, 2, &expected);
    assert!(!finish(&mut sink, BOUND).err.contains("hunter2"), "a secret is never printed");

    let mut enrich = service("hearken-enrich");
    enrich.env("HEARKEN_ENRICH__LANGUAGES", "en,tlh").env("HEARKEN_ENRICH__KEYWORDS_MAX", "-1");
    check(&mut enrich, 2, &["enrich.languages: ", "tlh", "enrich.keywords_max: expected a whole number"]);
    let mut ingest = service("hearken-ingest");
    let catalog = directory.path().join("catalog.toml");
    std::fs::write(&catalog, "[[sources]]\nname = 's'\nbrand = 'nobody'\n").unwrap();
    ingest.env("HEARKEN_INGEST__PSEUDONYM_KEY", "hunter2").env("HEARKEN_INGEST__CATALOG", &catalog);
    check(&mut ingest, 2, &["ingest.pseudonym_key: ", "ingest.catalog: ", "brand \"nobody\" is not listed"]);
    assert!(!finish(&mut ingest, BOUND).err.contains("hunter2"), "a secret is never printed");
    for name in SERVICES {
        check(service(name).arg("--config").arg(directory.path().join("none.toml")), 2, &["none.toml: No such file"]);
        check(service(name).arg("--verbose"), 2, &["unknown argument \"--verbose\"", "usage: "]);
        let local = finish(service(name).arg("--check-config").arg("--config").arg(configuration(name)), BOUND);
        assert_eq!(
            (local.code, local.out.as_str()),
            (Some(0), "the configuration is valid\n"),
            "{name}: {}",
            local.err
        );
    }
}

#[test]
fn a_broker_that_is_down_is_a_sentence() {
    for name in SERVICES {
        let words = ["no Kafka broker answered at 127.0.0.1:", "within 1 s", "is it running, is kafka.brokers right"];
        check(&mut service(name), 1, &words);
    }
}

#[test]
fn a_port_that_is_taken_is_a_sentence() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    for name in SERVICES {
        let words = [&format!("cannot listen on {taken} (http.listen)"), "is the port taken by another program?"];
        check(service(name).env("HEARKEN_HTTP__LISTEN", &taken), 1, &words);
    }
}

#[test]
fn clickhouse_down_is_a_sentence() {
    let shared = shared();
    let cluster = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let mut sink = cluster.another("hearken-sink");
    sink.env("HEARKEN_CLICKHOUSE__URL", format!("http://{}", free_address())).env("HEARKEN_CLICKHOUSE__WAIT_S", "1");
    check(&mut sink, 1, &["ClickHouse did not answer within 1 s", "is it running, and is clickhouse.url right?"]);
}

#[test]
fn tables_missing_is_a_sentence() {
    let shared = shared();
    let cluster = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let mut sink = cluster.another("hearken-sink");
    check(
        sink.env("HEARKEN_CLICKHOUSE__DATABASE", "default"),
        1,
        &["table feedback is missing or lacks a column; `hearken migrate` makes it or says what to do"],
    );
}

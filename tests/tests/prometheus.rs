//! The rules in `deploy/prometheus`: promtool takes them, their unit tests hold, and a real Prometheus evaluates them over
//! services that run. Without Debian's package (`make setup` fetches it) the tests say that they were skipped.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use hearken_embedded::engines;
use hearken_embedded::process::Child;
use hearken_tests::cluster::Cluster;
use hearken_tests::part::get;
use hearken_tests::program::{POLL, command, finish, free_address};
use serde_json::Value;

const PATIENT: Duration = Duration::from_secs(120);
const OF_ALERT: [&str; 5] = [
    "hearken_is_leader",
    "hearken_frontier_lag_records",
    "hearken_rounds_total",
    "hearken_rule_errors_total",
    "hearken_deliveries_total",
];

fn deployed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/prometheus").join(name)
}

/// Finds a program of Debian's package, where it is installed or where `make setup` puts it.
fn program(name: &str) -> Option<PathBuf> {
    let installed = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
    let fetched = [engines::dir().join("prometheus/usr/bin")];
    let found = installed.into_iter().chain(fetched).map(|folder| folder.join(name)).find(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: {name} is not on this machine (Debian package prometheus)");
    }
    found
}

#[test]
fn promtool_takes_the_rules_and_their_tests_hold() {
    let Some(promtool) = program("promtool") else { return };
    for (command, file) in [("check", "prometheus.yml"), ("test", "rules_test.yml")] {
        let what = if command == "check" { "config" } else { "rules" };
        let told = finish(Command::new(&promtool).args([command, what]).arg(deployed(file)), PATIENT);
        assert!(told.code == Some(0) && !told.out.contains("FAILED"), "{file}: {told:?}");
    }
}

#[test]
fn every_alert_says_what_it_means_and_where_its_runbook_is() {
    let rules = fs::read_to_string(deployed("alerts.yml")).unwrap();
    let tests = fs::read_to_string(deployed("rules_test.yml")).unwrap();
    let operations = fs::read_to_string(deployed("../../docs/operations.md")).unwrap();
    let alerts: Vec<&str> = rules.split("- alert: ").skip(1).collect();
    assert!(alerts.len() >= 12, "{rules}");
    for alert in alerts {
        let name = alert.lines().next().unwrap();
        for part in ["expr:", "severity:", "summary:", "description:"] {
            assert!(alert.contains(part), "{name} has no {part}");
        }
        let runbook = format!("runbook_url: docs/operations.md#{}", name.to_lowercase());
        assert!(alert.contains(&runbook), "{name} names another runbook than {runbook}");
        assert!(operations.contains(&format!("#### {name}\n")), "{name} has no runbook in docs/operations.md");
        assert!(tests.contains(name), "{name} has no unit test");
    }
}

#[test]
fn a_real_prometheus_evaluates_them_over_services_that_run() {
    let cluster = Cluster::start();
    let addresses = [&cluster.ingest, &cluster.enrich, &cluster.sink].map(|part| part.address().to_owned());
    every_metric_is_exposed(&addresses);
    every_service_says_that_it_is_ready(&addresses);
    let Some(program) = program("prometheus") else { return };
    let directory = cluster.directory().join("prometheus");
    fs::create_dir(&directory).unwrap();
    let configuration = directory.join("prometheus.yml");
    fs::write(&configuration, configured(&addresses)).unwrap();
    let address = free_address();
    let mut prometheus = Command::new(program);
    prometheus.arg(format!("--config.file={}", configuration.display()));
    prometheus.arg(format!("--storage.tsdb.path={}", directory.join("data").display()));
    prometheus.arg(format!("--web.listen-address={address}"));
    let mut prometheus = Child::spawn(prometheus, &directory.join("log")).unwrap();
    let up = |answer: &Value| answer["data"]["result"][0]["value"][1] == "3";
    wait_for(&mut prometheus, &address, "/api/v1/query?query=sum(up%7Bjob=%22hearken%22%7D)", up);
    wait_for(&mut prometheus, &address, "/api/v1/rules", |answer| {
        let groups = answer["data"]["groups"].as_array().unwrap();
        let rules: Vec<&Value> = groups.iter().flat_map(|group| group["rules"].as_array().unwrap()).collect();
        assert!(rules.iter().all(|rule| rule["health"] != "err"), "{answer}");
        rules.len() >= 20 && rules.iter().all(|rule| rule["health"] == "ok")
    });
    // What the services say becomes what boards read.
    for recorded in ["service:hearken_lag_records:sum", "service:hearken_commits:rate5m"] {
        let three = |answer: &Value| answer["data"]["result"].as_array().is_some_and(|found| found.len() == 3);
        wait_for(&mut prometheus, &address, &format!("/api/v1/query?query={recorded}"), three);
    }
    prometheus.stop(PATIENT).unwrap();
}

/// Returns the deployed configuration with the services of this test in it, looked at every second.
fn configured(addresses: &[String; 3]) -> String {
    let text = fs::read_to_string(deployed("prometheus.yml")).unwrap();
    let targets = text.lines().find(|line| line.contains("targets:")).unwrap();
    let own = format!("      - targets: {addresses:?}");
    let text = text.replace(targets, &own).replace("15s", "1s");
    ["rules.yml", "alerts.yml"].iter().fold(text, |text, name| {
        text.replace(&format!("- {name}"), &format!("- {}", deployed(name).canonicalize().unwrap().display()))
    })
}

/// Every metric that a rule names is one that a service exposes.
fn every_metric_is_exposed(addresses: &[String; 3]) {
    let exposed: String = addresses.iter().map(|address| get(address, "/metrics").unwrap()).collect();
    let kept: BTreeSet<&str> =
        exposed.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let rules = ["rules.yml", "alerts.yml"].map(|name| fs::read_to_string(deployed(name)).unwrap()).concat();
    let names = rules.split(|character: char| !(character.is_ascii_alphanumeric() || "_:".contains(character)));
    let named: BTreeSet<&str> = names.filter(|name| name.starts_with("hearken_")).collect();
    assert!(named.len() >= 10, "{named:?}");
    // These are the alert service's, which is not among the three here; its own tests read them.
    let of_alert = |name: &&str| OF_ALERT.contains(name);
    for name in named.into_iter().filter(|name| !of_alert(name)) {
        let family = name.strip_suffix("_bucket").unwrap_or(name);
        assert!(kept.contains(family), "no service exposes {name}; they expose {kept:?}");
    }
}

/// What an image's health check runs: the program itself, which asks the one that listens.
fn every_service_says_that_it_is_ready(addresses: &[String; 3]) {
    for (service, address) in ["ingest", "enrich", "sink"].into_iter().zip(addresses) {
        let mut asks = command(&format!("hearken-{service}"));
        let told = finish(asks.arg("--healthcheck").env("HEARKEN_HTTP__LISTEN", address), PATIENT);
        assert_eq!(told.code, Some(0), "{service}: {told:?}");
    }
}

/// Asks Prometheus until the answer is as it should be.
fn wait_for(prometheus: &mut Child, address: &str, path: &str, good: impl Fn(&Value) -> bool) {
    let deadline = Instant::now() + PATIENT;
    let mut last = String::new();
    loop {
        if let Some(answer) = get(address, path) {
            let body = answer.find('{').map_or("", |begin| &answer[begin..]);
            let body = &body[..body.rfind('}').map_or(0, |end| end + 1)];
            if serde_json::from_str::<Value>(body).is_ok_and(|answer| answer["status"] == "success" && good(&answer)) {
                return;
            }
            last = answer;
        }
        assert_eq!(prometheus.try_wait().unwrap(), None, "{}", prometheus.log_tail());
        assert!(Instant::now() < deadline, "{path}: {last}\n{}", prometheus.log_tail());
        thread::sleep(POLL);
    }
}

//! The rules in `deploy/prometheus`: promtool takes them, their unit tests hold, and a real Prometheus evaluates them over
//! services that run. Without Debian's package (`make setup` fetches it) the tests say that they were skipped.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use hearken_embedded::engines;
use hearken_embedded::process::Child;
use hearken_tests::cluster::{ALERT, Cluster};
use hearken_tests::part::{Part, get};
use hearken_tests::program::{POLL, command, finish, free_address};
use serde_json::Value;

const PATIENT: Duration = Duration::from_secs(120);

/// One owner with one channel, to which nothing is sent.
const RESPONDERS: &str = r#"
default_owner = "desk"
[[channels]]
name = "desk-hook"
kind = "generic"
url = "http://127.0.0.1:1/"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
[[owners]]
id = "desk"
name = "Service desk"
department = "service"
language = "en"
channels = ["desk-hook"]
"#;

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
        let section = operations.split(&format!("#### {name}\n")).nth(1).unwrap();
        let section = section.split("\n#").next().unwrap();
        for part in ["- **Means**: ", "- **Look**: ", "- **Do**: "] {
            assert!(section.contains(part), "the runbook of {name} has no line {part}");
        }
    }
}

#[test]
fn a_real_prometheus_evaluates_them_over_services_that_run() {
    let cluster = Cluster::start();
    let mut alert = alert(&cluster);
    let addresses = [&cluster.ingest, &cluster.enrich, &cluster.sink, &alert].map(|part| part.address().to_owned());
    every_metric_is_exposed(&addresses);
    every_service_says_that_it_is_ready(&addresses);
    every_runbook_s_commands_run(&cluster);
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
    let up = |answer: &Value| answer["data"]["result"][0]["value"][1] == "4";
    wait_for(&mut prometheus, &address, "/api/v1/query?query=sum(up%7Bjob=%22hearken%22%7D)", up);
    wait_for(&mut prometheus, &address, "/api/v1/rules", |answer| {
        let groups = answer["data"]["groups"].as_array().unwrap();
        let rules: Vec<&Value> = groups.iter().flat_map(|group| group["rules"].as_array().unwrap()).collect();
        assert!(rules.iter().all(|rule| rule["health"] != "err"), "{answer}");
        rules.len() >= 20 && rules.iter().all(|rule| rule["health"] == "ok")
    });
    // What the services say becomes what boards read.
    for recorded in ["service:hearken_lag_records:sum", "service:hearken_commits:rate5m"] {
        let all = |answer: &Value| answer["data"]["result"].as_array().is_some_and(|found| found.len() == 4);
        wait_for(&mut prometheus, &address, &format!("/api/v1/query?query={recorded}"), all);
    }
    prometheus.stop(PATIENT).unwrap();
    assert!(alert.stop().success());
}

/// Starts the alert service beside the others, and waits until it leads.
fn alert(cluster: &Cluster) -> Part {
    let (mut service, responders) = (cluster.another(ALERT), cluster.directory().join("responders.toml"));
    fs::write(&responders, RESPONDERS).unwrap();
    service.env("HEARKEN_ALERT__LISTEN", "127.0.0.1:0").env("HEARKEN_ALERT__RESPONDERS", &responders);
    let program = service.get_program().to_owned();
    let arguments: Vec<_> = service.get_args().map(OsStr::to_owned).collect();
    let variables: Vec<_> =
        service.get_envs().map(|(name, value)| (name.to_owned(), value.map(OsStr::to_owned))).collect();
    let mut part = Part::start(ALERT, cluster.directory().join("alert.log"), move |_| {
        let mut command = Command::new(&program);
        command.args(&arguments);
        for (name, value) in &variables {
            _ = match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    });
    part.wait_ready();
    part
}

/// What a runbook says to look at with can be run as it stands there.
fn every_runbook_s_commands_run(cluster: &Cluster) {
    let operations = fs::read_to_string(deployed("../../docs/operations.md")).unwrap();
    let looks = operations.lines().filter(|line| line.starts_with("- **Look**: "));
    let quoted = looks.flat_map(|line| line.split('`').skip(1).step_by(2));
    let commands: BTreeSet<&str> = quoted.filter_map(|quoted| quoted.strip_prefix("hearken ")).collect();
    assert!(commands.len() >= 8, "{commands:?}");
    for command in commands {
        let (words, sql) =
            command.split_once('"').map_or((command, None), |(words, sql)| (words, Some(sql.trim_end_matches('"'))));
        let arguments: Vec<&str> = words.split_whitespace().chain(sql).collect();
        let told = cluster.hearken(&arguments);
        // What the doctor finds on this machine is not the question.
        let is_run = told.code == Some(0) || (arguments[0] == "doctor" && told.code == Some(1));
        assert!(is_run, "hearken {command}: {told:?}");
    }
}

/// Returns the deployed configuration with the services of this test in it, looked at every second.
fn configured(addresses: &[String; 4]) -> String {
    let text = fs::read_to_string(deployed("prometheus.yml")).unwrap();
    let targets = text.lines().find(|line| line.contains("targets:")).unwrap();
    let own = format!("      - targets: {addresses:?}");
    let text = text.replace(targets, &own).replace("15s", "1s");
    ["rules.yml", "alerts.yml"].iter().fold(text, |text, name| {
        text.replace(&format!("- {name}"), &format!("- {}", deployed(name).canonicalize().unwrap().display()))
    })
}

/// Every metric that a rule names is one that a service exposes.
fn every_metric_is_exposed(addresses: &[String; 4]) {
    let exposed: String = addresses.iter().map(|address| get(address, "/metrics").unwrap()).collect();
    let kept: BTreeSet<&str> =
        exposed.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let rules = ["rules.yml", "alerts.yml"].map(|name| fs::read_to_string(deployed(name)).unwrap()).concat();
    let names = rules.split(|character: char| !(character.is_ascii_alphanumeric() || "_:".contains(character)));
    let named: BTreeSet<&str> = names.filter(|name| name.starts_with("hearken_")).collect();
    assert!(named.len() >= 10, "{named:?}");
    for name in named {
        let family = name.strip_suffix("_bucket").unwrap_or(name);
        assert!(kept.contains(family), "no service exposes {name}; they expose {kept:?}");
    }
}

/// What an image's health check runs: the program itself, which asks the one that listens.
fn every_service_says_that_it_is_ready(addresses: &[String; 4]) {
    for (service, address) in ["ingest", "enrich", "sink", "alert"].into_iter().zip(addresses) {
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

//! The units of systemd.

use std::collections::BTreeMap;
use std::fs;

use hearken_tests::program::{command, finish};
use tempfile::TempDir;

use crate::{AFTER_DRAIN_S, DRAIN_DEFAULT_MS, PATIENT, SERVICES, deployed, text};

/// Returns what stands behind `KEY=` in each line that begins so.
fn values<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

#[test]
fn a_stop_has_time_to_drain_and_a_wrong_configuration_is_not_tried_again() {
    let unit = text("systemd/hearken@.service");
    let stop_s: u64 = values(&unit, "TimeoutStopSec")[0].parse().unwrap();
    assert!(stop_s > DRAIN_DEFAULT_MS / 1_000 + AFTER_DRAIN_S, "{stop_s}");
    assert_eq!((values(&unit, "Restart"), values(&unit, "RestartPreventExitStatus")), (vec!["always"], vec!["2"]));
}

/// A service takes its sample of `deploy/local` once the secrets that are known to everybody are out of it, and its unit's files.
#[test]
fn each_service_takes_the_secrets_that_its_unit_hands_over() {
    for service in SERVICES {
        let directory = TempDir::new().unwrap();
        let environment = handed_over(service, &directory);
        let sample = text(&format!("local/{service}.toml"));
        let mine: Vec<&str> = sample.lines().filter(|line| !line.contains("local-only-not-a-secret")).collect();
        let path = directory.path().join("service.toml");
        fs::write(&path, mine.join("\n")).unwrap();
        let mut program = command(&format!("hearken-{service}"));
        let told = finish(program.arg("--config").arg(&path).arg("--check-config").envs(environment), PATIENT);
        assert_eq!(told.code, Some(0), "{service}: {told:?}");
    }
}

/// Makes the files that systemd would hand over, and returns the variables that name them.
fn handed_over(service: &str, directory: &TempDir) -> BTreeMap<String, String> {
    let Ok(unit) = fs::read_to_string(deployed(&format!("systemd/hearken@{service}.service.d/secrets.conf"))) else {
        assert_eq!(service, "enrich", "{service} has secrets, and its unit none");
        return BTreeMap::new();
    };
    for credential in values(&unit, "LoadCredential") {
        let (name, source) = credential.split_once(':').unwrap();
        assert_eq!(source, format!("/etc/hearken/secrets/{name}"));
        fs::write(directory.path().join(name), "0123456789abcdef".repeat(4)).unwrap();
    }
    let variables = values(&unit, "Environment").join(" ");
    let pairs = variables.split(' ').map(|pair| pair.split_once('=').unwrap());
    pairs.map(|(key, value)| (key.to_owned(), value.replace("%d", &directory.path().display().to_string()))).collect()
}

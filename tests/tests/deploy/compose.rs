//! `compose.yaml`, with every default in its place.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_yaml_ng::Value;

use crate::container::{Container, Source};
use crate::{
    AFTER_DRAIN_S, DRAIN_DEFAULT_MS, HEALTH_PORT, SERVICES, at, deployed, documents, is_pinned, list, scalar, text,
};

/// The engines that are not ours; all other containers run our programs.
const ENGINES: [&str; 4] = ["kafka", "clickhouse", "prometheus", "grafana"];

/// Puts what stands behind `:-` in the place of a variable, and one dollar in the place of two.
fn with_defaults(text: &str) -> String {
    let mut parts = text.split("${");
    let first = parts.next().unwrap_or_default().to_owned();
    let filled = parts.fold(first, |before, part| {
        let (variable, rest) = part.split_once('}').unwrap();
        let (_, default) = variable.split_once(":-").unwrap_or_else(|| panic!("{variable} has no default"));
        before + default + rest
    });
    filled.replace("$$", "$")
}

fn read() -> Value {
    let commentless: String = text("compose.yaml")
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .fold(String::new(), |text, line| text + line + "\n");
    documents(&with_defaults(&commentless)).remove(0)
}

fn services(compose: &Value) -> BTreeMap<String, &Value> {
    at(compose, "services").as_mapping().unwrap().iter().map(|(name, service)| (scalar(name), service)).collect()
}

fn container(name: &str, service: &Value) -> Container {
    let environment = at(service, "environment").as_mapping().unwrap().iter();
    let secrets = list(at(service, "secrets")).iter().map(scalar);
    let mounts = list(at(service, "volumes")).iter().map(scalar);
    let mut files: BTreeMap<String, Source> =
        secrets.map(|name| (format!("/run/secrets/{name}"), Source::Secret(name))).collect();
    files.extend(mounts.map(|mount| {
        let parts: Vec<&str> = mount.split(':').collect();
        assert_eq!(parts[2], "ro", "{name} may write to {mount}");
        (parts[1].to_owned(), Source::File(deployed(parts[0])))
    }));
    Container {
        name: format!("compose.yaml: {name}"),
        image: scalar(at(service, "image")),
        arguments: list(at(service, "command")).iter().map(scalar).collect(),
        environment: environment.map(|(key, value)| (scalar(key), scalar(value))).collect(),
        files,
    }
}

#[test]
fn every_container_of_compose_is_given_what_its_program_takes() {
    let compose = read();
    let mut programs = BTreeSet::new();
    for (name, service) in services(&compose).iter().filter(|(name, _)| !ENGINES.contains(&name.as_str())) {
        let container = container(name, service);
        container.is_taken();
        programs.insert(container.program().to_owned());
    }
    let all = SERVICES.map(|service| format!("hearken-{service}")).into_iter().chain(["hearken".to_owned()]);
    assert_eq!(programs, all.collect());
}

#[test]
fn the_services_start_on_what_is_prepared_and_stop_with_time_to_drain() {
    let compose = read();
    let all = services(&compose);
    for service in SERVICES.map(|name| all[name]) {
        let prepared = scalar(at(service, "depends_on.set-up.condition"));
        assert_eq!(prepared, "service_completed_successfully");
        let grace = scalar(at(service, "stop_grace_period"));
        let grace_s: u64 = grace.strip_suffix('s').unwrap().parse().unwrap();
        assert!(grace_s > DRAIN_DEFAULT_MS / 1_000 + AFTER_DRAIN_S, "{grace}");
        assert!(!at(service, "environment").as_mapping().unwrap().contains_key("HEARKEN_KAFKA__DRAIN_TIMEOUT_MS"));
        assert_eq!(scalar(at(service, "restart")), "unless-stopped");
        let asked: Vec<String> = list(at(service, "healthcheck.test")).iter().map(scalar).collect();
        assert_eq!(asked.last().unwrap(), "--healthcheck");
    }
    // The way from the engines to the job whose end the services wait for.
    for (name, before, condition) in [
        ("topics", "kafka", "service_healthy"),
        ("tables", "clickhouse", "service_healthy"),
        ("roles", "tables", "service_completed_successfully"),
        ("set-up", "topics", "service_completed_successfully"),
        ("set-up", "roles", "service_completed_successfully"),
    ] {
        assert_eq!(scalar(at(all[name], &format!("depends_on.{before}.condition"))), condition, "{name}");
    }
}

#[test]
fn what_runs_is_pinned_bounded_and_published_to_this_host_alone() {
    let compose = read();
    for (name, service) in services(&compose) {
        assert!(is_pinned(&scalar(at(service, "image"))), "{name}: {:?}", at(service, "image"));
        assert!(!at(service, "mem_limit").is_null(), "{name} may take all memory");
        for port in list(at(service, "ports")).iter().map(scalar) {
            assert!(port.starts_with("127.0.0.1:"), "{name} is published to everybody: {port}");
        }
        let options: Vec<String> = list(at(service, "security_opt")).iter().map(scalar).collect();
        assert_eq!(options, ["no-new-privileges:true"], "{name}");
        if !ENGINES.contains(&name.as_str()) {
            assert!(
                at(service, "read_only").as_bool() == Some(true) && scalar(at(service, "cap_drop.0")) == "ALL",
                "{name}"
            );
        }
    }
}

#[test]
fn every_secret_is_a_file_that_the_script_makes() {
    let compose = read();
    let script = text("compose/secrets.sh");
    let named = at(&compose, "secrets").as_mapping().unwrap();
    for (name, secret) in named {
        let name = scalar(name);
        assert_eq!(scalar(at(secret, "file")), format!("./secrets/{name}"));
        assert!(script.contains(&name), "secrets.sh makes no {name}");
    }
    for (service, described) in services(&compose) {
        for name in list(at(described, "secrets")).iter().map(scalar) {
            assert!(named.contains_key(name.as_str()), "{service} asks for {name}");
        }
    }
    assert!(fs::read_to_string(deployed("../.gitignore")).unwrap().contains("/deploy/secrets"));
}

#[test]
fn prometheus_and_grafana_find_what_they_look_for() {
    let compose = read();
    let scraped = documents(&text("compose/prometheus.yml")).remove(0);
    let targets = at(&scraped, "scrape_configs.0.dns_sd_configs.0");
    let names: Vec<String> = list(at(targets, "names")).iter().map(scalar).collect();
    assert_eq!((names, at(targets, "port").as_u64()), (SERVICES.map(str::to_owned).to_vec(), Some(HEALTH_PORT)));
    assert_eq!(scalar(at(&scraped, "scrape_configs.0.job_name")), "hearken", "alerts.yml asks for this job");

    let grafana = services(&compose)["grafana"];
    let given = at(grafana, "environment").as_mapping().unwrap();
    let entrypoint: String = list(at(grafana, "entrypoint")).iter().map(scalar).collect();
    for file in ["datasources/hearken.yaml", "dashboards/hearken.yaml"] {
        let text = text(&format!("grafana/provisioning/{file}"));
        for variable in text.split("${").skip(1).map(|part| part.split('}').next().unwrap()) {
            let is_given = given.contains_key(variable) || entrypoint.contains(&format!("{variable}="));
            assert!(is_given, "provisioning/{file} asks for {variable}");
        }
    }
}

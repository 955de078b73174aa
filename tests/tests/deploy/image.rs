//! The Dockerfile.

use std::collections::BTreeMap;
use std::fs;

use toml::Table;

use crate::{HEALTH_PORT, SERVICES, deployed, is_pinned, text};

/// Returns the instructions of each stage by its name, lines that continue joined.
fn stages() -> BTreeMap<String, Vec<String>> {
    let text = text("Dockerfile").replace("\\\n", " ");
    let mut stages = BTreeMap::new();
    let mut stage = String::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some((_, name)) = line.strip_prefix("FROM ").and_then(|from| from.split_once(" AS ")) {
            stage = name.to_owned();
        }
        stages.entry(stage.clone()).or_insert_with(Vec::new).push(line.to_owned());
    }
    stages
}

#[test]
fn every_program_has_an_image_of_its_own_that_runs_as_nobody() {
    let stages = stages();
    for program in SERVICES.into_iter().chain(["hearken"]) {
        let stage = &stages[program];
        let is_service = program != "hearken";
        let path = format!("/usr/local/bin/{}{program}", if is_service { "hearken-" } else { "" });
        let has = |line: &str| stage.iter().any(|found| found.contains(line));
        assert!(has(&format!("FROM base AS {program}")), "{program}: {stage:?}");
        assert!(has(&format!("ENTRYPOINT [\"{path}\"]")) && has(&format!(" {path}")), "{program}: {stage:?}");
        assert_eq!(has(&format!("[\"{path}\", \"--healthcheck\"]")), is_service, "{program}: {stage:?}");
        assert_eq!(has(&format!("EXPOSE {HEALTH_PORT}")), is_service, "{program}: {stage:?}");
    }
    let base = stages["base"].join("\n");
    assert!(base.contains("USER 10001:10001") && base.contains(&format!("HEARKEN_HTTP__LISTEN=0.0.0.0:{HEALTH_PORT}")));
    assert!(stages.values().flatten().all(|line| !line.starts_with("USER root")), "somebody is root again");
}

#[test]
fn versions_stand_where_the_workspace_has_them() {
    let manifest: Table = fs::read_to_string(deployed("../Cargo.toml")).unwrap().parse().unwrap();
    let version = manifest["workspace"]["package"]["version"].as_str().unwrap();
    let toolchain: Table = fs::read_to_string(deployed("../rust-toolchain.toml")).unwrap().parse().unwrap();
    let rust = toolchain["toolchain"]["channel"].as_str().unwrap();
    let dockerfile = text("Dockerfile");
    for image in dockerfile.lines().filter_map(|line| line.strip_prefix("ARG ")?.split_once("_IMAGE=")) {
        assert!(is_pinned(image.1), "{image:?}");
    }
    for (file, says) in [
        ("Dockerfile", format!("ARG VERSION={version}\n")),
        ("Dockerfile", format!("rust:{rust}-slim")),
        ("Dockerfile", format!("RUSTUP_TOOLCHAIN={rust} ")),
        ("compose.yaml", format!("HEARKEN_VERSION:-{version}}}")),
        ("helm/hearken/Chart.yaml", format!("appVersion: {version}\n")),
    ] {
        assert!(text(file).contains(&says), "deploy/{file} does not say {says:?}");
    }
}

#[test]
fn what_the_build_includes_is_not_left_out_of_its_context() {
    let ignore = fs::read_to_string(deployed("../.dockerignore")).unwrap();
    let manifest: Table = fs::read_to_string(deployed("../Cargo.toml")).unwrap().parse().unwrap();
    let members = manifest["workspace"]["members"].as_array().unwrap().iter().map(|member| member.as_str().unwrap());
    let folders = members.map(|member| member.split('/').next().unwrap());
    for wanted in folders.chain(["Cargo.lock", "deploy/local", "LICENSE"]) {
        assert!(ignore.lines().any(|line| line == format!("!{wanted}")), ".dockerignore leaves out {wanted}");
    }
}

//! The shape of the repository: who may depend on whom, what a core must not touch, and what every object says of itself.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hearken_schemas::tables::OBJECTS;
use toml::Table;

/// The largest file the repository may hold.
const FILE_BYTES_MAX: u64 = 1 << 20;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A crate of the workspace and the crates of the workspace that it may import, in its programs and in its tests.
struct Rule {
    folder: &'static str,
    imports: &'static [&'static str],
    tests_import: &'static [&'static str],
}

const fn rule(folder: &'static str, imports: &'static [&'static str], tests_import: &'static [&'static str]) -> Rule {
    Rule { folder, imports, tests_import }
}

const SCHEMAS: &str = "hearken-schemas";
const LISTENER: &str = "hearken-listener";
const RUNTIME: &str = "hearken-runtime";
const EMBEDDED: &str = "hearken-embedded";
const SERVICES: [&str; 4] = ["hearken-ingest", "hearken-enrich", "hearken-sink", "hearken-alert"];

const RULES: &[Rule] = &[
    rule("schemas", &[], &[]),
    // A server with bounds: it knows nothing of what is served.
    rule("listener", &[], &[]),
    rule("runtime", &[SCHEMAS, LISTENER], &[EMBEDDED]),
    rule("ingest", &[SCHEMAS, RUNTIME], &[]),
    rule("enrich", &[SCHEMAS, RUNTIME], &[]),
    rule("sink", &[SCHEMAS, RUNTIME], &[EMBEDDED]),
    // The case page is written with the report's tags.
    rule("alert", &[SCHEMAS, RUNTIME, LISTENER, "hearken-report"], &[EMBEDDED]),
    // The local engines stand beside the pipeline; their tests speak to them with the pipeline's clients.
    // Who may read what is said once, for a server and for the local engine.
    rule("embedded", &[SCHEMAS, LISTENER], &[RUNTIME]),
    // Arithmetic: it knows nothing of feedback, so it imports nothing of ours.
    rule("insights", &[], &[]),
    rule(
        "benches",
        &[SCHEMAS, RUNTIME, EMBEDDED, SERVICES[0], SERVICES[1], SERVICES[2], SERVICES[3], "hearken-audit"],
        &[],
    ),
    // A page is made of rows, wherever they are from.
    rule("report", &[], &[]),
    rule(
        "cli",
        &[
            SCHEMAS,
            RUNTIME,
            EMBEDDED,
            "hearken-insights",
            "hearken-report",
            SERVICES[0],
            SERVICES[1],
            SERVICES[2],
            SERVICES[3],
        ],
        &[],
    ),
    rule("tests", &[SCHEMAS, RUNTIME, EMBEDDED, "hearken-audit"], &[]),
    // The targets call the cores, and nothing calls them.
    rule("fuzz", &[SCHEMAS, EMBEDDED, SERVICES[0], SERVICES[1], SERVICES[2], SERVICES[3]], &[]),
    // An oracle that shares code with what it judges repeats its mistakes.
    rule("tests/audit", &[], &[]),
];

fn manifest(folder: &str) -> Table {
    let path = root().join(folder).join("Cargo.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the names under these sections of a manifest.
fn dependencies(folder: &str, sections: &[&str]) -> BTreeSet<String> {
    let manifest = manifest(folder);
    let names = sections.iter().filter_map(|section| manifest.get(*section)?.as_table());
    names.flat_map(|table| table.keys().cloned()).collect()
}

#[test]
fn crates_depend_only_on_those_below_them() {
    for Rule { folder, imports, tests_import } in RULES {
        let own = |name: &String| name.starts_with("hearken-");
        let used: BTreeSet<_> =
            dependencies(folder, &["dependencies", "build-dependencies"]).into_iter().filter(own).collect();
        let allowed: BTreeSet<_> = imports.iter().map(|name| (*name).to_owned()).collect();
        assert!(used.is_subset(&allowed), "{folder} imports {used:?}, it may import {allowed:?}");
        let used: BTreeSet<_> = dependencies(folder, &["dev-dependencies"]).into_iter().filter(own).collect();
        let allowed: BTreeSet<_> = imports.iter().chain(*tests_import).map(|name| (*name).to_owned()).collect();
        assert!(used.is_subset(&allowed), "the tests of {folder} import {used:?}, they may import {allowed:?}");
    }
}

#[test]
fn every_member_of_the_workspace_has_its_rule() {
    let workspace = manifest(".");
    let members = workspace["workspace"]["members"].as_array().unwrap().iter();
    let members: BTreeSet<&str> = members.map(|member| member.as_str().unwrap()).collect();
    assert_eq!(members, RULES.iter().map(|rule| rule.folder).collect());
}

#[test]
fn only_the_runtime_names_the_kafka_client() {
    let namers = RULES.iter().filter(|rule| dependencies(rule.folder, &["dependencies"]).contains("rdkafka"));
    assert_eq!(namers.map(|rule| rule.folder).collect::<Vec<_>>(), ["runtime"]);
}

/// A service's files and folders that may know the world around it; all others are its core.
const SHELLS: &[(&str, &[&str])] = &[
    ("ingest", &["service.rs", "main.rs"]),
    ("enrich", &["service.rs", "main.rs"]),
    ("sink", &["service.rs", "main.rs", "clickhouse", "effects.rs", "loading.rs", "worker.rs"]),
    (
        "alert",
        &[
            "service.rs",
            "main.rs",
            "attendants.rs",
            "store.rs",
            "evaluator",
            "deliverer",
            "sweeper",
            "audit.rs",
            "token_file.rs",
            "desk.rs",
            "api",
            "page_routes.rs",
            "page_routes",
        ],
    ),
    ("insights", &[]),
    // The page is made of rows alone; who asks for them is the command line.
    ("report", &[]),
];

/// What a core does without: a runtime, logs, metrics, a broker, an environment, a clock.
const OUTSIDE: [&str; 7] =
    ["tokio", "tracing", "prometheus", "rdkafka", "hearken_runtime", "std::env", "SystemTime::now"];

#[test]
fn a_core_is_functions_and_knows_nothing_of_the_world() {
    for (service, shell) in SHELLS {
        let source = root().join(service).join("src");
        for name in *shell {
            assert!(source.join(name).exists(), "{service}/src/{name} is listed as shell and is not there");
        }
        let files = files_below(&source);
        let core: Vec<_> =
            files.iter().filter(|file| !shell.iter().any(|name| file.starts_with(source.join(name)))).collect();
        assert!(core.len() >= 5, "{service} has a core: {core:?}");
        for file in core {
            let text = fs::read_to_string(file).unwrap();
            let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
            // A record as it was read is nothing but data.
            let code = code.filter(|(_, line)| !line.contains("hearken_runtime::record::Record"));
            for (number, line) in code {
                let outside = OUTSIDE.iter().find(|name| names(line, name));
                assert_eq!(outside, None, "{}:{}: {line}", file.display(), number + 1);
            }
        }
    }
}

/// Tells whether a line uses this path, and not only a word that contains it.
fn names(line: &str, path: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(path).any(|(at, _)| {
        let after = &line[at + path.len()..];
        !line[..at].ends_with(part) && !after.starts_with(part) && (path.contains("::") || after.starts_with("::"))
    })
}

#[test]
fn uses_are_told_from_words() {
    for (line, path, used) in [
        ("use tokio::sync::mpsc;", "tokio", true),
        ("    tracing::info!(\"x\");", "tracing", true),
        ("let now = std::time::SystemTime::now();", "SystemTime::now", true),
        ("use std::env;", "std::env", true),
        ("let tokio = 1;", "tokio", false),
        ("use not_tokio::x;", "tokio", false),
        ("use std::envelope;", "std::env", false),
    ] {
        assert_eq!(names(line, path), used, "{line}");
    }
}

#[test]
fn every_sql_file_is_listed_and_every_listed_one_is_there() {
    let folder = root().join("schemas/clickhouse");
    let stems = files_below(&folder).into_iter().map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned());
    let files: Vec<String> = stems.collect();
    assert_eq!(files, OBJECTS.iter().map(|object| object.file).collect::<Vec<_>>(), "in the order of their numbers");
}

#[test]
fn every_object_and_every_column_has_a_comment() {
    for object in OBJECTS {
        if object.is_function() {
            // ClickHouse keeps no comment of a function: it stands in the file.
            let said = object.statement.lines().nth(1).is_some_and(|line| line.starts_with("-- "));
            assert!(said, "{}: no line after the first says what it returns", object.file);
            continue;
        }
        let last = object.statement.trim_end().lines().last().unwrap();
        assert!(comment(last.trim_start()), "{}: ends without a COMMENT: {last}", object.file);
        if object.statement.starts_with("CREATE TABLE") {
            let columns = columns(object.statement);
            assert!(columns.len() >= 2, "{}: no columns found", object.file);
            for column in columns {
                let described = column.find("COMMENT '").is_some_and(|at| comment(&column[at..]));
                assert!(described, "{}: a column without a COMMENT: {column}", object.file);
            }
        }
    }
}

/// `COMMENT '…'` with something in it.
fn comment(text: &str) -> bool {
    let text = text.strip_prefix("COMMENT '").and_then(|text| text.trim_end_matches(',').strip_suffix('\''));
    text.is_some_and(|text| text.trim().len() >= 5)
}

/// Returns the lines that define a table's columns: those between its brackets that are no index and no projection.
fn columns(statement: &str) -> Vec<&str> {
    let inside = statement.lines().skip_while(|line| *line != "(").skip(1).take_while(|line| *line != ")");
    let other = |line: &&str| ["INDEX ", "PROJECTION ", "CONSTRAINT ", "--"].iter().any(|word| line.starts_with(word));
    inside.map(str::trim).filter(|line| !line.is_empty() && !other(line)).collect()
}

#[test]
fn no_file_is_larger_than_a_megabyte() {
    let entries = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    // What a build, a run or git itself leaves here is not of the repository.
    let own = |path: &PathBuf| !["target", "data", ".git"].iter().any(|name| path.ends_with(name));
    let fetched = |file: &PathBuf| file.components().any(|part| part.as_os_str() == "node_modules");
    let files: Vec<PathBuf> =
        entries.filter(own).flat_map(|path| files_below(&path)).filter(|file| !fetched(file)).collect();
    assert!(files.len() > 100, "the repository was not found");
    let large = files.iter().filter(|file| fs::metadata(file).unwrap().len() > FILE_BYTES_MAX).collect::<Vec<_>>();
    assert!(large.is_empty(), "larger than a megabyte: {large:?}");
}

/// Returns all files below a path, or the path itself where it is a file, in order.
fn files_below(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries.iter().flat_map(|entry| files_below(entry)).collect()
}

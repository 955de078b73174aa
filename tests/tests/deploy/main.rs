//! What `deploy/` gives to containers is what the programs take: every variable is read by the program's own code, every secret is a file,
//! a stop has time to drain, and nobody gets more members than partitions. What needs a tool of another language is in `deploy/check.sh`.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

mod chart;
mod compose;
mod container;
mod image;
mod units;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_yaml_ng::Value;

const PATIENT: Duration = Duration::from_secs(60);
/// The services, as images and containers are named.
const SERVICES: [&str; 4] = ["ingest", "enrich", "sink", "alert"];
/// Where every service answers in a container.
const HEALTH_PORT: u64 = 9600;
/// What a stop does after the drain: what is beside the records, the producer, the runtime; five seconds each.
const AFTER_DRAIN_S: u64 = 15;
/// `kafka.drain_timeout_ms` where nothing is said.
const DRAIN_DEFAULT_MS: u64 = 20_000;

fn deployed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(deployed(name)).unwrap_or_else(|error| panic!("deploy/{name}: {error}"))
}

/// Reads every document of a YAML file, with its anchors and merges resolved.
fn documents(text: &str) -> Vec<Value> {
    let documents = text.split("\n---").filter(|document| document.lines().any(is_content));
    documents
        .map(|document| {
            let mut value: Value =
                serde_yaml_ng::from_str(document).unwrap_or_else(|error| panic!("{error}\n{document}"));
            // A merge may bring another one along; each call resolves one level.
            (0..4).for_each(|_| value.apply_merge().unwrap());
            value
        })
        .collect()
}

fn is_content(line: &str) -> bool {
    !line.is_empty() && !line.starts_with('#') && !line.starts_with("---")
}

/// Follows keys and indices into a document, `a.b.0.c`; what is not there is null.
fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(value, |value, step| match step.parse::<usize>() {
        Ok(index) => value.get(index).unwrap_or(&Value::Null),
        Err(_) => value.get(step).unwrap_or(&Value::Null),
    })
}

fn list(value: &Value) -> &[Value] {
    value.as_sequence().map_or(&[], Vec::as_slice)
}

/// Returns a scalar as the text it would be in an environment.
fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(value) => value.clone(),
        Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => panic!("no scalar: {value:?}"),
    }
}

/// Whether an image has a version that says which one it is.
fn is_pinned(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap();
    name.contains('@') || name.split_once(':').is_some_and(|(_, tag)| tag.contains(|c: char| c.is_ascii_digit()))
}

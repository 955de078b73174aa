//! The example files of the contract, and when their records reached Kafka.

use std::fs;
use std::path::{Path, PathBuf};

/// When every example reached Kafka: 2026-01-15T00:00:00Z.
pub(crate) const RECEIVED_MS: i64 = 1_768_435_200_000;

/// Returns a folder of examples.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/examples").join(name)
}

/// Returns the files of a folder by name without `.json`, sorted.
pub(crate) fn examples(name: &str) -> Vec<(String, Vec<u8>)> {
    let mut examples: Vec<_> = fs::read_dir(folder(name))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
        .map(|entry| {
            let path = entry.expect("readable").path();
            let hazard = path.file_stem().and_then(|stem| stem.to_str()).expect("a plain file name").to_owned();
            (hazard, fs::read(&path).expect("readable"))
        })
        .collect();
    examples.sort();
    assert!(!examples.is_empty(), "{name} is empty");
    examples
}

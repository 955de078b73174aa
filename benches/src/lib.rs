//! Benchmarks of the cores and of the whole path; see `README.md` for method and numbers.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};

/// Raw records to measure with.
pub struct Corpus {
    /// `replay-mix` or `examples`.
    pub name: &'static str,
    /// Topic and value.
    pub records: Vec<(&'static str, Vec<u8>)>,
}

/// Returns the replay mix as raw records where it is there, the contract's examples otherwise.
pub fn corpus() -> Corpus {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mix = root.join("../shared/data/replay/mix_20k.jsonl.gz");
    match File::open(mix) {
        Ok(file) => Corpus { name: "replay-mix", records: replay_mix(file) },
        Err(_) => Corpus { name: "examples", records: examples(&root.join("schemas/examples")) },
    }
}

fn replay_mix(file: File) -> Vec<(&'static str, Vec<u8>)> {
    let mut text = String::new();
    MultiGzDecoder::new(file).read_to_string(&mut text).expect("the replay mix is gzipped JSON lines");
    let lines = text.lines().enumerate();
    lines.map(|(index, line)| raw(index, &serde_json::from_str(line).expect("JSON"))).collect()
}

/// Wraps a text into the raw record of its channel, with the fields real exports have.
fn raw(index: usize, line: &Value) -> (&'static str, Vec<u8>) {
    let mut record = json!({
        "source": line["source"], "source_id": format!("{index:08}"), "occurred_at": "2025-12-31T23:59:59.123+08:00",
        "customer_id": format!("c-{:06}", index % 5_000), "brand": "orvantle", "product_id": format!("p-{}", index % 200),
        "touchpoint": "product page", "region": "east", "attributes": { "app_version": "6.1.0", "platform": "ios" },
    });
    let topic = match line["channel"].as_str() {
        Some("chat") => {
            record["turns"] = json!([{ "role": "customer", "text": line["text"] }, { "role": "agent", "text": "ok" }]);
            hearken_schemas::topics::RAW_CHATS
        }
        Some("social") => {
            record["text"] = line["text"].clone();
            hearken_schemas::topics::RAW_SOCIAL
        }
        Some(_) | None => {
            record["text"] = line["text"].clone();
            record["rating"] = json!({ "value": index % 5 + 1, "scale_max": 5 });
            hearken_schemas::topics::RAW_REVIEWS
        }
    };
    (topic, record.to_string().into_bytes())
}

fn examples(directory: &Path) -> Vec<(&'static str, Vec<u8>)> {
    let files = |topic: &'static str| -> Vec<PathBuf> {
        let entries = fs::read_dir(directory.join(topic)).expect("the examples of the contract");
        entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect()
    };
    let read = |path: PathBuf| fs::read(path).expect("an example");
    let of = |topic: &'static str| files(topic).into_iter().map(move |path| (topic, read(path)));
    let all: Vec<_> = hearken_schemas::topics::RAW.into_iter().flat_map(of).collect();
    all.iter().cycle().take(2_000).cloned().collect()
}

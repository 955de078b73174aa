//! Benchmarks of the cores, of the enricher beside other libraries, and of the whole path; see `README.md` for method and numbers.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use hearken_ingest::{Normalized, Normalizer};
use hearken_schemas::feedback::Feedback;
use hearken_schemas::topics::{RAW, RAW_CHATS, RAW_REVIEWS, RAW_SOCIAL};
use serde_json::{Value, json};

pub mod stages;
pub mod views;

/// When Kafka took the records.
pub const TIMESTAMP_MS: i64 = 1_767_225_600_000;

/// The language of the contract's examples, which do not say theirs.
const UNSAID: &str = "und";

/// Raw records to measure with.
pub struct Corpus {
    /// `replay-mix` or `examples`.
    pub name: &'static str,
    /// In the order of the file.
    pub records: Vec<Record>,
}

/// One raw record.
#[derive(Clone)]
pub struct Record {
    /// The topic it comes in on.
    pub topic: &'static str,
    /// The bytes of the message.
    pub value: Vec<u8>,
    /// What the mix says it is written in; nobody tells the enricher.
    pub lang: String,
}

impl Corpus {
    /// Returns what `ingest` makes of the records that are feedback.
    pub fn feedback(&self) -> Vec<Feedback> {
        self.feedback_in("")
    }

    /// Returns the feedback in languages whose tag begins so.
    pub fn feedback_in(&self, tag: &str) -> Vec<Feedback> {
        let normalizer = Normalizer::plain();
        let normalize =
            |record: &Record| match normalizer.normalize(record.topic, TIMESTAMP_MS, None, Some(&record.value)) {
                Ok(Normalized::Feedback(feedback)) => Some(*feedback),
                Ok(Normalized::Operation(_)) | Err(_) => None,
            };
        self.records.iter().filter(|record| record.lang.starts_with(tag)).filter_map(normalize).collect()
    }
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

fn replay_mix(file: File) -> Vec<Record> {
    let mut text = String::new();
    MultiGzDecoder::new(file).read_to_string(&mut text).expect("the replay mix is gzipped JSON lines");
    let lines = text.lines().enumerate();
    lines.map(|(index, line)| raw(index, &serde_json::from_str(line).expect("JSON"))).collect()
}

/// Wraps a text into the raw record of its channel, with the fields real exports have.
fn raw(index: usize, line: &Value) -> Record {
    let mut record = json!({
        "source": line["source"], "source_id": format!("{index:08}"), "occurred_at": "2025-12-31T23:59:59.123+08:00",
        "customer_id": format!("c-{:06}", index % 5_000), "brand": "orvantle", "product_id": format!("p-{}", index % 200),
        "touchpoint": "product page", "region": "east", "attributes": { "app_version": "6.1.0", "platform": "ios" },
    });
    let topic = match line["channel"].as_str() {
        Some("chats") => {
            record["turns"] = json!([{ "role": "customer", "text": line["text"] }, { "role": "agent", "text": "ok" }]);
            RAW_CHATS
        }
        Some("social") => {
            record["text"] = line["text"].clone();
            RAW_SOCIAL
        }
        Some(_) | None => {
            record["text"] = line["text"].clone();
            record["rating"] = json!({ "value": index % 5 + 1, "scale_max": 5 });
            RAW_REVIEWS
        }
    };
    let lang = line["lang"].as_str().unwrap_or(UNSAID).to_owned();
    Record { topic, value: record.to_string().into_bytes(), lang }
}

fn examples(directory: &Path) -> Vec<Record> {
    let files = |topic: &'static str| -> Vec<PathBuf> {
        let entries = fs::read_dir(directory.join(topic)).expect("the examples of the contract");
        entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect()
    };
    let read = |path: PathBuf| fs::read(path).expect("an example");
    let of = |topic: &'static str| {
        files(topic).into_iter().map(move |path| Record { topic, value: read(path), lang: UNSAID.to_owned() })
    };
    let all: Vec<_> = RAW.into_iter().flat_map(of).collect();
    all.iter().cycle().take(2_000).cloned().collect()
}

//! What customers say over three channels, good and bad, each record with what must become of it.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use fastrand::Rng;
use flate2::read::GzDecoder;
use hearken_runtime::outcome::Message;
use hearken_schemas::topics::{RAW_CHATS, RAW_REVIEWS, RAW_SOCIAL};
use serde_json::{Map, Value, json};

use crate::channels::poison::Poison;

pub mod poison;

/// Real texts, beside the repository where somebody has them.
const CORPUS: &str = "../../shared/data/replay/mix_20k.jsonl.gz";
/// Texts for everybody else.
const TEXTS: &str = include_str!("texts.txt");

/// How many feedbacks are remembered for repeats and edits.
const KNOWN_MAX: usize = 4_000;
/// First revisions begin here, and each edit goes on by as much, so that stale ones fit between.
const REVISION_STEP: u64 = 10;
const HOUR_MS: u64 = 3_600_000;

/// What must become of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fate {
    /// A row of `feedback`.
    Row,
    /// A dead letter, for this reason.
    DeadLetter(&'static str),
    /// An entry in `outcomes`, of this kind.
    Outcome(&'static str),
}

/// A record that a channel is about to send.
#[derive(Debug, Clone)]
pub struct Raw {
    /// What is sent.
    pub message: Message,
    /// What the channel calls it.
    pub id: String,
    /// What must become of it.
    pub fate: Fate,
}

/// A record's fields, not yet written as JSON.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The channel's topic.
    pub topic: &'static str,
    /// What the channel calls it.
    pub id: String,
    /// The fields.
    pub fields: Map<String, Value>,
}

impl Draft {
    /// Returns the record, ready to be sent.
    pub fn raw(self, fate: Fate) -> Raw {
        let value = serde_json::to_vec(&self.fields).expect("JSON values are written");
        // One key a feedback: its edits come in order.
        let key = Some(self.id.clone().into_bytes());
        let message = Message { topic: self.topic, partition: None, key, value: Some(value), headers: Vec::new() };
        Raw { message, id: self.id, fate }
    }
}

/// A feedback that was sent before.
struct Known {
    draft: Draft,
    revision: u64,
    sent: Vec<Message>,
}

/// An endless stream of records: about 97 % new feedback, each by chance followed later by a repeat, an edit, an edit that
/// comes too late or another text under a revision that is known; and bad records.
pub struct Channels {
    rng: Rng,
    texts: Vec<(&'static str, String)>,
    known: VecDeque<Known>,
    next: usize,
    prefix: String,
    now_ms: u64,
}

impl Channels {
    /// Begins a stream; `prefix` keeps its ids apart from those of other streams.
    pub fn new(seed: u64, prefix: &str) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut texts = texts();
        rng.shuffle(&mut texts);
        Self { rng, texts, known: VecDeque::new(), next: 0, prefix: prefix.to_owned(), now_ms: now_ms() }
    }

    /// Returns a new feedback.
    pub fn draft(&mut self) -> Draft {
        let (topic, text) = self.texts[self.next % self.texts.len()].clone();
        self.next += 1;
        let id = format!("{}-{}", self.prefix, self.next);
        let brand = ["Orvantle", "Nordwick", ""][self.rng.usize(..3)];
        let touchpoint = ["product page", "customer service", "app", "somewhere else"][self.rng.usize(..4)];
        let mut fields = Map::from_iter([
            ("source".to_owned(), json!("test-channel")),
            ("source_id".to_owned(), json!(id)),
            ("brand".to_owned(), json!(brand)),
            ("touchpoint".to_owned(), json!(touchpoint)),
        ]);
        self.said(&mut fields, topic, &text);
        Draft { topic, id, fields }
    }

    /// Sets what is said, when, and how it is rated.
    fn said(&mut self, fields: &mut Map<String, Value>, topic: &str, text: &str) {
        if topic == RAW_CHATS {
            let turns =
                json!([{ "role": "customer", "text": text }, { "role": "agent", "text": "One moment, please." }]);
            fields.insert("turns".to_owned(), turns);
        } else {
            fields.insert("text".to_owned(), json!(text));
        }
        // Most were said today; one in fifty is from any month of three years.
        let hours = if self.rng.u8(..50) == 0 { 3 * 365 * 24 } else { 5 };
        fields.insert("occurred_at".to_owned(), json!(self.now_ms - self.rng.u64(..hours * HOUR_MS)));
        if topic != RAW_SOCIAL {
            let value = f64::from(self.rng.u8(0..=10)) / 2.0;
            fields.insert("rating".to_owned(), json!({ "value": value, "scale_max": 5 }));
        }
    }

    fn first(&mut self) -> Raw {
        let mut draft = self.draft();
        draft.fields.insert("revision".to_owned(), json!(REVISION_STEP));
        let raw = draft.clone().raw(Fate::Row);
        let known = Known { draft, revision: REVISION_STEP, sent: vec![raw.message.clone()] };
        self.known.push_back(known);
        if self.known.len() > KNOWN_MAX {
            self.known.pop_front();
        }
        raw
    }

    /// Chooses a feedback that was sent: one of the last few, or any.
    fn known(&mut self) -> Option<usize> {
        let count = self.known.len();
        let among = if self.rng.bool() { count.min(20) } else { count };
        (count > 0).then(|| count - 1 - self.rng.usize(..among))
    }

    fn again(&mut self) -> Option<Raw> {
        let index = self.known()?;
        let known = &self.known[index];
        let message = known.sent[self.rng.usize(..known.sent.len())].clone();
        Some(Raw { message, id: known.draft.id.clone(), fate: Fate::Outcome("repeat") })
    }

    /// Sends other words for a feedback: `newer` than all, or older than the newest.
    fn edit(&mut self, fate: Fate) -> Option<Raw> {
        let index = self.known()?;
        let mut draft = self.known[index].draft.clone();
        let text = &self.texts[self.rng.usize(..self.texts.len())].1;
        // The number makes sure that they are others.
        let text = format!("{text} ({})", self.rng.u32(..));
        self.said(&mut draft.fields, draft.topic, &text);
        let known = &mut self.known[index];
        let revision = match fate {
            Fate::Row => known.revision + REVISION_STEP,
            Fate::Outcome("stale") => known.revision - REVISION_STEP / 2,
            Fate::Outcome(_) | Fate::DeadLetter(_) => known.revision,
        };
        draft.fields.insert("revision".to_owned(), json!(revision));
        let raw = draft.clone().raw(fate);
        if fate == Fate::Row {
            (known.draft, known.revision) = (draft, revision);
            known.sent.push(raw.message.clone());
        }
        Some(raw)
    }

    fn bad(&mut self) -> Raw {
        let poison = Poison::ALL[self.rng.usize(..Poison::ALL.len())];
        let mut draft = self.draft();
        draft.fields.insert("revision".to_owned(), json!(REVISION_STEP));
        poison.spoil(draft)
    }
}

impl Iterator for Channels {
    type Item = Raw;

    fn next(&mut self) -> Option<Raw> {
        let special = match self.rng.u16(..1_000) {
            0..15 => Some(self.bad()),
            15..25 => self.again(),
            25..35 => self.edit(Fate::Row),
            35..40 => self.edit(Fate::Outcome("stale")),
            40..43 => self.edit(Fate::Outcome("conflict")),
            _ => None,
        };
        special.or_else(|| Some(self.first()))
    }
}

/// Returns the wall clock in milliseconds since the epoch.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as u64)
}

/// Texts with the topic of their channel.
fn texts() -> Vec<(&'static str, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(CORPUS);
    if let Ok(file) = File::open(path) {
        return BufReader::new(GzDecoder::new(file)).lines().map(|line| corpus_text(&line.expect("gzip"))).collect();
    }
    let topics = [RAW_REVIEWS, RAW_CHATS, RAW_SOCIAL];
    TEXTS.lines().enumerate().map(|(nth, text)| (topics[nth % 3], text.to_owned())).collect()
}

fn corpus_text(line: &str) -> (&'static str, String) {
    let line: Value = serde_json::from_str(line).expect("a line of the corpus");
    let topic = match line["channel"].as_str() {
        Some("reviews") => RAW_REVIEWS,
        Some("chats") => RAW_CHATS,
        _ => RAW_SOCIAL,
    };
    (topic, line["text"].as_str().expect("a text").to_owned())
}

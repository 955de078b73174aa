//! What customers say and what the business records, good and bad, each record with what must become of it.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use fastrand::Rng;
use flate2::read::GzDecoder;
use hearken_runtime::outcome::Message;
use hearken_schemas::topics::{
    RAW_CHATS, RAW_CUSTOMERS, RAW_OPERATIONS, RAW_ORDERS, RAW_REVIEWS, RAW_SOCIAL, RAW_SURVEYS, RAW_VISITS,
};
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
    /// Sets which state of its record this is: a revision of feedback; of the business's records a time, counted in seconds.
    fn number(&mut self, revision: u64, since_ms: u64) {
        let at = json!(since_ms + revision * 1_000);
        let (field, value) = match self.topic {
            RAW_VISITS => ("occurred_at", at),
            RAW_ORDERS | RAW_CUSTOMERS => ("updated_at", at),
            _ => ("revision", json!(revision)),
        };
        self.fields.insert(field.to_owned(), value);
    }

    /// Returns the record, ready to be sent.
    pub fn raw(self, fate: Fate) -> Raw {
        let value = serde_json::to_vec(&self.fields).expect("JSON values are written");
        // One key a feedback: its edits come in order.
        let key = Some(self.id.clone().into_bytes());
        let message = Message { topic: self.topic, partition: None, key, value: Some(value), headers: Vec::new() };
        Raw { message, id: self.id, fate }
    }
}

/// A record that was sent before.
struct Known {
    draft: Draft,
    revision: u64,
    /// Where the record counts its states from, milliseconds.
    since_ms: u64,
    /// Whether an older state than the newest was sent.
    older: bool,
    sent: Vec<Message>,
}

/// An endless stream of records: about 97 % new ones, most of them feedback, each by chance followed later by a repeat, an edit, an edit that
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
        // The corpus has three channels; the other records are made of its texts too.
        let topic = match self.rng.u8(..20) {
            0 | 1 => RAW_SURVEYS,
            2 => RAW_OPERATIONS[self.rng.usize(..3)],
            _ => topic,
        };
        let id = format!("{}-{}", self.prefix, self.next);
        let brand = ["Orvantle", "Nordwick", ""][self.rng.usize(..3)];
        let touchpoint = ["product page", "customer service", "app", "somewhere else"][self.rng.usize(..4)];
        let mut fields = Map::from_iter([
            ("source".to_owned(), json!("test-channel")),
            ("source_id".to_owned(), json!(id)),
            ("brand".to_owned(), json!(brand)),
            ("touchpoint".to_owned(), json!(touchpoint)),
        ]);
        // The business names its records by other fields; what nobody reads is ignored.
        for name in ["order_id", "visit_id", "customer_id"] {
            if RAW_OPERATIONS.contains(&topic) {
                fields.insert(name.to_owned(), json!(id));
            }
        }
        self.said(&mut fields, topic, &text);
        let mut draft = Draft { topic, id, fields };
        draft.number(REVISION_STEP, self.now_ms - HOUR_MS);
        draft
    }

    /// Sets what is said, when, and how it is rated.
    fn said(&mut self, fields: &mut Map<String, Value>, topic: &str, text: &str) {
        let number = self.rng.u32(..100_000);
        let said = match topic {
            RAW_CHATS => {
                json!({ "turns": [{ "role": "customer", "text": text }, { "role": "agent", "text": "One moment, please." }] })
            }
            RAW_SURVEYS => json!({
                "survey_id": "after-delivery", "survey_kind": "transactional",
                "answers": [{ "question_id": "recommend", "kind": "nps", "value": number % 11 },
                            { "question_id": "why", "kind": "text", "text": text }],
            }),
            RAW_ORDERS => json!({ "status": "paid", "amount": f64::from(number) / 100.0, "currency": "CNY",
                                  "items": [{ "product_id": "p-1", "quantity": 1, "amount": f64::from(number) / 100.0 }] }),
            RAW_VISITS => json!({ "event": "view", "page": "/cart", "dwell_ms": number }),
            RAW_CUSTOMERS => json!({ "segment": format!("segment {number}"),
                                     "aliases": [{ "type": "phone", "value": format!("138000{number:05}") }] }),
            _ => json!({ "text": text }),
        };
        let Value::Object(said) = said else { unreachable!("an object") };
        fields.extend(said);
        // Most were said today; one in fifty is from any month of three years.
        let hours = if self.rng.u8(..50) == 0 { 3 * 365 * 24 } else { 5 };
        fields.insert("occurred_at".to_owned(), json!(self.now_ms - self.rng.u64(..hours * HOUR_MS)));
        if [RAW_REVIEWS, RAW_CHATS].contains(&topic) {
            let value = f64::from(self.rng.u8(0..=10)) / 2.0;
            fields.insert("rating".to_owned(), json!({ "value": value, "scale_max": 5 }));
        }
    }

    fn first(&mut self) -> Raw {
        let draft = self.draft();
        let raw = draft.clone().raw(Fate::Row);
        let since_ms = self.now_ms - HOUR_MS;
        let known = Known { draft, revision: REVISION_STEP, since_ms, older: false, sent: vec![raw.message.clone()] };
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

    /// Sends other words for a record: `newer` than all, or older than the newest, or under a revision that is known.
    fn edit(&mut self, edit: Edit) -> Option<Raw> {
        let index = self.known()?;
        let mut draft = self.known[index].draft.clone();
        let text = &self.texts[self.rng.usize(..self.texts.len())].1;
        // The number makes sure that they are others.
        let text = format!("{text} ({})", self.rng.u32(..));
        self.said(&mut draft.fields, draft.topic, &text);
        // The numbers of an operation are few: this makes sure that they are others.
        draft.fields.insert("attributes".to_owned(), json!({ "note": text.chars().take(200).collect::<String>() }));
        let operation = RAW_OPERATIONS.contains(&draft.topic);
        let known = &mut self.known[index];
        if edit == Edit::Older && known.older {
            return None;
        }
        let (revision, fate) = match edit {
            Edit::Newer => (known.revision + REVISION_STEP, Fate::Row),
            // Every state of an operation is kept, whenever it comes.
            Edit::Older if operation => (known.revision - REVISION_STEP / 2, Fate::Row),
            Edit::Older => (known.revision - REVISION_STEP / 2, Fate::Outcome("stale")),
            Edit::Same => (known.revision, Fate::DeadLetter("revision_conflict")),
        };
        draft.number(revision, known.since_ms);
        let raw = draft.clone().raw(fate);
        match edit {
            Edit::Newer => {
                (known.draft, known.revision, known.older) = (draft, revision, false);
                known.sent.push(raw.message.clone());
            }
            Edit::Older => known.older = true,
            Edit::Same => {}
        }
        Some(raw)
    }

    fn bad(&mut self) -> Raw {
        let draft = self.draft();
        let hazards: Vec<Poison> = Poison::ALL.into_iter().filter(|poison| poison.applies_to(draft.topic)).collect();
        hazards[self.rng.usize(..hazards.len())].spoil(draft)
    }
}

/// What an edit is to the states before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    Newer,
    Older,
    Same,
}

impl Iterator for Channels {
    type Item = Raw;

    fn next(&mut self) -> Option<Raw> {
        let special = match self.rng.u16(..1_000) {
            0..15 => Some(self.bad()),
            15..25 => self.again(),
            25..35 => self.edit(Edit::Newer),
            35..40 => self.edit(Edit::Older),
            40..43 => self.edit(Edit::Same),
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

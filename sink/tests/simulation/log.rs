//! The log of a story: what channels sent and hops delivered, at offsets with gaps.

use std::collections::HashMap;
use std::fmt;

use hearken_runtime::record::Record;
use hearken_schemas::dead_letter::{DeadLetter, Reason, Rejection, Stage};
use hearken_schemas::envelope::Origin;
use hearken_schemas::erasure::{Named, Subject};
use hearken_sink::batch::{Batch, Candidate, Item};
use hearken_sink::intent::Range;
use hearken_sink::row::{At, DeadLetterRow, FeedbackRow, Input, Lineage, OrderRow, StateRow};
use hearken_sink::versions::State;
use uuid::Uuid;

/// The input, of feedback, orders and dead letters alike: the protocol does not ask.
pub(crate) const TOPIC: &str = "feedback.enriched.v1";

/// A month of the tables' partitions, so long that no story leaves it by the minute.
pub(crate) const MONTH_MS: i64 = 1_000_000_000;

/// The content that ClickHouse cannot read.
pub(crate) const UNREADABLE: u32 = 9;

/// Room for the number of a batch above an id; see [`crate::defect`].
pub(crate) const ID_MASK: u128 = (1 << 96) - 1;

/// A record of the sink's input.
#[derive(Clone)]
pub(crate) enum Entry {
    State(StateRow),
    /// A dead letter of a service before.
    Letter(Box<DeadLetterRow>),
    /// A record that cannot be parsed.
    Garbage,
}

/// All of them, in order of offset.
pub(crate) struct Log(pub(crate) Vec<(i64, Entry)>);

impl Log {
    /// Writes a log of first states, edits, channel repeats, stale edits, conflicts, rows that cannot be read, orders,
    /// dead letters, garbage, and redeliveries by the hops before.
    pub(crate) fn write(rng: &mut fastrand::Rng) -> Self {
        let mut log: Vec<(i64, Entry)> = Vec::new();
        let (mut offset, things, unreadable) = (rng.i64(0..3), rng.u128(1..8), rng.u32(0..2) * 12);
        let records = if rng.u8(0..8) == 0 { 120 } else { 40 };
        for src_offset in 0..rng.i64(1..records) {
            let entry = match rng.u8(0..20) {
                0..3 if !log.is_empty() => log[rng.usize(..log.len())].1.clone(),
                3 => Entry::Garbage,
                4 => Entry::Letter(Box::new(letter(rng.i64(0..4)))),
                _ => Entry::State(state(rng, things, unreadable, src_offset)),
            };
            log.push((offset, entry.at(offset)));
            offset += if rng.u8(0..6) == 0 { rng.i64(2..5) } else { 1 };
        }
        Self(log)
    }

    /// Returns the ids of all things.
    pub(crate) fn ids(&self) -> Vec<Uuid> {
        let ids = self.0.iter().filter_map(|(_, entry)| match entry {
            Entry::State(row) => Some(row.id()),
            Entry::Letter(_) | Entry::Garbage => None,
        });
        ids.collect()
    }

    /// Returns what the log is without some things.
    pub(crate) fn without(&self, gone: impl Fn(Uuid) -> bool) -> Self {
        let stays = |entry: &Entry| match entry {
            Entry::State(row) => !gone(row.id()),
            Entry::Letter(_) | Entry::Garbage => true,
        };
        Self(self.0.iter().filter(|(_, entry)| stays(entry)).cloned().collect())
    }

    /// Returns the offset after the last record.
    pub(crate) fn end(&self) -> i64 {
        self.0.last().map_or(0, |(offset, _)| offset + 1)
    }

    /// Returns where the first record at or after an offset stands.
    pub(crate) fn index(&self, offset: i64) -> usize {
        self.0.partition_point(|(at, _)| *at < offset)
    }

    /// Returns the offsets of the records of a range.
    pub(crate) fn offsets(&self, range: Range) -> impl Iterator<Item = i64> {
        self.0.iter().map(|(offset, _)| *offset).filter(move |offset| range.contains(*offset))
    }
}

impl Entry {
    fn at(mut self, offset: i64) -> Self {
        match &mut self {
            Self::State(StateRow::Feedback(row)) => row.in_offset = offset,
            Self::State(StateRow::Order(row)) => row.lineage.input.at.offset = offset,
            Self::State(StateRow::Visit(_) | StateRow::Customer(_)) | Self::Garbage => {}
            Self::Letter(row) => row.lineage.input.at.offset = offset,
        }
        self
    }

    /// Adds it to a batch, as the worker does with a record that it parsed.
    pub(crate) fn add_to(&self, batch: &mut Batch, offset: i64) {
        let record = Record::new(TOPIC, 0, offset);
        let (crc, item) = match self {
            Self::State(row) => {
                let candidate = Candidate { row: row.clone(), record, named: named(row.id()) };
                (row.state().content_crc, Item::Candidate(Box::new(candidate)))
            }
            Self::Letter(row) => (1, Item::DeadLetter(row.clone(), Named::default())),
            Self::Garbage => (2, Item::Rejected(Box::new(record), Rejection::new(Reason::NotJson, ""))),
        };
        batch.add(offset, crc, item);
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = match self {
            Self::Garbage => return f.write_str("garbage"),
            Self::Letter(row) => return write!(f, "letter of {} about {}", row.stage, row.at.offset),
            Self::State(row) => row,
        };
        let (State { id, version, src, content_crc }, table) = (row.state(), row.table().as_str());
        write!(f, "{table} {:06x} version {version} content {content_crc} of {}", id.as_u128() >> 72, src.offset)
    }
}

fn state(rng: &mut fastrand::Rng, things: u128, unreadable: u32, src_offset: i64) -> StateRow {
    // Mostly the same content under the same version; now and then another: a conflict, or one that cannot be read.
    let content = match rng.u32(0..96) {
        at if at < unreadable => UNREADABLE,
        at => u32::from(at >= 84),
    };
    if rng.u8(0..3) == 0 {
        return order(rng.u128(..things), content, src_offset);
    }
    StateRow::Feedback(Box::new(feedback(rng.u128(..things), rng.u64(0..5), content, src_offset)))
}

/// Returns the row of one state of one feedback; an edit may move it to another month, and may take the last word away.
pub(crate) fn feedback(id: u128, version: u64, content: u32, src_offset: i64) -> FeedbackRow {
    let score = id as f32 * 100.0 + version as f32 * 10.0 + content as f32;
    FeedbackRow {
        feedback_id: spread(id),
        version,
        sign: 1,
        occurred_at: (id as i64 + version as i64 / 2) % 3 * MONTH_MS + (version as i64 % 2) * 60_000,
        sentiment_score: (version % 4 < 3).then_some(score / 1_000.0),
        src_topic: "raw".to_owned(),
        src_offset,
        in_topic: TOPIC.to_owned(),
        content_crc: content,
        ..FeedbackRow::default()
    }
}

/// Each thing is a customer's of its own.
pub(crate) fn named(id: Uuid) -> Named {
    Named { subjects: vec![subject(id)], at_ms: 0, only_deletes: false }
}

/// Returns whose thing it is.
pub(crate) fn subject(id: Uuid) -> Subject {
    Subject::customer(&id.to_string())
}

fn order(id: u128, content_crc: u32, src_offset: i64) -> StateRow {
    let src = At { topic: "raw".to_owned(), partition: 0, offset: src_offset };
    // Ids of their own: no order shares one with a feedback.
    StateRow::Order(Box::new(OrderRow {
        record_id: spread(1_000 + id),
        source: String::new(),
        order_id: String::new(),
        customer_id: None,
        id_namespace: String::new(),
        status: String::new(),
        occurred_at: id as i64 % 2 * MONTH_MS,
        time_precision: "second",
        updated_at: 0,
        received_at: 0,
        amount: None,
        currency: String::new(),
        items_product_id: Vec::new(),
        items_quantity: Vec::new(),
        items_amount: Vec::new(),
        store_id: None,
        brand: String::new(),
        region: None,
        attributes: std::collections::BTreeMap::new(),
        lineage: Lineage {
            src,
            input: Input { at: At { topic: TOPIC.to_owned(), partition: 0, offset: 0 }, epoch: 0 },
            crc: 0,
        },
        content_crc,
    }))
}

fn letter(of: i64) -> DeadLetterRow {
    let at = Origin { topic: "raw".to_owned(), partition: 0, offset: of, timestamp_ms: 0, crc: 0 };
    let stage = if of % 2 == 0 { Stage::Ingest } else { Stage::Enrich };
    let letter = DeadLetter { stage, rejection: Rejection::new(Reason::NotJson, ""), at, src: None };
    DeadLetterRow::new(&letter, b"{", At { topic: TOPIC.to_owned(), partition: 0, offset: 0 })
}

/// Spreads ids over the bits as the hashes do that real ids are.
fn spread(id: u128) -> Uuid {
    Uuid::from_u128((id + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) & ID_MASK)
}

/// What a log comes to, read naively: in order, each record once.
#[derive(Default)]
pub(crate) struct Naive {
    /// Every fate but that of a record that was delivered twice, by offset.
    pub(crate) fates: Vec<(i64, Fate)>,
    /// The newest state of every feedback.
    pub(crate) newest: HashMap<Uuid, FeedbackRow>,
    /// Version, content and raw record of every state.
    states: HashMap<Uuid, Vec<(u64, u32, i64)>>,
}

/// What becomes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// A state.
    Row,
    Repeat,
    Stale,
    /// It cannot be parsed.
    Garbage,
    Conflict,
    /// ClickHouse cannot read its row.
    Unreadable,
    /// A dead letter of a service before.
    Letter,
    /// A hop before delivered it twice: it has its outcome already.
    Redelivered,
}

impl Fate {
    /// Names it among what the stories hold.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Row => "record: a row",
            Self::Repeat => "record: a repeat",
            Self::Stale => "record: stale",
            Self::Garbage => "record: garbage",
            Self::Conflict => "record: a conflict",
            Self::Unreadable => "record: unreadable",
            Self::Letter => "record: a dead letter",
            Self::Redelivered => "record: redelivered",
        }
    }
}

impl Naive {
    /// Reads a log.
    pub(crate) fn read(log: &Log) -> Self {
        let mut naive = Self::default();
        for (offset, entry) in &log.0 {
            let fate = match entry {
                Entry::Garbage => Fate::Garbage,
                Entry::Letter(_) => Fate::Letter,
                Entry::State(row) => naive.judge(row),
            };
            naive.fates.push((*offset, fate));
        }
        naive
    }

    fn judge(&mut self, row: &StateRow) -> Fate {
        let state = row.state();
        let known = self.states.entry(state.id).or_default();
        let same = known.iter().find(|(version, ..)| *version == state.version);
        match same {
            _ if known.iter().any(|(.., src)| *src == state.src.offset) => Fate::Redelivered,
            Some((_, content, _)) if *content == state.content_crc => Fate::Repeat,
            Some(_) => Fate::Conflict,
            None if known.iter().any(|(version, ..)| *version > state.version) => Fate::Stale,
            None if state.content_crc == UNREADABLE => Fate::Unreadable,
            None => {
                known.push((state.version, state.content_crc, state.src.offset));
                if let StateRow::Feedback(row) = row {
                    self.newest.insert(state.id, (**row).clone());
                }
                Fate::Row
            }
        }
    }
}

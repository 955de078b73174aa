//! What customers of an invented retailer say: a seeded stream of raw feedback for the demo and for load tests.
//!
//! Layout: `world.toml` is the retailer, `templates.toml` what its customers say; [`writer`] writes a good record,
//! [`record`] sends and edits it, [`poison`] spoils it, and this file mixes them. One story is planted: from a given moment
//! on, a release of the shopping app crashes at checkout. Invariants: no clock, no I/O; the stream is a function of the
//! settings and the times asked for; nothing in it exists.

mod personal;
mod poison;
mod record;
mod template;
mod world;
mod writer;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use fastrand::Rng;
use hearken_schemas::envelope::Headers;
use hearken_schemas::feedback::Channel;
use jiff::{SignedDuration, Timestamp};

pub(crate) use poison::Poison;
use record::Record;
use world::world;
use writer::{Brief, write};

/// How many recent records may be repeated or edited.
const RECENT: usize = 512;

/// What the stream is made of.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Decides every draw.
    pub(crate) seed: u64,
    /// Where the stream begins; with the seed it makes source ids that no other run has.
    pub(crate) start: Timestamp,
    /// How long after the start the release that crashes comes out.
    pub(crate) story_after: SignedDuration,
    /// From then on, the part of all new records that tells of it.
    pub(crate) story_share: f64,
    /// The part of bad records.
    pub(crate) poison_share: f64,
    /// The part of exact repeats.
    pub(crate) repeat_share: f64,
    /// The part of edits.
    pub(crate) edit_share: f64,
}

impl Settings {
    /// Returns the demo's settings: half a percent of bad records, one percent of repeats, one of edits, and the story
    /// after two minutes.
    pub(crate) fn new(seed: u64, start: Timestamp) -> Self {
        Self {
            seed,
            start,
            story_after: SignedDuration::from_mins(2),
            story_share: 0.08,
            poison_share: 0.005,
            repeat_share: 0.01,
            edit_share: 0.01,
        }
    }
}

/// What a message is, and so what must become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Said for the first time: a row.
    New,
    /// The bytes of an earlier message, which is the newest of its feedback: no row.
    Repeat,
    /// An earlier feedback with a changed text and a higher revision: a row that supersedes.
    Edit,
    /// Bad: a dead letter.
    Poison(Poison),
}

/// One message as a channel sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawMessage {
    /// The raw topic.
    pub(crate) topic: &'static str,
    /// The key; an edit and a repeat have the key of the original.
    pub(crate) key: String,
    /// The value: JSON, unless it is poison.
    pub(crate) value: Vec<u8>,
    /// CloudEvents attributes in binary mode.
    pub(crate) headers: Headers,
    /// What the feedback id is made of: channel, source, source id. `None` for poison.
    pub(crate) feedback_ref: Option<(Channel, String, String)>,
    /// What it is.
    pub(crate) kind: Kind,
}

/// The stream.
#[derive(Debug)]
pub(crate) struct Scenario {
    settings: Settings,
    rng: Rng,
    recent: VecDeque<Record>,
    written: u64,
    spoilt: usize,
}

impl Scenario {
    /// Begins the stream.
    pub(crate) fn new(settings: Settings) -> Self {
        let rng = Rng::with_seed(settings.seed);
        Self { settings, rng, recent: VecDeque::with_capacity(RECENT), written: 0, spoilt: 0 }
    }

    /// Tells whether at that time the release that crashes is out.
    pub(crate) fn story_begun(&self, at: Timestamp) -> bool {
        at.duration_since(self.settings.start) >= self.settings.story_after
    }

    /// Returns the message that is sent at that time; what it tells is said then too.
    pub(crate) fn next(&mut self, at: Timestamp) -> RawMessage {
        let Settings { poison_share, repeat_share, edit_share, .. } = self.settings;
        let draw = self.rng.f64();
        if draw < poison_share {
            let record = self.write(at);
            let poison = Poison::ALL[self.spoilt % Poison::ALL.len()];
            self.spoilt += 1;
            return poison.spoil(record, &mut self.rng, at);
        }
        if draw < poison_share + repeat_share + edit_share && !self.recent.is_empty() {
            let earlier = self.rng.usize(..self.recent.len());
            if draw < poison_share + repeat_share {
                return self.recent[earlier].message(Kind::Repeat);
            }
            // The edit takes the original's place, so that what is repeated is always the newest revision.
            let edited = self.recent[earlier].edited(&mut self.rng, at);
            let message = edited.message(Kind::Edit);
            self.recent[earlier] = edited;
            return message;
        }
        let record = self.write(at);
        let message = record.message(Kind::New);
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(record);
        message
    }

    fn write(&mut self, at: Timestamp) -> Record {
        let released = self.story_begun(at);
        let story = released && self.rng.f64() < self.settings.story_share;
        self.written += 1;
        let Settings { seed, start, .. } = self.settings;
        let source_id = format!("{:x}-{seed:x}-{:07}", start.as_millisecond(), self.written);
        write(world(), &mut self.rng, Brief { at, source_id, released, story })
    }
}

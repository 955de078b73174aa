//! What was sent lately, and what comes of it: repeats, edits and appends.

use std::collections::VecDeque;

use fastrand::Rng;
use jiff::Timestamp;

use super::record::Record;
use super::{Kind, RawMessage};

/// How many recent records may be repeated or edited.
const RECENT: usize = 512;

/// The newest states of the records sent last.
#[derive(Debug, Default)]
pub(super) struct Recent(VecDeque<Record>);

/// What comes of an earlier record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sequel {
    Repeat,
    Edit,
    Append,
}

impl Recent {
    /// Remembers a record just sent.
    pub(super) fn push(&mut self, record: Record) {
        if self.0.len() == RECENT {
            self.0.pop_front();
        }
        self.0.push_back(record);
    }

    /// Draws one of the records.
    pub(super) fn any(&self, rng: &mut Rng) -> Option<&Record> {
        (!self.0.is_empty()).then(|| &self.0[rng.usize(..self.0.len())])
    }

    /// Returns what comes of one of the records, a repeat where nothing else can: orders are not edited, posts not appended to.
    pub(super) fn again(
        &mut self,
        rng: &mut Rng,
        sequel: Sequel,
        at: Timestamp,
        id: impl FnOnce() -> String,
    ) -> Option<RawMessage> {
        let index = (!self.0.is_empty()).then(|| rng.usize(..self.0.len()))?;
        let earlier = &self.0[index];
        let (next, kind) = match sequel {
            Sequel::Repeat => (None, Kind::Repeat),
            Sequel::Edit => (earlier.edited(rng, at), Kind::Edit),
            Sequel::Append => (earlier.appended(rng, at, id()), Kind::New),
        };
        let Some(next) = next else { return Some(earlier.message(Kind::Repeat)) };
        let message = next.message(kind);
        match kind {
            // The edit takes the original's place, so that what is repeated is always the newest state.
            Kind::Edit => self.0[index] = next,
            Kind::New | Kind::Repeat | Kind::Poison(_) => self.push(next),
        }
        Some(message)
    }
}

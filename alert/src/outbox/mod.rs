//! What one channel is sent next: the most urgent first, never faster than it takes, and what waits too long in one digest.
//!
//! All times are milliseconds since 1970 and arguments. An entry is waiting or on its way, never both, so nothing is sent twice without
//! a failure between; it leaves when it was delivered, given up, refused, or folded.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::limit::Limit;

/// The first wait after a failure; it doubles.
const WAIT_MS: u64 = 1_000;
/// The longest.
const WAIT_MS_MAX: u64 = 15 * 60_000;
/// How long an entry is tried. One that fails after that is given up.
const TRY_MS: u64 = 24 * 3_600_000;
/// How many are on their way to one channel at a time.
const ON_THEIR_WAY_MAX: usize = 16;
/// How many make a digest at least.
const FOLD_MIN: usize = 2;

/// Something to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The message.
    pub id: Uuid,
    /// Whom it is for; digests are made for one owner.
    pub owner: String,
    /// Safety or law: goes first and is never folded.
    pub urgent: bool,
    /// Whether it may be told in a digest.
    pub foldable: bool,
    /// Tells of several that waited too long already, so it goes before all that are not urgent.
    pub digest: bool,
    /// From 0, low, to 3, critical.
    pub severity: u8,
    /// The customer's value times the risk.
    pub worth: f32,
    /// Since when it waits.
    pub since_ms: u64,
    /// How often it failed.
    pub failures: u16,
    /// When it may be tried again.
    pub not_before_ms: u64,
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Send this; it counts as on its way until the outbox is told what became of it.
    Send(Uuid),
    /// Tell these in one digest, most urgent first, and [`Outbox::fold`] them.
    Fold(Vec<Uuid>),
    /// Nothing before this moment; nothing at all until something changes where there is none.
    Wait(Option<u64>),
}

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It is tried again at this moment, or later.
    Again {
        /// The moment.
        at_ms: u64,
    },
    /// It was tried for a day.
    GivenUp,
}

/// The messages of one channel.
#[derive(Debug, Clone)]
pub struct Outbox {
    limit: Limit,
    fold_after_ms: u64,
    waiting: BTreeMap<Uuid, Entry>,
    on_their_way: BTreeMap<Uuid, Entry>,
    /// The receiver asked to be left alone until then.
    paused_until_ms: u64,
    /// Whether the last answer was a good one. One that fails is asked by one message at a time, and nothing is folded for it.
    answers: bool,
}

impl Outbox {
    /// Has nothing to send.
    pub fn new(limit: Limit, fold_after_ms: u64) -> Self {
        Self {
            limit,
            fold_after_ms,
            waiting: BTreeMap::new(),
            on_their_way: BTreeMap::new(),
            paused_until_ms: 0,
            answers: true,
        }
    }

    /// Takes an entry, unless it has it; tells whether it took it.
    pub fn put(&mut self, entry: Entry) -> bool {
        if self.waiting.contains_key(&entry.id) || self.on_their_way.contains_key(&entry.id) {
            return false;
        }
        self.waiting.insert(entry.id, entry);
        true
    }

    /// Counts what was sent before this outbox was there, such as by a leader before.
    pub fn was_sent(&mut self, at_ms: u64) {
        self.limit.take(at_ms);
    }

    /// Returns how many wait or are on their way.
    pub fn len(&self) -> usize {
        self.waiting.len() + self.on_their_way.len()
    }

    /// Tells whether nothing waits or is on its way.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Says what to do now.
    pub fn next(&mut self, now_ms: u64) -> Next {
        let room = if self.answers { ON_THEIR_WAY_MAX } else { 1 };
        if self.on_their_way.len() >= room {
            return Next::Wait(None);
        }
        if now_ms < self.paused_until_ms {
            return Next::Wait(Some(self.paused_until_ms).filter(|_| !self.waiting.is_empty()));
        }
        let due = self.waiting.values().filter(|entry| entry.not_before_ms <= now_ms);
        let Some(first) = due.min_by(|one, other| order(one, other)).map(|entry| entry.id) else {
            return Next::Wait(self.waiting.values().map(|entry| entry.not_before_ms).min());
        };
        let free_at_ms = self.limit.free_at(now_ms);
        if free_at_ms <= now_ms {
            self.limit.take(now_ms);
            if let Some(entry) = self.waiting.remove(&first) {
                self.on_their_way.insert(first, entry);
            }
            return Next::Send(first);
        }
        match self.too_long(now_ms) {
            Some(ids) => Next::Fold(ids),
            None => Next::Wait(Some(free_at_ms.min(self.next_fold_ms(now_ms).unwrap_or(u64::MAX)))),
        }
    }

    /// Puts a digest in the place of what it tells of.
    pub fn fold(&mut self, folded: &[Uuid], digest: Entry) {
        for id in folded {
            self.waiting.remove(id);
        }
        self.put(digest);
    }

    /// It arrived.
    pub fn delivered(&mut self, id: Uuid) {
        self.answers = true;
        self.on_their_way.remove(&id);
    }

    /// It is to be sent no more: what it tells of was erased.
    pub fn forget(&mut self, id: Uuid) {
        self.waiting.remove(&id);
        self.on_their_way.remove(&id);
    }

    /// It will never arrive, until somebody sets something right.
    pub fn refused(&mut self, id: Uuid) {
        self.on_their_way.remove(&id);
    }

    /// It did not arrive; `jitter` from 0 to 1 spreads the next try.
    pub fn failed(&mut self, id: Uuid, now_ms: u64, after_ms: Option<u64>, jitter: f64) -> After {
        self.answers = false;
        if let Some(after_ms) = after_ms {
            self.paused_until_ms = self.paused_until_ms.max(now_ms.saturating_add(after_ms));
        }
        let Some(mut entry) = self.on_their_way.remove(&id) else { return After::GivenUp };
        if now_ms.saturating_sub(entry.since_ms) >= TRY_MS {
            return After::GivenUp;
        }
        entry.failures = entry.failures.saturating_add(1);
        let wait_ms = wait_ms(entry.failures, jitter).max(after_ms.unwrap_or(0));
        entry.not_before_ms = now_ms.saturating_add(wait_ms);
        let at_ms = entry.not_before_ms;
        self.waiting.insert(id, entry);
        After::Again { at_ms }
    }

    /// Returns all that waits for an owner of whom something waits too long, most urgent first; of two owners, who has the most.
    ///
    /// All of it, since the rest would be too late a moment later and make a digest of its own; and none while a digest for him
    /// waits, or a flood that lasts would become a flood of digests.
    fn too_long(&self, now_ms: u64) -> Option<Vec<Uuid>> {
        if !self.answers {
            return None;
        }
        let mut owners: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for entry in self.foldable() {
            owners.entry(entry.owner.as_str()).or_default().push(entry);
        }
        let late = |entries: &Vec<&Entry>| entries.iter().any(|entry| self.fold_ms(entry) <= now_ms);
        let mut most =
            owners.into_values().filter(|entries| entries.len() >= FOLD_MIN && late(entries)).max_by_key(Vec::len)?;
        most.sort_by(|one, other| order(one, other));
        Some(most.into_iter().map(|entry| entry.id).collect())
    }

    /// Returns when the next entry will have waited too long.
    fn next_fold_ms(&self, now_ms: u64) -> Option<u64> {
        self.foldable().map(|entry| self.fold_ms(entry)).filter(|moment| *moment > now_ms).min()
    }

    fn fold_ms(&self, entry: &Entry) -> u64 {
        entry.since_ms.saturating_add(self.fold_after_ms)
    }

    fn foldable(&self) -> impl Iterator<Item = &Entry> {
        let digests = self.waiting.values().chain(self.on_their_way.values()).filter(|entry| entry.digest);
        let told: BTreeSet<&str> = digests.map(|entry| entry.owner.as_str()).collect();
        self.waiting
            .values()
            .filter(move |entry| entry.foldable && !entry.urgent && !told.contains(entry.owner.as_str()))
    }
}

/// Returns the id of a digest: it follows from what it folds, in whatever order.
pub fn digest_id(channel: &str, owner: &str, folded: &[Uuid]) -> Uuid {
    let sorted: BTreeSet<&Uuid> = folded.iter().collect();
    let bytes: Vec<u8> = sorted.into_iter().flat_map(|id| *id.as_bytes()).collect();
    let of = Uuid::new_v5(&Uuid::nil(), &bytes);
    hearken_schemas::id::message_id("digest", of, "", channel, owner)
}

/// Urgent before digests before severe before worth before old; the id decides what is alike, so the order is one.
fn order(one: &Entry, other: &Entry) -> std::cmp::Ordering {
    let by_kind = other.urgent.cmp(&one.urgent).then(other.digest.cmp(&one.digest));
    let by_rank = by_kind.then(other.severity.cmp(&one.severity));
    by_rank.then(other.worth.total_cmp(&one.worth)).then(one.since_ms.cmp(&other.since_ms)).then(one.id.cmp(&other.id))
}

/// Half of the bound is always waited, the rest is drawn.
fn wait_ms(failures: u16, jitter: f64) -> u64 {
    let doubled = WAIT_MS.saturating_mul(1_u64.checked_shl(u32::from(failures) - 1).unwrap_or(u64::MAX));
    let bound = doubled.min(WAIT_MS_MAX);
    bound / 2 + (bound as f64 / 2.0 * jitter.clamp(0.0, 1.0)) as u64
}

#[cfg(test)]
mod tests;

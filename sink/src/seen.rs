//! Which ids a partition may have met before: a filter that spares the database the question about new ones.
//!
//! It covers every id of the partition, not those of some days: the time of a feedback may move with an edit, or stand
//! for the time it was sent, so no horizon over times can tell that an id is new. Its memory is bounded; a filter that
//! holds more than it was made for only says "maybe" more often, and then the database is asked.

use fastbloom::{BloomFilter, DefaultHasher};
use uuid::Uuid;

/// Bits a filter spends on an id that it was made for; about one new id in two thousand is then asked for in vain.
const BITS_PER_ID: usize = 16;

/// The least room, in ids.
const ROOM_MIN: usize = 65_536;

/// What is known of a partition's ids.
#[derive(Debug)]
pub struct Seen {
    filter: Filter,
    /// The filter that is being filled from the database, beside the old one.
    loading: Option<Filter>,
    /// Whether the filter holds every id that was written before the partition was assigned.
    complete: bool,
    bytes_max: usize,
}

#[derive(Debug)]
struct Filter {
    bits: BloomFilter<DefaultHasher>,
    ids: usize,
    room: usize,
}

impl Filter {
    fn new(room: usize, bytes_max: usize) -> Self {
        let room = room.max(ROOM_MIN).min(bytes_max * 8 / BITS_PER_ID);
        // One seed: the same ids give the same answers on every run.
        let bits = BloomFilter::with_num_bits(room * BITS_PER_ID).seed(&0).expected_items(room);
        Self { bits, ids: 0, room }
    }

    fn add(&mut self, id: &Uuid) {
        // Returns whether it was there already.
        if !self.bits.insert(id.as_bytes()) {
            self.ids += 1;
        }
    }
}

impl Seen {
    /// Begins knowing nothing, so every id may have been met. `bytes_max` bounds the memory of one filter.
    pub fn new(bytes_max: usize) -> Self {
        Self { filter: Filter::new(ROOM_MIN, bytes_max), loading: None, complete: false, bytes_max }
    }

    /// Tells whether an id may have been met; `false` is certain.
    pub fn may_know(&self, id: &Uuid) -> bool {
        !self.complete || self.filter.bits.contains(id.as_bytes())
    }

    /// Notes an id.
    pub fn add(&mut self, id: &Uuid) {
        self.filter.add(id);
        if let Some(loading) = &mut self.loading {
            loading.add(id);
        }
    }

    /// Tells whether the filter should be filled from the database (again): it never was, or it has outgrown its room
    /// and may have more.
    pub fn wants_loading(&self) -> bool {
        let outgrown = self.filter.ids > self.filter.room && self.filter.room < self.bytes_max * 8 / BITS_PER_ID;
        self.loading.is_none() && (!self.complete || outgrown)
    }

    /// Begins a filter with room for twice these ids; ids noted from here on go into both.
    pub fn begin_loading(&mut self, known: usize) {
        self.loading = Some(Filter::new(known.saturating_mul(2), self.bytes_max));
    }

    /// Takes ids that the database holds.
    pub fn load<'a>(&mut self, ids: impl IntoIterator<Item = &'a Uuid>) {
        if let Some(loading) = &mut self.loading {
            ids.into_iter().for_each(|id| loading.add(id));
        }
    }

    /// Ends the loading: from here on the new filter answers.
    pub fn end_loading(&mut self) {
        if let Some(loading) = self.loading.take() {
            (self.filter, self.complete) = (loading, true);
        }
    }

    /// Gives a loading up; the old filter goes on to answer.
    pub fn abandon_loading(&mut self) {
        self.loading = None;
    }

    /// Returns the memory the filters take, in bytes.
    pub fn bytes(&self) -> usize {
        let bits = |filter: &Filter| filter.bits.num_bits() / 8;
        bits(&self.filter) + self.loading.as_ref().map_or(0, bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(range: std::ops::Range<u128>) -> Vec<Uuid> {
        // Spread like the hashes that real ids are.
        range.map(|n| Uuid::from_u128(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))).collect()
    }

    fn in_vain(seen: &Seen, new: &[Uuid]) -> f64 {
        new.iter().filter(|id| seen.may_know(id)).count() as f64 / new.len() as f64
    }

    #[test]
    fn until_it_is_loaded_every_id_may_be_known() {
        let mut seen = Seen::new(1 << 20);
        assert!(seen.wants_loading() && in_vain(&seen, &ids(0..10)) == 1.0);
        seen.begin_loading(1);
        assert!(!seen.wants_loading() && in_vain(&seen, &ids(0..10)) == 1.0);
        seen.load(&ids(0..1));
        seen.add(&ids(1..2)[0]);
        seen.end_loading();
        assert!(!seen.wants_loading() && in_vain(&seen, &ids(2..10)) == 0.0);
        assert!(ids(0..2).iter().all(|id| seen.may_know(id)), "one from the database, one noted meanwhile");
    }

    #[test]
    fn no_id_is_ever_forgotten_and_few_new_ones_are_taken_for_known() {
        let (mut seen, known) = (Seen::new(1 << 20), ids(0..100_000));
        seen.begin_loading(known.len());
        seen.load(&known);
        seen.end_loading();
        assert!(known.iter().all(|id| seen.may_know(id)));
        let share = in_vain(&seen, &ids(200_000..300_000));
        assert!(share < 0.002, "{share}");
        assert!(seen.bytes() <= 1 << 20);
    }

    #[test]
    fn a_filter_that_outgrows_its_room_wants_more_and_one_at_its_bound_only_doubts_more() {
        let mut seen = Seen::new(1 << 18);
        seen.begin_loading(0);
        seen.end_loading();
        ids(0..70_000).iter().for_each(|id| seen.add(id));
        assert!(seen.wants_loading());
        seen.begin_loading(70_000);
        seen.load(&ids(0..70_000));
        seen.end_loading();
        ids(70_000..400_000).iter().for_each(|id| seen.add(id));
        assert!(!seen.wants_loading() && seen.bytes() <= 1 << 18, "the bound holds");
        assert!(ids(0..400_000).iter().all(|id| seen.may_know(id)));
        let share = in_vain(&seen, &ids(500_000..600_000));
        assert!(share > 0.01 && share < 1.0, "{share}");
    }
}

//! What customers of an invented retailer say and do: a seeded stream of raw records for the demo and for load tests.
//!
//! Layout: `world.toml` is the retailer, `templates.toml` what its customers say. [`people`], [`orders`] and [`visits`] invent
//! what the business records, [`said`] decides who says what about it, [`casting`], [`writer`] and [`survey`] find the words, [`record`] sends
//! and edits them, [`poison`] spoils them. [`history`] tells the nine weeks before an anchor, [`live`] goes on from it; the
//! [`story`]s play in both, and [`truth`] says what is true of them. Invariants: no clock, no I/O; everything is a function of
//! the seed, the anchor and the times asked for; nothing in it exists.

mod casting;
mod history;
mod live;
mod orders;
mod people;
mod personal;
mod poison;
mod recent;
mod record;
mod said;
mod story;
mod survey;
mod template;
mod time;
mod truth;
mod visits;
mod world;
mod writer;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use fastrand::Rng;
use hearken_schemas::envelope::Headers;
use hearken_schemas::feedback::Channel;
use jiff::Timestamp;

pub(crate) use history::History;
pub(crate) use live::{Live, Mix};
use orders::Order;
use people::Person;
pub(crate) use poison::Poison;
pub(crate) use story::Story;
use world::{Product, Store, world};

/// How many days the history has.
const HISTORY_DAYS: i64 = 63;

/// How much of everything the history tells.
const PEOPLE: usize = 2_700;
const FEEDBACK: usize = 40_000;
const VISITS: usize = 12_000;

/// What a message is, and so what must become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Said or done for the first time: a row.
    New,
    /// The bytes of an earlier message, which is the newest of its record: no row.
    Repeat,
    /// An earlier feedback with a changed text and a newer version: a row that supersedes.
    Edit,
    /// Bad: a dead letter.
    Poison(Poison),
}

/// One message as its sender sends it.
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
    /// What the feedback id is made of: channel, source, source id. `None` for poison and for what is no feedback.
    pub(crate) feedback_ref: Option<(Channel, String, String)>,
    /// What it is.
    pub(crate) kind: Kind,
}

/// The span that everything hangs on.
#[derive(Debug, Clone, Copy)]
struct Frame {
    seed: u64,
    /// When the history begins.
    begins: Timestamp,
    /// When it ends and the live seconds begin; the stories are dated from here.
    anchor: Timestamp,
}

impl Frame {
    /// Returns the random numbers of one part of the work, so that a change in one leaves the others as they are.
    fn rng(&self, part: u64) -> Rng {
        let anchor = self.anchor.as_millisecond().unsigned_abs().rotate_left(21);
        Rng::with_seed(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ anchor ^ part.rotate_right(8))
    }
}

/// The customers and their orders: what all that is said and done refers to.
#[derive(Debug)]
pub(crate) struct Plot {
    frame: Frame,
    people: Vec<Person>,
    orders: Vec<Arc<Order>>,
}

impl Plot {
    /// Invents the customers and orders of the nine weeks before the anchor.
    pub(crate) fn new(seed: u64, anchor: Timestamp) -> Self {
        let frame = Frame { seed, begins: anchor - time::days(HISTORY_DAYS), anchor };
        let people = people::people(world(), &mut frame.rng(1), &frame, PEOPLE);
        let orders = orders::orders(world(), &mut frame.rng(2), &frame, &people);
        Self { frame, people, orders }
    }

    /// Draws a customer whom the company knows at that time and who has not left.
    fn somebody(&self, rng: &mut Rng, at: Timestamp) -> Option<usize> {
        let left = Story::Leaving.begun(self.frame.anchor, at);
        let there = |index: &usize| {
            let person = &self.people[*index];
            person.known_since <= at && !(left && person.leaves)
        };
        (0..4).map(|_| rng.usize(..self.people.len())).find(there)
    }

    /// Tells whether it is the store of the story, at its time.
    fn is_rude(&self, store: &Store, at: Timestamp) -> bool {
        let scene = world().scene(Story::RudeStore);
        scene.store.as_ref() == Some(&store.id) && Story::RudeStore.begun(self.frame.anchor, at)
    }

    /// Tells whether it is the product of the story before the fix.
    fn is_packed_badly(&self, product: &Product, at: Timestamp) -> bool {
        is_of_packaging(product) && !Story::Packaging.begun(self.frame.anchor, at)
    }

    /// Tells whether it is the product of the story after the fix.
    fn is_packed_anew(&self, product: &Product, at: Timestamp) -> bool {
        is_of_packaging(product) && Story::Packaging.begun(self.frame.anchor, at)
    }
}

fn is_of_packaging(product: &Product) -> bool {
    world().scene(Story::Packaging).product.as_ref() == Some(&product.id)
}

//! The nine weeks before the anchor, in the order they happened.

use std::collections::VecDeque;
use std::vec::IntoIter;

use fastrand::Rng;
use jiff::Timestamp;

use super::people::{self, State};
use super::recent::{Recent, Sequel};
use super::said::{self, Said};
use super::visits::{self, Visit};
use super::{FEEDBACK, Kind, Plot, RawMessage, VISITS, orders, world, writer};

/// How much of a record's sequels there is, in ten thousand.
const REPEATED: u32 = 80;
const EDITED: u32 = 100;
const APPENDED: u32 = 60;

/// One thing that happens.
#[derive(Debug)]
enum Event {
    Profile(usize, State),
    /// An order, by index, and which of its steps.
    Order(usize, usize),
    Visit(Visit),
    Said(Box<Said>),
}

/// The records of the history, oldest first. Told twice it is the same, to the byte.
#[derive(Debug)]
pub(crate) struct History<'a> {
    plot: &'a Plot,
    events: IntoIter<(Timestamp, Event)>,
    rng: Rng,
    recent: Recent,
    pending: VecDeque<RawMessage>,
    told: u64,
}

impl<'a> History<'a> {
    /// Decides what happened.
    pub(crate) fn new(plot: &'a Plot) -> Self {
        let events = events(plot, said(plot)).into_iter();
        let (rng, recent) = (plot.frame.rng(6), Recent::default());
        Self { plot, events, rng, recent, pending: VecDeque::new(), told: 0 }
    }

    fn id(&mut self) -> String {
        self.told += 1;
        format!("{:x}-{:x}-h{:06}", self.plot.frame.anchor.as_millisecond(), self.plot.frame.seed, self.told)
    }
}

/// Decides what was said.
pub(super) fn said(plot: &Plot) -> Vec<Said> {
    said::everything(world(), &mut plot.frame.rng(4), plot, FEEDBACK)
}

fn events(plot: &Plot, said: Vec<Said>) -> Vec<(Timestamp, Event)> {
    let anchor = plot.frame.anchor;
    let profiles = people::profiles(&plot.people, &mut plot.frame.rng(3), &plot.frame);
    let visits = visits::visits(world(), &mut plot.frame.rng(5), plot, VISITS);
    let steps = plot.orders.iter().enumerate().flat_map(|(index, order)| {
        order.steps.iter().enumerate().map(move |(step, (at, _))| (*at, Event::Order(index, step)))
    });
    let mut events: Vec<(Timestamp, Event)> =
        profiles.into_iter().map(|(at, index, state)| (at, Event::Profile(index, state))).collect();
    events.extend(steps);
    events.extend(visits.into_iter().map(|visit| (visit.at, Event::Visit(visit))));
    events.extend(said.into_iter().map(|said| (said.at, Event::Said(Box::new(said)))));
    events.retain(|(at, _)| *at < anchor);
    // Stable: what happens at one moment keeps its order.
    events.sort_by_key(|(at, _)| *at);
    events
}

impl Iterator for History<'_> {
    type Item = RawMessage;

    fn next(&mut self) -> Option<RawMessage> {
        if let Some(message) = self.pending.pop_front() {
            return Some(message);
        }
        let (at, event) = self.events.next()?;
        let plot = self.plot;
        let record = match event {
            Event::Profile(index, state) => people::profile(&plot.people, index, state, at),
            Event::Order(index, step) => {
                let order = &plot.orders[index];
                orders::state(world(), &plot.people[order.person], order, order.steps[step])
            }
            Event::Visit(visit) => visits::visit(world(), &plot.people, &visit),
            Event::Said(said) => {
                let id = self.id();
                writer::write(world(), &mut self.rng, plot, &said, id)
            }
        };
        let message = record.message(Kind::New);
        self.recent.push(record);
        let sequel = match self.rng.u32(..10_000) {
            draw if draw < REPEATED => Some(Sequel::Repeat),
            draw if draw < REPEATED + EDITED => Some(Sequel::Edit),
            draw if draw < REPEATED + EDITED + APPENDED => Some(Sequel::Append),
            _ => None,
        };
        if let Some(sequel) = sequel {
            let id = self.id();
            let again = self.recent.again(&mut self.rng, sequel, at, || id);
            self.pending.extend(again);
        }
        Some(message)
    }
}

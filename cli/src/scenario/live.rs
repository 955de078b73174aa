//! The live seconds: the same customers go on, at any pace.

use std::collections::VecDeque;
use std::sync::Arc;

use fastrand::Rng;
use hearken_schemas::feedback::Channel;
use hearken_schemas::topics;
use jiff::Timestamp;

use super::orders::{self, Order, Status};
use super::people::{self, State};
use super::recent::{Recent, Sequel};
use super::record::Record;
use super::time::{days, whole_ms};
use super::world::{weighted, world};
use super::{Kind, Plot, Poison, RawMessage, said, visits, writer};

/// How many orders that reached their customers are kept to be spoken of.
const HAD: usize = 1_024;

/// How many orders may be under way; beyond that no new one comes in.
const UNDER_WAY: usize = 20_000;

/// How often each topic is written to, in a hundred.
const TOPICS: [(&str, u32); 7] = [
    (topics::RAW_REVIEWS, 32),
    (topics::RAW_CHATS, 15),
    (topics::RAW_SOCIAL, 26),
    (topics::RAW_SURVEYS, 6),
    (topics::RAW_ORDERS, 10),
    (topics::RAW_VISITS, 10),
    (topics::RAW_CUSTOMERS, 1),
];

/// What the live stream is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mix {
    /// Decides every draw.
    pub(crate) seed: u64,
    /// Where the stream begins; with the seed it makes source ids that no other run has.
    pub(crate) start: Timestamp,
    /// The part of bad records.
    pub(crate) poison_share: f64,
    /// The part of exact repeats.
    pub(crate) repeat_share: f64,
    /// The part of edits, and as many appends.
    pub(crate) edit_share: f64,
}

impl Mix {
    /// Returns the demo's: half a percent of bad records, one percent of repeats, one of edits.
    pub(crate) fn new(seed: u64, start: Timestamp) -> Self {
        Self { seed, start, poison_share: 0.005, repeat_share: 0.01, edit_share: 0.01 }
    }
}

/// The stream.
#[derive(Debug)]
pub(crate) struct Live {
    plot: Arc<Plot>,
    mix: Mix,
    rng: Rng,
    recent: Recent,
    /// Orders and the step each takes next.
    under_way: Vec<(Arc<Order>, usize)>,
    /// Orders that reached their customers lately.
    had: VecDeque<Arc<Order>>,
    written: u64,
    spoilt: usize,
}

impl Live {
    /// Begins the stream.
    pub(crate) fn new(plot: Arc<Plot>, mix: Mix) -> Self {
        let anchor = plot.frame.anchor;
        let next = |order: &Arc<Order>| order.steps.iter().position(|(at, _)| *at >= anchor);
        let under_way =
            plot.orders.iter().filter_map(|order| next(order).map(|step| (Arc::clone(order), step))).collect();
        let lately = |order: &&Arc<Order>| order.delivered().is_some_and(|at| at < anchor && at > anchor - days(5));
        let had = plot.orders.iter().filter(lately).take(HAD).cloned().collect();
        let rng = Rng::with_seed(mix.seed);
        Self { plot, mix, rng, recent: Recent::default(), under_way, had, written: 0, spoilt: 0 }
    }

    /// Returns the message that is sent at that time; what it tells is said or done then too.
    pub(crate) fn next(&mut self, at: Timestamp) -> RawMessage {
        let Mix { poison_share, repeat_share, edit_share, .. } = self.mix;
        let draw = self.rng.f64();
        if draw < poison_share {
            return self.spoil(at);
        }
        let sequel = match draw - poison_share {
            draw if draw < repeat_share => Some(Sequel::Repeat),
            draw if draw < repeat_share + edit_share => Some(Sequel::Edit),
            draw if draw < repeat_share + 2.0 * edit_share => Some(Sequel::Append),
            _ => None,
        };
        if let Some(sequel) = sequel {
            let id = self.id();
            if let Some(message) = self.recent.again(&mut self.rng, sequel, at, || id) {
                return message;
            }
        }
        let topic = *weighted(&mut self.rng, &TOPICS);
        let record = self.write(topic, at);
        let message = record.message(Kind::New);
        self.recent.push(record);
        message
    }

    /// Sends every hazard in turn, on each topic it can strike.
    fn spoil(&mut self, at: Timestamp) -> RawMessage {
        let poison = Poison::ALL[self.spoilt % Poison::ALL.len()];
        let topics = poison.topics();
        let topic = topics[self.spoilt / Poison::ALL.len() % topics.len()];
        self.spoilt += 1;
        if poison == Poison::SilentEdit {
            let rng = &mut self.rng;
            let reworded = (0..8).find_map(|_| self.recent.any(rng)?.reworded(rng, at));
            if let Some(reworded) = reworded {
                return poison.spoil(reworded, rng, at);
            }
        }
        let record = self.write(topic, at);
        poison.spoil(record, &mut self.rng, at)
    }

    fn id(&mut self) -> String {
        self.written += 1;
        format!("{:x}-{:x}-{:07}", self.mix.start.as_millisecond(), self.mix.seed, self.written)
    }

    fn write(&mut self, topic: &'static str, at: Timestamp) -> Record {
        let id = self.id();
        match topic {
            topics::RAW_CHATS => self.say(Channel::Chat, at, id),
            topics::RAW_SOCIAL => self.say(Channel::Social, at, id),
            topics::RAW_SURVEYS => self.say(Channel::Survey, at, id),
            topics::RAW_ORDERS => self.order(at),
            topics::RAW_VISITS => {
                let visit = visits::browsing(world(), &mut self.rng, &self.plot, (at, id)).swap_remove(0);
                visits::visit(world(), &self.plot.people, &visit)
            }
            topics::RAW_CUSTOMERS => {
                let index = self.rng.usize(people::PLAIN..self.plot.people.len());
                people::profile(&self.plot.people, index, State::Promoted, whole_ms(at))
            }
            _ => self.say(Channel::Review, at, id),
        }
    }

    /// Lets somebody say something, about an order where one has just come.
    fn say(&mut self, channel: Channel, at: Timestamp, id: String) -> Record {
        let likely = match channel {
            Channel::Review | Channel::Chat => 40,
            Channel::Survey => 90,
            Channel::Social => 0,
        };
        let about_order = self.rng.u32(..100) < likely && !self.had.is_empty();
        let said = if about_order {
            let order = Arc::clone(&self.had[self.rng.usize(..self.had.len())]);
            said::of_order(&mut self.rng, &self.plot, &order, channel, at)
        } else {
            said::at_large(world(), &mut self.rng, &self.plot, channel, at)
        };
        writer::write(world(), &mut self.rng, &self.plot, &said, id)
    }

    /// Lets an order take its next status, or somebody order.
    fn order(&mut self, at: Timestamp) -> Record {
        let goes_on = self.under_way.len() >= UNDER_WAY || self.rng.u32(..100) < 68;
        let (order, step) = if goes_on && !self.under_way.is_empty() {
            self.under_way.swap_remove(self.rng.usize(..self.under_way.len()))
        } else {
            let index = self.plot.somebody(&mut self.rng, at).unwrap_or(people::LEAVERS);
            let person = (index, &self.plot.people[index]);
            (Arc::new(orders::order(world(), &mut self.rng, &self.plot.frame, person, at)), 0)
        };
        let (_, status) = order.steps[step];
        if status == Status::Delivered {
            if self.had.len() == HAD {
                self.had.pop_front();
            }
            self.had.push_back(Arc::clone(&order));
        }
        let record = orders::state(world(), &self.plot.people[order.person], &order, (whole_ms(at), status));
        // What is ordered in the live seconds is not packed in them.
        let waits = status == Status::Paid && order.steps[0].0 >= self.plot.frame.anchor;
        if step + 1 < order.steps.len() && !waits {
            self.under_way.push((order, step + 1));
        }
        record
    }
}

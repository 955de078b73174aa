//! Who says what, where and about what: drawn here, put into words by [`super::writer`].

use std::sync::Arc;

use fastrand::Rng;
use hearken_schemas::feedback::Channel;
use jiff::{SignedDuration, Timestamp};

use super::Plot;
use super::orders::Order;
use super::people::LEAVERS;
use super::story::{Story, Tale};
use super::template::{About, pool};
use super::time::{between, days, hours, moment};
use super::world::{Language, Product, Store, World, pick, weighted};

/// How many near-identical posts the burst has, and how many ordinary ones the busy hour it must be told from.
pub(super) const BURST: usize = 120;
pub(super) const BUSY_HOUR: usize = 150;

/// How many days before the burst the busy hour is.
const BUSY_DAYS: i64 = 5;

/// One thing somebody says.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) at: Timestamp,
    pub(super) channel: Channel,
    pub(super) language: Language,
    /// The customer, by index; others are nobody the company knows.
    pub(super) person: Option<usize>,
    /// The order it is about; always the customer's own, and delivered before.
    pub(super) order: Option<Arc<Order>>,
    pub(super) about: About,
    pub(super) product: Option<&'static Product>,
    pub(super) store: &'static Store,
    pub(super) tale: Option<Tale>,
}

impl Said {
    /// Tells the tale if anybody has words for it on that channel and in that language.
    fn tell(mut self, tale: Tale, about: About) -> Self {
        if !pool(self.channel, self.language, Some(tale)).is_empty() {
            (self.tale, self.about) = (Some(tale), about);
        }
        self
    }

    /// Tells whether an account that is days old says it.
    pub(super) fn is_fresh(&self) -> bool {
        self.tale == Some(Tale::Burst)
    }
}

/// Draws something about no order, by anybody.
pub(super) fn at_large(world: &'static World, rng: &mut Rng, plot: &Plot, channel: Channel, at: Timestamp) -> Said {
    let likely = if channel == Channel::Survey { 100 } else { 70 };
    let person = (rng.u32(..100) < likely).then(|| plot.somebody(rng, at)).flatten();
    let (language, store) = match person.map(|index| &plot.people[index]) {
        Some(person) => (person.language, person.store),
        None => {
            let language = world.language(rng);
            (language, *pick(rng, &world.stores_in(language)))
        }
    };
    let about = *weighted(rng, subjects(channel));
    let said = Said { at, channel, language, person, order: None, about, product: None, store, tale: None };
    match about {
        About::App if Story::AppCrash.begun(plot.frame.anchor, at) && rng.u32(..100) < 40 => {
            said.tell(Tale::AppCrash, About::App)
        }
        About::Store if plot.is_rude(store, at) && rng.u32(..100) < 65 => said.tell(Tale::RudeStore, About::Store),
        About::App
        | About::Campaign
        | About::Delivery
        | About::Price
        | About::Product
        | About::Service
        | About::Store => said,
    }
}

/// Returns what a channel's customers speak of, and how often.
fn subjects(channel: Channel) -> &'static [(About, u32)] {
    use About::{App, Campaign, Delivery, Price, Product, Service, Store};
    match channel {
        Channel::Review => &[(Product, 46), (App, 18), (Delivery, 14), (Store, 10), (Service, 6), (Price, 6)],
        Channel::Chat => &[(Service, 28), (Delivery, 25), (Product, 25), (App, 12), (Price, 8), (Store, 2)],
        Channel::Social => {
            &[(Product, 36), (Campaign, 20), (App, 14), (Store, 14), (Service, 6), (Delivery, 6), (Price, 4)]
        }
        Channel::Survey => &[(Product, 30), (Service, 30), (Price, 15), (Store, 15), (App, 10)],
    }
}

/// Draws something about an order that its customer has.
pub(super) fn of_order(rng: &mut Rng, plot: &Plot, order: &Arc<Order>, channel: Channel, at: Timestamp) -> Said {
    let person = &plot.people[order.person];
    let subjects: &[(About, u32)] = match order.store {
        Some(_) => &[(About::Store, 45), (About::Product, 35), (About::Service, 20)],
        None => &[(About::Product, 45), (About::Delivery, 35), (About::Service, 10), (About::Price, 10)],
    };
    let about = *weighted(rng, subjects);
    let said = Said {
        at,
        channel,
        language: person.language,
        person: Some(order.person),
        order: Some(Arc::clone(order)),
        about,
        product: Some(order.product()),
        store: order.store.unwrap_or(person.store),
        tale: None,
    };
    let draw = rng.u32(..100);
    match order.store {
        Some(store) if plot.is_rude(store, at) && draw < 65 => said.tell(Tale::RudeStore, About::Store),
        Some(_) => said,
        None if order.fails && draw < 75 => said.tell(Tale::Courier, About::Delivery),
        None if plot.is_packed_badly(order.product(), at) && draw < 40 => said.tell(Tale::Packaging, About::Delivery),
        None if plot.is_packed_anew(order.product(), at) && draw < 2 => said.tell(Tale::Packaging, About::Delivery),
        None if plot.is_packed_anew(order.product(), at) && draw < 25 => {
            said.tell(Tale::PackagingPraise, About::Delivery)
        }
        None => said,
    }
}

/// Draws everything that is said from the beginning to the anchor, in no order: what the orders lead to, the planned tales, and
/// as much at large as makes `count`.
pub(super) fn everything(world: &'static World, rng: &mut Rng, plot: &Plot, count: usize) -> Vec<Said> {
    let mut said = Vec::with_capacity(count);
    for order in &plot.orders {
        after(rng, plot, order, &mut said);
    }
    leaving(rng, plot, &mut said);
    burst(world, rng, plot, &mut said);
    busy_hour(world, rng, plot, &mut said);
    quarterly(world, rng, plot, &mut said);
    while said.len() < count {
        let channel = *weighted(rng, &[(Channel::Review, 38), (Channel::Chat, 20), (Channel::Social, 42)]);
        let zone = &pick(rng, &world.regions).zone.0;
        let at = moment(rng, zone, plot.frame.begins + hours(2), plot.frame.anchor);
        said.push(at_large(world, rng, plot, channel, at));
    }
    said
}

/// Draws what a customer says of an order after it came: at most once on each channel.
fn after(rng: &mut Rng, plot: &Plot, order: &Arc<Order>, said: &mut Vec<Said>) {
    let Some(delivered) = order.delivered() else { return };
    // The failures of the story move more people to speak.
    let eager = if order.fails || order.store.is_some_and(|store| plot.is_rude(store, delivered)) { 30 } else { 0 };
    for (channel, likely, least, most) in [
        (Channel::Review, 50, hours(2), days(5)),
        (Channel::Chat, 22, hours(1), days(3)),
        (Channel::Survey, 50, hours(25), days(3)),
    ] {
        let at = delivered + between(rng, least, most);
        if rng.u32(..100) < likely + eager && at < plot.frame.anchor {
            said.push(of_order(rng, plot, order, channel, at));
        }
    }
}

/// Those who leave say so twice: to the service desk, and in a review or a survey.
fn leaving(rng: &mut Rng, plot: &Plot, said: &mut Vec<Said>) {
    let begins = Story::Leaving.begins(plot.frame.anchor);
    for index in 0..LEAVERS.min(plot.people.len()) {
        let person = &plot.people[index];
        let first = begins + between(rng, hours(6), days(6));
        let other = if rng.bool() { Channel::Survey } else { Channel::Review };
        for (channel, at) in [(Channel::Chat, first), (other, first + between(rng, days(1), days(5)))] {
            let plain = Said {
                at,
                channel,
                language: person.language,
                person: Some(index),
                order: None,
                about: About::Service,
                product: None,
                store: person.store,
                tale: None,
            };
            said.push(plain.tell(Tale::Leaving, About::Service));
        }
    }
}

/// Nearly the same words within six minutes of one evening.
fn burst(world: &'static World, rng: &mut Rng, plot: &Plot, said: &mut Vec<Said>) {
    let begins = Story::Burst.begins(plot.frame.anchor);
    let product = world.scene(Story::Burst).product.as_deref().and_then(|id| world.product(id));
    let language = Language::SimplifiedChinese;
    let stores = world.stores_in(language);
    for _ in 0..BURST {
        let at = begins + between(rng, SignedDuration::ZERO, SignedDuration::from_mins(6));
        let store = *pick(rng, &stores);
        let about = About::Product;
        let plain = Said {
            at,
            channel: Channel::Social,
            language,
            person: None,
            order: None,
            about,
            product,
            store,
            tale: None,
        };
        said.push(plain.tell(Tale::Burst, about));
    }
}

/// As many ordinary posts as a campaign brings in its first hour.
fn busy_hour(world: &'static World, rng: &mut Rng, plot: &Plot, said: &mut Vec<Said>) {
    let begins = busy_begins(plot);
    for _ in 0..BUSY_HOUR {
        let at = begins + between(rng, SignedDuration::ZERO, hours(1));
        said.push(at_large(world, rng, plot, Channel::Social, at));
    }
}

/// Returns when the busy hour begins.
pub(super) fn busy_begins(plot: &Plot) -> Timestamp {
    Story::Burst.begins(plot.frame.anchor) - days(BUSY_DAYS)
}

/// Every third customer answers the survey about the relationship, in the fifth week.
fn quarterly(world: &'static World, rng: &mut Rng, plot: &Plot, said: &mut Vec<Said>) {
    for _ in 0..plot.people.len() / 3 {
        let at = plot.frame.begins + days(30) + between(rng, hours(1), days(7));
        said.push(at_large(world, rng, plot, Channel::Survey, at));
    }
}

//! The retailer's customers and their profiles as the CRM sends them.

use fastrand::Rng;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::personal;
use super::story::Story;
use super::time::{between, days, hours, moment, whole_ms};
use super::world::{Language, Region, Source, Store, World, pick, weighted};
use super::{Frame, record::Record};
use hearken_schemas::feedback::Channel;
use hearken_schemas::topics;

/// How many valued customers leave.
pub(super) const LEAVERS: usize = 14;

/// How many pairs of profiles turn out to be one person.
const MERGED: usize = 12;

/// How many of those turn out to be two after all.
const UNMERGED: usize = 2;

/// From here on customers neither leave nor merge.
pub(super) const PLAIN: usize = LEAVERS + 2 * MERGED;

/// The company's own words for what a customer is worth to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Segment {
    New,
    Regular,
    Valued,
    Vip,
}

impl Segment {
    /// Returns the name the CRM uses.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Regular => "regular",
            Self::Valued => "valued",
            Self::Vip => "vip",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::New => Self::Regular,
            Self::Regular => Self::Valued,
            Self::Valued | Self::Vip => Self::Vip,
        }
    }
}

/// A customer.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) name: &'static str,
    pub(super) language: Language,
    /// The store near home.
    pub(super) store: &'static Store,
    pub(super) region: &'static Region,
    pub(super) segment: Segment,
    pub(super) consent: bool,
    /// The network the customer posts on, and under which name.
    pub(super) network: &'static Source,
    pub(super) handle: String,
    /// Since when the company knows the customer.
    pub(super) known_since: Timestamp,
    /// Whether the customer leaves; see [`Story::Leaving`].
    pub(super) leaves: bool,
    phone: Option<String>,
}

/// A profile as it is at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// As the customer was first known.
    First,
    /// After the next segment was reached, or the highest one confirmed.
    Promoted,
    /// Found to be the same person as that other one.
    Merged(usize),
    /// Found to be two persons after all.
    Unmerged,
}

/// Draws the customers; those who leave come first.
pub(super) fn people(world: &'static World, rng: &mut Rng, frame: &Frame, count: usize) -> Vec<Person> {
    (0..count).map(|index| person(world, rng, frame, index)).collect()
}

fn person(world: &'static World, rng: &mut Rng, frame: &Frame, index: usize) -> Person {
    let leaves = index < LEAVERS;
    let region = world.scene(Story::Leaving).region.as_ref().filter(|_| leaves);
    let stores: Vec<&'static Store> = match region {
        Some(region) => world.stores.iter().filter(|store| store.region == *region).collect(),
        None => world.stores_in(world.language(rng)),
    };
    let store = *pick(rng, &stores);
    let language = store.language;
    let voice = world.voice(language);
    let posts = |source: &&Source| source.channel == Channel::Social && source.languages.contains(&language);
    let networks: Vec<&'static Source> = world.sources.iter().filter(posts).collect();
    let segments = [
        (Segment::New, 24),
        (Segment::Regular, 50),
        (Segment::Valued, 18),
        (Segment::Vip, if leaves { 40 } else { 8 }),
    ];
    let drawn = *weighted(rng, if leaves { &segments[2..] } else { &segments[..] });
    let late = index >= PLAIN && drawn == Segment::New && rng.u32(..100) < 60;
    let region = world.region_of(store);
    let known_since = if late {
        moment(rng, &region.zone.0, frame.begins, frame.anchor - days(3))
    } else {
        frame.begins + between(rng, hours(0), hours(1))
    };
    Person {
        id: format!("C{}", 100_000 + index),
        name: pick(rng, &voice.names).as_str(),
        language,
        store,
        region,
        segment: drawn,
        consent: rng.u32(..100) < 70,
        network: networks[rng.usize(..networks.len())],
        handle: format!("{}{}", pick(rng, &voice.handles), 1_000 + index),
        known_since: whole_ms(known_since),
        leaves,
        phone: rng.bool().then(|| personal::phone(rng, language)),
    }
}

/// Returns every state of every profile with its time and customer, in no order.
pub(super) fn profiles(people: &[Person], rng: &mut Rng, frame: &Frame) -> Vec<(Timestamp, usize, State)> {
    let mut states: Vec<_> =
        people.iter().enumerate().map(|(index, person)| (person.known_since, index, State::First)).collect();
    let later = |rng: &mut Rng, index: usize| {
        let from = people[index].known_since + days(1);
        (whole_ms(moment(rng, &people[index].region.zone.0, from, frame.anchor)), index)
    };
    for _ in 0..people.len() / 9 {
        let index = rng.usize(PLAIN..people.len());
        let (at, index) = later(rng, index);
        states.push((at, index, State::Promoted));
    }
    let middle = frame.begins + days(30);
    for pair in 0..MERGED {
        let first = LEAVERS + 2 * pair;
        let at = middle + hours(pair as i64);
        states.push((at, first, State::Merged(first + 1)));
        if pair < UNMERGED {
            states.push((at + days(14), first, State::Unmerged));
        }
    }
    states
}

/// Writes a profile.
pub(super) fn profile(people: &[Person], index: usize, state: State, at: Timestamp) -> Record {
    let person = &people[index];
    let segment = if state == State::Promoted { person.segment.next() } else { person.segment };
    let mut aliases = vec![json!({"type": "handle", "value": person.handle, "source": person.network.name})];
    if let Some(phone) = &person.phone {
        aliases.push(json!({"type": "phone", "value": phone}));
    }
    if let State::Merged(other) = state {
        aliases.push(json!({"type": "customer_id", "value": people[other].id, "source": "crm"}));
    }
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("source", "crm".into());
    set("customer_id", person.id.as_str().into());
    set("id_namespace", "crm".into());
    set("name", person.name.into());
    set("segment", segment.as_str().into());
    set("region", person.region.id.as_str().into());
    set("owner", format!("manager-{}", person.region.id).into());
    set("aliases", aliases.into());
    set("consent", json!({"contact": person.consent}));
    set("status", "active".into());
    set("updated_at", at.to_string().into());
    set("attributes", json!({"home_store": person.store.id, "country": person.region.country}));
    Record::operation(topics::RAW_CUSTOMERS, format!("crm/{}", person.id), at, body)
}

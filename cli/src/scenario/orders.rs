//! What customers order, and how it reaches them.

use std::sync::Arc;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::people::{Person, Segment};
use super::record::Record;
use super::story::Story;
use super::time::{between, days, hours, moment, whole_ms};
use super::world::{Product, Store, World, pick};
use super::{Frame, personal};
use hearken_schemas::topics;

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Created,
    Paid,
    Shipped,
    Delivered,
    Refunded,
    Cancelled,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Paid => "paid",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Refunded => "refunded",
            Self::Cancelled => "cancelled",
        }
    }
}

/// An order with everything that becomes of it.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) id: String,
    /// The customer, by index.
    pub(super) person: usize,
    /// The store it was bought in; online there is none.
    pub(super) store: Option<&'static Store>,
    /// Who brings it; in a store nobody.
    pub(super) courier: Option<&'static str>,
    pub(super) items: Vec<(&'static Product, u32)>,
    /// When it takes each status; the first is when it was ordered.
    pub(super) steps: Vec<(Timestamp, Status)>,
    /// Whether the courier of the story fails with it.
    pub(super) fails: bool,
}

impl Order {
    /// Returns what feedback about it is about.
    pub(super) fn product(&self) -> &'static Product {
        self.items[0].0
    }

    /// Returns when the customer had it.
    pub(super) fn delivered(&self) -> Option<Timestamp> {
        self.steps.iter().find(|(_, status)| *status == Status::Delivered).map(|(at, _)| *at)
    }

    /// Returns what was paid, in the region's currency.
    pub(super) fn amount(&self, region: &str) -> f64 {
        self.items.iter().map(|item| line(*item, region)).sum()
    }
}

fn line((product, quantity): (&Product, u32), region: &str) -> f64 {
    let (_, factor) = currency(region);
    (price(product) * factor * 100.0).round() / 100.0 * f64::from(quantity)
}

/// Returns a product's price in yuan: it follows from the number in its id, as good as any other.
fn price(product: &Product) -> f64 {
    let digits: String = product.id.chars().filter(char::is_ascii_digit).collect();
    99.0 + 2.0 * digits.parse::<f64>().unwrap_or_default()
}

/// Returns what a region pays in, and how much of it a yuan is.
fn currency(region: &str) -> (&'static str, f64) {
    match region {
        "islands" => ("JPY", 20.0),
        "coast" => ("EUR", 0.13),
        _ => ("CNY", 1.0),
    }
}

/// Draws what all customers order from the beginning to the anchor, oldest first; what is under way then goes on after it.
pub(super) fn orders(world: &'static World, rng: &mut Rng, frame: &Frame, people: &[Person]) -> Vec<Arc<Order>> {
    let mut orders = Vec::new();
    for (index, person) in people.iter().enumerate() {
        for at in times(rng, frame, person) {
            orders.push(Arc::new(order(world, rng, frame, (index, person), at)));
        }
    }
    orders.sort_by_key(|order| order.steps[0].0);
    orders
}

fn times(rng: &mut Rng, frame: &Frame, person: &Person) -> Vec<Timestamp> {
    if person.leaves {
        // About one a week, and none in the weeks in which the customer says good-bye.
        let last = Story::Leaving.begins(frame.anchor) - days(2);
        let weeks = (0..).map(|week| frame.begins + days(7 * week) + between(rng, days(1), days(5)));
        return weeks.take_while(|at| *at < last).collect();
    }
    let (least, most) = match person.segment {
        Segment::New => (0, 1),
        Segment::Regular => (0, 2),
        Segment::Valued => (1, 5),
        Segment::Vip => (3, 8),
    };
    let from = person.known_since + hours(1);
    let zone = &person.region.zone.0;
    let mut times: Vec<Timestamp> =
        (0..rng.usize(least..=most)).map(|_| moment(rng, zone, from, frame.anchor)).collect();
    // Who buys much and stays has bought lately: only so does it stand out that somebody leaves.
    if let (Segment::Valued | Segment::Vip, Some(latest)) = (person.segment, times.first_mut()) {
        *latest = moment(rng, zone, from.max(frame.anchor - days(10)), frame.anchor);
    }
    times
}

/// Draws one order.
pub(super) fn order(
    world: &'static World,
    rng: &mut Rng,
    frame: &Frame,
    (index, person): (usize, &Person),
    at: Timestamp,
) -> Order {
    let store = (!person.leaves && rng.u32(..100) < 38).then_some(person.store);
    let courier = store.is_none().then(|| pick(rng, &person.region.couriers).as_str());
    let goods = world.goods(true);
    let hero = world.scene(Story::Packaging).product.as_deref().and_then(|id| world.product(id));
    let most = if person.leaves || rng.u32(..4) == 0 { 2 } else { 1 };
    let mut items: Vec<(&'static Product, u32)> = Vec::new();
    for _ in 0..most {
        let product = match hero {
            Some(hero) if rng.u32(..6) == 0 => hero,
            Some(_) | None => *pick(rng, &goods),
        };
        if !items.iter().any(|(other, _)| other.id == product.id) {
            items.push((product, rng.u32(1..=most)));
        }
    }
    let scene = world.scene(Story::Courier);
    let here = scene.region.as_deref() == Some(&*person.region.id) && scene.courier.as_deref() == courier;
    let fails = courier.is_some() && here && Story::Courier.begun(frame.anchor, at + days(2));
    let steps = if courier.is_some() { steps(rng, at, fails) } else { vec![(whole_ms(at), Status::Delivered)] };
    Order { id: personal::order(rng), person: index, store, courier, items, steps, fails }
}

fn steps(rng: &mut Rng, at: Timestamp, fails: bool) -> Vec<(Timestamp, Status)> {
    let minutes = SignedDuration::from_mins;
    let mut steps = vec![(whole_ms(at), Status::Created)];
    let mut then = |rng: &mut Rng, least, most, status| {
        let (last, _) = steps[steps.len() - 1];
        steps.push((whole_ms(last + between(rng, least, most)), status));
    };
    if rng.u32(..100) < 4 {
        then(rng, minutes(5), hours(20), Status::Cancelled);
        return steps;
    }
    then(rng, minutes(1), minutes(15), Status::Paid);
    then(rng, hours(4), hours(24), Status::Shipped);
    let (least, most) = if fails { (hours(90), hours(150)) } else { (hours(18), hours(50)) };
    then(rng, least, most, Status::Delivered);
    if rng.u32(..100) < if fails { 20 } else { 5 } {
        then(rng, hours(12), hours(96), Status::Refunded);
    }
    steps
}

/// Writes an order that takes a status at that time.
pub(super) fn state(world: &World, person: &Person, order: &Order, (at, status): (Timestamp, Status)) -> Record {
    let region = &*person.region.id;
    let (currency, _) = currency(region);
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("source", "shop".into());
    set("order_id", order.id.as_str().into());
    set("customer_id", person.id.as_str().into());
    set("id_namespace", "crm".into());
    set("status", status.as_str().into());
    set("occurred_at", order.steps[0].0.to_string().into());
    set("updated_at", at.to_string().into());
    set("amount", order.amount(region).into());
    set("currency", currency.into());
    set("brand", world.brand_of(order.product()).id.as_str().into());
    set("region", region.into());
    let item = |item: &(&'static Product, u32)| json!({"product_id": item.0.id, "quantity": item.1, "amount": line(*item, region)});
    set("items", order.items.iter().map(item).collect());
    if let Some(store) = order.store {
        set("store_id", store.id.as_str().into());
    }
    if let Some(courier) = order.courier {
        set("attributes", json!({"courier": courier}));
    }
    Record::operation(topics::RAW_ORDERS, person.id.clone(), at, body)
}

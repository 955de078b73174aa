//! What visitors do on the site, and what leads to orders.

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::orders::Order;
use super::people::Person;
use super::record::Record;
use super::time::{between, moment, whole_ms};
use super::world::{Product, World, pick, weighted};
use super::{Frame, Plot};
use hearken_schemas::topics;

/// What a visitor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    View,
    Bounce,
    AddToCart,
    Form,
}

impl Event {
    fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Bounce => "bounce",
            Self::AddToCart => "add_to_cart",
            Self::Form => "form",
        }
    }
}

/// One event of a visit.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) at: Timestamp,
    id: String,
    /// The customer, by index, where one is logged in.
    person: Option<usize>,
    visitor: u32,
    event: Event,
    product: Option<&'static Product>,
    dwell_ms: u64,
    campaign: Option<&'static str>,
}

/// Draws every event from the beginning to the anchor: what led to the online orders, and as many others as make `count`.
pub(super) fn visits(world: &'static World, rng: &mut Rng, plot: &Plot, count: usize) -> Vec<Visit> {
    let mut visits = Vec::with_capacity(count);
    for order in plot.orders.iter().filter(|order| order.courier.is_some()) {
        visits.extend(before(rng, order, format!("V{}", order.id)));
    }
    let Frame { begins, anchor, .. } = plot.frame;
    let mut session = 0;
    while visits.len() < count {
        session += 1;
        let zone = &pick(rng, &world.regions).zone.0;
        let at = moment(rng, zone, begins, anchor);
        visits.extend(browsing(world, rng, plot, (at, format!("S{session:06}"))));
    }
    visits
}

/// Returns what its customer did just before an order.
fn before(rng: &mut Rng, order: &Order, id: String) -> [Visit; 2] {
    let (ordered, _) = order.steps[0];
    let added = ordered - between(rng, SignedDuration::from_secs(40), SignedDuration::from_mins(6));
    let viewed = added - between(rng, SignedDuration::from_secs(20), SignedDuration::from_mins(9));
    let view = Visit {
        at: whole_ms(viewed),
        id,
        person: Some(order.person),
        visitor: rng.u32(..),
        event: Event::View,
        product: Some(order.product()),
        dwell_ms: rng.u64(8_000..400_000),
        campaign: None,
    };
    let cart = Visit { at: whole_ms(added), event: Event::AddToCart, dwell_ms: 0, ..view.clone() };
    [view, cart]
}

/// Draws one visit that leads to nothing yet, of one to three events.
pub(super) fn browsing(world: &'static World, rng: &mut Rng, plot: &Plot, (at, id): (Timestamp, String)) -> Vec<Visit> {
    let known = rng.bool().then(|| plot.somebody(rng, at)).flatten();
    let first = *weighted(rng, &[(Event::View, 66), (Event::Bounce, 30), (Event::Form, 4)]);
    let product = (first != Event::Form).then(|| *pick(rng, &world.goods(true)));
    let campaign = (rng.u32(..5) == 0).then(|| pick(rng, &world.campaigns).as_str());
    let dwell_ms = if first == Event::Bounce { rng.u64(300..4_000) } else { rng.u64(5_000..240_000) };
    let visit =
        Visit { at: whole_ms(at), id, person: known, visitor: rng.u32(..), event: first, product, dwell_ms, campaign };
    let more = if first == Event::View { rng.u64(..3) } else { 0 };
    let later = |step: u64, rng: &mut Rng| Visit {
        at: visit.at + SignedDuration::from_millis((step * visit.dwell_ms) as i64),
        product: Some(*pick(rng, &world.goods(true))),
        dwell_ms: rng.u64(5_000..240_000),
        event: if step == 2 && rng.u32(..4) == 0 { Event::AddToCart } else { Event::View },
        ..visit.clone()
    };
    let rest: Vec<Visit> = (1..=more).map(|step| later(step, rng)).collect();
    std::iter::once(visit.clone()).chain(rest).collect()
}

/// Writes an event.
pub(super) fn visit(world: &World, people: &[Person], visit: &Visit) -> Record {
    let person = visit.person.map(|index| &people[index]);
    let visitor = format!("{:08x}", visit.visitor);
    let page = match (visit.event, visit.product) {
        (Event::Form, _) | (_, None) => "/contact".to_owned(),
        (Event::AddToCart, Some(_)) => "/cart".to_owned(),
        (Event::View | Event::Bounce, Some(product)) => format!("/p/{}", product.id),
    };
    let touchpoint = match visit.event {
        Event::View | Event::Bounce => "product page",
        Event::AddToCart => "cart",
        Event::Form => "website",
    };
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("source", "website".into());
    set("visit_id", visit.id.as_str().into());
    set("visitor_id", visitor.as_str().into());
    set("occurred_at", visit.at.as_millisecond().into());
    set("event", visit.event.as_str().into());
    set("page", page.into());
    set("dwell_ms", visit.dwell_ms.into());
    set("touchpoint", touchpoint.into());
    if let Some(person) = person {
        set("customer_id", person.id.as_str().into());
        set("id_namespace", "crm".into());
    }
    if let Some(campaign) = visit.campaign {
        set("campaign", campaign.into());
    }
    if let Some(product) = visit.product {
        set("product_id", product.id.as_str().into());
        set("brand", world.brand_of(product).id.as_str().into());
    }
    let key = person.map_or(visitor, |person| person.id.clone());
    Record::operation(topics::RAW_VISITS, key, visit.at, body)
}

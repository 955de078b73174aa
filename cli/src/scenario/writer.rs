//! The writer of feedback: finds words for what is said, and fills them.

use fastrand::Rng;
use hearken_schemas::feedback::Channel;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::casting;
use super::people::Person;
use super::record::{Origin, Record, topic, turn};
use super::said::Said;
use super::story::{Story, Tale};
use super::survey::{self, Asked};
use super::template::{About, Mood, Piece, Slot, Template, Text, Turn};
use super::time::written;
use super::world::{Product, Source, Voice, World, pick};
use super::{Plot, personal};

/// How long a chat rests between two turns.
const BETWEEN_TURNS: SignedDuration = SignedDuration::from_secs(20);

/// Puts into words what is said.
pub(super) fn write(world: &'static World, rng: &mut Rng, plot: &Plot, said: &Said, source_id: String) -> Record {
    let cast = Cast::draw(world, rng, plot, said);
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("source", cast.source.name.as_str().into());
    set("source_id", source_id.as_str().into());
    set("occurred_at", written(said.at, cast.source));
    if !cast.source.naive && (said.channel == Channel::Review || rng.u32(..4) == 0) {
        set("language_hint", cast.template.language.tag().into());
    }
    let known = cast.customer(rng, &mut body);
    cast.context(rng, plot, &mut body);
    let key = match said.channel {
        Channel::Review => {
            cast.review(rng, &mut body);
            known
        }
        Channel::Chat => {
            cast.chat(rng, &mut body);
            None
        }
        Channel::Social => Some(cast.post(rng, &mut body)),
        Channel::Survey => {
            cast.survey(rng, &mut body);
            known
        }
    };
    let key = key.unwrap_or_else(|| source_id.clone());
    let origin = Some(Origin { channel: said.channel, source: cast.source, voice: cast.voice });
    Record { topic: topic(said.channel), key, id: source_id, revision: 0, sent_at: said.at, origin, body }
}

/// What one message speaks of, the same wherever it is mentioned.
struct Cast<'a> {
    world: &'static World,
    said: &'a Said,
    person: Option<&'a Person>,
    template: &'static Template,
    about: About,
    source: &'static Source,
    product: &'static Product,
    voice: &'static Voice,
    agent: &'static String,
    name: &'static str,
    courier: &'a str,
    order: String,
}

impl<'a> Cast<'a> {
    fn draw(world: &'static World, rng: &mut Rng, plot: &'a Plot, said: &'a Said) -> Self {
        let person = said.person.map(|index| &plot.people[index]);
        let template = casting::words(rng, said);
        let source = casting::source(world, rng, said, template, person);
        let voice = world.voice(template.language);
        let app = template.about == About::App;
        let named = template.product.as_deref().or(app.then_some(&world.app)).and_then(|id| world.product(id));
        let goods = world.goods(template.brand.is_none());
        let product = named.or(said.product).unwrap_or_else(|| *pick(rng, &goods));
        let couriers = &world.region_of(said.store).couriers;
        let ordered = said.order.as_deref();
        Self {
            world,
            said,
            person,
            template,
            about: template.about,
            source,
            product,
            voice,
            agent: pick(rng, &voice.agents),
            name: person.map_or_else(|| pick(rng, &voice.names).as_str(), |person| person.name),
            courier: ordered.and_then(|order| order.courier).unwrap_or_else(|| pick(rng, couriers).as_str()),
            order: ordered.map_or_else(|| personal::order(rng), |order| order.id.clone()),
        }
    }

    /// Writes who speaks and returns the id where the company knows it: marketplaces mask it, and sometimes it is nobody, or what
    /// a channel sends for nobody.
    fn customer(&self, rng: &mut Rng, body: &mut Map<String, Value>) -> Option<String> {
        let mut set = |name: &str, value: &str| body.insert(name.to_owned(), value.into());
        if self.said.channel == Channel::Social || self.source.of_app {
            return None;
        }
        if !self.source.is_own() {
            if rng.u32(..100) < 60 {
                let first: String = self.name.chars().take(1).collect();
                set("customer_id", &format!("{first}***{}", rng.u32(..10)));
            }
            return None;
        }
        let named = self.template.mentions(Slot::Name);
        if named || self.person.is_some() && rng.u32(..4) == 0 {
            set("customer_name", self.name);
        }
        let told = self.said.order.is_some() || self.said.tale == Some(Tale::Leaving) || rng.u32(..100) < 95;
        match self.person.filter(|_| told) {
            Some(person) => {
                set("customer_id", &person.id);
                set("id_namespace", "crm");
                Some(person.id.clone())
            }
            None => {
                if rng.u32(..4) == 0 {
                    set("customer_id", ["anonymous", "匿名用户", "guest-checkout"][rng.usize(..3)]);
                }
                None
            }
        }
    }

    /// Writes what the message is about: brand, product, order, store, campaign, touchpoint, region, and what its channel adds.
    fn context(&self, rng: &mut Rng, plot: &Plot, body: &mut Map<String, Value>) {
        let about = self.about;
        let mut set = |name: &str, value: &str| body.insert(name.to_owned(), value.into());
        let brand = self.world.brand_of(self.product);
        let spelt = !self.source.is_own() && rng.u32(..4) == 0;
        set("brand", if spelt { &brand.names[&self.template.language] } else { &brand.id });
        if !self.source.naive {
            set("region", &self.said.store.region);
            set("touchpoint", self.touchpoint(rng));
        }
        let ordered = self.said.order.as_deref();
        let of_goods = matches!(about, About::App | About::Product | About::Delivery | About::Price);
        if of_goods || ordered.is_some() || self.template.mentions(Slot::Product) {
            set("product_id", &self.product.id);
        }
        if let Some(order) = ordered {
            set("order_id", &order.id);
        }
        if about == About::Store || ordered.is_some_and(|order| order.store.is_some()) {
            set("store_id", &self.said.store.id);
        }
        if about == About::Campaign {
            let campaign: &String = pick(rng, &self.world.campaigns);
            set("campaign", campaign);
        }
        if let Some(attributes) = self.attributes(rng, plot) {
            body.insert("attributes".to_owned(), attributes);
        }
    }

    fn attributes(&self, rng: &mut Rng, plot: &Plot) -> Option<Value> {
        let Self { said, world, .. } = self;
        if self.about == About::App {
            let crashes = said.tale == Some(Tale::AppCrash);
            let updated = crashes || Story::AppCrash.begun(plot.frame.anchor, said.at) && rng.bool();
            let version = if updated { &world.release.broken } else { &world.release.before };
            let os = if crashes || rng.bool() { "android" } else { "ios" };
            return Some(json!({"app_version": version, "os": os}));
        }
        if said.channel == Channel::Social {
            let days = if said.is_fresh() { rng.u32(..4) } else { rng.u32(30..3_000) };
            return Some(json!({"account_age_days": days.to_string()}));
        }
        let courier = said.order.as_deref()?.courier?;
        Some(json!({"courier": courier}))
    }

    /// Returns where in the journey it was said, in words that ingest's table of touchpoints knows.
    fn touchpoint(&self, rng: &mut Rng) -> &'static str {
        match (self.about, self.said.channel, self.template.mood) {
            (About::App, ..) => "app",
            (About::Campaign, ..) => pick::<&str>(rng, &["advertisement", "short_video", "live_stream"]),
            (About::Delivery, ..) => "delivery",
            (About::Price, ..) => "price comparison",
            (About::Product, Channel::Chat, Mood::Neutral) => "pre_sales_chat",
            (About::Product, Channel::Social, Mood::Positive) => "recommendation",
            (About::Product, ..) => "product",
            (About::Service, ..) => "customer_service",
            (About::Store, ..) => "store",
        }
    }

    /// Writes a review; one in twelve is stars alone.
    fn review(&self, rng: &mut Rng, body: &mut Map<String, Value>) {
        let stars = match self.template.mood {
            Mood::Positive => rng.u8(4..=5),
            Mood::Negative => rng.u8(1..=2),
            Mood::Mixed => rng.u8(2..=4),
            Mood::Neutral => 3,
        };
        let scale_max = self.source.scale_max;
        body.insert("rating".to_owned(), json!({"value": stars * (scale_max / 5), "scale_max": scale_max}));
        body.insert("likes".to_owned(), few(rng).into());
        if self.template.story.is_none() && rng.u32(..12) == 0 {
            return;
        }
        for (name, text) in [("title", &self.template.title), ("text", &self.template.text)] {
            if let Some(text) = text {
                body.insert(name.to_owned(), self.fill(rng, text).into());
            }
        }
        if rng.u32(..10) == 0 {
            let url = format!("https://pictures.example/{:08x}.jpg", rng.u32(..));
            body.insert("media".to_owned(), json!([{"kind": "image", "url": url}]));
        }
    }

    /// Writes a chat, which is sent as it ends.
    fn chat(&self, rng: &mut Rng, body: &mut Map<String, Value>) {
        let turns = &self.template.turns;
        let said = turns.iter().zip((0..turns.len()).rev()).map(|(said, before_end)| {
            let at: Timestamp = self.said.at - BETWEEN_TURNS * i32::try_from(before_end).unwrap_or_default();
            turn(at, self.source, said.role(), &self.fill(rng, said.text()))
        });
        body.insert("turns".to_owned(), said.collect());
        if turns.iter().any(|turn| matches!(turn, Turn::Agent(_))) {
            body.insert("agent_id".to_owned(), format!("agent-{}", self.agent).into());
            body.insert("agent_name".to_owned(), self.agent.as_str().into());
        }
        body.insert("resolved".to_owned(), (self.template.mood != Mood::Negative).into());
    }

    /// Writes a social post and returns its author's handle.
    fn post(&self, rng: &mut Rng, body: &mut Map<String, Value>) -> String {
        if let Some(text) = &self.template.text {
            body.insert("text".to_owned(), self.fill(rng, text).into());
        }
        let handle = match self.person.filter(|person| person.network.name == self.source.name) {
            Some(person) => person.handle.clone(),
            None => format!("{}_{}", pick(rng, &self.voice.handles), rng.u32(10..100_000)),
        };
        let url = format!("https://{}.example/p/{:010x}", self.source.name, rng.u64(..1 << 40));
        body.insert("url".to_owned(), url.into());
        body.insert("likes".to_owned(), few(rng).into());
        body.insert("reposts".to_owned(), few(rng).into());
        body.insert("author_handle".to_owned(), handle.as_str().into());
        handle
    }

    /// Writes a response to a survey; every fourth leaves the open question empty.
    fn survey(&self, rng: &mut Rng, body: &mut Map<String, Value>) {
        let says = self.template.story.is_some() || rng.u32(..4) > 0;
        let text = self.template.text.as_ref().filter(|_| says).map(|text| self.fill(rng, text));
        let transactional = self.said.order.is_some();
        let asked = Asked { source: self.source, at: self.said.at, mood: self.template.mood, text, transactional };
        survey::answer(rng, &asked, body);
    }

    fn fill(&self, rng: &mut Rng, text: &Text) -> String {
        let mut filled = String::new();
        for piece in &text.0 {
            match piece {
                Piece::Words(words) => filled.push_str(words),
                Piece::Slot(slot) => filled.push_str(&self.slot(rng, *slot)),
            }
        }
        filled
    }

    fn slot(&self, rng: &mut Rng, slot: Slot) -> String {
        let language = self.template.language;
        let brand_name =
            |own: bool| self.world.brands.iter().find(|brand| brand.own == own).map(|brand| &brand.names[&language]);
        match slot {
            Slot::Agent => self.agent.to_owned(),
            Slot::Brand => self.world.brand_of(self.product).names[&language].clone(),
            Slot::Card => personal::card(rng),
            Slot::City => self.said.store.city.clone(),
            Slot::Competitor => brand_name(false).cloned().unwrap_or_default(),
            Slot::Courier => self.courier.to_owned(),
            Slot::Email => personal::email(rng),
            Slot::IdNumber => personal::id_number(rng),
            Slot::Name => self.name.to_owned(),
            Slot::Number => rng.u32(2..10).to_string(),
            Slot::Order => self.order.clone(),
            Slot::Phone => personal::phone(rng, language),
            Slot::Price => rng.u32(19..400).to_string(),
            Slot::Product => self.product.names[&language].clone(),
            Slot::Store => self.said.store.name.clone(),
            Slot::Version => self.world.release.broken.clone(),
        }
    }
}

/// Draws a count that is mostly small and sometimes large.
fn few(rng: &mut Rng) -> u64 {
    let draw = rng.f64();
    (draw * draw * draw * 40.0) as u64
}

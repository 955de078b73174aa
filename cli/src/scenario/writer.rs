//! The writer of good records: draws a template and what it speaks of, and fills it.

use fastrand::Rng;
use hearken_schemas::feedback::Channel;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::personal;
use super::record::{Record, time, turn};
use super::template::{About, Mood, Piece, Slot, Template, Text, Turn, pool};
use super::world::{Language, Product, Source, Store, Voice, World, pick};

/// How long a chat rests between two turns.
const BETWEEN_TURNS: SignedDuration = SignedDuration::from_secs(20);

/// Customers of the company in each language.
const CUSTOMERS: u32 = 5_000;

/// What is asked of the writer.
pub(super) struct Brief {
    pub(super) at: Timestamp,
    pub(super) source_id: String,
    /// Whether the release that crashes is out.
    pub(super) released: bool,
    /// Whether this record tells of it.
    pub(super) story: bool,
}

/// Draws and writes one record.
pub(super) fn write(world: &'static World, rng: &mut Rng, brief: Brief) -> Record {
    let language = world.language(rng);
    let channel = match rng.u32(..100) {
        0..45 => Channel::Review,
        45..65 => Channel::Chat,
        _ => Channel::Social,
    };
    let template = pick(rng, pool(channel, language, brief.story));
    let cast = Cast::draw(world, rng, channel, template);
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("source", cast.source.name.as_str().into());
    set("source_id", brief.source_id.as_str().into());
    set("occurred_at", time(brief.at, cast.source));
    let known = customer(rng, language, &mut body);
    if channel == Channel::Review || rng.u32(..4) == 0 {
        body.insert("language_hint".to_owned(), language.tag().into());
    }
    cast.context(world, rng, &brief, &mut body);
    let key = match channel {
        Channel::Review => {
            cast.review(rng, &mut body);
            known
        }
        Channel::Chat => {
            cast.chat(rng, &mut body, brief.at);
            None
        }
        Channel::Social => Some(cast.post(rng, &mut body)),
    };
    let key = key.unwrap_or_else(|| brief.source_id.clone());
    let Cast { source, voice, .. } = cast;
    Record { channel, key, source, source_id: brief.source_id, revision: 0, sent_at: brief.at, voice, body }
}

/// What one message speaks of, the same wherever it is mentioned.
struct Cast {
    template: &'static Template,
    source: &'static Source,
    product: &'static Product,
    store: &'static Store,
    voice: &'static Voice,
    brand: &'static str,
    brand_name: &'static str,
    agent: &'static String,
    order: String,
    version: &'static str,
}

impl Cast {
    fn draw(world: &'static World, rng: &mut Rng, channel: Channel, template: &'static Template) -> Self {
        let about_app = template.about == About::App;
        let fits = |source: &&Source| {
            source.channel == channel
                && source.languages.contains(&template.language)
                && source.of_app == (about_app && channel == Channel::Review)
        };
        let sources: Vec<&'static Source> = world.sources.iter().filter(fits).collect();
        let stores: Vec<&'static Store> =
            world.stores.iter().filter(|store| store.language == template.language).collect();
        let (app, goods): (Vec<&Product>, Vec<&Product>) =
            world.products.iter().partition(|product| product.id == world.app);
        let named = template.product.as_deref().and_then(|id| world.product(id));
        let product = named.unwrap_or_else(|| *pick(rng, if about_app { &app } else { &goods }));
        let voice = world.voice(template.language);
        let brand = world.brand_of(product);
        Self {
            template,
            source: *pick(rng, &sources),
            product,
            store: *pick(rng, &stores),
            voice,
            brand: brand.map_or("", |brand| &brand.id),
            brand_name: brand.map_or("", |brand| &brand.names[&template.language]),
            agent: pick(rng, &voice.agents),
            order: personal::order(rng),
            version: &world.release.broken,
        }
    }

    /// Writes what the message is about: brand, product, order, store, campaign, touchpoint, region, app version.
    fn context(&self, world: &World, rng: &mut Rng, brief: &Brief, body: &mut Map<String, Value>) {
        let about = self.template.about;
        let mut set = |name: &str, value: &str| body.insert(name.to_owned(), value.into());
        set("brand", self.brand);
        set("region", &self.store.region);
        set("touchpoint", self.touchpoint(rng));
        if matches!(about, About::App | About::Product | About::Delivery) || self.template.mentions(Slot::Product) {
            set("product_id", &self.product.id);
        }
        if about == About::Delivery || self.template.mentions(Slot::Order) {
            set("order_id", &self.order);
        }
        if about == About::Store {
            set("store_id", &self.store.id);
        }
        if about == About::Campaign {
            let campaign: &String = pick(rng, &world.campaigns);
            set("campaign", campaign);
        }
        if about == About::App {
            let updated = brief.story || brief.released && rng.bool();
            let version = if updated { &world.release.broken } else { &world.release.before };
            let os = if brief.story || rng.bool() { "android" } else { "ios" };
            body.insert("attributes".to_owned(), json!({"app_version": version, "os": os}));
        }
    }

    /// Returns where in the journey it was said, in words that ingest's table of touchpoints knows.
    fn touchpoint(&self, rng: &mut Rng) -> &'static str {
        match (self.template.about, self.source.channel, self.template.mood) {
            (About::App, ..) => "app",
            (About::Campaign, ..) => pick::<&str>(rng, &["advertisement", "short_video", "live_stream"]),
            (About::Delivery, ..) => "delivery",
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
        if !self.template.story && rng.u32(..12) == 0 {
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
    fn chat(&self, rng: &mut Rng, body: &mut Map<String, Value>, ended: Timestamp) {
        let turns = &self.template.turns;
        let said = turns.iter().zip((0..turns.len()).rev()).map(|(said, before_end)| {
            let at = ended - BETWEEN_TURNS * i32::try_from(before_end).unwrap_or_default();
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
        let handle = format!("{}{}", pick(rng, &self.voice.handles), rng.u32(10..1000));
        let url = format!("https://{}.example/p/{:010x}", self.source.name, rng.u64(..1 << 40));
        body.insert("url".to_owned(), url.into());
        body.insert("likes".to_owned(), few(rng).into());
        body.insert("reposts".to_owned(), few(rng).into());
        body.insert("author_handle".to_owned(), handle.as_str().into());
        handle
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
        match slot {
            Slot::Agent => self.agent.to_owned(),
            Slot::Brand => self.brand_name.to_owned(),
            Slot::Card => personal::card(rng),
            Slot::Email => personal::email(rng),
            Slot::IdNumber => personal::id_number(rng),
            Slot::Number => rng.u32(2..10).to_string(),
            Slot::Order => self.order.clone(),
            Slot::Phone => personal::phone(rng, language),
            Slot::Price => rng.u32(19..400).to_string(),
            Slot::Product => self.product.names[&language].clone(),
            Slot::Store => self.store.name.clone(),
            Slot::Version => self.version.to_owned(),
        }
    }
}

/// Writes who speaks and returns it where it is known: sometimes it is nobody, or what a channel sends for nobody.
fn customer(rng: &mut Rng, language: Language, body: &mut Map<String, Value>) -> Option<String> {
    let (id, known) = match rng.u32(..100) {
        0..10 => return None,
        10..13 => ("anonymous".to_owned(), false),
        _ => (format!("C-{}-{:04}", language.tag(), rng.u32(1..CUSTOMERS)), true),
    };
    body.insert("customer_id".to_owned(), id.as_str().into());
    body.insert("id_namespace".to_owned(), "crm".into());
    known.then_some(id)
}

/// Draws a count that is mostly small and sometimes large.
fn few(rng: &mut Rng) -> u64 {
    let draw = rng.f64();
    (draw * draw * draw * 40.0) as u64
}

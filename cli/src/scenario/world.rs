//! The invented retailer of `world.toml`: brands, products, regions, stores, sources, people.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fastrand::Rng;
use hearken_schemas::feedback::Channel;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::story::{Scene, Story};

/// A language customers write in; the name is its BCP 47 tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
pub(super) enum Language {
    #[serde(rename = "zh-Hans")]
    SimplifiedChinese,
    #[serde(rename = "zh-Hant")]
    TraditionalChinese,
    #[serde(rename = "en")]
    English,
    #[serde(rename = "ja")]
    Japanese,
    #[serde(rename = "ko")]
    Korean,
    #[serde(rename = "de")]
    German,
    #[serde(rename = "fr")]
    French,
    #[serde(rename = "es")]
    Spanish,
}

impl Language {
    /// Returns the BCP 47 tag.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::SimplifiedChinese => "zh-Hans",
            Self::TraditionalChinese => "zh-Hant",
            Self::English => "en",
            Self::Japanese => "ja",
            Self::Korean => "ko",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
        }
    }
}

/// One text in every language.
pub(super) type Names = BTreeMap<Language, String>;

/// Everything that customers may speak of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct World {
    pub(super) app: String,
    pub(super) campaigns: Vec<String>,
    pub(super) release: Release,
    pub(super) brands: Vec<Brand>,
    pub(super) products: Vec<Product>,
    pub(super) regions: Vec<Region>,
    pub(super) stores: Vec<Store>,
    pub(super) sources: Vec<Source>,
    pub(super) languages: BTreeMap<Language, Voice>,
    pub(super) stories: BTreeMap<Story, Scene>,
}

/// The versions of the app: the one that crashes and the one before.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    pub(super) broken: String,
    pub(super) before: String,
}

/// One of the retailer's own brands, or the competitor's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Brand {
    pub(super) id: String,
    pub(super) own: bool,
    pub(super) names: Names,
}

/// A product; the shopping app is one of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Product {
    pub(super) id: String,
    pub(super) brand: String,
    pub(super) names: Names,
}

/// A part of the market with its own couriers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Region {
    pub(super) id: String,
    #[allow(dead_code, reason = "for those who read world.toml; the catalog carries it to the tables")]
    pub(super) name: String,
    pub(super) country: String,
    pub(super) zone: Zone,
    pub(super) couriers: Vec<String>,
}

/// A store, where one language is spoken.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Store {
    pub(super) id: String,
    pub(super) region: String,
    pub(super) city: String,
    pub(super) language: Language,
    pub(super) name: String,
}

/// How exactly a source tells the time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Precision {
    #[default]
    Second,
    Day,
}

/// The instance of a channel that a record comes from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) channel: Channel,
    pub(super) languages: Vec<Language>,
    /// The zone its times are written in; absent where it sends epoch milliseconds.
    pub(super) zone: Option<Zone>,
    /// Whether its times leave the zone out.
    #[serde(default)]
    pub(super) naive: bool,
    #[serde(default)]
    pub(super) precision: Precision,
    /// The best rating it lets a customer give.
    #[serde(default = "five")]
    pub(super) scale_max: u8,
    /// Whether it reviews the app and nothing else.
    #[serde(default)]
    pub(super) of_app: bool,
}

impl Source {
    /// Tells whether its records carry the company's own ids of customers and orders; marketplaces and networks do not.
    pub(super) fn is_own(&self) -> bool {
        match self.channel {
            Channel::Review => self.name.starts_with("webshop"),
            Channel::Chat | Channel::Survey => true,
            Channel::Social => false,
        }
    }
}

fn five() -> u8 {
    5
}

/// An IANA time zone.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Zone(pub(super) TimeZone);

impl TryFrom<String> for Zone {
    type Error = jiff::Error;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        TimeZone::get(&name).map(Self)
    }
}

/// Who writes a language, and how often.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Voice {
    /// The language's part of all messages, against the other weights.
    pub(super) weight: u32,
    pub(super) agents: Vec<String>,
    pub(super) handles: Vec<String>,
    /// Full names of customers.
    pub(super) names: Vec<String>,
    /// Sentences a customer adds when editing.
    pub(super) additions: Vec<String>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    #[allow(clippy::expect_used, reason = "the file is compiled in and tests read it")]
    toml::from_str(include_str!("world.toml")).expect("world.toml is valid")
});

/// Returns the retailer.
pub(super) fn world() -> &'static World {
    &WORLD
}

impl World {
    /// Draws a language by weight.
    pub(super) fn language(&self, rng: &mut Rng) -> Language {
        let weighed: Vec<(Language, u32)> =
            self.languages.iter().map(|(language, voice)| (*language, voice.weight)).collect();
        *weighted(rng, &weighed)
    }

    /// Returns who writes a language.
    pub(super) fn voice(&self, language: Language) -> &Voice {
        &self.languages[&language]
    }

    /// Returns the brand of a product.
    ///
    /// # Panics
    /// Where `world.toml` does not declare it, which a test holds; so do the look-ups below.
    pub(super) fn brand_of(&self, product: &Product) -> &Brand {
        self.brands.iter().find(|brand| brand.id == product.brand).unwrap_or_else(|| unreachable!("{product:?}"))
    }

    /// Returns the product of that id.
    pub(super) fn product(&self, id: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }

    /// Returns what can be bought: the goods of the retailer, or of its competitor.
    pub(super) fn goods(&self, own: bool) -> Vec<&Product> {
        let good = |product: &&Product| product.id != self.app && self.brand_of(product).own == own;
        self.products.iter().filter(good).collect()
    }

    /// Returns the region of a store.
    pub(super) fn region_of(&self, store: &Store) -> &Region {
        self.regions.iter().find(|region| region.id == store.region).unwrap_or_else(|| unreachable!("{store:?}"))
    }

    /// Returns the stores where that language is spoken.
    pub(super) fn stores_in(&self, language: Language) -> Vec<&Store> {
        self.stores.iter().filter(|store| store.language == language).collect()
    }

    /// Returns the scene of a story.
    pub(super) fn scene(&self, story: Story) -> &Scene {
        &self.stories[&story]
    }
}

/// Draws one of several.
///
/// # Panics
/// Where there is none; `world.toml` and `templates.toml` leave no list empty, which tests hold.
pub(super) fn pick<'a, T>(rng: &mut Rng, of: &'a [T]) -> &'a T {
    &of[rng.usize(..of.len())]
}

/// Draws one of several by weight.
///
/// # Panics
/// Where the weights are all 0.
pub(super) fn weighted<'a, T>(rng: &mut Rng, of: &'a [(T, u32)]) -> &'a T {
    let total: u32 = of.iter().map(|(_, weight)| weight).sum();
    let mut left = rng.u32(..total);
    for (one, weight) in of {
        if left < *weight {
            return one;
        }
        left -= weight;
    }
    unreachable!("the draw is below the sum of the weights")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_world_names_it_declares() {
        let world = world();
        for product in &world.products {
            assert_eq!(world.brand_of(product).names.len(), world.languages.len(), "{product:?}");
            assert_eq!(product.names.len(), world.languages.len(), "{product:?}");
        }
        for store in &world.stores {
            assert!(!world.region_of(store).couriers.is_empty(), "{store:?}");
        }
        for (language, voice) in &world.languages {
            assert!(!world.stores_in(*language).is_empty(), "no store speaks {language:?}");
            assert!(voice.weight > 0 && !voice.names.is_empty(), "{language:?}");
            for channel in Channel::ALL {
                let speaks = |source: &&Source| source.channel == channel && source.languages.contains(language);
                assert!(world.sources.iter().filter(speaks).any(|source| !source.of_app), "{channel:?} {language:?}");
            }
        }
        assert_eq!((world.stores.len(), world.regions.len()), (24, 4));
        assert!(world.product(&world.app).is_some());
    }

    #[test]
    fn every_story_has_a_scene_that_exists() {
        let world = world();
        for story in Story::ALL {
            let scene = world.scene(story);
            assert!(scene.product.as_deref().is_none_or(|id| world.product(id).is_some()), "{story:?}");
            assert!(scene.store.iter().all(|id| world.stores.iter().any(|store| store.id == *id)), "{story:?}");
            let region = scene.region.as_ref().map(|id| world.regions.iter().find(|region| region.id == *id));
            assert!(region.is_none_or(|region| region.is_some()), "{story:?}");
        }
        let scene = world.scene(Story::Courier);
        let delivers: Vec<&str> = world
            .regions
            .iter()
            .filter(|region| region.couriers.iter().any(|courier| Some(courier) == scene.courier.as_ref()))
            .map(|region| region.id.as_str())
            .collect();
        assert!(delivers.len() > 1 && delivers.contains(&scene.region.as_deref().unwrap()), "{delivers:?}");
    }
}

//! The invented retailer of `world.toml`: brands, products, stores, channels, people.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fastrand::Rng;
use hearken_schemas::feedback::Channel;
use serde::Deserialize;

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
    #[serde(rename = "de")]
    German,
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
            Self::German => "de",
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
    pub(super) stores: Vec<Store>,
    pub(super) sources: Vec<Source>,
    pub(super) languages: BTreeMap<Language, Voice>,
}

/// The versions of the app that the story is about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    pub(super) broken: String,
    pub(super) before: String,
}

/// One of the retailer's own brands.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Brand {
    pub(super) id: String,
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

/// A store, where one language is spoken.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Store {
    pub(super) id: String,
    pub(super) region: String,
    pub(super) language: Language,
    pub(super) name: String,
}

/// The instance of a channel that a record comes from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) channel: Channel,
    pub(super) languages: Vec<Language>,
    /// The zone its RFC 3339 times are written in; absent where it sends epoch milliseconds.
    pub(super) offset_hours: Option<i8>,
    /// The best rating it lets a customer give.
    #[serde(default = "five")]
    pub(super) scale_max: u8,
    /// Whether it reviews the app and nothing else.
    #[serde(default)]
    pub(super) of_app: bool,
}

fn five() -> u8 {
    5
}

/// Who writes a language, and how often.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Voice {
    /// The language's part of all messages, against the other weights.
    pub(super) weight: u32,
    pub(super) agents: Vec<String>,
    pub(super) handles: Vec<String>,
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
        let total: u32 = self.languages.values().map(|voice| voice.weight).sum();
        let mut left = rng.u32(..total);
        for (language, voice) in &self.languages {
            if left < voice.weight {
                return *language;
            }
            left -= voice.weight;
        }
        unreachable!("the draw is below the sum of the weights")
    }

    /// Returns who writes a language.
    pub(super) fn voice(&self, language: Language) -> &Voice {
        &self.languages[&language]
    }

    /// Returns the brand of a product.
    pub(super) fn brand_of(&self, product: &Product) -> Option<&Brand> {
        self.brands.iter().find(|brand| brand.id == product.brand)
    }

    /// Returns the product of that id.
    pub(super) fn product(&self, id: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }
}

/// Draws one of several.
///
/// # Panics
/// Where there is none; `world.toml` and `templates.toml` leave no list empty, which tests hold.
pub(super) fn pick<'a, T>(rng: &mut Rng, of: &'a [T]) -> &'a T {
    &of[rng.usize(..of.len())]
}

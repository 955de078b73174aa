//! What customers say: the templates of `templates.toml` and their slots.

use std::collections::HashMap;
use std::sync::LazyLock;

use hearken_schemas::feedback::{Channel, Role};
use serde::Deserialize;

use super::story::Tale;
use super::world::Language;

/// How the customer feels, and so how the customer rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mood {
    Positive,
    Negative,
    Mixed,
    Neutral,
}

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum About {
    App,
    Campaign,
    Delivery,
    Price,
    Product,
    Service,
    Store,
}

/// Whose brand a text is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Whose {
    Competitor,
}

/// A place in a template that is filled when the message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Agent,
    Brand,
    Card,
    City,
    Competitor,
    Courier,
    Email,
    IdNumber,
    /// The customer's own name.
    Name,
    /// A small number, 2–9.
    Number,
    Order,
    Phone,
    Price,
    Product,
    Store,
    /// The version of the app that crashes.
    Version,
}

impl Slot {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "agent" => Self::Agent,
            "brand" => Self::Brand,
            "card" => Self::Card,
            "city" => Self::City,
            "competitor" => Self::Competitor,
            "courier" => Self::Courier,
            "email" => Self::Email,
            "id_number" => Self::IdNumber,
            "n" => Self::Number,
            "name" => Self::Name,
            "order" => Self::Order,
            "phone" => Self::Phone,
            "price" => Self::Price,
            "product" => Self::Product,
            "store" => Self::Store,
            "version" => Self::Version,
            _ => return None,
        })
    }
}

/// Part of a text with slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Words(String),
    Slot(Slot),
}

/// A text with slots, such as `订单{order}还没到`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Text(pub(super) Vec<Piece>);

impl Text {
    fn mentions(&self, slot: Slot) -> bool {
        self.0.contains(&Piece::Slot(slot))
    }
}

impl TryFrom<String> for Text {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut pieces = Vec::new();
        for (at, part) in text.split('{').enumerate() {
            let mut words = part;
            if at > 0 {
                let (name, rest) = part.split_once('}').ok_or_else(|| format!("a slot is not closed in {text:?}"))?;
                pieces.push(Piece::Slot(Slot::named(name).ok_or_else(|| format!("{{{name}}} is no slot"))?));
                words = rest;
            }
            if words.contains('}') {
                return Err(format!("a slot is not opened in {text:?}"));
            }
            if !words.is_empty() {
                pieces.push(Piece::Words(words.to_owned()));
            }
        }
        Ok(Self(pieces))
    }
}

/// One turn of a chat, written `{ customer = "…" }`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Turn {
    Customer(Text),
    Agent(Text),
    Bot(Text),
}

impl Turn {
    /// Returns who speaks.
    pub(super) fn role(&self) -> Role {
        match self {
            Self::Customer(_) => Role::Customer,
            Self::Agent(_) => Role::Agent,
            Self::Bot(_) => Role::Bot,
        }
    }

    /// Returns what is said.
    pub(super) fn text(&self) -> &Text {
        match self {
            Self::Customer(text) | Self::Agent(text) | Self::Bot(text) => text,
        }
    }
}

/// One message to be written: a chat has `turns`, everything else a `text`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Template {
    pub(super) language: Language,
    pub(super) mood: Mood,
    pub(super) about: About,
    /// The product it is about where the words fit no other.
    pub(super) product: Option<String>,
    /// Whose brand it is about where it is not the retailer's.
    pub(super) brand: Option<Whose>,
    /// What it tells where that is no everyday thing.
    pub(super) story: Option<Tale>,
    pub(super) title: Option<Text>,
    pub(super) text: Option<Text>,
    #[serde(default)]
    pub(super) turns: Vec<Turn>,
}

impl Template {
    /// Tells whether the slot occurs anywhere in it.
    pub(super) fn mentions(&self, slot: Slot) -> bool {
        let turns = self.turns.iter().map(Turn::text);
        self.title.iter().chain(&self.text).chain(turns).any(|text| text.mentions(slot))
    }
}

/// All templates, by channel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Templates {
    review: Vec<Template>,
    chat: Vec<Template>,
    social: Vec<Template>,
    survey: Vec<Template>,
}

impl Templates {
    /// Returns the templates of a channel.
    pub(super) fn of(&self, channel: Channel) -> &[Template] {
        match channel {
            Channel::Review => &self.review,
            Channel::Chat => &self.chat,
            Channel::Social => &self.social,
            Channel::Survey => &self.survey,
        }
    }
}

static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| {
    #[allow(clippy::expect_used, reason = "the file is compiled in and tests read it")]
    toml::from_str(include_str!("templates.toml")).expect("templates.toml is valid")
});

type Pools = HashMap<(Channel, Language, Option<Tale>), Vec<&'static Template>>;

static POOLS: LazyLock<Pools> = LazyLock::new(|| {
    let mut pools = Pools::new();
    for channel in Channel::ALL {
        for template in TEMPLATES.of(channel) {
            pools.entry((channel, template.language, template.story)).or_default().push(template);
        }
    }
    pools
});

/// Returns the templates of a channel and language that tell the tale, or everyday things.
pub(super) fn pool(channel: Channel, language: Language, tale: Option<Tale>) -> &'static [&'static Template] {
    POOLS.get(&(channel, language, tale)).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::world::world;

    fn all() -> impl Iterator<Item = (Channel, &'static Template)> {
        Channel::ALL
            .into_iter()
            .flat_map(|channel| TEMPLATES.of(channel).iter().map(move |template| (channel, template)))
    }

    #[test]
    fn there_are_enough_templates_and_everyday_ones_in_every_channel_and_language() {
        assert!(all().count() >= 100, "{}", all().count());
        let count = |language| all().filter(|(_, template)| template.language == language).count();
        for language in world().languages.keys() {
            for channel in Channel::ALL {
                assert!(!pool(channel, *language, None).is_empty(), "{channel:?} {language:?}");
            }
            assert!(count(*language) <= count(Language::SimplifiedChinese), "{language:?}");
        }
    }

    #[test]
    fn chats_have_turns_of_a_customer_and_everything_else_has_a_text() {
        for (channel, template) in all() {
            let customers = template.turns.iter().filter(|turn| turn.role() == Role::Customer).count();
            let shape = (template.text.is_some(), customers > 0, template.turns.len() > customers);
            let expected = channel == Channel::Chat;
            assert_eq!(shape, (!expected, expected, expected), "{template:?}");
        }
    }

    #[test]
    fn every_tale_is_told_and_the_bad_ones_are_bad_news() {
        for tale in Tale::ALL {
            let told: Vec<_> = all().filter(|(_, template)| template.story == Some(tale)).collect();
            assert!(!told.is_empty(), "{tale:?}");
            let bad = !matches!(tale, Tale::PackagingPraise | Tale::Burst);
            for (_, template) in told {
                assert!(!bad || template.mood == Mood::Negative, "{template:?}");
                assert!(tale != Tale::AppCrash || template.about == About::App, "{template:?}");
            }
        }
        for (_, template) in all().filter(|(_, template)| template.story != Some(Tale::AppCrash)) {
            assert!(!template.mentions(Slot::Version), "{template:?}");
        }
    }

    #[test]
    fn products_that_templates_name_exist() {
        for (_, template) in all() {
            assert!(template.product.iter().all(|id| world().product(id).is_some()), "{template:?}");
        }
    }

    #[test]
    fn a_slot_is_read_or_refused() {
        let check = |text: &str, expected: Option<usize>| {
            assert_eq!(Text::try_from(text.to_owned()).ok().map(|text| text.0.len()), expected, "{text}");
        };
        check("", Some(0));
        check("no slot", Some(1));
        check("{n}{order} and {n}.", Some(5));
        check("{nothing}", None);
        check("{n", None);
        check("n}", None);
        check("{n}}", None);
    }
}

//! What customers say: the templates of `templates.toml` and their slots.

use std::collections::HashMap;
use std::sync::LazyLock;

use hearken_schemas::feedback::{Channel, Role};
use serde::Deserialize;

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
    Product,
    Service,
    Store,
}

/// A place in a template that is filled when the message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Agent,
    Brand,
    Card,
    Email,
    IdNumber,
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
            "email" => Self::Email,
            "id_number" => Self::IdNumber,
            "n" => Self::Number,
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

/// One message to be written: a review or a post has a `text`, a chat has `turns`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Template {
    pub(super) language: Language,
    pub(super) mood: Mood,
    pub(super) about: About,
    /// The product it is about where the words fit no other.
    pub(super) product: Option<String>,
    /// Whether it tells of the release that crashes.
    #[serde(default)]
    pub(super) story: bool,
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
}

impl Templates {
    /// Returns the templates of a channel.
    pub(super) fn of(&self, channel: Channel) -> &[Template] {
        match channel {
            Channel::Review => &self.review,
            Channel::Chat => &self.chat,
            Channel::Social => &self.social,
        }
    }
}

static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| {
    #[allow(clippy::expect_used, reason = "the file is compiled in and tests read it")]
    toml::from_str(include_str!("templates.toml")).expect("templates.toml is valid")
});

type Pools = HashMap<(Channel, Language, bool), Vec<&'static Template>>;

static POOLS: LazyLock<Pools> = LazyLock::new(|| {
    let mut pools = Pools::new();
    for channel in Channel::ALL {
        for template in TEMPLATES.of(channel) {
            pools.entry((channel, template.language, template.story)).or_default().push(template);
        }
    }
    pools
});

/// Returns the templates one message is drawn from: of a channel, in a language, telling the story or not.
pub(super) fn pool(channel: Channel, language: Language, story: bool) -> &'static [&'static Template] {
    &POOLS[&(channel, language, story)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::world::world;

    #[test]
    fn there_are_enough_templates_in_every_channel_and_language() {
        let all: Vec<&Template> = Channel::ALL.iter().flat_map(|channel| TEMPLATES.of(*channel)).collect();
        assert!(all.len() >= 90, "{}", all.len());
        let chinese = all.iter().filter(|template| template.language == Language::SimplifiedChinese).count();
        for language in world().languages.keys() {
            for channel in Channel::ALL {
                for story in [false, true] {
                    assert!(!pool(channel, *language, story).is_empty(), "{channel:?} {language:?} story: {story}");
                }
            }
            let count = all.iter().filter(|template| template.language == *language).count();
            assert!(count <= chinese, "{language:?} has more templates than Simplified Chinese");
        }
    }

    #[test]
    fn chats_have_turns_of_a_customer_and_everything_else_has_a_text() {
        for channel in Channel::ALL {
            for template in TEMPLATES.of(channel) {
                let customers = template.turns.iter().filter(|turn| turn.role() == Role::Customer).count();
                let shape = (template.text.is_some(), customers > 0, template.turns.len() > customers);
                let expected = channel == Channel::Chat;
                assert_eq!(shape, (!expected, expected, expected), "{template:?}");
            }
        }
    }

    #[test]
    fn the_story_is_bad_news_about_the_app_and_its_words_are_nowhere_else() {
        for channel in Channel::ALL {
            for template in TEMPLATES.of(channel) {
                if template.story {
                    assert_eq!((template.mood, template.about), (Mood::Negative, About::App), "{template:?}");
                } else {
                    assert!(!template.mentions(Slot::Version), "{template:?}");
                }
            }
        }
    }

    #[test]
    fn products_that_templates_name_exist() {
        for template in Channel::ALL.iter().flat_map(|channel| TEMPLATES.of(*channel)) {
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

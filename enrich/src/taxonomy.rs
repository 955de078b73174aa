//! Which words speak of which aspect: the file `taxonomy.toml`, or a user's own of the same format.
//!
//! Format: `[category.topic]`, each with
//! - `touchpoint`: where customers usually meet the topic, if anywhere;
//! - `neutral`, `negative`, `positive`: language → phrases. The clause decides how a topic is judged that a neutral phrase names; the others
//!   judge by themselves and say the opposite where their clause negates them, so a phrase that is negative because it holds a negation
//!   must hold all of it: "届きません", not "届き";
//! - `plain`: the same; words in which a phrase would be found by mistake: "crash course".
//!
//! The phrases of all languages are looked for in every text, so a phrase must mean the same in each. How they are written is
//! said in `phrases.rs`.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;

use hearken_schemas::enrichment::Polarity;

use crate::fold::Simplifier;
use crate::phrases::{Draft, Meaning, PhraseError, PhraseSet, Phrases};
use crate::verdicts::{Verdict, Verdicts};

/// The factors that customers judge.
pub const CATEGORIES: [&str; 10] = [
    "product",
    "service",
    "staff_attitude",
    "delivery",
    "convenience",
    "price",
    "brand",
    "relationship",
    "environment",
    "digital",
];

/// A taxonomy as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxonomyFile {
    /// Stands in errors: a path.
    pub name: String,
    /// What it holds.
    pub toml: String,
}

impl Default for TaxonomyFile {
    /// Returns the one that is part of the binary.
    fn default() -> Self {
        Self { name: "taxonomy.toml".to_owned(), toml: include_str!("../taxonomy.toml").to_owned() }
    }
}

impl TaxonomyFile {
    /// Checks what the enricher would refuse.
    ///
    /// # Errors
    /// What is wrong with the file, with the topic, the phrase and the line.
    pub fn check(&self) -> Result<(), TaxonomyError> {
        Taxonomy::parse(self, &Simplifier::embedded()).map(drop)
    }
}

/// Why a taxonomy is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaxonomyError {
    /// The file does not follow the format.
    #[error("{file} cannot be read: {reason}")]
    Syntax {
        /// Which file.
        file: String,
        /// What the parser says, with the line.
        reason: String,
    },
    /// A category that boards do not know.
    #[error("{file}: [{category}.…] is no category; choose from {}", CATEGORIES.join(", "))]
    Category {
        /// Which file.
        file: String,
        /// What it says.
        category: String,
    },
    /// A phrase that cannot be looked for.
    #[error(transparent)]
    Phrase(#[from] PhraseError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicEntry {
    touchpoint: Option<String>,
    #[serde(default)]
    neutral: Phrases,
    #[serde(default)]
    negative: Phrases,
    #[serde(default)]
    positive: Phrases,
    #[serde(default)]
    plain: Phrases,
}

/// One thing that customers speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Topic {
    pub(crate) category: String,
    pub(crate) name: String,
    pub(crate) touchpoint: Option<String>,
}

/// The words of a topic in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    /// Ordinal of the topic.
    pub(crate) topic: usize,
    /// What the words say by themselves.
    pub(crate) polarity: Polarity,
    /// Where they stand.
    pub(crate) bytes: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Named {
    topic: usize,
    /// Nothing where the words do not mean the topic.
    polarity: Option<Polarity>,
}

impl Meaning for Named {
    fn join(&mut self, other: &Self) -> bool {
        self == other
    }
}

/// Finds topics in texts; built once, shared by threads.
pub(crate) struct Taxonomy {
    topics: Vec<Topic>,
    phrases: PhraseSet<Named>,
    verdicts: Verdicts,
}

impl Taxonomy {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// What is wrong with the file, with the topic, the phrase and the line.
    pub(crate) fn parse(file: &TaxonomyFile, simplifier: &Simplifier) -> Result<Self, TaxonomyError> {
        let entries: BTreeMap<String, BTreeMap<String, TopicEntry>> = toml::from_str(&file.toml)
            .map_err(|error| TaxonomyError::Syntax { file: file.name.clone(), reason: error.to_string() })?;
        let mut topics = Vec::new();
        let mut draft = Draft::new(&file.name, &file.toml, simplifier);
        for (category, entries) in entries {
            if !CATEGORIES.contains(&category.as_str()) {
                return Err(TaxonomyError::Category { file: file.name.clone(), category });
            }
            for (name, TopicEntry { touchpoint, neutral, negative, positive, plain }) in entries {
                let path = format!("{category}.{name}");
                let meaning = |polarity| Named { topic: topics.len(), polarity };
                draft.add(&path, "neutral", &neutral, |_| meaning(Some(Polarity::Neutral)))?;
                draft.add(&path, "negative", &negative, |_| meaning(Some(Polarity::Negative)))?;
                draft.add(&path, "positive", &positive, |_| meaning(Some(Polarity::Positive)))?;
                draft.add(&path, "plain", &plain, |_| meaning(None))?;
                topics.push(Topic { category: category.clone(), name, touchpoint });
            }
        }
        Ok(Self { topics, phrases: draft.finish(), verdicts: Verdicts::embedded(simplifier)? })
    }

    /// Returns a topic by its ordinal.
    pub(crate) fn topic(&self, ordinal: usize) -> Option<&Topic> {
        self.topics.get(ordinal)
    }

    /// Finds what a folded text says of its clauses, in its order.
    pub(crate) fn verdicts<'t>(&'t self, folded: &'t str) -> impl Iterator<Item = (Verdict, Range<usize>)> + 't {
        self.verdicts.find(folded)
    }

    /// Finds what a folded text speaks of, in its order.
    pub(crate) fn mentions<'t>(&'t self, folded: &'t str) -> impl Iterator<Item = Mention> + 't {
        self.phrases
            .find(folded)
            .filter_map(|(&Named { topic, polarity }, bytes)| Some(Mention { topic, polarity: polarity?, bytes }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold;

    fn parse(toml: &str) -> Result<Taxonomy, TaxonomyError> {
        let file = TaxonomyFile { name: "mine.toml".to_owned(), toml: toml.to_owned() };
        Taxonomy::parse(&file, &Simplifier::embedded())
    }

    fn check(taxonomy: &Taxonomy, text: &str, expected: &[(&str, &str)]) {
        let folded = Simplifier::embedded().fold(&fold::lower(text)).into_owned();
        let mentions = taxonomy.mentions(&folded).map(|mention| (mention.topic, mention.bytes));
        let found: Vec<_> =
            mentions.map(|(topic, bytes)| (taxonomy.topics[topic].name.as_str(), &folded[bytes])).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn phrases_are_found_where_they_are_words() {
        let taxonomy = parse(
            r#"
            [price.level]
            neutral.en = ["price", "price match*"]
            neutral.zh = ["价格"]
            [digital.crash]
            negative.en = ["crash*"]
            plain.en = ["crash course*"]
            negative.zh = ["闪退", "闪退回桌面"]
            "#,
        )
        .unwrap();
        let (price, crash) = ("level", "crash");
        check(&taxonomy, "Price, pricey, overprice", &[(price, "price")]);
        check(&taxonomy, "the PRICE matching", &[(price, "price matching")]);
        check(&taxonomy, "crashed; uncrashed", &[(crash, "crashed")]);
        check(&taxonomy, "crash courses crash", &[(crash, "crash")]);
        check(&taxonomy, "app閃退回桌面，價格貴", &[(crash, "闪退回桌面"), (price, "价格")]);
        check(&taxonomy, "price", &[(price, "price")]);
        check(&taxonomy, "", &[]);
    }

    #[test]
    fn a_bad_file_is_refused_with_its_reason() {
        for (toml, expected) in [
            ("[weather.rain]", "mine.toml: [weather.…] is no category; choose from product, service"),
            ("[price.a]\nneutral.tlh = [\"x\"]", "[price.a] has phrases in \"tlh\"; choose from ar, yue, zh"),
            ("[price.a]\nneutral.en = [\n\"x\",\n\"*\"]", "mine.toml, line 4: [price.a] has the phrase \"*\""),
            (
                "[price.a]\nneutral.zh = [\"價格\"]\n[price.b]\nnegative.zh = [\"价格\"]",
                "mine.toml, line 4: \"价格\" of [price.b] stands under [price.a], neutral, already",
            ),
            (
                "[price.a]\nneutral.en = [\"x\"]\nnegative.en = [\"X*\"]",
                "line 3: \"X*\" of [price.a] stands under [price.a], neutral",
            ),
            ("[price.a]\ncolour = 1", "unknown field `colour`"),
            ("[price.a]\nneutral = 1", "line 2"),
            ("[price.a", "line 1"),
        ] {
            let error = parse(toml).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(expected) && error.contains("mine.toml"), "{error}");
        }
        assert!(parse("[price.a]\nneutral.en = [\"service\"]\nneutral.fr = [\"service\"]").is_ok());
    }

    #[test]
    fn the_built_in_file_has_every_category_and_its_phrases_one_meaning() {
        let taxonomy = Taxonomy::parse(&TaxonomyFile::default(), &Simplifier::embedded()).unwrap();
        for category in CATEGORIES {
            assert!(taxonomy.topics.iter().any(|topic| topic.category == category), "{category}");
        }
        assert!(taxonomy.topics.iter().all(|topic| topic.touchpoint.is_some()));
    }
}

//! Which words speak of which aspect: the file `taxonomy.toml`, or a user's own of the same format.
//!
//! Format: `[category.topic]`, each with
//! - `touchpoint`: where customers usually meet the topic, if anywhere;
//! - `neutral`, `negative`, `positive`: language → phrases. The clause decides how a topic is judged that a neutral phrase names; the others
//!   judge by themselves and say the opposite where their clause negates them, so a phrase that is negative because it holds a negation
//!   must hold all of it: "届きません", not "届き";
//! - `plain`: the same; words in which a phrase would be found by mistake: "crash course".
//!
//! The phrases of all languages are looked for in every text, so a phrase must mean the same in each; case, width and
//! Traditional or Simplified make no difference. The leftmost, then the longest phrase wins. Letters that are written with spaces match
//! whole words only; a trailing `*` lets the word go on.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};
use serde::Deserialize;
use toml::Spanned;

use hearken_schemas::enrichment::Polarity;

use crate::fold::{self, Simplifier};
use crate::language::Language;
use crate::script::is_spaced;

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
    /// A language this crate does not know.
    #[error("{file}: [{topic}] has phrases in {language:?}; choose from {}", Language::ALL.map(Language::code).join(", "))]
    Language {
        /// Which file.
        file: String,
        /// The topic.
        topic: String,
        /// What it says.
        language: String,
    },
    /// A phrase without a letter.
    #[error("{file}, line {line}: [{topic}] has the phrase {phrase:?}, which would match anywhere; remove it")]
    Blank {
        /// Which file.
        file: String,
        /// Where.
        line: usize,
        /// The topic.
        topic: String,
        /// The phrase.
        phrase: String,
    },
    /// A phrase that would stand for two things.
    #[error("{file}, line {line}: {phrase:?} of [{topic}] stands under {other} already; keep one")]
    Twice {
        /// Which file.
        file: String,
        /// Where it stands the second time.
        line: usize,
        /// The phrase.
        phrase: String,
        /// The second topic.
        topic: String,
        /// The first topic, and the polarity there.
        other: String,
    },
    /// More or longer phrases than can be searched for at once.
    #[error("{file}: {reason}")]
    TooLarge {
        /// Which file.
        file: String,
        /// What the search says.
        reason: String,
    },
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

type Phrases = BTreeMap<String, Vec<Spanned<String>>>;

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
struct Meaning {
    topic: usize,
    /// Nothing where the words do not mean the topic.
    polarity: Option<Polarity>,
    goes_on: bool,
}

/// Finds topics in texts; built once, shared by threads.
pub(crate) struct Taxonomy {
    topics: Vec<Topic>,
    /// By the automaton's pattern.
    meanings: Vec<Meaning>,
    automaton: AhoCorasick,
}

impl Taxonomy {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// What is wrong with the file, with the topic, the phrase and the line.
    pub(crate) fn parse(file: &TaxonomyFile, simplifier: &Simplifier) -> Result<Self, TaxonomyError> {
        let entries: BTreeMap<String, BTreeMap<String, TopicEntry>> = toml::from_str(&file.toml)
            .map_err(|error| TaxonomyError::Syntax { file: file.name.clone(), reason: error.to_string() })?;
        let mut draft = Draft { file, simplifier, topics: Vec::new(), phrases: Vec::new(), known: HashMap::new() };
        for (category, topics) in entries {
            if !CATEGORIES.contains(&category.as_str()) {
                return Err(TaxonomyError::Category { file: file.name.clone(), category });
            }
            for (name, entry) in topics {
                let topic = Topic { category: category.clone(), name, touchpoint: entry.touchpoint };
                draft.topics.push(topic);
                draft.add(&entry.neutral, Some(Polarity::Neutral))?;
                draft.add(&entry.negative, Some(Polarity::Negative))?;
                draft.add(&entry.positive, Some(Polarity::Positive))?;
                draft.add(&entry.plain, None)?;
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            // Some megabytes, for the fastest search there is.
            .kind(Some(AhoCorasickKind::DFA))
            .build(draft.phrases.iter().map(|(text, _)| text))
            .map_err(|error| TaxonomyError::TooLarge { file: file.name.clone(), reason: error.to_string() })?;
        let meanings = draft.phrases.into_iter().map(|(_, meaning)| meaning).collect();
        Ok(Self { topics: draft.topics, meanings, automaton })
    }

    /// Returns a topic by its ordinal.
    pub(crate) fn topic(&self, ordinal: usize) -> Option<&Topic> {
        self.topics.get(ordinal)
    }

    /// Finds what a folded text speaks of, in its order.
    pub(crate) fn mentions<'t>(&'t self, folded: &'t str) -> impl Iterator<Item = Mention> + 't {
        let mut at = 0;
        std::iter::from_fn(move || {
            while let Some(found) = self.automaton.find(Input::new(folded).range(at..)) {
                let meaning = self.meanings.get(found.pattern().as_usize())?;
                let Some(end) = word_end(folded, found.range(), meaning.goes_on) else {
                    at = found.start() + folded[found.start()..].chars().next().map_or(1, char::len_utf8);
                    continue;
                };
                at = end;
                if let Meaning { topic, polarity: Some(polarity), .. } = *meaning {
                    return Some(Mention { topic, polarity, bytes: found.start()..end });
                }
            }
            None
        })
    }
}

/// Returns where the words of a match end, nothing where it begins or ends within a word.
fn word_end(text: &str, found: Range<usize>, goes_on: bool) -> Option<usize> {
    let (words, after) = (&text[found.clone()], &text[found.end..]);
    let starts_within = words.starts_with(is_spaced) && text[..found.start].ends_with(is_spaced);
    let ends_within = words.ends_with(is_spaced) && after.starts_with(is_spaced);
    match (starts_within, ends_within, goes_on) {
        (true, _, _) | (_, true, false) => None,
        (_, true, true) => Some(text.len() - after.trim_start_matches(is_spaced).len()),
        (_, false, _) => Some(found.end),
    }
}

/// A taxonomy while it is read.
struct Draft<'f> {
    file: &'f TaxonomyFile,
    simplifier: &'f Simplifier,
    topics: Vec<Topic>,
    phrases: Vec<(String, Meaning)>,
    /// Folded phrase → ordinal in `phrases`.
    known: HashMap<String, usize>,
}

impl Draft<'_> {
    /// Adds phrases of the last topic.
    fn add(&mut self, phrases: &Phrases, polarity: Option<Polarity>) -> Result<(), TaxonomyError> {
        let topic = self.topics.len() - 1;
        for (language, phrases) in phrases {
            if Language::from_code(language).is_none() {
                let (file, language) = (self.file.name.clone(), language.clone());
                return Err(TaxonomyError::Language { file, topic: self.path(topic), language });
            }
            for phrase in phrases {
                let goes_on = phrase.get_ref().ends_with('*');
                self.add_phrase(phrase, Meaning { topic, polarity, goes_on })?;
            }
        }
        Ok(())
    }

    fn add_phrase(&mut self, phrase: &Spanned<String>, meaning: Meaning) -> Result<(), TaxonomyError> {
        let words = phrase.get_ref().trim_end_matches('*').trim();
        let folded = self.simplifier.fold(&fold::lower(words)).into_owned();
        let line = self.file.toml[..phrase.span().start].matches('\n').count() + 1;
        let (file, topic) = (self.file.name.clone(), self.path(meaning.topic));
        if !folded.contains(char::is_alphanumeric) {
            return Err(TaxonomyError::Blank { file, line, topic, phrase: phrase.get_ref().clone() });
        }
        match self.known.get(&folded).and_then(|&known| self.phrases.get_mut(known)) {
            // The same word in two languages, or in both scripts.
            Some((_, known)) if (known.topic, known.polarity) == (meaning.topic, meaning.polarity) => {
                known.goes_on |= meaning.goes_on;
            }
            Some((_, known)) => {
                let (known, polarity) = (known.topic, known.polarity);
                let other = format!("[{}], {},", self.path(known), polarity.map_or("plain", Polarity::as_str));
                return Err(TaxonomyError::Twice { file, line, phrase: phrase.get_ref().clone(), topic, other });
            }
            None => {
                self.known.insert(folded.clone(), self.phrases.len());
                self.phrases.push((folded, meaning));
            }
        }
        Ok(())
    }

    fn path(&self, topic: usize) -> String {
        self.topics.get(topic).map_or_else(String::new, |topic| format!("{}.{}", topic.category, topic.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

//! From a feedback to its enrichment, in one call.

use std::borrow::Cow;
use std::sync::Arc;

use hearken_schemas::enrichment::{Enrichment, Sentiment};
use hearken_schemas::feedback::{Channel, Feedback};

use crate::aspects;
use crate::feeling::{self, Knowledge};
use crate::fold::{self, Simplifier};
use crate::intents::{IntentError, IntentFile, IntentRules};
use crate::keywords::Ranker;
use crate::language::{Language, LanguageDetector};
use crate::lexicon::LexiconError;
use crate::model::{Letters, ModelError, ModelFile, Models};
use crate::noise;
use crate::origin::{OriginError, OriginFile, OriginRules};
use crate::sentiment::{Reading, SentimentJudge, Words};
use crate::simhash::simhash;
use crate::stopwords::StopWords;
use crate::taxonomy::{Taxonomy, TaxonomyError, TaxonomyFile};
use crate::terms::{Terms, TermsError, TermsFile};
use crate::tokens::Tokenizer;

/// How much of a text is read; nobody says anything new after some twenty thousand characters, and the cost stays bounded.
pub const TEXT_BYTES_READ_MAX: usize = 64 * 1024;

/// What an enricher may be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// ISO 639 codes of the languages to choose from. Each Latin-script one adds to the cost where known words do not decide.
    pub languages: Vec<String>,
    /// The most keywords a text gets.
    pub keywords_max: usize,
    /// Under this confidence the language is `und`; from 0 to 1.
    pub language_confidence_min: f64,
    /// What customers may speak of.
    pub taxonomy: TaxonomyFile,
    /// The user's own models of feelings; they go before those of the binary.
    pub models: Vec<ModelFile>,
    /// What tells promotions, auto-replies and the like from customers.
    pub origin: OriginFile,
    /// The user's own terms.
    pub terms: TermsFile,
    /// What customers may mean to do.
    pub intents: IntentFile,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            languages: Language::ALL.map(|language| language.code().to_owned()).to_vec(),
            keywords_max: 8,
            language_confidence_min: 0.2,
            taxonomy: TaxonomyFile::default(),
            models: Vec::new(),
            origin: OriginFile::default(),
            terms: TermsFile::default(),
            intents: IntentFile::default(),
        }
    }
}

/// Why no enricher can be built.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EnricherError {
    /// A language this crate does not know.
    #[error("language {code:?} is not known; choose from {}", known())]
    UnknownLanguage {
        /// What the settings say.
        code: String,
    },
    /// No language to choose from.
    #[error("no language is configured; choose from {}", known())]
    NoLanguage,
    /// The threshold is no share.
    #[error("the least language confidence is {value}; it must lie between 0 and 1")]
    Confidence {
        /// What the settings say.
        value: f64,
    },
    /// A lexicon cannot be used.
    #[error(transparent)]
    Lexicon(#[from] LexiconError),
    /// A model cannot be used.
    #[error("{name} {error}")]
    Model {
        /// The file.
        name: String,
        /// What is wrong with it.
        error: ModelError,
    },
    /// The taxonomy cannot be used.
    #[error(transparent)]
    Taxonomy(#[from] TaxonomyError),
    /// The user's terms cannot be used.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// The rules for intents cannot be used.
    #[error(transparent)]
    Intents(#[from] IntentError),
    /// The rules of origin cannot be used.
    #[error(transparent)]
    Origin(#[from] OriginError),
}

fn known() -> String {
    Language::ALL.map(Language::code).join(", ")
}

/// Derives facts from feedback; built once, shared by threads.
pub struct Enricher {
    keywords_max: usize,
    language_confidence_min: f64,
    languages: LanguageDetector,
    tokenizer: Tokenizer,
    ranker: Ranker,
    judge: SentimentJudge,
    models: Models,
    simplifier: Simplifier,
    taxonomy: Taxonomy,
    intents: IntentRules,
    origin: OriginRules,
}

impl Enricher {
    /// Loads dictionaries, models and lexicons, so that the first feedback costs no more than the next.
    pub fn new(settings: &Settings) -> Result<Self, EnricherError> {
        let unknown = |code: &String| EnricherError::UnknownLanguage { code: code.clone() };
        let languages: Vec<Language> = settings
            .languages
            .iter()
            .map(|code| Language::from_code(code).ok_or_else(|| unknown(code)))
            .collect::<Result<_, _>>()?;
        if languages.is_empty() {
            return Err(EnricherError::NoLanguage);
        }
        if !(0.0..=1.0).contains(&settings.language_confidence_min) {
            return Err(EnricherError::Confidence { value: settings.language_confidence_min });
        }
        let stop_words = StopWords::embedded();
        let simplifier = Simplifier::embedded();
        let terms = Arc::new(Terms::parse(&settings.terms)?);
        Ok(Self {
            keywords_max: settings.keywords_max,
            language_confidence_min: settings.language_confidence_min,
            languages: LanguageDetector::new(&languages, &stop_words),
            ranker: Ranker::new(&stop_words, Arc::clone(&terms)),
            tokenizer: Tokenizer::new().with_terms(terms),
            judge: SentimentJudge::embedded()?,
            models: Models::new(&settings.models).map_err(|(name, error)| EnricherError::Model { name, error })?,
            taxonomy: Taxonomy::parse(&settings.taxonomy, &simplifier)?,
            intents: IntentRules::parse(&settings.intents, &simplifier)?,
            origin: OriginRules::parse(&settings.origin, &simplifier)?,
            simplifier,
        })
    }

    /// Derives everything from one feedback.
    ///
    /// A title counts as the first sentence. Words and feelings are read in the most likely language even where it stays
    /// `und`, because a guess serves them better than none.
    pub fn enrich(&self, feedback: &Feedback) -> Enrichment {
        let Opinion { words: text, title_chars } = opinion(feedback);
        let stripped = noise::strip(&text);
        let hint = feedback.language_hint.as_deref().and_then(Language::from_tag);
        let detection = self.languages.detect(&stripped.text, hint);
        let tokens = self.tokenizer.tokenize(&stripped.text, detection.language);
        let folded = self.simplifier.fold(tokens.lower());
        // Traditional cues are the Simplified ones; Japanese has some of the same characters and keeps them.
        let is_chinese = detection.language.is_some_and(Language::is_chinese);
        let lower = if is_chinese { &folded } else { tokens.lower() };
        let words = Words { lower, original: &text, language: detection.language };
        let reading = self.judge.read(words);
        // Aspects quote the text; what a title says has no place in it.
        let place = |char_at| stripped.original(char_at).checked_sub(title_chars).map(|at| at as u32);
        let (intents, effort) = self.intents.find(&folded, detection.language, place);
        let is_sure = detection.confidence >= self.language_confidence_min;
        let language = if is_sure { detection.tag() } else { "und" };
        Enrichment {
            enricher_version: crate::ENRICHER_VERSION,
            language: language.to_owned(),
            language_confidence: detection.confidence,
            sentiment: self.feeling(&reading, &text, feedback.channel, detection.language),
            keywords: self.ranker.rank(&tokens, self.keywords_max),
            aspects: aspects::find(&self.taxonomy, &folded, &reading, place),
            intents,
            effort,
            simhash: simhash(&folded),
            origin: self.origin.judge(feedback, &text, &self.simplifier),
        }
    }

    /// Returns what a model of this language would read of a feedback, to train one.
    pub fn evidence(&self, feedback: &Feedback, language: Language) -> Evidence {
        let Opinion { words: text, .. } = opinion(feedback);
        let lower = fold::lower(&noise::strip(&text).text);
        let folded = self.simplifier.fold(&lower);
        let lower = if language.is_chinese() { &folded } else { lower.as_str() };
        let reading = self.judge.read(Words { lower, original: &text, language: Some(language) });
        Evidence { letters: Letters::of(&text, &self.simplifier), clue: reading.clue() }
    }

    fn feeling(
        &self,
        reading: &Reading,
        text: &str,
        channel: Channel,
        language: Option<Language>,
    ) -> Option<Sentiment> {
        let knowledge = Knowledge {
            model: language.and_then(|language| self.models.find(language, channel)),
            has_lexicon: language.is_some_and(|language| self.judge.knows(language)),
        };
        let letters = language.map(|_| Letters::of(text, &self.simplifier));
        feeling::judge(reading, letters.as_ref(), knowledge)
    }
}

/// What a model of feelings is trained on: what it would read of a feedback.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The text's letters.
    pub letters: Letters,
    /// What the lexicon makes of it.
    pub clue: usize,
}

/// What is read of a feedback: a title, then the text.
struct Opinion<'f> {
    words: Cow<'f, str>,
    /// How many characters stand before the text.
    title_chars: usize,
}

/// Joins title and text, without a repeated post and cut to what is read.
fn opinion(feedback: &Feedback) -> Opinion<'_> {
    let text = match feedback.channel {
        Channel::Social => noise::own_words(&feedback.text),
        Channel::Review | Channel::Chat | Channel::Survey => &feedback.text,
    };
    let text = beginning(text);
    match feedback.title.as_deref().filter(|title| !title.is_empty()).map(beginning) {
        Some(title) => {
            Opinion { words: Cow::Owned(format!("{title}\n{text}")), title_chars: title.chars().count() + 1 }
        }
        None => Opinion { words: Cow::Borrowed(text), title_chars: 0 },
    }
}

fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES_READ_MAX)]
}

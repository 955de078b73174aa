//! From a feedback to its enrichment, in one call.

use std::borrow::Cow;

use hearken_schemas::enrichment::Enrichment;
use hearken_schemas::feedback::{Channel, Feedback};

use crate::keywords;
use crate::language::{Language, LanguageDetector};
use crate::lexicon::LexiconError;
use crate::noise;
use crate::sentiment::{SentimentJudge, Words};
use crate::stopwords::StopWords;
use crate::tokens::Tokenizer;

/// How much of a text is read; nobody says anything new after some twenty thousand characters, and the cost stays bounded.
pub const TEXT_BYTES_READ_MAX: usize = 64 * 1024;

/// What an enricher may be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// ISO 639-1 codes of the languages to choose from. Each Latin-script one adds to the cost where function words do not
    /// decide.
    pub languages: Vec<String>,
    /// The most keywords a text gets.
    pub keywords_max: usize,
    /// Under this confidence the language is `und`; from 0 to 1.
    pub language_confidence_min: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            languages: Language::ALL.map(|language| language.code().to_owned()).to_vec(),
            keywords_max: 8,
            language_confidence_min: 0.55,
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
}

fn known() -> String {
    Language::ALL.map(Language::code).join(", ")
}

/// Derives facts from feedback; built once, shared by threads.
pub struct Enricher {
    keywords_max: usize,
    language_confidence_min: f64,
    stop_words: StopWords,
    languages: LanguageDetector,
    tokenizer: Tokenizer,
    judge: SentimentJudge,
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
        Ok(Self {
            keywords_max: settings.keywords_max,
            language_confidence_min: settings.language_confidence_min,
            languages: LanguageDetector::new(&languages, &stop_words),
            stop_words,
            tokenizer: Tokenizer::new(),
            judge: SentimentJudge::embedded()?,
        })
    }

    /// Derives everything from one feedback.
    ///
    /// A title counts as the first sentence. Words and feelings are read in the most likely language even where it stays
    /// `und`, because a guess serves them better than none.
    pub fn enrich(&self, feedback: &Feedback) -> Enrichment {
        let text = text_of(feedback);
        let stripped = noise::strip(&text);
        let hint = feedback.language_hint.as_deref().and_then(Language::from_tag);
        let detection = self.languages.detect(&stripped, hint);
        let tokens = self.tokenizer.tokenize(&stripped, detection.language);
        let words = Words { lower: tokens.lower(), original: &text, language: detection.language };
        let is_sure = detection.confidence >= self.language_confidence_min;
        let language = detection.language.filter(|_| is_sure).map_or("und", Language::code);
        Enrichment {
            enricher_version: crate::ENRICHER_VERSION,
            language: language.to_owned(),
            language_confidence: detection.confidence,
            sentiment: self.judge.judge(words, feedback.rating),
            keywords: keywords::rank(&tokens, &self.stop_words, self.keywords_max),
        }
    }
}

/// Joins title and text, without a repeated post and cut to what is read.
fn text_of(feedback: &Feedback) -> Cow<'_, str> {
    let text = match feedback.channel {
        Channel::Social => noise::own_words(&feedback.text),
        Channel::Review | Channel::Chat => &feedback.text,
    };
    let text = &text[..text.floor_char_boundary(TEXT_BYTES_READ_MAX)];
    match feedback.title.as_deref().filter(|title| !title.is_empty()) {
        Some(title) => Cow::Owned(format!("{}\n{text}", &title[..title.floor_char_boundary(TEXT_BYTES_READ_MAX)])),
        None => Cow::Borrowed(text),
    }
}

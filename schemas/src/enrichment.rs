//! What the pipeline derives from a feedback's text.

use serde::{Deserialize, Serialize};

use crate::feedback::Feedback;

/// The overall feeling of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum SentimentLabel {
    Negative,
    Neutral,
    Positive,
    Mixed,
}

impl SentimentLabel {
    /// Returns the name used in JSON and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Neutral => "neutral",
            Self::Positive => "positive",
            Self::Mixed => "mixed",
        }
    }
}

/// A label with its strength.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sentiment {
    /// The overall feeling.
    pub label: SentimentLabel,
    /// From −1 (negative) to 1 (positive).
    pub score: f64,
    /// From 0 to 1: how sure the enricher is of the label.
    pub confidence: f64,
}

/// A term that characterizes the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Keyword {
    /// The term as analysts should see it, lower case where the script has case.
    pub term: String,
    /// The form under which inflections meet.
    pub stem: String,
    /// Greater than 0; comparable within one text only.
    pub score: f64,
}

/// Which way an aspect is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Polarity {
    Negative,
    Neutral,
    Positive,
}

impl Polarity {
    /// Returns the name used in JSON and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Neutral => "neutral",
            Self::Positive => "positive",
        }
    }
}

/// A factor the customer judges, with the words that say so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Aspect {
    /// One of the taxonomy's categories, such as `delivery`.
    pub category: String,
    /// One of the category's topics, such as `packaging`.
    pub topic: String,
    /// The topic's usual touchpoint; absent where the record's own says more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touchpoint: Option<String>,
    /// Which way it is judged.
    pub polarity: Polarity,
    /// From −1 (negative) to 1 (positive).
    pub score: f64,
    /// Where its words begin in the feedback's text, in characters.
    pub start: u32,
    /// Where they end, in characters; greater than `start`.
    pub end: u32,
}

/// Whether a customer's own experience speaks; nothing is dropped for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authenticity {
    /// As far as can be told, a customer speaks.
    Genuine,
    /// The platform's words for a customer who wrote none.
    DefaultPraise,
    /// Somebody else's words passed on, none added.
    RepostOnly,
}

impl Authenticity {
    /// Returns the name used in JSON and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::DefaultPraise => "default_praise",
            Self::RepostOnly => "repost_only",
        }
    }
}

/// Derived facts; they never change the feedback.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Enrichment {
    /// Ordinal of the enricher, raised with every change of what it derives; the low bits of a row's version.
    pub enricher_version: u16,
    /// BCP 47, `und` where nothing can be said.
    pub language: String,
    /// From 0 to 1.
    pub language_confidence: f64,
    /// The overall feeling.
    pub sentiment: Sentiment,
    /// Best first.
    pub keywords: Vec<Keyword>,
    /// In the order of the text.
    pub aspects: Vec<Aspect>,
    /// Whether a customer's own experience speaks.
    pub origin: Authenticity,
}

/// A feedback with what was derived from it: the record of `feedback.enriched.v1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Enriched {
    /// The feedback as `ingest` wrote it.
    pub feedback: Feedback,
    /// The derived facts.
    pub enrichment: Enrichment,
}

impl Enriched {
    /// Returns the order among rows of one feedback: `revision · 2^16 + enricher_version`.
    pub fn version(&self) -> u64 {
        self.feedback.revision << 16 | u64::from(self.enrichment.enricher_version)
    }
}

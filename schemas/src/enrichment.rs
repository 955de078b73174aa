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

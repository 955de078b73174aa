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
    /// The term as analysts should see it: lower case where the script has case, a user's own term as he wrote it.
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

/// What a customer means to do, or wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentKind {
    /// To leave: not to buy again, to cancel, to go to somebody else.
    Churn,
    /// To complain formally, or to be heard about something that went wrong.
    Complaint,
    /// Money or goods back.
    Refund,
    /// To praise or thank.
    Praise,
    /// An answer.
    Question,
    /// To have something made better.
    Suggestion,
    /// To buy, or to buy again.
    Purchase,
    /// To tell others to buy.
    Recommend,
    /// Lawyers, courts, authorities, the press.
    LegalThreat,
    /// Somebody was hurt or could be.
    Safety,
}

impl IntentKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Churn,
        Self::Complaint,
        Self::Refund,
        Self::Praise,
        Self::Question,
        Self::Suggestion,
        Self::Purchase,
        Self::Recommend,
        Self::LegalThreat,
        Self::Safety,
    ];

    /// Returns the name used in JSON and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Churn => "churn",
            Self::Complaint => "complaint",
            Self::Refund => "refund",
            Self::Praise => "praise",
            Self::Question => "question",
            Self::Suggestion => "suggestion",
            Self::Purchase => "purchase",
            Self::Recommend => "recommend",
            Self::LegalThreat => "legal_threat",
            Self::Safety => "safety",
        }
    }
}

/// An intent with the words that say so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// What is meant.
    pub kind: IntentKind,
    /// From 0 to 1.
    pub confidence: f64,
    /// Where its words begin in the feedback's text, in characters.
    pub start: u32,
    /// Where they end, in characters; greater than `start`.
    pub end: u32,
}

/// How hard the customer says it was to get something done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Effort {
    Low,
    High,
}

impl Effort {
    /// Returns the name used in JSON and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::High => "high",
        }
    }
}

/// 64 bits that are nearly the same for texts that are nearly the same. In JSON 16 hexadecimal digits, because not every reader of
/// JSON keeps 64 bits of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Simhash(pub u64);

impl From<Simhash> for String {
    fn from(Simhash(bits): Simhash) -> Self {
        format!("{bits:016x}")
    }
}

impl TryFrom<String> for Simhash {
    type Error = String;

    fn try_from(digits: String) -> Result<Self, String> {
        let is_hex = digits.len() == 16 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let bits = is_hex.then(|| u64::from_str_radix(&digits, 16).ok()).flatten();
        bits.map(Self).ok_or_else(|| format!("{digits:?} is not 16 hexadecimal digits in lower case"))
    }
}

/// Whether a customer's own experience speaks; nothing is dropped for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authenticity {
    /// As far as can be told, a customer speaks.
    Genuine,
    /// The platform's words for a customer who wrote none.
    DefaultPraise,
    /// Somebody sells or recruits: coupons, contact details, paid praise.
    Promotional,
    /// Somebody else's words passed on, none added.
    RepostOnly,
    /// An account of the company's own.
    OwnAccount,
    /// A program's words: auto-replies, notices, receipts.
    Automated,
    /// Mostly damaged in transit, so that nobody's words can be read.
    Garbled,
}

impl Authenticity {
    /// Returns the name used in JSON and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::DefaultPraise => "default_praise",
            Self::Promotional => "promotional",
            Self::RepostOnly => "repost_only",
            Self::OwnAccount => "own_account",
            Self::Automated => "automated",
            Self::Garbled => "garbled",
        }
    }
}

/// Derived facts; they never change the feedback.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Enrichment {
    /// Ordinal of the enricher, raised with every change of what it derives; the low bits of a row's version.
    pub enricher_version: u16,
    /// BCP 47, with the script of Chinese where it shows (`zh-Hans`, `zh-Hant`, `yue-Hant`); `und` where nothing can be said.
    pub language: String,
    /// From 0 to 1.
    pub language_confidence: f64,
    /// The overall feeling; absent where the text has no words and no feeling emoji.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<Sentiment>,
    /// Best first.
    pub keywords: Vec<Keyword>,
    /// In the order of the text.
    pub aspects: Vec<Aspect>,
    /// In the order of the text; none in records of before intents were derived.
    #[serde(default)]
    pub intents: Vec<Intent>,
    /// Absent where the customer says nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort: Option<Effort>,
    /// Of the folded text; absent where it has no words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simhash: Option<Simhash>,
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

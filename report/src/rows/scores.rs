//! Rows of scores, the journey and topics.
#![allow(missing_docs, reason = "the columns of the views say it")]

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// All genuine feedback of the window beside the window before.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Totals {
    pub n: i64,
    pub excluded: i64,
    pub judged: i64,
    pub net: Option<f64>,
    pub net_low: Option<f64>,
    pub net_high: Option<f64>,
    pub previous_n: i64,
    /// Of `n`, those whose customer is known.
    pub known: i64,
}

/// A score with its interval, and its change against the window before.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Score {
    /// `nps`, `csat`, `ces` or `net_sentiment`.
    pub metric: String,
    pub brand: String,
    pub survey_kind: String,
    pub scale: String,
    pub value: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub n: i64,
    pub previous: Option<f64>,
    pub previous_n: i64,
    pub change: Option<f64>,
    pub change_low: Option<f64>,
    pub change_high: Option<f64>,
    pub significant: Option<bool>,
}

/// How many answered a survey; how many were asked nobody tells.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Responses {
    pub brand: String,
    pub survey_kind: String,
    pub survey_id: String,
    pub answered: i64,
}

/// A day's genuine feedback.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Day {
    pub day: Date,
    pub n: i64,
    pub excluded: i64,
    pub judged: i64,
    pub negative: i64,
    pub positive: i64,
    pub net: Option<f64>,
    pub net_low: Option<f64>,
    pub net_high: Option<f64>,
}

/// A version of the enricher and the first day it judged.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Model {
    pub version: i64,
    pub first_day: Date,
}

/// A stage of the journey.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Stage {
    pub stage: String,
    pub n: i64,
    pub judged: i64,
    pub net: Option<f64>,
    pub net_low: Option<f64>,
    pub net_high: Option<f64>,
    pub visits: i64,
    pub bounce_rate: Option<f64>,
    pub bounce_low: Option<f64>,
    pub bounce_high: Option<f64>,
    pub conversion: Option<f64>,
    pub conversion_low: Option<f64>,
    pub conversion_high: Option<f64>,
}

/// Whether a touchpoint is measured.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Coverage {
    pub stage: String,
    pub touchpoint: String,
    pub measured: bool,
}

/// A node of the tree of indicators.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Indicator {
    pub id: String,
    pub parent: String,
    pub name: String,
    pub weight: Option<f64>,
    pub metric: String,
    pub unit: String,
    pub target: Option<f64>,
    pub actual: Option<f64>,
    pub score: Option<f64>,
    pub gap: Option<f64>,
    pub coverage: Option<f64>,
    pub n: i64,
}

/// A topic in the window and in the one before.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Topic {
    pub category: String,
    pub topic: String,
    pub mentions: i64,
    pub negative: i64,
    pub positive: i64,
    pub net: Option<f64>,
    pub net_low: Option<f64>,
    pub net_high: Option<f64>,
    pub previous_mentions: i64,
    pub change: Option<f64>,
    pub significant: Option<bool>,
}

/// A customer's own words about a topic.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Quote {
    pub category: String,
    pub topic: String,
    pub polarity: String,
    /// The words that say it, part of `text`.
    pub quote: String,
    pub text: String,
    pub channel: String,
    pub brand: String,
    /// The product's name, else its id; empty where none is known.
    pub product: String,
    /// The store's name, else its id; empty where none is known.
    pub store: String,
    pub language: String,
    pub day: Date,
}

/// A topic in one channel.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ChannelCell {
    pub brand: String,
    pub category: String,
    pub topic: String,
    pub channel: String,
    pub mentions: i64,
    pub net: Option<f64>,
    pub net_low: Option<f64>,
    pub net_high: Option<f64>,
    pub gap: Option<f64>,
    pub significant: Option<bool>,
}

/// A brand, own or competing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct BrandVoice {
    pub brand: String,
    pub own: bool,
    pub n: i64,
    pub judged: i64,
    pub net: Option<f64>,
    pub net_low: Option<f64>,
    pub net_high: Option<f64>,
    /// Its part of all mentions of brands.
    pub share: Option<f64>,
    pub rated: i64,
    /// The mean rating as a share of its scale.
    pub rating: Option<f64>,
}

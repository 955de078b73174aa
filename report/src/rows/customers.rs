//! Rows of customers: revenue at risk, last words, retention, and what actions changed.
#![allow(missing_docs, reason = "the columns of the views say it")]

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A customer whose revenue is at risk.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AtRisk {
    pub customer: String,
    pub owner: String,
    /// The store's name, else its id; empty where none is known.
    pub store: String,
    pub reason: String,
    pub day: Option<Date>,
    pub quote: String,
    pub language: String,
    /// Nothing where a rate is missing.
    pub revenue: Option<f64>,
    pub currency: String,
    pub tier: String,
}

/// Revenue at risk of one reason.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Exposed {
    pub reason: String,
    pub customers: i64,
    pub revenue: Option<f64>,
    pub currency: String,
    /// Orders that are in no sum, because a rate is missing.
    pub unconverted_orders: i64,
}

/// What a customer said last who is silent since.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct LastWords {
    pub customer: String,
    pub day: Option<Date>,
    pub quote: String,
    pub topic: String,
    pub language: String,
    pub last_order: Option<Date>,
}

/// Whether customers who spoke bought again.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Retention {
    pub brand: String,
    /// `negative`, `neutral`, `positive`, `mixed` or `none`.
    pub sentiment_group: String,
    pub customers: i64,
    pub known_share: Option<f64>,
    pub retained: i64,
    pub left: i64,
    pub unknown: i64,
    pub retention: Option<f64>,
    pub retention_low: Option<f64>,
    pub retention_high: Option<f64>,
}

/// What an action changed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Action {
    pub what: String,
    pub owner: String,
    pub started: Date,
    pub scope: String,
    pub days: Option<i64>,
    pub before_n: i64,
    pub before_net: Option<f64>,
    pub after_n: i64,
    pub after_net: Option<f64>,
    pub other_before_net: Option<f64>,
    pub other_after_net: Option<f64>,
    pub effect: Option<f64>,
    pub effect_low: Option<f64>,
    pub effect_high: Option<f64>,
    /// `better`, `worse`, `no difference seen` or `too early`.
    pub verdict: String,
}

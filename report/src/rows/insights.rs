//! Rows of drivers, Kano, keywords and incidents.
#![allow(missing_docs, reason = "the columns of the views say it")]

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

/// What a topic adds to the NPS or takes from it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Impact {
    pub brand: String,
    pub survey_kind: String,
    pub topic: String,
    pub answers: i64,
    pub theme_answers: i64,
    pub nps: Option<f64>,
    pub nps_without: Option<f64>,
    pub impact: Option<f64>,
}

/// How much a driver matters for a score.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Driver {
    pub brand: String,
    /// `nps`, `csat` or `rating`.
    pub metric: String,
    pub survey_kind: String,
    /// `scale` or `text`.
    pub basis: String,
    pub driver: String,
    pub from: Date,
    pub until: Date,
    pub n: i64,
    pub mentions: i64,
    pub r2: Option<f64>,
    pub importance: Option<f64>,
    /// `importance` / `r2`.
    pub share: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub significant: Option<bool>,
    /// `+` or `-`.
    pub direction: String,
    pub performance: Option<f64>,
    pub performance_cut: Option<f64>,
    pub importance_cut: Option<f64>,
    /// `strength`, `improve`, `maintain` or `monitor`.
    pub quadrant: String,
}

/// A feature in Kano's sense.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Feature {
    pub brand: String,
    pub survey_id: String,
    pub feature: String,
    pub n: i64,
    pub attractive: i64,
    pub one_dimensional: i64,
    pub must_be: i64,
    pub indifferent: i64,
    pub reverse: i64,
    pub questionable: i64,
    /// `A`, `O`, `M`, `I`, `R` or `Q`.
    pub category: Option<String>,
    pub better: Option<f64>,
    pub worse: Option<f64>,
    pub text_class: Option<String>,
    pub text_positive: Option<i64>,
    pub text_negative: Option<i64>,
}

/// A keyword of the cloud.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Word {
    pub term: String,
    pub n: i64,
    pub net: Option<f64>,
}

/// A keyword that changed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Trend {
    pub brand: String,
    pub term: String,
    pub n: i64,
    pub previous_n: i64,
    pub share: Option<f64>,
    pub previous_share: Option<f64>,
    /// `new`, `rising`, `steady`, `falling` or `gone`.
    pub trend: String,
    pub z: Option<f64>,
}

/// Something that was not as usual.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Incident {
    pub opened_at: DateTime,
    /// Nothing while it is open.
    pub closed_at: Option<DateTime>,
    pub brand: String,
    /// `topic`, `volume`, `negative` or `silence`.
    pub kind: String,
    pub channel: String,
    pub topic: String,
    pub peak_x: Option<f64>,
    pub peak_z: Option<f64>,
    pub mentions: i64,
    pub sample: String,
}

/// Posts within minutes that are nearly alike.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Burst {
    pub first_at: DateTime,
    pub last_at: DateTime,
    pub brand: String,
    pub channel: String,
    pub posts: i64,
    pub authors: i64,
    pub sample: String,
    pub suspected_coordinated: bool,
}

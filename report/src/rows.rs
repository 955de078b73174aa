//! What the page is made of: one struct a kind of row, named as the views' columns are.
//!
//! Times and days are those of the report's own time zone; whoever asks converts. What a view leaves NULL is `None`, and is never
//! shown as 0. Everything defaults to nothing, so that an empty database is the report `Report::default()`.

mod customers;
mod insights;
mod scores;

use serde::{Deserialize, Serialize};

pub use customers::{Action, AtRisk, Exposed, LastWords, Retention};
pub use insights::{Burst, Driver, Feature, Impact, Incident, Trend, Word};
pub use scores::{
    BrandVoice, ChannelCell, Coverage, Day, Indicator, Model, Quote, Responses, Score, Stage, Topic, Totals,
};

use jiff::civil::{Date, DateTime};

/// Everything the page shows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// What is asked for.
    pub window: Window,
    /// The company's own brands in the window, or those asked for.
    pub brands: Vec<String>,
    /// All genuine feedback of the window.
    pub totals: Option<Totals>,
    /// Scores and how they changed.
    pub scores: Vec<Score>,
    /// How many answered.
    pub responses: Vec<Responses>,
    /// Sentiment by day.
    pub days: Vec<Day>,
    /// Versions of the enricher that judged, the first first.
    pub models: Vec<Model>,
    /// The journey's stages.
    pub stages: Vec<Stage>,
    /// Which touchpoints are measured.
    pub coverage: Vec<Coverage>,
    /// The tree of indicators.
    pub indicators: Vec<Indicator>,
    /// What customers speak of, the most frequent first.
    pub topics: Vec<Topic>,
    /// Customers' own words, the best first within a topic.
    pub quotes: Vec<Quote>,
    /// What the score loses or gains by a topic.
    pub impacts: Vec<Impact>,
    /// The same topic in each channel.
    pub channels: Vec<ChannelCell>,
    /// What drives the scores.
    pub drivers: Vec<Driver>,
    /// Kano's features.
    pub features: Vec<Feature>,
    /// Keywords by weight.
    pub words: Vec<Word>,
    /// Keywords that changed.
    pub trends: Vec<Trend>,
    /// Incidents, the newest first.
    pub incidents: Vec<Incident>,
    /// Posts that are nearly alike.
    pub bursts: Vec<Burst>,
    /// Brands, own and competing.
    pub voices: Vec<BrandVoice>,
    /// Customers whose revenue is at risk, the greatest first.
    pub at_risk: Vec<AtRisk>,
    /// Revenue at risk by reason.
    pub exposed: Vec<Exposed>,
    /// What customers said last who are silent since.
    pub last_words: Vec<LastWords>,
    /// Who bought again.
    pub retention: Vec<Retention>,
    /// What actions changed.
    pub actions: Vec<Action>,
}

/// The window that is asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Window {
    /// The first day.
    pub from: Date,
    /// The day after the last.
    pub until: Date,
    /// The IANA name of the zone that days and times are of.
    pub time_zone: String,
    /// When the page was made.
    pub generated_at: DateTime,
    /// The newest feedback there was.
    pub newest_at: Option<DateTime>,
}

//! From the words of a feedback to facts about it: language, keywords, sentiment, aspects, intents, effort, origin, simhash.
//!
//! Purpose: the core of the service `enrich`. [`Enricher`] is built once and turns each `Feedback` into an `Enrichment`.
//!
//! Layout, in the order a text passes through it:
//! - `noise` takes out what is not language: links, mentions, bracketed tokens;
//! - `script` and `language` say which language it is;
//! - `tokens` cuts it into words and keeps a user's `terms` whole, `stopwords` and `keywords` rank them;
//! - `lexicon` finds cues for feelings, `sentiment` weighs them by clause, `negation` says how far negators reach;
//! - `model` has been trained on labelled texts and decides how a text feels, `feeling` brings it and the cues together;
//! - `fold` makes ways of writing equal, `phrases` finds the words of rule files, `taxonomy` what is spoken of, `verdicts` and
//!   `judgement` say how each is judged, `aspects` lists them;
//! - `intents` says what the customer means to do and how hard it was;
//! - `damage` says how much was lost on the way, `origin` whose words they are, `simhash` which texts are nearly the same;
//! - `enricher` calls the above in one place;
//! - `service` is the shell around it: records in, records out.
//!
//! The word lists are files: `stopwords/*.txt`, `fillers/*.txt`, `lexicon/*.toml`, `taxonomy.toml`, `verdicts.toml`, `intents.toml`,
//! `origin.toml`, `simplified.txt`; the trained weights are `models/*.model`. They are part of the binary; `enrich.taxonomy`,
//! `enrich.intents` and `enrich.origin` name files of the user's own instead, `enrich.models` models that go before, `enrich.terms` his terms.
//!
//! Invariants of all but `service`: no I/O, no clock, no randomness: the same feedback and settings give the same enrichment on every
//! machine. The cost is bounded by [`enricher::TEXT_BYTES_READ_MAX`]. The feedback is never changed.
#![warn(clippy::expect_used)]

mod aspects;
mod damage;
pub mod enricher;
mod feeling;
mod fold;
pub mod intents;
mod judgement;
pub mod keywords;
pub mod language;
pub mod lexicon;
pub mod model;
mod negation;
mod noise;
pub mod origin;
mod phrases;
mod script;
pub mod sentiment;
pub mod service;
pub mod simhash;
pub mod stopwords;
pub mod taxonomy;
pub mod terms;
pub mod tokens;
mod verdicts;

pub use enricher::{Enricher, EnricherError, Settings};

/// Ordinal of what this crate derives: raised whenever the same text would give another enrichment.
pub const ENRICHER_VERSION: u16 = 4;

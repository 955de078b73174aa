//! Raw records to normalized ones.
//!
//! Purpose: whatever a channel sends becomes one [`Feedback`], whatever the business records one [`Operation`], or a
//! [`Rejection`] that says what to mend. [`Normalizer::normalize`] is the core's one entry.
//!
//! Layout: `normalizer` has the tables of topics, `erased` says whom a record names; `normalize` turns what channels send into feedback, one file a channel, and
//! `operation` what the business sends, one file a kind. Both read their fields with `context` (the catalog, a source's
//! defaults, the Kafka timestamp) and `field` (ids and names, `text` clean-up, `words` redaction, `time`). `wire` holds the
//! private types of what channels send, `pseudonym` makes keys of handles, `touchpoint` maps touchpoints to journey stages
//! from `touchpoints.toml`. `service` is the thin shell around it all, the only file that knows Kafka.
//!
//! Invariants: the core is a pure function of its settings and of topic, Kafka timestamp, key and value: no clock, no
//! randomness, no I/O, so a replay decides the same. One raw record gives one record. No text leaves without clean-up and
//! redaction. Nothing panics, whatever the bytes. A rejection names the field and never quotes the customer.
//!
//! [`Feedback`]: hearken_schemas::feedback::Feedback
//! [`Operation`]: hearken_schemas::operation::Operation
//! [`Rejection`]: hearken_schemas::dead_letter::Rejection
#![warn(clippy::expect_used)]

mod context;
mod erased;
pub mod field;
mod normalize;
mod normalizer;
pub mod operation;
pub mod pseudonym;
pub mod service;
pub mod touchpoint;
mod wire;

pub use normalizer::{Normalized, Normalizer, Settings};

//! Raw channel records to normalized feedback.
//!
//! Purpose: whatever a channel sends becomes one [`Feedback`], or a [`Rejection`] that says what to mend. [`normalize`] is
//! the core's one entry; [`CHANNELS`] lists the channels, so that tests, snapshots and benches walk them all.
//!
//! Layout: `wire` holds the private types of what channels send; `normalize` turns each into feedback, one file a channel,
//! with `text` (clean-up) and `time` beside them; `touchpoint` maps touchpoints to journey stages from `touchpoints.toml`;
//! `service` is the thin shell around it all, the only file that knows Kafka.
//!
//! Invariants: the core is a pure function of topic, Kafka timestamp and bytes: no clock, no randomness, no I/O, so a replay
//! decides the same. One raw record gives one feedback. No text leaves without clean-up and redaction. Nothing panics,
//! whatever the bytes. A rejection never quotes the customer.
#![warn(clippy::expect_used)]

pub mod normalize;
pub mod service;
pub mod touchpoint;
mod wire;

use hearken_schemas::dead_letter::{Reason, Rejection};
use hearken_schemas::feedback::Feedback;
use hearken_schemas::topics;

/// Turns one raw record (Kafka timestamp in milliseconds, value) into feedback.
pub type Normalize = fn(i64, Option<&[u8]>) -> Result<Feedback, Rejection>;

/// Every channel: its raw topic and what turns its records into feedback.
pub const CHANNELS: &[(&str, Normalize)] = &[
    (topics::RAW_REVIEWS, normalize::review::normalize),
    (topics::RAW_CHATS, normalize::chat::normalize),
    (topics::RAW_SOCIAL, normalize::social::normalize),
];

/// Turns one raw record into feedback: the whole decision of this service.
///
/// `timestamp_ms` is the record's Kafka timestamp; bounds on time are judged against it.
///
/// # Errors
/// The reason and the detail of the record's dead letter; `unknown_version` for a topic that is no channel's.
pub fn normalize(topic: &str, timestamp_ms: i64, value: Option<&[u8]>) -> Result<Feedback, Rejection> {
    match CHANNELS.iter().find(|(name, _)| *name == topic) {
        Some((_, normalize)) => normalize(timestamp_ms, value),
        None => Err(Rejection::new(Reason::UnknownVersion, format!("no channel writes to topic {topic:?}"))),
    }
}

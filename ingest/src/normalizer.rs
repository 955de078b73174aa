//! The core as one object: what a topic's records become, with what is configured.

use hearken_schemas::catalog::{Catalog, Lookup};
use hearken_schemas::dead_letter::{Reason, Rejection};
use hearken_schemas::erasure::{Named, Subject};
use hearken_schemas::feedback::Feedback;
use hearken_schemas::operation::Operation;
use hearken_schemas::topics;

use crate::context::Context;
use crate::erased;
use crate::normalize;
use crate::operation;
use crate::pseudonym::Pseudonyms;

/// What the core is configured with.
#[derive(Debug)]
pub struct Settings {
    /// What the company says of its sources, brands and touchpoints.
    pub catalog: Lookup,
    /// Makes keys of handles and agents.
    pub pseudonyms: Pseudonyms,
}

/// What one raw record became.
#[derive(Debug, Clone, PartialEq)]
pub enum Normalized {
    /// Something a customer said: a record of `feedback.normalized.v1`.
    Feedback(Box<Feedback>),
    /// Something the business recorded: a record of `operations.normalized.v1`.
    Operation(Box<Operation>),
}

impl Normalized {
    /// Returns whom it names.
    pub fn named(&self) -> Named {
        match self {
            Self::Feedback(feedback) => Named::of_feedback(feedback),
            Self::Operation(operation) => Named::of_operation(operation),
        }
    }
}

/// Turns the value of a raw record into feedback.
type ToFeedback = fn(&Context<'_>, Option<&[u8]>) -> Result<Feedback, Rejection>;

/// Turns key and value of a raw record into a record of the business.
type ToOperation = fn(&Context<'_>, Option<&[u8]>, Option<&[u8]>) -> Result<Operation, Rejection>;

/// Every channel: its raw topic and what turns its records into feedback.
const CHANNELS: [(&str, ToFeedback); 4] = [
    (topics::RAW_REVIEWS, normalize::review::normalize),
    (topics::RAW_CHATS, normalize::chat::normalize),
    (topics::RAW_SOCIAL, normalize::social::normalize),
    (topics::RAW_SURVEYS, normalize::survey::normalize),
];

/// Every raw topic of the business's own records.
const OPERATIONS: [(&str, ToOperation); 3] = [
    (topics::RAW_ORDERS, operation::order::normalize),
    (topics::RAW_VISITS, operation::visit::normalize),
    (topics::RAW_CUSTOMERS, operation::customer::normalize),
];

/// Turns raw records into normalized ones: the whole decision of this service.
#[derive(Debug)]
pub struct Normalizer {
    settings: Settings,
}

impl Normalizer {
    /// Takes what is configured.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// Builds one with an empty catalog and a secret that is none: for tools, benches and tests, never for a service.
    pub fn plain() -> Self {
        Self::new(Settings {
            catalog: Lookup::new(Catalog::default()),
            pseudonyms: Pseudonyms::new(b"no secret: tools and tests only"),
        })
    }

    /// Turns one raw record into a normalized one.
    ///
    /// `timestamp_ms` is the record's Kafka timestamp: bounds on time are judged against it, and it stands in where a time is
    /// unknown. `key` matters on compacted topics alone, where a record without a value deletes what its key names.
    ///
    /// # Errors
    /// The reason, field and detail of the record's dead letter; `unknown_version` for a topic that nothing reads.
    pub fn normalize(
        &self,
        topic: &str,
        timestamp_ms: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
    ) -> Result<Normalized, Rejection> {
        let Settings { catalog, pseudonyms } = &self.settings;
        let context = Context { catalog, pseudonyms, received_ms: timestamp_ms };
        if let Some((_, feedback)) = CHANNELS.iter().find(|(name, _)| *name == topic) {
            return feedback(&context, value).map(|feedback| Normalized::Feedback(Box::new(feedback)));
        }
        if let Some((_, operation)) = OPERATIONS.iter().find(|(name, _)| *name == topic) {
            return operation(&context, key, value).map(|operation| Normalized::Operation(Box::new(operation)));
        }
        Err(Rejection::new(Reason::UnknownVersion, format!("{topic:?} is no raw topic")))
    }

    /// Returns whom a record names that cannot be normalized, as far as its bytes still say it.
    pub fn subjects_of_unread(&self, key: Option<&[u8]>, value: Option<&[u8]>) -> Vec<Subject> {
        let Settings { catalog, pseudonyms } = &self.settings;
        erased::subjects(&Context { catalog, pseudonyms, received_ms: 0 }, key, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_raw_topic_has_its_function() {
        assert_eq!(CHANNELS.map(|(topic, _)| topic), topics::RAW_FEEDBACK);
        assert_eq!(OPERATIONS.map(|(topic, _)| topic), topics::RAW_OPERATIONS);
    }
}

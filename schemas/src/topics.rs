//! The topics, their keys, limits and schemas: `json/topics.yaml`, read once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// Raw reviews.
pub const RAW_REVIEWS: &str = "feedback.raw.reviews.v1";
/// Raw chat sessions.
pub const RAW_CHATS: &str = "feedback.raw.chats.v1";
/// Raw social posts.
pub const RAW_SOCIAL: &str = "feedback.raw.social.v1";
/// Raw survey responses.
pub const RAW_SURVEYS: &str = "feedback.raw.surveys.v1";
/// Raw orders.
pub const RAW_ORDERS: &str = "operations.raw.orders.v1";
/// Raw visits.
pub const RAW_VISITS: &str = "operations.raw.visits.v1";
/// Raw customer profiles; compacted, a record without a value deletes.
pub const RAW_CUSTOMERS: &str = "operations.raw.customers.v1";
/// Normalized feedback.
pub const NORMALIZED: &str = "feedback.normalized.v1";
/// Normalized orders, visits and customer profiles.
pub const OPERATIONS: &str = "operations.normalized.v1";
/// Enriched feedback.
pub const ENRICHED: &str = "feedback.enriched.v1";
/// Dead letters of every stage.
pub const DEAD_LETTERS: &str = "feedback.dead-letters.v1";
/// Alerts that were raised. One partition: who owns it leads the alert service's replicas.
pub const ALERTS: &str = "feedback.alerts.v1";
/// Requests to send a survey to the customer of a closed case.
pub const SURVEY_REQUESTS: &str = "feedback.survey-requests.v1";

/// Who is to be forgotten. One partition, kept for ever: a list that every replay is read by.
pub const ERASURES: &str = "feedback.erasures.v1";

/// The raw topics of feedback, one per channel.
pub const RAW_FEEDBACK: [&str; 4] = [RAW_REVIEWS, RAW_CHATS, RAW_SOCIAL, RAW_SURVEYS];
/// The raw topics of the business's own records.
pub const RAW_OPERATIONS: [&str; 3] = [RAW_ORDERS, RAW_VISITS, RAW_CUSTOMERS];
/// Every raw topic.
pub const RAW: [&str; 7] = [RAW_REVIEWS, RAW_CHATS, RAW_SOCIAL, RAW_SURVEYS, RAW_ORDERS, RAW_VISITS, RAW_CUSTOMERS];

/// One topic of the contract.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Its name, which is also the message type.
    pub name: String,
    /// What a value is.
    pub record: String,
    /// What the key is; one key's records keep their order.
    pub key: String,
    /// The JSON Schema of the value under `json/`; none where the value is somebody else's bytes.
    #[serde(default)]
    pub schema: Option<String>,
    /// Who writes it.
    pub producers: Vec<String>,
    /// Who reads it.
    pub consumers: Vec<String>,
    /// Part of the contract: a key must stay in its partition, so the count is never changed on a running topic.
    pub partitions: i32,
    /// Whether Kafka may drop all but the newest record of a key; a record without a value then deletes.
    #[serde(default)]
    pub compacted: bool,
    /// How long records stay, hours; absent means the company decides.
    #[serde(default)]
    pub retention_hours: Option<u64>,
    /// Whether records stay for ever, whatever the broker's own default is.
    #[serde(default)]
    pub kept_for_ever: bool,
    /// The largest message the topic takes, bytes.
    pub message_bytes_max: u32,
}

impl Topic {
    /// Returns the topic-level configuration to create it with.
    pub fn config(&self) -> BTreeMap<&'static str, String> {
        let mut config = BTreeMap::from([
            ("max.message.bytes", self.message_bytes_max.to_string()),
            ("message.timestamp.type", "CreateTime".to_owned()),
        ]);
        if self.compacted {
            config.insert("cleanup.policy", "compact".to_owned());
        }
        if let Some(hours) = self.retention_hours {
            config.insert("retention.ms", (hours * 3_600_000).to_string());
        }
        if self.kept_for_ever {
            config.insert("cleanup.policy", "delete".to_owned());
            config.insert("retention.ms", "-1".to_owned());
            config.insert("retention.bytes", "-1".to_owned());
        }
        config
    }
}

static TOPICS: LazyLock<Vec<Topic>> = LazyLock::new(|| {
    #[allow(clippy::expect_used, reason = "the file is compiled in and a test reads it")]
    serde_yaml_ng::from_str(include_str!("../json/topics.yaml")).expect("json/topics.yaml is valid")
});

/// Returns every topic of the contract.
pub fn all() -> &'static [Topic] {
    &TOPICS
}

/// Returns the topic of that name.
pub fn find(name: &str) -> Option<&'static Topic> {
    all().iter().find(|topic| topic.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_the_code_is_in_the_file_and_the_other_way_round() {
        let mut named: Vec<&str> = RAW.to_vec();
        named.extend([NORMALIZED, OPERATIONS, ENRICHED, DEAD_LETTERS, ALERTS, SURVEY_REQUESTS, ERASURES]);
        assert_eq!(RAW.to_vec(), [&RAW_FEEDBACK[..], &RAW_OPERATIONS[..]].concat());
        let listed: Vec<&str> = all().iter().map(|topic| topic.name.as_str()).collect();
        assert_eq!(named, listed);
    }

    #[test]
    fn every_hop_takes_what_the_hop_before_may_send() {
        let max = |name: &str| find(name).unwrap().message_bytes_max;
        for raw in RAW {
            assert!(max(raw) < max(NORMALIZED) && max(raw) < max(OPERATIONS), "{raw}");
        }
        assert!(max(NORMALIZED) <= max(ENRICHED));
        assert!(max(ENRICHED) < max(DEAD_LETTERS));
        assert_eq!(find(ALERTS).unwrap().partitions, 1, "who owns the one partition leads");
        assert_eq!(find(ERASURES).unwrap().partitions, 1, "one list in one order");
        assert_eq!(find(ERASURES).unwrap().config()["retention.ms"], "-1", "who is forgotten stays so");
    }
}

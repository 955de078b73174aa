//! What was done: counts before and after, and when the last copy on Kafka expires.

use std::collections::BTreeMap;

use anyhow::Result;
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::inspect::topic_configs;
use hearken_schemas::erasure::{FOR_GOOD, Subject};
use hearken_schemas::topics;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::request::Request;
use super::work::Counts;

/// A receipt; it names nobody.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Receipt {
    request_id: Uuid,
    requested_at: Timestamp,
    finished_at: Timestamp,
    until: Timestamp,
    subjects: Vec<Subject>,
    removed: Counts,
    left: Counts,
    /// When the last copy on each topic expires.
    kafka: BTreeMap<String, String>,
}

impl Receipt {
    /// Takes what was counted.
    pub(super) fn new(request: &Request, removed: Counts, left: Counts) -> Self {
        Self {
            request_id: request.id,
            requested_at: request.at,
            finished_at: Timestamp::now(),
            until: request.until,
            subjects: request.subjects(),
            removed,
            left,
            kafka: BTreeMap::new(),
        }
    }

    /// Asks the broker how long each topic keeps what was on it when the erasure began to hold.
    pub(super) async fn with_topics(mut self, kafka: &Connection) -> Result<Self> {
        let names: Vec<&str> =
            topics::all().iter().map(|topic| topic.name.as_str()).filter(|name| *name != topics::ERASURES).collect();
        let configs = topic_configs(kafka, &names).await?;
        for name in names {
            let config = configs.get(name).cloned().unwrap_or_default();
            self.kafka.insert(name.to_owned(), expiry(&config, self.finished_at));
        }
        Ok(self)
    }

    pub(super) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Prints it, for people or as JSON.
    pub(super) fn print(&self, json: bool) {
        if json {
            println!("{}", self.json());
            return;
        }
        println!("erased: request {}, {}", self.request_id, reach(self.until));
        let subjects: Vec<String> = self.subjects.iter().map(Subject::to_string).collect();
        println!("subjects (hashes): {}", subjects.join(", "));
        for (table, removed) in &self.removed {
            println!(
                "{removed:>10}  rows of {table} removed, {} left",
                self.left.get(table).copied().unwrap_or_default()
            );
        }
        for (topic, expires) in &self.kafka {
            println!("{topic}: {expires}");
        }
    }
}

/// Says what goes.
fn reach(until: Timestamp) -> String {
    if FOR_GOOD.parse::<Timestamp>().is_ok_and(|far| far == until) {
        "what happened, and for good whatever comes under these names".to_owned()
    } else {
        format!("what happened or came until {until}")
    }
}

/// Says when the last copy that is on a topic now expires.
fn expiry(config: &BTreeMap<String, String>, now: Timestamp) -> String {
    if config.get("cleanup.policy").is_some_and(|policy| policy.contains("compact")) {
        return "a record without a value was sent for the customer's key: the profile goes with the next compaction"
            .to_owned();
    }
    let retention_ms = config.get("retention.ms").and_then(|retention| retention.parse::<i64>().ok());
    match retention_ms {
        Some(0..) => {
            let expires = now.checked_add(SignedDuration::from_millis(retention_ms.unwrap_or_default()));
            expires
                .map_or_else(|_| "never".to_owned(), |at| format!("the last copy expires by {at:.0}, with its segment"))
        }
        Some(_) => "never by itself: this topic is kept for ever".to_owned(),
        None => "unknown: the broker does not say how long it keeps this topic".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_topic_says_when_its_last_copy_goes() {
        let config = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let now = Timestamp::UNIX_EPOCH;
        for (pairs, words) in [
            (&[("retention.ms", "3600000")][..], "expires by 1970-01-01T01:00:00Z"),
            (&[("retention.ms", "-1")][..], "never"),
            (&[("cleanup.policy", "compact"), ("retention.ms", "1")][..], "next compaction"),
            (&[][..], "unknown"),
        ] {
            let said = expiry(&config(pairs), now);
            assert!(said.contains(words), "{said}");
        }
    }
}

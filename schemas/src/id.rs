//! Deterministic identity of feedback.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::feedback::Channel;

/// The namespace of all feedback ids; changing it would give every known feedback a new identity.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_1f0e_4a53_5d0c_9c55_3b8e_5a1d_7a10);

/// Identifies one feedback: a UUIDv5 of (channel, source, source_id), so a resend is the same feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeedbackId(Uuid);

impl FeedbackId {
    /// Returns the id of what `source` calls `source_id` on `channel`.
    pub fn new(channel: Channel, source: &str, source_id: &str) -> Self {
        // The lengths keep ("a", "bc") and ("ab", "c") apart whatever characters the names hold.
        let name = format!("{}:{}:{source}:{source_id}", channel.as_str(), source.len());
        Self(Uuid::new_v5(&NAMESPACE, name.as_bytes()))
    }

    /// Returns the UUID itself.
    pub fn uuid(&self) -> Uuid {
        self.0
    }
}

/// Returns the id of one record of the business: a UUIDv5 of its kind and of what makes it that record.
///
/// Used twice for each: over what names the entity (an order's number) for the key that keeps its states in order, and over what
/// names one state (number, status, time) for the identity of its row.
pub fn operation_id(kind: &str, parts: &[&str]) -> Uuid {
    let mut name = format!("operation:{kind}");
    for part in parts {
        // The lengths keep ("a", "bc") and ("ab", "c") apart.
        name.push_str(&format!(":{}:{part}", part.len()));
    }
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

impl From<Uuid> for FeedbackId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl std::fmt::Display for FeedbackId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resend_is_the_same_feedback_and_everything_else_is_not() {
        let id = FeedbackId::new(Channel::Review, "tmall-flagship", "1001");
        assert_eq!(id, FeedbackId::new(Channel::Review, "tmall-flagship", "1001"));
        assert_ne!(id, FeedbackId::new(Channel::Chat, "tmall-flagship", "1001"));
        assert_ne!(id, FeedbackId::new(Channel::Review, "tmall-outlet", "1001"));
        assert_ne!(FeedbackId::new(Channel::Review, "a", ":b"), FeedbackId::new(Channel::Review, "a:", "b"));
    }

    #[test]
    fn operations_are_told_apart_by_every_part() {
        let id = operation_id("order", &["OV1", "paid"]);
        assert_eq!(id, operation_id("order", &["OV1", "paid"]));
        for other in [operation_id("visit", &["OV1", "paid"]), operation_id("order", &["OV1p", "aid"])] {
            assert_ne!(id, other);
        }
        assert_eq!(id.to_string(), "37e5daa4-8d5c-5740-99ae-09189c24e20a");
    }

    #[test]
    fn ids_never_change_between_releases() {
        let id = FeedbackId::new(Channel::Review, "tmall-flagship", "1001");
        assert_eq!(id.to_string(), "94396113-91d4-5631-a18b-ff09970f03b6");
    }
}

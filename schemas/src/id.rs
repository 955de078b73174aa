//! Deterministic identity: of feedback, of the business's records, and of what follows from feedback.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::feedback::Channel;

/// The namespace of all feedback ids; changing it would give every known feedback a new identity.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_1f0e_4a53_5d0c_9c55_3b8e_5a1d_7a10);

/// The namespace of alerts, cases, their events and messages; changing it would raise every known alert again.
const ALERTS: Uuid = Uuid::from_u128(0x0d9e_5b6c_27f4_5c1e_8a3b_f1d0_4e6a_92c7);

/// The namespace of people who are to be forgotten; changing it would let everybody come back.
const SUBJECTS: Uuid = Uuid::from_u128(0x3c74_e0ab_91d5_5f38_b2a6_7d0f_6e19_c4d2);

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
    named(&NAMESPACE, &format!("operation:{kind}"), parts)
}

/// Returns what stands for a person under one name of one kind, `customer` or `author`, where nobody may be named.
pub fn subject_id(kind: &str, key: &str) -> Uuid {
    named(&SUBJECTS, kind, &[key])
}

/// Returns the id of the one alert that a rule raises about a subject in one window of its cooldown.
///
/// `window` counts cooldowns since 1970, so it is the same after a restart, by another replica and after a replay.
pub fn alert_id(rule: &str, subject_kind: &str, subject: &str, window: i64) -> Uuid {
    named(&ALERTS, "alert", &[rule, subject_kind, subject, &window.to_string()])
}

/// Returns the id of the case that an alert opens.
pub fn case_id(alert_id: Uuid) -> Uuid {
    named(&ALERTS, "case", &[&alert_id.to_string()])
}

/// Returns the id of what happened to a case: `parts` are what makes it that event, such as the alert that joined, the step that
/// fired, or the actor and the key that his request carried.
pub fn event_id(case_id: Uuid, kind: &str, parts: &[&str]) -> Uuid {
    let case = case_id.to_string();
    named(&ALERTS, "event", &[&[case.as_str(), kind], parts].concat())
}

/// Returns the id of a message to an owner over a channel: `of` is the alert or the case it tells of, `step` which of several about
/// it (empty where there is one).
pub fn message_id(kind: &str, of: Uuid, step: &str, channel: &str, owner: &str) -> Uuid {
    named(&ALERTS, "message", &[kind, &of.to_string(), step, channel, owner])
}

/// The lengths keep ("a", "bc") and ("ab", "c") apart whatever characters the parts hold.
fn named(namespace: &Uuid, kind: &str, parts: &[&str]) -> Uuid {
    let mut name = kind.to_owned();
    for part in parts {
        name.push_str(&format!(":{}:{part}", part.len()));
    }
    Uuid::new_v5(namespace, name.as_bytes())
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
    fn alerts_and_what_follows_from_them_are_told_apart_by_every_part() {
        let alert = alert_id("churn_intent", "customer", "c-1", 7);
        let (case, other) = (case_id(alert), case_id(alert_id("churn_intent", "customer", "c-1", 8)));
        let ids = [
            alert,
            alert_id("churn_intent:8", "customer", "c-1", 7),
            alert_id("churn_intent", "author", "c-1", 7),
            alert_id("churn_intent", "customer", "c-1:7", 7),
            alert_id("churn_intent", "customerc", "-1", 7),
            alert_id("churn_intent", "customer", "c-1", -7),
            case,
            other,
            event_id(case, "opened", &[]),
            event_id(other, "opened", &[]),
            event_id(case, "noted", &["anna", "k1"]),
            event_id(case, "noted", &["annak", "1"]),
            event_id(case, "noted", &["anna", "k1", ""]),
            event_id(case, "noted:4:anna", &["k1"]),
            message_id("alert", alert, "", "email", "anna"),
            message_id("alert", alert, "email", "", "anna"),
            message_id("alert", case, "", "email", "anna"),
            message_id("alert", alert, "", "emaila", "nna"),
        ];
        let distinct: std::collections::BTreeSet<Uuid> = ids.into_iter().collect();
        assert_eq!(distinct.len(), ids.len());
    }

    #[test]
    fn ids_never_change_between_releases() {
        let id = FeedbackId::new(Channel::Review, "tmall-flagship", "1001");
        assert_eq!(id.to_string(), "94396113-91d4-5631-a18b-ff09970f03b6");
        let alert = alert_id("churn_intent", "customer", "c-1", 7);
        assert_eq!(alert.to_string(), "9e88519c-a72a-5c6a-9533-ee1151d0a7ac");
        assert_eq!(case_id(alert).to_string(), "5378610b-54bf-53e6-b5fe-deddcd94b662");
    }
}

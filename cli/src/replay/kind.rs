//! What a file's lines are: the topic they go to, what names a record, what its key is.

use std::collections::BTreeSet;

use clap::ValueEnum;
use hearken_schemas::topics;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The kind of record a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A review a line
    Reviews,
    /// A turn a line, grouped by conversation; or a session a line, without a mapping of turns
    Chats,
    /// A post a line
    Social,
    /// A response a line
    Surveys,
    /// An order in one status a line
    Orders,
    /// An event of a visit a line
    Visits,
    /// A profile a line; one that says `deleted` deletes
    Customers,
}

impl Kind {
    /// All kinds, in the order of the topics.
    pub(crate) const ALL: [Self; 7] =
        [Self::Reviews, Self::Chats, Self::Social, Self::Surveys, Self::Orders, Self::Visits, Self::Customers];

    /// Returns its name on the command line and in mappings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Reviews => "reviews",
            Self::Chats => "chats",
            Self::Social => "social",
            Self::Surveys => "surveys",
            Self::Orders => "orders",
            Self::Visits => "visits",
            Self::Customers => "customers",
        }
    }

    /// Returns the topic the records go to.
    pub(crate) fn topic(self) -> &'static str {
        match self {
            Self::Reviews => topics::RAW_REVIEWS,
            Self::Chats => topics::RAW_CHATS,
            Self::Social => topics::RAW_SOCIAL,
            Self::Surveys => topics::RAW_SURVEYS,
            Self::Orders => topics::RAW_ORDERS,
            Self::Visits => topics::RAW_VISITS,
            Self::Customers => topics::RAW_CUSTOMERS,
        }
    }

    /// Returns the JSON Schema of its records.
    fn schema(self) -> &'static str {
        match self {
            Self::Reviews => include_str!("../../../schemas/json/feedback.raw.reviews.v1.json"),
            Self::Chats => include_str!("../../../schemas/json/feedback.raw.chats.v1.json"),
            Self::Social => include_str!("../../../schemas/json/feedback.raw.social.v1.json"),
            Self::Surveys => include_str!("../../../schemas/json/feedback.raw.surveys.v1.json"),
            Self::Orders => include_str!("../../../schemas/json/operations.raw.orders.v1.json"),
            Self::Visits => include_str!("../../../schemas/json/operations.raw.visits.v1.json"),
            Self::Customers => include_str!("../../../schemas/json/operations.raw.customers.v1.json"),
        }
    }

    /// Returns the names of a record's fields.
    pub(crate) fn fields(self) -> BTreeSet<String> {
        let schema = serde_json::from_str::<Value>(self.schema()).unwrap_or_default();
        schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
    }

    /// Returns the field a record is known by.
    pub(crate) fn id_field(self) -> &'static str {
        match self {
            Self::Reviews | Self::Chats | Self::Social | Self::Surveys => "source_id",
            Self::Orders => "order_id",
            Self::Visits => "visit_id",
            Self::Customers => "customer_id",
        }
    }

    /// Returns what a record cannot do without: one field of each list.
    pub(crate) fn required(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Reviews => &[&["source"], &["source_id"], &["occurred_at"], &["text", "title", "rating"]],
            Self::Chats => &[&["source"], &["source_id"], &["occurred_at"], &["turns", "rating"]],
            Self::Social => &[&["source"], &["source_id"], &["occurred_at"], &["text"]],
            Self::Surveys => &[&["source"], &["source_id"], &["occurred_at"], &["answers"]],
            Self::Orders => &[&["source"], &["order_id"], &["status"], &["occurred_at", "updated_at"]],
            Self::Visits => &[&["source"], &["visit_id"], &["event"], &["occurred_at"]],
            Self::Customers => &[&["source"], &["customer_id"], &["updated_at"]],
        }
    }

    /// Tells whether a record may say that its time is unknown.
    pub(crate) fn may_be_undated(self) -> bool {
        match self {
            Self::Reviews | Self::Chats | Self::Social | Self::Surveys | Self::Orders | Self::Visits => true,
            Self::Customers => false,
        }
    }

    /// Returns a record's key as `topics.yaml` asks for it.
    pub(super) fn key(self, record: &Map<String, Value>) -> Option<String> {
        let first = |fields: &[&str]| fields.iter().find_map(|field| text_of(record, field));
        match self {
            Self::Reviews | Self::Surveys => first(&["customer_id", "source_id"]),
            Self::Chats => first(&["source_id"]),
            Self::Social => first(&["author_handle", "customer_id", "source_id"]),
            Self::Orders => first(&["customer_id", "order_id"]),
            Self::Visits => first(&["customer_id", "visitor_id", "visit_id"]),
            Self::Customers => {
                let id = text_of(record, "customer_id")?;
                Some(text_of(record, "id_namespace").map_or_else(|| id.clone(), |space| format!("{space}/{id}")))
            }
        }
    }
}

/// Returns a field as text; blank is missing.
pub(super) fn text_of(record: &Map<String, Value>, field: &str) -> Option<String> {
    let text = match record.get(field)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    };
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_has_its_topic_and_its_key() {
        assert_eq!(Kind::ALL.map(Kind::topic), topics::RAW);
        for kind in Kind::ALL {
            assert!(kind.schema().contains(&format!("\"{}.json\"", kind.topic())), "{kind:?}");
            assert!(kind.fields().contains(kind.id_field()), "{kind:?}");
            assert_eq!(kind.fields().contains("time_precision"), kind.may_be_undated(), "{kind:?}");
        }
        for (kind, record, key) in [
            (Kind::Reviews, json!({ "source_id": "r", "customer_id": "c" }), Some("c")),
            (Kind::Reviews, json!({ "source_id": 7, "customer_id": " " }), Some("7")),
            (Kind::Chats, json!({ "source_id": "t", "customer_id": "c" }), Some("t")),
            (Kind::Social, json!({ "source_id": "p", "author_handle": "@a" }), Some("@a")),
            (Kind::Orders, json!({ "order_id": "o" }), Some("o")),
            (Kind::Visits, json!({ "visit_id": "v", "visitor_id": "d" }), Some("d")),
            (Kind::Customers, json!({ "customer_id": "c", "id_namespace": "crm" }), Some("crm/c")),
            (Kind::Customers, json!({ "customer_id": "c", "id_namespace": null }), Some("c")),
            (Kind::Customers, json!({ "id_namespace": "crm" }), None),
        ] {
            let fields = record.as_object().expect("an object");
            assert_eq!(kind.key(fields).as_deref(), key, "{kind:?} {record}");
        }
    }
}

//! What the business itself records beside feedback: orders, visits, customer profiles.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::feedback::TimePrecision;
use crate::id::operation_id;

/// One unit of money as it is stored: an amount is a whole number of ten-thousandths.
pub const AMOUNT_SCALE: f64 = 10_000.0;

/// The largest amount, either sign.
pub const AMOUNT_MAX: f64 = 1e11;

/// One normalized record of the business: the record of `operations.normalized.v1`.
///
/// Every record is one *state* of an order, a visit or a customer; states are kept, the views show the newest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Operation {
    /// An order took a status.
    Order(Order),
    /// Something happened during a visit.
    Visit(Visit),
    /// A customer's profile changed, or was deleted.
    Customer(Box<Customer>),
}

/// An order in one status.
///
/// Its number is the company's, whoever reports it: what the shop and the warehouse send of one `order_id` are states of one order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The system that sent it.
    pub source: String,
    /// The company's number of the order, the one feedback names.
    pub order_id: String,
    /// Who ordered; absent where unknown or a placeholder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// Within what `customer_id` is unique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_namespace: Option<String>,
    /// Its status, lower case, such as `paid`.
    pub status: String,
    /// When it was ordered.
    pub occurred_at: Timestamp,
    /// How exactly `occurred_at` is known.
    pub time_precision: TimePrecision,
    /// When it took this status.
    pub updated_at: Timestamp,
    /// When the record reached Kafka.
    pub received_at: Timestamp,
    /// The total in ten-thousandths of `currency`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// ISO 4217, upper case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What was ordered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<OrderItem>,
    /// The store it was ordered in; absent online.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<String>,
    /// The brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// The customer's region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Whatever else the source sent, personal data replaced.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderItem {
    /// What.
    pub product_id: String,
    /// How many.
    pub quantity: f64,
    /// The line's total in ten-thousandths of the order's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
}

/// What a visitor did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum VisitEvent {
    View,
    Bounce,
    AddToCart,
    Form,
}

impl VisitEvent {
    /// Returns the name used in JSON and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Bounce => "bounce",
            Self::AddToCart => "add_to_cart",
            Self::Form => "form",
        }
    }
}

/// One event of a visit to a site or an app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    /// The site or app.
    pub source: String,
    /// Its id of the visit.
    pub visit_id: String,
    /// Who visited, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// Within what `customer_id` is unique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_namespace: Option<String>,
    /// The site's id of the device or browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor_id: Option<String>,
    /// When.
    pub occurred_at: Timestamp,
    /// How exactly `occurred_at` is known.
    pub time_precision: TimePrecision,
    /// When the record reached Kafka.
    pub received_at: Timestamp,
    /// Where on the site, without its query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// What was done.
    pub event: VisitEvent,
    /// How long it took, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dwell_ms: Option<u64>,
    /// The touchpoint as the source names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touchpoint: Option<String>,
    /// The campaign that led here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// The brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// The product looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// Whatever else the source sent, personal data replaced.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// Another name under which a customer is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Alias {
    /// What kind of name: `customer_id`, `phone`, `email`, `handle`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name: of a customer id `namespace/id` (or `id` where there is no namespace) as it is, because it is the company's own;
    /// of a handle the author's key; of everything else a keyed hash.
    pub key: String,
}

/// A customer's profile in one state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Customer {
    /// The system that sent it; absent on a deletion by a record without a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The company's id of the customer.
    pub customer_id: String,
    /// Within what it is unique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_namespace: Option<String>,
    /// When it took this state.
    pub updated_at: Timestamp,
    /// When the record reached Kafka.
    pub received_at: Timestamp,
    /// Whether the customer was deleted; everything below is then absent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// The customer's name; a personal column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The company's segment of customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Where the customer lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Who answers for this customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Whether the customer may be contacted; absent where nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_contact: Option<bool>,
    /// Such as `active` or `ended`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Every other name, without repeats, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Alias>,
    /// Whatever else the source sent, personal data replaced.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

impl Operation {
    /// Returns the id of the order, visit or customer: the key that keeps its states in one partition.
    pub fn entity_id(&self) -> Uuid {
        match self {
            Self::Order(order) => operation_id("order", &[&order.order_id]),
            Self::Visit(visit) => operation_id("visit", &[&visit.source, &visit.visit_id]),
            Self::Customer(customer) => {
                operation_id("customer", &[or_empty(&customer.id_namespace), &customer.customer_id])
            }
        }
    }

    /// Returns the id of this state: sent again it is the same record.
    pub fn record_id(&self) -> Uuid {
        match self {
            Self::Order(order) => operation_id("order", &[&order.order_id, &order.status, &millis(order.updated_at)]),
            Self::Visit(visit) => {
                let (page, product) = (or_empty(&visit.page), or_empty(&visit.product_id));
                let (event, at) = (visit.event.as_str(), millis(visit.occurred_at));
                operation_id("visit", &[&visit.source, &visit.visit_id, event, &at, page, product])
            }
            Self::Customer(customer) => {
                let namespace = or_empty(&customer.id_namespace);
                operation_id("customer", &[namespace, &customer.customer_id, &millis(customer.updated_at)])
            }
        }
    }
}

fn or_empty(part: &Option<String>) -> &str {
    part.as_deref().unwrap_or_default()
}

fn millis(at: Timestamp) -> String {
    at.as_millisecond().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(source: &str, product_id: Option<&str>) -> Operation {
        Operation::Visit(Visit {
            source: source.to_owned(),
            visit_id: "1".to_owned(),
            customer_id: None,
            id_namespace: None,
            visitor_id: None,
            occurred_at: Timestamp::UNIX_EPOCH,
            time_precision: TimePrecision::Second,
            received_at: Timestamp::UNIX_EPOCH,
            page: None,
            event: VisitEvent::AddToCart,
            dwell_ms: None,
            touchpoint: None,
            campaign: None,
            brand: None,
            product_id: product_id.map(str::to_owned),
            attributes: BTreeMap::new(),
        })
    }

    #[test]
    fn two_sites_number_their_visits_alike_and_two_products_are_two_events() {
        let cup = visit("shop", Some("cup"));
        assert_eq!(cup.record_id(), visit("shop", Some("cup")).record_id());
        assert_eq!(cup.entity_id(), visit("shop", Some("pot")).entity_id(), "one visit");
        assert_ne!(cup.record_id(), visit("shop", Some("pot")).record_id());
        assert_ne!(cup.record_id(), visit("shop", None).record_id());
        assert_ne!(cup.entity_id(), visit("app", Some("cup")).entity_id());
        assert_ne!(cup.record_id(), visit("app", Some("cup")).record_id());
    }
}

//! Rows of `orders`.

use std::collections::BTreeMap;

use hearken_schemas::operation::Order;
use uuid::Uuid;

use super::Lineage;

/// One row of `orders`; times in milliseconds since the epoch, amounts in ten-thousandths.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the table's column comments say what each field is")]
pub struct OrderRow {
    pub record_id: Uuid,
    pub source: String,
    pub order_id: String,
    pub customer_id: Option<String>,
    pub id_namespace: String,
    pub status: String,
    pub occurred_at: i64,
    pub time_precision: &'static str,
    pub updated_at: i64,
    pub received_at: i64,
    pub amount: Option<i64>,
    pub currency: String,
    pub items_product_id: Vec<String>,
    pub items_quantity: Vec<f32>,
    pub items_amount: Vec<Option<i64>>,
    pub store_id: Option<String>,
    pub brand: String,
    pub region: Option<String>,
    pub attributes: BTreeMap<String, String>,
    pub lineage: Lineage,
    pub content_crc: u32,
}

impl OrderRow {
    /// Returns the row of an order in one status.
    pub fn new(record_id: Uuid, order: Order, lineage: Lineage, content_crc: u32) -> Self {
        Self {
            record_id,
            source: order.source,
            order_id: order.order_id,
            customer_id: order.customer_id,
            id_namespace: order.id_namespace.unwrap_or_default(),
            status: order.status,
            occurred_at: order.occurred_at.as_millisecond(),
            time_precision: order.time_precision.as_str(),
            updated_at: order.updated_at.as_millisecond(),
            received_at: order.received_at.as_millisecond(),
            amount: order.amount,
            currency: order.currency.unwrap_or_default(),
            items_quantity: order.items.iter().map(|item| item.quantity as f32).collect(),
            items_amount: order.items.iter().map(|item| item.amount).collect(),
            items_product_id: order.items.into_iter().map(|item| item.product_id).collect(),
            store_id: order.store_id,
            brand: order.brand.unwrap_or_default(),
            region: order.region,
            attributes: order.attributes,
            lineage,
            content_crc,
        }
    }
}

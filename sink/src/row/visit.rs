//! Rows of `visits`.

use std::collections::BTreeMap;

use hearken_schemas::operation::Visit;
use uuid::Uuid;

use super::Lineage;

/// One row of `visits`; times in milliseconds since the epoch.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the table's column comments say what each field is")]
pub struct VisitRow {
    pub record_id: Uuid,
    pub source: String,
    pub visit_id: String,
    pub customer_id: Option<String>,
    pub id_namespace: String,
    pub visitor_id: Option<String>,
    pub occurred_at: i64,
    pub time_precision: &'static str,
    pub received_at: i64,
    pub page: String,
    pub event: &'static str,
    pub dwell_ms: Option<u64>,
    pub touchpoint: Option<String>,
    pub campaign: Option<String>,
    pub brand: String,
    pub product_id: Option<String>,
    pub attributes: BTreeMap<String, String>,
    pub lineage: Lineage,
    pub content_crc: u32,
}

impl VisitRow {
    /// Returns the row of one event of a visit.
    pub fn new(record_id: Uuid, visit: Visit, lineage: Lineage, content_crc: u32) -> Self {
        Self {
            record_id,
            source: visit.source,
            visit_id: visit.visit_id,
            customer_id: visit.customer_id,
            id_namespace: visit.id_namespace.unwrap_or_default(),
            visitor_id: visit.visitor_id,
            occurred_at: visit.occurred_at.as_millisecond(),
            time_precision: visit.time_precision.as_str(),
            received_at: visit.received_at.as_millisecond(),
            page: visit.page.unwrap_or_default(),
            event: visit.event.as_str(),
            dwell_ms: visit.dwell_ms,
            touchpoint: visit.touchpoint,
            campaign: visit.campaign,
            brand: visit.brand.unwrap_or_default(),
            product_id: visit.product_id,
            attributes: visit.attributes,
            lineage,
            content_crc,
        }
    }
}

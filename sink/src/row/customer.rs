//! Rows of `customers`.

use std::collections::BTreeMap;

use hearken_schemas::operation::Customer;
use uuid::Uuid;

use super::Lineage;

/// One row of `customers`; times in milliseconds since the epoch.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the table's column comments say what each field is")]
pub struct CustomerRow {
    pub record_id: Uuid,
    pub source: String,
    pub customer_id: String,
    pub id_namespace: String,
    pub updated_at: i64,
    pub received_at: i64,
    pub deleted: bool,
    pub name: Option<String>,
    pub segment: String,
    pub region: Option<String>,
    pub owner: Option<String>,
    pub consent_contact: Option<bool>,
    pub status: Option<String>,
    pub aliases_type: Vec<String>,
    pub aliases_key: Vec<String>,
    pub attributes: BTreeMap<String, String>,
    pub lineage: Lineage,
    pub content_crc: u32,
}

impl CustomerRow {
    /// Returns the row of a customer's profile in one state.
    pub fn new(record_id: Uuid, customer: Customer, lineage: Lineage, content_crc: u32) -> Self {
        let (aliases_type, aliases_key) = customer.aliases.into_iter().map(|alias| (alias.kind, alias.key)).unzip();
        Self {
            record_id,
            source: customer.source.unwrap_or_default(),
            customer_id: customer.customer_id,
            id_namespace: customer.id_namespace.unwrap_or_default(),
            updated_at: customer.updated_at.as_millisecond(),
            received_at: customer.received_at.as_millisecond(),
            deleted: customer.deleted,
            name: customer.name,
            segment: customer.segment.unwrap_or_default(),
            region: customer.region,
            owner: customer.owner,
            consent_contact: customer.consent_contact,
            status: customer.status,
            aliases_type,
            aliases_key,
            attributes: customer.attributes,
            lineage,
            content_crc,
        }
    }
}

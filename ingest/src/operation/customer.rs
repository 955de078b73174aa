//! Customer profiles, with the names under which a customer is known elsewhere.

use std::collections::BTreeMap;

use hearken_schemas::dead_letter::{Reason, Rejection};
use hearken_schemas::envelope;
use hearken_schemas::operation::{Customer, Operation};
use jiff::Timestamp;

use super::alias::{self, RawAlias};
use super::status;
use crate::context::Context;
use crate::field::words::Redactor;
use crate::field::{ID_BYTES_MAX, id, invalid, name, required};
use crate::wire::{Object, RawId, RawTime};

/// A customer's profile as sent.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, expecting = "one object")]
struct RawCustomerProfile {
    source: Option<String>,
    customer_id: Option<RawId>,
    id_namespace: Option<String>,
    name: Option<String>,
    segment: Option<String>,
    region: Option<String>,
    owner: Option<String>,
    aliases: Option<Vec<Object<RawAlias>>>,
    consent: Option<Object<RawConsent>>,
    status: Option<String>,
    updated_at: Option<RawTime>,
    deleted: Option<bool>,
    attributes: Option<BTreeMap<String, String>>,
}

/// What a customer agreed to.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct RawConsent {
    contact: Option<bool>,
}

/// Turns a raw profile into one state of a customer. A record without a value deletes the customer its key names, at the
/// record's Kafka timestamp.
///
/// # Errors
/// The reason of the record's dead letter; `no_value` where neither value nor key names a customer.
pub(crate) fn normalize(
    context: &Context<'_>,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
) -> Result<Operation, Rejection> {
    let customer = if value.is_none() { tombstone(context, key)? } else { profile(context, value)? };
    Ok(Operation::Customer(Box::new(customer)))
}

fn profile(context: &Context<'_>, value: Option<&[u8]>) -> Result<Customer, Rejection> {
    let raw: RawCustomerProfile = envelope::parse(value)?;
    let source = context.source(raw.source)?;
    let id_namespace = id("id_namespace", raw.id_namespace, ID_BYTES_MAX)?;
    let named = context.customer(raw.customer_id)?;
    if named.masked {
        return Err(invalid("customer_id", "is masked or a placeholder: a profile needs the customer's own id"));
    }
    let customer_id = required("customer_id", named.id)?;
    let own_key = alias::customer_key(["id_namespace", "customer_id"], id_namespace.as_deref(), &customer_id)?;
    let aliases = alias::read(context, raw.aliases.unwrap_or_default(), id_namespace.as_deref(), &own_key)?;
    let updated_at = required("updated_at", source.time("updated_at", raw.updated_at)?)?.at;
    let deleted =
        Customer { source: Some(source.name.clone()), ..gone(context, id_namespace, customer_id, updated_at)? };
    if raw.deleted == Some(true) {
        return Ok(deleted);
    }
    let personal = name("name", raw.name)?;
    let mut redactor = Redactor::new(context.catalog, [personal.clone()]);
    Ok(Customer {
        deleted: false,
        segment: redactor.name("segment", raw.segment)?,
        region: source.region(raw.region, &mut redactor)?,
        owner: redactor.name("owner", raw.owner)?,
        consent_contact: raw.consent.and_then(|Object(consent)| consent.contact),
        status: status(raw.status, &mut redactor)?,
        aliases,
        attributes: redactor.attributes(raw.attributes.unwrap_or_default())?,
        name: personal,
        ..deleted
    })
}

/// Deletes the customer that a record's key names: `namespace/id`, or the id where there is no namespace.
fn tombstone(context: &Context<'_>, key: Option<&[u8]>) -> Result<Customer, Rejection> {
    let nobody = || Rejection::new(Reason::NoValue, "neither a value nor a key that names a customer");
    let key = key.and_then(|key| std::str::from_utf8(key).ok()).ok_or_else(nobody)?;
    let (namespace, customer) = key.split_once('/').map_or((None, key), |(namespace, id)| (Some(namespace), id));
    let id_namespace = id("id_namespace", namespace.map(str::to_owned), ID_BYTES_MAX)?;
    let customer_id = context.customer(Some(customer.to_owned()))?.id.ok_or_else(nobody)?;
    gone(context, id_namespace, customer_id, context.received_at()?)
}

/// Builds a customer of whom nothing is left but the id.
fn gone(
    context: &Context<'_>,
    id_namespace: Option<String>,
    customer_id: String,
    updated_at: Timestamp,
) -> Result<Customer, Rejection> {
    Ok(Customer {
        source: None,
        customer_id,
        id_namespace,
        updated_at,
        received_at: context.received_at()?,
        deleted: true,
        name: None,
        segment: None,
        region: None,
        owner: None,
        consent_contact: None,
        status: None,
        aliases: Vec::new(),
        attributes: BTreeMap::new(),
    })
}

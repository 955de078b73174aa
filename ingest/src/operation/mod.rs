//! From what the business sends to operations: orders, visits, customer profiles.
//!
//! A raw record is one state of its order, visit or customer. Ids, names, times and attributes follow the rules of feedback; what
//! is different stands in the file of its kind.

mod alias;
pub(crate) mod customer;
pub(crate) mod order;
pub(crate) mod visit;

use std::collections::BTreeMap;

use hearken_schemas::dead_letter::Rejection;

use crate::context::Context;
use crate::field::words::Redactor;
use crate::field::{invalid, name};

/// The longest status of an order or a customer.
const STATUS_BYTES_MAX: usize = 64;

/// Accepts a status: a name, lower case.
fn status(raw: Option<String>) -> Result<Option<String>, Rejection> {
    let status = name("status", raw)?.map(|status| status.to_lowercase());
    match status {
        Some(status) if status.len() > STATUS_BYTES_MAX => {
            Err(invalid("status", format_args!("is longer than {STATUS_BYTES_MAX} bytes")))
        }
        other => Ok(other),
    }
}

/// Reads attributes; what is personal in their values goes, and so does the customer's name that the record carries.
fn attributes(
    context: &Context<'_>,
    raw: Option<BTreeMap<String, String>>,
    name: Option<&str>,
) -> Result<BTreeMap<String, String>, Rejection> {
    Redactor::new(context.catalog, [name.map(str::to_owned)]).attributes(raw.unwrap_or_default())
}

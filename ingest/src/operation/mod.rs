//! From what the business sends to operations: orders, visits, customer profiles.
//!
//! A raw record is one state of its order, visit or customer. Ids, names, times and attributes follow the rules of feedback; what
//! is different stands in the file of its kind.

mod alias;
pub(crate) mod customer;
pub(crate) mod order;
pub(crate) mod visit;

use hearken_schemas::dead_letter::Rejection;

use crate::field::words::Redactor;
use crate::field::{invalid, name};

/// The longest status of an order or a customer.
const STATUS_BYTES_MAX: usize = 64;

/// Accepts a status: a name, lower case.
fn status(raw: Option<String>, redactor: &mut Redactor) -> Result<Option<String>, Rejection> {
    let status = redactor.name("status", name("status", raw)?.map(|status| status.to_lowercase()))?;
    match status {
        Some(status) if status.len() > STATUS_BYTES_MAX => {
            Err(invalid("status", format_args!("is longer than {STATUS_BYTES_MAX} bytes")))
        }
        other => Ok(other),
    }
}

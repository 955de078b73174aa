//! Orders.

use std::collections::BTreeMap;
use std::fmt;

use hearken_schemas::dead_letter::Rejection;
use hearken_schemas::envelope;
use hearken_schemas::feedback::TimePrecision;
use hearken_schemas::operation::{AMOUNT_MAX, AMOUNT_SCALE, Operation, Order, OrderItem};

use super::status;
use crate::context::Context;
use crate::field::words::Redactor;
use crate::field::{ID_BYTES_MAX, id, invalid, required};
use crate::wire::{Object, RawId, RawTime};

/// The smallest quantity: the table's narrower numbers must still tell it from nothing.
const QUANTITY_MIN: f64 = 1e-6;
/// The largest quantity.
const QUANTITY_MAX: f64 = 1e9;

/// An order as sent.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, expecting = "one object")]
struct RawOrder {
    source: Option<String>,
    order_id: Option<RawId>,
    customer_id: Option<RawId>,
    id_namespace: Option<String>,
    status: Option<String>,
    occurred_at: Option<RawTime>,
    time_precision: Option<TimePrecision>,
    updated_at: Option<RawTime>,
    amount: Option<f64>,
    currency: Option<String>,
    items: Option<Vec<Object<RawItem>>>,
    store_id: Option<RawId>,
    brand: Option<String>,
    region: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
}

/// A line of an order as sent.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct RawItem {
    product_id: Option<RawId>,
    quantity: Option<f64>,
    amount: Option<f64>,
}

/// Turns a raw order into one state of it.
///
/// # Errors
/// The reason of the record's dead letter.
pub(crate) fn normalize(
    context: &Context<'_>,
    _key: Option<&[u8]>,
    value: Option<&[u8]>,
) -> Result<Operation, Rejection> {
    let raw: RawOrder = envelope::parse(value)?;
    let source = context.source(raw.source)?;
    let occurred = source.occurred(raw.occurred_at, raw.time_precision)?;
    let mut redactor = Redactor::default();
    let updated = source.time("updated_at", raw.updated_at)?;
    Ok(Operation::Order(Order {
        order_id: required("order_id", id("order_id", raw.order_id, ID_BYTES_MAX)?)?,
        customer_id: context.customer(raw.customer_id)?.id,
        id_namespace: id("id_namespace", raw.id_namespace, ID_BYTES_MAX)?,
        status: required("status", status(raw.status, &mut redactor)?)?,
        occurred_at: occurred.at,
        time_precision: occurred.precision,
        updated_at: updated.map_or(occurred.at, |updated| updated.at),
        received_at: context.received_at()?,
        amount: amount("amount", raw.amount)?,
        currency: currency(raw.currency)?,
        items: items(raw.items.unwrap_or_default())?,
        store_id: id("store_id", raw.store_id, ID_BYTES_MAX)?,
        brand: source.brand(raw.brand, &mut redactor)?,
        region: source.region(raw.region, &mut redactor)?,
        attributes: redactor.attributes(raw.attributes.unwrap_or_default())?,
        source: source.name,
    }))
}

fn items(raw: Vec<Object<RawItem>>) -> Result<Vec<OrderItem>, Rejection> {
    let item = |(nth, Object(raw)): (usize, Object<RawItem>)| {
        let at = |field| format!("items[{nth}].{field}");
        let product_id = id(at("product_id"), raw.product_id, ID_BYTES_MAX)?;
        let quantity = required(at("quantity"), raw.quantity)?;
        // Not a number fails the comparison too.
        if !(QUANTITY_MIN..=QUANTITY_MAX).contains(&quantity) {
            let problem = format_args!("is not between {QUANTITY_MIN} and {QUANTITY_MAX}");
            return Err(invalid(at("quantity"), problem));
        }
        Ok(OrderItem {
            product_id: required(at("product_id"), product_id)?,
            quantity,
            amount: amount(at("amount"), raw.amount)?,
        })
    };
    raw.into_iter().enumerate().map(item).collect()
}

/// Returns whole ten-thousandths.
fn amount(field: impl fmt::Display, raw: Option<f64>) -> Result<Option<i64>, Rejection> {
    let Some(amount) = raw else { return Ok(None) };
    // Not a number fails the comparison too.
    if amount.abs() <= AMOUNT_MAX {
        Ok(Some((amount * AMOUNT_SCALE).round() as i64))
    } else {
        Err(invalid(field, "is more than 100,000,000,000 either way"))
    }
}

/// Accepts the form of a currency's code; which codes there are is not ours to say.
fn currency(raw: Option<String>) -> Result<Option<String>, Rejection> {
    let Some(code) = id("currency", raw, ID_BYTES_MAX)? else { return Ok(None) };
    if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        Ok(Some(code.to_ascii_uppercase()))
    } else {
        Err(invalid("currency", "is not three letters of ISO 4217, as in EUR"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_whole_ten_thousandths() {
        let check =
            |raw: f64, expected: Option<i64>| assert_eq!(amount("amount", Some(raw)).ok().flatten(), expected, "{raw}");
        check(0.0, Some(0));
        check(149.9, Some(1_499_000));
        check(-24.5, Some(-245_000));
        check(0.1 + 0.2, Some(3_000));
        check(0.000_05, Some(1));
        check(0.000_049, Some(0));
        check(1.005, Some(10_050));
        check(99_999_999_999.999_9, Some(999_999_999_999_999));
        check(1e11, Some(1_000_000_000_000_000));
        for wrong in [1.000_001e11, -1e12, f64::MAX, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            check(wrong, None);
        }
        assert_eq!(amount("amount", None), Ok(None));
    }

    #[test]
    fn a_currency_has_three_letters() {
        let check = |raw: &str, expected: Result<Option<&str>, ()>| {
            assert_eq!(
                currency(Some(raw.to_owned())).map_err(|_| ()),
                expected.map(|code| code.map(str::to_owned)),
                "{raw:?}"
            );
        };
        check("EUR", Ok(Some("EUR")));
        check(" cny ", Ok(Some("CNY")));
        check("", Ok(None));
        for wrong in ["€", "EURO", "EU", "E1R", "元人民", "欧"] {
            check(wrong, Err(()));
        }
    }

    #[test]
    fn a_quantity_is_more_than_nothing() {
        let line = |quantity| {
            let item =
                RawItem { product_id: serde_json::from_str("\"a-1\"").ok(), quantity: Some(quantity), amount: None };
            items(vec![Object(item)]).map(|items| items[0].quantity)
        };
        for right in [1.0, 0.35, 1e6, 1e-6, 1e9] {
            assert_eq!(line(right), Ok(right));
        }
        for wrong in [0.0, -1.0, 1e-7, 1e-40, 1.1e9, 1e39, f64::NAN, f64::INFINITY] {
            let rejection = line(wrong).expect_err("wrong");
            assert_eq!(rejection.detail, "items[0].quantity is not between 0.000001 and 1000000000");
        }
    }
}

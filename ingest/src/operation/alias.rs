//! The other names of a customer, as keys that feedback and other systems know them by.

use std::collections::BTreeSet;

use hearken_schemas::dead_letter::Rejection;
use hearken_schemas::operation::Alias;
use hearken_schemas::redact::redact;

use crate::context::Context;
use crate::field::{ID_BYTES_MAX, SOURCE_ID_BYTES_MAX, cleaned, id, invalid, name, required};
use crate::wire::{Object, RawId};

/// The most aliases of one customer.
const ALIASES_MAX: usize = 64;
/// The longest type of an alias.
const ALIAS_TYPE_BYTES_MAX: usize = 64;
/// The fewest digits that tell one telephone from another.
const PHONE_DIGITS_MIN: usize = 5;

/// Another name as sent.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct RawAlias {
    #[serde(rename = "type")]
    kind: Option<String>,
    value: Option<RawId>,
    source: Option<String>,
}

/// Reads aliases: sorted, each once, without those that name nobody (masked, a placeholder, no telephone or e-mail address at
/// all) and without the customer's own id. A customer id without a `source` is one of `namespace`, the profile's own.
///
/// # Errors
/// `missing_field`, or `invalid_value` where there are too many or one is too long.
pub(super) fn read(
    context: &Context<'_>,
    raw: Vec<Object<RawAlias>>,
    namespace: Option<&str>,
    own_key: &str,
) -> Result<Vec<Alias>, Rejection> {
    if raw.len() > ALIASES_MAX {
        return Err(invalid("aliases", format_args!("are more than {ALIASES_MAX}")));
    }
    let mut aliases = BTreeSet::new();
    for (nth, Object(raw)) in raw.into_iter().enumerate() {
        let alias = alias(context, nth, raw, namespace)?;
        aliases.extend(alias.filter(|alias| alias.kind != "customer_id" || alias.key != own_key));
    }
    Ok(aliases.into_iter().collect())
}

fn alias(
    context: &Context<'_>,
    nth: usize,
    raw: RawAlias,
    namespace: Option<&str>,
) -> Result<Option<Alias>, Rejection> {
    let at = |field| format!("aliases[{nth}].{field}");
    let kind = required(at("type"), kind(at("type"), raw.kind)?)?;
    let value = required(at("value"), id(at("value"), raw.value, SOURCE_ID_BYTES_MAX)?)?;
    let source = id(at("source"), raw.source, ID_BYTES_MAX)?;
    if kind == "handle" && source.is_none() {
        return required(at("source"), None);
    }
    if context.catalog.masked(&value) {
        return Ok(None);
    }
    let keyed = |value: String| context.pseudonyms.keyed(&[&kind, &value]);
    let key = match (kind.as_str(), source) {
        ("customer_id", source) => {
            let namespace = source.as_deref().or(namespace);
            Some(customer_key([&at("source"), &at("value")], namespace, &context.person(value))?)
        }
        ("handle", Some(source)) => Some(context.pseudonyms.author(&source, &value)),
        ("phone", _) => phone(value).map(keyed),
        ("email", _) => email(value).map(keyed),
        _ => Some(keyed(value)),
    };
    Ok(key.map(|key| Alias { kind, key }))
}

fn kind(field: String, raw: Option<String>) -> Result<Option<String>, Rejection> {
    let kind = name(&field, raw)?.map(|kind| redact(&kind).text.to_lowercase().replace([' ', '-'], "_"));
    match kind {
        Some(kind) if kind.len() > ALIAS_TYPE_BYTES_MAX => {
            Err(invalid(field, format_args!("is longer than {ALIAS_TYPE_BYTES_MAX} bytes")))
        }
        other => Ok(other),
    }
}

/// Returns what tells a customer from all others: `namespace/id`, or the id where there is no namespace.
///
/// `fields` name where the two were read. A slash in the namespace, or in an id without one, would make one customer look like
/// another.
///
/// # Errors
/// `invalid_value` where there is such a slash.
pub(super) fn customer_key(fields: [&str; 2], namespace: Option<&str>, id: &str) -> Result<String, Rejection> {
    match namespace {
        Some(namespace) if namespace.contains('/') => Err(invalid(fields[0], "holds a slash")),
        Some(namespace) => Ok(format!("{namespace}/{id}")),
        None if id.contains('/') => Err(invalid(fields[1], format_args!("holds a slash: it needs {} then", fields[0]))),
        None => Ok(id.to_owned()),
    }
}

/// Returns the digits of a telephone number, without what only a call from abroad needs.
///
/// A Chinese mobile number is the same with and without 86 before it. Other numbers keep their country: whether `030…` is
/// `+49 30…` nobody can tell.
fn phone(raw: String) -> Option<String> {
    let digits: String = cleaned(raw).chars().filter(char::is_ascii_digit).collect();
    let number = digits.strip_prefix("00").unwrap_or(&digits);
    let mobile = |number: &str| number.len() == 11 && number.starts_with('1') && number.as_bytes()[1] >= b'3';
    let number = number.strip_prefix("86").filter(|rest| mobile(rest)).unwrap_or(number);
    (number.len() >= PHONE_DIGITS_MIN).then(|| number.to_owned())
}

/// Returns an e-mail address in lower case: what a mailbox makes of case is not what people mean by it.
fn email(raw: String) -> Option<String> {
    let address = cleaned(raw).to_lowercase();
    address.contains('@').then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customers_key_is_nobody_elses() {
        let key =
            |namespace, id| customer_key(["id_namespace", "customer_id"], namespace, id).map_err(|error| error.detail);
        assert_eq!(key(None, "c-1"), Ok("c-1".to_owned()));
        assert_eq!(key(Some("crm"), "c-1"), Ok("crm/c-1".to_owned()));
        assert_eq!(key(Some("crm"), "c/1"), Ok("crm/c/1".to_owned()));
        assert_eq!(key(Some("crm/c"), "1"), Err("id_namespace holds a slash".to_owned()));
        assert_eq!(key(None, "crm/c"), Err("customer_id holds a slash: it needs id_namespace then".to_owned()));
    }

    #[test]
    fn one_telephone_has_one_number() {
        let check =
            |raw: &str, expected: Option<&str>| assert_eq!(phone(raw.to_owned()).as_deref(), expected, "{raw:?}");
        for mobile in [
            "13800138000",
            "138 0013 8000",
            "138-0013-8000",
            "+8613800138000",
            "+86 138-0013-8000",
            "(+86) 138 0013 8000",
            "0086 13800138000",
            "8613800138000",
            "１３８００１３８０００",
        ] {
            check(mobile, Some("13800138000"));
        }
        check("+49 30 901820", Some("4930901820"));
        check("0049 (30) 90 18 20", Some("4930901820"));
        check("030 901820", Some("030901820"));
        check("86 1280013800", Some("861280013800"));
        check("8612800138000", Some("8612800138000"));
        check("+86 10 6552 9988", Some("861065529988"));
        check("not given", None);
        check("110", None);
        check("00", None);
    }

    #[test]
    fn one_mailbox_has_one_address() {
        let check =
            |raw: &str, expected: Option<&str>| assert_eq!(email(raw.to_owned()).as_deref(), expected, "{raw:?}");
        check(" Kim.Muster@Example.com ", Some("kim.muster@example.com"));
        check("ｋｉｍ＠example.com", Some("kim@example.com"));
        check("not given", None);
    }
}

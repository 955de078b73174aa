//! Visits to a site or an app.

use std::collections::BTreeMap;

use hearken_schemas::dead_letter::Rejection;
use hearken_schemas::envelope;
use hearken_schemas::feedback::TimePrecision;
use hearken_schemas::operation::{Operation, Visit, VisitEvent};
use hearken_schemas::redact::redact;

use crate::context::Context;
use crate::field::words::Redactor;
use crate::field::{ID_BYTES_MAX, SOURCE_ID_BYTES_MAX, cleaned, id, invalid, required};
use crate::wire::{RawId, RawTime, Whole};

/// The longest page that is kept.
const PAGE_BYTES_MAX: usize = 1024;

/// An event of a visit as sent.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, expecting = "one object")]
struct RawVisit {
    source: Option<String>,
    visit_id: Option<RawId>,
    customer_id: Option<RawId>,
    id_namespace: Option<String>,
    visitor_id: Option<RawId>,
    occurred_at: Option<RawTime>,
    time_precision: Option<TimePrecision>,
    page: Option<String>,
    event: Option<VisitEvent>,
    dwell_ms: Option<Whole>,
    touchpoint: Option<String>,
    campaign: Option<String>,
    brand: Option<String>,
    product_id: Option<RawId>,
    attributes: Option<BTreeMap<String, String>>,
}

/// Turns a raw visit into one event of it.
///
/// # Errors
/// The reason of the record's dead letter.
pub(crate) fn normalize(
    context: &Context<'_>,
    _key: Option<&[u8]>,
    value: Option<&[u8]>,
) -> Result<Operation, Rejection> {
    let raw: RawVisit = envelope::parse(value)?;
    let source = context.source(raw.source)?;
    let occurred = source.occurred(raw.occurred_at, raw.time_precision)?;
    let mut redactor = Redactor::default();
    Ok(Operation::Visit(Visit {
        visit_id: required("visit_id", id("visit_id", raw.visit_id, SOURCE_ID_BYTES_MAX)?)?,
        customer_id: context.customer(raw.customer_id)?.id,
        id_namespace: id("id_namespace", raw.id_namespace, ID_BYTES_MAX)?,
        visitor_id: id("visitor_id", raw.visitor_id, ID_BYTES_MAX)?.map(|id| context.person(id)),
        occurred_at: occurred.at,
        time_precision: occurred.precision,
        received_at: context.received_at()?,
        page: page(raw.page)?,
        event: required("event", raw.event)?,
        dwell_ms: raw.dwell_ms.map(|Whole(dwell)| dwell),
        touchpoint: source.touchpoint(raw.touchpoint, &mut redactor)?.0,
        campaign: redactor.name("campaign", raw.campaign)?,
        brand: source.brand(raw.brand, &mut redactor)?,
        product_id: id("product_id", raw.product_id, ID_BYTES_MAX)?,
        attributes: redactor.attributes(raw.attributes.unwrap_or_default())?,
        source: source.name,
    }))
}

/// Accepts a page without what follows a `?` or `#`: searches and tokens stand there, and people in them.
fn page(raw: Option<String>) -> Result<Option<String>, Rejection> {
    let Some(raw) = raw else { return Ok(None) };
    let clean = cleaned(raw).replace('\n', " ");
    let path = clean.split(['?', '#']).next().unwrap_or_default().trim();
    // An address in a path is written with %40.
    let path = redact(&path.replace("%40", "@")).text.into_owned();
    if path.len() > PAGE_BYTES_MAX {
        return Err(invalid("page", format_args!("is longer than {PAGE_BYTES_MAX} bytes")));
    }
    Ok(Some(path).filter(|path| !path.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_a_place_and_nobody() {
        let check = |raw: &str, expected: Option<&str>| {
            assert_eq!(page(Some(raw.to_owned())), Ok(expected.map(str::to_owned)), "{raw:?}");
        };
        check("/jackets/77", Some("/jackets/77"));
        check("/jackets/77?colour=green#reviews", Some("/jackets/77"));
        check("/jackets#top?x", Some("/jackets"));
        check("https://shop.example/a?mail=a@b.io", Some("https://shop.example/a"));
        check("/a&#63;q=1", Some("/a"));
        check("/a？q=1", Some("/a？q=1"));
        check("/u/kim@example.com/orders", Some("/u/[EMAIL]/orders"));
        check("/u/kim%40example.com", Some("/u/[EMAIL]"));
        check("/call/13800138000", Some("/call/[PHONE]"));
        check("首页 \n 搜索", Some("首页 搜索"));
        check("?utm_source=mail", None);
        check(" \t", None);
        assert_eq!(page(None), Ok(None));
        assert!(page(Some("p".repeat(PAGE_BYTES_MAX))).is_ok());
        assert!(page(Some("p".repeat(PAGE_BYTES_MAX + 1))).is_err());
        assert!(page(Some(format!("/p?{}", "q".repeat(PAGE_BYTES_MAX)))).is_ok(), "the query does not count");
    }
}

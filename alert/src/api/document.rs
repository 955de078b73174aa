//! The document that describes the API: OpenAPI 3.1, written by hand in `openapi.yaml`.

use std::sync::LazyLock;

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use iso_currency::Currency;
use serde_json::Value;

use super::json;
use super::problem::Problem;
use super::query;

const YAML: &str = include_str!("openapi.yaml");

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document: Value = serde_yaml_ng::from_str(YAML).expect("a test reads it");
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    document["components"]["schemas"]["Currency"]["enum"] = currencies().into();
    document
});

/// Returns the document.
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// Answers with it.
pub(super) async fn answer(uri: Uri) -> Result<Response, Problem> {
    query::none(&uri)?;
    Ok(json::answer(StatusCode::OK, document()))
}

/// Every code that an amount may have.
fn currencies() -> Vec<String> {
    let letters = || b'A'..=b'Z';
    let codes = letters().flat_map(move |a| letters().flat_map(move |b| letters().map(move |c| [a, b, c])));
    let codes = codes.filter_map(|code| String::from_utf8(code.to_vec()).ok());
    codes.filter(|code| Currency::from_code(code).is_some()).collect()
}

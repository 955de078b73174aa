//! How rows are told to the outside: JSON whose times are RFC 3339.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

use crate::row::At;

/// Returns what a row says as JSON. ClickHouse's times, which are in the members that are called `at` or `…_at` and in
/// `window_start`, become those of RFC 3339.
pub(super) fn told<T: Serialize>(row: &T) -> Value {
    let mut value = serde_json::to_value(row).unwrap_or_default();
    if let Value::Object(members) = &mut value {
        for (name, member) in members.iter_mut() {
            if name == "at" || name.ends_with("_at") || name == "window_start" {
                rfc3339(member);
            }
        }
    }
    value
}

fn rfc3339(member: &mut Value) {
    if let Ok(At(at)) = serde_json::from_value(member.clone()) {
        *member = Value::String(format!("{at:.3}"));
    }
}

/// Answers with JSON.
pub(super) fn answer(status: StatusCode, body: &Value) -> Response {
    let json = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, json)], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_told_as_the_web_writes_them_and_nothing_else_changes() {
        let row =
            json!({"at": "2026-11-22 16:50:30.007", "due_at": null, "note": "2026-11-22 16:50:30.007", "risk": 1.5});
        let expected =
            json!({"at": "2026-11-22T16:50:30.007Z", "due_at": null, "note": "2026-11-22 16:50:30.007", "risk": 1.5});
        assert_eq!(told(&row), expected);
    }
}

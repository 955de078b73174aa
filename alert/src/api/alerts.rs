//! Alerts, newest first.

use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde_json::{Value, json};

use super::cases::SEVERITIES;
use super::gate::Caller;
use super::json::{answer, told};
use super::problem::Problem;
use super::query::Asked;
use super::{ApiState, unanswered};
use crate::desk::{AlertCursor, AlertFilter, LIMIT_MAX, Scope};

/// Answers with the alerts that one may see and asks for: those of cases that one may see, and to whoever sees every case also those
/// that opened none.
pub(super) async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Problem> {
    let filter = filter(Asked::read(&uri)?, Scope::of(&caller.actor))?;
    let alerts = state.desk.alerts(&filter).await.map_err(unanswered)?;
    let is_full = alerts.len() == usize::from(filter.limit);
    let next = alerts.last().filter(|_| is_full).map(|last| AlertCursor::of(last).to_text());
    let alerts: Vec<Value> = alerts.iter().map(told).collect();
    Ok(answer(StatusCode::OK, &json!({"alerts": alerts, "next": next})))
}

fn filter(mut asked: Asked, scope: Scope) -> Result<AlertFilter, Problem> {
    let after = asked.text("cursor").map(|text| {
        let wrong = || Problem::invalid("the parameter \"cursor\" is none that an answer gave as next");
        AlertCursor::read(&text).ok_or_else(wrong)
    });
    let filter = AlertFilter {
        rule: asked.text("rule"),
        severity: asked.one_of("severity", &SEVERITIES)?,
        brand: asked.text("brand"),
        case_id: asked.read_as("case_id", "a UUID such as 94396113-91d4-5631-a18b-ff09970f03b6")?,
        since: asked.moment("since")?,
        scope,
        after: after.transpose()?,
        limit: asked.limit(LIMIT_MAX)?,
    };
    asked.finish()?;
    Ok(filter)
}

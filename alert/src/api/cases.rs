//! Cases: many, or one with all that is known of it.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::gate::Caller;
use super::json::{answer, told};
use super::problem::Problem;
use super::query::{self, Asked};
use super::{ApiState, unanswered};
use crate::desk::{Case, Cursor, Filter, LIMIT_MAX, Scope};

/// How severe a case may be.
pub(super) const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];
/// What a customer may be worth.
const TIERS: [&str; 7] = ["champion", "loyal", "promising", "needs_attention", "hibernating", "no_orders", "unknown"];

/// Answers with the cases that one may see and asks for, those worth looking at first before others.
pub(super) async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Problem> {
    let filter = filter(Asked::read(&uri)?, Scope::of(&caller.actor))?;
    let cases = state.desk.cases(&filter).await.map_err(unanswered)?;
    let is_full = cases.len() == usize::from(filter.limit);
    let next = cases.last().filter(|_| is_full).map(|last| Cursor::of(last).to_text());
    let cases: Vec<Value> = cases.iter().map(told).collect();
    Ok(answer(StatusCode::OK, &json!({"cases": cases, "next": next})))
}

fn filter(mut asked: Asked, scope: Scope) -> Result<Filter, Problem> {
    let boolean = "true or false";
    let overdue: Option<bool> = asked.read_as("overdue", boolean)?;
    let cursor = asked.text("cursor");
    let after = cursor.map(|text| {
        Cursor::read(&text)
            .ok_or_else(|| Problem::invalid("the parameter \"cursor\" is none that an answer gave as next"))
    });
    let filter = Filter {
        state: asked.read_as("state", "open, acknowledged, contacted, resolved or closed")?,
        is_open: asked.read_as("is_open", boolean)?,
        owner: asked.text("owner"),
        department: asked.text("department"),
        brand: asked.text("brand"),
        rule: asked.text("rule"),
        severity: asked.one_of("severity", &SEVERITIES)?,
        tier: asked.one_of("tier", &TIERS)?,
        overdue: overdue.map(|overdue| (overdue, Timestamp::now())),
        since: asked.moment("since")?,
        scope,
        after: after.transpose()?,
        limit: asked.limit(LIMIT_MAX)?,
    };
    asked.finish()?;
    Ok(filter)
}

/// Answers with a case, what happened to it, and the words that decided.
pub(super) async fn show(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Path(case_id): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    query::none(&uri)?;
    let case_id = identity(&case_id)?;
    let case = state.desk.case(case_id).await.map_err(unanswered)?;
    let case = case.filter(|case| caller.actor.sees(&case.owner, &case.department)).ok_or_else(Problem::unseen)?;
    let (events, words) = tokio::try_join!(state.desk.events(case_id), state.desk.words(&case)).map_err(unanswered)?;
    let events: Vec<Value> = events.iter().map(told).collect();
    let body = json!({"case": told(&case), "events": events, "words": words});
    Ok(tagged(answer(StatusCode::OK, &body), &case))
}

/// Reads a case's id in its hyphenated form; other forms would be other addresses of the same thing.
pub(super) fn identity(text: &str) -> Result<Uuid, Problem> {
    let is_hyphenated = text.len() == 36;
    let id = text.parse().ok().filter(|_| is_hyphenated);
    id.ok_or_else(|| Problem::invalid("the case's id is no UUID such as 94396113-91d4-5631-a18b-ff09970f03b6"))
}

/// Adds what `If-Match` may name.
pub(super) fn tagged(mut response: Response, case: &Case) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", case.version())) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

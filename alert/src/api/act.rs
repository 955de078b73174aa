//! An act: one event of a case.

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::cases::{identity, tagged};
use super::gate::Caller;
use super::json::{answer, told};
use super::problem::Problem;
use super::{ApiState, query};
use crate::case;
use crate::desk::{Act, Action, DeskError, Expected};

/// What makes a repeated request the same one.
const KEY: &str = "idempotency-key";
/// How long such a key may be.
const KEY_CHARS_MAX: usize = 200;

/// A body, by its action.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    action: String,
    #[serde(default)]
    note: String,
    #[serde(default, deserialize_with = "given")]
    expected_state: Option<case::State>,
    #[serde(default, deserialize_with = "given")]
    to: Option<String>,
    #[serde(default, deserialize_with = "given")]
    amount: Option<String>,
    #[serde(default, deserialize_with = "given")]
    currency: Option<String>,
}

/// What is there is what it claims to be; `null` is not.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Does something to a case. It is done to its end even where the caller does not wait.
pub(super) async fn act(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Path(case_id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    query::none(request.uri())?;
    let case_id = identity(&case_id)?;
    let (parts, body) = request.into_parts();
    let asked = read(&parts.headers, body, state.gate.limits.body_bytes).await?;
    let (key, version) = (key(&parts.headers)?, version(&parts.headers)?);
    let expected = version.map(Expected::Version).or(asked.expected_state.map(Expected::State));
    let note = asked.note.clone();
    let Caller { actor, witness } = caller;
    let act = Act { case_id, actor, witness, action: asked.action()?, note, key, expected };
    let done = tokio::spawn(async move { state.desk.act(&act).await }).await;
    let acted =
        done.map_err(|_| Problem::unavailable("failed", "something broke; look at the case, then try again"))?;
    let acted = acted.map_err(refused)?;
    let body = json!({"event": told(&acted.event), "case": told(&acted.case), "is_repeat": acted.is_repeat});
    Ok(tagged(answer(StatusCode::CREATED, &body), &acted.case))
}

async fn read(headers: &HeaderMap, body: Body, bytes_max: usize) -> Result<Asked, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_json = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if !is_json {
        let detail =
            "send the header \"Content-Type: application/json\" and a body such as {\"action\": \"acknowledge\"}";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", "not JSON", detail));
    }
    let bytes = to_bytes(body, bytes_max).await.map_err(|_| {
        let detail =
            format!("the body is larger than {bytes_max} bytes, or broke off; a note has at most 2,000 characters");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "too large", detail)
    })?;
    understood(&bytes)
}

fn understood(body: &[u8]) -> Result<Asked, Problem> {
    let value: Value = serde_json::from_slice(body).map_err(|_| {
        let detail = "the body is no JSON; send an object such as {\"action\": \"acknowledge\"}";
        Problem::new(StatusCode::BAD_REQUEST, "broken_json", "no JSON", detail)
    })?;
    serde_json::from_value(value)
        .map_err(|error| Problem::invalid(format!("the body: {error}; /api/v1/openapi.json has its form")))
}

/// Tells whether a body asks for something that can be done to a case; what the route itself goes by.
pub fn is_act(body: &[u8]) -> bool {
    understood(body).and_then(Asked::action).is_ok()
}

impl Asked {
    /// Reads the action; what belongs to another one is refused, for it may have been meant.
    fn action(self) -> Result<Action, Problem> {
        let name = self.action.as_str();
        let action = match name {
            "acknowledge" => Action::Acknowledge,
            "contact" => Action::Contact,
            "resolve" => Action::Resolve,
            "close" => Action::Close,
            "reopen" => Action::Reopen,
            "note" => Action::Note,
            "not_a_customer" => Action::NotACustomer,
            "wrong_reason" => Action::WrongReason,
            "hand_over" => Action::HandOver { to: needed("to", name, self.to.clone())? },
            "compensate" => Action::Compensate {
                amount: needed("amount", name, self.amount.clone())?,
                currency: needed("currency", name, self.currency.clone())?,
            },
            _ => {
                let names = Action::NAMES.map(|(name, _)| name).join(", ");
                return Err(Problem::invalid(format!("the action is none of {names}")));
            }
        };
        let (hands_over, compensates) = (name == "hand_over", name == "compensate");
        let foreign = [
            ("to", self.to.is_some() && !hands_over),
            ("amount", self.amount.is_some() && !compensates),
            ("currency", self.currency.is_some() && !compensates),
        ];
        match foreign.iter().find(|(_, is_foreign)| *is_foreign) {
            Some((field, _)) => Err(Problem::invalid(format!("{field:?} does not belong to {name}; leave it out"))),
            None => Ok(action),
        }
    }
}

fn needed(field: &str, action: &str, value: Option<String>) -> Result<String, Problem> {
    value.ok_or_else(|| Problem::invalid(format!("{action} needs {field:?}")))
}

fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let Some(key) = headers.get(KEY) else { return Ok(String::new()) };
    let key = key.to_str().ok().filter(|key| (1..=KEY_CHARS_MAX).contains(&key.len()));
    let wrong = || {
        Problem::invalid(
            "the header Idempotency-Key is empty, longer than 200 characters, or not of visible ASCII characters",
        )
    };
    key.map(str::to_owned).ok_or_else(wrong)
}

/// Reads `If-Match: "version"`; `*` matches any case that is there.
fn version(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(tag) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let tag = tag.to_str().unwrap_or_default().trim();
    if tag.is_empty() || tag == "*" {
        return Ok(None);
    }
    let version = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    let wrong = || Problem::invalid("the header If-Match is no entity tag; send back the ETag that the case came with");
    version.map(|version| Some(version.to_owned())).ok_or_else(wrong)
}

/// Says why not; the desk has written it down already.
fn refused(error: DeskError) -> Problem {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (kind, detail) = (error.reason(), error.to_string());
    let problem = match &error {
        DeskError::Unavailable(cause) | DeskError::Unaudited(cause) => {
            tracing::error!(reason = kind, error = format!("{cause:#}"), "an act could not be written");
            Problem::unavailable(kind, detail)
        }
        DeskError::Forbidden(_) if error.status() == 404 => Problem::unseen(),
        DeskError::Forbidden(_) => Problem::new(status, kind, "not allowed", detail),
        DeskError::Invalid(_) => Problem::invalid(detail),
        DeskError::NotNow { .. }
        | DeskError::Changed(_)
        | DeskError::UnknownOwner(_)
        | DeskError::SameOwner(_)
        | DeskError::KeyReused => Problem::new(status, kind, "it does not fit what is known", detail),
    };
    let case = error.case().map(told);
    let problem = case.map_or(problem.clone(), |case| problem.having("case", case));
    problem.audited()
}

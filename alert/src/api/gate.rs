//! What every request passes: its token, its rate, its time, and what is written down of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use prometheus::{IntCounterVec, Opts, Registry};
use uuid::Uuid;

use super::problem::{Problem, Reason};
use super::{ApiState, DOCUMENT};
use crate::audit::Witness;
use crate::case::Actor;
use crate::limit::Limit;
use crate::token::Unaccepted;

/// How much is asked at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// By one token.
    pub token: Limit,
    /// By everybody together who has none.
    pub unknown: Limit,
    /// How long one request may take.
    pub request: Duration,
    /// How large its body may be.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            token: Limit::new(20 * 60, 60),
            unknown: Limit::new(10 * 60, 50),
            request: Duration::from_secs(15),
            body_bytes: 64 << 10,
        }
    }
}

/// Counts and bounds what is asked.
pub(super) struct Gate {
    pub(super) limits: Limits,
    began: Instant,
    /// By the token's name; the empty one is everybody without.
    asked: Mutex<HashMap<String, Limit>>,
    requests: IntCounterVec,
    /// The second in which the last refusal for want of permits was written down of somebody unknown.
    flooded_s: AtomicI64,
}

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) actor: Actor,
    pub(super) witness: Witness,
}

impl Gate {
    pub(super) fn new(limits: Limits, registry: &Registry) -> Result<Self> {
        let options = Opts::new("api_requests_total", "Requests to the API, by route and HTTP status");
        let requests = IntCounterVec::new(options, &["route", "status"])?;
        registry.register(Box::new(requests.clone()))?;
        let flooded_s = AtomicI64::new(0);
        Ok(Self { limits, began: Instant::now(), asked: Mutex::default(), requests, flooded_s })
    }

    fn permit(&self, name: &str) -> Result<(), u64> {
        let now_ms = self.began.elapsed().as_millis() as u64;
        let limit = if name.is_empty() { self.limits.unknown } else { self.limits.token };
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.entry(name.to_owned()).or_insert(limit).ask(now_ms)
    }

    /// Tells whether a refusal of somebody unknown for want of permits is to be written down: one a second, or a flood of
    /// requests would be a flood of rows. The metric counts each.
    fn is_first_of_its_second(&self) -> bool {
        let now_s = Timestamp::now().as_second();
        self.flooded_s.swap(now_s, Relaxed) != now_s
    }
}

/// Lets a request pass, or refuses it; then counts it, writes down what was refused, and adds the headers that every answer has.
pub(super) async fn pass(State(state): State<ApiState>, mut request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("other", |path| path.as_str()).to_owned();
    let (action, case_id) = asked(&route, &request);
    let (witness, admitted) = admit(&state, &route, &request);
    let mut response = match admitted {
        Err(problem) => problem.into_response(),
        Ok(caller) => {
            if let Some(caller) = caller {
                request.extensions_mut().insert(caller);
            }
            answer(&state, request, next).await
        }
    };
    let status = response.status().as_u16();
    state.gate.requests.with_label_values(&[route.as_str(), &status.to_string()]).inc();
    if let Some(Reason(reason)) = response.extensions_mut().remove::<Reason>() {
        let is_flood = status == StatusCode::TOO_MANY_REQUESTS.as_u16() && witness.who.is_empty();
        if !is_flood || state.gate.is_first_of_its_second() {
            state.audit.note(witness.row(action, case_id, status, reason));
        }
    }
    with_headers(response)
}

/// Returns who asks, and whether he may go on; nobody need be known for the document that describes the API.
fn admit(state: &ApiState, route: &str, request: &Request) -> (Witness, Result<Option<Caller>, Problem>) {
    let permit = |name: &str| state.gate.permit(name).map_err(Problem::too_many);
    let nobody = Witness::default();
    if route == DOCUMENT {
        return (nobody, permit("").map(|()| None));
    }
    let tokens = state.tokens();
    match tokens.find(bearer(request), Timestamp::now()) {
        Ok(token) => {
            let witness = Witness { who: token.name.clone(), role: token.actor.role.as_str().to_owned() };
            let caller = Caller { actor: token.actor.clone(), witness: witness.clone() };
            (witness, permit(&token.name).map(|()| Some(caller)))
        }
        Err(unaccepted) => {
            let refused = |reason| permit("").and_then(|()| Err(Problem::unauthorized(reason)));
            match unaccepted {
                Unaccepted::Missing => (nobody, refused("no_token")),
                Unaccepted::Unknown => (nobody, refused("unknown_token")),
                Unaccepted::Expired(token) => {
                    (Witness { who: token.name.clone(), role: String::new() }, refused("expired_token"))
                }
            }
        }
    }
}

/// Returns the token of `Authorization: Bearer TOKEN`; the scheme's case does not matter.
fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

async fn answer(state: &ApiState, request: Request, next: Next) -> Response {
    let limit = state.gate.limits.request;
    let answered = tokio::time::timeout(limit, next.run(request)).await;
    answered.unwrap_or_else(|_| {
        let detail = "it took too long; an act may have happened or not: try again with the same Idempotency-Key, or look at the case";
        Problem::unavailable("too_slow", detail).into_response()
    })
}

/// Returns what the audit log calls a request, and the case it names.
fn asked(route: &str, request: &Request) -> (&'static str, Option<Uuid>) {
    let case_id = request.uri().path().split('/').find_map(|part| part.parse().ok());
    let action = match (request.method(), route) {
        (&Method::GET, super::CASES) => "list",
        (&Method::GET, super::CASE) => "show",
        (&Method::POST, super::EVENTS) => "act",
        (&Method::GET, super::ALERTS) => "alerts",
        (&Method::GET, super::OWNERS) => "owners",
        _ => "other",
    };
    (action, case_id)
}

fn with_headers(mut response: Response) -> Response {
    let fixed = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    let headers = fixed.map(|(name, value)| (name, HeaderValue::from_static(value)));
    response.headers_mut().extend(headers);
    response
}

//! The API: cases, what happened to them and what is done to them, alerts, owners. `openapi.yaml` describes it, and a test holds
//! both together.

mod act;
mod alerts;
mod cases;
mod document;
mod gate;
mod json;
mod problem;
mod query;

use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Result;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Router, middleware};
use prometheus::Registry;
use serde_json::json;

pub use self::act::is_act;
pub use self::document::document;
use self::gate::Gate;
pub use self::gate::Limits;
use self::problem::Problem;
use crate::audit::Audit;
use crate::desk::Desk;
use crate::responders::Directory;
use crate::token::Tokens;

const CASES: &str = "/api/v1/cases";
const CASE: &str = "/api/v1/cases/{case_id}";
const EVENTS: &str = "/api/v1/cases/{case_id}/events";
const ALERTS: &str = "/api/v1/alerts";
const OWNERS: &str = "/api/v1/owners";
const DOCUMENT: &str = "/api/v1/openapi.json";

/// Every route with its methods.
pub const ROUTES: [(&str, &str); 6] =
    [("GET", CASES), ("GET", CASE), ("POST", EVENTS), ("GET", ALERTS), ("GET", OWNERS), ("GET", DOCUMENT)];

/// What the API answers from; cheap to clone.
#[derive(Clone)]
pub struct ApiState {
    desk: Arc<Desk>,
    directory: Arc<Directory>,
    audit: Audit,
    tokens: Arc<RwLock<Arc<Tokens>>>,
    gate: Arc<Gate>,
}

impl ApiState {
    /// Puts the parts together.
    ///
    /// # Errors
    /// Where a metric is registered twice.
    pub fn new(desk: Arc<Desk>, tokens: Tokens, limits: Limits, registry: &Registry) -> Result<Self> {
        let (directory, audit) = desk.parts();
        let gate = Arc::new(Gate::new(limits, registry)?);
        Ok(Self { desk, directory, audit, tokens: Arc::new(RwLock::new(Arc::new(tokens))), gate })
    }

    /// Accepts these tokens from now on, and no others.
    pub fn accept(&self, tokens: Tokens) {
        *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tokens);
    }

    fn tokens(&self) -> Arc<Tokens> {
        Arc::clone(&self.tokens.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Answers everything below `/api`.
pub fn router(state: ApiState) -> Router {
    let routes = Router::new()
        .route(CASES, get(cases::list))
        .route(CASE, get(cases::show))
        .route(EVENTS, post(act::act))
        .route(ALERTS, get(alerts::list))
        .route(OWNERS, get(owners))
        .route(DOCUMENT, get(document::answer))
        .route("/api", axum::routing::any(unknown))
        .route("/api/{*rest}", axum::routing::any(unknown))
        .method_not_allowed_fallback(not_allowed);
    routes.layer(middleware::from_fn_with_state(state.clone(), gate::pass)).with_state(state)
}

/// Who there is to hand a case over to.
async fn owners(axum::extract::State(state): axum::extract::State<ApiState>, uri: Uri) -> Result<Response, Problem> {
    query::none(&uri)?;
    let owner =
        |owner: &crate::responders::Owner| json!({"id": owner.id, "name": owner.name, "department": owner.department});
    let owners: Vec<_> = state.directory.owners().map(owner).collect();
    Ok(json::answer(StatusCode::OK, &json!({"owners": owners})))
}

/// Says that ClickHouse did not answer a question.
fn unanswered(error: anyhow::Error) -> Problem {
    tracing::error!(error = format!("{error:#}"), "a question to the database has no answer");
    Problem::unavailable("unavailable", "the database does not answer; try again in a few seconds")
}

async fn unknown(uri: Uri) -> Problem {
    let detail = format!("there is nothing at {}; {DOCUMENT} says what there is", short(uri.path()));
    Problem::new(StatusCode::NOT_FOUND, "no_route", "nothing is here", detail)
}

async fn not_allowed(method: Method, uri: Uri) -> Problem {
    let detail = format!("{} does not take {method}; the header Allow says what it takes", short(uri.path()));
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "no_method", "another method", detail)
}

fn short(path: &str) -> String {
    path.chars().take(100).collect()
}

//! What is said where a request is refused: `application/problem+json` (RFC 9457), and what to do.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A refusal.
#[derive(Debug, Clone)]
pub(super) struct Problem(Box<Said>);

#[derive(Debug, Clone)]
struct Said {
    status: StatusCode,
    /// One word for the kind of problem, which the `type` ends with.
    kind: &'static str,
    title: &'static str,
    /// What happened, and what to do.
    detail: String,
    more: Option<(&'static str, Value)>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// What the audit log says; an act's refusal is there already.
    reason: Option<&'static str>,
}

/// Why a request was refused, on its way to the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reason(pub(super) &'static str);

impl Problem {
    pub(super) fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self(Box::new(Said { status, kind, title, detail, more: None, headers: Vec::new(), reason: Some(kind) }))
    }

    /// Says nothing of what was wrong with the token: that is for the audit log alone.
    pub(super) fn unauthorized(reason: &'static str) -> Self {
        let detail = "send the header \"Authorization: Bearer TOKEN\" with a token that is valid; `hearken tokens new` makes one";
        let problem = Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "no valid token", detail);
        problem.because(Some(reason)).with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    pub(super) fn too_many(wait_ms: u64) -> Self {
        let wait_s = wait_ms.div_ceil(1_000).max(1);
        let detail = format!("too many requests; wait {wait_s} s, then go on more slowly");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "too many requests", detail)
            .with(header::RETRY_AFTER, wait_s.into())
    }

    pub(super) fn unavailable(kind: &'static str, detail: impl Into<String>) -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, kind, "not available now", detail);
        problem.with(header::RETRY_AFTER, 5.into())
    }

    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "the request is wrong", detail)
    }

    pub(super) fn unseen() -> Self {
        let detail = crate::case::Forbidden::Unseen.to_string();
        Self::new(StatusCode::NOT_FOUND, "unseen", "no such case", detail)
    }

    /// Adds a member of its own.
    pub(super) fn having(mut self, name: &'static str, value: Value) -> Self {
        self.0.more = Some((name, value));
        self
    }

    /// The audit log knows it already.
    pub(super) fn audited(self) -> Self {
        self.because(None)
    }

    fn because(mut self, reason: Option<&'static str>) -> Self {
        self.0.reason = reason;
        self
    }

    pub(super) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Said { status, kind, title, detail, more, headers: own, reason } = *self.0;
        let mut body = json!({
            "type": format!("urn:hearken:problem:{kind}"),
            "title": title,
            "status": status.as_u16(),
            "detail": detail,
        });
        if let Some((name, value)) = more {
            body[name] = value;
        }
        let mut response = (status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.extend(own);
        if let Some(reason) = reason {
            response.extensions_mut().insert(Reason(reason));
        }
        response
    }
}

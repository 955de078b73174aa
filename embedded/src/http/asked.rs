//! What a request asks for, gathered from its headers, its URL and, where the body is a form, from that.

use axum::body::Body;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, Request};

use super::body::{self, BodyError};
use super::compression::Encoding;
use super::errors::code;
use super::request::StatementRequest;
use super::response::Packing;
use super::statement;
use crate::chdb::EngineError;

/// A form holds a statement and its parameters, never rows.
const FORM_BYTES_MAX: u64 = 16 << 20;

/// What a request asks for, with the body that may bring statement and rows.
pub struct Asked {
    /// The statement with its settings and parameters.
    pub request: StatementRequest,
    /// The body; empty where it was a form.
    pub body: Body,
    /// How the body is packed.
    pub encoding: Option<Encoding>,
    /// How the answer is to be packed.
    pub packing: Packing,
}

impl Asked {
    /// Reads headers, the pairs of the URL, and the body where it is a form.
    pub async fn read(headers: &HeaderMap, pairs: Vec<(String, String)>, body: Body) -> Result<Self, EngineError> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let encoding = Encoding::from_content_encoding(header(CONTENT_ENCODING.as_str()));
        let encoding = match encoding {
            Ok(encoding) => encoding,
            Err(name) => {
                body::discard(body).await;
                let text = format!("Content-Encoding {name} is not supported here; use gzip, deflate, lz4 or zstd");
                return Err(EngineError::new(code::NOT_IMPLEMENTED, "NOT_IMPLEMENTED", &text));
            }
        };
        let mut pairs = pairs;
        let is_form = header(CONTENT_TYPE.as_str()).is_some_and(|value| value.starts_with("multipart/form-data"));
        let body = if is_form {
            pairs.extend(read_form(headers, body).await?);
            Body::empty()
        } else {
            body
        };
        let mut request = match StatementRequest::from_pairs(pairs) {
            Ok(request) => request,
            Err(error) => {
                body::discard(body).await;
                return Err(error);
            }
        };
        request.default_format = request.default_format.or_else(|| header("x-clickhouse-format").map(str::to_owned));
        let accepted = header(ACCEPT_ENCODING.as_str()).and_then(Encoding::from_accept_encoding);
        let packing = Packing { frames: request.compress, encoding: accepted.filter(|_| request.http_compression) };
        Ok(Self { request, body, encoding, packing })
    }
}

/// Reads a form's fields, which mean the same as the URL's.
async fn read_form(headers: &HeaderMap, body: Body) -> Result<Vec<(String, String)>, EngineError> {
    let failed = |error: MultipartError| form_error(error.body_text());
    let mut request = Request::new(body);
    *request.headers_mut() = headers.clone();
    let mut form =
        Multipart::from_request(request, &()).await.map_err(|rejection| form_error(rejection.body_text()))?;
    let mut fields = Vec::new();
    let mut left = FORM_BYTES_MAX;
    while let Some(mut field) = form.next_field().await.map_err(failed)? {
        let name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_some() {
            let text = format!("External tables are not supported here (form field '{name}')");
            return Err(EngineError::new(code::NOT_IMPLEMENTED, "NOT_IMPLEMENTED", &text));
        }
        let mut value = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(failed)? {
            let rest = left.checked_sub(chunk.len() as u64);
            left =
                rest.ok_or_else(|| statement::body_error(BodyError::TooLarge { bytes_max: FORM_BYTES_MAX }.into()))?;
            value.extend_from_slice(&chunk);
        }
        let value = String::from_utf8(value).map_err(|_| form_error(format!("field '{name}' is not UTF-8")))?;
        fields.push((name, value));
    }
    Ok(fields)
}

/// Words what is wrong with a form or a URL.
pub fn form_error(text: String) -> EngineError {
    statement::body_error(BodyError::Form(text).into())
}

//! Words answers: headers, content types, compression, errors.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, VARY, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, Response};
use bytes::Bytes;

use super::compression::{self, Encoding};
use super::errors;
use super::statement::Outcome;
use crate::chdb::{EngineError, QueryResult};

const QUERY_ID: HeaderName = HeaderName::from_static("x-clickhouse-query-id");
const SUMMARY: HeaderName = HeaderName::from_static("x-clickhouse-summary");
const FORMAT: HeaderName = HeaderName::from_static("x-clickhouse-format");
const DISPLAY_NAME: HeaderName = HeaderName::from_static("x-clickhouse-server-display-name");
const TIMEZONE: HeaderName = HeaderName::from_static("x-clickhouse-timezone");
const EXCEPTION_CODE: HeaderName = HeaderName::from_static("x-clickhouse-exception-code");

/// How the client wants the answer packed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Packing {
    /// In ClickHouse's frames.
    pub frames: bool,
    /// As an HTTP content encoding, around the frames if there are any.
    pub encoding: Option<Encoding>,
}

/// Packs the output. It blocks, since compressing takes a while.
pub fn pack(plain: Bytes, packing: Packing) -> std::io::Result<Bytes> {
    let Packing { frames, encoding } = packing;
    let framed = if frames { Bytes::from(compression::frames(&plain)) } else { plain };
    match encoding {
        Some(encoding) => Ok(Bytes::from(compression::encode(&framed, encoding)?)),
        None => Ok(framed),
    }
}

/// The counters of `X-ClickHouse-Summary`; all are strings, as ClickHouse sends them.
pub fn summary(result: &QueryResult, elapsed: Duration) -> String {
    let counters = [
        ("read_rows", result.read_rows()),
        ("read_bytes", result.read_bytes()),
        ("written_rows", result.written_rows()),
        ("written_bytes", result.written_bytes()),
        ("total_rows_to_read", result.read_rows()),
        ("result_rows", result.rows().max(result.written_rows())),
        ("result_bytes", result.as_ref().len() as u64),
        ("elapsed_ns", u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)),
    ];
    let fields: Vec<String> = counters.iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
    format!("{{{}}}", fields.join(","))
}

/// The answer to a statement that succeeded.
pub fn success(outcome: Outcome, packing: Packing, query_id: &str) -> std::io::Result<Response<Body>> {
    let summary = summary(&outcome.result, outcome.elapsed);
    // Plain output stays where the engine put it.
    let plain = outcome.rewritten.map_or_else(|| Bytes::from_owner(outcome.result), Bytes::from);
    let body = pack(plain, packing)?;
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(&outcome.format)));
    headers.insert(FORMAT, text_value(&outcome.format));
    headers.insert(SUMMARY, text_value(&summary));
    if let Some(encoding) = packing.encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    Ok(identified(response, query_id))
}

/// The answer to a statement that failed.
pub fn failure(error: &EngineError, version: &str, query_id: &str) -> Response<Body> {
    let already = error.message.contains("(version ");
    let suffix = if already { String::new() } else { format!(" (version {version})") };
    let mut response = Response::new(Body::from(format!("{}{suffix}\n", error.message)));
    *response.status_mut() = errors::status(error.code);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=UTF-8"));
    headers.insert(EXCEPTION_CODE, HeaderValue::from(error.code));
    if errors::status(error.code) == axum::http::StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"ClickHouse server HTTP API\""));
    }
    identified(response, query_id)
}

fn identified(mut response: Response<Body>, query_id: &str) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(QUERY_ID, text_value(query_id));
    headers.insert(DISPLAY_NAME, HeaderValue::from_static("hearken-clickhouse"));
    headers.insert(TIMEZONE, HeaderValue::from_static("UTC"));
    response
}

/// A header value; what a header cannot carry is left out.
fn text_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The content type of an output format, by its name.
pub fn content_type(format: &str) -> &'static str {
    let lower = format.to_ascii_lowercase();
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| lower.starts_with(prefix));
    if begins(&["jsoneachrow", "jsoncompacteachrow", "jsonstringseachrow", "jsoncompactstringseachrow", "ndjson"]) {
        "application/x-ndjson; charset=UTF-8"
    } else if begins(&["json"]) {
        "application/json; charset=UTF-8"
    } else if begins(&["csv"]) {
        "text/csv; charset=UTF-8"
    } else if begins(&["tabseparated", "tsv"]) {
        "text/tab-separated-values; charset=UTF-8"
    } else if begins(&["xml"]) {
        "application/xml; charset=UTF-8"
    } else if begins(&["native", "rowbinary", "arrow", "parquet", "orc", "avro", "msgpack", "protobuf", "bson", "npy"])
    {
        "application/octet-stream"
    } else {
        "text/plain; charset=UTF-8"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_has_its_content_type() {
        for (format, expected) in [
            ("JSON", "application/json; charset=UTF-8"),
            ("JSONCompactEachRowWithNames", "application/x-ndjson; charset=UTF-8"),
            ("CSVWithNames", "text/csv; charset=UTF-8"),
            ("TSV", "text/tab-separated-values; charset=UTF-8"),
            ("RowBinaryWithNamesAndTypes", "application/octet-stream"),
            ("ArrowStream", "application/octet-stream"),
            ("PrettyCompact", "text/plain; charset=UTF-8"),
        ] {
            assert_eq!(content_type(format), expected, "{format}");
        }
    }

    #[test]
    fn an_error_is_worded_once_with_its_version() {
        for (message, expected_end) in [
            ("Code: 60. DB::Exception: No table. (UNKNOWN_TABLE)", "(UNKNOWN_TABLE) (version 26.7)"),
            ("Code: 41. DB::Exception: x (CANNOT_PARSE_DATETIME) (version 26.7.2.1)", "(version 26.7.2.1)"),
        ] {
            let response = failure(&EngineError::parse(message), "26.7", "id");
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let body = runtime.block_on(axum::body::to_bytes(response.into_body(), 1 << 10)).expect("it is short");
            let body = String::from_utf8(body.to_vec()).expect("it is text");
            assert!(body.ends_with(&format!("{expected_end}\n")), "{body}");
        }
    }
}

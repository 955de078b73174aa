//! The local ClickHouse: what it must know of a statement and of a request before the engine sees either.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use hearken_embedded::http::auth::{Credentials, check_origin};
use hearken_embedded::http::compression::Encoding;
use hearken_embedded::http::request::StatementRequest;
use hearken_embedded::sql::{self, InsertShape, TokenKind};

use super::text;

/// Promises: tokens lie in the text, in order; what is quoted is one token, whatever it holds; names of settings are names.
pub fn run(bytes: &[u8]) {
    let mut at = 0;
    for token in sql::tokens(bytes) {
        assert!(at <= token.start && token.start < token.end && token.end <= bytes.len(), "{token:?} behind byte {at}");
        at = token.end;
    }
    let _ = (sql::count_statements(bytes), sql::output_format(bytes), sql::changes_session(bytes));
    let _ = (sql::names_a_file(bytes), sql::killed_query(bytes), sql::forbidden_for_readers(bytes));
    let _ = sql::beyond_reach(bytes, &["merge".to_owned(), "file".to_owned()]);
    assert!(bytes.starts_with(sql::without_format(bytes)), "without its format a statement is its beginning");
    if let InsertShape::Rows { statement, rows, .. } = sql::insert_shape(bytes) {
        assert!(bytes.starts_with(statement) && bytes.ends_with(rows), "an insert is its statement and its rows");
    }
    let text = text(bytes);
    for quoted in [sql::quote(&text), sql::quote_name(&text)] {
        let kinds: Vec<TokenKind> = sql::tokens(quoted.as_bytes()).map(|token| token.kind).collect();
        assert_eq!(kinds, [TokenKind::Quoted], "{quoted:?} is one quoted piece");
    }
    request(&text);
}

/// Each line is `name=value`, of the URL; `name: value` of a header.
fn request(text: &str) {
    let pairs: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    if let Ok(request) = StatementRequest::from_pairs(pairs.clone()) {
        let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        assert!(request.settings.iter().all(|(name, _)| !name.is_empty() && is_name(name)), "{:?}", request.settings);
    }
    let mut headers = HeaderMap::new();
    for (name, value) in text.lines().filter_map(|line| line.split_once(": ")) {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    let _ = check_origin(&headers);
    let _ = Encoding::from_content_encoding(Some(text));
    let _ = Encoding::from_accept_encoding(text);
    if let Ok(credentials) = Credentials::from_request(&headers, &pairs) {
        assert!(credentials.authenticate(&[]).is_err(), "there is nobody to be");
    }
}

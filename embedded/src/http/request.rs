//! What a request asks for, read from its URL and form fields.

use crate::chdb::{EngineError, Parameter};

/// A statement with everything that comes with it, apart from the body.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct StatementRequest {
    /// The text of `query`, empty where the body holds it all.
    pub query: String,
    /// The current database.
    pub database: Option<String>,
    /// The output format of a statement that names none.
    pub default_format: Option<String>,
    /// The client's own id for the statement.
    pub query_id: Option<String>,
    /// Whether the answer is wanted in ClickHouse's compressed frames.
    pub compress: bool,
    /// Whether the body comes in such frames.
    pub decompress: bool,
    /// Whether the client lets the server compress the answer by `Accept-Encoding`.
    pub http_compression: bool,
    /// Values of placeholders.
    pub parameters: Vec<Parameter>,
    /// Settings for this statement, in the order given.
    pub settings: Vec<(String, String)>,
    /// Roles for this statement.
    pub roles: Vec<String>,
}

const UNKNOWN_SETTING: u32 = 115;

/// Parameters of the interface that are no settings and mean nothing here: there are no sessions and no quotas, and a
/// result is always complete before its first byte is sent.
const IGNORED: [&str; 12] = [
    "user",
    "password",
    "quota_key",
    "session_id",
    "session_timeout",
    "session_check",
    "close_session",
    "stacktrace",
    "buffer_size",
    "wait_end_of_query",
    "client_protocol_version",
    "http_response_buffer_size",
];

impl StatementRequest {
    /// Sorts the pairs of the URL and of a form into what they mean. Later ones win.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, EngineError> {
        let mut request = Self { http_compression: true, ..Self::default() };
        for (name, value) in pairs {
            request.take(name, value)?;
        }
        Ok(request)
    }

    fn take(&mut self, name: String, value: String) -> Result<(), EngineError> {
        let not_empty = |value: String| Some(value).filter(|value| !value.is_empty());
        if let Some(parameter) = name.strip_prefix("param_") {
            self.parameters.push(Parameter { name: parameter.to_owned(), value });
            return Ok(());
        }
        match name.as_str() {
            "query" => self.query.push_str(&value),
            "database" => self.database = not_empty(value),
            "default_format" => self.default_format = not_empty(value),
            "query_id" => self.query_id = not_empty(value),
            "compress" => self.compress = flag(&value),
            "decompress" => self.decompress = flag(&value),
            "enable_http_compression" => self.http_compression = flag(&value),
            "role" => self.roles.extend(not_empty(value)),
            ignored if IGNORED.contains(&ignored) => {}
            _ if is_setting_name(&name) => self.settings.push((name, value)),
            _ => {
                let text = format!("Unknown setting '{}'", name.escape_default());
                return Err(EngineError::new(UNKNOWN_SETTING, "UNKNOWN_SETTING", &text));
            }
        }
        Ok(())
    }
}

fn flag(value: &str) -> bool {
    matches!(value, "1" | "true")
}

/// Names go into the statement as they are, so they must be plain.
fn is_setting_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<StatementRequest, u32> {
        let owned = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        StatementRequest::from_pairs(owned).map_err(|error| error.code)
    }

    #[test]
    fn every_pair_finds_its_place() {
        let request = parse(&[
            ("database", "hearken"),
            ("query", "SELECT {x:String}"),
            ("param_x", "it's"),
            ("insert_deduplication_token", "a:b"),
            ("compress", "1"),
            ("session_id", "ignored"),
            ("password", "ignored"),
            ("max_threads", "2"),
        ])
        .expect("all known");
        assert_eq!(request.query, "SELECT {x:String}");
        assert_eq!(request.database.as_deref(), Some("hearken"));
        assert_eq!(request.parameters, [Parameter { name: "x".into(), value: "it's".into() }]);
        let settings: Vec<_> = request.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(settings, [("insert_deduplication_token", "a:b"), ("max_threads", "2")]);
        assert!(request.compress && !request.decompress && request.http_compression);
    }

    #[test]
    fn a_name_that_could_become_sql_is_refused() {
        for name in ["max_threads=1,readonly", "a b", "", "1a", "a'b", "ä"] {
            assert_eq!(parse(&[(name, "1")]), Err(UNKNOWN_SETTING), "{name}");
        }
    }
}

//! What a request asks for, read from its URL and form fields.

use std::time::Duration;

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
    /// The protocol revision whose Native blocks the client reads; 0 where it says nothing.
    pub revision: u64,
    /// Roles for this statement.
    pub roles: Vec<String>,
    /// The session the statement belongs to.
    pub session: Option<SessionRequest>,
}

/// The session that a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRequest {
    /// Its name, which the client chose.
    pub id: String,
    /// How long it waits for its next statement.
    pub timeout: Duration,
    /// Whether it must have been begun before.
    pub must_exist: bool,
    /// Whether it ends with this statement.
    pub close: bool,
}

const UNKNOWN_SETTING: u32 = 115;
const INVALID_SESSION_TIMEOUT: u32 = 374;
/// ClickHouse's own defaults for `session_timeout`.
const SESSION_SECONDS: u64 = 60;
const SESSION_SECONDS_MAX: u64 = 3600;

/// Parameters of the interface that are no settings and mean nothing here: there are no quotas, and a result is always
/// complete before its first byte is sent.
const IGNORED: [&str; 7] =
    ["user", "password", "quota_key", "stacktrace", "buffer_size", "wait_end_of_query", "http_response_buffer_size"];

impl StatementRequest {
    /// Sorts the pairs of the URL and of a form into what they mean. Later ones win.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, EngineError> {
        let mut request = Self { http_compression: true, ..Self::default() };
        let begun = SessionRequest {
            id: String::new(),
            timeout: Duration::from_secs(SESSION_SECONDS),
            must_exist: false,
            close: false,
        };
        let mut session = begun;
        for (name, value) in pairs {
            if !session.take(&name, &value)? {
                request.take(name, value)?;
            }
        }
        request.session = Some(session).filter(|session| !session.id.is_empty());
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
            "client_protocol_version" => self.revision = value.parse().unwrap_or_default(),
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

impl SessionRequest {
    /// Takes a pair that speaks of the session; `false` where it does not.
    fn take(&mut self, name: &str, value: &str) -> Result<bool, EngineError> {
        match name {
            "session_id" => value.clone_into(&mut self.id),
            "session_check" => self.must_exist = flag(value),
            "close_session" => self.close = flag(value),
            "session_timeout" => {
                let seconds = value.parse().ok().filter(|seconds| *seconds <= SESSION_SECONDS_MAX);
                let seconds = seconds.ok_or_else(|| {
                    let text =
                        format!("Invalid session timeout: '{value}'; give seconds, at most {SESSION_SECONDS_MAX}");
                    EngineError::new(INVALID_SESSION_TIMEOUT, "INVALID_SESSION_TIMEOUT", &text)
                })?;
                self.timeout = Duration::from_secs(seconds);
            }
            _ => return Ok(false),
        }
        Ok(true)
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
            ("session_id", "s"),
            ("session_timeout", "7"),
            ("password", "ignored"),
            ("max_threads", "2"),
        ])
        .expect("all known");
        assert_eq!(request.query, "SELECT {x:String}");
        assert_eq!(request.database.as_deref(), Some("hearken"));
        assert_eq!(request.parameters, [Parameter { name: "x".into(), value: "it's".into() }]);
        let settings: Vec<_> = request.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(settings, [("insert_deduplication_token", "a:b"), ("max_threads", "2")]);
        let session = request.session.expect("it has a name");
        assert_eq!((session.id.as_str(), session.timeout.as_secs(), session.must_exist), ("s", 7, false));
        assert_eq!(parse(&[("session_check", "1")]).map(|request| request.session), Ok(None), "nameless");
        assert_eq!(parse(&[("session_id", "s"), ("session_timeout", "long")]), Err(INVALID_SESSION_TIMEOUT));
        assert!(request.compress && !request.decompress && request.http_compression);
    }

    #[test]
    fn a_name_that_could_become_sql_is_refused() {
        for name in ["max_threads=1,readonly", "a b", "", "1a", "a'b", "ä"] {
            assert_eq!(parse(&[(name, "1")]), Err(UNKNOWN_SETTING), "{name}");
        }
    }
}

//! Who asks: `X-ClickHouse-User`/`-Key`, Basic authentication, or `user`/`password` in the URL.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::errors::code;
use crate::chdb::EngineError;

/// What a user may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everything the engine can.
    Full,
    /// Reading tables.
    Reader(Arc<Reader>),
}

/// Who may only read.
#[derive(Debug, PartialEq, Eq)]
pub struct Reader {
    /// The engine's role whose grants hold.
    pub role: String,
    /// Bounds beyond the grants; without them the user reads every table whole.
    pub bounds: Option<Bounds>,
}

/// What holds for every statement of a user, whatever the statement says.
#[derive(Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Settings as `name = value`, row filters among them.
    pub settings: Vec<String>,
}

/// What a user proves to be with.
#[derive(Clone)]
pub enum Password {
    /// The password itself; empty means that none is asked for.
    Plain(String),
    /// The SHA-256 of its bytes, in lower-case hexadecimal digits.
    Sha256(String),
}

impl Password {
    /// Returns its SHA-256 in lower-case hexadecimal digits.
    pub fn sha256(&self) -> String {
        match self {
            Self::Plain(password) => sha256(password),
            Self::Sha256(hex) => hex.clone(),
        }
    }

    fn matches(&self, given: &str) -> bool {
        match self {
            Self::Plain(password) => equal_in_constant_time(given, password),
            Self::Sha256(expected) => equal_in_constant_time(&sha256(given), expected),
        }
    }
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One user of the interface.
#[derive(Clone)]
pub struct User {
    /// The name.
    pub name: String,
    /// The password.
    pub password: Password,
    /// What the user may do.
    pub access: Access,
}

/// What a request says of its sender. A request that says nothing is the user `default` without a password.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    user: Option<String>,
    password: Option<String>,
}

const AUTHENTICATION_FAILED: u32 = 516;
const REQUIRED_PASSWORD: u32 = 194;

impl Credentials {
    /// Collects credentials; two kinds at once are refused, as ClickHouse does.
    pub fn from_request(headers: &HeaderMap, pairs: &[(String, String)]) -> Result<Self, EngineError> {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let pair = |name| pairs.iter().rfind(|(key, _)| key == name).map(|(_, value)| value.clone());
        let kinds = [
            Self { user: header("x-clickhouse-user"), password: header("x-clickhouse-key") },
            Self { user: pair("user"), password: pair("password") },
            header(AUTHORIZATION.as_str()).map(|value| basic(&value)).transpose()?.unwrap_or_default(),
        ];
        let mut given = kinds.into_iter().filter(|kind| *kind != Self::default());
        let first = given.next().unwrap_or_default();
        if given.next().is_some() {
            let text = "Invalid authentication: it is not allowed to use two kinds of credentials in one request";
            return Err(EngineError::new(AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED", text));
        }
        Ok(first)
    }

    /// Finds the user whose name and password these are.
    pub fn authenticate<'users>(&self, users: &'users [User]) -> Result<&'users User, EngineError> {
        let name = self.user.as_deref().filter(|name| !name.is_empty()).unwrap_or("default");
        let password = self.password.as_deref().unwrap_or_default();
        let user = users.iter().find(|user| user.name == name);
        // An unknown user costs a comparison too, so the time does not tell names apart.
        let nobody = Password::Plain("\0".to_owned());
        let matches = user.map_or(&nobody, |user| &user.password).matches(password);
        match user {
            Some(user) if matches => Ok(user),
            Some(_) if *self == Self::default() => Err(EngineError::new(
                REQUIRED_PASSWORD,
                "REQUIRED_PASSWORD",
                &format!("{name}: Authentication failed: password is required"),
            )),
            Some(_) | None => Err(EngineError::new(
                AUTHENTICATION_FAILED,
                "AUTHENTICATION_FAILED",
                &format!("{name}: Authentication failed: password is incorrect, or there is no user with such name"),
            )),
        }
    }
}

/// Refuses requests that a web page of another site makes a browser send: by its own `Origin`, or through a name that
/// was made to point at this machine. Without this any page could write to a server that asks for no password.
pub fn check_origin(headers: &HeaderMap) -> Result<(), EngineError> {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let origin = text(ORIGIN).map(|origin| origin.split_once("://").map_or(origin, |(_, authority)| authority));
    match text(HOST).into_iter().chain(origin).find(|authority| !is_loopback(authority)) {
        None => Ok(()),
        Some(authority) => {
            let text = format!("Requests for or from '{authority}' are refused; use 127.0.0.1 or localhost");
            Err(EngineError::new(code::ACCESS_DENIED, "ACCESS_DENIED", &text))
        }
    }
}

fn is_loopback(authority: &str) -> bool {
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let host = authority.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(authority, |(host, _)| host);
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

fn basic(value: &str) -> Result<Credentials, EngineError> {
    let failed = || EngineError::new(AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED", "Invalid Authorization header");
    let (scheme, encoded) = value.split_once(' ').ok_or_else(failed)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(failed());
    }
    let decoded = BASE64_STANDARD.decode(encoded.trim()).map_err(|_| failed())?;
    let decoded = String::from_utf8(decoded).map_err(|_| failed())?;
    let (user, password) = decoded.split_once(':').ok_or_else(failed)?;
    Ok(Credentials { user: Some(user.to_owned()), password: Some(password.to_owned()) })
}

/// Compares in a time that depends on the lengths alone.
fn equal_in_constant_time(given: &str, expected: &str) -> bool {
    let (given, expected) = (given.as_bytes(), expected.as_bytes());
    let longest = given.len().max(expected.len());
    let byte = |text: &[u8], at: usize| text.get(at).copied().unwrap_or_default();
    let difference = (0..longest).fold(0, |seen, at| seen | (byte(given, at) ^ byte(expected, at)));
    std::hint::black_box(difference) == 0 && given.len() == expected.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn users() -> Vec<User> {
        let user = |name: &str, password: &str, access| User {
            name: name.into(),
            password: Password::Plain(password.into()),
            access,
        };
        let hashed = Password::Sha256("2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b".into());
        vec![
            user("default", "secret", Access::Full),
            user("board", "", reader()),
            User { name: "wall".into(), password: hashed, access: reader() },
        ]
    }

    fn reader() -> Access {
        Access::Reader(Arc::new(Reader { role: "r".into(), bounds: None }))
    }

    fn check(headers: &[(&'static str, &str)], pairs: &[(&str, &str)], expected: Result<Access, u32>) {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (axum::http::HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"))
            })
            .collect();
        let pairs: Vec<_> = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let users = users();
        let found = Credentials::from_request(&headers, &pairs).and_then(|given| given.authenticate(&users));
        let found = found.map(|user| user.access.clone());
        assert_eq!(found.map_err(|error| error.code), expected, "{headers:?} {pairs:?}");
    }

    #[test]
    fn a_page_of_another_site_is_refused() {
        for (host, origin, allowed) in [
            ("127.0.0.1:8123", None, true),
            ("localhost", None, true),
            ("[::1]:8123", None, true),
            ("127.0.0.1:8123", Some("http://localhost:3000"), true),
            ("127.0.0.1:8123", Some("https://evil.example"), false),
            ("127.0.0.1:8123", Some("null"), false),
            ("127.0.0.1:8123", Some("http://127.0.0.1.evil.example"), false),
            ("rebound.example:8123", None, false),
        ] {
            let value = |text: &str| HeaderValue::from_str(text).expect("a header value");
            let mut headers = HeaderMap::from_iter([(HOST, value(host))]);
            headers.extend(origin.map(|origin| (ORIGIN, value(origin))));
            assert_eq!(check_origin(&headers).is_ok(), allowed, "{host} {origin:?}");
        }
    }

    #[test]
    fn each_kind_of_credentials_is_taken_and_none_is_guessed() {
        let basic = |text: &str| format!("Basic {}", BASE64_STANDARD.encode(text));
        check(&[], &[], Err(REQUIRED_PASSWORD));
        check(&[], &[("user", "board")], Ok(reader()));
        check(&[], &[("user", "wall"), ("password", "secret")], Ok(reader()));
        check(&[], &[("user", "wall"), ("password", "Secret")], Err(AUTHENTICATION_FAILED));
        check(&[], &[("user", "default"), ("password", "secret")], Ok(Access::Full));
        check(&[], &[("password", "secret")], Ok(Access::Full));
        check(&[("x-clickhouse-user", "default"), ("x-clickhouse-key", "secret")], &[], Ok(Access::Full));
        check(&[("x-clickhouse-user", "default"), ("x-clickhouse-key", "secre")], &[], Err(AUTHENTICATION_FAILED));
        check(&[("x-clickhouse-user", "nobody"), ("x-clickhouse-key", "")], &[], Err(AUTHENTICATION_FAILED));
        check(&[("authorization", &basic("default:secret"))], &[], Ok(Access::Full));
        check(&[("authorization", &basic("default:secret\0"))], &[], Err(AUTHENTICATION_FAILED));
        check(&[("authorization", "Basic ???")], &[], Err(AUTHENTICATION_FAILED));
        check(&[("authorization", "Bearer token")], &[], Err(AUTHENTICATION_FAILED));
        check(&[("authorization", &basic("default:secret"))], &[("user", "board")], Err(AUTHENTICATION_FAILED));
    }
}

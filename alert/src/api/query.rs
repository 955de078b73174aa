//! What may be asked in a URL: known names, once each, with values that are what they claim to be.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::Query;
use axum::http::Uri;
use jiff::Timestamp;

use super::problem::Problem;

/// How long a name to filter by may be.
const CHARS_MAX: usize = 200;

/// The first second of the year 2200.
const LAST_S: i64 = 7_258_118_400;

/// The parameters of a request, taken one by one.
pub(super) struct Asked(Vec<(String, String)>);

impl Asked {
    pub(super) fn read(uri: &Uri) -> Result<Self, Problem> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| Problem::invalid("the query cannot be read; encode it as name=value&name=value"))?;
        for (at, (name, value)) in pairs.0.iter().enumerate() {
            if pairs.0[..at].iter().any(|(other, _)| other == name) {
                return Err(wrong(name, "is given twice; give it once"));
            }
            if value.is_empty() || value.chars().count() > CHARS_MAX || value.chars().any(char::is_control) {
                return Err(wrong(name, "is empty, longer than 200 characters, or has control characters"));
            }
        }
        Ok(Self(pairs.0))
    }

    /// Takes a text.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(given, _)| given == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// Takes what can be read from a text; `form` says what that is.
    pub(super) fn read_as<T: FromStr>(&mut self, name: &str, form: impl Display) -> Result<Option<T>, Problem> {
        let read = |text: String| text.parse().map_err(|_| wrong(name, &format!("is not {form}")));
        self.text(name).map(read).transpose()
    }

    /// Takes one of several words.
    pub(super) fn one_of(&mut self, name: &str, words: &[&str]) -> Result<Option<String>, Problem> {
        let Some(word) = self.text(name) else { return Ok(None) };
        let known = words.contains(&word.as_str());
        if known { Ok(Some(word)) } else { Err(wrong(name, &format!("is none of {}", words.join(", ")))) }
    }

    /// Takes a moment; one that the tables cannot hold becomes the nearest they can, which is as early or as late as any row.
    pub(super) fn moment(&mut self, name: &str) -> Result<Option<Timestamp>, Problem> {
        let at = self.read_as::<Timestamp>(name, "a time with its zone, such as 2026-11-22T09:00:00Z")?;
        let last = Timestamp::constant(LAST_S, 0);
        Ok(at.map(|at| at.clamp(Timestamp::UNIX_EPOCH, last)))
    }

    /// Takes how many are wanted.
    pub(super) fn limit(&mut self, max: u16) -> Result<u16, Problem> {
        let form = format!("a whole number from 1 to {max}");
        let limit = self.read_as::<u16>("limit", &form)?.unwrap_or(100);
        if (1..=max).contains(&limit) { Ok(limit) } else { Err(wrong("limit", &format!("is not {form}"))) }
    }

    /// Ends the reading.
    pub(super) fn finish(self) -> Result<(), Problem> {
        let unknown = self.0.first().map(|(name, _)| wrong(name, "is no parameter here; see /api/v1/openapi.json"));
        unknown.map_or(Ok(()), Err)
    }
}

/// Refuses any parameter.
pub(super) fn none(uri: &Uri) -> Result<(), Problem> {
    Asked::read(uri)?.finish()
}

fn wrong(name: &str, what: &str) -> Problem {
    let name: String = name.chars().take(50).collect();
    Problem::invalid(format!("the parameter {name:?} {what}"))
}

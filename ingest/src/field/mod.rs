//! The fields of raw records: limits, ids and names, and beside them text (`text`), redaction (`words`) and times (`time`).

mod entity;
pub mod text;
pub(crate) mod time;
pub(crate) mod words;

use std::borrow::Cow;
use std::fmt;

use hearken_schemas::dead_letter::{Reason, Rejection};

/// The longest name of a source's instance.
pub const SOURCE_BYTES_MAX: usize = 128;
/// The longest id that a source gives its feedback.
pub const SOURCE_ID_BYTES_MAX: usize = 512;
/// The longest of all other ids and names.
pub const ID_BYTES_MAX: usize = 256;
/// The longest URL.
pub const URL_BYTES_MAX: usize = 2048;
/// The most attributes of one record.
pub const ATTRIBUTES_MAX: usize = 64;
/// The longest value of an attribute.
pub const ATTRIBUTE_BYTES_MAX: usize = 1024;

/// Returns what must be there.
///
/// # Errors
/// `missing_field`.
pub(crate) fn required<T>(field: impl fmt::Display, value: Option<T>) -> Result<T, Rejection> {
    value.ok_or_else(|| {
        Rejection::new(Reason::MissingField, format!("{field} is missing or empty")).at(field.to_string())
    })
}

/// Builds an `invalid_value` of a field; `problem` goes on after its path, as in "is longer than 8 bytes".
pub(crate) fn invalid(field: impl fmt::Display, problem: impl fmt::Display) -> Rejection {
    Rejection::new(Reason::InvalidValue, format!("{field} {problem}")).at(field.to_string())
}

/// Accepts an id as it is but for blanks around it; a blank one is absent.
///
/// # Errors
/// `invalid_value` where it is too long or holds a control character.
pub(crate) fn id(
    field: impl fmt::Display,
    raw: Option<impl Into<String>>,
    bytes_max: usize,
) -> Result<Option<String>, Rejection> {
    let Some(mut raw) = raw.map(Into::into) else { return Ok(None) };
    if raw.trim().len() != raw.len() {
        raw = raw.trim().to_owned();
    }
    if raw.is_empty() {
        return Ok(None);
    }
    if raw.len() > bytes_max {
        return Err(invalid(field, format_args!("is longer than {bytes_max} bytes")));
    }
    if raw.chars().any(char::is_control) {
        return Err(invalid(field, "holds a control character"));
    }
    Ok(Some(raw))
}

/// Accepts a name that people read: cleaned up, on one line; a blank one is absent. What is personal in it stays: see
/// `Redactor::name`.
///
/// # Errors
/// `invalid_value` where it is too long.
pub(crate) fn name(field: impl fmt::Display, raw: Option<String>) -> Result<Option<String>, Rejection> {
    let Some(raw) = raw else { return Ok(None) };
    let mut clean = cleaned(raw);
    if clean.contains('\n') {
        clean = clean.replace('\n', " ");
    }
    id(field, Some(clean), ID_BYTES_MAX)
}

/// Cleans a text up; the string itself goes on where nothing is to be done.
pub(crate) fn cleaned(raw: String) -> String {
    let clean = match text::clean(&raw) {
        Cow::Borrowed(_) => None,
        Cow::Owned(clean) => Some(clean),
    };
    clean.unwrap_or(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_trimmed_and_never_changed_inside() {
        let check = |raw: &str, expected: Result<Option<&str>, Reason>| {
            let got = id("order_id", Some(raw.to_owned()), 8);
            assert_eq!(got.map_err(|rejection| rejection.reason), expected.map(|id| id.map(str::to_owned)), "{raw:?}");
        };
        check(" A&amp;1\n", Ok(Some("A&amp;1")));
        check(" \t ", Ok(None));
        check("a\0b", Err(Reason::InvalidValue));
        check("123456789", Err(Reason::InvalidValue));
        check("12345678", Ok(Some("12345678")));
    }

    #[test]
    fn names_are_cleaned_up() {
        assert_eq!(name("brand", Some("Ｈ&amp;Ｍ \n 上海".to_owned())), Ok(Some("H&M 上海".to_owned())));
    }

    #[test]
    fn a_rejection_names_the_field_once_in_words_and_once_as_a_path() {
        let rejection = id("answers[2].question_id", Some("x".repeat(9)), 8).expect_err("too long");
        assert_eq!(rejection.detail, "answers[2].question_id is longer than 8 bytes");
        assert_eq!(rejection.field.as_deref(), Some("answers[2].question_id"));
        let rejection = required::<()>("source", None).expect_err("missing");
        assert_eq!(
            (rejection.detail.as_str(), rejection.field.as_deref()),
            ("source is missing or empty", Some("source"))
        );
    }
}

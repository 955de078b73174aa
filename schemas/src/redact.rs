//! Personal data in free text: what may be stored is part of the contract.
//!
//! E-mail addresses, phone numbers, bank cards and Chinese identity numbers become typed tokens. Anything else keeps its
//! bytes: order numbers above all, because an analyst looks feedback up by them. Redacting is a pure function, linear in
//! the text, and redacting twice is redacting once: no token holds a digit or an `@`.

mod number;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use crate::catalog::{PLACEHOLDERS, folded};

/// A text without personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted<'a> {
    /// The text; borrowed where nothing was replaced.
    pub text: Cow<'a, str>,
    /// How many pieces of personal data were replaced.
    pub count: u32,
}

/// A piece of personal data and the token that replaces it.
struct Found {
    span: Range<usize>,
    token: &'static str,
}

/// Replaces personal data: e-mail addresses by `[EMAIL]`, phone numbers by `[PHONE]`, bank cards by `[CARD]`, Chinese
/// identity numbers by `[ID]`.
///
/// The text is expected to be cleaned up (full-width digits folded, zero-width characters gone); any text is safe.
pub fn redact(text: &str) -> Redacted<'_> {
    let mut found = Vec::new();
    if text.bytes().any(|byte| byte.is_ascii_digit() || byte == b'@') {
        let mut from = 0;
        // E-mail addresses first: a mobile number may be the part before the `@`.
        for (at, _) in text.match_indices('@') {
            if let Some(span) = email(text, from, at) {
                number::find(text, from..span.start, &mut found);
                from = span.end;
                found.push(Found { span, token: "[EMAIL]" });
            }
        }
        number::find(text, from..text.len(), &mut found);
    }
    Redacted { count: u32::try_from(found.len()).unwrap_or(u32::MAX), text: splice(text, &found) }
}

/// Makes the few readable characters of a broken record that the dead-letter table may hold.
///
/// Invalid UTF-8 becomes `U+FFFD`, JSON escapes are undone and full-width forms folded, so that nothing personal hides in
/// them; control characters become blanks. Redaction sees the whole value: cutting first could cut a number in two.
pub fn excerpt(bytes: &[u8], chars_max: usize) -> String {
    let plain: String = unescape(&String::from_utf8_lossy(bytes)).chars().filter_map(plain).collect();
    let mut names = BTreeSet::new();
    let masked = NAMED_FIELDS.iter().fold(plain, |text, field| mask(text, field, &mut names));
    // Numbers go before names: a short name could cut a number in two.
    without_names(&redact(&masked).text, &needles(names), chars_max)
}

/// Fields of raw records that name a person whatever text they hold; `name` and `value` are a profile's and its aliases'.
const NAMED_FIELDS: [&str; 6] = ["author_handle", "agent_name", "agent_id", "customer_name", "name", "value"];

/// What names are replaced by, and what tells that they were.
const NAME: &str = "[NAME]";
/// What may stand where something personal stood.
const TOKENS: [&str; 5] = [NAME, "[PHONE]", "[EMAIL]", "[CARD]", "[ID]"];

/// Replaces the text that follows `"field":`, to the next quotation mark or the end, and collects it; the record need not be
/// whole JSON.
fn mask(text: String, field: &str, names: &mut BTreeSet<String>) -> String {
    let name = format!("\"{field}\"");
    let mut parts = text.split(&name);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(&name);
        let value = part.trim_start_matches([' ', ':']);
        match value.strip_prefix('"') {
            Some(value) => {
                let (value, rest) = value.split_at(value.find('"').unwrap_or(value.len()));
                names.insert(value.trim_matches([' ', '@']).to_owned());
                out.push_str(":\"");
                out.push_str(NAME);
                out.push_str(rest);
            }
            None => out.push_str(part),
        }
    }
    out
}

/// Returns what is looked for, the longest first: every name as it is carried and as it is left where a number in it went.
fn needles(names: BTreeSet<String>) -> Vec<String> {
    let mut needles = BTreeSet::new();
    for name in names {
        let redacted = redact(&name);
        if redacted.count > 0 && !TOKENS.contains(&&*redacted.text) {
            needles.insert(redacted.text.into_owned());
        }
        needles.insert(name);
    }
    let nobody: BTreeSet<String> = PLACEHOLDERS.into_iter().map(folded).collect();
    let named = |name: &String| name.chars().nth(1).is_some() && !nobody.contains(&folded(name));
    let mut needles: Vec<String> = needles.into_iter().filter(named).collect();
    needles.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    needles
}

/// Returns the start of a text without the names in it; it looks no further than it shows, whatever a record calls names.
fn without_names(text: &str, names: &[String], chars_max: usize) -> String {
    let (mut out, mut rest, mut shown) = (String::new(), text, 0);
    while let Some(c) = rest.chars().next().filter(|_| shown < chars_max) {
        let token = TOKENS.into_iter().find(|token| rest.starts_with(token));
        let name = names.iter().find(|name| rest.starts_with(name.as_str()));
        let (passed, put) = match (token, name) {
            (Some(token), _) => (token.len(), token),
            (None, Some(name)) => (name.len(), NAME),
            (None, None) => (c.len_utf8(), &rest[..c.len_utf8()]),
        };
        out.push_str(put);
        shown += put.chars().count();
        rest = &rest[passed..];
    }
    out.chars().take(chars_max).collect()
}

/// Returns the address around the `@` at `at`, looking no further back than `from`.
fn email(text: &str, from: usize, at: usize) -> Option<Range<usize>> {
    let is_local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
    let is_domain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
    let (before, after) = (&text.as_bytes()[from..at], &text.as_bytes()[at + 1..]);
    let local = &before[before.len() - before.iter().rev().take_while(|byte| is_local(byte)).count()..];
    let start = at - (local.len() - local.iter().position(u8::is_ascii_alphanumeric)?);
    let domain = &after[..after.iter().take_while(|byte| is_domain(byte)).count()];
    if !domain.first()?.is_ascii_alphanumeric() {
        return None;
    }
    // The address ends with the last label that can be a top-level domain; what is glued to that (`a@b.com139…`) is not
    // part of it.
    let (mut end, mut label_start) = (None, at + 1);
    for (nth, label) in domain.split(|byte| *byte == b'.').enumerate() {
        let letters = label.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if nth > 0 && letters >= 2 {
            end = Some(label_start + letters);
        }
        label_start += label.len() + 1;
    }
    Some(start..end?)
}

fn splice<'a>(text: &'a str, found: &[Found]) -> Cow<'a, str> {
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for Found { span, token } in found {
        out.push_str(&text[from..span.start]);
        out.push_str(token);
        from = span.end;
    }
    out.push_str(&text[from..]);
    Cow::Owned(out)
}

/// Returns what an excerpt shows of a character, if anything.
fn plain(c: char) -> Option<char> {
    match c {
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => None,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => None,
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0),
        c if c.is_control() || c.is_whitespace() => Some(' '),
        c => Some(c),
    }
}

/// What an escaped quotation mark becomes: bare ones alone end a value.
const QUOTED: u16 = b'\'' as u16;

/// Undoes JSON's escapes wherever they stand; the text need not be JSON.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
            continue;
        }
        let hex = rest.as_str().strip_prefix('u').and_then(|hex| hex.get(..4));
        match hex.and_then(|hex| u16::from_str_radix(hex, 16).ok()) {
            Some(unit) => {
                units.push(if unit == u16::from(b'"') { QUOTED } else { unit });
                rest = rest.as_str()[5..].chars();
            }
            None => match rest.next() {
                Some('b' | 'f' | 'n' | 'r' | 't') | None => units.push(u16::from(b' ')),
                Some('"') => units.push(QUOTED),
                Some(escaped) => units.extend_from_slice(escaped.encode_utf16(&mut [0; 2])),
            },
        }
    }
    Cow::Owned(String::from_utf16_lossy(&units))
}

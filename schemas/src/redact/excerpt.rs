//! The few characters of a broken record that may be shown.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{NAME, TOKENS, redact};
use crate::catalog::{PLACEHOLDERS, folded};

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

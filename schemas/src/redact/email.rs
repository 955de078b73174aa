//! E-mail addresses, also those that are spelled so that a form lets them pass.

use std::ops::Range;

/// What stands for the `@` of an address that is spelled out.
pub(super) const SPELLED_AT: [&str; 5] = ["(at)", "[at]", " at ", "艾特", " @ "];
/// What stands for its dots; the dot itself does not count after a bare " at ", which is a word.
const SPELLED_DOT: [&str; 6] = [" dot ", " [dot] ", "[dot]", "(dot)", "点", "點"];

/// Returns the address around the `@` at `at`, looking no further back than `from`.
pub(super) fn around(text: &str, from: usize, at: usize) -> Option<Range<usize>> {
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

/// Returns the address around something of [`SPELLED_AT`], looking no further back than `from`.
pub(super) fn spelled(text: &str, from: usize, at: &Range<usize>) -> Option<Range<usize>> {
    let sign = &text[at.clone()];
    let before = text[from..at.start].trim_end_matches(' ');
    let local = before.bytes().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte)).count();
    let mut end = at.end + (text.len() - at.end - text[at.end..].trim_start_matches(' ').len());
    end += label(&text[end..])?;
    let mut labels = 1;
    while let Some(dot) = dot(&text[end..], sign == " at ") {
        let Some(more) = label(&text[end + dot..]) else { break };
        end += dot + more;
        labels += 1;
    }
    let last = text[..end].rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let is_domain = labels > 1 && last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic());
    (local > 0 && is_domain).then_some(from + before.len() - local..end)
}

/// Measures a label of a domain at the start.
fn label(text: &str) -> Option<usize> {
    let bytes = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-').count();
    (bytes > 0).then_some(bytes)
}

/// Measures a dot at the start, written or spelled.
fn dot(text: &str, must_be_spelled: bool) -> Option<usize> {
    let spelled = SPELLED_DOT.iter().find(|dot| text.starts_with(**dot)).map(|dot| dot.len());
    spelled.or_else(|| (!must_be_spelled && text.starts_with('.')).then_some(1))
}

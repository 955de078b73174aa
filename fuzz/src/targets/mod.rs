//! The targets, one module each.

pub mod caller;
pub mod enrich;
pub mod headers;
pub mod import;
pub mod normalize;
pub mod packed;
pub mod redact;
pub mod rows;
pub mod rule;
pub mod settings;
pub mod statement;
pub mod words;

/// Reads bytes as text, whatever they are.
fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// Cuts bytes at the first line break: what stands on the first line, and the rest.
fn first_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    (&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
}

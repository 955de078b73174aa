//! Redaction of any text, the excerpt of any bytes, and the customers that broken bytes name.

use hearken_schemas::erasure::Sighted;
use hearken_schemas::redact::{excerpt, redact};

use super::text;

/// A number that every reader takes for one, where its label stands before it.
const NUMBER: &str = "13800138000";
const EXCERPT_CHARS_MAX: usize = 200;

/// Promises: what is redacted once is redacted; a labelled number does not survive, whatever stands before it; an excerpt is one short line
/// in which nothing is left to redact.
pub fn run(bytes: &[u8]) {
    let text = text(bytes);
    let once = redact(&text);
    let twice = redact(&once.text);
    assert_eq!(twice.count, 0, "redacted twice: {:?} gave {:?}", once.text, twice.text);
    if !text.contains(NUMBER) {
        let planted = format!("{text}\n手机：{NUMBER}。\n");
        assert!(!redact(&planted).text.contains(NUMBER), "the number survives behind {text:?}");
    }
    let shown = excerpt(bytes, EXCERPT_CHARS_MAX);
    assert!(shown.chars().count() <= EXCERPT_CHARS_MAX, "an excerpt is short");
    assert!(!shown.chars().any(char::is_control), "an excerpt has no control characters: {shown:?}");
    let sighted = Sighted::in_bytes(bytes);
    assert!(
        sighted.subjects(Some(bytes)).len() >= sighted.customer_ids.len(),
        "everybody who is sighted can be erased"
    );
}

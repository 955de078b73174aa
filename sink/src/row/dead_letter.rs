//! Rows of `dead_letters`.

use hearken_schemas::dead_letter::DeadLetter;

use super::{At, Input, Lineage};

/// One row of `dead_letters`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the table's column comments say what each field is")]
pub struct DeadLetterRow {
    pub stage: &'static str,
    pub reason: &'static str,
    pub detail: String,
    pub at: At,
    pub received_at: i64,
    pub lineage: Lineage,
    pub size_bytes: u64,
    pub excerpt: String,
}

/// The longest detail that is stored, in characters.
const DETAIL_CHARS_MAX: usize = 500;

/// The longest excerpt that is stored, in characters.
const EXCERPT_CHARS_MAX: usize = 200;

impl DeadLetterRow {
    /// Returns the row of a dead letter found at `at`. It cannot fail: what is too long is shortened.
    pub fn new(letter: &DeadLetter, value: &[u8], at: At) -> Self {
        let nowhere = At { topic: String::new(), partition: -1, offset: -1 };
        Self {
            stage: letter.stage.as_str(),
            reason: letter.rejection.reason.as_str(),
            detail: letter.rejection.detail.chars().take(DETAIL_CHARS_MAX).collect(),
            at: At::from(&letter.at),
            received_at: letter.at.timestamp_ms,
            lineage: Lineage {
                src: letter.src.as_ref().map_or(nowhere, At::from),
                input: Input { at, epoch: 0 },
                crc: letter.src.as_ref().unwrap_or(&letter.at).crc,
            },
            size_bytes: value.len() as u64,
            excerpt: hearken_schemas::redact::excerpt(value, EXCERPT_CHARS_MAX),
        }
    }
}

//! What a statement gave back: bytes and counters, or the engine's error.

use std::ffi::{CStr, c_char};

use thiserror::Error;

use super::library::{Library, RawResult};

/// An error as ClickHouse words it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct EngineError {
    /// ClickHouse's code, such as 62 for a syntax error.
    pub code: u32,
    /// The whole text, beginning with `Code: N. DB::Exception: `.
    pub message: String,
}

/// The code of an error whose text names none.
const STD_EXCEPTION: u32 = 1001;

impl EngineError {
    /// Words an error of this program as ClickHouse would: `kind` is the upper-case name of the code.
    pub fn new(code: u32, kind: &str, text: &str) -> Self {
        Self { code, message: format!("Code: {code}. DB::Exception: {text} ({kind})") }
    }

    /// Reads the code out of the engine's own text, whose first `Code: N.` is the outermost one.
    pub fn parse(text: &str) -> Self {
        let text = text.trim_end();
        let digits = text.strip_prefix("Code: ").and_then(|rest| rest.split('.').next());
        match digits.and_then(|digits| digits.parse().ok()) {
            Some(code) => Self { code, message: text.to_owned() },
            None => Self::new(STD_EXCEPTION, "STD_EXCEPTION", text),
        }
    }
}

/// Reads a C string of the engine; a null pointer means there is none.
///
/// # Safety
/// `text` is null or points to a NUL-terminated string that lives until this returns.
pub(super) unsafe fn optional_text(text: *const c_char) -> Option<String> {
    // SAFETY: promised by the caller, and null is ruled out.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// A finished statement's output, held in the engine's memory until this is dropped.
pub struct QueryResult {
    library: &'static Library,
    raw: RawResult,
}

// SAFETY: a finished result belongs to nobody else and is only read; the engine frees it on any thread.
unsafe impl Send for QueryResult {}
// SAFETY: every method reads an immutable buffer or counter.
unsafe impl Sync for QueryResult {}

impl QueryResult {
    /// Takes a result over, or its error.
    ///
    /// # Safety
    /// `raw` comes from a function of `library` that passes ownership, and is given to nobody else.
    pub(super) unsafe fn take(library: &'static Library, raw: RawResult) -> Result<Self, EngineError> {
        if raw.is_null() {
            return Err(EngineError::parse("the engine gave no result"));
        }
        let result = Self { library, raw };
        // SAFETY: `raw` is a live result.
        match unsafe { optional_text((library.result_error)(raw)) } {
            Some(text) if !text.is_empty() => Err(EngineError::parse(&text)),
            Some(_) | None => Ok(result),
        }
    }

    /// Rows of the output.
    pub fn rows(&self) -> u64 {
        // SAFETY: `raw` is a live result, here and below.
        unsafe { (self.library.result_rows)(self.raw) }
    }

    /// Rows read from tables.
    pub fn read_rows(&self) -> u64 {
        // SAFETY: see `rows`.
        unsafe { (self.library.result_read_rows)(self.raw) }
    }

    /// Bytes read from tables.
    pub fn read_bytes(&self) -> u64 {
        // SAFETY: see `rows`.
        unsafe { (self.library.result_read_bytes)(self.raw) }
    }

    /// Rows written, those of materialized views included.
    pub fn written_rows(&self) -> u64 {
        // SAFETY: see `rows`.
        unsafe { (self.library.result_written_rows)(self.raw) }
    }

    /// Bytes written, those of materialized views included.
    pub fn written_bytes(&self) -> u64 {
        // SAFETY: see `rows`.
        unsafe { (self.library.result_written_bytes)(self.raw) }
    }

    /// Seconds the engine took.
    pub fn elapsed_s(&self) -> f64 {
        // SAFETY: see `rows`.
        unsafe { (self.library.result_elapsed)(self.raw) }
    }
}

impl AsRef<[u8]> for QueryResult {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the engine's buffer has that length and lives as long as the result.
        unsafe {
            let buffer = (self.library.result_buffer)(self.raw);
            let length = (self.library.result_length)(self.raw);
            if buffer.is_null() || length == 0 { &[] } else { std::slice::from_raw_parts(buffer.cast(), length) }
        }
    }
}

impl Drop for QueryResult {
    fn drop(&mut self) {
        // SAFETY: owned, and freed once.
        unsafe { (self.library.result_destroy)(self.raw) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outermost_code_counts() {
        for (text, code) in [
            ("Code: 62. DB::Exception: Syntax error: failed at position 1. (SYNTAX_ERROR)", 62),
            ("Code: 452. DB::Exception: Code: 115. DB::Exception: nested. (SETTING_CONSTRAINT_VIOLATION)\n", 452),
            ("std::bad_alloc", STD_EXCEPTION),
            ("Code: many. odd", STD_EXCEPTION),
        ] {
            let error = EngineError::parse(text);
            assert_eq!(error.code, code, "{text}");
            assert!(error.message.starts_with(&format!("Code: {code}. DB::Exception: ")) || code == 452, "{error}");
            assert!(!error.message.ends_with('\n'), "{text}");
        }
    }
}

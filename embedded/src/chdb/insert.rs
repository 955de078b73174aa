//! An insert whose rows arrive in pieces. Nothing is written unless [`InsertStream::finish`] succeeds, except whole
//! blocks of an insert that is larger than one block.

use std::marker::PhantomData;

use super::connection::Connection;
use super::library::{Library, RawInsert};
use super::result::{EngineError, QueryResult, optional_text};

/// An open insert. Dropping it before [`finish`](Self::finish) cancels it.
pub struct InsertStream<'connection> {
    library: &'static Library,
    raw: RawInsert,
    connection: PhantomData<&'connection mut Connection>,
}

impl InsertStream<'_> {
    /// Takes a stream over, or the error of its statement.
    ///
    /// # Safety
    /// `raw` comes from the insert function of `library`, is given to nobody else, and its connection outlives the
    /// returned value.
    pub(super) unsafe fn take(library: &'static Library, raw: RawInsert) -> Result<Self, EngineError> {
        if raw.is_null() {
            return Err(EngineError::parse("the engine opened no insert"));
        }
        let stream = Self { library, raw, connection: PhantomData };
        // SAFETY: `raw` is a live stream.
        match unsafe { optional_text((library.insert_error)(raw)) } {
            Some(text) if !text.is_empty() => Err(EngineError::parse(&text)),
            Some(_) | None => Ok(stream),
        }
    }

    /// Passes bytes on; blocks while the engine is behind. `false` means that the engine gave up, and
    /// [`finish`](Self::finish) tells why.
    pub fn append(&mut self, bytes: &[u8]) -> bool {
        // SAFETY: the engine copies the bytes before it returns.
        unsafe { (self.library.insert_append)(self.raw, bytes.as_ptr().cast(), bytes.len()) == 0 }
    }

    /// Ends the input and commits the rows.
    pub fn finish(self) -> Result<QueryResult, EngineError> {
        // SAFETY: called once; the stream itself is freed by `Drop`.
        unsafe { QueryResult::take(self.library, (self.library.insert_done)(self.raw)) }
    }
}

impl Drop for InsertStream<'_> {
    fn drop(&mut self) {
        // SAFETY: owned; cancelling a finished stream does nothing, and it is freed once.
        unsafe {
            (self.library.insert_cancel)(self.raw);
            (self.library.insert_destroy)(self.raw);
        }
    }
}

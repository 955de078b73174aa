//! Opens `libchdb.so` at run time and resolves the C functions that are used, so nothing links to it.

use std::ffi::{c_char, c_int, c_void};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The exact engine release this binding was written and tested against.
pub const ENGINE_RELEASE: &str = "chdb-26.7.3-stable.1";

/// What the engine hands out; only ever used behind a pointer.
#[repr(C)]
pub(super) struct Opaque {
    _private: [u8; 0],
}

/// A connection as the functions take it.
pub(super) type RawSession = *mut Opaque;
/// What `chdb_connect` gives and `chdb_close_conn` takes: a pointer to the session.
pub(super) type RawConnection = *mut RawSession;
/// A result, finished or streaming.
pub(super) type RawResult = *mut Opaque;
/// An insert that is still open.
pub(super) type RawInsert = *mut Opaque;

/// What `chdb_classify_query_n` fills in. The caller states the size it was compiled with.
#[repr(C)]
pub(super) struct RawAnalysis {
    pub(super) struct_size: u32,
    pub(super) statement_count: u32,
    pub(super) flags: u32,
    pub(super) query_class: u32,
}

/// Why the engine's library is not usable.
#[derive(Debug, Error)]
pub enum LibraryError {
    /// The file is not there.
    #[error("the ClickHouse engine is missing: {0} does not exist; run `make setup`, or name the file with --library")]
    Missing(PathBuf),
    /// The processor is too old for the engine.
    #[error(
        "the ClickHouse engine needs a processor with AVX2, and this one has none; use a ClickHouse server instead"
    )]
    NoAvx2,
    /// The dynamic linker refused it.
    #[error("the ClickHouse engine {path} cannot be loaded: {source}; run `make setup` again")]
    Unloadable {
        /// The file that was tried.
        path: PathBuf,
        /// What the dynamic linker said.
        source: libloading::Error,
    },
    /// It loaded, but is another release.
    #[error("{path} lacks the function {symbol}; {ENGINE_RELEASE} is expected, so run `make setup` again")]
    WrongRelease {
        /// The file that was tried.
        path: PathBuf,
        /// The function that is not there.
        symbol: &'static str,
    },
}

/// Declares the function table once: the field, its C name and its signature.
macro_rules! functions {
    ($($field:ident = $symbol:literal: ($($argument:ty),*) $(-> $result:ty)?;)*) => {
        /// The engine's functions. The library is never unloaded, so the pointers stay valid.
        pub struct Library {
            $(pub(super) $field: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
        }

        impl Library {
            fn resolve(library: &libloading::Library, path: &Path) -> Result<Self, LibraryError> {
                Ok(Self {
                    $($field: {
                        // SAFETY: the signature is the one in the engine's public header for this release.
                        let symbol = unsafe { library.get(concat!($symbol, "\0").as_bytes()) };
                        *symbol.map_err(|_| LibraryError::WrongRelease { path: path.to_owned(), symbol: $symbol })?
                    },)*
                })
            }
        }
    };
}

functions! {
    set_signals = "chdb_set_signal_handlers_enabled": (c_int);
    connect = "chdb_connect": (c_int, *mut *mut c_char) -> RawConnection;
    close = "chdb_close_conn": (RawConnection);
    classify = "chdb_classify_query_n":
        (RawSession, *const c_char, usize, *const c_char, usize, *mut RawAnalysis) -> c_int;
    query = "chdb_query_with_params_n":
        (RawSession, *const c_char, usize, *const c_char, usize,
         *const *const c_char, *const usize, *const *const c_char, *const usize, usize) -> RawResult;
    insert = "chdb_stream_insert_with_params_n":
        (RawSession, *const c_char, usize, *const c_char, usize,
         *const *const c_char, *const usize, *const *const c_char, *const usize, usize) -> RawInsert;
    insert_append = "chdb_stream_append": (RawInsert, *const c_void, usize) -> c_int;
    insert_done = "chdb_stream_done": (RawInsert) -> RawResult;
    insert_cancel = "chdb_stream_cancel_insert": (RawInsert);
    insert_error = "chdb_stream_insert_error": (RawInsert) -> *const c_char;
    insert_destroy = "chdb_destroy_insert_stream": (RawInsert);
    result_buffer = "chdb_result_buffer": (RawResult) -> *const c_char;
    result_length = "chdb_result_length": (RawResult) -> usize;
    result_elapsed = "chdb_result_elapsed": (RawResult) -> f64;
    result_rows = "chdb_result_rows_read": (RawResult) -> u64;
    result_read_rows = "chdb_result_storage_rows_read": (RawResult) -> u64;
    result_read_bytes = "chdb_result_storage_bytes_read": (RawResult) -> u64;
    result_written_rows = "chdb_result_rows_written": (RawResult) -> u64;
    result_written_bytes = "chdb_result_bytes_written": (RawResult) -> u64;
    result_error = "chdb_result_error": (RawResult) -> *const c_char;
    result_destroy = "chdb_destroy_query_result": (RawResult);
}

impl Library {
    /// Loads the engine for the rest of the program's life and leaves signals to the program.
    pub fn open(path: &Path) -> Result<&'static Self, LibraryError> {
        if !path.is_file() {
            return Err(LibraryError::Missing(path.to_owned()));
        }
        require_avx2()?;
        // SAFETY: loading runs the engine's static constructors, which need no preparation by the caller.
        let library = unsafe { libloading::Library::new(path) }
            .map_err(|source| LibraryError::Unloadable { path: path.to_owned(), source })?;
        let functions = Self::resolve(&library, path)?;
        // The engine's threads outlive any scope here; unloading their code would be fatal.
        std::mem::forget(library);
        let functions = Box::leak(Box::new(functions));
        // SAFETY: called before the first connection, as the header asks.
        unsafe { (functions.set_signals)(0) };
        Ok(functions)
    }
}

/// Where `make setup` puts the engine.
pub fn default_path() -> PathBuf {
    crate::engines::dir().join(ENGINE_RELEASE).join("libchdb.so")
}

#[cfg(target_arch = "x86_64")]
fn require_avx2() -> Result<(), LibraryError> {
    if std::arch::is_x86_feature_detected!("avx2") { Ok(()) } else { Err(LibraryError::NoAvx2) }
}

#[cfg(not(target_arch = "x86_64"))]
fn require_avx2() -> Result<(), LibraryError> {
    Err(LibraryError::NoAvx2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_says_what_to_run() {
        let error = Library::open(Path::new("/nowhere/libchdb.so")).err().expect("there is no such file");
        assert!(error.to_string().contains("run `make setup`"), "{error}");
    }
}

//! A safe face of `libchdb.so`, the ClickHouse engine as a shared library.
//!
//! Layout: [`library`] opens the file and resolves the functions, [`connection`] runs statements on one connection,
//! [`insert`] streams rows into a table, [`result`] owns what came back.
//!
//! Invariants: one connection runs one statement at a time (methods take `&mut self`); a connection whose statement
//! failed is thrown away, because the engine may prepend the failed statement's output to the next result; every
//! connection is closed and every result freed by `Drop`.

pub mod connection;
pub mod insert;
pub mod library;
pub mod result;

pub use connection::{Analysis, Connection, Parameter, StatementClass};
pub use insert::InsertStream;
pub use library::{Library, LibraryError};
pub use result::{EngineError, QueryResult};

//! The little that must be known of a statement before the engine runs it: where an insert's rows begin, which format
//! the output has, whether it names a file. The engine's own parser has the last word on everything else.
//!
//! Pure functions over bytes; nothing here executes or rewrites a statement.

mod insert;
mod reach;
mod statement;
mod tokens;

pub use insert::{InsertShape, insert_shape};
pub use reach::beyond_reach;
pub use statement::{
    changes_session, count_statements, forbidden_for_readers, killed_query, names_a_file, output_format, quote,
    quote_name, without_format,
};
pub use tokens::{Token, TokenKind, tokens};

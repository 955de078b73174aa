//! ClickHouse's HTTP interface, as far as services, `curl` and the official clients use it.
//!
//! One request: [`auth`] says who asks, [`asked`] and [`request`] what for, [`body`] carries the body from the async side to the
//! blocking one, [`compression`] unpacks it, [`statement`] runs it on a fresh engine connection, [`response`] words
//! the answer or, with [`errors`], the refusal. [`server`] ties them together.
//!
//! Left out on purpose: sessions (`session_id` is accepted and ignored), external tables, streaming of results (they
//! are held in memory under the statement's memory limit), `client_protocol_version` (Native has revision 0).

pub mod asked;
pub mod auth;
pub mod body;
pub mod compression;
pub mod errors;
pub mod request;
pub mod response;
pub mod server;
pub mod statement;

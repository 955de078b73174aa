//! ClickHouse's HTTP interface, as far as services, `curl` and the official clients use it.
//!
//! One request: [`auth`] says who asks, [`asked`] and [`request`] what for, [`body`] carries the body from the async side to the
//! blocking one, [`compression`] unpacks it, [`statement`] runs it on a fresh engine connection, [`response`] words
//! the answer or, with [`errors`], the refusal; [`session`] keeps what a statement leaves for the next one. [`server`]
//! ties them together.
//!
//! Left out on purpose: external tables, and streaming of results (they are held in memory under the statement's memory
//! limit; a client may read the answer as a stream).

pub mod asked;
pub mod auth;
pub mod body;
pub mod compression;
pub mod errors;
pub mod request;
pub mod response;
pub mod server;
pub mod session;
pub mod statement;

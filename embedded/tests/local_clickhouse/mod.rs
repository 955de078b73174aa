//! What the tests of `hearken-clickhouse` share: the real program on a free port, raw HTTP, and Arrow blocks.

pub(crate) mod blocks;
pub(crate) mod raw;
pub(crate) mod server;

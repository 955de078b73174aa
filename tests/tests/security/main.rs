//! Who is let in, who is not, and what nobody is told: on real engines behind TLS that ask for logins.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

mod fortress;
mod leaks;
mod refusals;
mod rights;
mod way;

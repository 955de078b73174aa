//! The case page: how it looks, what it does on the real engine, and whether a phone can use it.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

mod browser;
mod engine;
mod looks;
mod phone;
mod sample;
mod served;

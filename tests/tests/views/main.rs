//! What every view answers on rows written by hand: golden answers on the real engine.
//!
//! The tests share one ClickHouse and take it in turns; each has customers, brands or products of its own.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

mod actions;
mod alerts;
mod anomalies;
mod cases;
mod changes;
mod churn;
mod customers;
mod days;
mod documented;
mod drivers;
mod fixture;
mod functions;
mod indicators;
mod journey;
mod kano;
mod keywords;
mod measures;
mod records;
mod recovery;
mod scores;
mod sla;

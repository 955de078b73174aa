//! Service: SQL rules over what became visible in ClickHouse, to alerts, cases, messages, and the page people answer on.
//!
//! Purpose: a customer about to leave reaches the person responsible within seconds. Layout: `rule` reads rule files; `frontier` says what
//! became visible; `judge` turns hits into alerts, cases and messages; `responders` knows who answers, when and where; `case` is what may
//! happen to a case; `escalation` what is due; `notice` and `receiver` what a message says in each channel's form; `outbox` what goes next, never faster than `limit`;
//! `link` and `page` the case page; `row` the rows. All of these are functions. `store`, `evaluator`, `deliverer`, `sweeper`, `audit`, `desk`, `api`,
//! `token_file`, `page_routes` and `service` are the shell. Invariants: ids follow from what they name, so doing anything twice is doing it once; one replica evaluates
//! and delivers, all answer; a GET changes nothing.

pub mod api;
pub mod attendants;
pub mod audit;
pub mod case;
pub mod deliverer;
pub mod desk;
pub mod escalation;
pub mod evaluator;
pub mod facts;
pub mod frontier;
pub mod judge;
pub mod limit;
pub mod link;
pub mod notice;
pub mod outbox;
pub mod page;
pub mod page_routes;
pub mod receiver;
pub mod responders;
pub mod row;
pub mod rule;
pub mod service;
pub mod store;
pub mod sweeper;
pub mod token;
pub mod token_file;

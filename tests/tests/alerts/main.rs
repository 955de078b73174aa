//! From a customer's words to somebody's telephone, on real engines: the right alerts, each once, whatever happens to the service.
//!
//! `office` is the company of these tests: who answers, whose customers say what. A test has engines of its own, and the tests run one
//! at a time.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

mod office;
mod once;
mod receivers;
mod told;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long something may take that takes a second on an idle machine.
const PATIENT: Duration = Duration::from_secs(90);

fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

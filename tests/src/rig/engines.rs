//! Kafka and ClickHouse as things that are killed, frozen and started again while others look on.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::part::Part;

/// One process of an engine.
pub struct Engine(Mutex<State>);

struct State {
    part: Part,
    up: bool,
    frozen: bool,
}

impl Engine {
    pub(super) fn new(part: Part) -> Self {
        Self(Mutex::new(State { part, up: true, frozen: false }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns host and port, past every proxy.
    pub fn address(&self) -> String {
        self.state().part.address().to_owned()
    }

    /// Kills it (`kill -9`) and leaves it down.
    pub fn kill9(&self) {
        let mut state = self.state();
        if state.up {
            state.part.kill9();
            (state.up, state.frozen) = (false, false);
        }
    }

    /// Asks it to end, waits until it has, and leaves it down.
    pub fn stop(&self) {
        let mut state = self.state();
        if state.up && !state.frozen {
            state.part.stop();
            state.up = false;
        }
    }

    /// Stops it where it stands (SIGSTOP).
    pub fn freeze(&self) {
        let mut state = self.state();
        if state.up {
            state.part.freeze();
            state.frozen = true;
        }
    }

    /// Lets it go on, or starts it again where it was.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn revive(&self) {
        let mut state = self.state();
        if state.frozen {
            state.part.thaw();
            state.frozen = false;
        }
        if !state.up {
            state.part.restart();
            state.up = true;
        }
    }

    /// Returns the memory it holds, in KiB.
    pub fn resident_kib(&self) -> u64 {
        self.state().part.resident_kib()
    }

    pub(super) fn end(&self) {
        let mut state = self.state();
        state.part.thaw();
        state.part.end(true);
    }
}

//! A service under supervision: one that ends by itself is started again, as an init system would.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::cluster::Endpoints;
use crate::part::{Part, get};
use crate::program::POLL;

/// Variables over a service's configuration.
pub type Environment = BTreeMap<String, String>;

/// How a service ended that nobody had asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code; `None` where it was killed, as a failpoint kills it.
    pub code: Option<i32>,
    /// Its last words.
    pub words: String,
}

impl Ended {
    /// Returns the last line it wrote, which is its reason.
    pub fn last_line(&self) -> &str {
        self.words.lines().next_back().unwrap_or_default()
    }
}

/// One process of a service. A copy speaks of the same process.
#[derive(Clone)]
pub struct Member {
    /// The program's name.
    pub program: &'static str,
    state: Arc<Mutex<State>>,
    environment: Arc<Mutex<Environment>>,
    supervised: Arc<AtomicBool>,
}

struct State {
    part: Part,
    /// Whether it is meant to run.
    up: bool,
    frozen: bool,
    /// Whether it is meant to stay down when everything heals.
    retired: bool,
    /// How often it was started.
    lives: usize,
    ended: Vec<Ended>,
    /// Why it could not be started again.
    broken: Option<String>,
}

impl Member {
    /// Starts the program; `environment` goes over its configuration at each start.
    pub(super) fn start(
        program: &'static str,
        log: &Path,
        endpoints: &Endpoints,
        environment: Environment,
        supervised: &Arc<AtomicBool>,
    ) -> Self {
        let environment = Arc::new(Mutex::new(environment));
        let (given, endpoints) = (Arc::clone(&environment), endpoints.clone());
        let build = move |_: Option<&str>| -> Command {
            let mut service = endpoints.service(program);
            service.envs(given.lock().unwrap_or_else(PoisonError::into_inner).iter());
            service
        };
        let part = Part::start(program, log.to_owned(), build);
        let state = State { part, up: true, frozen: false, retired: false, lives: 1, ended: Vec::new(), broken: None };
        let supervised = Arc::clone(supervised);
        Self { program, state: Arc::new(Mutex::new(state)), environment, supervised }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets a variable for the starts to come; `None` takes it away.
    pub fn set(&self, name: &str, value: Option<&str>) {
        let mut environment = self.environment.lock().unwrap_or_else(PoisonError::into_inner);
        match value {
            Some(value) => _ = environment.insert(name.to_owned(), value.to_owned()),
            None => _ = environment.remove(name),
        }
    }

    /// Kills it (`kill -9`) and leaves it down.
    pub fn kill9(&self) {
        let mut state = self.state();
        note_end(&mut state);
        if state.up {
            state.part.thaw();
            // It may have ended by itself since.
            state.part.end(false);
        }
        (state.up, state.frozen) = (false, false);
    }

    /// Asks it to end (SIGTERM), waits until it has, and leaves it down; returns its exit code.
    pub fn stop(&self) -> Option<i32> {
        let mut state = self.state();
        note_end(&mut state);
        let was_up = std::mem::replace(&mut state.up, false);
        if was_up { state.part.stop_or_ended() } else { None }
    }

    /// Starts it again where it is down and not retired.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn restart(&self) {
        let mut state = self.state();
        if !state.up && !state.retired {
            state.part.restart();
            state.up = true;
            state.lives += 1;
        }
    }

    /// Takes it away for good: asks it to end, or kills it.
    pub fn retire(&self, kindly: bool) {
        if kindly {
            self.stop();
        } else {
            self.kill9();
        }
        self.state().retired = true;
    }

    /// Kills it and starts it again at once, for this start alone with these failpoints.
    pub fn restart_with(&self, failpoints: &str) {
        self.kill9();
        self.set("FAILPOINTS", Some(failpoints));
        self.restart();
        self.set("FAILPOINTS", None);
    }

    /// Stops it where it stands (SIGSTOP).
    pub fn freeze(&self) {
        let mut state = self.state();
        if state.up {
            state.part.freeze();
            state.frozen = true;
        }
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        let mut state = self.state();
        if state.frozen {
            state.part.thaw();
            state.frozen = false;
        }
    }

    /// Returns every end that nobody had asked for.
    pub fn ended(&self) -> Vec<Ended> {
        self.state().ended.clone()
    }

    /// Waits until it has ended by itself at least `times` times; tells whether it has in time.
    pub fn wait_ended(&self, times: usize, bound: Duration) -> bool {
        let deadline = Instant::now() + bound;
        while self.ended().len() < times {
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(POLL);
        }
        true
    }

    /// Returns how often it was started.
    pub fn lives(&self) -> usize {
        self.state().lives
    }

    /// Returns a number of its `/metrics`, summed over all labels; `None` where nobody shows it.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let text = get(&self.address(), "/metrics")?;
        let named = text.lines().filter(|line| line.split(['{', ' ']).next() == Some(name));
        named.map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// Returns how many partitions it owns.
    pub fn partitions(&self) -> usize {
        self.metric("hearken_partitions").unwrap_or_default() as usize
    }

    /// Tells whether it is meant to run.
    pub fn is_up(&self) -> bool {
        self.state().up
    }

    /// Returns why it could not be started again, if so.
    pub fn broken(&self) -> Option<String> {
        self.state().broken.clone()
    }

    /// Returns where its health and metrics are.
    pub fn address(&self) -> String {
        self.state().part.address().to_owned()
    }

    /// Returns its log, of all its lives.
    pub fn log(&self) -> String {
        self.state().part.log()
    }

    /// Returns the memory it holds, in KiB.
    pub fn resident_kib(&self) -> u64 {
        self.state().part.resident_kib()
    }

    pub(super) fn end(&self) {
        let mut state = self.state();
        state.up = false;
        state.part.thaw();
        state.part.end(false);
    }

    /// Notes an end that nobody asked for, and starts it again where it is supervised.
    pub(super) fn supervise(&self) {
        let mut state = self.state();
        if !note_end(&mut state) || !self.supervised.load(Relaxed) {
            return;
        }
        match state.part.try_restart() {
            Ok(()) => {
                state.up = true;
                state.lives += 1;
            }
            Err(error) => state.broken = Some(error),
        }
    }
}

/// Tells whether it has just been found ended.
fn note_end(state: &mut State) -> bool {
    if !state.up {
        return false;
    }
    let Some((status, words)) = state.part.ended() else { return false };
    state.ended.push(Ended { code: status.code(), words });
    (state.up, state.frozen) = (false, false);
    true
}

//! One program of the pipeline as a child process that can be killed and started again.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use hearken_embedded::process::Child;

use crate::program::POLL;

/// How long a start, or a service's way to being ready, may take on a machine that does much else.
const START: Duration = Duration::from_secs(120);
/// How long a clean end may take.
const STOP: Duration = Duration::from_secs(60);

/// Builds the command; it gets the address that the part listened on before, if it did.
type Build = Box<dyn Fn(Option<&str>) -> Command + Send>;

/// A running program.
pub struct Part {
    name: &'static str,
    build: Build,
    log: PathBuf,
    child: Child,
    address: String,
}

impl Part {
    /// Starts a program and waits for its line `listening ADDRESS`.
    ///
    /// # Panics
    /// Where it does not start; with its last words.
    pub fn start(name: &'static str, log: PathBuf, build: impl Fn(Option<&str>) -> Command + Send + 'static) -> Self {
        let (child, address) = Child::spawn_ready(build(None), &log, "listening ", START)
            .unwrap_or_else(|error| panic!("{name} did not start: {error}"));
        Self { name, build: Box::new(build), log, child, address: bare(&address) }
    }

    /// Returns host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Kills it as `kill -9` does.
    ///
    /// # Panics
    /// Where it had ended by itself before: that is a failure of its own.
    pub fn kill9(&mut self) {
        self.check();
        self.child.kill().expect("a child of ours");
    }

    /// Starts it again, where it was.
    ///
    /// # Panics
    /// As [`Part::start`].
    pub fn restart(&mut self) {
        let (child, address) = Child::spawn_ready((self.build)(Some(&self.address)), &self.log, "listening ", START)
            .unwrap_or_else(|error| panic!("{} did not start again: {error}", self.name));
        (self.child, self.address) = (child, bare(&address));
    }

    /// Asks it to end (SIGTERM) and returns how it did.
    ///
    /// # Panics
    /// Where it had ended by itself before.
    pub fn stop(&mut self) -> ExitStatus {
        self.check();
        self.child.stop(STOP).expect("a child of ours")
    }

    /// Ends it, kindly or not, whatever state it is in.
    pub(crate) fn end(&mut self, kindly: bool) {
        // Nothing can be done about a failure here; the kernel kills what is left together with this process.
        let _ = if kindly { self.child.stop(STOP) } else { self.child.kill() };
    }

    /// Waits until `/readyz` says yes.
    ///
    /// # Panics
    /// Where it does not within the bound, or the program has ended.
    pub fn wait_ready(&mut self) {
        let deadline = Instant::now() + START;
        while !get(&self.address, "/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
            self.check();
            assert!(
                Instant::now() < deadline,
                "{} was not ready after {START:?}:\n{}",
                self.name,
                self.child.log_tail()
            );
            thread::sleep(POLL);
        }
    }

    /// Looks whether it still runs.
    ///
    /// # Panics
    /// Where it does not; with its last words.
    pub fn check(&mut self) {
        let ended = self.child.try_wait().expect("a child of ours");
        assert_eq!(ended, None, "{} ended by itself:\n{}", self.name, self.child.log_tail());
    }
}

fn bare(address: &str) -> String {
    address.trim_start_matches("http://").to_owned()
}

/// Asks over HTTP and returns the whole answer; `None` where nobody gives one.
pub fn get(address: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

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
        self.try_restart().unwrap_or_else(|error| panic!("{} did not start again: {error}", self.name));
    }

    /// Starts it again as [`Part::restart`] does, and says so where it cannot.
    ///
    /// # Errors
    /// Where it ends before it listens; with its last words.
    pub(crate) fn try_restart(&mut self) -> Result<(), String> {
        let started = Child::spawn_ready((self.build)(Some(&self.address)), &self.log, "listening ", START);
        let (child, address) = started.map_err(|error| error.to_string())?;
        (self.child, self.address) = (child, bare(&address));
        Ok(())
    }

    /// Returns how it ended by itself and its last words, or `None` while it runs.
    pub(crate) fn ended(&mut self) -> Option<(ExitStatus, String)> {
        let status = self.child.try_wait().expect("a child of ours")?;
        Some((status, self.child.log_tail()))
    }

    /// Stops it and all that it started where they stand (SIGSTOP), so that they neither work nor end.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets it go on (SIGCONT) after a [`Part::freeze`]; it cannot know that time has passed.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        let pids: Vec<String> = family(self.child.pid()).iter().map(u32::to_string).collect();
        // The shell has a `kill` everywhere. A process that has just ended is no failure.
        let _ = Command::new("sh").args(["-c", &format!("kill -{signal} {} 2>/dev/null", pids.join(" "))]).status();
    }

    /// Returns the arguments of it and all that it started, as everybody on the machine can read them.
    pub fn command_lines(&self) -> String {
        let lines =
            family(self.child.pid()).into_iter().filter_map(|pid| std::fs::read(format!("/proc/{pid}/cmdline")).ok());
        lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ") + "\n").collect()
    }

    /// Returns the memory that it and all that it started hold, in KiB.
    pub fn resident_kib(&self) -> u64 {
        family(self.child.pid()).into_iter().filter_map(resident_kib).sum()
    }

    /// Returns the text of its log so far.
    pub fn log(&self) -> String {
        std::fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Asks it to end (SIGTERM) and returns how it did.
    ///
    /// # Panics
    /// Where it had ended by itself before.
    pub fn stop(&mut self) -> ExitStatus {
        self.check();
        self.child.stop(STOP).expect("a child of ours")
    }

    /// Asks it to end and returns its exit code, also where it has ended by itself a moment ago.
    pub(crate) fn stop_or_ended(&mut self) -> Option<i32> {
        self.child.stop(STOP).ok().and_then(|status| status.code())
    }

    /// Waits until it has ended by itself.
    ///
    /// # Panics
    /// Where it does not within the bound.
    pub fn wait_ended(&mut self) {
        let deadline = Instant::now() + START;
        while self.child.try_wait().expect("a child of ours").is_none() {
            assert!(Instant::now() < deadline, "{} runs on after {START:?}:\n{}", self.name, self.child.log_tail());
            thread::sleep(POLL);
        }
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

/// Returns a process and everything below it.
fn family(pid: u32) -> Vec<u32> {
    let mut family = vec![pid];
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        next += 1;
        for task in std::fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten() {
            let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
            family.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
    }
    family
}

fn resident_kib(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

fn bare(address: &str) -> String {
    address.trim_start_matches("http://").trim_start_matches("https://").to_owned()
}

/// Asks over HTTP and returns the whole answer; `None` where nobody gives one.
pub fn get(address: &str, path: &str) -> Option<String> {
    ask(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"))
}

/// Sends a form over HTTP and returns the whole answer; `None` where nobody gives one.
pub fn post(address: &str, path: &str, form: &str) -> Option<String> {
    let length = form.len();
    let kind = "application/x-www-form-urlencoded";
    ask(
        address,
        &format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: {kind}\r\n\
             Content-Length: {length}\r\n\r\n{form}"
        ),
    )
}

fn ask(address: &str, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

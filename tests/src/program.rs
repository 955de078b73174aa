//! The programs of this workspace, run to their end.

use std::env;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How often a bounded wait looks.
pub const POLL: Duration = Duration::from_millis(50);

/// Returns the command that runs one of the programs, untouched by what the caller's environment configures.
///
/// # Panics
/// Where it has not been built.
pub fn command(name: &str) -> Command {
    let tests = env::current_exe().expect("a test knows its own path");
    let programs = tests.parent().and_then(|deps| deps.parent()).expect("a test lies in target/PROFILE/deps");
    let path: PathBuf = programs.join(name);
    assert!(path.exists(), "{} is missing: `make test` builds the programs before it runs the tests", path.display());
    let mut command = Command::new(path);
    let configuring = env::vars_os().map(|(key, _)| key).filter(|key| {
        key.to_str().is_some_and(|key| key.starts_with("HEARKEN_") && (key.contains("__") || key == "HEARKEN_DATA"))
    });
    configuring.for_each(|key| _ = command.env_remove(key));
    command
}

/// How a program ended and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

/// Runs a command to its end.
///
/// # Panics
/// Where that takes longer than `bound`; the program is killed then.
pub fn finish(command: &mut Command, bound: Duration) -> Finished {
    let directory = TempDir::new().expect("a temporary directory");
    let [out, err] = ["out", "err"].map(|name| directory.path().join(name));
    let file = |path| Stdio::from(File::create(path).expect("a file in it"));
    let mut child = command.stdin(Stdio::null()).stdout(file(&out)).stderr(file(&err)).spawn().expect("the program");
    let said = |path: &PathBuf| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    let deadline = Instant::now() + bound;
    loop {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            return Finished { code: status.code(), out: said(&out), err: said(&err) };
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{command:?} ran longer than {bound:?}\n{}{}", said(&out), said(&err));
        }
        thread::sleep(POLL);
    }
}

/// Returns an address of this machine that nobody listens on.
pub fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").to_string()
}

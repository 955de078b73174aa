//! Starts the real program and ends it with the test.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use clickhouse::Client;

use super::raw::{Answer, Call};

/// The program under test, killed when dropped.
pub(crate) struct Server {
    child: Child,
    _stdout: BufReader<ChildStdout>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts on a data directory, with extra arguments.
    pub(crate) fn start(data: &Path, arguments: &[&str]) -> Self {
        require_engine();
        let mut child = command(data, arguments).stdout(Stdio::piped()).spawn().expect("the program was just built");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("its output can be read");
        let address = line.trim().strip_prefix("listening http://").and_then(|address| address.parse().ok());
        let Some(address) = address else {
            child.kill().expect("it is our child");
            child.wait().expect("it is our child");
            panic!("the program said {line:?} instead of where it listens");
        };
        Self { child, _stdout: stdout, address }
    }

    /// A client of the official crate.
    pub(crate) fn client(&self) -> Client {
        Client::default().with_url(format!("http://{}", self.address))
    }

    /// Sends a statement as the body of a POST.
    pub(crate) fn post(&self, statement: &str) -> Answer {
        Call::post("/").body(statement).send(self.address)
    }

    /// Runs a statement that must succeed and gives its output without the last line break.
    pub(crate) fn sql(&self, statement: &str) -> String {
        let answer = self.post(statement);
        assert_eq!(answer.status, 200, "{statement}: {}", answer.text());
        answer.text().trim_end_matches('\n').to_owned()
    }

    /// Asks until the answer is as expected, for at most half a minute.
    pub(crate) fn wait_for(&self, statement: &str, expected: &str) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let found = self.sql(statement);
            if found == expected {
                return;
            }
            assert!(Instant::now() < deadline, "{statement}: {found} never became {expected}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends the program as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it is our child");
        self.child.wait().expect("it is our child");
    }

    /// Asks the program to stop and waits for its end.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let status = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().expect("kill exists");
        assert!(status.success());
        self.child.wait().expect("it is our child")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only where the program has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the program where it must refuse to start; gives its exit code and what it said.
pub(crate) fn refused(data: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut child = command(data, arguments).stderr(Stdio::piped()).spawn().expect("the program was just built");
    let mut text = String::new();
    child.stderr.take().expect("it is piped").read_to_string(&mut text).expect("its errors are text");
    (child.wait().expect("it is our child").code(), text)
}

fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hearken-clickhouse"));
    command.arg("--data").arg(data).args(arguments);
    if !arguments.contains(&"--listen") {
        command.args(["--listen", "127.0.0.1:0"]);
    }
    command.env("HEARKEN_LOG", "warn").stdin(Stdio::null());
    command
}

fn require_engine() {
    let library: PathBuf = hearken_embedded::chdb::library::default_path();
    assert!(library.is_file(), "the ClickHouse engine {} is missing: run `make setup`", library.display());
}

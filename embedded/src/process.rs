//! Child processes that die with their parent.
//!
//! Whoever starts an engine or a service starts it through [`Child`]:
//! - the child is killed by the kernel when this process ends, however it ends (`kill -9` included);
//! - the child has a process group of its own, so a Ctrl-C at the terminal reaches only the parent, which then stops its
//!   children in the order it wants;
//! - its standard input is empty; its standard output and standard error are appended to a log file;
//! - waiting for its ready line, and for its end, is always bounded.
//!
//! A dropped [`Child`] that still runs is killed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::iter;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// How often a bounded wait looks at the child.
const POLL: Duration = Duration::from_millis(10);
/// How long a child's last lines may take through the pipe after its end.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// The most of the log's end that an error carries.
const TAIL_BYTES_MAX: u64 = 2_000;

/// Names what kept a child from running.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The program could not be started at all.
    #[error("cannot start {program}: {source}")]
    NotStarted {
        /// The program's file name.
        program: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The log file could not be opened.
    #[error("cannot write the log {}: {source}", path.display())]
    NoLog {
        /// The log file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The program ended before it was ready.
    #[error("{program} stopped before it was ready ({status}):\n{tail}")]
    Ended {
        /// The program's file name.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// The last lines it wrote, usually its reason.
        tail: String,
    },
    /// The program ran but did not become ready in time; it has been killed.
    #[error("{program} was not ready after {} s and was stopped; see {}\n{tail}", waited.as_secs(), log.display())]
    NotReady {
        /// The program's file name.
        program: String,
        /// The bound that passed.
        waited: Duration,
        /// The log file.
        log: PathBuf,
        /// The last lines it wrote.
        tail: String,
    },
    /// The operating system refused to tell or change the child's state.
    #[error("lost control of {program}: {source}")]
    Lost {
        /// The program's file name.
        program: String,
        /// What the operating system said.
        source: io::Error,
    },
}

/// A running child process.
#[derive(Debug)]
pub struct Child {
    program: String,
    inner: process::Child,
    log: PathBuf,
    log_start: u64,
    lines: Option<Receiver<String>>,
}

impl Child {
    /// Starts `command` with its standard output and error appended to `log`, and does not wait for it.
    pub fn spawn(command: Command, log: &Path) -> Result<Self, Error> {
        Self::spawn_with(command, log, Stdio::null())
    }

    /// Starts `command` as [`Child::spawn`] does, with `lock` as its standard input.
    ///
    /// A file lock lives as long as one process has the file open, so what `lock` guards stays guarded until this child
    /// is really gone, even when its parent was killed a moment earlier.
    pub fn spawn_holding(command: Command, log: &Path, lock: File) -> Result<Self, Error> {
        Self::spawn_with(command, log, Stdio::from(lock))
    }

    /// Starts `command` and waits at most `timeout` for a line on its standard output that begins with `ready`; returns
    /// the child and the rest of that line, trimmed.
    pub fn spawn_ready(command: Command, log: &Path, ready: &str, timeout: Duration) -> Result<(Self, String), Error> {
        let mut child = Self::spawn(command, log)?;
        let rest = child.wait_ready(ready, timeout)?;
        Ok((child, rest))
    }

    /// Waits at most `timeout` for a line on standard output that begins with `ready`; returns the rest of it, trimmed.
    ///
    /// Lines before it are skipped (the log has them). A child that is not ready in time is killed.
    pub fn wait_ready(&mut self, ready: &str, timeout: Duration) -> Result<String, Error> {
        let deadline = Instant::now() + timeout;
        // Taken: once ready, nobody reads the lines any more and they go to the log alone.
        if let Some(lines) = self.lines.take() {
            loop {
                match lines.recv_timeout(POLL) {
                    Ok(line) => match line.strip_prefix(ready) {
                        Some(rest) => return Ok(rest.trim().to_owned()),
                        None => continue,
                    },
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => thread::sleep(POLL),
                }
                if let Some(status) = self.try_wait()? {
                    // Its last lines may still be on their way through the pipe.
                    let last = || lines.recv_timeout(LAST_WORDS).ok();
                    let rest = iter::from_fn(last)
                        .find_map(|line| line.strip_prefix(ready).map(|rest| rest.trim().to_owned()));
                    let ended = || Error::Ended { program: self.program.clone(), status, tail: self.log_tail() };
                    return rest.ok_or_else(ended);
                }
                if Instant::now() >= deadline {
                    break;
                }
            }
        }
        self.kill()?;
        let (program, log) = (self.program.clone(), self.log.clone());
        Err(Error::NotReady { program, waited: timeout, log, tail: self.log_tail() })
    }

    /// Returns how the child ended, or `None` while it runs.
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>, Error> {
        self.inner.try_wait().map_err(|source| self.lost(source))
    }

    /// Waits at most `timeout` for the child's end; `None` when it still runs then.
    pub fn wait(&mut self, timeout: Duration) -> Result<Option<ExitStatus>, Error> {
        let deadline = Instant::now() + timeout;
        loop {
            match self.try_wait()? {
                Some(status) => return Ok(Some(status)),
                None if Instant::now() >= deadline => return Ok(None),
                None => thread::sleep(POLL),
            }
        }
    }

    /// Asks the child to end (SIGTERM), waits at most `timeout`, then kills it; returns how it ended.
    pub fn stop(&mut self, timeout: Duration) -> Result<ExitStatus, Error> {
        if self.try_wait()?.is_none() {
            // SAFETY: kill takes no pointers; the child has not been waited for, so the id is still its own.
            unsafe { libc::kill(self.inner.id().cast_signed(), libc::SIGTERM) };
        }
        match self.wait(timeout)? {
            Some(status) => Ok(status),
            None => self.kill(),
        }
    }

    /// Kills the child (SIGKILL) and returns how it ended; a child that has ended already is left as it is.
    pub fn kill(&mut self) -> Result<ExitStatus, Error> {
        self.inner.kill().and_then(|()| self.inner.wait()).map_err(|source| self.lost(source))
    }

    /// Returns the process id.
    pub fn pid(&self) -> u32 {
        self.inner.id()
    }

    /// Returns the last lines this child wrote to its log.
    pub fn log_tail(&self) -> String {
        read_tail(&self.log, self.log_start).unwrap_or_default()
    }

    fn spawn_with(mut command: Command, log: &Path, stdin: Stdio) -> Result<Self, Error> {
        let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let no_log = |source| Error::NoLog { path: log.to_owned(), source };
        let file = OpenOptions::new().create(true).append(true).open(log).map_err(no_log)?;
        let log_start = file.metadata().map_err(no_log)?.len();
        let errors = file.try_clone().map_err(no_log)?;
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::from(errors)).process_group(0);
        let not_started = |source| Error::NotStarted { program: program.clone(), source };
        let mut inner = spawn_bound(command).map_err(not_started)?;
        let lines = inner.stdout.take().map(|stdout| follow(stdout, file));
        Ok(Self { program, inner, log: log.to_owned(), log_start, lines })
    }

    fn lost(&self, source: io::Error) -> Error {
        Error::Lost { program: self.program.clone(), source }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // The only failure is that the child is gone already, which is what is wanted.
        let _ = self.kill();
    }
}

/// Copies every line of `stdout` to the log and, as long as somebody listens, to the returned channel.
fn follow(stdout: ChildStdout, mut log: File) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        // The pipe is read to its end even when nobody listens and the log's disk is full: a full pipe would stall the child.
        while matches!(reader.read_until(b'\n', &mut line), Ok(read) if read > 0) {
            let _ = log.write_all(&line);
            let _ = sender.send(String::from_utf8_lossy(&line).trim_end().to_owned());
            line.clear();
        }
    });
    receiver
}

/// Reads the end of a log, without what was there before `start`, cut to whole lines.
fn read_tail(log: &Path, start: u64) -> io::Result<String> {
    let mut file = File::open(log)?;
    let cut = fs::metadata(log)?.len().saturating_sub(TAIL_BYTES_MAX);
    file.seek(SeekFrom::Start(start.max(cut)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let whole = if cut > start { text.split_once('\n').map_or("", |(_, rest)| rest) } else { &text };
    Ok(whole.trim().to_owned())
}

type Order = (Command, Sender<io::Result<process::Child>>);

/// Starts a command whose process dies with this one.
///
/// The kernel ties a child to the *thread* that started it, so every start happens on one thread that never ends; a
/// thread of a test or of a pool would take its children along when it is retired.
fn spawn_bound(mut command: Command) -> io::Result<process::Child> {
    static STARTER: LazyLock<io::Result<Sender<Order>>> = LazyLock::new(|| {
        let (sender, orders) = mpsc::channel::<Order>();
        thread::Builder::new().name("starter".to_owned()).spawn(move || {
            for (mut command, answer) in orders {
                let _ = answer.send(command.spawn());
            }
        })?;
        Ok(sender)
    });
    let gone = || io::Error::other("the thread that starts processes is gone");
    let starter = STARTER.as_ref().map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
    let parent = process::id();
    // SAFETY: `tie_to_parent` makes only calls that are allowed between fork and exec.
    unsafe { command.pre_exec(move || tie_to_parent(parent)) };
    let (answer, started) = mpsc::channel();
    starter.send((command, answer)).map_err(|_| gone())?;
    started.recv().map_err(|_| gone())?
}

/// Runs in the child between fork and exec: asks to be killed with the parent, and starts with no signal blocked.
fn tie_to_parent(parent: u32) -> io::Result<()> {
    // SAFETY: plain system calls on local values; none allocates.
    unsafe {
        let mut none = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
        if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0 {
            return Err(io::Error::last_os_error());
        }
        // The parent may have died before the line above; then nobody would ever send the signal.
        if libc::getppid().cast_unsigned() != parent {
            return Err(io::Error::from(io::ErrorKind::BrokenPipe));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENT: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn log_in(dir: &tempfile::TempDir) -> PathBuf {
        dir.path().join("child.log")
    }

    #[test]
    fn the_ready_line_is_found_after_other_lines_and_its_rest_is_returned() {
        let dir = tempfile::tempdir().unwrap();
        let script = "echo warming up; echo listening 127.0.0.1:7; exec sleep 600";
        let (mut child, rest) = Child::spawn_ready(shell(script), &log_in(&dir), "listening ", PATIENT).unwrap();
        assert_eq!(rest, "127.0.0.1:7");
        assert_eq!(child.try_wait().unwrap(), None);
        assert_eq!(child.kill().unwrap().to_string(), "signal: 9 (SIGKILL)");
    }

    #[test]
    fn a_child_that_ends_early_hands_over_its_own_last_words_only() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(log_in(&dir), "words of an earlier run\n").unwrap();
        let script = "echo the port is taken >&2; exit 2";
        let error = Child::spawn_ready(shell(script), &log_in(&dir), "listening ", PATIENT).unwrap_err();
        assert_eq!(error.to_string(), "sh stopped before it was ready (exit status: 2):\nthe port is taken");
    }

    #[test]
    fn a_child_that_is_never_ready_is_killed() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = Child::spawn(shell("echo waiting; exec sleep 600"), &log_in(&dir)).unwrap();
        let error = child.wait_ready("listening ", Duration::from_millis(100)).unwrap_err();
        assert!(matches!(error, Error::NotReady { .. }), "{error}");
        assert!(child.try_wait().unwrap().is_some());
    }

    #[test]
    fn stop_asks_first_and_kills_a_child_that_will_not_listen() {
        let dir = tempfile::tempdir().unwrap();
        let polite = "trap 'exit 7' TERM; echo up; while :; do sleep 0.02; done";
        let deaf = "trap '' TERM; echo up; while :; do sleep 0.02; done";
        for (script, patience, end) in
            [(polite, PATIENT, "exit status: 7"), (deaf, Duration::from_millis(100), "signal: 9 (SIGKILL)")]
        {
            let (mut child, _) = Child::spawn_ready(shell(script), &log_in(&dir), "up", PATIENT).unwrap();
            assert_eq!(child.stop(patience).unwrap().to_string(), end, "{script}");
        }
    }

    #[test]
    fn a_child_that_has_ended_by_itself_keeps_its_own_status() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = Child::spawn(shell("exit 3"), &log_in(&dir)).unwrap();
        let ended = child.wait(PATIENT).unwrap();
        assert_eq!(ended.and_then(|status| status.code()), Some(3));
        assert_eq!(child.stop(PATIENT).unwrap().code(), Some(3));
        assert_eq!(child.kill().unwrap().code(), Some(3));
    }

    #[test]
    fn a_child_outlives_the_thread_that_asked_for_it_but_not_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let log = log_in(&dir);
        let mut child = thread::spawn(move || Child::spawn(shell("exec sleep 600"), &log).unwrap()).join().unwrap();
        assert_eq!(child.wait(Duration::from_millis(200)).unwrap(), None);
        let pid = child.pid();
        drop(child);
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }

    #[test]
    fn output_after_the_ready_line_goes_to_the_log_and_never_stalls_the_child() {
        let dir = tempfile::tempdir().unwrap();
        let script = "echo up; i=0; while [ $i -lt 3000 ]; do echo 'a line of about forty bytes, repeated'; i=$((i+1)); done; exec sleep 0";
        let (mut child, _) = Child::spawn_ready(shell(script), &log_in(&dir), "up", PATIENT).unwrap();
        assert!(child.wait(PATIENT).unwrap().unwrap().success());
        let whole = || fs::read_to_string(log_in(&dir)).unwrap().lines().count();
        let deadline = Instant::now() + PATIENT;
        while whole() < 3001 && Instant::now() < deadline {
            thread::sleep(POLL);
        }
        assert_eq!(whole(), 3001);
    }

    #[test]
    fn a_program_that_does_not_exist_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = Child::spawn(Command::new("/no/such/engine"), &log_in(&dir)).unwrap_err();
        assert_eq!(error.to_string(), "cannot start engine: No such file or directory (os error 2)");
    }
}

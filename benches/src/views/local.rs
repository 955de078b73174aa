//! A ClickHouse of this run alone, with every object of Hearken.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use hearken_audit::query;
use hearken_embedded::process::Child;
use tempfile::TempDir;

/// How long a start may take.
const START: Duration = Duration::from_secs(60);
/// How long a clean end may take.
const STOP: Duration = Duration::from_secs(60);

/// A ClickHouse in a directory of its own. Dropped, it ends and its files are removed.
pub struct Local {
    clickhouse: Child,
    url: String,
    directory: TempDir,
}

impl Local {
    /// Starts it from the programs beside this one and makes every object.
    ///
    /// # Errors
    /// Where a program is missing, or does not do what it is asked.
    pub fn start() -> Result<Self> {
        let directory = TempDir::new().context("a temporary directory")?;
        let mut command = Command::new(program("hearken-clickhouse")?);
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(directory.path().join("clickhouse"));
        let log = directory.path().join("clickhouse.log");
        let (clickhouse, url) = Child::spawn_ready(command, &log, "listening ", START)?;
        let local = Self { clickhouse, url, directory };
        local.hearken(&["migrate"])?;
        Ok(local)
    }

    /// Returns the directory of everything it keeps.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Runs one statement and returns the answer.
    ///
    /// # Errors
    /// Where ClickHouse refuses it, or is silent for a minute.
    pub fn sql(&self, statement: &str) -> Result<String> {
        query(&format!("{}/?database=hearken", self.url), statement).map_err(|error| anyhow!("{}", beginning(&error)))
    }

    /// Runs one statement and returns the fields of the lines of its answer.
    ///
    /// # Errors
    /// As [`Local::sql`].
    pub fn rows(&self, statement: &str) -> Result<Vec<Vec<String>>> {
        let answer = self.sql(&format!("{statement} FORMAT TSV"))?;
        Ok(answer.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect())
    }

    /// Runs the command line against it.
    ///
    /// # Errors
    /// Where it fails, with what it said.
    pub fn hearken(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(program("hearken")?);
        let done = command.args(arguments).env("HEARKEN_CLICKHOUSE__URL", &self.url).output()?;
        if !done.status.success() {
            bail!("hearken {}: {}", arguments.join(" "), String::from_utf8_lossy(&done.stderr));
        }
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        // Its last process must be gone before its files go; of one that does not end, the kernel sees to that.
        let _ = self.clickhouse.stop(STOP);
    }
}

/// Returns a program of this workspace: beside this one, or above it where this one is a test.
fn program(name: &str) -> Result<PathBuf> {
    let own = env::current_exe()?;
    let places = own.ancestors().skip(1).take(2).map(|folder| folder.join(name));
    let found = places.into_iter().find(|path| path.exists());
    found.ok_or_else(|| {
        io::Error::new(io::ErrorKind::NotFound, format!("{name} is not built: `make release` (or `make build`)")).into()
    })
}

/// ClickHouse repeats the statement, which may be long.
fn beginning(error: &str) -> String {
    error.chars().take(500).collect()
}

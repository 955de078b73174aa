//! Java: where it is, whether it is new enough, and how a class of Kafka is run with it.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Error, Heap};

/// The oldest Java that Kafka 4 runs on.
const JAVA_MIN: u32 = 17;

/// A Java that can run Kafka.
pub(super) struct Java {
    program: OsString,
    class_path: PathBuf,
    heap: Heap,
}

impl Java {
    /// Finds `$JAVA_HOME/bin/java`, else `java` on the path, and Kafka's jars in `libs`.
    pub(super) fn find(heap: Heap, libs: &Path) -> Result<Self, Error> {
        let home = env::var_os("JAVA_HOME").filter(|home| !home.is_empty());
        let program = home.map_or_else(|| OsString::from("java"), |home| PathBuf::from(home).join("bin/java").into());
        let name = || program.to_string_lossy().into_owned();
        let output = Command::new(&program).arg("-version").output();
        let output = output.map_err(|source| Error::NoJava { program: name(), source })?;
        let text = String::from_utf8_lossy(&output.stderr);
        if major_version(&text).is_none_or(|major| major < JAVA_MIN) {
            let found = text.lines().find(|line| line.contains("version")).unwrap_or("of no known version").to_owned();
            return Err(Error::OldJava { program: name(), found });
        }
        if !has_broker(libs) {
            return Err(Error::NoLibs(libs.to_owned()));
        }
        // Absolute, because Java runs in the data directory.
        let class_path = std::path::absolute(libs.join("*")).map_err(|_| Error::NoLibs(libs.to_owned()))?;
        Ok(Self { program, class_path, heap })
    }

    /// Builds the command that runs a class of Kafka with `dir` as its working directory.
    ///
    /// All names it is given are relative to `dir`, so no path has to be quoted for one of Kafka's file formats.
    pub(super) fn command(&self, class: &str, dir: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        // Java cannot open a file whose name its locale cannot spell, and a service often runs without any.
        command.current_dir(dir).env("LC_ALL", "C.UTF-8");
        command.args(["-Xms64m", &format!("-Xmx{}", self.heap)]);
        // One collector thread, and the quick compiler alone: a third less processor time to start and in the first minute
        // under load. The full compiler has paid for itself after some three minutes (from then on a fifteenth of a core
        // less at 10,000 records a second), and competes with the services until then.
        command.args(["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]);
        // A broker without memory must end, not limp; and it leaves no files outside its directory.
        command.args(["-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData", "-Djava.awt.headless=true"]);
        command.arg("-Djava.io.tmpdir=tmp").arg("-Dlog4j2.configurationFile=log4j2.properties");
        // For whoever looks at the list of processes: whose broker this is.
        let mut owner = OsString::from("-Dhearken.data=");
        owner.push(dir);
        command.arg(owner).arg("-cp").arg(&self.class_path).arg(class).args(arguments);
        command
    }

    /// Builds the command that runs what an argument file in `dir` says.
    pub(super) fn command_of_file(&self, name: &str, dir: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(dir).env("LC_ALL", "C.UTF-8").arg(format!("@{name}"));
        command
    }
}

/// Writes a command's arguments as a file that Java reads: everybody on a machine sees the arguments themselves.
pub(super) fn argument_file(command: &Command) -> String {
    let quoted = |argument: &std::ffi::OsStr| {
        format!("\"{}\"\n", argument.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\""))
    };
    command.get_args().map(quoted).collect()
}

fn has_broker(libs: &Path) -> bool {
    let names = libs.read_dir().into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.into_iter().any(|name| name.to_string_lossy().starts_with("kafka_2.13-"))
}

/// Reads the major version from what `java -version` prints: `openjdk version "17.0.15" 2025-04-15`.
fn major_version(text: &str) -> Option<u32> {
    let quoted = text.split('"').nth(1)?;
    let digits = quoted.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_java_says() {
        for (text, expected) in [
            ("openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime Environment", Some(17)),
            ("openjdk version \"21-ea\" 2023-09-19", Some(21)),
            ("Picked up JAVA_TOOL_OPTIONS: -Dx=y\nopenjdk version \"25\" 2025-09-16", Some(25)),
            ("java version \"1.8.0_402\"", Some(1)),
            ("command not found", None),
        ] {
            assert_eq!(major_version(text), expected, "{text}");
        }
    }

    #[test]
    fn a_directory_without_the_broker_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!has_broker(dir.path()));
        assert!(!has_broker(&dir.path().join("missing")));
        std::fs::write(dir.path().join("kafka_2.13-4.1.1.jar"), "").unwrap();
        assert!(has_broker(dir.path()));
    }
}

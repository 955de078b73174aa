//! The pipeline that documents speak of, and a reader's shell beside it.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use hearken_embedded::process::Child;
use hearken_tests::program::{Finished, command, finish};
use tempfile::TempDir;

use super::blocks::Block;
use super::fixtures;

/// How long everything may take to start, on a machine that does much else.
const PATIENT: Duration = Duration::from_secs(240);
/// How long one document may take.
const DOCUMENT: Duration = Duration::from_secs(240);
/// How much of what a document's commands printed is shown.
const SHOWN_CHARS_MAX: usize = 4_000;

/// Where the pipeline listens by itself, which is what documents say.
const DOCUMENTED: [&str; 3] = ["127.0.0.1:9092", "127.0.0.1:8123", "127.0.0.1:8090"];

/// What a reader's shell is before his first command: it stops at the first that fails, and says which it was. `make` is what runs already.
const SHELL: &str = r#"
set -eEo pipefail
trap 'echo "line $LINENO: $BASH_COMMAND" >"$FAILED_AT"' ERR
make() {
    case "$1" in
        up | demo | release | setup) ;;
        *) echo "make $1 is not run here: say why not above the block" >&2; return 1 ;;
    esac
}
"#;

/// The pipeline, running. Dropped, it ends and is removed.
pub(crate) struct Stack {
    /// Where it really listens, in the order of [`DOCUMENTED`].
    addresses: [String; 3],
    root: PathBuf,
    directory: TempDir,
    running: Child,
}

impl Stack {
    /// Starts everything, as `make up` does.
    pub(crate) fn start(root: &Path) -> Self {
        let directory = TempDir::new().unwrap();
        let data = directory.path().join("data");
        fs::create_dir(&data).unwrap();
        // The demo's company, without its customers: documents bring what they ask for.
        for name in ["catalog.toml", "responders.toml"] {
            fs::copy(root.join("deploy/local").join(name), data.join(name)).unwrap();
        }
        let mut up = command("hearken");
        up.args(["up", "--kafka-listen", "127.0.0.1:0", "--clickhouse-listen", "127.0.0.1:0"]);
        up.args(["--alert-listen", "127.0.0.1:0", "--data"]).arg(&data);
        let log = directory.path().join("up.log");
        let (running, _) = Child::spawn_ready(up, &log, "Ctrl-C stops everything", PATIENT).unwrap();
        let said = fs::read_to_string(&log).unwrap();
        let after = |first: &str| {
            let line = said.lines().find(|line| line.split(' ').next() == Some(first));
            let address =
                line.and_then(|line| line.split_whitespace().nth(1)).unwrap_or_else(|| panic!("{first}: {said}"));
            address.trim_start_matches("http://").to_owned()
        };
        let addresses = ["Kafka", "ClickHouse", "Cases"].map(after);
        let stack = Self { addresses, root: root.to_owned(), directory, running };
        stack.send_what_is_spoken_of();
        stack
    }

    /// Sends the one record that documents take for granted: the README's least review.
    fn send_what_is_spoken_of(&self) {
        let file = self.directory.path().join("least.jsonl");
        fs::write(&file, fixtures::LEAST_REVIEW).unwrap();
        let mut replay = command("hearken");
        replay.args(["replay", "--as", "reviews"]).arg(&file).envs(self.environment());
        let sent = finish(&mut replay, DOCUMENT);
        assert_eq!(sent.code, Some(0), "{sent:?}");
    }

    /// Runs a document's blocks one after another, as one session; what fails is said with its line, command and output.
    pub(crate) fn session(&self, document: &str, page: &str, blocks: &[&Block<'_>]) -> Result<(), String> {
        if blocks.is_empty() {
            return Ok(());
        }
        let folder = self.folder(document, page);
        let (script, failed_at) = (folder.join(".session.sh"), folder.join(".failed-at"));
        fs::write(&script, self.here(&only(page, blocks))).unwrap();
        fs::write(folder.join(".shell.sh"), SHELL).unwrap();
        let mut shell = Command::new("bash");
        let path = format!("{}:{}", folder.join("target/release").display(), std::env::var("PATH").unwrap_or_default());
        shell
            .arg(&script)
            .current_dir(&folder)
            .env("PATH", path)
            .env("BASH_ENV", folder.join(".shell.sh"))
            .env("FAILED_AT", &failed_at);
        for (name, value) in self.environment() {
            shell.env(name, value);
        }
        let Finished { code, out, err } = finish(&mut shell, DOCUMENT);
        if code == Some(0) {
            return Ok(());
        }
        let at = fs::read_to_string(&failed_at).unwrap_or_else(|_| format!("exit code {code:?}\n"));
        let shown = |text: &str| {
            text.chars().rev().take(SHOWN_CHARS_MAX).collect::<Vec<_>>().into_iter().rev().collect::<String>()
        };
        Err(format!("{document}, {at}{}\n{}", shown(&out), shown(&err)))
    }

    /// Asks ClickHouse what a document asks.
    pub(crate) fn asked(&self, document: &str, block: &Block<'_>) -> Result<(), String> {
        // The file of a rule is shown whole; its body is asked by the alert service, of what is new.
        if block.text.starts_with("---\n") {
            return Ok(());
        }
        let mut hearken = command("hearken");
        hearken.args(["sql", block.text]).envs(self.environment());
        let finished = finish(&mut hearken, DOCUMENT);
        let failed = || format!("{document}, line {}: {}\n{}", block.line, block.text, finished.err);
        if finished.code == Some(0) { Ok(()) } else { Err(failed()) }
    }

    fn environment(&self) -> [(&'static str, String); 3] {
        let [kafka, clickhouse, cases] = &self.addresses;
        [
            ("HEARKEN_KAFKA__BROKERS", kafka.clone()),
            ("HEARKEN_CLICKHOUSE__URL", format!("http://{clickhouse}")),
            ("HEARKEN_API", format!("http://{cases}")),
        ]
    }

    /// Makes a folder that looks like the repository with built programs, and with the files that a document takes for granted.
    fn folder(&self, document: &str, page: &str) -> PathBuf {
        let folder = self.directory.path().join(document.replace(['/', '.'], "-"));
        fs::create_dir_all(folder.join("target/release")).unwrap();
        for name in [
            "hearken",
            "hearken-ingest",
            "hearken-enrich",
            "hearken-sink",
            "hearken-alert",
            "hearken-kafka",
            "hearken-clickhouse",
        ] {
            let program = PathBuf::from(command(name).get_program());
            symlink(program, folder.join("target/release").join(name)).unwrap();
        }
        for name in ["alert", "deploy", "docs", "schemas", "enrich"] {
            symlink(self.root.join(name), folder.join(name)).unwrap();
        }
        symlink(self.directory.path().join("data"), folder.join("data")).unwrap();
        fixtures::bring(&folder, page);
        folder
    }

    /// Puts the ports that are in the place of those that documents name.
    fn here(&self, script: &str) -> String {
        let pairs = DOCUMENTED.iter().zip(&self.addresses);
        pairs.fold(script.to_owned(), |script, (documented, here)| script.replace(documented, here))
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let _ = self.running.stop(PATIENT);
    }
}

/// Returns a page without all that is no command, each command on the line it had: the shell then says the document's own numbers.
fn only(page: &str, blocks: &[&Block<'_>]) -> String {
    let mut script = String::new();
    for (index, line) in page.lines().enumerate() {
        let number = index + 1;
        let in_block =
            blocks.iter().any(|block| (block.line..block.line + block.text.lines().count()).contains(&number));
        let _ = writeln!(script, "{}", if in_block { line } else { "" });
    }
    script
}

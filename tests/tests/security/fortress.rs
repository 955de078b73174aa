//! Engines that let in whom they know, over TLS alone, and the pipeline with what it takes to be known.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use hearken_runtime::config::Reader;
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::feed::Feed;
use hearken_runtime::outcome::Message;
use hearken_tests::authority::Authority;
use hearken_tests::cluster::configuration;
use hearken_tests::part::Part;
use hearken_tests::program::{Finished, POLL, command, finish};
use tempfile::TempDir;

/// How long anything may take on a machine that does much else.
pub(crate) const PATIENT: Duration = Duration::from_secs(120);

/// The passwords; no text of the programs may have one.
pub(crate) const KAFKA_PASSWORD: &str = "kafka-Sesam-4711";
pub(crate) const CLICKHOUSE_PASSWORD: &str = "clickhouse-Sesam-4712";
pub(crate) const PSEUDONYM_KEY: &str = "pseudonym-Sesam-4713-0123456789abcdef0123456789";
pub(crate) const LINK_SECRET: &str = "link-Sesam-4714-0123456789abcdef0123456789";

/// Variables of a program.
pub(crate) type Variables = Vec<(&'static str, String)>;

/// Engines behind TLS, each with users. Dropped, they end and are removed.
pub(crate) struct Fortress {
    pub(crate) authority: Authority,
    /// Whom nobody believes.
    pub(crate) stranger: Authority,
    pub(crate) kafka: Part,
    pub(crate) clickhouse: Part,
    pub(crate) directory: TempDir,
}

/// Returns the engines of this test file.
pub(crate) fn shared() -> Arc<Mutex<Fortress>> {
    static SHARED: Mutex<Weak<Mutex<Fortress>>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let fortress = Arc::new(Mutex::new(Fortress::build()));
        *shared = Arc::downgrade(&fortress);
        fortress
    })
}

/// Waits for whoever else has them.
pub(crate) fn lock(shared: &Mutex<Fortress>) -> MutexGuard<'_, Fortress> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Fortress {
    fn build() -> Self {
        let (authority, stranger) = (Authority::new("tests"), Authority::new("strangers"));
        let directory = TempDir::new().unwrap();
        let users = directory.path().join("kafka-users.toml");
        fs::write(&users, format!("[users]\nhearken = \"{KAFKA_PASSWORD}\"\n")).unwrap();
        let readers = directory.path().join("clickhouse-users.toml");
        let sha = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
        fs::write(&readers, format!("[[users]]\nname = \"ana\"\npassword_sha256 = \"{sha}\"\nrole = \"analyst\"\n"))
            .unwrap();
        let kafka = engine("hearken-kafka", &directory, &authority, &[("--users", users)]);
        let clickhouse = engine("hearken-clickhouse", &directory, &authority, &[("--users", readers)]);
        let fortress = Self { authority, stranger, kafka, clickhouse, directory };
        for arguments in [&["topics", "create"][..], &["migrate"]] {
            let made = fortress.hearken(arguments, &[]);
            assert_eq!(made.code, Some(0), "{made:?}");
        }
        fortress
    }

    /// Returns what the programs are told, secrets by file.
    pub(crate) fn variables(&self, mechanism: &str) -> Variables {
        let ca = self.authority.file().display().to_string();
        vec![
            ("HEARKEN_KAFKA__BROKERS", self.kafka.address().to_owned()),
            ("HEARKEN_KAFKA__SECURITY", "sasl_tls".to_owned()),
            ("HEARKEN_KAFKA__SASL_MECHANISM", mechanism.to_owned()),
            ("HEARKEN_KAFKA__USER", "hearken".to_owned()),
            ("HEARKEN_KAFKA__PASSWORD_FILE", self.secret("kafka", KAFKA_PASSWORD)),
            ("HEARKEN_KAFKA__CA_FILE", ca.clone()),
            ("HEARKEN_CLICKHOUSE__URL", format!("https://{}", self.clickhouse.address())),
            ("HEARKEN_CLICKHOUSE__USER", "default".to_owned()),
            ("HEARKEN_CLICKHOUSE__PASSWORD_FILE", self.secret("clickhouse", CLICKHOUSE_PASSWORD)),
            ("HEARKEN_CLICKHOUSE__CA_FILE", ca),
        ]
    }

    /// Writes a secret to a file of its own and returns where.
    pub(crate) fn secret(&self, name: &str, secret: &str) -> String {
        let path = self.directory.path().join(format!("{name}.secret"));
        fs::write(&path, format!("{secret}\n")).unwrap();
        path.display().to_string()
    }

    /// Runs the command line, logged in, and returns how it ended.
    pub(crate) fn hearken(&self, arguments: &[&str], more: &[(&str, &str)]) -> Finished {
        finish(program("hearken", self.variables("SCRAM-SHA-256"), more).args(arguments), PATIENT)
    }

    /// Starts a service and waits until it is ready.
    pub(crate) fn service(&self, name: &'static str, variables: Variables, more: &[(&str, &str)]) -> Part {
        let more: Vec<(String, String)> = more.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let mut configured = program(name, variables, &[]);
        configured.envs(more);
        let log = self.directory.path().join(format!("{name}-{}.log", self.parts()));
        let again = Mutex::new(Some(configured));
        let mut part = Part::start(name, log, move |_| {
            again.lock().unwrap_or_else(PoisonError::into_inner).take().expect("it is started once")
        });
        part.wait_ready();
        part
    }

    /// Counts what was started here, so that each has a log of its own.
    fn parts(&self) -> usize {
        fs::read_dir(self.directory.path()).unwrap().flatten().filter(|entry| is_log(&entry.path())).count()
    }

    /// Returns every log of every program so far, the engines' apart.
    pub(crate) fn logs(&self) -> String {
        let logs = fs::read_dir(self.directory.path()).unwrap().flatten().map(|entry| entry.path());
        logs.filter(|path| is_log(path))
            .map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned())
            .collect()
    }

    /// Asks ClickHouse with the command line until the answer is `expected`.
    pub(crate) fn wait_for(&self, sql: &str, expected: &str) {
        let deadline = Instant::now() + PATIENT;
        loop {
            let found = self.hearken(&["sql", "--format", "csv", sql], &[]);
            if found.out.lines().last() == Some(expected) {
                return;
            }
            assert!(Instant::now() < deadline, "{sql}: expected {expected}: {found:?}\n{}", self.logs());
            std::thread::sleep(POLL);
        }
    }
}

/// Returns the command of a program with these variables, `more` over them.
pub(crate) fn program(name: &str, variables: Variables, more: &[(&str, &str)]) -> Command {
    let mut program = command(name);
    if name != "hearken" {
        program.arg("--config").arg(configuration(name));
    }
    let section = |variable: &str| {
        name == "hearken" || ["hearken-sink", "hearken-alert"].contains(&name) || !variable.contains("CLICKHOUSE")
    };
    program.envs(variables.into_iter().filter(|(variable, _)| section(variable)));
    for (variable, value) in more {
        match value.is_empty() {
            true => program.env_remove(variable),
            false => program.env(variable, value),
        };
    }
    program
}

impl Drop for Fortress {
    fn drop(&mut self) {
        // Their last processes must be gone before their files go.
        let _ = self.clickhouse.stop();
        let _ = self.kafka.stop();
    }
}

fn is_log(path: &std::path::Path) -> bool {
    path.extension().is_some_and(|extension| extension == "log")
}

/// Starts an engine whose certificate is for 127.0.0.1 alone.
pub(crate) fn engine(
    name: &'static str,
    directory: &TempDir,
    authority: &Authority,
    files: &[(&str, PathBuf)],
) -> Part {
    let signed = authority.sign(name, &["127.0.0.1"]);
    let mut arguments = vec![
        "--tls-certificate".to_owned(),
        signed.certificate.display().to_string(),
        "--tls-key".to_owned(),
        signed.key.display().to_string(),
    ];
    for (option, path) in files {
        arguments.extend([(*option).to_owned(), path.display().to_string()]);
    }
    let data = directory.path().join(name);
    Part::start(name, directory.path().join(format!("{name}.engine")), move |_| {
        let mut engine = command(name);
        engine.args(["--listen", "127.0.0.1:0", "--data"]).arg(&data).args(&arguments);
        engine.env("HEARKEN_CLICKHOUSE_PASSWORD", CLICKHOUSE_PASSWORD);
        engine
    })
}

/// A channel: it produces raw records, with these variables.
pub(crate) struct Channel {
    feed: Feed<()>,
}

impl Channel {
    pub(crate) fn open(variables: &Variables) -> Self {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let mut reader = Reader::load(None, variables);
        let connection = Connection::read(&mut reader);
        reader.finish_part().unwrap();
        Self { feed: Feed::new(&connection, |(), answer| _ = answer.unwrap()).unwrap() }
    }

    pub(crate) fn send(&self, topic: &'static str, id: &str, value: &[u8]) {
        let (key, value) = (Some(id.as_bytes().to_vec()), Some(value.to_vec()));
        self.feed.send(&Message { topic, partition: None, key, value, headers: Vec::new() }, ()).unwrap();
    }

    pub(crate) fn flush(&self) {
        self.feed.flush(PATIENT).unwrap();
    }
}

/// Produces one record.
pub(crate) fn produce(variables: &Variables, topic: &'static str, id: &str, value: &[u8]) {
    let channel = Channel::open(variables);
    channel.send(topic, id, value);
    channel.flush();
}

//! Kafka, ClickHouse and the three services, all real and all of one test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use hearken_audit::query;
use hearken_runtime::kafka::Connection;
use hearken_schemas::tables::OBJECTS;
use hearken_schemas::topics;
use tempfile::TempDir;

use crate::part::Part;
use crate::program::{Finished, POLL, command, finish};
use crate::recorder::Recorder;

/// How long the pipeline may take to come to an answer.
const PATIENT: Duration = Duration::from_secs(120);
/// How long the command line may take; `verify` waits for the services itself.
const COMMAND: Duration = Duration::from_secs(240);

/// Everything that runs. Dropped, it ends and is removed, after a failure too.
pub struct Cluster {
    /// Raw records to normalized ones.
    pub ingest: Part,
    /// Normalized records to enriched ones.
    pub enrich: Part,
    /// Enriched records and dead letters to rows.
    pub sink: Part,
    /// Where the rows are.
    pub clickhouse: Part,
    /// The channels' only way in.
    pub channels: Recorder,
    kafka: Part,
    directory: TempDir,
}

/// Returns the cluster that the tests of one file share: it starts with the first of them and ends with the last.
pub fn shared() -> Arc<Mutex<Cluster>> {
    static SHARED: Mutex<Weak<Mutex<Cluster>>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let cluster = Arc::new(Mutex::new(Cluster::start()));
        *shared = Arc::downgrade(&cluster);
        cluster
    })
}

impl Cluster {
    /// Starts the engines, makes topics and tables with the command line, starts the services, and waits for all.
    ///
    /// # Panics
    /// Where anything does not start.
    pub fn start() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let path = directory.path();
        let (kafka, clickhouse) = (engine("hearken-kafka", path), engine("hearken-clickhouse", path));
        let endpoints = Endpoints { brokers: kafka.address().to_owned(), clickhouse: url(&clickhouse) };
        for (arguments, count) in [(&["topics", "create"][..], topics::all().len()), (&["migrate"], OBJECTS.len())] {
            let finished = endpoints.hearken(arguments);
            let made = finished.out.starts_with(&format!("{count} created: "));
            assert!(made && finished.code == Some(0), "{arguments:?}: {finished:?}");
        }
        let [ingest, enrich, sink] = SERVICES.map(|name| service(name, path, &endpoints));
        let channels = Recorder::new(&Connection::plain(&endpoints.brokers), &path.join("ledger.jsonl"));
        let mut cluster = Self { ingest, enrich, sink, clickhouse, channels, kafka, directory };
        cluster.wait_ready();
        cluster
    }

    /// Waits until every service is ready.
    ///
    /// # Panics
    /// Where one is not in time.
    pub fn wait_ready(&mut self) {
        [&mut self.ingest, &mut self.enrich, &mut self.sink].into_iter().for_each(Part::wait_ready);
    }

    /// Returns where Kafka is.
    pub fn brokers(&self) -> &str {
        self.kafka.address()
    }

    /// Returns how to reach Kafka.
    pub fn kafka(&self) -> Connection {
        Connection::plain(self.brokers())
    }

    /// Returns where ClickHouse is.
    pub fn url(&self) -> String {
        url(&self.clickhouse)
    }

    /// Runs one statement and returns the answer, without the line end.
    ///
    /// # Panics
    /// Where ClickHouse refuses it.
    pub fn sql(&self, statement: &str) -> String {
        let answer = query(&self.url(), statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        answer.trim_end().to_owned()
    }

    /// Asks again and again until the answer is `expected`.
    ///
    /// # Panics
    /// Where it is not within two minutes, or a service has ended meanwhile.
    pub fn wait_for(&mut self, statement: &str, expected: &str) {
        let deadline = Instant::now() + PATIENT;
        loop {
            let answer = self.sql(statement);
            if answer == expected {
                return;
            }
            self.check();
            assert!(Instant::now() < deadline, "{statement}\nexpected {expected}\nfound {answer}");
            thread::sleep(POLL);
        }
    }

    /// Looks whether everything still runs.
    ///
    /// # Panics
    /// Where a part has ended by itself.
    pub fn check(&mut self) {
        let Self { ingest, enrich, sink, clickhouse, kafka, .. } = self;
        [ingest, enrich, sink, clickhouse, kafka].into_iter().for_each(Part::check);
    }

    /// Runs the command line against this cluster.
    pub fn hearken(&self, arguments: &[&str]) -> Finished {
        Endpoints { brokers: self.brokers().to_owned(), clickhouse: self.url() }.hearken(arguments)
    }

    /// Returns the command that starts a service beside the one that runs, with the same configuration.
    pub fn another(&self, name: &'static str) -> Command {
        Endpoints { brokers: self.brokers().to_owned(), clickhouse: self.url() }.service(name)
    }

    /// Returns the directory of everything the cluster keeps.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A service has nothing to lose. The engines are asked to end: their last process must be gone before their
        // files go.
        for part in [&mut self.ingest, &mut self.enrich, &mut self.sink] {
            part.end(false);
        }
        self.clickhouse.end(true);
        self.kafka.end(true);
    }
}

/// The services in the order of the path.
pub const SERVICES: [&str; 3] = ["hearken-ingest", "hearken-enrich", "hearken-sink"];

/// The service beside the path: rules, alerts, cases.
pub const ALERT: &str = "hearken-alert";

/// Where the engines are, for whoever needs both.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// Kafka's `host:port`.
    pub brokers: String,
    /// ClickHouse's `http://host:port`.
    pub clickhouse: String,
}

impl Endpoints {
    /// Runs the command line against these engines.
    pub fn hearken(&self, arguments: &[&str]) -> Finished {
        let mut hearken = command("hearken");
        hearken.args(arguments).env("HEARKEN_KAFKA__BROKERS", &self.brokers);
        finish(hearken.env("HEARKEN_CLICKHOUSE__URL", &self.clickhouse), COMMAND)
    }

    /// Returns the command that starts a service with its local configuration.
    pub fn service(&self, name: &str) -> Command {
        let mut service = command(name);
        service.arg("--config").arg(configuration(name)).env("HEARKEN_KAFKA__BROKERS", &self.brokers);
        if ["hearken-sink", ALERT].contains(&name) {
            service.env("HEARKEN_CLICKHOUSE__URL", &self.clickhouse);
        }
        service
    }
}

/// Returns the configuration file a service is run with on one machine.
pub fn configuration(name: &str) -> PathBuf {
    let short = name.trim_start_matches("hearken-");
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../deploy/local/{short}.toml"))
}

pub(crate) fn url(clickhouse: &Part) -> String {
    format!("http://{}", clickhouse.address())
}

/// Starts one of the engines with its files in this directory.
pub(crate) fn engine(name: &'static str, directory: &Path) -> Part {
    engine_with(name, directory, &[])
}

/// Starts one of the engines with further arguments.
pub(crate) fn engine_with(name: &'static str, directory: &Path, arguments: &[&str]) -> Part {
    let data = directory.join(name);
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    Part::start(name, directory.join(format!("{name}.log")), move |address| {
        let mut engine = command(name);
        engine.arg("--listen").arg(address.unwrap_or("127.0.0.1:0")).arg("--data").arg(&data).args(&arguments);
        engine
    })
}

fn service(name: &'static str, directory: &Path, endpoints: &Endpoints) -> Part {
    let endpoints = endpoints.clone();
    Part::start(name, directory.join(format!("{name}.log")), move |_| endpoints.service(name))
}

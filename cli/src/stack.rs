//! The whole pipeline on this machine, every part its own process.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use hearken_embedded::process::Child;
use hearken_runtime::kafka::admin;
use hearken_schemas::catalog::Catalog;
use hearken_schemas::topics;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};

use crate::Endpoints;
use crate::catalog;
use crate::doctor;
use crate::migrate::{Sink, migrate};
use crate::store::Store;

/// The services in the order of the path; they stop in it too, so that each can finish what the one before sent.
const SERVICES: [(&str, &str); 4] = [
    ("ingest", include_str!("../../deploy/local/ingest.toml")),
    ("enrich", include_str!("../../deploy/local/enrich.toml")),
    ("sink", include_str!("../../deploy/local/sink.toml")),
    ("alert", include_str!("../../deploy/local/alert.toml")),
];

/// How every part says on its standard output where it answers.
const LISTENING: &str = "listening ";

/// Who answers, beside the data.
const RESPONDERS: &str = "responders.toml";

/// Who may ask the API of cases, beside the data.
const TOKENS: &str = "tokens.toml";

/// How alert says where people and programs reach it.
const ANSWERING: &str = "answering ";

const READY: Duration = Duration::from_secs(90);
const STOP: Duration = Duration::from_secs(30);

/// Where the local pipeline keeps its data and listens.
#[derive(Args, Clone, Debug)]
pub(crate) struct Local {
    /// Directory with everything the run keeps; a second run goes on from it
    #[arg(long, env = "HEARKEN_DATA", default_value = "data")]
    pub(crate) data: PathBuf,
    /// Where Kafka listens; port 0 takes any free one
    #[arg(long, default_value = "127.0.0.1:9092")]
    pub(crate) kafka_listen: String,
    /// Where ClickHouse listens; port 0 takes any free one
    #[arg(long, default_value = "127.0.0.1:8123")]
    pub(crate) clickhouse_listen: String,
    /// Where the API of cases and the case page listen; port 0 takes any free one
    #[arg(long, default_value = "127.0.0.1:8090")]
    pub(crate) alert_listen: String,
    /// What ingest knows of sources, brands, products and places; without it `catalog.toml` in the data directory, if it is there
    #[arg(long)]
    pub(crate) catalog: Option<PathBuf>,
}

impl Local {
    /// Returns the catalog's file, which a demo brings along.
    fn catalog_file(&self, data: &Path, brought: Option<&str>) -> Result<Option<PathBuf>> {
        if let Some(path) = &self.catalog {
            return Ok(Some(std::path::absolute(path)?));
        }
        let path = data.join("catalog.toml");
        if let Some(catalog) = brought {
            std::fs::write(&path, catalog).with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(path.exists().then_some(path))
    }

    /// Writes who answers in the demo's company, where nobody has put a directory of his own there.
    pub(crate) fn bring_responders(&self, responders: &str) -> Result<()> {
        let path = std::path::absolute(&self.data)?.join(RESPONDERS);
        if path.exists() {
            return Ok(());
        }
        std::fs::create_dir_all(&self.data).with_context(|| format!("creating {}", self.data.display()))?;
        std::fs::write(&path, responders).with_context(|| format!("writing {}", path.display()))
    }
}

/// The running pipeline. Dropped, it kills what is left; stopped, it ends cleanly.
pub(crate) struct Stack {
    /// Where Kafka and ClickHouse answer.
    pub(crate) endpoints: Endpoints,
    /// Where the API of cases and the case page answer.
    pub(crate) cases: String,
    catalog: Option<PathBuf>,
    alert_listen: String,
    services: Vec<(&'static str, Child)>,
    engines: Vec<(&'static str, Child)>,
    logs: PathBuf,
}

impl Stack {
    /// Starts the engines, creates topics and tables, starts the services, and waits until all are ready.
    pub(crate) async fn start(arguments: &Local, catalog: Option<&str>, report: impl Fn(&str)) -> Result<Self> {
        let data = std::path::absolute(&arguments.data)?;
        let logs = data.join("logs");
        std::fs::create_dir_all(&logs).with_context(|| format!("creating {}", logs.display()))?;
        let catalog = arguments.catalog_file(&data, catalog)?;
        report("starting Apache Kafka and ClickHouse");
        let mut kafka = engine("hearken-kafka", &arguments.kafka_listen, &data.join("kafka"), &logs)?;
        let mut clickhouse =
            engine("hearken-clickhouse", &arguments.clickhouse_listen, &data.join("clickhouse"), &logs)?;
        let brokers = kafka.wait_ready(LISTENING, READY)?;
        let url = clickhouse.wait_ready(LISTENING, READY)?;
        let endpoints = Endpoints::own(brokers, url);
        let engines = vec![("hearken-kafka", kafka), ("hearken-clickhouse", clickhouse)];
        let (cases, alert_listen) = (String::new(), arguments.alert_listen.clone());
        let mut stack = Self { endpoints, cases, catalog, alert_listen, services: Vec::new(), engines, logs };
        report("creating topics and tables");
        admin::create(&stack.endpoints.kafka()?, topics::all(), 1).await?;
        let store = Store::new(&stack.endpoints)?;
        migrate(&store, Sink::Ask(Box::new(stack.endpoints.kafka()?))).await?;
        stack.load_catalog(&store).await?;
        report("starting ingest, enrich, sink and alert");
        let mut addresses = Vec::new();
        for (name, config) in SERVICES {
            let (child, address) = stack.service(name, config, &data)?;
            stack.services.push((name, child));
            addresses.push((name, address));
        }
        let noted: String = addresses.iter().map(|(name, address)| format!("{name} {address}\n")).collect();
        let services = data.join(doctor::services::FILE);
        std::fs::write(&services, noted).with_context(|| format!("writing {}", services.display()))?;
        for (_, address) in addresses {
            stack.ready(&address).await?;
        }
        stack.cases = stack.answering()?;
        Ok(stack)
    }

    /// Fills the catalog's tables from its file, or with what Hearken knows by itself where they are empty.
    async fn load_catalog(&self, store: &Store) -> Result<()> {
        let (name, toml) = match &self.catalog {
            Some(path) => {
                let toml = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
                (path.display().to_string(), toml)
            }
            None if store.number("SELECT count() FROM touchpoints").await? == 0 => Default::default(),
            None => return Ok(()),
        };
        match Catalog::parse(&toml) {
            Ok(catalog) => catalog::load(store, &catalog).await,
            Err(errors) => bail!("{name} cannot be read\n{errors}"),
        }
    }

    fn service(&self, name: &'static str, config: &str, data: &Path) -> Result<(Child, String)> {
        let path = data.join(format!("{name}.toml"));
        std::fs::write(&path, config).with_context(|| format!("writing {}", path.display()))?;
        let mut command = Command::new(sibling(&format!("hearken-{name}"))?);
        // What the shell has set for other clusters must not reach the local services.
        let inherited = std::env::vars().map(|(variable, _)| variable);
        inherited.filter(|variable| variable.starts_with("HEARKEN_") && variable.contains("__")).for_each(|variable| {
            command.env_remove(variable);
        });
        command.arg("--config").arg(&path);
        command.env("HEARKEN_KAFKA__BROKERS", &self.endpoints.brokers);
        command.env("HEARKEN_CLICKHOUSE__URL", &self.endpoints.clickhouse);
        if let (Some(catalog), "ingest") = (&self.catalog, name) {
            command.env("HEARKEN_INGEST__CATALOG", catalog);
        }
        if name == "alert" {
            command.env("HEARKEN_ALERT__LISTEN", &self.alert_listen);
            // Nobody may ask the API yet; whose token is added to the file may, within seconds.
            touch(&data.join(TOKENS))?;
            // What somebody has put beside the data is used: who answers, who may ask, rules of one's own.
            for (key, name) in [("RESPONDERS", RESPONDERS), ("TOKENS", TOKENS), ("RULES", "rules")] {
                if data.join(name).exists() {
                    command.env(format!("HEARKEN_ALERT__{key}"), data.join(name));
                }
            }
        }
        let (child, url) = Child::spawn_ready(command, &self.logs.join(format!("{name}.log")), LISTENING, READY)?;
        Ok((child, url.trim_start_matches("http://").to_owned()))
    }

    /// Returns where alert says that it answers; its log has every run's line, the last is this one's.
    fn answering(&self) -> Result<String> {
        let log = self.logs.join("alert.log");
        let text = std::fs::read_to_string(&log).with_context(|| format!("reading {}", log.display()))?;
        let line = text.lines().filter_map(|line| line.strip_prefix(ANSWERING)).next_back();
        line.map(str::to_owned).with_context(|| format!("{} does not say where alert answers", log.display()))
    }

    async fn ready(&mut self, address: &str) -> Result<()> {
        let deadline = Instant::now() + READY;
        while !get_ok(address, "/readyz").await {
            self.check()?;
            if Instant::now() > deadline {
                bail!("a service was not ready after {} s; see {}", READY.as_secs(), self.logs.display());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Tells whether every part still runs.
    ///
    /// # Errors
    /// Where one has ended: which, and its last words.
    pub(crate) fn check(&mut self) -> Result<()> {
        for (name, child) in self.services.iter_mut().chain(&mut self.engines) {
            if let Some(status) = child.try_wait()? {
                bail!("{name} ended by itself ({status}); its log is in {}\n{}", self.logs.display(), child.log_tail());
            }
        }
        Ok(())
    }

    /// Stops everything, services first.
    ///
    /// # Errors
    /// Where a part did not end cleanly.
    pub(crate) fn stop(mut self) -> Result<()> {
        let mut unclean = Vec::new();
        self.engines.reverse();
        for (name, child) in self.services.iter_mut().chain(&mut self.engines) {
            let status = child.stop(STOP)?;
            if !status.success() {
                unclean.push(format!("{name} ({status})"));
            }
        }
        anyhow::ensure!(
            unclean.is_empty(),
            "did not stop cleanly: {}; see {}",
            unclean.join(", "),
            self.logs.display()
        );
        Ok(())
    }
}

/// Runs `hearken up`.
pub(crate) async fn up(arguments: Local) -> Result<ExitCode> {
    let mut interrupt = Interrupt::new()?;
    let mut stack = tokio::select! {
        stack = Stack::start(&arguments, None, |step| eprintln!("{step} …")) => stack?,
        () = interrupt.wait() => return Ok(ExitCode::SUCCESS),
    };
    println!("Kafka       {}", stack.endpoints.brokers);
    println!("ClickHouse  {} (HTTP), database hearken", stack.endpoints.clickhouse);
    println!("Cases       {}", stack.cases);
    println!("Data        {}", arguments.data.display());
    println!("Ctrl-C stops everything; the data stays.");
    let mut watch = tokio::time::interval(Duration::from_millis(500));
    loop {
        tokio::select! {
            () = interrupt.wait() => break,
            _ = watch.tick() => stack.check()?,
        }
    }
    eprintln!("stopping …");
    stack.stop()?;
    Ok(ExitCode::SUCCESS)
}

/// Ctrl-C and SIGTERM.
pub(crate) struct Interrupt {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Interrupt {
    /// Listens from now on.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for either.
    pub(crate) async fn wait(&mut self) {
        tokio::select! { _ = self.interrupt.recv() => {}, _ = self.terminate.recv() => {} }
    }
}

/// Starts a ClickHouse of its own in a directory, and returns it with where it answers; dropped, it is killed.
///
/// # Errors
/// Where it is missing or does not start.
pub(crate) fn throw_away(directory: &Path) -> Result<(Child, Endpoints)> {
    let mut child = engine("hearken-clickhouse", "127.0.0.1:0", &directory.join("clickhouse"), directory)?;
    let clickhouse = child.wait_ready(LISTENING, READY)?;
    Ok((child, Endpoints::own(String::new(), clickhouse)))
}

fn engine(name: &'static str, listen: &str, data: &Path, logs: &Path) -> Result<Child> {
    let mut command = Command::new(sibling(name)?);
    command.arg("--listen").arg(listen).arg("--data").arg(data);
    Ok(Child::spawn(command, &logs.join(format!("{name}.log")))?)
}

/// Makes an empty file where there is none.
fn touch(path: &Path) -> Result<()> {
    let made = std::fs::OpenOptions::new().create(true).append(true).open(path);
    made.map(drop).with_context(|| format!("creating {}", path.display()))
}

/// The other programs lie beside this one.
fn sibling(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe().context("finding this program")?;
    let path = own.with_file_name(name);
    anyhow::ensure!(path.exists(), "{} is missing; `make build` builds every program", path.display());
    Ok(path)
}

async fn get_ok(address: &str, path: &str) -> bool {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    exchange.await.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

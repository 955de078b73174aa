//! `hearken-kafka`: one node of Apache Kafka for this machine, as a process that stops cleanly and leaves nothing behind.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use hearken_embedded::engines;
use hearken_embedded::kafka::{Closed, Error, Heap, Kafka, Options, Quorum, Voter};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How often the broker is looked at.
const WATCH: Duration = Duration::from_millis(200);

/// Runs a node of Apache Kafka on this machine; prints `listening ADDRESS` once it serves.
#[derive(Debug, Parser)]
#[command(name = "hearken-kafka", version)]
struct Arguments {
    /// Loopback address for clients; port 0 takes the port of the last run, or any free one
    #[arg(long, default_value = "127.0.0.1:9092", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Data directory; made if missing, and gone on with if it has data
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Directory with Kafka's jars [default: kafka-4.1.1/libs where `make setup` puts the engines]
    #[arg(long, value_name = "DIR")]
    libs: Option<PathBuf>,
    /// Most memory of the Java heap
    #[arg(long, default_value = "512m", value_name = "SIZE")]
    heap: Heap,
    /// Address told to clients, where something stands between them and --listen (for tests of faults)
    #[arg(long, value_name = "ADDRESS")]
    advertise: Option<SocketAddr>,
    /// This node's number in a cluster of several on this machine (for tests; one node is the default)
    #[arg(long, value_name = "N", requires = "voters", requires = "cluster_id")]
    node: Option<u32>,
    /// The controllers of all nodes, e.g. 1@127.0.0.1:9093,2@127.0.0.1:9095; the same for each node
    #[arg(long, value_name = "VOTERS", value_delimiter = ',', requires = "node")]
    voters: Vec<Voter>,
    /// The cluster's id, the same for each node: 16 bytes in URL-safe base64
    #[arg(long, value_name = "ID", requires = "node")]
    cluster_id: Option<String>,
    /// The broker's certificate, as PEM: clients must speak TLS
    #[arg(long, value_name = "FILE", requires = "tls_key", conflicts_with = "node")]
    tls_certificate: Option<PathBuf>,
    /// Its private key, as PEM (PKCS #8)
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Authorities of clients' certificates, as PEM: a client without one is refused
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_clients: Option<PathBuf>,
    /// Users who may log in (SCRAM-SHA-256, SCRAM-SHA-512, PLAIN), as TOML: [users], then name = "password"; made with the
    /// data directory
    #[arg(long, value_name = "FILE", conflicts_with = "node")]
    users: Option<PathBuf>,
    /// The one of them who may do everything; the others then may do only what they were granted, by Kafka's ACLs
    #[arg(long, value_name = "NAME", requires = "users")]
    superuser: Option<String>,
}

impl Arguments {
    fn options(self) -> Options {
        let Self { listen, data, libs, heap, advertise, node, voters, cluster_id, .. } = self;
        let closed = Closed {
            certificate: self.tls_certificate,
            key: self.tls_key,
            clients: self.tls_clients,
            users: self.users,
            superuser: self.superuser,
        };
        let quorum = node.zip(cluster_id).map(|(node, cluster)| Quorum { node, voters, cluster });
        let libs = libs.unwrap_or_else(engines::kafka_libs);
        Options { listen, data, libs, heap, advertise, quorum, closed }
    }
}

fn main() -> ExitCode {
    let options = Arguments::parse().options();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error.to_string()),
    };
    let code = runtime.block_on(run(options));
    // A start that a signal cut short is left behind; the broker dies with this process.
    runtime.shutdown_background();
    code
}

async fn run(options: Options) -> ExitCode {
    let mut stop = match Stop::listen() {
        Ok(stop) => stop,
        Err(error) => return refuse(&format!("cannot listen for signals: {error}")),
    };
    let start = tokio::task::spawn_blocking(move || Kafka::start(&options));
    let started = tokio::select! {
        () = stop.asked() => return ExitCode::SUCCESS,
        started = start => started,
    };
    let mut kafka = match started {
        Ok(Ok(kafka)) => kafka,
        Ok(Err(error)) => return refuse(&error.to_string()),
        Err(error) => return refuse(&format!("starting Kafka failed: {error}")),
    };
    // Whoever closed the other end does not want to know; the broker is of use all the same.
    let _ = writeln!(io::stdout(), "listening {}", kafka.address());
    watch(&mut kafka, &mut stop).await.unwrap_or_else(|error| refuse(&error.to_string()))
}

/// Waits for a signal, or for the broker to end by itself.
async fn watch(kafka: &mut Kafka, stop: &mut Stop) -> Result<ExitCode, Error> {
    loop {
        tokio::select! {
            () = stop.asked() => {
                kafka.stop()?;
                return Ok(ExitCode::SUCCESS);
            }
            () = tokio::time::sleep(WATCH) => if let Some(status) = kafka.try_wait()? {
                eprintln!("hearken-kafka: Kafka stopped by itself ({status}); see kafka.log and java.log in the data directory");
                return Ok(ExitCode::FAILURE);
            }
        }
    }
}

fn refuse(reason: &str) -> ExitCode {
    eprintln!("hearken-kafka: {reason}");
    ExitCode::from(2)
}

/// The signals that ask for an end.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

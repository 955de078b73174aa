//! A node of Apache Kafka as a child process, for local runs and tests.
//!
//! [`Kafka::start`] goes: find Java, claim the data directory, choose ports, format the storage if it is new, start the
//! broker, wait until it serves. The data directory then holds:
//!
//! ```text
//! lock                held while a broker runs on the directory
//! server.properties   written at every start; remembers the ports
//! log4j2.properties   sends Kafka's log to kafka.log
//! kafka.log           Kafka's log, kept small
//! java.log            what the Java machine itself had to say
//! keystore.pem        the broker's key and certificate, where it has them; truststore.pem beside it
//! users.sha256        which users the storage was formatted with
//! log/                the topics and the cluster's metadata
//! tmp/                what Java unpacks to run; empty at every start
//! ```
//!
//! The broker listens on the loopback interface alone. Without [`Closed`] it asks nobody for a password; with it, what stands
//! between the broker and its own controller is open to the machine all the same. For tests, clients can be told another
//! address than the one it listens on, and several nodes can make a cluster.

mod config;
mod guard;
mod java;

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::thread;
use std::time::{Duration, Instant};

pub use config::{Heap, Quorum, Voter};
use config::{Node, Ports};
pub use guard::Closed;
use guard::Guard;
use java::Java;

use crate::process::{self, Child};

/// How long the broker may take to serve, and the storage tool to format.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the broker may take to shut down before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// Says which users the storage was formatted with.
const USERS: &str = "users.sha256";
/// How long a broker that was just killed may take to let go of its data directory.
const LOCK_TIMEOUT: Duration = Duration::from_secs(3);

/// Says where and how the broker runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// The loopback address for clients; port 0 means the port of the last run if it is free, else any free port.
    pub listen: SocketAddr,
    /// The data directory; made if it does not exist.
    pub data: PathBuf,
    /// The directory with Kafka's jars.
    pub libs: PathBuf,
    /// The most memory the Java heap may take.
    pub heap: Heap,
    /// The address told to clients, where something stands between them and `listen`.
    pub advertise: Option<SocketAddr>,
    /// The node's place among others; `None` for a node alone.
    pub quorum: Option<Quorum>,
    /// What closes the broker to others.
    pub closed: Closed,
}

impl Options {
    fn node<'a>(&'a self, ports: Ports, guard: &'a Guard) -> Node<'a> {
        Node { host: self.listen.ip(), guard, ports, advertise: self.advertise, quorum: self.quorum.as_ref() }
    }

    /// Returns where the others expect this node's controller.
    fn controller(&self) -> Result<Option<SocketAddr>, Error> {
        let Some(Quorum { node, voters, .. }) = &self.quorum else { return Ok(None) };
        let own = voters.iter().find(|voter| voter.node == *node).ok_or(Error::NoVoter(*node))?;
        Ok(Some(own.controller))
    }
}

/// Says in one sentence why there is no broker.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Clients outside this machine could reach a broker that has no access control.
    #[error("{0} is not a loopback address; the local Kafka has no access control and listens on 127.0.0.1 alone")]
    NotLoopback(IpAddr),
    /// The list of voters lacks the node itself.
    #[error("node {0} is not among the voters; --voters names every node, the same list for each")]
    NoVoter(u32),
    /// No Java program was found.
    #[error(
        "no Java found ({program}: {source}); install Java 17 or newer (Debian: openjdk-17-jre-headless), or set JAVA_HOME"
    )]
    NoJava {
        /// The program that was tried.
        program: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The Java program that was found is too old, or gave no version.
    #[error(
        "Kafka needs Java 17 or newer, but {program} is {found}; install openjdk-17-jre-headless, or set JAVA_HOME"
    )]
    OldJava {
        /// The program that was tried.
        program: String,
        /// The version it gave.
        found: String,
    },
    /// The jars are not there.
    #[error("no Kafka jars in {}; run `make setup`, or name their directory with --libs", .0.display())]
    NoLibs(PathBuf),
    /// The data directory cannot be used.
    #[error("cannot use the data directory {}: {source}", path.display())]
    BadData {
        /// The file or directory that failed.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another broker runs on the data directory.
    #[error("the data directory {} is in use by another Kafka; stop it, or choose another with --data", .0.display())]
    DataInUse(PathBuf),
    /// A file of a certificate, a key or users cannot be used.
    #[error("{}: {reason}", path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it; nothing that stands in it.
        reason: String,
    },
    /// The storage knows other users.
    #[error(
        "the users of the data directory {} were made with it and are others now; give it the users it had, or another \
         directory",
        .0.display()
    )]
    OtherUsers(PathBuf),
    /// Another program listens on the address.
    #[error("cannot listen on {listen}: {source}; choose another port with --listen, or port 0 for any that is free")]
    PortTaken {
        /// The address that was asked for.
        listen: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The storage tool could not format the data directory.
    #[error("cannot format the Kafka storage in {}; see {}:\n{tail}", data.display(), data.join("java.log").display())]
    NotFormatted {
        /// The data directory.
        data: PathBuf,
        /// The tool's last lines.
        tail: String,
    },
    /// The broker ended or did not serve in time.
    #[error("Kafka did not start; its log is {}:\n{source}", log.display())]
    NotServing {
        /// Kafka's own log.
        log: PathBuf,
        /// What happened to the process.
        source: process::Error,
    },
    /// The broker's process is out of control.
    #[error(transparent)]
    Process(#[from] process::Error),
}

/// A running broker; dropping it kills it.
#[derive(Debug)]
pub struct Kafka {
    child: Child,
    address: SocketAddr,
}

impl Kafka {
    /// Starts a broker and returns once it serves; bounded by a minute or so.
    pub fn start(options: &Options) -> Result<Self, Error> {
        let listen = options.listen;
        if !listen.ip().is_loopback() {
            return Err(Error::NotLoopback(listen.ip()));
        }
        let guard = options.closed.guard()?;
        let java = Java::find(options.heap, &options.libs)?;
        let data = claim(&options.data)?;
        data.empty("tmp")?;
        let ports = choose_ports(listen, options.controller()?, &data.dir)?;
        let node = options.node(ports, &guard);
        let properties = |storage| config::properties(&node, storage);
        data.write("log4j2.properties", config::LOGGING)?;
        if !data.dir.join("log").exists() {
            format(&java, &data, &properties("log.new"), &node)?;
        }
        data.knows(&guard)?;
        for (name, text) in guard.files() {
            data.write(name, &text)?;
        }
        data.write("server.properties", &properties("log"))?;
        let command = java.command("kafka.Kafka", &data.dir, &["server.properties"]);
        let mut child = Child::spawn_holding(command, &data.java_log(), data.lock)?;
        let log = data.dir.join("kafka.log");
        // The broker's one line on standard output, by our logging configuration.
        let ready = format!("[KafkaRaftServer nodeId={}] Kafka Server started", node.id());
        child.wait_ready(&ready, START_TIMEOUT).map_err(|source| Error::NotServing { log, source })?;
        Ok(Self { child, address: SocketAddr::new(listen.ip(), ports.broker) })
    }

    /// Returns the address clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns how the broker ended, or `None` while it runs.
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>, Error> {
        Ok(self.child.try_wait()?)
    }

    /// Shuts the broker down; one that does not listen is killed after 20 seconds.
    pub fn stop(&mut self) -> Result<ExitStatus, Error> {
        Ok(self.child.stop(STOP_TIMEOUT)?)
    }
}

/// A data directory that is ours alone as long as `lock` is open somewhere.
struct Claim {
    dir: PathBuf,
    lock: File,
}

impl Claim {
    /// Writes a file that nobody else may read: several of them have keys or passwords.
    fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        let path = self.dir.join(name);
        let open = || File::options().create(true).write(true).truncate(true).mode(0o600).open(&path);
        open().and_then(|mut file| file.write_all(text.as_bytes())).map_err(|source| Error::BadData { path, source })
    }

    /// Looks whether the storage was formatted with these users.
    fn knows(&self, guard: &Guard) -> Result<(), Error> {
        // A directory of an earlier version was made without any.
        let made = fs::read_to_string(self.dir.join(USERS)).unwrap_or_else(|_| Guard::default().stamp());
        if made == guard.stamp() { Ok(()) } else { Err(Error::OtherUsers(self.dir.clone())) }
    }

    /// Makes an empty directory: a Java that was killed could not remove what it had unpacked.
    fn empty(&self, name: &str) -> Result<(), Error> {
        let path = self.dir.join(name);
        let removed = if path.exists() { fs::remove_dir_all(&path) } else { Ok(()) };
        removed.and_then(|()| fs::create_dir(&path)).map_err(|source| Error::BadData { path, source })
    }

    fn java_log(&self) -> PathBuf {
        self.dir.join("java.log")
    }
}

fn claim(data: &Path) -> Result<Claim, Error> {
    let bad = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::BadData { path, source }
    };
    fs::create_dir_all(data).map_err(bad(data))?;
    let dir = data.canonicalize().map_err(bad(data))?;
    let path = dir.join("lock");
    let lock = File::options().create(true).append(true).open(&path).map_err(bad(&path))?;
    let deadline = Instant::now() + LOCK_TIMEOUT;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(Claim { dir, lock }),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(Duration::from_millis(50)),
            Err(TryLockError::WouldBlock) => return Err(Error::DataInUse(dir)),
            Err(TryLockError::Error(source)) => return Err(Error::BadData { path, source }),
        }
    }
}

/// Chooses the ports: what was asked for, else what the last run used, else anything free.
fn choose_ports(listen: SocketAddr, controller: Option<SocketAddr>, dir: &Path) -> Result<Ports, Error> {
    let last = fs::read_to_string(dir.join("server.properties")).ok().and_then(|text| Ports::parse(&text));
    let taken = |source| Error::PortTaken { listen, source };
    let bind = |port: u16| TcpListener::bind((listen.ip(), port));
    let preferred = |port: Option<u16>| port.map_or_else(|| bind(0), |port| bind(port).or_else(|_| bind(0)));
    // Both stay bound until both are chosen, so they differ.
    let broker = match listen.port() {
        0 => preferred(last.map(|ports| ports.broker)),
        asked => bind(asked),
    };
    let broker = broker.map_err(taken)?;
    let controller = match controller {
        None => preferred(last.map(|ports| ports.controller)).map_err(taken)?,
        Some(listen) => TcpListener::bind(listen).map_err(|source| Error::PortTaken { listen, source })?,
    };
    let port = |listener: &TcpListener| listener.local_addr().map(|address| address.port()).map_err(taken);
    Ok(Ports { broker: port(&broker)?, controller: port(&controller)? })
}

/// Formats new storage; it gets its name only when it is complete, so a start that was cut short is simply repeated.
fn format(java: &Java, data: &Claim, properties: &str, node: &Node<'_>) -> Result<(), Error> {
    let quorum = node.quorum;
    let draft = data.dir.join("log.new");
    let bad = |source| Error::BadData { path: draft.clone(), source };
    if draft.exists() {
        fs::remove_dir_all(&draft).map_err(bad)?;
    }
    data.write("format.properties", properties)?;
    let cluster = quorum.map_or_else(config::new_cluster_id, |quorum| Ok(quorum.cluster.clone())).map_err(bad)?;
    let mut arguments = vec!["format", "-t", &cluster, "-c", "format.properties"];
    if quorum.is_none() {
        arguments.push("--standalone");
    }
    let scram = node.guard.scram();
    arguments.extend(scram.iter().map(String::as_str));
    let command = java.command("kafka.tools.StorageTool", &data.dir, &arguments);
    data.write("format.arguments", &java::argument_file(&command))?;
    let command = java.command_of_file("format.arguments", &data.dir);
    let mut tool = Child::spawn(command, &data.java_log())?;
    match tool.wait(START_TIMEOUT)? {
        Some(status) if status.success() => {}
        Some(_) | None => return Err(Error::NotFormatted { data: data.dir.clone(), tail: tool.log_tail() }),
    }
    data.write(USERS, &node.guard.stamp())?;
    fs::rename(&draft, data.dir.join("log")).map_err(bad)?;
    fs::remove_file(data.dir.join("format.arguments")).map_err(bad)?;
    fs::remove_file(data.dir.join("format.properties")).map_err(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loopback(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    #[test]
    fn the_ports_of_the_last_run_are_taken_again_when_they_are_free() {
        let dir = tempfile::tempdir().unwrap();
        let first = choose_ports(loopback(0), None, dir.path()).unwrap();
        assert_ne!(first.broker, first.controller);
        let node =
            Node { host: loopback(0).ip(), guard: &Guard::default(), ports: first, advertise: None, quorum: None };
        let properties = config::properties(&node, "log");
        fs::write(dir.path().join("server.properties"), properties).unwrap();
        assert_eq!(choose_ports(loopback(0), None, dir.path()).unwrap(), first);

        let _other = TcpListener::bind(loopback(first.broker)).unwrap();
        let second = choose_ports(loopback(0), None, dir.path()).unwrap();
        assert_ne!(second.broker, first.broker);
        assert_eq!(second.controller, first.controller);
        let refused = choose_ports(loopback(first.broker), None, dir.path()).unwrap_err().to_string();
        assert!(refused.contains(&first.broker.to_string()) && refused.contains("in use"), "{refused}");
    }

    #[test]
    fn a_claimed_directory_is_refused_until_every_holder_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let claimed = claim(dir.path()).unwrap();
        let held_by_a_child = claimed.lock.try_clone().unwrap();
        drop(claimed);
        assert!(matches!(claim(dir.path()), Err(Error::DataInUse(_))));
        drop(held_by_a_child);
        assert!(claim(dir.path()).is_ok());
    }
}

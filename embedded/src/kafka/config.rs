//! What Kafka is told: pure text from settings.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::guard::Guard;

/// How many copies Kafka keeps of its own topics where there are nodes enough.
const COPIES_MAX: usize = 3;
/// The smallest heap a broker is worth starting with, in MiB.
const HEAP_MIB_MIN: u32 = 128;

/// The most memory the Java heap may take, written `512m` or `2g`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heap {
    mib: u32,
}

impl FromStr for Heap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("a heap is written like 512m or 2g, and is at least {HEAP_MIB_MIN}m");
        let lower = text.to_ascii_lowercase();
        let (digits, unit) = match (lower.strip_suffix('m'), lower.strip_suffix('g')) {
            (Some(digits), _) => (digits, 1),
            (None, Some(digits)) => (digits, 1024),
            (None, None) => return Err(wrong()),
        };
        let mib = digits.parse::<u32>().ok().and_then(|count| count.checked_mul(unit));
        mib.filter(|mib| *mib >= HEAP_MIB_MIN).map(|mib| Self { mib }).ok_or_else(wrong)
    }
}

impl fmt::Display for Heap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}m", self.mib)
    }
}

/// A node that votes with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Voter {
    /// Its number.
    pub node: u32,
    /// Where its controller listens.
    pub controller: SocketAddr,
}

impl FromStr for Voter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let voter = text.split_once('@').and_then(|(node, controller)| {
            Some(Self { node: node.parse().ok()?, controller: controller.parse().ok()? })
        });
        voter.ok_or_else(|| "a voter is written like 1@127.0.0.1:9093".to_owned())
    }
}

/// A node's place in a cluster of several on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quorum {
    /// The node's own number.
    pub node: u32,
    /// All nodes, this one too; the same list for each.
    pub voters: Vec<Voter>,
    /// The cluster's id, the same for each.
    pub cluster: String,
}

/// What a node is told of itself and of others.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) host: IpAddr,
    pub(super) guard: &'a Guard,
    pub(super) ports: Ports,
    pub(super) advertise: Option<SocketAddr>,
    pub(super) quorum: Option<&'a Quorum>,
}

impl Node<'_> {
    /// Returns the node's number; one that is alone is the first.
    pub(super) fn id(&self) -> u32 {
        self.quorum.map_or(1, |quorum| quorum.node)
    }

    /// Says where the controllers are, how clients reach this node, and how many copies Kafka keeps of its own topics.
    fn place(&self) -> String {
        let mut lines = Vec::new();
        let copies = match self.quorum {
            None => {
                let controller = SocketAddr::new(self.host, self.ports.controller);
                lines.push(format!("controller.quorum.bootstrap.servers={controller}"));
                1
            }
            Some(quorum) => {
                let voters = quorum.voters.iter().map(|voter| format!("{}@{}", voter.node, voter.controller));
                lines.push(format!("controller.quorum.voters={}", voters.collect::<Vec<_>>().join(",")));
                quorum.voters.len().min(COPIES_MAX)
            }
        };
        if let Some(address) = self.advertise {
            lines.push(format!("advertised.listeners={}://{address}", self.guard.protocol()));
        }
        // One copy may be missing, unless it is the only one.
        let insync = copies.saturating_sub(1).max(1);
        lines.push(format!("min.insync.replicas={insync}"));
        for topic in ["offsets.topic", "transaction.state.log", "share.coordinator.state.topic"] {
            lines.push(format!("{topic}.replication.factor={copies}"));
        }
        for topic in ["transaction.state.log", "share.coordinator.state.topic"] {
            lines.push(format!("{topic}.min.isr={insync}"));
        }
        lines.join("\n")
    }
}

/// The two ports of one node: for clients, and for its own controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ports {
    pub(super) broker: u16,
    pub(super) controller: u16,
}

impl Ports {
    /// Reads the ports back from a `server.properties` of ours.
    pub(super) fn parse(properties: &str) -> Option<Self> {
        let listeners = properties.lines().find_map(|line| line.strip_prefix("listeners="))?;
        let (broker, controller) = listeners.split_once(',')?;
        let port = |listener: &str| listener.rsplit(':').next()?.parse().ok();
        Some(Self { broker: port(broker)?, controller: port(controller)? })
    }
}

/// Writes `server.properties` for storage in the folder `storage` of the data directory, which is the working directory.
pub(super) fn properties(node: &Node<'_>, storage: &str) -> String {
    let broker = SocketAddr::new(node.host, node.ports.broker);
    let controller = SocketAddr::new(node.host, node.ports.controller);
    let (id, place, protocol, guard) = (node.id(), node.place(), node.guard.protocol(), node.guard.properties());
    format!(
        "\
# Written by hearken-kafka at every start.
process.roles=broker,controller
node.id={id}
listeners={protocol}://{broker},CONTROLLER://{controller}
listener.security.protocol.map={protocol}:{protocol},CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={storage}
{place}
{guard}
# Topics are declared, never made by a typing error.
auto.create.topics.enable=false

# Nobody else will join the group in a moment; and a member may ask to be missed soon.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000

# After a kill -9 the node waits for its own former session to end before it serves again: 3 s instead of 9.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=1000

# Laptop size: few internal partitions, small segments and indexes, few threads. Committed offsets are kept for a
# year, so a machine that was off for some weeks goes on where it stopped.
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
offsets.retention.minutes=525600
log.retention.hours=168
log.segment.bytes=67108864
log.index.size.max.bytes=1048576
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=4
"
    )
}

/// The logging configuration: everything to `kafka.log`, and to standard output only the line that says the broker serves.
pub(super) const LOGGING: &str = "\
# Written by hearken-kafka at every start.
status=error
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName=kafka.log
appender.file.filePattern=kafka.log.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d{ISO8601} %p %m (%c)%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=10MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=2
appender.ready.type=Console
appender.ready.name=ready
appender.ready.layout.type=PatternLayout
appender.ready.layout.pattern=%m%n
rootLogger.level=info
rootLogger.appenderRef.file.ref=file
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=info
logger.server.appenderRef.ready.ref=ready
";

/// Draws a new cluster id: 16 random bytes in URL-safe base64, as Kafka writes its ids.
pub(super) fn new_cluster_id() -> io::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    // An id is an argument of the format tool; a first letter A keeps it from beginning with a dash.
    bytes[0] &= 0b11;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heap_is_a_number_of_megabytes_or_gigabytes() {
        for (text, expected) in [
            ("512m", Some("512m")),
            ("2g", Some("2048m")),
            ("1G", Some("1024m")),
            ("128M", Some("128m")),
            ("127m", None),
            ("0g", None),
            ("512", None),
            ("-1g", None),
            ("lots", None),
            ("4294967295g", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<Heap>().ok().map(|heap| heap.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_ports_are_read_back_from_the_properties_they_were_written_to() {
        let ports = Ports { broker: 9092, controller: 41_001 };
        for host in ["127.0.0.1", "::1"] {
            let advertise = Some("127.0.0.1:7".parse().unwrap());
            let node = Node { host: host.parse().unwrap(), guard: &Guard::default(), ports, advertise, quorum: None };
            let text = properties(&node, "log");
            assert_eq!(Ports::parse(&text), Some(ports), "{text}");
        }
        for torn in ["", "listeners=", "listeners=PLAINTEXT://127.0.0.1:9092", "listeners=a:1,b:port"] {
            assert_eq!(Ports::parse(torn), None, "{torn}");
        }
    }

    #[test]
    fn a_node_alone_keeps_one_copy_and_three_keep_three() {
        let ports = Ports { broker: 9092, controller: 9093 };
        let voters = ["1@127.0.0.1:9093", "2@127.0.0.1:9095", "3@127.0.0.1:9097"].map(|voter| voter.parse().unwrap());
        let quorum = Quorum { node: 2, voters: voters.into(), cluster: "A".to_owned() };
        let guard = Guard::default();
        let alone = Node { host: "127.0.0.1".parse().unwrap(), guard: &guard, ports, advertise: None, quorum: None };
        let among = Node { quorum: Some(&quorum), ..alone };
        let proxied = Node { advertise: Some("127.0.0.1:7".parse().unwrap()), ..alone };
        for (node, expected) in [
            (alone, ["node.id=1", "offsets.topic.replication.factor=1", "min.insync.replicas=1"]),
            (among, ["node.id=2", "offsets.topic.replication.factor=3", "min.insync.replicas=2"]),
            (
                among,
                [
                    "voters=1@127.0.0.1:9093,2@127.0.0.1:9095,3@",
                    "log.min.isr=2",
                    "listeners=PLAINTEXT://127.0.0.1:9092",
                ],
            ),
            (
                proxied,
                ["node.id=1", "\nadvertised.listeners=PLAINTEXT://127.0.0.1:7\n", "bootstrap.servers=127.0.0.1:9093"],
            ),
        ] {
            let text = properties(&node, "log");
            expected.iter().for_each(|line| assert!(text.contains(line), "{line} in {text}"));
        }
        assert!(!properties(&alone, "log").contains("advertised"));
        assert!("2@here".parse::<Voter>().is_err());
    }

    #[test]
    fn a_cluster_id_has_the_shape_kafka_wants_and_is_new_each_time() {
        let ids = [new_cluster_id().unwrap(), new_cluster_id().unwrap()];
        assert_ne!(ids[0], ids[1]);
        for id in ids {
            assert_eq!(id.len(), 22, "{id}");
            assert!(id.starts_with('A'), "{id}");
        }
    }
}

//! How a rig is built.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use hearken_runtime::kafka::Connection;
use hearken_schemas::tables::OBJECTS;
use hearken_schemas::topics;
use tempfile::TempDir;

use super::{Engine, Environment, Member, Rig, lock};
use crate::cluster::{ALERT, Endpoints, SERVICES, engine};
use crate::part::Part;
use crate::program::{command, free_address};
use crate::proxy::http::Http;
use crate::proxy::wire::Wire;
use crate::recorder::Recorder;

/// How often the supervisor looks.
const LOOK: Duration = Duration::from_millis(50);
/// A cluster's id for tests; any 16 bytes.
const CLUSTER_ID: &str = "AAAAAAAAAAAAAAAAAAAAAQ";

/// What every service is told unless a test says otherwise: small batches, short patience.
const DEFAULTS: [(&str, &str); 2] =
    [("HEARKEN_KAFKA__SESSION_TIMEOUT_MS", SESSION_TIMEOUT_MS), ("HEARKEN_KAFKA__COMMIT_INTERVAL_MS", "100")];
/// What the sink is told.
const SINK: [(&str, &str); 3] = [
    ("HEARKEN_SINK__AGE_MS_MAX", "200"),
    ("HEARKEN_SINK__ROWS_MAX", "500"),
    ("HEARKEN_CLICKHOUSE__REQUEST_TIMEOUT_S", "3"),
];
/// What the alert service is told.
const ALERTS: [(&str, &str); 2] = [
    ("HEARKEN_ALERT__LISTEN", "127.0.0.1:0"),
    ("HEARKEN_ALERT__LINK_SECRET", "a secret of the tests, long enough for a key"),
];
/// How long the services may take to catch up when all is over.
const WAIT_S: u32 = 200;
/// A member that is silent for this long is taken for dead: short, and yet longer than a busy machine makes it wait.
const SESSION_TIMEOUT_MS: &str = "3000";

/// What a rig is made of.
#[derive(Debug, Clone)]
pub struct Setup {
    brokers: u32,
    members: BTreeMap<&'static str, usize>,
    environment: BTreeMap<&'static str, Environment>,
    is_static: bool,
    pub(super) wait_s: u32,
}

impl Default for Setup {
    fn default() -> Self {
        Self { brokers: 1, members: BTreeMap::new(), environment: BTreeMap::new(), is_static: true, wait_s: WAIT_S }
    }
}

impl Setup {
    /// One broker, one ClickHouse, one of each service, with static membership.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts this many brokers; with several there is no proxy in front of them.
    #[must_use]
    pub fn brokers(mut self, count: u32) -> Self {
        self.brokers = count;
        self
    }

    /// Starts this many members of a service.
    #[must_use]
    pub fn members(mut self, program: &'static str, count: usize) -> Self {
        self.members.insert(program, count);
        self
    }

    /// Lets members join their groups without names of their own.
    #[must_use]
    pub fn dynamic(mut self) -> Self {
        self.is_static = false;
        self
    }

    /// Sets a variable of every member of a service.
    #[must_use]
    pub fn set(mut self, program: &'static str, name: &str, value: &str) -> Self {
        self.environment.entry(program).or_default().insert(name.to_owned(), value.to_owned());
        self
    }

    /// Lets the services have this long to catch up when all is over.
    #[must_use]
    pub fn wait_s(mut self, seconds: u32) -> Self {
        self.wait_s = seconds;
        self
    }

    /// Switches a deliberate defect of the sink on, for as long as the rig lives.
    #[must_use]
    pub fn defect(self, switch: &str) -> Self {
        self.set("hearken-sink", "FAILPOINTS", &format!("{switch}=return"))
    }

    /// Returns what the `nth` member of a service is told.
    pub(super) fn environment(&self, program: &'static str, nth: usize) -> Environment {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let mut environment: Environment = DEFAULTS.into_iter().map(own).collect();
        if program == "hearken-sink" {
            environment.extend(SINK.into_iter().map(own));
        }
        if program == ALERT {
            environment.extend(ALERTS.into_iter().map(own));
        }
        let instance = if self.is_static { format!("{program}-{nth}") } else { String::new() };
        environment.insert("HEARKEN_KAFKA__INSTANCE_ID".to_owned(), instance);
        environment.extend(self.environment.get(program).cloned().unwrap_or_default());
        environment
    }

    /// Starts everything and waits until it is ready.
    ///
    /// # Panics
    /// Where anything does not start.
    pub fn start(self) -> Rig {
        let directory = TempDir::new().expect("a temporary directory");
        let path = directory.path();
        let (wire, http) = (Wire::open(), Http::open());
        let (kafka, clickhouse) = thread::scope(|scope| {
            let clickhouse = scope.spawn(|| engine("hearken-clickhouse", path));
            (self.kafka(path, &wire), clickhouse.join().expect("ClickHouse starts"))
        });
        http.lead_to(clickhouse.address().parse().expect("an address"));
        let brokers = match kafka.as_slice() {
            [one] => {
                wire.lead_to(one.address().parse().expect("an address"));
                wire.address().to_string()
            }
            several => several.iter().map(Part::address).collect::<Vec<_>>().join(","),
        };
        let endpoints = Endpoints { brokers: brokers.clone(), clickhouse: format!("http://{}", http.address()) };
        let copies = kafka.len().to_string();
        let create = &["topics", "create", "--replication", &copies][..];
        for (arguments, count) in [(create, topics::all().len()), (&["migrate"], OBJECTS.len())] {
            let finished = endpoints.hearken(arguments);
            let made = finished.out.starts_with(&format!("{count} created: "));
            assert!(made && finished.code == Some(0), "{arguments:?}: {finished:?}");
        }
        let (kafka, clickhouse) = (kafka.into_iter().map(Engine::new).collect(), Engine::new(clickhouse));
        let channels = Recorder::new(&Connection::plain(&brokers), &path.join("ledger.jsonl"));
        let (members, supervised) = (Arc::default(), Arc::new(AtomicBool::new(true)));
        let over = Arc::new(AtomicBool::new(false));
        let supervisor = supervisor(&members, &over);
        let counts = self.members.clone();
        let (setup, supervisor) = (self, Some(supervisor));
        let rig = Rig {
            wire,
            http,
            kafka,
            clickhouse,
            channels,
            members,
            supervised,
            over,
            supervisor,
            setup,
            endpoints,
            directory,
        };
        for program in SERVICES {
            (0..counts.get(program).copied().unwrap_or(1)).for_each(|_| _ = rig.add(program));
        }
        // Beside the path of a record, and only where a test asks for it.
        (0..counts.get(ALERT).copied().unwrap_or(0)).for_each(|_| _ = rig.add(ALERT));
        rig.wait_ready();
        rig
    }

    fn kafka(&self, directory: &Path, wire: &Wire) -> Vec<Part> {
        if self.brokers == 1 {
            return vec![broker(directory, 1, vec!["--advertise".to_owned(), wire.address().to_string()])];
        }
        let voters: Vec<String> = (1..=self.brokers).map(|node| format!("{node}@{}", free_address())).collect();
        let flags = |node: u32| {
            let (node, voters) = (node.to_string(), voters.join(","));
            ["--node", &node, "--voters", &voters, "--cluster-id", CLUSTER_ID].map(str::to_owned).to_vec()
        };
        // A node serves only once most of them are there.
        thread::scope(|scope| {
            let starting: Vec<_> =
                (1..=self.brokers).map(|node| scope.spawn(move || broker(directory, node, flags(node)))).collect();
            starting.into_iter().map(|broker| broker.join().expect("a broker starts")).collect()
        })
    }
}

fn broker(directory: &Path, node: u32, flags: Vec<String>) -> Part {
    let data = directory.join(format!("kafka-{node}"));
    Part::start("hearken-kafka", directory.join(format!("kafka-{node}.log")), move |address| {
        let mut broker = command("hearken-kafka");
        broker.arg("--listen").arg(address.unwrap_or("127.0.0.1:0")).arg("--data").arg(&data).args(&flags);
        broker
    })
}

/// Looks after every member until all is over.
fn supervisor(members: &Arc<Mutex<Vec<Member>>>, over: &Arc<AtomicBool>) -> thread::JoinHandle<()> {
    let (members, over) = (Arc::clone(members), Arc::clone(over));
    thread::spawn(move || {
        while !over.load(Relaxed) {
            let all = lock(&members).clone();
            all.iter().for_each(Member::supervise);
            thread::sleep(LOOK);
        }
    })
}

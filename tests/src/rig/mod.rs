//! A cluster made to fail: proxies between its parts, several members of a service, a supervisor, and a proof at the end.
//!
//! Layout: `member` is one process of a service, `setup` builds the rig, `proof` is what must hold when every fault is over.

mod engines;
mod member;
mod proof;
mod setup;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use hearken_audit::query;
use hearken_runtime::kafka::Connection;
use tempfile::TempDir;

pub use engines::Engine;
pub use member::{Ended, Environment, Member};
pub use proof::Proof;
pub use setup::Setup;

use crate::channels::{Channels, Fate, Raw};
use crate::cluster::Endpoints;
use crate::part::get;
use crate::program::{Finished, POLL};
use crate::proxy::http::Http;
use crate::proxy::wire::Wire;
use crate::recorder::Recorder;

/// How long a service may take to be ready, or the pipeline to come to an answer.
const PATIENT: Duration = Duration::from_secs(120);

/// Everything that runs, and everything that can be done to it. Dropped, it ends and is removed, after a failure too.
pub struct Rig {
    /// Between every client and Kafka; leads nowhere where there are several brokers.
    pub wire: Wire,
    /// Between the sink and ClickHouse.
    pub http: Http,
    /// The brokers; one unless there are three.
    pub kafka: Vec<Engine>,
    /// ClickHouse.
    pub clickhouse: Engine,
    /// The channels' only way in.
    pub channels: Recorder,
    members: Arc<Mutex<Vec<Member>>>,
    supervised: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
    supervisor: Option<JoinHandle<()>>,
    setup: Setup,
    endpoints: Endpoints,
    directory: TempDir,
}

impl Rig {
    /// Returns the first member of a service.
    ///
    /// # Panics
    /// Where there is none.
    pub fn member(&self, program: &str) -> Member {
        self.members(program).into_iter().next().unwrap_or_else(|| panic!("no {program} here"))
    }

    /// Returns the first member of the sink.
    pub fn sink(&self) -> Member {
        self.member("hearken-sink")
    }

    /// Returns the members of a service, in the order they were started.
    pub fn members(&self, program: &str) -> Vec<Member> {
        self.all_members().into_iter().filter(|member| member.program == program).collect()
    }

    /// Returns every member of every service.
    pub fn all_members(&self) -> Vec<Member> {
        lock(&self.members).clone()
    }

    /// Starts one more member of a service.
    pub fn add(&self, program: &'static str) -> Member {
        let nth = self.members(program).len();
        let environment = self.setup.environment(program, nth);
        let log = self.directory.path().join(format!("{program}-{nth}.log"));
        let member = Member::start(program, &log, &self.endpoints, environment, &self.supervised);
        lock(&self.members).push(member.clone());
        member
    }

    /// Leaves services that end by themselves where they are from now on, or starts them again.
    pub fn supervise(&self, supervised: bool) {
        self.supervised.store(supervised, Relaxed);
    }

    /// Sends `count` records at `rate` a second and returns how many must end how.
    pub fn feed(&self, source: &mut Channels, count: usize, rate: f64) -> BTreeMap<String, u64> {
        let (started, mut sent, mut fates) = (Instant::now(), 0, BTreeMap::new());
        while sent < count {
            let due = ((started.elapsed().as_secs_f64() * rate) as usize).min(count);
            while sent < due {
                let raw = source.next().expect("channels never end");
                self.send(&raw);
                *fates.entry(fate_name(raw.fate)).or_default() += 1;
                sent += 1;
            }
            thread::sleep(Duration::from_millis(5));
        }
        fates
    }

    /// Sends one record.
    pub fn send(&self, raw: &Raw) {
        self.channels.send(&raw.message, &raw.id);
    }

    /// Ends every fault: proxies pass, what is frozen goes on, what is down is started.
    pub fn heal(&self) {
        self.wire.heal();
        self.http.heal();
        for engine in self.kafka.iter().chain([&self.clickhouse]) {
            engine.revive();
        }
        for member in self.all_members() {
            member.thaw();
            if self.supervised.load(Relaxed) {
                member.restart();
            }
        }
    }

    /// Waits until every member that runs has partitions, however often it must be started again for that.
    ///
    /// # Panics
    /// Where one has none in time.
    pub fn wait_ready(&self) {
        let deadline = Instant::now() + PATIENT;
        for member in self.all_members() {
            let ready = || get(&member.address(), "/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.1 200"));
            while member.is_up() && !ready() {
                assert!(Instant::now() < deadline, "{} is not ready:\n{}", member.program, tail(&member.log()));
                thread::sleep(POLL);
            }
        }
    }

    /// Runs one statement, past the proxy, and returns the answer without the line end.
    ///
    /// # Panics
    /// Where ClickHouse refuses it.
    pub fn sql(&self, statement: &str) -> String {
        let answer = query(&self.url(), statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        answer.trim_end().to_owned()
    }

    /// Asks again and again until the answer satisfies; returns it.
    ///
    /// # Panics
    /// Where it does not within two minutes.
    pub fn wait_until(&self, statement: &str, enough: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENT;
        loop {
            // ClickHouse may be down: that is one of the faults.
            let answer = query(&self.url(), statement).map(|answer| answer.trim_end().to_owned());
            match answer {
                Ok(answer) if enough(&answer) => return answer,
                Ok(_) | Err(_) => {}
            }
            assert!(Instant::now() < deadline, "{statement}\nfound {answer:?}");
            thread::sleep(POLL);
        }
    }

    /// Returns where ClickHouse is, past the proxy.
    pub fn url(&self) -> String {
        format!("http://{}", self.clickhouse.address())
    }

    /// Returns where Kafka is.
    pub fn brokers(&self) -> &str {
        &self.endpoints.brokers
    }

    /// Returns how to reach Kafka.
    pub fn kafka(&self) -> Connection {
        Connection::plain(self.brokers())
    }

    /// Runs the command line, past the proxy in front of ClickHouse.
    pub fn hearken(&self, arguments: &[&str]) -> Finished {
        Endpoints { brokers: self.endpoints.brokers.clone(), clickhouse: self.url() }.hearken(arguments)
    }

    /// Returns the directory of everything the rig keeps.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
        if let Some(supervisor) = self.supervisor.take() {
            let _ = supervisor.join();
        }
        self.http.heal();
        self.all_members().iter().for_each(Member::end);
        // The engines' last processes must be gone before their files go.
        self.clickhouse.end();
        self.kafka.iter().for_each(Engine::end);
    }
}

/// Returns the name of a fate as the tables tell it.
pub fn fate_name(fate: Fate) -> String {
    match fate {
        Fate::Row => "row".to_owned(),
        Fate::DeadLetter(reason) => format!("dead letter: {reason}"),
        Fate::Outcome(kind) => kind.to_owned(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tail(log: &str) -> &str {
    let from = log.len().saturating_sub(2_000);
    let from = (from..log.len()).find(|&at| log.is_char_boundary(at)).unwrap_or(0);
    &log[from..]
}

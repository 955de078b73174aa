//! A member of a group that writes down what it reads.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Result;
use hearken_runtime::config::Reader as Config;
use hearken_runtime::health::Health;
use hearken_runtime::kafka::KafkaSettings;
use hearken_runtime::kafka::consumer::{Assigned, Work, consume};
use hearken_runtime::metrics::Metrics;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long anything may take on a machine that does much else.
pub(crate) const PATIENT: Duration = Duration::from_secs(90);

/// One record as a member read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) member: &'static str,
    /// The number of the assignment, within the member.
    pub(crate) life: u64,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
}

/// What all members of a test read, in order.
pub(crate) type Log = Arc<Mutex<Vec<Read>>>;

/// A member in this process.
pub(crate) struct Member {
    pub(crate) metrics: Arc<Metrics>,
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<()>>,
}

impl Member {
    pub(crate) fn start(settings: KafkaSettings, topic: &'static str, work: Arc<dyn Work>) -> Self {
        let metrics = Arc::new(Metrics::new("test").unwrap());
        let health = Arc::new(Health::new(Arc::clone(&metrics)));
        let (stop, shutdown) = watch::channel(false);
        let task = tokio::spawn(async move { consume(&settings, &[topic], work, health, shutdown).await });
        Self { metrics, stop, task }
    }

    pub(crate) fn owns(&self) -> i64 {
        self.metrics.partitions.get()
    }

    /// Asks it to end and returns how it did.
    pub(crate) async fn stop(self) -> Result<()> {
        let _ = self.stop.send(true);
        self.ended().await
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(mut self) -> Result<()> {
        tokio::time::timeout(PATIENT, &mut self.task).await.expect("it ends in time").unwrap()
    }

    /// Waits without a bound, in a process that somebody else ends.
    pub(crate) async fn ended_whenever(mut self) -> Result<()> {
        (&mut self.task).await.unwrap()
    }

    /// Returns a metric's value; of all its labels together.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let text = String::from_utf8(self.metrics.text().unwrap()).unwrap();
        let lines = text.lines().filter(|line| line.starts_with(&format!("{name}{{")));
        lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()).sum()
    }
}

/// A test that fails ends its members; their poll threads would keep it waiting for ever.
impl Drop for Member {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

/// Settings of a group of the tests: short time-outs, and what `more` says.
pub(crate) fn settings(brokers: &str, group: &str, more: &str) -> KafkaSettings {
    let text = format!("[kafka]\nbrokers = \"{brokers}\"\ngroup = \"{group}\"\nsession_timeout_ms = 2000\n{more}");
    let mut reader = Config::from_text(&text);
    let settings = KafkaSettings::read(&mut reader, "test");
    reader.finish().unwrap();
    settings
}

/// Reads, writes down, and commits after every few records and at the end.
pub(crate) struct Diligent {
    member: &'static str,
    log: Log,
    lives: AtomicU64,
    /// A partition that is read only once this turns true.
    gate: Option<(i32, watch::Receiver<bool>)>,
}

impl Diligent {
    pub(crate) fn new(member: &'static str, log: &Log) -> Self {
        Self { member, log: Arc::clone(log), lives: AtomicU64::new(0), gate: None }
    }

    pub(crate) fn behind(self, partition: i32, gate: watch::Receiver<bool>) -> Self {
        Self { gate: Some((partition, gate)), ..self }
    }
}

impl Work for Diligent {
    fn run(&self, mut assigned: Assigned) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> {
        let (member, partition) = (self.member, assigned.partition);
        let (life, log) = (self.lives.fetch_add(1, Ordering::Relaxed), Arc::clone(&self.log));
        let gate = self.gate.clone().filter(|(gated, _)| *gated == partition);
        Box::pin(async move {
            if let Some((_, mut gate)) = gate {
                gate.wait_for(|open| *open).await?;
            }
            let mut open = None;
            while let Some(record) = assigned.records.recv().await {
                log.lock().unwrap().push(Read { member, life, partition, offset: record.offset });
                open = Some(record.offset + 1);
                if record.offset % 5 == 0 {
                    assigned.committer.commit(record.offset + 1, String::new()).await?;
                    open = None;
                }
            }
            match open {
                Some(next) => assigned.committer.commit(next, String::new()).await,
                None => Ok(()),
            }
        })
    }
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENT;
    while !so() {
        assert!(Instant::now() < deadline, "not within {PATIENT:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Returns what was read, each coordinate once.
pub(crate) fn coordinates(log: &Log) -> BTreeSet<(i32, i64)> {
    log.lock().unwrap().iter().map(|read| (read.partition, read.offset)).collect()
}

/// Within one assignment offsets rise.
pub(crate) fn assert_rising(log: &Log) {
    let mut last = std::collections::BTreeMap::new();
    for read in log.lock().unwrap().iter() {
        let before = last.insert((read.member, read.life, read.partition), read.offset);
        assert!(before.is_none_or(|before| before < read.offset), "{before:?} before {read:?}");
    }
}

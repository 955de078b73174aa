//! The watches of all partitions as metrics.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use prometheus::{Gauge, IntCounter, IntCounterVec, Opts, Registry};

use crate::watch::{Sentinel, Watch};

/// Counts what the watches find, and shows their greatest ages.
pub struct Sentinels {
    found: IntCounterVec,
    checks: IntCounter,
    oldest_open: Gauge,
    unconfirmed: Gauge,
    started: Instant,
    watches: Mutex<Vec<Weak<Watched>>>,
}

/// The watch of one assignment, shared by who hands records over and who commits.
pub(crate) struct Watched {
    watch: Mutex<Watch>,
    found: IntCounterVec,
    checks: IntCounter,
    started: Instant,
    name: String,
}

impl Sentinels {
    /// Registers the metrics; every kind is shown as 0 from the start.
    ///
    /// # Errors
    /// Where a name is registered twice.
    pub(crate) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let found = Opts::new("sentinels_total", "Offsets that were used as they must never be, by kind; stays 0");
        let sentinels = Self {
            found: IntCounterVec::new(found, &["kind"])?,
            checks: IntCounter::new("sentinel_checks_total", "Records and commits the sentinels looked at")?,
            oldest_open: Gauge::new("oldest_open_seconds", "Age of the oldest record no commit covers yet")?,
            unconfirmed: Gauge::new("commit_unconfirmed_seconds", "How long a commit has been without its answer")?,
            started: Instant::now(),
            watches: Mutex::default(),
        };
        for kind in Sentinel::ALL {
            sentinels.found.with_label_values(&[kind.as_str()]);
        }
        registry.register(Box::new(sentinels.found.clone()))?;
        registry.register(Box::new(sentinels.checks.clone()))?;
        registry.register(Box::new(sentinels.oldest_open.clone()))?;
        registry.register(Box::new(sentinels.unconfirmed.clone()))?;
        Ok(sentinels)
    }

    /// Starts to watch an assignment, named for the log, that begins at the committed offset.
    pub(crate) fn watch(&self, name: String, committed: Option<i64>) -> Arc<Watched> {
        let watched = Arc::new(Watched {
            watch: Mutex::new(Watch::new(committed)),
            found: self.found.clone(),
            checks: self.checks.clone(),
            started: self.started,
            name,
        });
        let mut watches = lock(&self.watches);
        watches.retain(|watch| watch.strong_count() > 0);
        watches.push(Arc::downgrade(&watched));
        watched
    }

    /// Sets the ages to the greatest ones of now.
    pub(crate) fn refresh(&self) {
        let now_ms = now_ms(self.started);
        let (mut open_ms, mut unconfirmed_ms) = (0, 0);
        for watched in lock(&self.watches).iter().filter_map(Weak::upgrade) {
            let watch = lock(&watched.watch);
            open_ms = open_ms.max(watch.oldest_open_ms(now_ms));
            unconfirmed_ms = unconfirmed_ms.max(watch.unconfirmed_ms(now_ms));
        }
        self.oldest_open.set(open_ms as f64 / 1_000.0);
        self.unconfirmed.set(unconfirmed_ms as f64 / 1_000.0);
    }
}

impl Watched {
    pub(crate) fn next(&self) -> Option<i64> {
        lock(&self.watch).next()
    }

    pub(crate) fn handed_over(&self, offset: i64) {
        let found = lock(&self.watch).handed_over(offset, now_ms(self.started));
        self.note(found, offset);
    }

    pub(crate) fn asked(&self, offset: i64) {
        let found = lock(&self.watch).asked(offset, now_ms(self.started));
        self.note(found, offset);
    }

    pub(crate) fn answered(&self, offset: i64, taken: bool) {
        lock(&self.watch).answered(offset, taken);
    }

    pub(crate) fn close(&self) {
        lock(&self.watch).close();
    }

    fn note(&self, found: Option<Sentinel>, offset: i64) {
        self.checks.inc();
        let Some(kind) = found else { return };
        self.found.with_label_values(&[kind.as_str()]).inc();
        tracing::error!(kind = kind.as_str(), offset, at = self.name, "sentinel");
    }
}

fn now_ms(started: Instant) -> u64 {
    started.elapsed().as_millis() as u64
}

/// A watch is whole between two calls whoever panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

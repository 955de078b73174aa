//! Every metric of the services, its name spelled once.

use std::time::{SystemTime, UNIX_EPOCH};

use prometheus::{
    Encoder, Gauge, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

use crate::sentinels::Sentinels;

/// The metrics all services share, and the registry a service adds its own to.
pub struct Metrics {
    /// What `/metrics` shows.
    pub registry: Registry,
    /// Records by outcome: `emit`, `reject` (a conflict too), `erased`, and the sink's `row`, `newer`, `repeat`, `stale`,
    /// `redelivered`.
    pub records: IntCounterVec,
    /// Dead letters by reason code.
    pub dead_letters: IntCounterVec,
    /// Offset commits that the coordinator took.
    pub commits: IntCounter,
    /// Partitions owned.
    pub partitions: IntGauge,
    /// Records on the partitions owned that no commit covers.
    pub lag: IntGauge,
    /// From a record's Kafka timestamp to its outcome in this service.
    pub age_seconds: Histogram,
    /// What must never happen to offsets, and how long commits take.
    pub sentinels: Sentinels,
}

impl Metrics {
    /// Builds the registry; every metric carries the label `service`.
    ///
    /// # Errors
    /// Where a name is registered twice.
    pub fn new(service: &str) -> Result<Self, prometheus::Error> {
        let labels = std::iter::once(("service".to_owned(), service.to_owned())).collect();
        let registry = Registry::new_custom(Some("hearken".to_owned()), Some(labels))?;
        let by_outcome = Opts::new("records_total", "Records that got their outcome here, by outcome");
        let by_reason = Opts::new("dead_letters_total", "Dead letters written here, by reason code");
        let age = HistogramOpts::new("age_seconds", "From a record's Kafka timestamp to its outcome here")
            .buckets(vec![0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0]);
        let metrics = Self {
            records: IntCounterVec::new(by_outcome, &["outcome"])?,
            dead_letters: IntCounterVec::new(by_reason, &["reason"])?,
            commits: IntCounter::new("commits_total", "Offset commits the coordinator took")?,
            partitions: IntGauge::new("partitions", "Partitions owned")?,
            lag: IntGauge::new("lag_records", "Records on the partitions owned that no commit covers yet")?,
            age_seconds: Histogram::with_opts(age)?,
            sentinels: Sentinels::new(&registry)?,
            registry,
        };
        // A counter that begins with its first event hides that event from every rate.
        metrics.records.with_label_values(&["reject"]);
        let started = Gauge::new("start_time_seconds", "When the process started, in seconds since 1970")?;
        started.set(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
        metrics.registry.register(Box::new(started))?;
        let build = IntGaugeVec::new(Opts::new("build_info", "1; the label says the release that runs"), &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        metrics.registry.register(Box::new(build))?;
        metrics.registry.register(Box::new(metrics.lag.clone()))?;
        metrics.registry.register(Box::new(metrics.records.clone()))?;
        metrics.registry.register(Box::new(metrics.dead_letters.clone()))?;
        metrics.registry.register(Box::new(metrics.commits.clone()))?;
        metrics.registry.register(Box::new(metrics.partitions.clone()))?;
        metrics.registry.register(Box::new(metrics.age_seconds.clone()))?;
        Ok(metrics)
    }

    /// Returns all metrics in Prometheus' text format.
    ///
    /// # Errors
    /// Where a metric cannot be encoded.
    pub fn text(&self) -> Result<Vec<u8>, prometheus::Error> {
        self.sentinels.refresh();
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

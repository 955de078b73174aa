//! How deliveries fare.

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry};

/// The metrics of deliveries.
pub struct DeliveryMetrics {
    /// Attempts, and what else became of messages, by channel and outcome.
    pub(super) deliveries: IntCounterVec,
    /// How long a receiver took, by channel.
    pub(super) seconds: HistogramVec,
    /// Messages that wait or are on their way.
    pub(super) pending: IntGauge,
}

impl DeliveryMetrics {
    /// Adds them to a service's registry.
    ///
    /// # Errors
    /// Where a name is registered twice.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let by_outcome = Opts::new("deliveries_total", "What became of messages: delivered, failed, given_up, folded");
        let seconds = HistogramOpts::new("delivery_seconds", "How long a receiver took to answer")
            .buckets(vec![0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]);
        let metrics = Self {
            deliveries: IntCounterVec::new(by_outcome, &["channel", "outcome"])?,
            seconds: HistogramVec::new(seconds, &["channel"])?,
            pending: IntGauge::new("messages_pending", "Messages that wait for their turn or for an answer")?,
        };
        registry.register(Box::new(metrics.deliveries.clone()))?;
        registry.register(Box::new(metrics.seconds.clone()))?;
        registry.register(Box::new(metrics.pending.clone()))?;
        Ok(metrics)
    }

    /// Begins a channel's counters at 0: one that begins with its first event hides that event from every rate.
    pub(super) fn begin(&self, channel: &str) {
        for outcome in ["delivered", "failed", "given_up", "folded"] {
            self.deliveries.with_label_values(&[channel, outcome]);
        }
    }
}

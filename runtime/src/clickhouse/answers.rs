//! What ClickHouse's answers look like from outside: the metrics of its requests.

use prometheus::{IntCounter, IntGauge, Registry};

/// Counts requests that are made again, and shows whether the last one was answered.
#[derive(Clone)]
pub(super) struct Answers {
    again: IntCounter,
    up: IntGauge,
}

impl Default for Answers {
    fn default() -> Self {
        let again =
            IntCounter::new("clickhouse_retries_total", "Requests to ClickHouse that failed and were made again");
        let up =
            IntGauge::new("clickhouse_up", "1 where ClickHouse took the last request, 0 where it has to be repeated");
        Self { again: again.expect("a name of letters"), up: up.expect("a name of letters") }
    }
}

impl Answers {
    /// Shows them among a service's metrics.
    pub(super) fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(self.again.clone()))?;
        registry.register(Box::new(self.up.clone()))
    }

    pub(super) fn good(&self) {
        self.up.set(1);
    }

    pub(super) fn again(&self) {
        self.again.inc();
        self.up.set(0);
    }
}

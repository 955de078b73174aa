//! The sink as a service.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use hearken_runtime::clickhouse::ClickHouseSettings;
use hearken_runtime::config::Reader;
use hearken_runtime::kafka::consumer::Work;
use hearken_runtime::kafka::erasures::Follower;
use hearken_runtime::service::{Service, Shell};
use hearken_schemas::topics;

use crate::batch::Bounds;
use crate::clickhouse::{ClickHouse, shards};
use crate::intent::PENDING_MAX;
use crate::worker::{Limits, SinkWork};

/// The service `hearken-sink`.
pub struct Sink;

/// Its own settings.
pub struct Settings {
    clickhouse: ClickHouseSettings,
    /// The shards, each with its replicas; none where the one server is all.
    shards: Vec<Vec<String>>,
    limits: Limits,
}

impl Service for Sink {
    const NAME: &'static str = "sink";
    const INPUTS: &'static [&'static str] = &[topics::ENRICHED, topics::OPERATIONS, topics::DEAD_LETTERS];
    const OUTPUTS: &'static [&'static str] = &[topics::DEAD_LETTERS];
    type Settings = Settings;

    fn settings(reader: &mut Reader) -> Settings {
        Settings {
            clickhouse: ClickHouseSettings::read(reader),
            shards: shards(reader),
            limits: Limits {
                bounds: Bounds {
                    rows_max: reader.number("sink.rows_max", 20_000, 1..=1_000_000) as usize,
                    bytes_max: reader.number("sink.bytes_max", 16 << 20, 1 << 20..=128 << 20) as usize,
                    age_ms_max: reader.number("sink.age_ms_max", 1_000, 10..=60_000),
                },
                inflight_max: reader.number("sink.inflight_max", 2, 1..=PENDING_MAX as u64) as usize,
                filter_bytes_max: reader.number("sink.filter_bytes_max", 64 << 20, 1 << 20..=4 << 30) as usize,
            },
        }
    }

    async fn start(settings: Settings, shell: Shell) -> Result<Arc<dyn Work>> {
        let clickhouse = ClickHouse::connect(&settings.clickhouse, &settings.shards);
        clickhouse.show(&shell.metrics.registry)?;
        clickhouse.ready(Duration::from_secs(settings.clickhouse.wait_s)).await?;
        let erasures = Follower::start(&shell.kafka).await?;
        Ok(Arc::new(SinkWork {
            clickhouse,
            producer: shell.producer,
            metrics: shell.metrics,
            group: shell.kafka.group,
            limits: settings.limits,
            reject: shell.reject,
            erasures,
        }))
    }
}

//! Where Kafka and ClickHouse are, and what it takes to be let in.

use anyhow::{Context, Result};
use clap::Args;
use hearken_runtime::clickhouse::ClickHouseSettings;
use hearken_runtime::config::{Reader, Secret};
use hearken_runtime::kafka::{Connection, Security};
use hearken_runtime::tls::Trust;
use hearken_schemas::tables::DATABASE;
use hearken_sink::clickhouse::shards;

/// Where Kafka and ClickHouse are; what protects the way is read from the services' variables, such as HEARKEN_KAFKA__SECURITY.
#[derive(Args, Clone, Debug)]
pub(crate) struct Endpoints {
    /// Kafka's brokers, host:port, comma-separated
    #[arg(long, env = "HEARKEN_KAFKA__BROKERS", default_value = "127.0.0.1:9092")]
    pub(crate) brokers: String,
    /// ClickHouse's HTTP interface
    #[arg(long, env = "HEARKEN_CLICKHOUSE__URL", default_value = "http://127.0.0.1:8123")]
    pub(crate) clickhouse: String,
    /// ClickHouse's user
    #[arg(long, env = "HEARKEN_CLICKHOUSE__USER", default_value = "default")]
    pub(crate) user: String,
    /// ClickHouse's password, which everybody on the machine can see here; HEARKEN_CLICKHOUSE__PASSWORD and the file that
    /// HEARKEN_CLICKHOUSE__PASSWORD_FILE names are not seen
    #[arg(long)]
    password: Option<Secret>,
    /// Whether they are engines that this program started, whatever the variables say of others.
    #[arg(skip)]
    own: bool,
}

impl Endpoints {
    /// Returns where engines answer that this program started.
    pub(crate) fn own(brokers: String, clickhouse: String) -> Self {
        Self { brokers, clickhouse, user: "default".to_owned(), password: None, own: true }
    }

    /// Returns how to reach Kafka.
    ///
    /// # Errors
    /// Everything that is wrong with the variables about it.
    pub(crate) fn kafka(&self) -> Result<Connection> {
        let mut reader = self.variables();
        let security = Security::read(&mut reader);
        reader.finish_part().context("the variables HEARKEN_KAFKA__… are wrong")?;
        Ok(Connection { brokers: self.brokers.clone(), security })
    }

    /// Returns how to reach ClickHouse.
    ///
    /// # Errors
    /// Everything that is wrong with the variables about it.
    pub(crate) fn clickhouse(&self) -> Result<ClickHouseSettings> {
        let mut reader = self.variables();
        let given = reader.secret("clickhouse.password");
        let trust = Trust::read(&mut reader, "clickhouse.ca_file");
        reader.finish_part().context("the variables HEARKEN_CLICKHOUSE__… are wrong")?;
        Ok(ClickHouseSettings {
            url: self.clickhouse.clone(),
            user: self.user.clone(),
            password: self.password.clone().unwrap_or(given),
            trust,
            database: DATABASE.to_owned(),
            wait_s: 0,
            request_timeout_s: 280,
        })
    }

    /// Returns the servers of a cluster, an entry a shard, in it its replicas; none where there is one server.
    ///
    /// # Errors
    /// Where the variable HEARKEN_CLICKHOUSE__SHARDS is wrong.
    pub(crate) fn shards(&self) -> Result<Vec<Vec<String>>> {
        let mut reader = self.variables();
        let shards = shards(&mut reader);
        reader.finish_part().context("the variable HEARKEN_CLICKHOUSE__SHARDS is wrong")?;
        Ok(shards)
    }

    /// Returns the same with ClickHouse at this address.
    pub(crate) fn at(&self, url: &str) -> Self {
        Self { clickhouse: url.to_owned(), ..self.clone() }
    }

    fn variables(&self) -> Reader {
        if self.own { Reader::default() } else { Reader::load(None, std::env::vars()) }
    }
}

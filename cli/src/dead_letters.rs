//! Looking at dead letters, and sending them again.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use hearken_runtime::kafka::feed::Feed;
use hearken_runtime::kafka::scan::scan;
use hearken_runtime::outcome::Message;
use hearken_runtime::record::Record;
use hearken_schemas::dead_letter::{DeadLetter, Stage, header};
use hearken_schemas::topics;

use crate::Endpoints;
use crate::sql::pretty;
use crate::store::{Store, quoted};

/// Arguments of `hearken dead-letters`.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Show them, newest first
    List {
        /// Only this reason code
        #[arg(long)]
        reason: Option<String>,
        /// At most this many
        #[arg(long, default_value_t = 20)]
        limit: u32,
        #[command(flatten)]
        endpoints: Endpoints,
    },
    /// Send the original bytes of those that ingest gave up to their raw topic again, as new records
    Replay {
        /// Only this reason code
        #[arg(long)]
        reason: Option<String>,
        /// Only this raw topic
        #[arg(long)]
        topic: Option<String>,
        /// Count them and send nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        endpoints: Endpoints,
    },
}

/// Runs `hearken dead-letters`.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.action {
        Action::List { reason, limit, endpoints } => list(reason, limit, &endpoints).await?,
        Action::Replay { reason, topic, dry_run, endpoints } => {
            let wanted = Wanted { reason, topic, dry_run };
            let sent = tokio::task::spawn_blocking(move || replay(&endpoints.brokers, &wanted)).await??;
            println!("{sent} dead letters {}", if dry_run { "would be sent again" } else { "sent again" });
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(reason: Option<String>, limit: u32, endpoints: &Endpoints) -> Result<()> {
    let only = reason.map_or("1".to_owned(), |reason| format!("reason = {}", quoted(&reason)));
    let sql = format!(
        "SELECT received_at, stage, reason, detail, concat(at_topic, '[', toString(at_partition), ']@', toString(at_offset)) AS record, \
         size_bytes, excerpt FROM dead_letters WHERE {only} ORDER BY received_at DESC, at_offset DESC LIMIT {limit}"
    );
    print!("{}", pretty(&Store::new(endpoints), &sql).await?);
    Ok(())
}

struct Wanted {
    reason: Option<String>,
    topic: Option<String>,
    dry_run: bool,
}

impl Wanted {
    /// Returns the raw topic a dead letter goes back to; only ingest's stand for a whole raw record.
    fn target(&self, letter: &DeadLetter) -> Option<&'static str> {
        let topic = topics::RAW.into_iter().find(|topic| *topic == letter.at.topic)?;
        let reason = self.reason.as_deref().is_none_or(|reason| reason == letter.rejection.reason.as_str());
        let wanted = self.topic.as_deref().is_none_or(|wanted| wanted == topic);
        (letter.stage == Stage::Ingest && reason && wanted).then_some(topic)
    }
}

fn replay(brokers: &str, wanted: &Wanted) -> Result<u64> {
    let failed = Arc::new(AtomicU64::new(0));
    let failures = Arc::clone(&failed);
    let feed: Feed<()> = Feed::new(brokers, move |(), answer| {
        failures.fetch_add(u64::from(answer.is_err()), Relaxed);
    })?;
    let mut sent = 0;
    scan(brokers, topics::DEAD_LETTERS, |record| {
        let Some(letter) = DeadLetter::from_headers(&record.headers) else { return Ok(()) };
        let Some(topic) = wanted.target(&letter) else { return Ok(()) };
        sent += 1;
        if wanted.dry_run { Ok(()) } else { feed.send(&original(record, topic), ()) }
    })?;
    feed.flush(Duration::from_secs(60))?;
    match failed.load(Relaxed) {
        0 => Ok(sent),
        failed => bail!("{failed} of {sent} dead letters were not acknowledged by Kafka; run the replay again"),
    }
}

/// Returns the message as the channel sent it, without what the dead letter added.
fn original(record: Record, topic: &'static str) -> Message {
    let added = |name: &str| name.starts_with(header::PREFIX) || name == hearken_schemas::envelope::Origin::HEADER;
    let headers = record.headers.into_iter().filter(|(name, _)| !added(name)).collect();
    Message { topic, partition: None, key: record.key, value: record.value, headers }
}

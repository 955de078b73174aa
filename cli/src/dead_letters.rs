//! Looking at dead letters, and sending them again.

mod replay;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Subcommand};
use hearken_runtime::kafka::admin;
use replay::{Wanted, replay};

use crate::Endpoints;
use crate::sql::pretty;
use crate::store::{Store, quoted};

/// How long a broker may take to answer at all.
const PROBE: Duration = Duration::from_secs(10);

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
    ///
    /// Each is sent once, however often this is run, also after an interruption: the raw topic is read to see what was sent
    /// before. A record that fails again comes back as a dead letter of its own, and that one is sent by the next replay.
    /// On a topic that keeps the last record of each key, none is sent that a newer one has replaced.
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
            let kafka = endpoints.kafka()?;
            let counts = tokio::task::spawn_blocking(move || {
                admin::wait(&kafka, PROBE)?;
                replay(&kafka, &wanted)
            });
            let counts = counts.await??;
            let done = if dry_run { "would be sent again" } else { "sent again" };
            println!("{} dead letters {done}{counts}", counts.sent);
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
    print!("{}", pretty(&Store::new(endpoints)?, &sql).await?);
    Ok(())
}

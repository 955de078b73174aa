//! What became of the messages about alerts and cases, and sending them again.

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Args, Subcommand};
use uuid::Uuid;

use crate::Endpoints;
use crate::sql::pretty;
use crate::store::Store;
use crate::trace::length_ms;

/// Arguments of `hearken alerts`.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Show the messages and what became of them, newest first
    Deliveries {
        /// Only those that failed or were given up
        #[arg(long)]
        failed: bool,
        /// Only those decided since, such as 2h or 3d
        #[arg(long, value_parser = length_ms, default_value = "1d")]
        since: i64,
        /// At most this many
        #[arg(long, default_value_t = 50)]
        limit: u32,
        #[command(flatten)]
        endpoints: Endpoints,
    },
    /// Send messages again, as soon as the alert service sees it; receivers know a repeat by its id
    Redeliver {
        /// Their ids
        #[arg(required_unless_present = "failed", conflicts_with = "failed")]
        messages: Vec<Uuid>,
        /// All that were given up
        #[arg(long)]
        failed: bool,
        /// With --failed: since when, such as 2h or 3d
        #[arg(long, value_parser = length_ms, default_value = "1d")]
        since: i64,
        #[command(flatten)]
        endpoints: Endpoints,
    },
}

/// Runs `hearken alerts`.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.action {
        Action::Deliveries { failed, since, limit, endpoints } => {
            print!("{}", pretty(&Store::new(&endpoints)?, &listing(failed, since, limit)).await?);
        }
        Action::Redeliver { messages, failed: _, since, endpoints } => {
            redeliver(&Store::new(&endpoints)?, &messages, since).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn listing(failed: bool, since_ms: i64, limit: u32) -> String {
    let outcomes = if failed { "AND outcome IN ('failed', 'given_up')" } else { "" };
    format!(
        "SELECT message_id, created_at, kind, channel, owner, outcome, attempts, status, latency_ms, error \
         FROM v_deliveries WHERE created_at >= now64(3) - toIntervalMillisecond({since_ms}) {outcomes} \
         ORDER BY created_at DESC, message_id LIMIT {limit}"
    )
}

/// Writes that somebody asked; the leader of the alert service looks for it every second.
async fn redeliver(store: &Store, messages: &[Uuid], since_ms: i64) -> Result<()> {
    let which = if messages.is_empty() {
        format!("outcome = 'given_up' AND last_at >= now64(3) - toIntervalMillisecond({since_ms})")
    } else {
        let ids: Vec<String> = messages.iter().map(|id| format!("'{id}'")).collect();
        format!("message_id IN ({})", ids.join(", "))
    };
    let found = store.number(&format!("SELECT count() FROM v_deliveries WHERE {which}")).await?;
    ensure!(
        messages.is_empty() || usize::try_from(found) == Ok(messages.len()),
        "{found} of {} messages are known; `hearken alerts deliveries` shows those of the last day",
        messages.len()
    );
    // Later than whatever became of them, whatever this machine's clock says.
    store
        .execute(&format!(
            "INSERT INTO deliveries (message_id, at, outcome) SELECT message_id, \
             greatest(now64(3), ifNull(last_at, now64(3)) + toIntervalMillisecond(1)), 'requeued' FROM v_deliveries WHERE {which}"
        ))
        .await?;
    println!("{found} messages will be sent again");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_failed_is_shown_where_that_is_asked() {
        assert!(listing(true, 60_000, 5).contains("'given_up'"));
        assert!(!listing(false, 60_000, 5).contains("'given_up'"));
    }
}

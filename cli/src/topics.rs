//! Creating the topics.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use hearken_runtime::kafka::admin;
use hearken_schemas::topics;

use crate::Endpoints;

/// Arguments of `hearken topics`.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Create the topics that are missing, and check the partition counts of all
    Create {
        #[command(flatten)]
        endpoints: Endpoints,
        /// Copies of each partition
        #[arg(long, default_value_t = 1)]
        replication: i32,
    },
}

/// Runs `hearken topics`.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let Action::Create { endpoints, replication } = arguments.action;
    let created = admin::create(&endpoints.kafka()?, topics::all(), replication).await?;
    match created.len() {
        0 => println!("every topic is there"),
        count => println!("{count} created: {}", created.join(", ")),
    }
    Ok(ExitCode::SUCCESS)
}

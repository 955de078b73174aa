//! Asking ClickHouse from the command line.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::Endpoints;
use crate::store::Store;

/// Arguments of `hearken sql`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// One statement
    statement: String,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    endpoints: Endpoints,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Table => "PrettyCompactMonoBlock",
            Self::Csv => "CSVWithNames",
            Self::Json => "JSON",
        }
    }
}

/// Runs `hearken sql`.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let store = Store::new(&arguments.endpoints)?;
    print!("{}", table(&store, &arguments.statement, arguments.format.name()).await?);
    Ok(ExitCode::SUCCESS)
}

/// Returns an answer as a table for people.
pub(crate) async fn pretty(store: &Store, sql: &str) -> Result<String> {
    table(store, sql, Format::Table.name()).await
}

async fn table(store: &Store, sql: &str, format: &str) -> Result<String> {
    store.text(sql.trim().trim_end_matches(';'), format).await
}

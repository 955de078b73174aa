//! `hearken`: the command line of the pipeline.
//!
//! Layout: one module a command; `stack` runs everything on this machine, `endpoints` says where the engines are, `store` speaks to ClickHouse, `hops` says who reads
//! which topic, `scenario` is what the demo's customers say.

mod accounting;
mod actions;
mod alerts;
mod backup;
mod cases;
mod catalog;
mod check;
mod dead_letters;
mod demo;
mod doctor;
mod endpoints;
mod enrich_again;
mod erase;
mod evaluate;
mod hops;
mod import;
mod insights;
mod migrate;
mod replay;
mod report;
mod retention;
mod rewind;
mod roles;
mod rules;
mod scenario;
mod servers;
mod sql;
mod stack;
mod store;
mod tokens;
mod topics;
mod trace;
mod train;
mod verify;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

pub(crate) use crate::endpoints::Endpoints;

/// Customer feedback from Kafka into ClickHouse, each record once.
#[derive(Parser)]
#[command(name = "hearken", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything on this machine and play a scenario
    Demo(demo::Arguments),
    /// Run everything on this machine, without a feed, until Ctrl-C
    Up(stack::Local),
    /// Ask ClickHouse
    Sql(sql::Arguments),
    /// Send a spreadsheet, a CSV or a JSONL file: finds out what its columns are, shows it, and asks
    Import(import::Arguments),
    /// Send a JSONL file to the topic of its kind
    Replay(replay::Arguments),
    /// Say what would become of a JSONL file, line by line; sends nothing
    Check(check::Arguments),
    /// Say what became of everything a source sent under one id
    Trace(trace::Arguments),
    /// Say what is missing or wrong on this machine, and what to do
    Doctor(doctor::Arguments),
    /// Measure the enricher on labelled texts
    Evaluate(evaluate::Arguments),
    /// Train the enricher's models on labelled texts
    Train(train::Arguments),
    /// Audit: every raw record has one outcome, every rollup equals its rows
    Verify(verify::Arguments),
    /// List dead letters, or send them to their topic again
    DeadLetters(dead_letters::Arguments),
    /// Let a service read records again: move its group back while it is stopped
    Rewind(rewind::Arguments),
    /// Erase a customer: every row, sum, alert, case and dead letter, and whatever is read again later
    Erase(erase::Arguments),
    /// Read history again with this release's enricher, where an older one read it
    EnrichAgain(enrich_again::Arguments),
    /// Keep the tables as of now in a directory, while everything runs
    Backup(backup::BackupArguments),
    /// Load a backup into an empty ClickHouse, and let the sink read what came since
    Restore(backup::RestoreArguments),
    /// Read a catalog file: check it, or load it into the catalog's tables
    Catalog(catalog::Arguments),
    /// Compute what drives the scores, for v_drivers and v_kano
    Insights(insights::Arguments),
    /// Write down what the company did to get better, and see what came of it
    Actions(actions::Arguments),
    /// What became of messages about alerts and cases, and sending them again
    Alerts(alerts::Arguments),
    /// The rules of alerts: check them, test them, and say what one finds
    Rules(rules::Arguments),
    /// What there is to do about customers, and doing it
    Cases(cases::Arguments),
    /// Make tokens of the API of cases
    Tokens(tokens::Arguments),
    /// Write one page of what customers say and what follows from it
    Report(report::Arguments),
    /// Bring the database to this version: make what is missing, change what changed, or say what would be done
    Migrate(migrate::Arguments),
    /// Say how long rows and personal words stay, and have ClickHouse keep to it
    Retention(retention::Arguments),
    /// Print or make a ClickHouse server's roles: who may read what
    Roles(roles::Arguments),
    /// Create the topics that are missing
    Topics(topics::Arguments),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let answer = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(Into::into);
    match answer.and_then(|runtime| runtime.block_on(run(cli.command))) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("hearken: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Up(arguments) => stack::up(arguments).await,
        Command::Sql(arguments) => sql::run(arguments).await,
        Command::Import(arguments) => import::run(arguments).await,
        Command::Replay(arguments) => replay::run(arguments).await,
        Command::Check(arguments) => check::run(arguments).await,
        Command::Trace(arguments) => trace::run(arguments).await,
        Command::Doctor(arguments) => doctor::run(arguments).await,
        Command::Evaluate(arguments) => evaluate::run(arguments).await,
        Command::Train(arguments) => train::run(arguments).await,
        Command::Verify(arguments) => verify::run(arguments).await,
        Command::DeadLetters(arguments) => dead_letters::run(arguments).await,
        Command::Rewind(arguments) => rewind::run(arguments).await,
        Command::Erase(arguments) => erase::run(arguments).await,
        Command::EnrichAgain(arguments) => enrich_again::run(arguments).await,
        Command::Backup(arguments) => backup::backup(arguments).await,
        Command::Restore(arguments) => backup::restore(arguments).await,
        Command::Catalog(arguments) => catalog::run(arguments).await,
        Command::Insights(arguments) => insights::run(arguments).await,
        Command::Actions(arguments) => actions::run(arguments).await,
        Command::Alerts(arguments) => alerts::run(arguments).await,
        Command::Rules(arguments) => rules::run(arguments).await,
        Command::Cases(arguments) => cases::run(arguments).await,
        Command::Tokens(arguments) => tokens::run(&arguments),
        Command::Report(arguments) => report::run(arguments).await,
        Command::Migrate(arguments) => migrate::run(arguments).await,
        Command::Retention(arguments) => retention::run(arguments).await,
        Command::Roles(arguments) => roles::run(arguments).await,
        Command::Topics(arguments) => topics::run(arguments).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}

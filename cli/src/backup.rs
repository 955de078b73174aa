//! `hearken backup` and `hearken restore`: the tables as of one moment of the log, and the way back to now.
//!
//! A backup is what the sink had written for certain when it began: rows of ranges in flight are left out, in every table by the same
//! offsets, so nothing has to stand still for it. What views fill is not kept, for the restored rows fill it again. After a restore the sink
//! goes back to that moment in a new epoch and reads what came since: each record once, as after any rewind.
//! [`manifest`] is what a backup says of itself, [`plan`] decides about the way back, both pure; [`export`], [`load`] and [`log`] speak to
//! the engines, [`told`] brings back which alerts were raised since.

mod export;
mod load;
mod log;
mod manifest;
mod plan;
mod told;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail, ensure};
use clap::{Args, ValueEnum};
use manifest::Manifest;

use crate::Endpoints;
use crate::migrate::{Sink, migrate};
use crate::servers::Servers;
use crate::store::Store;

/// Arguments of `hearken backup`.
#[derive(Args)]
pub(crate) struct BackupArguments {
    /// A directory that is not there yet, or is empty
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    #[command(flatten)]
    endpoints: Endpoints,
}

/// Arguments of `hearken restore`.
///
/// The sink and the alert service must be stopped, and the tables empty: what is there already would be there twice.
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct RestoreArguments {
    /// The directory of a backup
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// What becomes of alerts that were raised since the backup
    #[arg(long, value_enum, default_value_t = Alerts::Told)]
    alerts: Alerts,
    /// Go on although Kafka has forgotten exactly so many records that came since
    #[arg(long, default_value_t = 0, hide_default_value = true, value_name = "RECORDS")]
    skip: i64,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    endpoints: Endpoints,
}

/// What becomes of alerts that were raised since the backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Alerts {
    /// They count as told: nobody hears of them twice, and the cases they opened are not there
    Told,
    /// They are raised again under the same ids: their cases are there, and receivers get their messages again
    Again,
}

/// Runs `hearken backup`.
pub(crate) async fn backup(arguments: BackupArguments) -> Result<ExitCode> {
    let BackupArguments { to, endpoints } = arguments;
    let (kafka, store) = (endpoints.kafka()?, Store::new(&endpoints)?);
    if to.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} is not empty: give a new directory to each backup", to.display());
    }
    std::fs::create_dir_all(&to)?;
    // Before any row: what is written before these offsets is written in every table.
    let log = log::read(kafka).await?;
    let outside = manifest::beyond(&log.positions);
    let mut tables = Vec::new();
    for table in export::tables() {
        let rows = export::export(&store, &table, &outside, &to).await?;
        println!("{:<20} {rows} rows", table.name);
        tables.push((table.name.to_owned(), rows));
    }
    let manifest = Manifest::new(log, tables.into_iter().collect());
    manifest.write(&to)?;
    println!("{} holds what was written by {}", to.display(), manifest.at);
    Ok(ExitCode::SUCCESS)
}

/// Runs `hearken restore`.
pub(crate) async fn restore(arguments: RestoreArguments) -> Result<ExitCode> {
    let RestoreArguments { from, alerts, skip, dry_run, endpoints } = arguments;
    let (kafka, store) = (endpoints.kafka()?, Store::new(&endpoints)?);
    let manifest = Manifest::read(&from)?;
    println!("{} holds what was written by {} (release {})", from.display(), manifest.at, manifest.release);
    let now = log::look(kafka.clone(), &manifest).await?;
    let (moves, refusals) = plan::plan(&manifest, &now, skip);
    let taken = load::taken(&store).await?;
    let refusals: Vec<String> = refusals.iter().map(ToString::to_string).chain(taken).collect();
    ensure!(refusals.is_empty(), "nothing was restored: {}", refusals.join("; "));
    let again: i64 = moves.iter().map(|step| (step.end - step.to).max(0)).sum();
    println!("{again} records came since and are read again as soon as the sink starts");
    let raised = told::since(kafka.clone(), manifest.alerts_end).await?;
    println!("{}", told::sentence(raised.len(), alerts));
    let erased = log::erased_since(kafka.clone(), &manifest).await?;
    if erased > 0 {
        println!("{erased} tombstones came since: whom they name is erased from what was restored");
    }
    if dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    migrate(&store, Sink::Ask(Box::new(kafka.clone()))).await?;
    for (table, rows) in &manifest.tables {
        load::load(&store, table, *rows, &from).await?;
        println!("{table:<20} {rows} rows");
    }
    load::refresh(&store).await?;
    if alerts == Alerts::Told {
        told::note(&store, &raised).await?;
    }
    // After the alerts: somebody who was erased since may be named by one.
    crate::erase::again(Servers::one(store.clone()), &kafka, manifest.erasures_end).await?;
    log::go_back(kafka, &manifest, &moves, alerts).await?;
    println!("restored; start the services, then run: hearken verify");
    Ok(ExitCode::SUCCESS)
}

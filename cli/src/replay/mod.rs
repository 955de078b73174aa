//! `hearken replay`: a JSONL file, plain or gzipped, to the topic of its kind.
//!
//! [`lines`] reads and groups; [`record`] turns a line into a raw record by a [`mapping`] and is pure, with [`time`] beside it;
//! [`records`] does so for a whole file; [`sender`] sends. What names a record and can be read is sent, however wrong: the pipeline judges it and keeps the reason.

mod content;
mod kind;
mod lines;
mod mapping;
mod record;
mod records;
mod sender;
mod time;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

pub(crate) use content::CONTENT;
pub(crate) use kind::Kind;
pub(crate) use lines::{plain, read, unreadable};
pub(crate) use mapping::{Mapping, find, text};
pub(crate) use record::{RawRecord, Unsent};
pub(crate) use records::{Place, Records};
pub(crate) use sender::Sender;
pub(crate) use time::{reads, zone_named};

use crate::Endpoints;

/// How many unreadable lines are named.
const NAMED_MAX: usize = 5;

/// A file and how to read it.
#[derive(Args)]
pub(crate) struct Input {
    /// JSONL, plain or gzipped
    pub(crate) file: PathBuf,
    /// What a line is
    #[arg(long = "as", value_enum)]
    pub(crate) kind: Kind,
    /// TOML file that says where each field comes from; without one the lines are raw records already
    #[arg(long)]
    mapping: Option<PathBuf>,
}

impl Input {
    #[cfg(test)]
    pub(crate) fn new(file: PathBuf, kind: Kind) -> Self {
        Self { file, kind, mapping: None }
    }

    /// Reads the mapping, where there is one, and checks that it is one for this kind.
    pub(crate) fn mapping(&self) -> Result<Option<Mapping>> {
        let Some(path) = &self.mapping else { return Ok(None) };
        let mapping = Mapping::read(path)?;
        mapping.fits(self.kind).map(Some).with_context(|| format!("mapping {}", path.display()))
    }
}

/// Arguments of `hearken replay`.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// At most this many records a second
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    #[command(flatten)]
    endpoints: Endpoints,
}

/// Runs `hearken replay`: exit code 0 where every line was sent, 1 where some could not be read.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let mapping = arguments.input.mapping()?;
    let sent = tokio::task::spawn_blocking(move || replay(&arguments, mapping.as_ref())).await??;
    for line in &sent.named {
        eprintln!("{line}");
    }
    println!(
        "{} records sent in {:.1} s ({:.0} a second), {} lines could not be read",
        sent.records,
        sent.seconds,
        sent.records as f64 / sent.seconds,
        sent.unreadable
    );
    Ok(if sent.unreadable == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Sent {
    records: u64,
    seconds: f64,
    unreadable: u64,
    named: Vec<String>,
}

fn replay(arguments: &Arguments, mapping: Option<&Mapping>) -> Result<Sent> {
    let Arguments { input, rate, endpoints } = arguments;
    let mut sender = Sender::new(&endpoints.kafka()?, input.kind, *rate)?;
    let (mut unreadable, mut named) = (0, Vec::new());
    read(&input.file, input.kind, mapping, |place, record| match record {
        Ok(record) => sender.send(record),
        Err(problem) => {
            unreadable += 1;
            if named.len() < NAMED_MAX {
                named.push(format!("{}:{}: {problem}", input.file.display(), place.line));
            }
            Ok(())
        }
    })?;
    let (records, seconds) = sender.finish().context("run the replay again, repeats are harmless")?;
    Ok(Sent { records, seconds, unreadable, named })
}

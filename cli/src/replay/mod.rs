//! `hearken replay`: a JSONL file, plain or gzipped, to the topic of its kind.
//!
//! [`lines`] reads and groups; [`record`] turns a line into a raw record by a [`mapping`] and is pure, with [`time`] beside it;
//! this file sends. What names a record and can be read is sent, however wrong: the pipeline judges it and keeps the reason.

mod kind;
mod lines;
mod mapping;
mod record;
mod time;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use hearken_runtime::kafka::admin;
use hearken_runtime::kafka::feed::Feed;
use hearken_runtime::outcome::Message;

pub(crate) use kind::Kind;
pub(crate) use lines::{Place, plain, read};
pub(crate) use mapping::Mapping;
pub(crate) use record::{RawRecord, Unsent};

use crate::Endpoints;

/// How long a broker may take to answer at all.
const PROBE: Duration = Duration::from_secs(10);

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
    admin::wait(&endpoints.brokers, PROBE)?;
    let failed = Arc::new(AtomicU64::new(0));
    let failures = Arc::clone(&failed);
    let feed: Feed<()> = Feed::new(&endpoints.brokers, move |(), answer| {
        failures.fetch_add(u64::from(answer.is_err()), Relaxed);
    })?;
    let mut sender = Sender { feed, topic: input.kind.topic(), rate: *rate, started: Instant::now(), sent: 0 };
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
    sender.feed.flush(Duration::from_secs(120))?;
    let failed = failed.load(Relaxed);
    if failed > 0 {
        bail!(
            "{failed} of {} records were not acknowledged by Kafka; run the replay again, repeats are harmless",
            sender.sent
        );
    }
    let seconds = sender.started.elapsed().as_secs_f64().max(0.001);
    Ok(Sent { records: sender.sent, seconds, unreadable, named })
}

struct Sender {
    feed: Feed<()>,
    topic: &'static str,
    rate: Option<u32>,
    started: Instant,
    sent: u64,
}

impl Sender {
    fn send(&mut self, record: RawRecord) -> Result<()> {
        if let Some(rate) = self.rate {
            let due = Duration::from_secs_f64(self.sent as f64 / f64::from(rate));
            std::thread::sleep(due.saturating_sub(self.started.elapsed()));
        }
        let (key, value) = (Some(record.key.into_bytes()), Some(record.value));
        self.feed.send(&Message { topic: self.topic, partition: None, key, value, headers: Vec::new() }, ())?;
        self.sent += 1;
        Ok(())
    }
}

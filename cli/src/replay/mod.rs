//! `hearken replay`: a JSONL file, plain or gzipped, to a channel's topic.
//!
//! [`mapping`] turns a line into a raw record and is pure; this file reads, groups and sends.

mod mapping;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use flate2::read::MultiGzDecoder;
use hearken_runtime::kafka::feed::Feed;
use hearken_runtime::outcome::Message;
use hearken_schemas::topics;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use mapping::{Mapping, RawRecord};
use serde_json::Value;

use crate::Endpoints;

/// How many unreadable lines are named.
const NAMED_MAX: usize = 5;

/// Arguments of `hearken replay`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// JSONL, plain or gzipped
    file: PathBuf,
    /// What a line is
    #[arg(long = "as", value_enum)]
    kind: Kind,
    /// TOML file that says where each field comes from; without one the lines are raw records already
    #[arg(long)]
    mapping: Option<PathBuf>,
    /// At most this many records a second
    #[arg(long)]
    rate: Option<u32>,
    #[command(flatten)]
    endpoints: Endpoints,
}

/// The channel a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A review a line
    Reviews,
    /// A turn a line, grouped by conversation; or a session a line, without a mapping of turns
    Chats,
    /// A post a line
    Social,
}

impl Kind {
    fn topic(self) -> &'static str {
        match self {
            Self::Reviews => topics::RAW_REVIEWS,
            Self::Chats => topics::RAW_CHATS,
            Self::Social => topics::RAW_SOCIAL,
        }
    }
}

/// Runs `hearken replay`: exit code 0 where every line was sent, 1 where some could not be read.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let mapping = match &arguments.mapping {
        Some(path) => Some(Mapping::read(path)?),
        None => None,
    };
    let sent = tokio::task::spawn_blocking(move || replay(&arguments, mapping.as_ref())).await??;
    for line in sent.unreadable.iter().take(NAMED_MAX) {
        eprintln!("{line}");
    }
    println!(
        "{} records sent in {:.1} s ({:.0} a second), {} lines could not be read",
        sent.records,
        sent.seconds,
        sent.records as f64 / sent.seconds,
        sent.unreadable.len()
    );
    Ok(if sent.unreadable.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Sent {
    records: u64,
    seconds: f64,
    unreadable: Vec<String>,
}

fn replay(arguments: &Arguments, mapping: Option<&Mapping>) -> Result<Sent> {
    let failed = Arc::new(AtomicU64::new(0));
    let failures = Arc::clone(&failed);
    let feed: Feed<()> = Feed::new(&arguments.endpoints.brokers, move |(), answer| {
        failures.fetch_add(u64::from(answer.is_err()), Relaxed);
    })?;
    let mut sender =
        Sender { feed, topic: arguments.kind.topic(), rate: arguments.rate, started: Instant::now(), sent: 0 };
    let unreadable = lines(&arguments.file, mapping, |record| sender.send(record))?;
    sender.feed.flush(Duration::from_secs(120))?;
    let failed = failed.load(Relaxed);
    if failed > 0 {
        bail!(
            "{failed} of {} records were not acknowledged by Kafka; run the replay again, repeats are harmless",
            sender.sent
        );
    }
    Ok(Sent { records: sender.sent, seconds: sender.started.elapsed().as_secs_f64().max(0.001), unreadable })
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

/// Calls `each` for every record of the file and returns what could not be read.
fn lines(path: &Path, mapping: Option<&Mapping>, mut each: impl FnMut(RawRecord) -> Result<()>) -> Result<Vec<String>> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let progress = progress(file.metadata()?.len());
    let reader = BufReader::new(plain(progress.wrap_read(file), path)?);
    let now = Timestamp::now();
    let (mut unreadable, mut sessions) = (Vec::new(), Sessions::default());
    for (index, line) in reader.lines().enumerate() {
        let line = line.with_context(|| format!("{}, line {}", path.display(), index + 1))?;
        if line.trim().is_empty() {
            continue;
        }
        let read = serde_json::from_str::<Value>(&line).map_err(|error| format!("not JSON: {error}"));
        let read = read.and_then(|value| match mapping {
            None => mapping::already_raw(value).map(Some),
            Some(mapping) => match mapping.session(&value) {
                Some(session) => {
                    sessions.add(session, value);
                    Ok(None)
                }
                None => mapping.record(&value, index + 1, now).map(Some),
            },
        });
        match read {
            Ok(Some(record)) => each(record)?,
            Ok(None) => {}
            Err(problem) => unreadable.push(format!("{}:{}: {problem}", path.display(), index + 1)),
        }
    }
    if let Some(mapping) = mapping {
        for (session, turns) in sessions.in_order() {
            match mapping.chat(&session, &turns, now) {
                Ok(record) => each(record)?,
                Err(problem) => unreadable.push(format!("{}, conversation {session}: {problem}", path.display())),
            }
        }
    }
    progress.finish_and_clear();
    Ok(unreadable)
}

/// Turns by conversation, in the order in which the conversations began. They may be interleaved, so all are held.
#[derive(Default)]
struct Sessions {
    order: Vec<String>,
    turns: HashMap<String, Vec<Value>>,
}

impl Sessions {
    fn add(&mut self, session: String, turn: Value) {
        if !self.turns.contains_key(&session) {
            self.order.push(session.clone());
        }
        self.turns.entry(session).or_default().push(turn);
    }

    fn in_order(mut self) -> impl Iterator<Item = (String, Vec<Value>)> {
        self.order.into_iter().filter_map(move |session| self.turns.remove(&session).map(|turns| (session, turns)))
    }
}

fn plain<'a>(file: impl Read + 'a, path: &Path) -> Result<Box<dyn Read + 'a>> {
    let mut reader = BufReader::new(file);
    let start = reader.fill_buf().with_context(|| format!("reading {}", path.display()))?;
    let gzipped = start.starts_with(&[0x1f, 0x8b]);
    Ok(if gzipped { Box::new(MultiGzDecoder::new(reader)) } else { Box::new(reader) })
}

fn progress(bytes: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:30} {percent}%  {elapsed}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(bytes).with_style(style)
}

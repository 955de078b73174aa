//! `hearken rewind`: a stopped service reads records again.
//!
//! [`plan`] decides what moves and is pure; this file asks Kafka, tells, and moves.

mod plan;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::admin::{self, Offsets};
use hearken_runtime::kafka::inspect::{members, offsets_since};
use hearken_runtime::kafka::rewind::{Partition, place, positions};
use jiff::Timestamp;
use plan::{Move, Part, Wish, plan};

use crate::Endpoints;
use crate::hops::{ENRICH, HOPS, INGEST, SINK};

/// How long a broker may take to answer at all.
const PROBE: Duration = Duration::from_secs(10);

/// Arguments of `hearken rewind`.
///
/// Nothing counts twice: the sink knows every raw record by its coordinates, so what has its row or its dead letter keeps
/// it, and rows and rollups stay as they are; `outcomes` notes repeats and stale states once more. What is new after a
/// rewind: a newer enricher's results take the place of the old ones, and a record that could not be written and can be
/// now gets its row beside its dead letter.
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// Whose group; stop the service first
    #[arg(long, value_enum)]
    group: Service,
    /// Only this topic
    #[arg(long)]
    topic: Option<String>,
    /// Only this partition of the topic
    #[arg(long, requires = "topic")]
    partition: Option<i32>,
    /// `earliest`, or a time such as 2026-11-22T09:00:00Z: from the first record on whose Kafka timestamp is that or later
    #[arg(long, value_parser = target, required_unless_present = "offset", conflicts_with = "offset")]
    to: Option<Target>,
    /// This offset of the partition
    #[arg(long, requires = "partition")]
    offset: Option<i64>,
    /// Move forward, and leave exactly so many records out
    #[arg(long, default_value_t = 0, hide_default_value = true, value_name = "RECORDS")]
    skip: i64,
    /// Show what would move, and move nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    endpoints: Endpoints,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Service {
    Ingest,
    Enrich,
    Sink,
}

impl Service {
    fn group(self) -> &'static str {
        match self {
            Self::Ingest => INGEST,
            Self::Enrich => ENRICH,
            Self::Sink => SINK,
        }
    }

    fn topics(self) -> &'static [&'static str] {
        HOPS.iter().find(|(group, _)| *group == self.group()).map_or(&[], |(_, topics)| topics)
    }
}

/// Where to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Earliest,
    /// Milliseconds since the epoch.
    Since(i64),
    Offset(i64),
}

/// Reads `earliest` or a time.
fn target(text: &str) -> Result<Target, String> {
    match text {
        "earliest" => Ok(Target::Earliest),
        "latest" => {
            Err("that would leave out whatever is not read yet; a time or an offset, and --skip, say what".to_owned())
        }
        time => {
            let wrong = |_| "expected earliest or a time with its zone, such as 2026-11-22T09:00:00Z".to_owned();
            time.parse().map(|time: Timestamp| Target::Since(time.as_millisecond())).map_err(wrong)
        }
    }
}

/// Runs `hearken rewind`.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    tokio::task::spawn_blocking(move || rewind(&arguments)).await??;
    Ok(ExitCode::SUCCESS)
}

fn rewind(arguments: &Arguments) -> Result<()> {
    let (kafka, group) = (arguments.endpoints.kafka()?, arguments.group.group());
    admin::wait(&kafka, PROBE)?;
    let wish = Wish { sink: arguments.group == Service::Sink, members: members(&kafka, group)?, skip: arguments.skip };
    let (moves, refusals) = plan(&parts(&kafka, arguments)?, wish);
    moves.iter().for_each(|step| println!("{}", line(group, step)));
    if !refusals.is_empty() {
        let reasons: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        bail!("group {group} stays where it is: {}", reasons.join("; "));
    }
    let again: i64 = moves.iter().map(|step| step.again().max(0)).sum();
    if moves.is_empty() {
        println!("group {group} is there already");
    } else if arguments.dry_run {
        println!("{again} records would be read again");
    } else {
        let put =
            moves.into_iter().map(|Move { topic, partition, to, metadata, .. }| ((topic, partition), (to, metadata)));
        place(&kafka, group, &put.collect())?;
        println!("{again} records are read again as soon as the service starts");
    }
    Ok(())
}

fn line(group: &str, step: &Move) -> String {
    let Move { topic, partition, from, to, .. } = step;
    let (records, what) = (step.again().abs(), if step.again() < 0 { "left out" } else { "again" });
    format!("{group}  {topic}[{partition}]  {from} → {to}  {records} {what}")
}

/// Looks up where the wanted partitions stand and where they shall go.
fn parts(kafka: &Connection, arguments: &Arguments) -> Result<Vec<Part>> {
    let service = arguments.group;
    let reads = service.topics();
    if let Some(topic) = arguments.topic.as_deref().filter(|topic| !reads.contains(topic)) {
        bail!("{} does not read the topic {topic}; it reads {}", service.group(), reads.join(", "));
    }
    let target = arguments.offset.map(Target::Offset).or(arguments.to).unwrap_or(Target::Earliest);
    let mut wanted: Vec<(Offsets, i64)> = Vec::new();
    for topic in reads.iter().filter(|topic| arguments.topic.as_deref().is_none_or(|only| only == **topic)) {
        let offsets = admin::offsets(kafka, None, topic)?;
        let to: Vec<i64> = match target {
            Target::Earliest => offsets.iter().map(|part| part.start).collect(),
            Target::Since(ms) => offsets_since(kafka, topic, ms)?.iter().map(|part| part.start).collect(),
            Target::Offset(offset) => vec![offset; offsets.len()],
        };
        wanted.extend(offsets.into_iter().zip(to));
    }
    wanted.retain(|(part, _)| arguments.partition.is_none_or(|only| only == part.partition));
    if wanted.is_empty() {
        bail!("there is no such partition");
    }
    let keys: Vec<Partition> = wanted.iter().map(|(part, _)| (part.topic.clone(), part.partition)).collect();
    let mut positions = positions(kafka, service.group(), &keys)?;
    let parts = wanted.into_iter().zip(keys);
    Ok(parts.map(|((offsets, to), key)| Part { offsets, position: positions.remove(&key), to }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets() {
        let at_nine = Target::Since(1_795_338_000_000);
        for (text, expected) in [
            ("earliest", Ok(Target::Earliest)),
            ("2026-11-22T09:00:00Z", Ok(at_nine)),
            ("2026-11-22T17:00:00+08:00", Ok(at_nine)),
            ("latest", Err("--skip")),
            ("2026-11-22T09:00:00", Err("with its zone")),
            ("yesterday", Err("expected earliest or a time")),
            ("", Err("expected earliest or a time")),
        ] {
            match (target(text), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{text}"),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{text}: {found}"),
                (found, expected) => panic!("{text}: {found:?}, expected {expected:?}"),
            }
        }
    }

    #[test]
    fn every_service_has_its_topics() {
        for service in Service::value_variants() {
            assert!(!service.topics().is_empty(), "{service:?}");
        }
    }
}

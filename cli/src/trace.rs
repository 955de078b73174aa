//! `hearken trace`: what became of everything that a source sent under one id.
//!
//! [`wanted`] knows the records when it sees them and is pure; [`fate`] asks ClickHouse; [`flight`] follows what has no fate yet
//! through the topics; this file scans the raw topics and tells.

mod fate;
mod flight;
mod wanted;

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use fate::Fate;
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::admin::offsets;
use hearken_runtime::kafka::inspect::offsets_since;
use hearken_runtime::kafka::scan::scan_parts;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use wanted::Wanted;

use crate::Endpoints;
use crate::replay::Kind;
use crate::store::Store;

/// Arguments of `hearken trace`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The source, as its records name it
    source: String,
    /// The source's id of a feedback, or the number of an order, a visit or a customer
    id: String,
    /// Look only at records of this kind
    #[arg(long = "as", value_enum)]
    kind: Option<Kind>,
    /// Read the raw topics only from this long ago on, such as 2h or 3d; rows are found whatever their age
    #[arg(long, value_parser = length_ms)]
    since: Option<i64>,
    #[command(flatten)]
    endpoints: Endpoints,
}

/// Where a raw record is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Coordinates {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
}

/// What is known of one raw record.
#[derive(Debug, Default)]
struct Story {
    /// Kafka's timestamp, where the record was seen on its topic or left a trace that has it.
    at_ms: Option<i64>,
    fates: Vec<String>,
}

/// Runs `hearken trace`: exit code 0 where a record was found, 1 where none was.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let Arguments { source, id, kind, since, endpoints } = arguments;
    let kinds = kind.map_or(Kind::ALL.to_vec(), |kind| vec![kind]);
    let wanted = Wanted { source, id };
    let since_ms = since.map(|length_ms| Timestamp::now().as_millisecond() - length_ms);
    let store = Store::new(&endpoints)?;
    let mut stories: BTreeMap<Coordinates, Story> = BTreeMap::new();
    for Fate { at, at_ms, what } in fate::of_rows(&store, &wanted, &kinds).await? {
        let story = stories.entry(at).or_default();
        story.at_ms = Some(at_ms);
        story.fates.push(what);
    }
    let kafka = endpoints.kafka()?;
    let (connection, sought) = (kafka.clone(), wanted.clone());
    let seen = tokio::task::spawn_blocking(move || scan(&connection, &sought, &kinds, since_ms)).await??;
    let untold: Vec<(Coordinates, i64)> = seen.into_iter().filter(|(at, _)| !stories.contains_key(at)).collect();
    for (at, at_ms) in &untold {
        stories.entry(at.clone()).or_default().at_ms = Some(*at_ms);
    }
    for Fate { at, what, .. } in fate::without_rows(&store, untold.iter().map(|(at, _)| at)).await? {
        stories.entry(at).or_default().fates.push(what);
    }
    let flying: Vec<(Coordinates, i64)> = untold.into_iter().filter(|(at, _)| stories[at].fates.is_empty()).collect();
    if !flying.is_empty() {
        for (at, what) in tokio::task::spawn_blocking(move || flight::follow(&kafka, &flying)).await?? {
            stories.entry(at).or_default().fates.push(what);
        }
    }
    Ok(tell(&wanted, &stories))
}

fn tell(wanted: &Wanted, stories: &BTreeMap<Coordinates, Story>) -> ExitCode {
    if stories.is_empty() {
        println!("no record of source {:?} with the id {:?} was found", wanted.source, wanted.id);
        return ExitCode::FAILURE;
    }
    let mut oldest_first: Vec<_> = stories.iter().collect();
    oldest_first.sort_by_key(|(_, story)| story.at_ms);
    for (at, story) in oldest_first {
        let time = story.at_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        println!("{at}  {}", time.map_or("(time unknown)".to_owned(), |time| format!("{time:.3}")));
        for what in &story.fates {
            println!("    {what}");
        }
    }
    ExitCode::SUCCESS
}

/// Reads the raw topics and returns where the wanted records are, with their Kafka timestamps.
fn scan(kafka: &Connection, wanted: &Wanted, kinds: &[Kind], since_ms: Option<i64>) -> Result<Vec<(Coordinates, i64)>> {
    let mut seen = Vec::new();
    for kind in kinds {
        let topic = kind.topic();
        let parts = match since_ms {
            Some(since_ms) => offsets_since(kafka, topic, since_ms)?,
            None => offsets(kafka, None, topic)?,
        };
        let progress = progress(topic, parts.iter().map(|part| part.end - part.start).sum());
        scan_parts(kafka, topic, &parts, |record| {
            progress.inc(1);
            if wanted.is(*kind, record.key.as_deref(), record.value.as_deref()) {
                let at = Coordinates { topic: topic.to_owned(), partition: record.partition, offset: record.offset };
                seen.push((at, record.timestamp_ms));
            }
            Ok(())
        })?;
        progress.finish_and_clear();
    }
    Ok(seen)
}

fn progress(topic: &'static str, records: i64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg}  {bar:30} {percent}%  {elapsed}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(records.unsigned_abs()).with_style(style).with_message(topic)
}

/// Reads a length such as `90s`, `15m`, `2h` or `3d`, in milliseconds.
pub(crate) fn length_ms(text: &str) -> Result<i64, String> {
    let wrong = || "expected a length such as 90s, 15m, 2h or 3d".to_owned();
    let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let unit_ms: i64 = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    let number: i64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(unit_ms).filter(|length| *length >= 0).ok_or_else(wrong)
}

impl std::fmt::Display for Coordinates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}[{}]@{}", self.topic, self.partition, self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        for (text, length) in
            [("90s", Some(90_000)), ("2h", Some(7_200_000)), ("3d", Some(259_200_000)), ("0m", Some(0))]
        {
            assert_eq!(length_ms(text).ok(), length, "{text}");
        }
        for wrong in ["", "h", "2", "-1h", "2 h", "99999999999999999d", "2時"] {
            assert!(length_ms(wrong).is_err(), "{wrong}");
        }
    }
}

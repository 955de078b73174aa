//! Where the log is, read and written.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::admin::{Offsets, offsets, wait};
use hearken_runtime::kafka::inspect::{cluster_id, members};
use hearken_runtime::kafka::rewind::{Partition, place, positions};
use hearken_runtime::kafka::scan::scan_parts;
use hearken_schemas::topics::{ALERTS, ERASURES};
use hearken_sink::intent::Intent;

use super::Alerts;
use super::manifest::{Log, Manifest, Position, Probe, epoch};
use super::plan::{Move, Now, Part};
use crate::hops::{ALERT, HOPS, SINK};

/// How long a broker may take to answer at all.
const PROBE: Duration = Duration::from_secs(10);

/// Returns where the log is now, for a backup.
///
/// # Errors
/// Where Kafka does not answer, or a later release wrote the commits.
pub(super) async fn read(kafka: Connection) -> Result<Log> {
    let read = move || -> Result<Log> {
        let mut all = Vec::new();
        for topic in inputs() {
            all.extend(topic_positions(&kafka, topic)?);
        }
        let alert: Partition = (ALERTS.to_owned(), 0);
        let evaluated = positions(&kafka, ALERT, std::slice::from_ref(&alert))?.remove(&alert);
        let alerts_end = offsets(&kafka, None, ALERTS)?.iter().map(|part| part.end).sum();
        let erasures_end = erasures(&kafka)?;
        Ok(Log { cluster: cluster_id(&kafka)?, positions: all, evaluated, alerts_end, erasures_end })
    };
    tokio::task::spawn_blocking(read).await?.context("asking Kafka how far the sink is")
}

/// Returns how many erasures stand on their topic; none where nobody has made it yet.
fn erasures(kafka: &Connection) -> Result<i64> {
    if !wait(kafka, PROBE)?.contains_key(ERASURES) {
        return Ok(0);
    }
    Ok(offsets(kafka, None, ERASURES)?.iter().map(|part| part.end).sum())
}

/// Returns how many erasures were asked for since a backup.
///
/// # Errors
/// Where Kafka does not answer.
pub(super) async fn erased_since(kafka: Connection, manifest: &Manifest) -> Result<i64> {
    let end = tokio::task::spawn_blocking(move || erasures(&kafka)).await?.context("looking for erasures")?;
    Ok((end - manifest.erasures_end).max(0))
}

fn inputs() -> &'static [&'static str] {
    HOPS.iter().find(|(group, _)| *group == SINK).map_or(&[], |(_, topics)| topics)
}

fn topic_positions(kafka: &Connection, topic: &str) -> Result<Vec<Position>> {
    let parts = offsets(kafka, None, topic)?;
    let keys: Vec<Partition> = parts.iter().map(|part| (topic.to_owned(), part.partition)).collect();
    let mut committed = positions(kafka, SINK, &keys)?;
    let mut all = Vec::new();
    for (part, key) in parts.iter().zip(keys) {
        // A group that never committed begins with the first record.
        let (offset, metadata) = committed.remove(&key).unwrap_or((part.start, String::new()));
        let (topic, partition) = key;
        all.push(Position { topic, partition, offset, epoch: epoch(&metadata)?, probe: None });
    }
    let before = |position: &Position| (position.partition, position.offset - 1);
    let wanted: Vec<(i32, i64)> = all.iter().map(before).collect();
    let mut probes = probes(kafka, topic, &parts, &wanted)?;
    all.iter_mut().for_each(|position| position.probe = probes.remove(&position.partition));
    Ok(all)
}

/// Reads single records of a topic, where they are there.
fn probes(kafka: &Connection, topic: &str, parts: &[Offsets], wanted: &[(i32, i64)]) -> Result<BTreeMap<i32, Probe>> {
    let one = |part: &Offsets| {
        let (_, offset) = *wanted.iter().find(|(partition, _)| *partition == part.partition)?;
        let is_there = (part.start..part.end).contains(&offset);
        is_there.then(|| Offsets { start: offset, end: offset + 1, ..part.clone() })
    };
    let there: Vec<Offsets> = parts.iter().filter_map(one).collect();
    let mut probes = BTreeMap::new();
    scan_parts(kafka, topic, &there, |record| {
        probes.insert(record.partition, Probe { offset: record.offset, crc: record.origin().crc });
        Ok(())
    })?;
    Ok(probes)
}

/// Returns what Kafka says now of everything that a backup speaks of.
///
/// # Errors
/// As [`read`].
pub(super) async fn look(kafka: Connection, manifest: &Manifest) -> Result<Now> {
    let then = manifest.positions.clone();
    let look = move || -> Result<Now> {
        let mut all = Vec::new();
        for topic in inputs() {
            let parts = offsets(&kafka, None, topic)?;
            let keys: Vec<Partition> = parts.iter().map(|part| (part.topic.clone(), part.partition)).collect();
            let mut committed = positions(&kafka, SINK, &keys)?;
            let of_topic = then.iter().filter(|position| position.topic == *topic);
            let wanted: Vec<(i32, i64)> =
                of_topic.filter_map(|position| Some((position.partition, position.probe?.offset))).collect();
            let mut probes = probes(&kafka, topic, &parts, &wanted)?;
            for (Offsets { topic, partition, start, end, .. }, key) in parts.into_iter().zip(keys) {
                let (_, metadata) = committed.remove(&key).unwrap_or_default();
                let probe = probes.remove(&partition);
                all.push(Part { topic, partition, start, end, epoch: epoch(&metadata)?, probe });
            }
        }
        let members = [members(&kafka, SINK)?, members(&kafka, ALERT)?];
        Ok(Now { cluster: cluster_id(&kafka)?, members, parts: all })
    };
    tokio::task::spawn_blocking(look).await?.context("asking Kafka what it still has")
}

/// Puts the sink where the backup ends, in a new epoch, and the alert service likewise where alerts are to be raised again.
///
/// # Errors
/// Where a service has started meanwhile.
pub(super) async fn go_back(kafka: Connection, manifest: &Manifest, moves: &[Move], alerts: Alerts) -> Result<()> {
    let position = |step: &Move| {
        let intent = Intent { epoch: step.epoch, ..Intent::default() };
        ((step.topic.clone(), step.partition), (step.to, intent.to_string()))
    };
    let sink: BTreeMap<_, _> = moves.iter().map(position).collect();
    let evaluated = manifest.evaluated.clone().filter(|_| alerts == Alerts::Again);
    let put = move || -> Result<()> {
        place(&kafka, SINK, &sink)?;
        let Some((offset, metadata)) = evaluated else { return Ok(()) };
        place(&kafka, ALERT, &BTreeMap::from([((ALERTS.to_owned(), 0), (offset, metadata))]))
    };
    tokio::task::spawn_blocking(put).await?
}

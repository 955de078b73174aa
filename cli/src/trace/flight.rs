//! Where a record is that nothing is known of yet: on which topic, and who has to read it next.

use std::collections::BTreeMap;

use anyhow::Result;
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::admin::{Offsets, offsets};
use hearken_runtime::kafka::inspect::offsets_since;
use hearken_runtime::kafka::scan::scan_parts;
use hearken_schemas::dead_letter::DeadLetter;
use hearken_schemas::envelope::origin;
use hearken_schemas::topics;

use super::Coordinates;
use crate::hops::{ENRICH, INGEST, SINK};

/// A message that stems from a raw record.
struct Offspring {
    partition: i32,
    offset: i64,
    dead_letter: Option<DeadLetter>,
}

type Seen = BTreeMap<Coordinates, Offspring>;

/// Says where each of these records (with its Kafka timestamp) is.
pub(super) fn follow(kafka: &Connection, records: &[(Coordinates, i64)]) -> Result<Vec<(Coordinates, String)>> {
    let since_ms = records.iter().map(|(_, at_ms)| *at_ms).min().unwrap_or_default();
    let read = |topic: &str| offspring(kafka, topic, records, since_ms);
    let (dead, operations) = (read(topics::DEAD_LETTERS)?, read(topics::OPERATIONS)?);
    let (normalized, enriched) = (read(topics::NORMALIZED)?, read(topics::ENRICHED)?);
    let waits = |group: &str, topic: &str, partition: i32, offset: i64| -> Result<Option<i64>> {
        Ok(ahead(&offsets(kafka, Some(group), topic)?, partition, offset))
    };
    let mut told = Vec::new();
    for (at, _) in records {
        let at_sink = |topic: &str, found: &Offspring| waits(SINK, topic, found.partition, found.offset);
        let what = if let Some(waiting) = waits(INGEST, &at.topic, at.partition, at.offset)? {
            in_flight("before ingest", INGEST, Some(waiting))
        } else if let Some(found) = dead.get(at) {
            let letter = found.dead_letter.as_ref();
            let why = letter
                .map_or_else(String::new, |letter| format!(" of {}, {}", letter.stage.as_str(), letter.rejection));
            format!("dead letter{why}; {}", in_flight("before the sink", SINK, at_sink(topics::DEAD_LETTERS, found)?))
        } else if let Some(found) = operations.get(at) {
            in_flight("between ingest and the sink", SINK, at_sink(topics::OPERATIONS, found)?)
        } else if let Some(found) = enriched.get(at) {
            in_flight("between enrich and the sink", SINK, at_sink(topics::ENRICHED, found)?)
        } else if let Some(found) = normalized.get(at) {
            let waiting = waits(ENRICH, topics::NORMALIZED, found.partition, found.offset)?;
            in_flight("between ingest and enrich", ENRICH, waiting)
        } else {
            format!(
                "{INGEST} has read it, and nothing that stems from it is on any topic: `hearken verify` tells whether it is lost"
            )
        };
        told.push((at.clone(), what));
    }
    Ok(told)
}

/// Returns how many records a group has to read before this one; nothing where it has read it.
fn ahead(parts: &[Offsets], partition: i32, offset: i64) -> Option<i64> {
    let part = parts.iter().find(|part| part.partition == partition)?;
    let next = part.committed.unwrap_or(part.start).max(part.start);
    (next <= offset).then_some(offset - next)
}

fn in_flight(between: &str, group: &str, waiting: Option<i64>) -> String {
    match waiting {
        Some(0) => format!("in flight {between}: {group} reads it next"),
        Some(waiting) => format!("in flight {between}: {group} has {waiting} records to read before it"),
        None => format!("in flight {between}: {group} has read it and has not answered yet; ask again"),
    }
}

/// Looks for messages of a topic that stem from these records.
fn offspring(kafka: &Connection, topic: &str, records: &[(Coordinates, i64)], since_ms: i64) -> Result<Seen> {
    let mut seen = Seen::new();
    scan_parts(kafka, topic, &offsets_since(kafka, topic, since_ms)?, |record| {
        let Ok(origin) = origin(&record.headers) else { return Ok(()) };
        let at = Coordinates { topic: origin.topic, partition: origin.partition, offset: origin.offset };
        if records.iter().any(|(wanted, _)| *wanted == at) {
            let dead_letter = DeadLetter::from_headers(&record.headers);
            seen.insert(at, Offspring { partition: record.partition, offset: record.offset, dead_letter });
        }
        Ok(())
    })?;
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_read_a_record_is_told_by_the_committed_offsets() {
        let part = |start, committed| Offsets { topic: "t".to_owned(), partition: 1, start, end: 100, committed };
        for (part, offset, ahead_of_it) in [
            (part(0, None), 7, Some(7)),
            (part(0, Some(7)), 7, Some(0)),
            (part(0, Some(8)), 7, None),
            (part(5, Some(2)), 7, Some(2)),
        ] {
            assert_eq!(ahead(std::slice::from_ref(&part), 1, offset), ahead_of_it, "{part:?}");
        }
        assert_eq!(ahead(&[part(0, None)], 2, 7), None);
        assert!(in_flight("before ingest", INGEST, Some(3)).contains("hearken-ingest has 3 records"));
    }
}

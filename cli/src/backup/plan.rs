//! Whether a backup fits the log that is there, and where the sink goes on. Pure: what Kafka says is an argument.

use std::fmt;

use super::manifest::{Manifest, Position, Probe};
use crate::hops::{ALERT, SINK};

/// What Kafka says of one partition now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) topic: String,
    pub(super) partition: i32,
    /// The first offset that is there.
    pub(super) start: i64,
    /// The offset the next record gets.
    pub(super) end: i64,
    /// The epoch that the sink's commit speaks of.
    pub(super) epoch: u32,
    /// The record that the backup names, where it is still there.
    pub(super) probe: Option<Probe>,
}

/// What Kafka says now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Now {
    pub(super) cluster: Option<String>,
    /// Members of the sink's group and of the alert service's.
    pub(super) members: [usize; 2],
    pub(super) parts: Vec<Part>,
}

/// Where the sink goes on with a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) topic: String,
    pub(super) partition: i32,
    pub(super) to: i64,
    /// A life of the offsets that no row and no token knows.
    pub(super) epoch: u32,
    pub(super) end: i64,
}

/// Why a backup is not restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A service reads.
    Members(&'static str, usize),
    /// It is of another Kafka.
    Cluster(String, String),
    /// The partition is gone, or is another one under the same name.
    Another(String, i32),
    /// Kafka has forgotten records that came since.
    Forgotten(i64),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Members(group, members) => write!(
                f,
                "{group} has {members} member{}: stop the service first (one that was killed, or has a kafka.instance_id, counts until its session times out)",
                if *members == 1 { "" } else { "s" }
            ),
            Self::Cluster(then, now) => {
                write!(f, "the backup is of the Kafka cluster {then}, and this is {now}: its offsets mean nothing here")
            }
            Self::Another(topic, partition) => write!(
                f,
                "{topic}[{partition}] is not the partition that the backup speaks of: was the topic made again? Its offsets mean \
                 nothing here"
            ),
            Self::Forgotten(0) => write!(f, "no record is left out; --skip is for what Kafka has forgotten"),
            Self::Forgotten(records) => write!(
                f,
                "Kafka has forgotten {records} record{} that came since. Take a newer backup; or say --skip {records}, start the \
                 sink, and let ingest read the raw topics again (hearken rewind --group ingest), which keep theirs longer",
                if *records == 1 { "" } else { "s" }
            ),
        }
    }
}

/// Returns where the sink goes on, and everything that speaks against it.
pub(super) fn plan(manifest: &Manifest, now: &Now, skip: i64) -> (Vec<Move>, Vec<Refusal>) {
    let groups = [SINK, ALERT].into_iter().zip(now.members);
    let mut refusals: Vec<Refusal> =
        groups.filter(|(_, members)| *members > 0).map(|(group, members)| Refusal::Members(group, members)).collect();
    if let (Some(then), Some(here)) = (&manifest.cluster, &now.cluster)
        && then != here
    {
        refusals.push(Refusal::Cluster(then.clone(), here.clone()));
    }
    let (mut moves, mut forgotten) = (Vec::new(), 0);
    for position in &manifest.positions {
        match step(position, now) {
            Some((step, records)) => {
                moves.push(step);
                forgotten += records;
            }
            None => refusals.push(Refusal::Another(position.topic.clone(), position.partition)),
        }
    }
    if forgotten != skip {
        refusals.push(Refusal::Forgotten(forgotten));
    }
    (moves, refusals)
}

/// Returns where the sink goes on with a partition, and how many records that came since are gone.
fn step(position: &Position, now: &Now) -> Option<(Move, i64)> {
    let Position { topic, partition, offset, epoch, probe } = position;
    let part = now.parts.iter().find(|part| part.topic == *topic && part.partition == *partition)?;
    let is_same = probe.zip(part.probe).is_none_or(|(then, now)| then == now);
    if !is_same || part.end < *offset {
        return None;
    }
    let (to, epoch) = ((*offset).max(part.start), part.epoch.max(*epoch).saturating_add(1));
    Some((Move { topic: topic.clone(), partition: *partition, to, epoch, end: part.end }, to - offset))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::manifest::Log;
    use super::*;

    /// A backup that stands at 50 of a partition, in epoch 2.
    fn manifest() -> Manifest {
        let probe = Some(Probe { offset: 49, crc: 7 });
        let position = Position { topic: "t".to_owned(), partition: 1, offset: 50, epoch: 2, probe };
        let log = Log {
            cluster: Some("one".to_owned()),
            positions: vec![position],
            evaluated: None,
            alerts_end: 0,
            erasures_end: 0,
        };
        Manifest::new(log, BTreeMap::new())
    }

    fn part(start: i64, end: i64, epoch: u32, crc: Option<u32>) -> Part {
        Part { topic: "t".to_owned(), partition: 1, start, end, epoch, probe: crc.map(|crc| Probe { offset: 49, crc }) }
    }

    #[test]
    fn the_sink_goes_back_or_it_is_said_why_not() {
        let there = part(0, 90, 2, Some(7));
        let another = "t[1] is not the partition that the backup speaks of";
        for (name, cluster, members, parts, skip, expected) in [
            ("back", "one", [0, 0], vec![there.clone()], 0, "t[1] 50 in 3"),
            ("rewound since", "one", [0, 0], vec![part(0, 90, 5, Some(7))], 0, "t[1] 50 in 6"),
            ("the probe is forgotten", "one", [0, 0], vec![part(50, 90, 2, None)], 0, "t[1] 50 in 3"),
            (
                "records are forgotten",
                "one",
                [0, 0],
                vec![part(60, 90, 2, None)],
                0,
                "t[1] 60 in 3 | Kafka has forgotten 10 records",
            ),
            ("and that is meant", "one", [0, 0], vec![part(60, 90, 2, None)], 10, "t[1] 60 in 3"),
            ("nothing is forgotten", "one", [0, 0], vec![there.clone()], 4, "t[1] 50 in 3 | no record is left out"),
            ("made again, shorter", "one", [0, 0], vec![part(0, 9, 2, None)], 0, another),
            ("made again, longer", "one", [0, 0], vec![part(0, 90, 2, Some(8))], 0, another),
            ("gone", "one", [0, 0], vec![], 0, another),
            (
                "another cluster",
                "two",
                [0, 0],
                vec![there.clone()],
                0,
                "t[1] 50 in 3 | the backup is of the Kafka cluster one, and this is two",
            ),
            (
                "services run",
                "one",
                [1, 2],
                vec![there],
                0,
                "t[1] 50 in 3 | hearken-sink has 1 member: stop | hearken-alert has 2 members: stop",
            ),
        ] {
            let now = Now { cluster: Some(cluster.to_owned()), members, parts };
            let (moves, refusals) = plan(&manifest(), &now, skip);
            let moves =
                moves.iter().map(|step| format!("{}[{}] {} in {}", step.topic, step.partition, step.to, step.epoch));
            let found: Vec<String> = moves.chain(refusals.iter().map(ToString::to_string)).collect();
            let expected: Vec<&str> = expected.split(" | ").collect();
            assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
            for (found, expected) in found.iter().zip(expected) {
                assert!(found.starts_with(expected), "{name}: {found:?}, expected {expected:?}");
            }
        }
    }
}

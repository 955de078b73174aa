//! What a rewind moves, and why it may not. Pure: where the group stands is an argument.

use std::fmt;

use hearken_runtime::kafka::admin::Offsets;
use hearken_runtime::kafka::rewind::Position;
use hearken_sink::intent::{Intent, Newer, Range};

/// Where one partition stands and where it is wanted.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// The partition's own bounds.
    pub(super) offsets: Offsets,
    /// What the group committed; `None` where it never did, and a start would begin with the first record.
    pub(super) position: Option<Position>,
    /// The offset it shall read next.
    pub(super) to: i64,
}

/// What is asked of all partitions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    /// Whether the group is the sink's, whose offsets carry its intent.
    pub(super) sink: bool,
    /// How many members the group has now.
    pub(super) members: usize,
    /// How many records may be left out.
    pub(super) skip: i64,
}

/// One partition that moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) topic: String,
    pub(super) partition: i32,
    pub(super) from: i64,
    pub(super) to: i64,
    /// What goes beside the offset.
    pub(super) metadata: String,
}

impl Move {
    /// Returns how many records are read again; negative where as many are left out.
    pub(super) fn again(&self) -> i64 {
        self.from - self.to
    }
}

/// Why a group is not moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Somebody reads.
    Members(usize),
    /// The offset is none of the partition's.
    Outside(Offsets, i64),
    /// The sink began ranges there and perhaps did not end them.
    Pending(String, i32, Vec<Range>),
    /// A later release of the sink wrote the intent.
    Newer(Newer),
    /// Records would be left out, and other ones than was said.
    LeftOut(i64),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Members(members) => write!(
                f,
                "the group has {members} member{}: stop the service first (one that was killed, or has a kafka.instance_id, counts until its session times out)",
                if *members == 1 { "" } else { "s" }
            ),
            Self::Outside(Offsets { topic, partition, start, end, .. }, to) => {
                write!(f, "{topic}[{partition}] goes from {start} to {end}, and {to} is outside")
            }
            Self::Pending(topic, partition, ranges) => {
                let ranges: Vec<String> = ranges.iter().map(Range::to_string).collect();
                let ranges = ranges.join(", ");
                write!(
                    f,
                    "{topic}[{partition}]: the sink began to write {ranges} and has not said that it is done; start it once so \
                     that it completes that, stop it, and rewind then"
                )
            }
            Self::Newer(newer) => newer.fmt(f),
            Self::LeftOut(0) => write!(f, "nothing is left out; --skip is for moves forward"),
            Self::LeftOut(records) => write!(
                f,
                "this moves forward and leaves {records} record{} out, which then never get an outcome; if that is meant, say --skip {records}",
                if *records == 1 { "" } else { "s" }
            ),
        }
    }
}

/// Returns what moves, and everything that speaks against it: a group is moved as a whole or not at all.
pub(super) fn plan(parts: &[Part], wish: Wish) -> (Vec<Move>, Vec<Refusal>) {
    let (mut moves, mut refusals) = (Vec::new(), Vec::new());
    if wish.members > 0 {
        refusals.push(Refusal::Members(wish.members));
    }
    for part in parts {
        match part.step(wish.sink) {
            Ok(step) => moves.extend(step),
            Err(refusal) => refusals.push(refusal),
        }
    }
    let left_out: i64 = moves.iter().map(|step| -step.again()).filter(|records| *records > 0).sum();
    if left_out != wish.skip {
        refusals.push(Refusal::LeftOut(left_out));
    }
    (moves, refusals)
}

impl Part {
    /// Returns the partition's own move, if it moves at all.
    fn step(&self, sink: bool) -> Result<Option<Move>, Refusal> {
        let Offsets { topic, partition, start, end, .. } = &self.offsets;
        if !(*start..=*end).contains(&self.to) {
            return Err(Refusal::Outside(self.offsets.clone(), self.to));
        }
        let committed = self.position.as_ref().map(|(offset, _)| *offset);
        if committed == Some(self.to) {
            return Ok(None);
        }
        let metadata = if sink { self.next_life()? } else { String::new() };
        // What retention removed is read by nobody again.
        let from = committed.unwrap_or(*start).clamp(*start, *end);
        Ok(Some(Move { topic: topic.clone(), partition: *partition, from, to: self.to, metadata }))
    }

    /// Returns what the sink finds beside the offset: an epoch after its last one, so that tokens and pending ranges of
    /// the former life mean nothing. Without a last one it finds nothing and asks ClickHouse which epochs there were.
    fn next_life(&self) -> Result<String, Refusal> {
        let Some((_, metadata)) = &self.position else { return Ok(String::new()) };
        let Some(intent) = Intent::parse(metadata).map_err(Refusal::Newer)? else { return Ok(String::new()) };
        if !intent.pending.is_empty() {
            return Err(Refusal::Pending(self.offsets.topic.clone(), self.offsets.partition, intent.pending));
        }
        Ok(Intent { epoch: intent.epoch.saturating_add(1), ..Intent::default() }.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A partition with the offsets 10 to 90, where a group stands and is wanted.
    fn part(position: Option<(i64, &str)>, to: i64) -> Part {
        let offsets = Offsets { topic: "t".to_owned(), partition: 1, start: 10, end: 90, committed: None };
        Part { offsets, position: position.map(|(offset, metadata)| (offset, metadata.to_owned())), to }
    }

    /// Says what is planned: moves as `from>to metadata`, then the refusals' sentences.
    fn said(parts: &[Part], wish: Wish) -> String {
        let (moves, refusals) = plan(parts, wish);
        let moves = moves.iter().map(|Move { from, to, metadata, .. }| format!("{from}>{to} {metadata}"));
        let said: Vec<String> = moves.chain(refusals.iter().map(Refusal::to_string)).collect();
        said.join(" | ").trim().to_owned()
    }

    const NOBODY: Wish = Wish { sink: false, members: 0, skip: 0 };

    #[test]
    fn a_group_moves_back_and_nothing_else_by_itself() {
        let forward = "this moves forward and leaves 5 records out, which then never get an outcome; if that is meant, say --skip 5";
        let outside = "t[1] goes from 10 to 90, and 91 is outside";
        for (name, from, to, skip, expected) in [
            ("back", Some(50), 10, 0, "50>10"),
            ("not at all", Some(50), 50, 0, ""),
            ("what retention removed is not counted", Some(3), 10, 0, "10>10"),
            ("a topic made again", Some(500), 20, 0, "90>20"),
            ("never committed", None, 10, 0, "10>10"),
            ("never committed, forward", None, 15, 5, "10>15"),
            ("forward", Some(50), 55, 0, &format!("50>55  | {forward}")),
            ("forward, with another number", Some(50), 55, 6, &format!("50>55  | {forward}")),
            ("forward, as was said", Some(50), 55, 5, "50>55"),
            ("to the end", Some(85), 90, 5, "85>90"),
            ("behind the end", Some(50), 91, 0, outside),
            (
                "what is said to be left out and is not",
                Some(50),
                10,
                5,
                "50>10  | nothing is left out; --skip is for moves forward",
            ),
        ] {
            let found = said(&[part(from.map(|from| (from, "")), to)], Wish { skip, ..NOBODY });
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn the_sink_begins_another_life_unless_its_last_one_is_unfinished() {
        let pending = "t[1]: the sink began to write 5-9, 12-12 and has not said that it is done; start it once so that it completes \
                       that, stop it, and rewind then";
        for (name, metadata, expected) in [
            ("nothing pending", Some("v1;0;"), "50>10 v1;1;"),
            ("a later life", Some("v1;6;"), "50>10 v1;7;"),
            ("pending", Some("v1;0;5-9,12-12"), pending),
            ("moved by hand before", Some(""), "50>10"),
            ("somebody else's", Some("checkpoint"), "50>10"),
            ("never committed", None, "10>10"),
        ] {
            let parts = [part(metadata.map(|metadata| (50, metadata)), 10)];
            assert_eq!(said(&parts, Wish { sink: true, ..NOBODY }), expected, "{name}");
        }
        let newer = said(&[part(Some((50, "v3;0;5-9")), 10)], Wish { sink: true, ..NOBODY });
        assert!(newer.contains("newer hearken-sink"), "{newer}");
        // A range is unfinished wherever the group shall go, but not where it stays.
        assert_eq!(said(&[part(Some((50, "v1;0;50-60")), 50)], Wish { sink: true, ..NOBODY }), "");
    }

    #[test]
    fn every_reason_is_named_at_once() {
        let parts = [part(Some((50, "v1;3;50-60")), 10), part(Some((50, "v1;3;")), 99), part(Some((50, "v1;3;")), 51)];
        let (moves, refusals) = plan(&parts, Wish { sink: true, members: 2, skip: 0 });
        assert_eq!((moves.len(), refusals.len()), (1, 4), "{refusals:?}");
        let one = Refusal::Members(1).to_string();
        assert!(one.starts_with("the group has 1 member: stop the service first"), "{one}");
    }
}

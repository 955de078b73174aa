//! Whether the sink is stopped with nothing pending: ClickHouse forgets, with a view's query, what that view had taken of a
//! block that is half written.

use anyhow::{Context, Result, bail};
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::admin::offsets;
use hearken_runtime::kafka::inspect::members;
use hearken_runtime::kafka::rewind::{Partition, positions};
use hearken_sink::intent::Intent;

use crate::hops::{HOPS, SINK};

/// How to know about the sink.
pub(crate) enum Sink {
    /// Kafka knows the members of its group, and what they began to write.
    Ask(Box<Connection>),
    /// There is none, or somebody said so.
    Stopped,
}

impl Sink {
    /// Looks whether the sink is stopped with nothing pending.
    ///
    /// # Errors
    /// Where it is not, or nobody can say so.
    pub(super) async fn check(&self) -> Result<()> {
        let Self::Ask(connection) = self else { return Ok(()) };
        let connection = connection.clone();
        tokio::task::spawn_blocking(move || look(&connection)).await?.context(
            "the plan has steps during which the sink must be stopped (--sink-is-stopped takes your word for it)",
        )
    }
}

fn look(connection: &Connection) -> Result<()> {
    let count = members(connection, SINK)?;
    if count > 0 {
        bail!(
            "the group {SINK} has {count} members: stop the sink first; one that was killed, or has a kafka.instance_id, counts until its session times out"
        );
    }
    let mut partitions: Vec<Partition> = Vec::new();
    for topic in HOPS.iter().find(|(group, _)| *group == SINK).map_or(&[][..], |(_, topics)| topics) {
        partitions.extend(offsets(connection, None, topic)?.into_iter().map(|part| (part.topic, part.partition)));
    }
    for ((topic, partition), (_, metadata)) in positions(connection, SINK, &partitions)? {
        if let Some(range) = Intent::parse(&metadata)?.and_then(|intent| intent.pending.first().copied()) {
            bail!(
                "{topic}[{partition}]: the sink began to write {range} and has not said that it is done; start the version that \
                 ran before once so that it completes that, and stop it"
            );
        }
    }
    Ok(())
}

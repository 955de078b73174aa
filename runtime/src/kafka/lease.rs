//! One assignment of one partition: while it lasts its worker may commit, and not a moment longer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use anyhow::{Context, Result};
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::again::coordinated;
use super::consumer::Group;
use crate::sentinels::Watched;

/// The partition is no longer this member's: it was revoked, or the group went on without us. No failure: whoever has it
/// now goes on from the last commit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{topic} partition {partition} is no longer ours; its next owner goes on from the last commit")]
pub struct Lost {
    /// Topic name.
    pub topic: String,
    /// Partition number.
    pub partition: i32,
}

/// What the poll loop, the worker and its committer share about one assignment.
pub(super) struct Lease {
    pub(super) topic: String,
    pub(super) partition: i32,
    /// Who we were when the partition was assigned. The group gives a member that it took for dead a new name, so
    /// another name is another life.
    pub(super) member: String,
    pub(super) watched: Arc<Watched>,
    open: AtomicBool,
}

impl Lease {
    pub(super) fn new(topic: &str, partition: i32, member: &str, watched: Arc<Watched>) -> Self {
        let (topic, member) = (topic.to_owned(), member.to_owned());
        Self { topic, partition, member, watched, open: AtomicBool::new(true) }
    }

    /// Ends the assignment: no commit is sent from here on.
    pub(super) fn close(&self) {
        self.open.store(false, Ordering::SeqCst);
        self.watched.close();
    }

    fn lost(&self) -> Lost {
        Lost { topic: self.topic.clone(), partition: self.partition }
    }

    /// Sends a commit, and again while the coordinator is not ready; each time only where the partition is still ours.
    fn send(&self, group: &Group, list: &TopicPartitionList, patience: Duration) -> Result<(), KafkaError> {
        coordinated(patience, || {
            let ours = self.open.load(Ordering::SeqCst) && !group.consumer.assignment_lost();
            if !ours || group.member() != self.member {
                return Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::AssignmentLost));
            }
            group.consumer.commit(list, CommitMode::Sync)
        })
    }
}

/// Commits offsets of one partition, as long as its assignment lasts.
#[derive(Clone)]
pub struct Committer {
    group: Weak<Group>,
    lease: Arc<Lease>,
    patience: Duration,
}

impl Committer {
    pub(super) fn new(group: &Arc<Group>, lease: &Arc<Lease>, patience: Duration) -> Self {
        Self { group: Arc::downgrade(group), lease: Arc::clone(lease), patience }
    }

    /// Commits `offset` with `metadata` and waits for the coordinator's answer.
    ///
    /// # Errors
    /// [`Lost`] in the chain where the partition is no longer ours; else what the coordinator refused, or that it did not
    /// answer in time.
    pub async fn commit(&self, offset: i64, metadata: String) -> Result<()> {
        let Some(group) = self.group.upgrade() else { return Err(self.lease.lost().into()) };
        let (lease, patience) = (Arc::clone(&self.lease), self.patience);
        let mut list = TopicPartitionList::new();
        list.add_partition(&lease.topic, lease.partition).set_metadata(metadata);
        list.set_partition_offset(&lease.topic, lease.partition, Offset::Offset(offset))?;
        lease.watched.asked(offset);
        let commit = move || {
            let answer = lease.send(&group, &list, patience);
            lease.watched.answered(offset, answer.is_ok());
            answer
        };
        let Err(error) = tokio::task::spawn_blocking(commit).await.context("commit task")? else { return Ok(()) };
        let what = format!("committing offset {offset} of {} partition {}", self.lease.topic, self.lease.partition);
        match error.rdkafka_error_code() {
            Some(
                RDKafkaErrorCode::AssignmentLost
                | RDKafkaErrorCode::UnknownMemberId
                | RDKafkaErrorCode::FencedInstanceId
                // The group ended for this consumer as a whole; the poll loop says why and stops the service.
                | RDKafkaErrorCode::Fatal
                | RDKafkaErrorCode::BrokerDestroy,
            ) => Err(anyhow::Error::new(self.lease.lost()).context(format!("{what}: {error}"))),
            Some(_) | None => Err(anyhow::Error::new(error).context(what)),
        }
    }
}

//! A record as it was read.

use std::sync::Arc;

use hearken_schemas::envelope::{Headers, Origin};
use tokio::sync::OwnedSemaphorePermit;

/// One Kafka record, its bytes owned, and its share of the memory budget, which returns when the record is dropped.
#[derive(Debug)]
pub struct Record {
    /// Topic name.
    pub topic: Arc<str>,
    /// Partition number.
    pub partition: i32,
    /// Offset in the partition.
    pub offset: i64,
    /// Kafka timestamp, milliseconds since the epoch.
    pub timestamp_ms: i64,
    /// The key's bytes.
    pub key: Option<Vec<u8>>,
    /// The value's bytes; `None` for a tombstone.
    pub value: Option<Vec<u8>>,
    /// The headers, in order.
    pub headers: Headers,
    /// Memory budget held, released on drop.
    pub(crate) budget: Option<OwnedSemaphorePermit>,
}

impl Record {
    /// Returns where the record is and what its value sums to.
    pub fn origin(&self) -> Origin {
        Origin {
            topic: self.topic.to_string(),
            partition: self.partition,
            offset: self.offset,
            timestamp_ms: self.timestamp_ms,
            crc: crc32fast::hash(self.value.as_deref().unwrap_or_default()),
        }
    }

    /// Returns the bytes it takes in memory, about.
    pub fn bytes(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.key.as_ref().map_or(0, Vec::len) + self.value.as_ref().map_or(0, Vec::len) + headers + 128
    }
}

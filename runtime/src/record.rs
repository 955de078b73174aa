//! A record as it was read.

use std::sync::Arc;

use hearken_schemas::envelope::{Headers, Origin};
use tokio::sync::OwnedSemaphorePermit;

/// One Kafka record, its bytes owned, and its share of the memory budget, which returns when the record is dropped or
/// released.
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
    /// Memory budget held; `None` before the record has any and after it gave it back.
    pub(crate) budget: Option<OwnedSemaphorePermit>,
}

impl Record {
    /// Returns a record that has a place and nothing else; it holds no memory budget.
    pub fn new(topic: impl Into<Arc<str>>, partition: i32, offset: i64) -> Self {
        Self {
            topic: topic.into(),
            partition,
            offset,
            timestamp_ms: 0,
            key: None,
            value: None,
            headers: Headers::new(),
            budget: None,
        }
    }

    /// Gives the memory budget back and keeps the bytes: whoever keeps the record counts [`Record::bytes`] from here on.
    #[must_use]
    pub fn release(self) -> Self {
        Self { budget: None, ..self }
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::Semaphore;

    #[test]
    fn a_released_record_keeps_its_bytes_and_gives_its_budget_back() {
        let budget = Arc::new(Semaphore::new(10));
        let held = Record {
            key: Some(b"c-1".to_vec()),
            value: Some(b"{}".to_vec()),
            budget: Arc::clone(&budget).try_acquire_many_owned(7).ok(),
            ..Record::new("t", 2, 7)
        };
        let (origin, bytes) = (held.origin(), held.bytes());
        assert_eq!(budget.available_permits(), 3);
        let released = held.release();
        assert_eq!(budget.available_permits(), 10);
        assert_eq!((released.origin(), released.bytes()), (origin, bytes));
        assert_eq!(released.key.as_deref(), Some(&b"c-1"[..]));
    }
}

//! The rows of the tables the sink writes, a type each, under the tables' own column names.

mod again;
mod customer;
mod dead_letter;
mod feedback;
mod order;
mod outcome;
mod visit;

use std::collections::BTreeMap;

use hearken_schemas::envelope::Origin;
use hearken_schemas::operation::Operation;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use again::{Again, NotAgain};
pub use customer::CustomerRow;
pub use dead_letter::DeadLetterRow;
pub use feedback::FeedbackRow;
pub use order::OrderRow;
pub use outcome::{OutcomeKind, OutcomeRow};
pub use visit::VisitRow;

use crate::table::StateTable;
use crate::versions::State;

/// Coordinates of a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct At {
    /// Topic name.
    pub topic: String,
    /// Partition number.
    pub partition: i32,
    /// Offset in the partition.
    pub offset: i64,
}

impl From<&Origin> for At {
    fn from(origin: &Origin) -> Self {
        Self { topic: origin.topic.clone(), partition: origin.partition, offset: origin.offset }
    }
}

/// A record of the sink's input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Where it is.
    pub at: At,
    /// In which life of the partition's offsets it was written; see [`crate::intent::Intent`].
    pub epoch: u32,
}

/// Where a row came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// The raw record.
    pub src: At,
    /// The sink's input.
    pub input: Input,
    /// CRC-32 of the raw record's bytes.
    pub crc: u32,
}

impl Lineage {
    /// Returns the lineage of a row made of the record at `at`; the epoch is for the judgement to say.
    pub fn new(src: &Origin, at: &At) -> Self {
        Self { src: At::from(src), input: Input { at: at.clone(), epoch: 0 }, crc: src.crc }
    }
}

/// A row-to-be of a table whose every row is one state of something.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the tables' own names")]
pub enum StateRow {
    Feedback(Box<FeedbackRow>),
    Order(Box<OrderRow>),
    Visit(Box<VisitRow>),
    Customer(Box<CustomerRow>),
}

impl StateRow {
    /// Returns the row of an operation.
    pub fn of_operation(operation: Operation, src: &Origin, at: &At) -> Self {
        let record_id = operation.record_id();
        let content_crc = crate::content::of_operation(&operation);
        let lineage = Lineage::new(src, at);
        match operation {
            Operation::Order(order) => Self::Order(Box::new(OrderRow::new(record_id, order, lineage, content_crc))),
            Operation::Visit(visit) => Self::Visit(Box::new(VisitRow::new(record_id, visit, lineage, content_crc))),
            Operation::Customer(customer) => {
                Self::Customer(Box::new(CustomerRow::new(record_id, *customer, lineage, content_crc)))
            }
        }
    }

    /// Returns the table it is for.
    pub fn table(&self) -> StateTable {
        match self {
            Self::Feedback(_) => StateTable::Feedback,
            Self::Order(_) => StateTable::Orders,
            Self::Visit(_) => StateTable::Visits,
            Self::Customer(_) => StateTable::Customers,
        }
    }

    /// Returns what it is the state of.
    pub fn id(&self) -> Uuid {
        match self {
            Self::Feedback(row) => row.feedback_id,
            Self::Order(row) => row.record_id,
            Self::Visit(row) => row.record_id,
            Self::Customer(row) => row.record_id,
        }
    }

    /// Returns the state: of an operation every record is one of its own, under version 0.
    pub fn state(&self) -> State {
        let (version, content_crc) = match self {
            Self::Feedback(row) => (row.version, row.content_crc),
            Self::Order(row) => (0, row.content_crc),
            Self::Visit(row) => (0, row.content_crc),
            Self::Customer(row) => (0, row.content_crc),
        };
        State { id: self.id(), version, src: self.lineage().src, content_crc }
    }

    /// Returns where it came from.
    pub fn lineage(&self) -> Lineage {
        match self {
            Self::Feedback(row) => row.lineage(),
            Self::Order(row) => row.lineage.clone(),
            Self::Visit(row) => row.lineage.clone(),
            Self::Customer(row) => row.lineage.clone(),
        }
    }

    /// Returns the offset of its record in the sink's input.
    pub fn offset(&self) -> i64 {
        match self {
            Self::Feedback(row) => row.in_offset,
            Self::Order(row) => row.lineage.input.at.offset,
            Self::Visit(row) => row.lineage.input.at.offset,
            Self::Customer(row) => row.lineage.input.at.offset,
        }
    }

    /// Says in which epoch it is written.
    pub fn stamp(&mut self, epoch: u32) {
        match self {
            Self::Feedback(row) => row.in_epoch = epoch,
            Self::Order(row) => row.lineage.input.epoch = epoch,
            Self::Visit(row) => row.lineage.input.epoch = epoch,
            Self::Customer(row) => row.lineage.input.epoch = epoch,
        }
    }

    /// Returns when the raw record reached Kafka, milliseconds since the epoch.
    pub fn received_at(&self) -> i64 {
        match self {
            Self::Feedback(row) => row.received_at,
            Self::Order(row) => row.received_at,
            Self::Visit(row) => row.received_at,
            Self::Customer(row) => row.received_at,
        }
    }

    /// Returns the bytes it takes in memory, about.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Feedback(row) => row.bytes(),
            Self::Order(row) => size_of::<OrderRow>() + row.items_product_id.len() * 64 + map_bytes(&row.attributes),
            Self::Visit(row) => size_of::<VisitRow>() + row.page.len() + map_bytes(&row.attributes),
            Self::Customer(row) => size_of::<CustomerRow>() + row.aliases_key.len() * 96 + map_bytes(&row.attributes),
        }
    }
}

fn map_bytes(map: &BTreeMap<String, String>) -> usize {
    map.iter().map(|(key, value)| key.len() + value.len() + 48).sum()
}

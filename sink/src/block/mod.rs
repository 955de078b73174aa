//! Rows as one ArrowStream block.

mod columns;
mod customer;
mod dead_letter;
mod feedback;
mod order;
mod outcome;
mod visit;

use std::sync::Arc;

use arrow_array::{Array, RecordBatch};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, Field, Schema};

use crate::row::{CustomerRow, DeadLetterRow, FeedbackRow, OrderRow, OutcomeRow, VisitRow};
use crate::table::{StateTable, Table};
use columns::Column;

/// Rows of one table.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the tables' own names")]
pub enum Rows {
    Feedback(Vec<FeedbackRow>),
    Orders(Vec<OrderRow>),
    Visits(Vec<VisitRow>),
    Customers(Vec<CustomerRow>),
    Outcomes(Vec<OutcomeRow>),
    DeadLetters(Vec<DeadLetterRow>),
}

impl Rows {
    /// Returns the table they belong to.
    pub fn table(&self) -> Table {
        match self {
            Self::Feedback(_) => Table::State(StateTable::Feedback),
            Self::Orders(_) => Table::State(StateTable::Orders),
            Self::Visits(_) => Table::State(StateTable::Visits),
            Self::Customers(_) => Table::State(StateTable::Customers),
            Self::Outcomes(_) => Table::Outcomes,
            Self::DeadLetters(_) => Table::DeadLetters,
        }
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Feedback(rows) => rows.len(),
            Self::Orders(rows) => rows.len(),
            Self::Visits(rows) => rows.len(),
            Self::Customers(rows) => rows.len(),
            Self::Outcomes(rows) => rows.len(),
            Self::DeadLetters(rows) => rows.len(),
        }
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Encodes them as one block.
    ///
    /// # Errors
    /// Where Arrow refuses a column; that would be a defect.
    pub fn block(&self) -> Result<Block, ArrowError> {
        let columns = match self {
            Self::Feedback(rows) => feedback::columns(rows),
            Self::Orders(rows) => order::columns(rows),
            Self::Visits(rows) => visit::columns(rows),
            Self::Customers(rows) => customer::columns(rows),
            Self::Outcomes(rows) => outcome::columns(rows),
            Self::DeadLetters(rows) => dead_letter::columns(rows),
        };
        encode(self.table(), self.len(), columns)
    }
}

/// Returns the columns that the sink writes, table by table.
pub fn tables() -> Vec<(Table, Vec<&'static str>)> {
    let names = |columns: Vec<Column>| columns.into_iter().map(|(name, _)| name).collect();
    let of_state = |table| match table {
        StateTable::Feedback => names(feedback::columns(&[])),
        StateTable::Orders => names(order::columns(&[])),
        StateTable::Visits => names(visit::columns(&[])),
        StateTable::Customers => names(customer::columns(&[])),
    };
    let of = |table| match table {
        Table::State(table) => of_state(table),
        Table::Outcomes => names(outcome::columns(&[])),
        Table::DeadLetters => names(dead_letter::columns(&[])),
    };
    Table::ALL.into_iter().map(|table| (table, of(table))).collect()
}

/// Rows of one table, ready to be sent: the same bytes for every attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The table.
    pub table: Table,
    /// The column names, in the order of the stream.
    pub columns: Vec<&'static str>,
    /// How many rows.
    pub rows: usize,
    /// The ArrowStream.
    pub bytes: Vec<u8>,
}

fn encode(table: Table, rows: usize, columns: Vec<Column>) -> Result<Block, ArrowError> {
    let nullable = |(name, array): &Column| Field::new(*name, array.data_type().clone(), array.is_nullable());
    let schema = Arc::new(Schema::new(columns.iter().map(nullable).collect::<Vec<_>>()));
    let names = columns.iter().map(|(name, _)| *name).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.into_iter().map(|(_, array)| array).collect())?;
    // Buffers and their padding, with some room for the schema: growing would copy all of it.
    let mut writer = StreamWriter::try_new(Vec::with_capacity(batch.get_array_memory_size() + 16_384), &schema)?;
    writer.write(&batch)?;
    Ok(Block { table, columns: names, rows, bytes: writer.into_inner()? })
}

//! Columns of `dead_letters`.

use arrow_array::UInt64Array;

use super::columns::{Column, array, coordinates, lineage, text, times};
use crate::row::DeadLetterRow;

pub(super) fn columns(rows: &[DeadLetterRow]) -> Vec<Column> {
    let mut columns = vec![
        ("stage", text(rows, |row| row.stage)),
        ("reason", text(rows, |row| row.reason)),
        ("detail", text(rows, |row| &row.detail)),
        ("received_at", times(rows, |row| row.received_at)),
        ("size_bytes", array::<UInt64Array, _, _>(rows, |row| row.size_bytes)),
        ("excerpt", text(rows, |row| &row.excerpt)),
    ];
    columns.extend(coordinates(rows, ["at_topic", "at_partition", "at_offset"], |row| &row.at));
    columns.extend(lineage(rows, |row| &row.lineage));
    columns
}

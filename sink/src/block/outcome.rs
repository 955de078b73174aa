//! Columns of `outcomes`.

use arrow_array::UInt64Array;

use super::columns::{Column, array, ids, lineage, text, times};
use crate::row::OutcomeRow;

pub(super) fn columns(rows: &[OutcomeRow]) -> Vec<Column> {
    let mut columns = vec![
        ("kind", text(rows, |row| row.kind.as_str())),
        ("record_id", ids(rows, |row| row.record_id)),
        ("version", array::<UInt64Array, _, _>(rows, |row| row.version)),
        ("received_at", times(rows, |row| row.received_at)),
    ];
    columns.extend(lineage(rows, |row| &row.lineage));
    columns
}

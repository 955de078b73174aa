//! Columns of `visits`.

use arrow_array::{UInt32Array, UInt64Array};

use super::columns::{Column, array, ids, lineage, maps, optional_text, text, times};
use crate::row::VisitRow;

pub(super) fn columns(rows: &[VisitRow]) -> Vec<Column> {
    let mut columns = vec![
        ("record_id", ids(rows, |row| row.record_id)),
        ("source", text(rows, |row| &row.source)),
        ("visit_id", text(rows, |row| &row.visit_id)),
        ("customer_id", optional_text(rows, |row| &row.customer_id)),
        ("id_namespace", text(rows, |row| &row.id_namespace)),
        ("visitor_id", optional_text(rows, |row| &row.visitor_id)),
        ("occurred_at", times(rows, |row| row.occurred_at)),
        ("time_precision", text(rows, |row| row.time_precision)),
        ("received_at", times(rows, |row| row.received_at)),
        ("page", text(rows, |row| &row.page)),
        ("event", text(rows, |row| row.event)),
        ("dwell_ms", array::<UInt64Array, _, _>(rows, |row| row.dwell_ms)),
        ("touchpoint", optional_text(rows, |row| &row.touchpoint)),
        ("campaign", optional_text(rows, |row| &row.campaign)),
        ("brand", text(rows, |row| &row.brand)),
        ("product_id", optional_text(rows, |row| &row.product_id)),
        ("attributes", maps(rows, |row| &row.attributes)),
        ("content_crc", array::<UInt32Array, _, _>(rows, |row| row.content_crc)),
    ];
    columns.extend(lineage(rows, |row| &row.lineage));
    columns
}

//! Columns of `customers`.

use arrow_array::UInt32Array;

use super::columns::{Column, array, flags, ids, lineage, maps, optional_text, text, text_lists, times};
use crate::row::CustomerRow;

pub(super) fn columns(rows: &[CustomerRow]) -> Vec<Column> {
    let mut columns = vec![
        ("record_id", ids(rows, |row| row.record_id)),
        ("source", text(rows, |row| &row.source)),
        ("customer_id", text(rows, |row| &row.customer_id)),
        ("id_namespace", text(rows, |row| &row.id_namespace)),
        ("updated_at", times(rows, |row| row.updated_at)),
        ("received_at", times(rows, |row| row.received_at)),
        ("deleted", flags(rows, |row| Some(row.deleted))),
        ("name", optional_text(rows, |row| &row.name)),
        ("segment", text(rows, |row| &row.segment)),
        ("region", optional_text(rows, |row| &row.region)),
        ("owner", optional_text(rows, |row| &row.owner)),
        ("consent_contact", flags(rows, |row| row.consent_contact)),
        ("status", optional_text(rows, |row| &row.status)),
        ("aliases.type", text_lists(rows, |row| &row.aliases_type)),
        ("aliases.key", text_lists(rows, |row| &row.aliases_key)),
        ("attributes", maps(rows, |row| &row.attributes)),
        ("content_crc", array::<UInt32Array, _, _>(rows, |row| row.content_crc)),
    ];
    columns.extend(lineage(rows, |row| &row.lineage));
    columns
}

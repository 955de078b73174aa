//! Columns of `orders`.

use arrow_array::UInt32Array;
use arrow_array::builder::Float32Builder;

use super::columns::{
    Column, amount_lists, amounts, array, ids, lineage, lists, maps, optional_text, text, text_lists, times,
};
use crate::row::OrderRow;

pub(super) fn columns(rows: &[OrderRow]) -> Vec<Column> {
    let mut columns = vec![
        ("record_id", ids(rows, |row| row.record_id)),
        ("source", text(rows, |row| &row.source)),
        ("order_id", text(rows, |row| &row.order_id)),
        ("customer_id", optional_text(rows, |row| &row.customer_id)),
        ("id_namespace", text(rows, |row| &row.id_namespace)),
        ("status", text(rows, |row| &row.status)),
        ("occurred_at", times(rows, |row| row.occurred_at)),
        ("time_precision", text(rows, |row| row.time_precision)),
        ("updated_at", times(rows, |row| row.updated_at)),
        ("received_at", times(rows, |row| row.received_at)),
        ("amount", amounts(rows, |row| row.amount)),
        ("currency", text(rows, |row| &row.currency)),
        ("items.product_id", text_lists(rows, |row| &row.items_product_id)),
        (
            "items.quantity",
            lists(rows, Float32Builder::new(), |row| &row.items_quantity, |all, number| all.append_value(*number)),
        ),
        ("items.amount", amount_lists(rows, |row| &row.items_amount)),
        ("store_id", optional_text(rows, |row| &row.store_id)),
        ("brand", text(rows, |row| &row.brand)),
        ("region", optional_text(rows, |row| &row.region)),
        ("attributes", maps(rows, |row| &row.attributes)),
        ("content_crc", array::<UInt32Array, _, _>(rows, |row| row.content_crc)),
    ];
    columns.extend(lineage(rows, |row| &row.lineage));
    columns
}

//! Fields of rows as Arrow columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, Decimal128Builder, ListBuilder, MapBuilder, MapFieldNames, StringBuilder, TimestampMillisecondBuilder,
};
use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, Int32Array, Int64Array, StringArray, TimestampMillisecondArray,
    UInt32Array,
};
use arrow_schema::DataType;
use uuid::Uuid;

use crate::row::{At, Lineage};

/// A column under its name in the table.
pub(super) type Column = (&'static str, ArrayRef);

/// Amounts are kept as `Decimal(18, 4)`, in ten-thousandths.
const AMOUNT: (u8, i8) = (18, 4);

pub(super) fn array<A, R, V>(rows: &[R], value: impl Fn(&R) -> V) -> ArrayRef
where
    A: arrow_array::Array + FromIterator<V> + 'static,
{
    Arc::new(rows.iter().map(value).collect::<A>())
}

pub(super) fn text<'a, R>(rows: &'a [R], value: impl Fn(&'a R) -> &'a str) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(rows.iter().map(value)))
}

pub(super) fn optional_text<R>(rows: &[R], value: impl Fn(&R) -> &Option<String>) -> ArrayRef {
    Arc::new(rows.iter().map(|row| value(row).as_deref()).collect::<StringArray>())
}

/// In text form: servers before 26.3 read a UUID from nothing else.
pub(super) fn ids<R>(rows: &[R], value: impl Fn(&R) -> Uuid) -> ArrayRef {
    let mut buffer = Uuid::encode_buffer();
    let mut ids = StringBuilder::with_capacity(rows.len(), rows.len() * 36);
    for row in rows {
        ids.append_value(value(row).hyphenated().encode_lower(&mut buffer));
    }
    Arc::new(ids.finish())
}

pub(super) fn times<R>(rows: &[R], value: impl Fn(&R) -> i64) -> ArrayRef {
    Arc::new(TimestampMillisecondArray::from_iter_values(rows.iter().map(value)).with_timezone("UTC"))
}

pub(super) fn optional_times<R>(rows: &[R], value: impl Fn(&R) -> Option<i64>) -> ArrayRef {
    Arc::new(rows.iter().map(value).collect::<TimestampMillisecondArray>().with_timezone("UTC"))
}

pub(super) fn flags<R>(rows: &[R], value: impl Fn(&R) -> Option<bool>) -> ArrayRef {
    array::<BooleanArray, _, _>(rows, value)
}

pub(super) fn amounts<R>(rows: &[R], value: impl Fn(&R) -> Option<i64>) -> ArrayRef {
    let amounts = rows.iter().map(|row| value(row).map(i128::from)).collect::<Decimal128Array>();
    Arc::new(amounts.with_data_type(DataType::Decimal128(AMOUNT.0, AMOUNT.1)))
}

pub(super) fn text_lists<'a, R>(rows: &'a [R], value: impl Fn(&'a R) -> &'a Vec<String>) -> ArrayRef {
    lists(rows, StringBuilder::new(), value, |all, text| all.append_value(text))
}

pub(super) fn optional_text_lists<'a, R>(rows: &'a [R], value: impl Fn(&'a R) -> &'a Vec<Option<String>>) -> ArrayRef {
    lists(rows, StringBuilder::new(), value, |all, text| all.append_option(text.as_deref()))
}

pub(super) fn time_lists<'a, R>(rows: &'a [R], value: impl Fn(&'a R) -> &'a Vec<Option<i64>>) -> ArrayRef {
    let times = TimestampMillisecondBuilder::new().with_timezone("UTC");
    lists(rows, times, value, |all, time| all.append_option(*time))
}

pub(super) fn amount_lists<'a, R>(rows: &'a [R], value: impl Fn(&'a R) -> &'a Vec<Option<i64>>) -> ArrayRef {
    let amounts = Decimal128Builder::new().with_data_type(DataType::Decimal128(AMOUNT.0, AMOUNT.1));
    lists(rows, amounts, value, |all, amount| all.append_option(amount.map(i128::from)))
}

/// One list a row; `append` adds an element to the values of all lists.
pub(super) fn lists<'a, R, V: 'a, B: ArrayBuilder>(
    rows: &'a [R],
    values: B,
    value: impl Fn(&'a R) -> &'a Vec<V>,
    append: impl Fn(&mut B, &'a V),
) -> ArrayRef {
    let mut lists = ListBuilder::with_capacity(values, rows.len());
    for row in rows {
        value(row).iter().for_each(|element| append(lists.values(), element));
        lists.append(true);
    }
    Arc::new(lists.finish())
}

pub(super) fn maps<'a, R>(rows: &'a [R], value: impl Fn(&'a R) -> &'a BTreeMap<String, String>) -> ArrayRef {
    let names = MapFieldNames { entry: "entries".into(), key: "key".into(), value: "value".into() };
    let mut maps = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
    for row in rows {
        for (key, value) in value(row) {
            maps.keys().append_value(key);
            maps.values().append_value(value);
        }
        // Keys and values were appended in pairs, so the lengths agree.
        let _ = maps.append(true);
    }
    Arc::new(maps.finish())
}

/// The eight columns that say where a row came from.
pub(super) fn lineage<'a, R>(rows: &'a [R], value: impl Fn(&'a R) -> &'a Lineage) -> Vec<Column> {
    let mut columns = coordinates(rows, ["src_topic", "src_partition", "src_offset"], |row| &value(row).src);
    columns.extend(coordinates(rows, ["in_topic", "in_partition", "in_offset"], |row| &value(row).input.at));
    columns.push(("in_epoch", Arc::new(rows.iter().map(|row| value(row).input.epoch).collect::<UInt32Array>())));
    columns.push(("crc", Arc::new(rows.iter().map(|row| value(row).crc).collect::<UInt32Array>())));
    columns
}

pub(super) fn coordinates<'a, R>(
    rows: &'a [R],
    [topic, partition, offset]: [&'static str; 3],
    at: impl Fn(&'a R) -> &'a At,
) -> Vec<Column> {
    vec![
        (topic, text(rows, |row| &at(row).topic)),
        (partition, Arc::new(rows.iter().map(|row| at(row).partition).collect::<Int32Array>())),
        (offset, Arc::new(rows.iter().map(|row| at(row).offset).collect::<Int64Array>())),
    ]
}

//! Blocks of rows as the sink sends them: one Arrow record batch, in the stream format, with LZ4 and a token.

use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch, StringArray, TimestampMillisecondArray, UInt64Array};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use bytes::Bytes;
use clickhouse::Client;
use clickhouse::error::Error;

use super::server::Server;

const MONTH_MS: i64 = 31 * 24 * 3600 * 1000;
/// 2010-01-01.
const FIRST_MS: i64 = 1_262_304_000_000;

/// Creates a table as the pipeline has them, and a view into a target with a window of its own.
pub(crate) fn create_tables(server: &Server) {
    for statement in [
        "CREATE DATABASE h ENGINE = Atomic",
        "CREATE TABLE h.feedback (id UInt64, at DateTime64(3, 'UTC'), text String, score Int64) ENGINE = MergeTree \
         PARTITION BY toYYYYMM(at) ORDER BY id SETTINGS non_replicated_deduplication_window = 100000",
        "CREATE TABLE h.per_hour (hour DateTime('UTC'), n UInt64, score Int64) ENGINE = SummingMergeTree \
         ORDER BY hour SETTINGS non_replicated_deduplication_window = 100000",
        "CREATE MATERIALIZED VIEW h.to_per_hour TO h.per_hour AS SELECT toStartOfHour(at, 'UTC') AS hour, count() AS n, \
         sum(score) AS score FROM h.feedback GROUP BY hour",
    ] {
        server.sql(statement);
    }
}

/// A block of `rows` rows whose times lie in `months` months.
pub(crate) fn block(rows: u64, months: u64) -> Vec<u8> {
    let at = |row: u64| FIRST_MS + MONTH_MS * i64::try_from(row % months).expect("it is small");
    let text = |row: u64| format!("order {row} came late, and the box of {} was open", row * 7919 % 1000);
    let signed = |row: u64| i64::try_from(row % 21).expect("it is small") - 10;
    let columns = RecordBatch::try_new(
        Arc::new(Schema::new(vec![
            Field::new("id", DataType::UInt64, false),
            Field::new("at", DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())), false),
            Field::new("text", DataType::Utf8, false),
            Field::new("score", DataType::Int64, false),
        ])),
        vec![
            Arc::new(UInt64Array::from_iter_values(0..rows)),
            Arc::new(TimestampMillisecondArray::from_iter_values((0..rows).map(at)).with_timezone("UTC")),
            Arc::new(StringArray::from_iter_values((0..rows).map(text))),
            Arc::new(Int64Array::from_iter_values((0..rows).map(signed))),
        ],
    )
    .expect("the columns have one length");
    let mut writer = StreamWriter::try_new(Vec::new(), &columns.schema()).expect("the schema can be written");
    writer.write(&columns).expect("memory takes all writes");
    writer.into_inner().expect("memory takes all writes")
}

/// The sink's settings for one insert.
pub(crate) fn sink_settings(client: &Client, token: &str) -> Client {
    [
        ("insert_deduplication_token", token),
        ("insert_deduplicate", "1"),
        ("deduplicate_blocks_in_dependent_materialized_views", "1"),
        ("async_insert", "0"),
        ("wait_for_async_insert", "1"),
        ("max_partitions_per_insert_block", "0"),
    ]
    .iter()
    .fold(client.clone(), |client, (name, value)| client.with_setting(*name, *value))
}

/// Inserts a block as the sink does.
pub(crate) async fn insert(client: &Client, block: &[u8]) -> Result<(), Error> {
    let mut insert = client.insert_formatted_with("INSERT INTO h.feedback FORMAT ArrowStream");
    for piece in block.chunks(256 << 10) {
        insert.send(Bytes::copy_from_slice(piece)).await?;
    }
    insert.end().await
}

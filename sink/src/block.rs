//! Rows as one ArrowStream block.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Float32Builder, ListBuilder, MapBuilder, MapFieldNames, StringBuilder, TimestampMillisecondBuilder,
};
use arrow_array::{
    ArrayRef, Float32Array, Int8Array, Int32Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
    UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, Field, Schema};

use crate::row::{At, DeadLetterRow, FeedbackRow, OutcomeRow};

/// A table the sink writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the tables' own names")]
pub enum Table {
    Feedback,
    Outcomes,
    DeadLetters,
}

impl Table {
    /// Returns the table's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Feedback => "feedback",
            Self::Outcomes => "outcomes",
            Self::DeadLetters => "dead_letters",
        }
    }
}

/// Rows of one table.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the tables' own names")]
pub enum Rows {
    Feedback(Vec<FeedbackRow>),
    Outcomes(Vec<OutcomeRow>),
    DeadLetters(Vec<DeadLetterRow>),
}

impl Rows {
    /// Returns the table they belong to.
    pub fn table(&self) -> Table {
        match self {
            Self::Feedback(_) => Table::Feedback,
            Self::Outcomes(_) => Table::Outcomes,
            Self::DeadLetters(_) => Table::DeadLetters,
        }
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Feedback(rows) => rows.len(),
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
        match self {
            Self::Feedback(rows) => feedback(rows),
            Self::Outcomes(rows) => outcomes(rows),
            Self::DeadLetters(rows) => dead_letters(rows),
        }
    }
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

type Column = (&'static str, ArrayRef);

fn feedback(rows: &[FeedbackRow]) -> Result<Block, ArrowError> {
    let mut columns = identity(rows);
    columns.extend(content(rows));
    columns.extend(enrichment(rows));
    columns.extend([
        ("src_topic", text(rows, |row| &row.src_topic)),
        ("src_partition", array::<Int32Array, _, _>(rows, |row| row.src_partition)),
        ("src_offset", array::<Int64Array, _, _>(rows, |row| row.src_offset)),
        ("in_topic", text(rows, |row| &row.in_topic)),
        ("in_partition", array::<Int32Array, _, _>(rows, |row| row.in_partition)),
        ("in_offset", array::<Int64Array, _, _>(rows, |row| row.in_offset)),
        ("crc", array::<UInt32Array, _, _>(rows, |row| row.crc)),
    ]);
    encode(Table::Feedback, rows.len(), columns)
}

fn outcomes(rows: &[OutcomeRow]) -> Result<Block, ArrowError> {
    let mut columns = vec![
        ("kind", text(rows, |row| row.kind)),
        ("feedback_id", ids(rows, |row| row.feedback_id)),
        ("version", array::<UInt64Array, _, _>(rows, |row| row.version)),
        ("received_at", times(rows, |row| row.received_at)),
        ("crc", array::<UInt32Array, _, _>(rows, |row| row.crc)),
    ];
    columns.extend(coordinates(rows, ["src_topic", "src_partition", "src_offset"], |row| &row.src));
    columns.extend(coordinates(rows, ["in_topic", "in_partition", "in_offset"], |row| &row.input));
    encode(Table::Outcomes, rows.len(), columns)
}

fn dead_letters(rows: &[DeadLetterRow]) -> Result<Block, ArrowError> {
    let mut columns = vec![
        ("stage", text(rows, |row| row.stage)),
        ("reason", text(rows, |row| row.reason)),
        ("detail", text(rows, |row| &row.detail)),
        ("received_at", times(rows, |row| row.received_at)),
        ("crc", array::<UInt32Array, _, _>(rows, |row| row.crc)),
        ("size_bytes", array::<UInt64Array, _, _>(rows, |row| row.size_bytes)),
        ("excerpt", text(rows, |row| &row.excerpt)),
    ];
    columns.extend(coordinates(rows, ["at_topic", "at_partition", "at_offset"], |row| &row.at));
    columns.extend(coordinates(rows, ["src_topic", "src_partition", "src_offset"], |row| &row.src));
    columns.extend(coordinates(rows, ["in_topic", "in_partition", "in_offset"], |row| &row.input));
    encode(Table::DeadLetters, rows.len(), columns)
}

fn identity(rows: &[FeedbackRow]) -> Vec<Column> {
    vec![
        ("feedback_id", ids(rows, |row| row.feedback_id)),
        ("version", array::<UInt64Array, _, _>(rows, |row| row.version)),
        ("sign", array::<Int8Array, _, _>(rows, |row| row.sign)),
        ("arrival", array::<UInt8Array, _, _>(rows, |row| row.arrival)),
        ("channel", text(rows, |row| &row.channel)),
        ("source", text(rows, |row| &row.source)),
        ("source_id", text(rows, |row| &row.source_id)),
        ("revision", array::<UInt64Array, _, _>(rows, |row| row.revision)),
        ("occurred_at", times(rows, |row| row.occurred_at)),
        ("received_at", times(rows, |row| row.received_at)),
        ("enriched_at", times(rows, |row| row.enriched_at)),
        ("customer_id", optional_text(rows, |row| row.customer_id.as_deref())),
        ("brand", text(rows, |row| &row.brand)),
        ("product_id", optional_text(rows, |row| row.product_id.as_deref())),
        ("order_id", optional_text(rows, |row| row.order_id.as_deref())),
        ("store_id", optional_text(rows, |row| row.store_id.as_deref())),
        ("campaign", optional_text(rows, |row| row.campaign.as_deref())),
        ("touchpoint", optional_text(rows, |row| row.touchpoint.as_deref())),
        ("journey_stage", text(rows, |row| &row.journey_stage)),
        ("region", optional_text(rows, |row| row.region.as_deref())),
        ("parent_id", optional_text(rows, |row| row.parent_id.as_deref())),
        ("language_hint", optional_text(rows, |row| row.language_hint.as_deref())),
    ]
}

fn content(rows: &[FeedbackRow]) -> Vec<Column> {
    vec![
        ("title", optional_text(rows, |row| row.title.as_deref())),
        ("text", text(rows, |row| &row.text)),
        ("rating_value", array::<Float32Array, _, _>(rows, |row| row.rating_value)),
        ("rating_scale_max", array::<Float32Array, _, _>(rows, |row| row.rating_scale_max)),
        ("likes", array::<UInt64Array, _, _>(rows, |row| row.likes)),
        ("reposts", array::<UInt64Array, _, _>(rows, |row| row.reposts)),
        ("turns.at", time_lists(rows, |row| &row.turns_at)),
        ("turns.role", text_lists(rows, |row| &row.turns_role)),
        ("turns.text", text_lists(rows, |row| &row.turns_text)),
        ("resolved", flags(rows, |row| row.resolved)),
        ("redactions", array::<UInt32Array, _, _>(rows, |row| row.redactions)),
        ("attributes", maps(rows)),
    ]
}

fn enrichment(rows: &[FeedbackRow]) -> Vec<Column> {
    vec![
        ("language", text(rows, |row| &row.language)),
        ("language_confidence", array::<Float32Array, _, _>(rows, |row| row.language_confidence)),
        ("sentiment", text(rows, |row| &row.sentiment)),
        ("sentiment_score", array::<Float32Array, _, _>(rows, |row| row.sentiment_score)),
        ("sentiment_confidence", array::<Float32Array, _, _>(rows, |row| row.sentiment_confidence)),
        ("keywords.term", text_lists(rows, |row| &row.keywords_term)),
        ("keywords.stem", text_lists(rows, |row| &row.keywords_stem)),
        ("keywords.score", number_lists(rows, |row| &row.keywords_score)),
        ("enricher_version", array::<UInt16Array, _, _>(rows, |row| row.enricher_version)),
    ]
}

fn coordinates<R>(rows: &[R], names: [&'static str; 3], at: impl Fn(&R) -> &At) -> [Column; 3] {
    let [topic, partition, offset] = names;
    [
        (topic, text(rows, |row| &at(row).topic)),
        (partition, array::<Int32Array, _, _>(rows, |row| at(row).partition)),
        (offset, array::<Int64Array, _, _>(rows, |row| at(row).offset)),
    ]
}

fn encode(table: Table, rows: usize, columns: Vec<Column>) -> Result<Block, ArrowError> {
    let nullable = |(name, array): &Column| Field::new(*name, array.data_type().clone(), array.is_nullable());
    let schema = Arc::new(Schema::new(columns.iter().map(nullable).collect::<Vec<_>>()));
    let names = columns.iter().map(|(name, _)| *name).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.into_iter().map(|(_, array)| array).collect())?;
    let mut writer = StreamWriter::try_new(Vec::with_capacity(rows * 512), &schema)?;
    writer.write(&batch)?;
    Ok(Block { table, columns: names, rows, bytes: writer.into_inner()? })
}

fn array<A, R, V>(rows: &[R], value: impl Fn(&R) -> V) -> ArrayRef
where
    A: arrow_array::Array + FromIterator<V> + 'static,
{
    Arc::new(rows.iter().map(value).collect::<A>())
}

fn text<'a, R>(rows: &'a [R], value: impl Fn(&'a R) -> &'a str) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(rows.iter().map(value)))
}

fn optional_text<'a, R>(rows: &'a [R], value: impl Fn(&'a R) -> Option<&'a str>) -> ArrayRef {
    Arc::new(rows.iter().map(value).collect::<StringArray>())
}

/// ClickHouse reads a UUID from its text form.
fn ids<R>(rows: &[R], value: impl Fn(&R) -> uuid::Uuid) -> ArrayRef {
    let mut buffer = uuid::Uuid::encode_buffer();
    let mut ids = StringBuilder::with_capacity(rows.len(), rows.len() * 36);
    for row in rows {
        ids.append_value(value(row).hyphenated().encode_lower(&mut buffer));
    }
    Arc::new(ids.finish())
}

fn times<R>(rows: &[R], value: impl Fn(&R) -> i64) -> ArrayRef {
    Arc::new(TimestampMillisecondArray::from_iter_values(rows.iter().map(value)).with_timezone("UTC"))
}

fn flags(rows: &[FeedbackRow], value: impl Fn(&FeedbackRow) -> Option<bool>) -> ArrayRef {
    let mut flags = BooleanBuilder::with_capacity(rows.len());
    rows.iter().for_each(|row| flags.append_option(value(row)));
    Arc::new(flags.finish())
}

fn text_lists<'a>(rows: &'a [FeedbackRow], value: impl Fn(&'a FeedbackRow) -> &'a Vec<String>) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in rows {
        value(row).iter().for_each(|text| lists.values().append_value(text));
        lists.append(true);
    }
    Arc::new(lists.finish())
}

fn number_lists<'a>(rows: &'a [FeedbackRow], value: impl Fn(&'a FeedbackRow) -> &'a Vec<f32>) -> ArrayRef {
    let mut lists = ListBuilder::new(Float32Builder::new());
    for row in rows {
        lists.values().append_slice(value(row));
        lists.append(true);
    }
    Arc::new(lists.finish())
}

fn time_lists<'a>(rows: &'a [FeedbackRow], value: impl Fn(&'a FeedbackRow) -> &'a Vec<Option<i64>>) -> ArrayRef {
    let mut lists = ListBuilder::new(TimestampMillisecondBuilder::new().with_timezone("UTC"));
    for row in rows {
        value(row).iter().for_each(|time| lists.values().append_option(*time));
        lists.append(true);
    }
    Arc::new(lists.finish())
}

fn maps(rows: &[FeedbackRow]) -> ArrayRef {
    let names = MapFieldNames { entry: "entries".into(), key: "key".into(), value: "value".into() };
    let mut maps = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
    for row in rows {
        for (key, value) in &row.attributes {
            maps.keys().append_value(key);
            maps.values().append_value(value);
        }
        // Keys and values were appended in pairs, so the lengths agree.
        let _ = maps.append(true);
    }
    Arc::new(maps.finish())
}

//! Columns of `feedback`.

use arrow_array::builder::{Float32Builder, UInt32Builder};
use arrow_array::{ArrayRef, Float32Array, Int8Array, Int32Array, Int64Array};
use arrow_array::{UInt8Array, UInt16Array, UInt32Array, UInt64Array};

use super::columns::{
    Column, array, flags, ids, lists, maps, optional_text, optional_text_lists, optional_times, text, text_lists,
    time_lists, times,
};
use crate::row::FeedbackRow;

pub(super) fn columns(rows: &[FeedbackRow]) -> Vec<Column> {
    let mut columns = identity(rows);
    columns.extend(place(rows));
    columns.extend(content(rows));
    columns.extend(survey(rows));
    columns.extend(enrichment(rows));
    columns.extend(aspects(rows));
    columns.extend(intents(rows));
    columns.extend(lineage(rows));
    columns
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
        ("time_precision", text(rows, |row| &row.time_precision)),
        ("received_at", times(rows, |row| row.received_at)),
        ("enriched_at", times(rows, |row| row.enriched_at)),
        ("customer_id", optional_text(rows, |row| &row.customer_id)),
        ("id_namespace", text(rows, |row| &row.id_namespace)),
        ("customer_masked", flags(rows, |row| Some(row.customer_masked))),
        ("author_key", optional_text(rows, |row| &row.author_key)),
        ("agent_key", optional_text(rows, |row| &row.agent_key)),
    ]
}

fn place(rows: &[FeedbackRow]) -> Vec<Column> {
    vec![
        ("brand", text(rows, |row| &row.brand)),
        ("product_id", optional_text(rows, |row| &row.product_id)),
        ("order_id", optional_text(rows, |row| &row.order_id)),
        ("store_id", optional_text(rows, |row| &row.store_id)),
        ("campaign", optional_text(rows, |row| &row.campaign)),
        ("touchpoint", optional_text(rows, |row| &row.touchpoint)),
        ("journey_stage", text(rows, |row| &row.journey_stage)),
        ("region", optional_text(rows, |row| &row.region)),
        ("parent_id", optional_text(rows, |row| &row.parent_id)),
        ("language_hint", optional_text(rows, |row| &row.language_hint)),
    ]
}

fn content(rows: &[FeedbackRow]) -> Vec<Column> {
    vec![
        ("title", optional_text(rows, |row| &row.title)),
        ("text", text(rows, |row| &row.text)),
        ("rating_value", array::<Float32Array, _, _>(rows, |row| row.rating_value)),
        ("rating_scale_max", array::<Float32Array, _, _>(rows, |row| row.rating_scale_max)),
        ("likes", array::<UInt64Array, _, _>(rows, |row| row.likes)),
        ("reposts", array::<UInt64Array, _, _>(rows, |row| row.reposts)),
        ("url", optional_text(rows, |row| &row.url)),
        ("turns.at", time_lists(rows, |row| &row.turns_at)),
        ("turns.role", text_lists(rows, |row| &row.turns_role)),
        ("turns.text", text_lists(rows, |row| &row.turns_text)),
        ("resolved", flags(rows, |row| row.resolved)),
        ("redactions", array::<UInt32Array, _, _>(rows, |row| row.redactions)),
        ("attributes", maps(rows, |row| &row.attributes)),
    ]
}

fn survey(rows: &[FeedbackRow]) -> Vec<Column> {
    vec![
        ("survey_id", optional_text(rows, |row| &row.survey_id)),
        ("survey_kind", optional_text(rows, |row| &row.survey_kind)),
        ("sent_at", optional_times(rows, |row| row.sent_at)),
        ("case_id", optional_text(rows, |row| &row.case_id)),
        ("answers.question_id", text_lists(rows, |row| &row.answers_question_id)),
        ("answers.kind", text_lists(rows, |row| &row.answers_kind)),
        ("answers.feature", optional_text_lists(rows, |row| &row.answers_feature)),
        ("answers.value", optional_number_lists(rows, |row| &row.answers_value)),
        ("answers.scale_max", optional_number_lists(rows, |row| &row.answers_scale_max)),
        ("answers.direction", optional_text_lists(rows, |row| &row.answers_direction)),
        ("answers.text", optional_text_lists(rows, |row| &row.answers_text)),
    ]
}

fn enrichment(rows: &[FeedbackRow]) -> Vec<Column> {
    vec![
        ("language", text(rows, |row| &row.language)),
        ("language_confidence", array::<Float32Array, _, _>(rows, |row| row.language_confidence)),
        ("sentiment", optional_text(rows, |row| &row.sentiment)),
        ("sentiment_score", array::<Float32Array, _, _>(rows, |row| row.sentiment_score)),
        ("sentiment_confidence", array::<Float32Array, _, _>(rows, |row| row.sentiment_confidence)),
        ("keywords.term", text_lists(rows, |row| &row.keywords_term)),
        ("keywords.stem", text_lists(rows, |row| &row.keywords_stem)),
        ("keywords.score", number_lists(rows, |row| &row.keywords_score)),
        ("effort", optional_text(rows, |row| &row.effort)),
        ("origin", text(rows, |row| &row.origin)),
        ("simhash", array::<UInt64Array, _, _>(rows, |row| row.simhash)),
        ("enricher_version", array::<UInt16Array, _, _>(rows, |row| row.enricher_version)),
    ]
}

fn aspects(rows: &[FeedbackRow]) -> Vec<Column> {
    vec![
        ("aspects.category", text_lists(rows, |row| &row.aspects_category)),
        ("aspects.topic", text_lists(rows, |row| &row.aspects_topic)),
        ("aspects.touchpoint", optional_text_lists(rows, |row| &row.aspects_touchpoint)),
        ("aspects.polarity", text_lists(rows, |row| &row.aspects_polarity)),
        ("aspects.score", number_lists(rows, |row| &row.aspects_score)),
        ("aspects.start", position_lists(rows, |row| &row.aspects_start)),
        ("aspects.end", position_lists(rows, |row| &row.aspects_end)),
    ]
}

fn intents(rows: &[FeedbackRow]) -> Vec<Column> {
    vec![
        ("intents.kind", text_lists(rows, |row| &row.intents_kind)),
        ("intents.confidence", number_lists(rows, |row| &row.intents_confidence)),
        ("intents.start", position_lists(rows, |row| &row.intents_start)),
        ("intents.end", position_lists(rows, |row| &row.intents_end)),
    ]
}

fn lineage(rows: &[FeedbackRow]) -> Vec<Column> {
    vec![
        ("src_topic", text(rows, |row| &row.src_topic)),
        ("src_partition", array::<Int32Array, _, _>(rows, |row| row.src_partition)),
        ("src_offset", array::<Int64Array, _, _>(rows, |row| row.src_offset)),
        ("in_topic", text(rows, |row| &row.in_topic)),
        ("in_partition", array::<Int32Array, _, _>(rows, |row| row.in_partition)),
        ("in_offset", array::<Int64Array, _, _>(rows, |row| row.in_offset)),
        ("in_epoch", array::<UInt32Array, _, _>(rows, |row| row.in_epoch)),
        ("crc", array::<UInt32Array, _, _>(rows, |row| row.crc)),
        ("content_crc", array::<UInt32Array, _, _>(rows, |row| row.content_crc)),
    ]
}

fn number_lists<'a>(rows: &'a [FeedbackRow], value: impl Fn(&'a FeedbackRow) -> &'a Vec<f32>) -> ArrayRef {
    lists(rows, Float32Builder::new(), value, |all, number| all.append_value(*number))
}

fn optional_number_lists<'a>(
    rows: &'a [FeedbackRow],
    value: impl Fn(&'a FeedbackRow) -> &'a Vec<Option<f32>>,
) -> ArrayRef {
    lists(rows, Float32Builder::new(), value, |all, number| all.append_option(*number))
}

fn position_lists<'a>(rows: &'a [FeedbackRow], value: impl Fn(&'a FeedbackRow) -> &'a Vec<u32>) -> ArrayRef {
    lists(rows, UInt32Builder::new(), value, |all, position| all.append_value(*position))
}

//! What ClickHouse has of a record: a row, a repeat, a dead letter.

use anyhow::Result;
use hearken_schemas::feedback::Channel;
use hearken_schemas::id::FeedbackId;
use serde::Deserialize;

use super::Coordinates;
use super::wanted::Wanted;
use crate::replay::Kind;
use crate::store::{Store, quoted};

/// One thing that became of a raw record.
pub(super) struct Fate {
    pub(super) at: Coordinates,
    pub(super) at_ms: i64,
    pub(super) what: String,
}

#[derive(Deserialize)]
struct Row {
    src_topic: String,
    src_partition: i32,
    src_offset: i64,
    at_ms: i64,
    what: String,
}

const COMMON: &str = "src_topic, src_partition, src_offset, toInt64(toUnixTimestamp64Milli(received_at)) AS at_ms";

/// Returns the rows of what is wanted, and the records that were recognized as repeats or older states of it.
pub(super) async fn of_rows(store: &Store, wanted: &Wanted, kinds: &[Kind]) -> Result<Vec<Fate>> {
    let mut fates = Vec::new();
    for kind in kinds {
        for sql in queries(wanted, *kind) {
            fates.extend(ask(store, &sql).await?);
        }
    }
    Ok(fates)
}

/// Returns what became of records that made no row under their own name.
pub(super) async fn without_rows(store: &Store, records: impl Iterator<Item = &Coordinates>) -> Result<Vec<Fate>> {
    let mut fates = Vec::new();
    for Coordinates { topic, partition, offset } in records {
        let at = format!("src_topic = {} AND src_partition = {partition} AND src_offset = {offset}", quoted(topic));
        fates
            .extend(ask(store, &format!("SELECT {COMMON}, {DEAD_LETTER} AS what FROM dead_letters WHERE {at}")).await?);
        fates.extend(
            ask(store, &format!("SELECT DISTINCT {COMMON}, {OUTCOME} AS what FROM outcomes WHERE {at}")).await?,
        );
    }
    Ok(fates)
}

const DEAD_LETTER: &str = "concat('dead letter of ', stage, ', ', reason, ': ', detail)";

const OUTCOME: &str = "multiIf(kind = 'repeat', 'no row of its own: a repeat of a state that has one', \
                       kind = 'erased', 'erased: it names a customer who was to be forgotten', \
                       concat('no row of its own: ', kind, ', a newer state was known'))";

async fn ask(store: &Store, sql: &str) -> Result<Vec<Fate>> {
    let rows = store.rows::<Row>(sql).await?.into_iter();
    Ok(rows
        .map(|row| {
            let Row { src_topic: topic, src_partition: partition, src_offset: offset, at_ms, what } = row;
            Fate { at: Coordinates { topic, partition, offset }, at_ms, what }
        })
        .collect())
}

/// Returns the queries for rows of one kind and for outcomes under their ids.
fn queries(wanted: &Wanted, kind: Kind) -> [String; 2] {
    let (source, id) = (quoted(&wanted.source), quoted(&wanted.id));
    let of_feedback = |channel: Channel| {
        let id = FeedbackId::new(channel, &wanted.source, &wanted.id);
        (
            format!(
                "SELECT {COMMON}, concat('row of feedback, version ', toString(version), ' (revision ', toString(revision), '), ', \
                 if(version = max(version) OVER (), 'live', 'superseded')) AS what FROM feedback WHERE sign = 1 AND feedback_id = '{id}'"
            ),
            format!("record_id = '{id}'"),
        )
    };
    let of_states = |table: &str, condition: &str, state: &str, entity: &str| {
        let live = format!("if(updated_at = max(updated_at) OVER (PARTITION BY {entity}), 'live', 'superseded')");
        let live = if entity.is_empty() { "'live'".to_owned() } else { live };
        (
            format!(
                "SELECT {COMMON}, concat('row of {table}, ', {state}, ', ', {live}) AS what FROM {table} WHERE {condition}"
            ),
            format!("record_id GLOBAL IN (SELECT record_id FROM {table} WHERE {condition})"),
        )
    };
    let (rows, outcomes) = match kind {
        Kind::Reviews => of_feedback(Channel::Review),
        Kind::Chats => of_feedback(Channel::Chat),
        Kind::Social => of_feedback(Channel::Social),
        Kind::Surveys => of_feedback(Channel::Survey),
        Kind::Orders => of_states(
            "orders",
            &format!("order_id = {id} AND source = {source}"),
            "concat(status, ' at ', toString(updated_at))",
            "order_id",
        ),
        Kind::Visits => of_states("visits", &format!("visit_id = {id} AND source = {source}"), "event", ""),
        // A deletion by a record without a value has no source.
        Kind::Customers => of_states(
            "customers",
            &format!("customer_id = {id} AND source IN ({source}, '')"),
            "concat(if(deleted, 'deleted', 'profile'), ' at ', toString(updated_at))",
            "id_namespace",
        ),
    };
    [rows, format!("SELECT {COMMON}, {OUTCOME} AS what FROM outcomes WHERE {outcomes}")]
}

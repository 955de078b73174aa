//! What an erasure writes: the mirrors that bring every sum to what it would be, and the outcomes of the raw records.

use anyhow::{Context as _, Result};
use hearken_schemas::topics::ERASURES;
use serde::Deserialize;
use uuid::Uuid;

use super::places::Scope;
use super::request::Request;
use super::work::{DELETED, count_in};
use crate::servers::{Piece, Servers};

/// How a correcting block is written: as one block under one token, in all tables that follow.
const ONE_BLOCK: &str = "max_threads = 1, max_insert_threads = 1, max_block_size = 1000000, min_insert_block_size_rows = 1000000, \
     min_insert_block_size_bytes = 0, async_insert = 0, wait_for_async_insert = 1, insert_deduplicate = 1, \
     deduplicate_blocks_in_dependent_materialized_views = 1, max_partitions_per_insert_block = 0";

/// Takes every row of the customer's feedback back by its mirror, so that every sum is as if it had never come, and writes the outcomes of the
/// raw records. Each block has a token of the request, so doing it again changes nothing.
pub(super) async fn correct(servers: &Servers, request: &Request) -> Result<()> {
    for piece in servers.pieces("feedback") {
        mirror(&piece, request).await?;
    }
    for piece in servers.pieces("keyword_hour") {
        drop_empty_cells(&piece, request.id).await?;
    }
    note_origins(servers, request).await?;
    // What is about many stays and names the customer no more.
    for piece in ["alerts", "cases"].iter().flat_map(|table| servers.pieces(table)) {
        let example = format!(
            "subject_kind NOT IN ('customer', 'author', 'feedback') AND feedback_id IN ({})",
            Scope::of(request.id, &piece).ids("'feedback'")
        );
        if count_in(&piece, &example).await? > 0 {
            let table = &piece.table;
            let sql = format!("ALTER TABLE {table} UPDATE feedback_id = NULL WHERE {example} SETTINGS {DELETED}");
            piece.store.execute(&sql).await.with_context(|| format!("taking the example out of {table}"))?;
        }
    }
    Ok(())
}

/// Writes the mirrors of the rows of one piece.
async fn mirror(piece: &Piece<'_>, request: &Request) -> Result<()> {
    let (id, round, chunks, table) = (request.id, request.round, request.chunks.max(1), &piece.table);
    let states = Scope::of(id, piece).states();
    for chunk in 0..chunks {
        let sql = format!(
            "INSERT INTO {table} SELECT * REPLACE (toInt8(-sign) AS sign, '{ERASURES}' AS in_topic, toInt32(0) AS in_partition, \
             toInt64({chunk}) AS in_offset, toUInt32({round}) AS in_epoch) \
             FROM (SELECT * FROM {table} WHERE (feedback_id, version) IN ({states}) AND in_topic != '{ERASURES}' \
             AND cityHash64(feedback_id) % {chunks} = {chunk} ORDER BY feedback_id, version, sign, src_offset) \
             SETTINGS {ONE_BLOCK}, insert_deduplication_token = 'erase:{id}:{round}:{chunk}'"
        );
        piece
            .store
            .execute(&sql)
            .await
            .with_context(|| format!("correcting the rollups, block {chunk} of {chunks}"))?;
    }
    Ok(())
}

/// Writes the outcomes of the raw records; they name no record, and lie where whatever names none lies.
async fn note_origins(servers: &Servers, request: &Request) -> Result<()> {
    let (id, round, home) = (request.id, request.round, servers.home("outcomes", &Uuid::nil()));
    for (table, condition) in origins(&Scope::of(id, &home)) {
        let sql = format!(
            "INSERT INTO {} (kind, record_id, version, received_at, src_topic, src_partition, src_offset, \
             in_topic, in_partition, in_offset, in_epoch, crc) \
             SELECT DISTINCT 'erased', toUUID('{}'), 0, received_at, src_topic, src_partition, src_offset, \
             '{ERASURES}', 0, 0, {round}, crc FROM {table} WHERE {condition} AND src_topic != '' ORDER BY src_topic, src_partition, src_offset \
             SETTINGS {ONE_BLOCK}, insert_deduplication_token = 'erase:{id}:{round}:{table}'",
            home.table,
            Uuid::nil()
        );
        home.store.execute(&sql).await.with_context(|| format!("writing the outcomes of {table}"))?;
    }
    Ok(())
}

/// Merges the months of the customer's keywords: a cell that comes to nothing is still a row with a word of his until then.
async fn drop_empty_cells(piece: &Piece<'_>, id: Uuid) -> Result<()> {
    #[derive(Deserialize)]
    struct Month {
        month: u32,
    }
    let months = format!(
        "SELECT DISTINCT toYYYYMM(occurred_at) AS month FROM {} WHERE (feedback_id, version) IN ({})",
        piece.beside("feedback"),
        Scope::of(id, piece).states()
    );
    for Month { month } in piece.store.rows::<Month>(&months).await? {
        let sql = format!("OPTIMIZE TABLE {} PARTITION {month} FINAL", piece.table);
        piece.store.execute(&sql).await.with_context(|| format!("merging the keywords of {month}"))?;
    }
    Ok(())
}

/// Tables whose rows stand for raw records, and which rows go.
fn origins(scope: &Scope) -> [(&'static str, String); 6] {
    let letter = "concat(at_topic, ':', toString(at_partition), ':', toString(at_offset))";
    [
        (
            "feedback",
            format!("(feedback_id, version) IN ({}) AND sign = 1 AND in_topic != '{ERASURES}'", scope.states()),
        ),
        ("orders", format!("record_id IN ({})", scope.ids("'order'"))),
        ("visits", format!("record_id IN ({})", scope.ids("'visit'"))),
        ("customers", format!("record_id IN ({})", scope.ids("'profile'"))),
        (
            "outcomes",
            format!("kind != 'erased' AND record_id IN ({})", scope.ids("'feedback', 'order', 'visit', 'profile'")),
        ),
        ("dead_letters", format!("{letter} IN ({})", scope.names("'letter'"))),
    ]
}

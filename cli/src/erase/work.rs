//! What an erasure does to ClickHouse: collect, correct, delete, count.
//!
//! What there is is collected at the entry and told to every shard; from then on each piece of a table is changed, and counted, by
//! itself, because all that is about one feedback, order, visit or profile lies on one shard.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use hearken_schemas::topics::ERASURES;
use serde::Deserialize;
use uuid::Uuid;

use super::places::{PLACES, PROFILES, Place, Scope};
use super::request::Request;
use super::terms::Terms;
use crate::servers::{Piece, Servers};
use crate::store::{Store, quoted};

/// How many rows one correcting block has at most, about: far below what makes a block two.
const CHUNK_ROWS: i64 = 20_000;

/// How many names one statement holds.
const NAMES_MAX: usize = 1_000;

/// How a correcting block is written: as one block under one token, in all tables that follow.
const ONE_BLOCK: &str = "max_threads = 1, max_insert_threads = 1, max_block_size = 1000000, min_insert_block_size_rows = 1000000, \
     min_insert_block_size_bytes = 0, async_insert = 0, wait_for_async_insert = 1, insert_deduplicate = 1, \
     deduplicate_blocks_in_dependent_materialized_views = 1, max_partitions_per_insert_block = 0";

/// What a deletion waits for: until no part holds the rows any more.
const DELETED: &str = "mutations_sync = 2, allow_nondeterministic_mutations = 1";

/// Counts by table.
pub(super) type Counts = BTreeMap<String, i64>;

/// What is collected: how it is called in `erasure_scope`, where from, and what is kept of it.
fn sources(terms: &Terms) -> Vec<(&'static str, &'static str, &'static str, String)> {
    let said = format!("SELECT feedback_id FROM feedback WHERE {}", terms.feedback());
    let as_text = format!("SELECT toString(feedback_id) FROM feedback WHERE {}", terms.feedback());
    let about = format!("{} OR subject_kind = 'feedback' AND subject IN ({as_text})", terms.about(&said));
    vec![
        ("feedback", "feedback", "toString(feedback_id), version", terms.feedback()),
        ("order", "orders", "toString(record_id), 0", terms.orders()),
        ("visit", "visits", "toString(record_id), 0", terms.visits()),
        ("profile", "customers", "toString(record_id), 0", terms.profiles()),
        (
            "letter",
            "dead_letters",
            "concat(at_topic, ':', toString(at_partition), ':', toString(at_offset)), 0",
            terms.letters(),
        ),
        ("alert", "alerts", "toString(alert_id), 0", about.clone()),
        ("case", "cases", "toString(case_id), 0", about),
    ]
}

/// Returns how many rows of each kind there are, before anything is done.
pub(super) async fn preview(servers: &Servers, terms: &Terms) -> Result<Vec<(&'static str, i64)>> {
    let mut counts = Vec::new();
    for (_, table, _, condition) in sources(terms) {
        counts.push((table, count(servers, table, |_| condition.clone()).await?));
    }
    Ok(counts)
}

/// Counts the rows of all pieces of a table.
async fn count(servers: &Servers, table: &str, condition: impl Fn(&Piece<'_>) -> String) -> Result<i64> {
    let mut sum = 0;
    for piece in servers.pieces(table) {
        sum += count_in(&piece, &condition(&piece)).await?;
    }
    Ok(sum)
}

async fn count_in(piece: &Piece<'_>, condition: &str) -> Result<i64> {
    piece.store.number(&format!("SELECT count() FROM {} WHERE {condition}", piece.table)).await
}

/// Writes into `erasure_scope` what there is, and returns in how many blocks the rollups are to be corrected.
pub(super) async fn collect(
    servers: &Servers,
    terms: &Terms,
    request: &Request,
    letters: &BTreeSet<String>,
) -> Result<u32> {
    let (id, store) = (request.id, servers.entry());
    servers.caught_up().await?;
    for (kind, table, name, condition) in sources(terms) {
        let sql = format!(
            "INSERT INTO erasure_scope (request_id, kind, name, version) \
             SELECT DISTINCT toUUID('{id}'), '{kind}', {name} FROM {table} WHERE {condition}"
        );
        store.execute(&sql).await.with_context(|| format!("collecting from {table}"))?;
    }
    let letters: Vec<String> = letters.iter().map(|at| format!("('{id}', 'letter', {}, 0)", quoted(at))).collect();
    for some in letters.chunks(NAMES_MAX) {
        store
            .execute(&format!("INSERT INTO erasure_scope (request_id, kind, name, version) VALUES {}", some.join(", ")))
            .await?;
    }
    let entry = servers.pieces("messages").swap_remove(0);
    store.execute(&messages(terms, id, &Scope::of(id, &entry))).await.context("collecting messages")?;
    tell_shards(servers, id).await.context("telling every shard what was collected")?;
    let states = |piece: &Piece<'_>| format!("(feedback_id, version) IN ({})", Scope::of(id, piece).states());
    let rows = count(servers, "feedback", states).await?;
    Ok(u32::try_from(rows / CHUNK_ROWS + 1).unwrap_or(u32::MAX))
}

/// Writes what was collected at the entry into every other shard, where what is deleted is looked up.
async fn tell_shards(servers: &Servers, id: Uuid) -> Result<()> {
    let others = servers.pieces("erasure_scope").into_iter().filter(|piece| piece.store.url() != servers.entry().url());
    let others: Vec<Piece<'_>> = others.collect();
    if others.is_empty() {
        return Ok(());
    }
    let scope = format!("SELECT DISTINCT request_id, kind, name, version FROM erasure_scope WHERE request_id = '{id}'");
    let lines = servers.entry().text(&scope, "JSONEachRow").await?;
    for other in others {
        other.store.insert_lines(&other.table, lines.clone().into_bytes()).await?;
    }
    // A replica deletes by what it has itself.
    servers.caught_up().await
}

/// Messages about cases and alerts of the customer, those that hold one of the ids (a digest, an owner's morning), and those about many
/// that quote what the customer said.
fn messages(terms: &Terms, id: Uuid, scope: &Scope) -> String {
    let ids = scope.names("'case', 'alert', 'feedback'");
    let example = terms.exemplified(&scope.ids("'feedback'"));
    format!(
        "INSERT INTO erasure_scope (request_id, kind, name, version) SELECT DISTINCT toUUID('{id}'), 'message', toString(message_id), 0 FROM messages \
         WHERE ifNull(case_id, toUUID('{nil}')) IN ({cases}) OR ifNull(alert_id, toUUID('{nil}')) IN ({alerts}) \
         OR ifNull(alert_id, toUUID('{nil}')) IN (SELECT alert_id FROM alerts WHERE {example}) \
         OR arrayExists(id -> position(notice, id) > 0, (SELECT groupArray(name) FROM ({ids})))",
        nil = Uuid::nil(),
        cases = scope.ids("'case'"),
        alerts = scope.ids("'alert'"),
    )
}

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

fn places() -> impl Iterator<Item = &'static Place> {
    PLACES.iter().chain(std::iter::once(&PROFILES))
}

/// Counts the rows that go, table by table, the mirrors left out.
pub(super) async fn counts(servers: &Servers, terms: &Terms, request: &Request) -> Result<Counts> {
    let mut counts = Counts::new();
    for place in places() {
        let mirrors = if place.table == "feedback" { format!(" AND in_topic != '{ERASURES}'") } else { String::new() };
        let condition =
            |piece: &Piece<'_>| format!("({}){mirrors}", place.condition(terms, &Scope::of(request.id, piece)));
        counts.insert(place.table.to_owned(), count(servers, place.table, condition).await?);
    }
    Ok(counts)
}

/// Removes the rows from the parts, not only from sight, and waits until that is done everywhere.
pub(super) async fn delete(servers: &Servers, terms: &Terms, request: &Request) -> Result<()> {
    for place in places() {
        for piece in servers.pieces(place.table) {
            let condition = place.condition(terms, &Scope::of(request.id, &piece));
            if count_in(&piece, &condition).await? == 0 {
                continue;
            }
            let table = &piece.table;
            let sql = format!("ALTER TABLE {table} DELETE WHERE {condition} SETTINGS {DELETED}");
            piece.store.execute(&sql).await.with_context(|| format!("deleting from {table}"))?;
        }
    }
    // They are filled as a whole from views: one that is being computed was begun before.
    for view in ["customer_standing_hourly", "customer_names_hourly"] {
        for (node, what) in servers.nodes().into_iter().flat_map(|node| [(node, "REFRESH"), (node, "WAIT")]) {
            let sql = format!("SYSTEM {what} VIEW hearken.{view}");
            node.execute(&sql).await.with_context(|| format!("computing {view} anew"))?;
        }
    }
    Ok(())
}

/// Counts what is left, both of what was collected and of what names the customer by itself.
pub(super) async fn left(servers: &Servers, terms: &Terms, request: &Request) -> Result<Counts> {
    servers.caught_up().await?;
    let mut left = Counts::new();
    for place in places() {
        let condition = |piece: &Piece<'_>| place.condition(terms, &Scope::of(request.id, piece));
        left.insert(place.table.to_owned(), count(servers, place.table, condition).await?);
    }
    for (_, table, _, condition) in sources(terms) {
        *left.entry(table.to_owned()).or_default() += count(servers, table, |_| condition.clone()).await?;
    }
    Ok(left)
}

#[derive(Deserialize)]
struct Removed {
    receipt: String,
}

/// Adds up what every round removed.
pub(super) async fn removed(store: &Store, request: &Request) -> Result<Counts> {
    let sql =
        format!("SELECT DISTINCT at, receipt FROM erasures WHERE request_id = '{}' AND step = 'corrected'", request.id);
    let mut removed = Counts::new();
    for row in store.rows::<Removed>(&sql).await? {
        let counts: Counts = serde_json::from_str(&row.receipt).context("reading what a round removed")?;
        counts.into_iter().for_each(|(table, count)| *removed.entry(table).or_default() += count);
    }
    Ok(removed)
}

/// Forgets whom the request was about.
pub(super) async fn forget_scope(servers: &Servers, request: &Request) -> Result<()> {
    // The entry last: what a run that is killed goes on by is there.
    for Piece { store, table, .. } in servers.pieces("erasure_scope").into_iter().rev() {
        let sql = format!("ALTER TABLE {table} DELETE WHERE request_id = '{}' SETTINGS {DELETED}", request.id);
        store.execute(&sql).await.context("forgetting whom the request was about")?;
    }
    Ok(())
}

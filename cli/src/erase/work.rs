//! What an erasure does to ClickHouse: collect, correct, delete, count.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use hearken_schemas::topics::ERASURES;
use serde::Deserialize;
use uuid::Uuid;

use super::places::{PLACES, PROFILES, Place, Scope};
use super::request::Request;
use super::terms::Terms;
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
pub(super) async fn preview(store: &Store, terms: &Terms) -> Result<Vec<(&'static str, i64)>> {
    let mut counts = Vec::new();
    for (_, table, _, condition) in sources(terms) {
        let count = store.number(&format!("SELECT count() FROM {table} WHERE {condition}")).await?;
        counts.push((table, count));
    }
    Ok(counts)
}

/// Writes into `erasure_scope` what there is, and returns in how many blocks the rollups are to be corrected.
pub(super) async fn collect(
    store: &Store,
    terms: &Terms,
    request: &Request,
    letters: &BTreeSet<String>,
) -> Result<u32> {
    let id = request.id;
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
    store.execute(&messages(terms, id)).await.context("collecting messages")?;
    let rows = format!("SELECT count() FROM feedback WHERE (feedback_id, version) IN ({})", Scope(id).states());
    let rows = store.number(&rows).await?;
    Ok(u32::try_from(rows / CHUNK_ROWS + 1).unwrap_or(u32::MAX))
}

/// Messages about cases and alerts of the customer, those that hold one of the ids (a digest, an owner's morning), and those about many
/// that quote what the customer said.
fn messages(terms: &Terms, id: Uuid) -> String {
    let scope = Scope(id);
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
pub(super) async fn correct(store: &Store, request: &Request) -> Result<()> {
    let (id, round, chunks) = (request.id, request.round, request.chunks.max(1));
    let states = Scope(id).states();
    for chunk in 0..chunks {
        let sql = format!(
            "INSERT INTO feedback SELECT * REPLACE (toInt8(-sign) AS sign, '{ERASURES}' AS in_topic, toInt32(0) AS in_partition, \
             toInt64({chunk}) AS in_offset, toUInt32({round}) AS in_epoch) \
             FROM (SELECT * FROM feedback WHERE (feedback_id, version) IN ({states}) AND in_topic != '{ERASURES}' \
             AND cityHash64(feedback_id) % {chunks} = {chunk} ORDER BY feedback_id, version, sign, src_offset) \
             SETTINGS {ONE_BLOCK}, insert_deduplication_token = 'erase:{id}:{round}:{chunk}'"
        );
        store.execute(&sql).await.with_context(|| format!("correcting the rollups, block {chunk} of {chunks}"))?;
    }
    drop_empty_cells(store, &states).await?;
    for (table, condition) in origins(&Scope(id)) {
        let sql = format!(
            "INSERT INTO outcomes (kind, record_id, version, received_at, src_topic, src_partition, src_offset, \
             in_topic, in_partition, in_offset, in_epoch, crc) \
             SELECT DISTINCT 'erased', toUUID('{}'), 0, received_at, src_topic, src_partition, src_offset, \
             '{ERASURES}', 0, 0, {round}, crc FROM {table} WHERE {condition} AND src_topic != '' ORDER BY src_topic, src_partition, src_offset \
             SETTINGS {ONE_BLOCK}, insert_deduplication_token = 'erase:{id}:{round}:{table}'",
            Uuid::nil()
        );
        store.execute(&sql).await.with_context(|| format!("writing the outcomes of {table}"))?;
    }
    // What is about many stays and names the customer no more.
    let example = format!(
        "subject_kind NOT IN ('customer', 'author', 'feedback') AND feedback_id IN ({})",
        Scope(id).ids("'feedback'")
    );
    for table in ["alerts", "cases"] {
        let there = store.number(&format!("SELECT count() FROM {table} WHERE {example}")).await?;
        if there > 0 {
            let sql = format!("ALTER TABLE {table} UPDATE feedback_id = NULL WHERE {example} SETTINGS {DELETED}");
            store.execute(&sql).await.with_context(|| format!("taking the example out of {table}"))?;
        }
    }
    Ok(())
}

/// Merges the months of the customer's keywords: a cell that comes to nothing is still a row with a word of his until then.
async fn drop_empty_cells(store: &Store, states: &str) -> Result<()> {
    #[derive(Deserialize)]
    struct Month {
        month: u32,
    }
    let months = format!(
        "SELECT DISTINCT toYYYYMM(occurred_at) AS month FROM feedback WHERE (feedback_id, version) IN ({states})"
    );
    for Month { month } in store.rows::<Month>(&months).await? {
        let sql = format!("OPTIMIZE TABLE keyword_hour PARTITION {month} FINAL");
        store.execute(&sql).await.with_context(|| format!("merging the keywords of {month}"))?;
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
pub(super) async fn counts(store: &Store, terms: &Terms, request: &Request) -> Result<Counts> {
    let mut counts = Counts::new();
    for place in places() {
        let mirrors = if place.table == "feedback" { format!(" AND in_topic != '{ERASURES}'") } else { String::new() };
        let condition = place.condition(terms, &Scope(request.id));
        let sql = format!("SELECT count() FROM {} WHERE ({condition}){mirrors}", place.table);
        counts.insert(place.table.to_owned(), store.number(&sql).await?);
    }
    Ok(counts)
}

/// Removes the rows from the parts, not only from sight, and waits until that is done everywhere.
pub(super) async fn delete(store: &Store, terms: &Terms, request: &Request) -> Result<()> {
    for place in places() {
        let condition = place.condition(terms, &Scope(request.id));
        let table = place.table;
        if store.number(&format!("SELECT count() FROM {table} WHERE {condition}")).await? == 0 {
            continue;
        }
        let sql = format!("ALTER TABLE {table} DELETE WHERE {condition} SETTINGS {DELETED}");
        store.execute(&sql).await.with_context(|| format!("deleting from {table}"))?;
    }
    // They are filled as a whole from views: one that is being computed was begun before.
    for view in ["customer_standing_hourly", "customer_names_hourly"] {
        for what in ["REFRESH", "WAIT"] {
            let sql = format!("SYSTEM {what} VIEW hearken.{view}");
            store.execute(&sql).await.with_context(|| format!("computing {view} anew"))?;
        }
    }
    Ok(())
}

/// Counts what is left, both of what was collected and of what names the customer by itself.
pub(super) async fn left(store: &Store, terms: &Terms, request: &Request) -> Result<Counts> {
    let mut left = Counts::new();
    for place in places() {
        let sql = format!("SELECT count() FROM {} WHERE {}", place.table, place.condition(terms, &Scope(request.id)));
        left.insert(place.table.to_owned(), store.number(&sql).await?);
    }
    for (_, table, _, condition) in sources(terms) {
        let count = store.number(&format!("SELECT count() FROM {table} WHERE {condition}")).await?;
        *left.entry(table.to_owned()).or_default() += count;
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
pub(super) async fn forget_scope(store: &Store, request: &Request) -> Result<()> {
    let sql = format!("ALTER TABLE erasure_scope DELETE WHERE request_id = '{}' SETTINGS {DELETED}", request.id);
    store.execute(&sql).await.context("forgetting whom the request was about")
}

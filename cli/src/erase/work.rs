//! What an erasure does to ClickHouse: collect, delete, count; `mirrors` is what it writes.
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

/// What a deletion waits for: until no part holds the rows any more.
pub(super) const DELETED: &str = "mutations_sync = 2, allow_nondeterministic_mutations = 1";

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

pub(super) async fn count_in(piece: &Piece<'_>, condition: &str) -> Result<i64> {
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

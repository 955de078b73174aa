//! Erasing what a backup brought back: tombstones name nobody, so everybody who is stored is asked whether one of them is his.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, Result};
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::scan::scan;
use hearken_schemas::erasure::{Erasure, Subject};
use hearken_schemas::topics::ERASURES;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::closure::Names;
use crate::store::Store;

/// Everybody who is stored, under every name.
const EVERYBODY: &str =
    "SELECT DISTINCT 'customer' AS kind, hearken_customer_key(customer_id, id_namespace) AS name FROM feedback
UNION DISTINCT SELECT 'customer', hearken_customer_key(customer_id, id_namespace) FROM orders
UNION DISTINCT SELECT 'customer', hearken_customer_key(customer_id, id_namespace) FROM visits
UNION DISTINCT SELECT 'customer', hearken_customer_key(customer_id, id_namespace) FROM customers
UNION DISTINCT SELECT 'customer', alias_key FROM identities WHERE alias_type = 'customer_id'
UNION DISTINCT SELECT 'author', alias_key FROM identities WHERE alias_type = 'handle'
UNION DISTINCT SELECT 'author', ifNull(author_key, '') FROM feedback
UNION DISTINCT SELECT 'customer', ifNull(customer_key, '') FROM alerts
UNION DISTINCT SELECT toString(subject_kind), subject FROM alerts WHERE subject_kind IN ('customer', 'author')";

#[derive(Deserialize)]
struct Stored {
    kind: String,
    name: String,
}

/// Returns whom the tombstones from this offset on name and who is stored, by request, each with its bound of time.
///
/// # Errors
/// Where Kafka or ClickHouse does not answer.
pub(super) async fn stored(store: &Store, kafka: &Connection, since: i64) -> Result<Vec<(Timestamp, Names)>> {
    let tombstones = tombstones(kafka, since).await?;
    if tombstones.is_empty() {
        return Ok(Vec::new());
    }
    let mut requests: BTreeMap<(Uuid, Timestamp), Names> = BTreeMap::new();
    for Stored { kind, name } in store.rows::<Stored>(EVERYBODY).await.context("asking who is stored")? {
        let is_author = kind == "author";
        let subject = if is_author { Subject::author(&name) } else { Subject::customer(&name) };
        for request in tombstones.get(&subject).into_iter().flatten() {
            let names = requests.entry(*request).or_default();
            let of_kind = if is_author { &mut names.authors } else { &mut names.customers };
            of_kind.insert(name.clone());
        }
    }
    Ok(requests.into_iter().map(|((_, until), names)| (until, names)).collect())
}

/// The requests that name each subject, with their bounds.
type Tombstones = HashMap<Subject, Vec<(Uuid, Timestamp)>>;

async fn tombstones(kafka: &Connection, since: i64) -> Result<Tombstones> {
    let kafka = kafka.clone();
    tokio::task::spawn_blocking(move || -> Result<Tombstones> {
        let mut tombstones = Tombstones::new();
        scan(&kafka, ERASURES, |record| {
            if record.offset >= since {
                let Erasure { request_id, subject, until } =
                    serde_json::from_slice(record.value.as_deref().unwrap_or_default()).with_context(|| {
                        format!("the record at offset {} of {ERASURES} is no erasure", record.offset)
                    })?;
                tombstones.entry(subject).or_default().push((request_id, until));
            }
            Ok(())
        })?;
        Ok(tombstones)
    })
    .await?
}

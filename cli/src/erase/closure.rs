//! Under which names a customer is known: the ids that profiles merge into one, and the handles they ever bore.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Result, bail, ensure};
use hearken_schemas::erasure::Subject;
use serde::Deserialize;

use super::terms::list;
use crate::store::Store;

/// How many steps a chain of merges may have.
const STEPS_MAX: usize = 32;

/// The names of one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// Customer keys: `namespace/id`, or `id`.
    pub(super) customers: BTreeSet<String>,
    /// Keys of handles.
    pub(super) authors: BTreeSet<String>,
    /// Handles that they bore once and that somebody else bears now: their posts stay.
    pub(super) given_up: BTreeSet<String>,
}

impl Names {
    /// Returns every name as a hash.
    pub(super) fn subjects(&self) -> Vec<Subject> {
        let customers = self.customers.iter().map(|key| Subject::customer(key));
        customers.chain(self.authors.iter().map(|key| Subject::author(key))).collect()
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
        if !self.customers.is_empty() {
            writeln!(f, "customer: {}", joined(&self.customers))?;
        }
        if !self.authors.is_empty() {
            writeln!(f, "author:   {}", joined(&self.authors))?;
        }
        if !self.given_up.is_empty() {
            writeln!(f, "borne once, and by somebody else now, so their posts stay: {}", joined(&self.given_up))?;
        }
        Ok(())
    }
}

/// A claim of the newest profile that is no deletion: whoever was deleted before being erased is still who he was.
const CLAIMS: &str = "SELECT DISTINCT hearken_customer_key(claim.customer_id, claim.id_namespace) AS bearer, claim.alias_key AS name
FROM identities AS claim
GLOBAL INNER JOIN
(
    SELECT customer_id AS of_id, id_namespace AS of_namespace, argMax(updated_at, (least(updated_at, received_at), updated_at)) AS newest_at
    FROM customers WHERE NOT deleted GROUP BY customer_id, id_namespace
) AS newest ON newest.of_id = claim.customer_id AND newest.of_namespace = claim.id_namespace
WHERE claim.alias_type = 'customer_id' AND claim.valid_from = newest.newest_at";

#[derive(Deserialize)]
struct Claim {
    bearer: String,
    name: String,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// Finds every name of a customer, or takes an author whom nobody claims.
///
/// # Errors
/// Where neither is named, a profile bears the author's handle, or ClickHouse does not answer.
pub(super) async fn find(store: &Store, customer: Option<&str>, author_key: Option<&str>) -> Result<Names> {
    let mut names = Names::default();
    match (customer.map(str::trim), author_key.map(str::trim)) {
        (Some(key), _) if !key.is_empty() => names.customers.insert(key.to_owned()),
        (None, Some(key)) if !key.is_empty() => {
            nobody_bears(store, key).await?;
            names.authors.insert(key.to_owned())
        }
        _ => bail!("whom? Name a customer's id, NAMESPACE/ID, or --author-key KEY"),
    };
    merge(store, &mut names.customers).await?;
    handles(store, &mut names).await?;
    Ok(names)
}

async fn nobody_bears(store: &Store, author_key: &str) -> Result<()> {
    let sql = format!(
        "SELECT customer_key AS name FROM v_identities WHERE alias_type = 'handle' AND alias_key IN ({})",
        list([author_key])
    );
    if let Some(bearer) = store.rows::<Named>(&sql).await?.first() {
        bail!("the customer {} bears this handle: erase the customer", bearer.name);
    }
    Ok(())
}

/// Adds every id that merges with these, upwards and downwards, until there is no other.
async fn merge(store: &Store, customers: &mut BTreeSet<String>) -> Result<()> {
    for _ in 0..STEPS_MAX {
        let before = customers.len();
        if before == 0 {
            return Ok(());
        }
        let keys = list(customers.iter().map(String::as_str));
        let claims: Vec<Claim> = store
            .rows(&format!("SELECT bearer, name FROM ({CLAIMS}) WHERE bearer IN ({keys}) OR name IN ({keys})"))
            .await?;
        customers.extend(claims.into_iter().flat_map(|claim| [claim.bearer, claim.name]));
        if customers.len() == before {
            return Ok(());
        }
    }
    ensure!(customers.len() < 10_000, "{} ids are merged with each other; are the profiles right?", customers.len());
    Ok(())
}

/// Adds every handle that these customers ever bore, but those that somebody else bears now.
async fn handles(store: &Store, names: &mut Names) -> Result<()> {
    if names.customers.is_empty() {
        return Ok(());
    }
    let keys = list(names.customers.iter().map(String::as_str));
    let ever = format!(
        "SELECT DISTINCT alias_key AS name FROM identities \
         WHERE alias_type = 'handle' AND hearken_customer_key(customer_id, id_namespace) IN ({keys})"
    );
    let ever: BTreeSet<String> = store.rows::<Named>(&ever).await?.into_iter().map(|named| named.name).collect();
    let others = format!(
        "SELECT alias_key AS name FROM v_identities WHERE alias_type = 'handle' AND alias_key IN ({}) AND customer_key NOT IN ({keys})",
        list(ever.iter().map(String::as_str))
    );
    let others: BTreeSet<String> = store.rows::<Named>(&others).await?.into_iter().map(|named| named.name).collect();
    names.authors.extend(ever.difference(&others).cloned());
    names.given_up = others;
    Ok(())
}

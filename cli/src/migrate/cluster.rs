//! `hearken migrate --cluster`: the objects on every node of a ClickHouse cluster.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use hearken_schemas::catalog::Catalog;
use hearken_schemas::cluster::Cluster;
use hearken_schemas::tables::OBJECTS;

use super::as_user;
use crate::catalog;
use crate::store::Store;

/// Prints what would be run, each statement with its end.
///
/// # Errors
/// Where an object's statement holds what the rendering does not know.
pub(super) fn print(name: &str) -> Result<ExitCode> {
    let cluster = Cluster::new(name);
    println!("{};\n", cluster.database());
    println!("USE hearken;\n");
    for object in OBJECTS {
        for statement in cluster.statements(object)? {
            println!("{};\n", statement.trim_end());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes what is missing on every node, and every function, view and dictionary anew.
///
/// Tables that are there are left as they are: a table of an earlier version is brought forward by its ALTER on each piece
/// and on what means all of them, which no plan makes yet.
///
/// # Errors
/// ClickHouse's own words where it refuses a statement; the next run goes on from the beginning, which changes nothing twice.
pub(super) async fn run(name: &str, store: &Store) -> Result<ExitCode> {
    let cluster = Cluster::new(name);
    let known = "SELECT count() FROM system.tables WHERE database = 'hearken' AND name = 'feedback' AND engine != 'Distributed'";
    if store.outside().number(known).await? > 0 {
        bail!(
            "hearken.feedback is a table of one server here: a cluster begins with a database of its own (docs/operations.md, \
             \"Cluster\")"
        );
    }
    store.outside().execute(&cluster.database()).await.context("making the database on every node")?;
    for object in OBJECTS {
        for statement in cluster.statements(object)? {
            let statement = as_user(&statement, store.credentials());
            store.execute(&statement).await.with_context(|| format!("creating {}", object.name()))?;
        }
    }
    if store.number("SELECT count() FROM touchpoints").await? == 0 {
        catalog::load(store, &Catalog::default()).await?;
    }
    println!("{} objects are there on every node of {name}", OBJECTS.len());
    Ok(ExitCode::SUCCESS)
}

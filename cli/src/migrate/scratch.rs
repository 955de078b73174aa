//! Databases that live as long as a comparison: what the engine makes of this version's statements, and of a plan's.

use anyhow::{Context, Result};
use hearken_schemas::tables::{OBJECTS, Object};

use super::difference;
use super::made::Made;
use super::plan::{Sides, is_filler};
use super::step::Plan;
use super::target::OneServer;
use crate::store::Store;

/// Where this version's tables are made, without rows.
const NEW: &str = "hearken_scratch";
/// Where a plan's steps are tried on copies of the tables, without rows.
const TRIAL: &str = "hearken_trial";

/// Returns what the engine makes of this version's tables and of the views that fill them.
///
/// # Errors
/// Where it refuses one; the database is dropped then too.
pub(super) async fn made(store: &Store) -> Result<Made> {
    let scratch = open(store, NEW).await?;
    let answer = make(&scratch).await;
    let dropped = drop(store, NEW).await;
    let made = answer?;
    dropped?;
    Ok(made)
}

async fn make(scratch: &Store) -> Result<Made> {
    for object in OBJECTS.iter().filter(|object| object.is_table() || is_filler(object)) {
        let answer = scratch.execute(object.statement).await;
        answer.with_context(|| format!("making {} in {NEW}, to compare", object.name()))?;
    }
    Made::read(scratch, NEW).await
}

/// Runs a plan's steps on empty copies of the tables and returns what ClickHouse refuses, or what the steps do not lead to.
///
/// # Errors
/// Where ClickHouse cannot make the copies; they are dropped then too.
pub(super) async fn tried(store: &Store, plan: &Plan, sides: &Sides<'_>) -> Result<Vec<String>> {
    let changed: Vec<&Object> = OBJECTS
        .iter()
        .filter(|object| object.is_table())
        .filter(|object| plan.steps.iter().any(|step| step.file == object.file && !step.is_whole()))
        .collect();
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let trial = open(store, TRIAL).await?;
    let answer = try_all(&trial, &changed, plan, sides).await;
    let dropped = drop(store, TRIAL).await;
    let refusals = answer?;
    dropped?;
    Ok(refusals)
}

async fn try_all(trial: &Store, changed: &[&Object], plan: &Plan, sides: &Sides<'_>) -> Result<Vec<String>> {
    let mut refusals = Vec::new();
    for object in changed {
        let name = object.name();
        let Some(table) = sides.old.tables.get(name) else { continue };
        trial.execute(&sides.target.copy(name, table)).await?;
        let steps = plan.steps.iter().filter(|step| step.file == object.file && !step.is_whole());
        for statement in steps.flat_map(|step| &step.statements) {
            if let Err(error) = trial.execute(statement).await {
                refusals.push(format!("{name}: ClickHouse refuses {statement:?} on an empty copy: {error}"));
            }
        }
    }
    let tried = sides.target.read(Made::read(trial, TRIAL).await?);
    for object in changed {
        let (Some(is), Some(wanted)) = (tried.tables.get(object.name()), sides.new.tables.get(object.name())) else {
            continue;
        };
        // A copy has no comment of its own.
        let (left, _) = difference::steps(object, is, wanted, &OneServer);
        let left = left.into_iter().filter(|step| !step.statements.iter().any(|one| one.contains(" MODIFY COMMENT ")));
        refusals.extend(left.map(|step| format!("{}: the steps would leave: {}", object.name(), step.what)));
    }
    Ok(refusals)
}

/// Tells whether somebody compares now, or was killed while he did.
pub(super) async fn is_there(store: &Store) -> Result<bool> {
    let sql = format!("SELECT count() FROM system.databases WHERE name IN ('{NEW}', '{TRIAL}')");
    Ok(store.outside().number(&sql).await? > 0)
}

/// Makes an empty database; what a run that was killed left is dropped.
async fn open(store: &Store, name: &str) -> Result<Store> {
    drop(store, name).await?;
    let make =
        format!("CREATE DATABASE {name} ENGINE = Atomic COMMENT 'Made by hearken migrate to compare; may be dropped'");
    store.outside().execute(&make).await?;
    Ok(store.in_database(name))
}

async fn drop(store: &Store, name: &str) -> Result<()> {
    store.outside().execute(&format!("DROP DATABASE IF EXISTS {name}")).await
}

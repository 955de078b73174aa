//! Bringing the database to this version: what is missing is made, what changed is brought forward, and nothing is guessed.
//!
//! Layout: `made` is what the engine says of its objects, `difference` and `plan` (pure) the steps from there to this version's
//! statements, `widen` which types hold others, `scratch` the databases in which statements are made to be compared, `log` the
//! table `migrations`, `stopped` whether the sink is, `target` how statements are written for one server or a node of a cluster,
//! `cluster` the way from node to node.

mod cluster;
mod difference;
mod log;
mod made;
mod plan;
mod scratch;
mod step;
mod stopped;
mod target;
mod widen;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use hearken_schemas::catalog::Catalog;
use hearken_schemas::tables::{DATABASE, OBJECTS, Object, REVISION};
use serde_json::json;

use crate::Endpoints;
use crate::catalog;
use crate::servers::{Servers, UNNAMED};
use crate::store::{Store, quoted};
use log::{Log, note_object, note_step};
use made::Made;
pub(crate) use made::tail;
use plan::{FILLING, Sides};
use step::Outlook;
pub(crate) use step::{Plan, Step};
pub(crate) use stopped::Sink;
use target::{OneServer, Target};

/// The exit code of `--plan` where something is to be done.
const TO_DO: u8 = 3;

/// How long a statement of a run that was killed is waited for.
const FORMER_RUN: Duration = Duration::from_secs(600);

/// Arguments of `hearken migrate`.
///
/// This version's statements are made in a database of their own, what ClickHouse says of both is compared, and the steps from the
/// one to the other are tried on empty copies first. What is no safe step forward is refused, and then nothing is done at all.
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// Show what would be done and do nothing; exit code 0 where nothing is to be done, 3 where something is, 1 where it is refused
    #[arg(long)]
    plan: bool,
    /// Print the plan as one JSON object
    #[arg(long, requires = "plan")]
    json: bool,
    /// Take my word that the sink is stopped and has ended what it began; Kafka is not asked
    #[arg(long)]
    sink_is_stopped: bool,
    /// Bring every server of this cluster forward, as they name it, such as '{cluster}'; HEARKEN_CLICKHOUSE__SHARDS says where they are
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
    /// Print the statements that make a node of the cluster and run none
    #[arg(long, requires = "cluster", conflicts_with = "plan")]
    print: bool,
    #[command(flatten)]
    endpoints: Endpoints,
}

/// Runs `hearken migrate`.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let sink = match arguments.sink_is_stopped {
        true => Sink::Stopped,
        false => Sink::Ask(Box::new(arguments.endpoints.kafka()?)),
    };
    if let Some(name) = &arguments.cluster {
        return match (arguments.print, arguments.plan) {
            (true, _) => cluster::print(name),
            (_, true) => cluster::show(name, &Servers::new(&arguments.endpoints)?, arguments.json).await,
            (_, false) => cluster::run(name, &Servers::new(&arguments.endpoints)?, sink).await,
        };
    }
    let store = Store::new(&arguments.endpoints)?;
    is_one_server(&store).await?;
    if arguments.plan {
        return Ok(show(&planned(&store, &OneServer).await?.0, arguments.json));
    }
    let steps = migrate(&store, sink).await?;
    let made: Vec<&str> = steps.iter().filter(|step| step.is_whole()).map(|step| step.file.as_str()).collect();
    let forward: Vec<Step> = steps.iter().filter(|step| !step.is_whole()).cloned().collect();
    match (made.len(), forward.len()) {
        (0, 0) => println!("every table and view is there"),
        (0, _) => {}
        (count, _) => println!("{count} created: {}", made.join(", ")),
    }
    if !forward.is_empty() {
        println!("{} steps done", forward.len());
        print!("{}", Plan { steps: forward, refusals: Vec::new() }.table());
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns what `--plan` shows; nothing where another run compares now, which this one would disturb.
///
/// # Errors
/// Where the databases in which statements are made cannot be made, or ClickHouse does not answer.
pub(crate) async fn outlook(store: &Store) -> Result<Option<Plan>> {
    match scratch::is_there(store).await? {
        true => Ok(None),
        false => Ok(Some(planned(store, &OneServer).await?.0)),
    }
}

fn show(plan: &Plan, as_json: bool) -> ExitCode {
    if as_json {
        println!("{}", json!({ "revision": REVISION, "steps": plan.steps, "refusals": plan.refusals }));
    } else {
        plan.print();
    }
    code(plan.outlook())
}

fn code(outlook: Outlook) -> ExitCode {
    match outlook {
        Outlook::Done => ExitCode::SUCCESS,
        Outlook::ToDo => ExitCode::from(TO_DO),
        Outlook::Refused => ExitCode::FAILURE,
    }
}

/// A node of a cluster is not brought forward as if it were alone.
async fn is_one_server(store: &Store) -> Result<()> {
    ensure!(!store.is_of_a_cluster().await?, "{UNNAMED}, and run hearken migrate --cluster NAME");
    Ok(())
}

/// Brings the database to this version and returns the steps that were done.
///
/// # Errors
/// Where a step forward is refused: then nothing was done. Where ClickHouse refuses one on its way: the next run goes on there.
pub(crate) async fn migrate(store: &Store, sink: Sink) -> Result<Vec<Step>> {
    is_one_server(store).await?;
    let (plan, old) = planned(store, &OneServer).await?;
    if !plan.refusals.is_empty() {
        bail!("nothing was changed:\n  {}", plan.refusals.join("\n  "));
    }
    if plan.steps.iter().any(|step| step.stops_sink) {
        sink.check().await?;
    }
    let steps = bring_forward(store, &OneServer, (plan, old)).await?;
    if !has_catalog(store).await? {
        // What ships with Hearken is there from the beginning; a company's catalog goes on top.
        catalog::load(store, &Catalog::default()).await?;
    }
    Ok(steps)
}

/// Whether there is any catalog.
async fn has_catalog(store: &Store) -> Result<bool> {
    Ok(store.number("SELECT count() FROM touchpoints").await? > 0)
}

/// Runs a server's plan and returns the steps that were done.
async fn bring_forward(store: &Store, target: &dyn Target, (plan, old): (Plan, Made)) -> Result<Vec<Step>> {
    store.outside().execute(&format!("CREATE DATABASE IF NOT EXISTS {DATABASE} ENGINE = Atomic")).await?;
    Log::prepare(store).await?;
    no_former_run(store).await?;
    for step in &plan.steps {
        run_step(store, step, target).await?;
    }
    note_all(store, target).await?;
    make_anew(store, &plan, target).await?;
    if !old.tables.is_empty() && !plan.steps.is_empty() {
        let (left, _) = planned(store, target).await?;
        let left: Vec<String> = left.steps.iter().map(|step| format!("{}: {}", step.object, step.what)).collect();
        if !left.is_empty() {
            bail!("all steps were run, and ClickHouse still differs: {}", left.join(", "));
        }
    }
    Ok(plan.steps)
}

/// Waits until no statement of a run that was killed fills a table still: ClickHouse goes on with it, and what it inserts after
/// this run emptied the table would be there twice.
async fn no_former_run(store: &Store) -> Result<()> {
    let running = format!("SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO%{FILLING}%'");
    let since = Instant::now();
    while store.number(&running).await? > 0 {
        if since.elapsed() > FORMER_RUN {
            bail!(
                "a run of hearken migrate that was ended fills a table still (system.processes shows it); wait for it or kill its query"
            );
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// Returns the plan, tried where it can be, and what is there.
async fn planned(store: &Store, target: &dyn Target) -> Result<(Plan, Made)> {
    let old = target.read(Made::read(store, DATABASE).await?);
    let log = match old.names.contains("migrations") {
        true => Log::read(store).await?,
        false => Log::default(),
    };
    let has_tables = OBJECTS.iter().any(|object| old.tables.contains_key(object.name()));
    let new = if has_tables { scratch::made(store).await? } else { Made::default() };
    let sides = Sides { log: &log, old: &old, new: &new, target };
    let mut plan = sides.plan()?;
    if plan.refusals.is_empty() && has_tables {
        plan.refusals = scratch::tried(store, &plan, &sides).await?;
    }
    Ok((plan, old))
}

async fn run_step(store: &Store, step: &Step, target: &dyn Target) -> Result<()> {
    if !step.is_whole() {
        note_step(store, step, false).await?;
    }
    for statement in &step.statements {
        let statement = as_user(statement, store.credentials());
        store.execute(&statement).await.with_context(|| format!("{}: {}", step.object, step.what))?;
    }
    if step.is_whole() {
        // By itself, so that a run that is killed goes on behind it.
        let object = OBJECTS.iter().find(|object| object.file == step.file);
        return match object {
            Some(object) => note_object(store, object.file, target.crc(object)?, object.statement).await,
            None => Ok(()),
        };
    }
    note_step(store, step, true).await
}

/// Notes every object as it is now: what was brought forward, and what was only written in another way.
async fn note_all(store: &Store, target: &dyn Target) -> Result<()> {
    let log = Log::read(store).await?;
    for object in OBJECTS {
        let crc = target.crc(object)?;
        if log.crc(object.file) != Some(crc) {
            note_object(store, object.file, crc, object.statement).await?;
        }
    }
    // What is begun now was done by a run that was killed before it could say so: it was no step of this one.
    log.end_begun(store).await
}

/// Makes dictionaries anew, which keep credentials, and where a function or a table changed the views, which carry the text of
/// functions and the columns of tables.
async fn make_anew(store: &Store, plan: &Plan, target: &dyn Target) -> Result<()> {
    let done = |object: &Object| plan.steps.iter().any(|step| step.file == object.file && step.is_whole());
    let views_anew = OBJECTS
        .iter()
        .filter(|object| object.is_function() || object.is_table())
        .any(|object| plan.steps.iter().any(|step| step.file == object.file));
    for object in OBJECTS {
        if !done(object) && (object.is_dictionary() || (object.is_view() && views_anew)) {
            for statement in target.statements(object)? {
                let statement = as_user(&statement, store.credentials());
                store.execute(&statement).await.with_context(|| format!("making {} anew", object.name()))?;
            }
        }
    }
    Ok(())
}

/// A dictionary reads its table as a user of the server, so it keeps the credentials; a changed password reaches it because
/// it is made anew by every migration. They are no part of the statement that is remembered.
fn as_user(statement: &str, (user, password): (&str, &str)) -> String {
    let source = "SOURCE(CLICKHOUSE(";
    let credentials = format!("{source}USER {} PASSWORD {} ", quoted(user), quoted(password));
    statement.replace(source, &credentials)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_reads_as_the_user_and_nothing_else_knows_the_password() {
        for object in OBJECTS {
            let statement = as_user(object.statement, ("ana", "it's"));
            let expected = if object.is_dictionary() { 1 } else { 0 };
            assert_eq!(
                statement.matches(r"(CLICKHOUSE(USER 'ana' PASSWORD 'it\'s' DB 'hearken'").count(),
                expected,
                "{}",
                object.file
            );
            assert_eq!(
                statement.matches("it").count() - object.statement.matches("it").count(),
                expected,
                "{}",
                object.file
            );
        }
        assert!(OBJECTS.iter().any(Object::is_dictionary));
    }
}

//! `hearken migrate` on a cluster: every node is brought to this version by itself, one after the other.
//!
//! A node is compared as one server is, its pieces under their tables' names. What a replica had from another before its turn came
//! is no difference any more, and a run that is killed goes on at the node where it was. Nothing is begun where any node refuses.

use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use hearken_schemas::catalog::Catalog;
use hearken_schemas::cluster::Cluster;
use hearken_schemas::tables::OBJECTS;
use serde_json::json;

use super::step::{Outlook, Plan};
use super::stopped::Sink;
use super::target::Node;
use super::{bring_forward, code, has_catalog, planned};
use crate::catalog;
use crate::servers::Servers;
use crate::store::Store;

/// Prints what makes a new node, each statement with its end.
///
/// # Errors
/// Where an object's statement holds what the rendering does not know.
pub(super) fn print(name: &str) -> Result<ExitCode> {
    let cluster = Cluster::new(name);
    println!("CREATE DATABASE IF NOT EXISTS hearken ENGINE = Atomic;\n");
    println!("USE hearken;\n");
    for object in OBJECTS {
        for statement in cluster.statements(object)? {
            println!("{};\n", statement.trim_end());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The nodes of a cluster, each with how statements are written for it.
struct Nodes<'a>(Vec<(&'a Store, Node)>);

impl<'a> Nodes<'a> {
    fn of(servers: &'a Servers, name: &str) -> Result<Self> {
        ensure!(
            servers.is_a_cluster(),
            "which servers are {name}? Name them in HEARKEN_CLICKHOUSE__SHARDS as the sink's clickhouse.shards does, an entry a shard, | \
             between its replicas (docs/operations.md, \"Cluster\")"
        );
        let firsts: Vec<&str> = servers.changed().into_iter().map(Store::url).collect();
        let node = |store: &'a Store| {
            let is_first = firsts.contains(&store.url());
            (store, Node { cluster: Cluster::new(name), is_first })
        };
        Ok(Self(servers.nodes().into_iter().map(node).collect()))
    }

    /// Returns each node's plan.
    async fn plans(&self) -> Result<Vec<(&'a Store, Plan)>> {
        let mut plans = Vec::new();
        for (store, node) in &self.0 {
            is_no_single_server(store).await?;
            let (plan, _) = planned(store, node).await.with_context(|| format!("comparing {}", store.url()))?;
            plans.push((*store, plan));
        }
        Ok(plans)
    }
}

/// Shows what is to be done on each node.
pub(super) async fn show(name: &str, servers: &Servers, as_json: bool) -> Result<ExitCode> {
    let plans = Nodes::of(servers, name)?.plans().await?;
    if as_json {
        let plan = |(store, plan): &(&Store, Plan)| json!({ "node": store.url(), "steps": plan.steps, "refusals": plan.refusals });
        println!("{}", json!(plans.iter().map(plan).collect::<Vec<_>>()));
    } else {
        for (store, plan) in &plans {
            println!("{}:", store.url());
            plan.print();
        }
    }
    let worst = plans.iter().map(|(_, plan)| plan.outlook()).max().unwrap_or(Outlook::Done);
    Ok(code(worst))
}

/// Brings every node to this version.
///
/// # Errors
/// Where a node refuses a step: then nothing was done. Where ClickHouse refuses one on its way: the next run goes on there.
pub(super) async fn run(name: &str, servers: &Servers, sink: Sink) -> Result<ExitCode> {
    let nodes = Nodes::of(servers, name)?;
    let plans = nodes.plans().await?;
    let refused: Vec<String> = plans
        .iter()
        .flat_map(|(store, plan)| plan.refusals.iter().map(|refusal| format!("{}: {refusal}", store.url())))
        .collect();
    if !refused.is_empty() {
        bail!("nothing was changed:\n  {}", refused.join("\n  "));
    }
    if plans.iter().any(|(_, plan)| plan.steps.iter().any(|step| step.stops_sink)) {
        sink.check().await?;
    }
    for (store, node) in &nodes.0 {
        // What is filled anew is filled from all rows.
        servers.caught_up().await?;
        let steps = forward(store, node).await.with_context(|| format!("on {}", store.url()))?;
        println!("{}: {steps} steps done", store.url());
    }
    if !has_catalog(servers.entry()).await? {
        catalog::load(servers.entry(), &Catalog::default()).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Compares a node anew, because another may have brought steps with it, and returns how many were left to do.
async fn forward(store: &Store, node: &Node) -> Result<usize> {
    let (plan, old) = planned(store, node).await?;
    ensure!(plan.refusals.is_empty(), "it is not what it was a moment ago: {}", plan.refusals.join(", "));
    Ok(bring_forward(store, node, (plan, old)).await?.len())
}

/// A database of one server is not made into a cluster's in place.
async fn is_no_single_server(store: &Store) -> Result<()> {
    let known = "SELECT count() FROM system.tables WHERE database = 'hearken' AND name = 'feedback' AND engine LIKE '%MergeTree'";
    if store.outside().number(known).await? > 0 {
        bail!(
            "{}: hearken.feedback is a table of one server: a cluster begins with databases of its own (docs/operations.md, \"Cluster\")",
            store.url()
        );
    }
    Ok(())
}

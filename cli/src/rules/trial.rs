//! `hearken rules test`: every rule against its fixture, on an engine that is thrown away.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use hearken_alert::judge::Hit;
use hearken_alert::row::At;
use hearken_alert::rule::fixture::{Fixture, Prepared};
use hearken_alert::rule::{Rule, RuleError};
use hearken_schemas::catalog::Catalog;
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use super::files::{self, RuleFile};
use super::question::Session;
use crate::catalog;
use crate::migrate::{Sink, migrate};
use crate::stack::{Interrupt, throw_away};
use crate::store::Store;

/// Arguments of `hearken rules test`.
#[derive(Args)]
pub(super) struct Arguments {
    /// Rule files, or directories of them, each with its fixture in tests/<file>.yaml beside it; the shipped ones where nothing is
    /// named
    files: Vec<PathBuf>,
}

/// Runs `hearken rules test`: exit code 1 where a rule found something else than it must.
///
/// # Errors
/// What cannot be read, or where ClickHouse cannot be started.
pub(super) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let files = files::read(&arguments.files)?;
    let (rules, errors) = files::parse(&files);
    let (trials, more) = trials(&rules);
    let errors: Vec<RuleError> = errors.into_iter().chain(more).collect();
    errors.iter().for_each(|error| println!("{error}"));
    if trials.is_empty() {
        println!("there is nothing to run");
        return Ok(ExitCode::FAILURE);
    }
    let mut interrupt = Interrupt::new()?;
    let failed = tokio::select! {
        failed = all(&trials) => failed?,
        () = interrupt.wait() => return Ok(ExitCode::FAILURE),
    };
    Ok(if failed == 0 && errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns the rules with their fixtures, and what is wrong with those.
fn trials<'a>(rules: &'a [(Rule, &RuleFile)]) -> (Vec<(&'a Rule, Fixture)>, Vec<RuleError>) {
    let (mut trials, mut errors) = (Vec::new(), Vec::new());
    for (rule, file) in rules {
        match &file.fixture {
            Some((name, text)) => match Fixture::parse(name, text) {
                Ok(fixture) => trials.push((rule, fixture)),
                Err(error) => errors.push(error),
            },
            None => println!("     {}: has no fixture; it would be {}", rule.id, file.fixture_place),
        }
    }
    (trials, errors)
}

/// Runs every scenario and returns how many failed.
async fn all(trials: &[(&Rule, Fixture)]) -> Result<usize> {
    let directory = TempDir::new().context("making a directory")?;
    let (mut engine, endpoints) = throw_away(directory.path())?;
    let bench = Bench::new(Store::new(&endpoints)?).await?;
    let (mut run, mut failed) = (0, 0);
    for (rule, fixture) in trials {
        for scenario in &fixture.scenarios {
            let outcome = match fixture.prepare(scenario) {
                Ok(prepared) => bench.found(rule, fixture.now, &prepared).await,
                Err(wrong) => Err(anyhow::anyhow!("{wrong}")),
            };
            let lines = verdict(&scenario.expect, outcome);
            println!("{} {}: {}", if lines.is_empty() { "ok  " } else { "FAIL" }, rule.id, scenario.name);
            lines.iter().for_each(|line| println!("       {line}"));
            run += 1;
            failed += usize::from(!lines.is_empty());
        }
    }
    engine.kill()?;
    let rules = trials.len();
    match failed {
        0 => println!("{run} scenarios of {rules} rules, all as expected"),
        _ => println!("{failed} of {run} scenarios of {rules} rules failed"),
    }
    Ok(failed)
}

/// Returns what to say of an outcome that is not the expected one.
fn verdict(expected: &BTreeSet<String>, outcome: Result<BTreeSet<String>>) -> Vec<String> {
    let listed = |names: &BTreeSet<String>| match names.is_empty() {
        true => "nothing".to_owned(),
        false => names.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
    };
    match outcome {
        Ok(found) if found == *expected => Vec::new(),
        Ok(found) => vec![format!("expected {}", listed(expected)), format!("found    {}", listed(&found))],
        Err(error) => vec![format!("expected {}", listed(expected)), format!("failed   {error:#}")],
    }
}

/// An engine on which one scenario runs after another.
struct Bench {
    store: Store,
    /// What has rows before any scenario.
    from_the_start: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// The tables that have rows now.
const FILLED: &str = "SELECT name FROM system.tables WHERE database = currentDatabase() AND total_rows > 0";

impl Bench {
    async fn new(store: Store) -> Result<Self> {
        migrate(&store, Sink::Stopped).await.context("making tables and views")?;
        // What is computed by the hour would take the place of what a scenario says.
        store.execute("SYSTEM STOP VIEWS").await?;
        let from_the_start = filled(&store).await?;
        Ok(Self { store, from_the_start })
    }

    /// Fills the tables with a scenario's rows alone, asks the rule, and returns what it found by the names of the fixture.
    async fn found(&self, rule: &Rule, now: At, prepared: &Prepared) -> Result<BTreeSet<String>> {
        self.empty(prepared).await?;
        for (table, rows) in &prepared.tables {
            self.store.execute(&insert(table, rows)).await.with_context(|| format!("the rows of {table}"))?;
        }
        self.store.execute("SYSTEM RELOAD DICTIONARIES").await?;
        let session = Session::open(&self.store);
        session.look_up(&[prepared.news]).await?;
        let answer = session.answer(rule, now).await?;
        Ok(answer.hits.into_iter().map(|hit| name(hit, &prepared.names)).collect())
    }

    /// Takes away what the scenario before left; what is there from the start is put back, and taken away where this one brings its own.
    async fn empty(&self, prepared: &Prepared) -> Result<()> {
        let now = filled(&self.store).await?;
        for table in now.difference(&self.from_the_start) {
            self.store.execute(&format!("TRUNCATE TABLE `{table}`")).await?;
        }
        if prepared.tables.keys().any(|table| self.from_the_start.contains(table)) {
            catalog::load(&self.store, &Catalog::default()).await?;
        }
        Ok(())
    }
}

async fn filled(store: &Store) -> Result<BTreeSet<String>> {
    Ok(store.rows::<Named>(FILLED).await?.into_iter().map(|named| named.name).collect())
}

/// The same rows come again with every scenario, so nothing may take them for a repeat.
fn insert(table: &str, rows: &[Value]) -> String {
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    format!(
        "INSERT INTO `{table}` SETTINGS date_time_input_format = 'best_effort', insert_deduplicate = 0, async_insert = 0, \
         input_format_skip_unknown_fields = 0 FORMAT JSONEachRow\n{}",
        lines.join("\n")
    )
}

/// Returns what a fixture calls a hit: its feedback's name, else its subject.
fn name(hit: Hit, names: &BTreeMap<String, String>) -> String {
    match hit.feedback_id {
        Some(feedback_id) => {
            let id = feedback_id.to_string();
            names.get(&id).cloned().unwrap_or(id)
        }
        None => hit.subject.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_expected_and_what_was_found_stand_one_below_the_other() {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        assert!(verdict(&set(&["a"]), Ok(set(&["a"]))).is_empty());
        assert!(verdict(&set(&[]), Ok(set(&[]))).is_empty());
        assert_eq!(verdict(&set(&["b", "a"]), Ok(set(&[]))), ["expected a, b", "found    nothing"]);
        let failed = verdict(&set(&[]), Err(anyhow::anyhow!("no such column")));
        assert_eq!(failed, ["expected nothing", "failed   no such column"]);
    }
}

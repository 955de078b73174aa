//! ClickHouse, where it answers: new enough, with the tables and views of this release.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use hearken_schemas::cluster::LOCAL;
use hearken_schemas::tables::{DATABASE, OBJECTS, Object};
use serde::Deserialize;

use super::{Finding, state};
use crate::migrate::{self, Plan};
use crate::store::{Store, quoted};

/// The oldest ClickHouse that does all that is asked of it.
const OLDEST: (u32, u32) = (25, 8);

const WINDOW: &str = "non_replicated_deduplication_window";

#[derive(Deserialize)]
struct Applied {
    file: String,
    crc: u32,
}

#[derive(Deserialize)]
struct Table {
    name: String,
    engine_full: String,
}

/// Looks at the server.
pub(super) async fn look(store: &Store, url: &str) -> Vec<Finding> {
    let server = store.outside();
    let said = match server.text("SELECT version()", "TSV").await {
        Ok(said) => said,
        Err(error) if error.to_string().contains("does not answer") => {
            let fix = "nothing to mend if you have not started it: hearken up, or name another one with --clickhouse";
            return vec![Finding::warn(format!("no ClickHouse answers at {url}"), fix)];
        }
        Err(error) => {
            return vec![Finding::fail(format!("ClickHouse at {url} refuses: {error}"), "see --user and --password")];
        }
    };
    let mut findings = vec![version(said.trim())];
    match read(&server).await {
        Ok((applied, windows)) => {
            let is_a_node = windows.contains_key(&format!("feedback{LOCAL}"));
            let windows = pieces(windows);
            findings.push(migrations(OBJECTS, &applied, is_a_node));
            findings.extend(deduplication(OBJECTS, &windows));
            if windows.contains_key("feedback") {
                findings.push(match is_a_node {
                    // What a node's statements are follows from the cluster's name.
                    true => Finding::ok(
                        "it is a node of a cluster: hearken migrate --cluster NAME --plan compares all of them",
                    ),
                    false => forward(&migrate::outlook(store).await),
                });
                findings.extend(state::look(&server).await);
            }
        }
        Err(error) => findings.push(Finding::fail(
            format!("what ClickHouse holds cannot be read: {error}"),
            "see --user: it must see the database hearken",
        )),
    }
    findings
}

/// Reads which statements were run, and the settings of the tables.
async fn read(server: &Store) -> Result<(BTreeMap<String, u32>, BTreeMap<String, String>)> {
    let database = quoted(DATABASE);
    let tables = format!("SELECT name, engine_full FROM system.tables WHERE database = {database}");
    let tables: BTreeMap<String, String> =
        server.rows::<Table>(&tables).await?.into_iter().map(|table| (table.name, table.engine_full)).collect();
    if !tables.contains_key("migrations") {
        return Ok((BTreeMap::new(), tables));
    }
    let newest = format!("SELECT file, argMax(crc, applied_at) AS crc FROM {DATABASE}.migrations GROUP BY file");
    let applied = server.rows::<Applied>(&newest).await?.into_iter().map(|row| (row.file, row.crc)).collect();
    Ok((applied, tables))
}

/// Takes a node's pieces under the names of their tables.
fn pieces(mut tables: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let names: Vec<String> = tables.keys().filter_map(|name| name.strip_suffix(LOCAL)).map(str::to_owned).collect();
    for name in names {
        if let Some(piece) = tables.remove(&format!("{name}{LOCAL}")) {
            tables.insert(name, piece);
        }
    }
    tables
}

fn version(said: &str) -> Finding {
    let mut parts = said.split('.').map(|part| part.parse::<u32>().ok());
    match (parts.next().flatten(), parts.next().flatten()) {
        (Some(major), Some(minor)) if (major, minor) >= OLDEST => Finding::ok(format!("ClickHouse is {said}")),
        _ => Finding::fail(format!("ClickHouse is {said}"), format!("use {}.{} or newer", OLDEST.0, OLDEST.1)),
    }
}

/// A node's statements are others than one server's, so it is not asked whether they are this version's.
fn migrations(objects: &[Object], applied: &BTreeMap<String, u32>, is_a_node: bool) -> Finding {
    let of = |wanted: fn(Option<u32>, u32) -> bool| -> Vec<&str> {
        let crc = |object: &&Object| (applied.get(object.file).copied(), crc32fast::hash(object.statement.as_bytes()));
        objects
            .iter()
            .filter(|object| {
                let (known, crc) = crc(object);
                wanted(known, crc)
            })
            .map(Object::name)
            .collect()
    };
    let missing = of(|known, _| known.is_none());
    let other = if is_a_node { Vec::new() } else { of(|known, crc| known.is_some_and(|known| known != crc)) };
    let make = "make them: hearken migrate, for a cluster with --cluster NAME";
    if missing.len() == objects.len() {
        Finding::fail("ClickHouse has no tables of Hearken", make)
    } else if !missing.is_empty() {
        Finding::fail(format!("ClickHouse lacks {}", missing.join(", ")), make)
    } else if !other.is_empty() {
        let fix = "hearken migrate replaces views and says of tables what to do";
        Finding::fail(format!("made by another version of Hearken: {}", other.join(", ")), fix)
    } else {
        Finding::ok(format!("ClickHouse has all {} tables and views of this version", objects.len()))
    }
}

/// Says whether `hearken migrate` has something to do: also where the statements are this version's and somebody changed a table.
fn forward(plan: &Result<Option<Plan>>) -> Finding {
    let look = "see what and what it costs: hearken migrate --plan";
    match plan {
        Ok(Some(plan)) if !plan.refusals.is_empty() => {
            Finding::fail(format!("hearken migrate would refuse: {}", plan.refusals.join("; ")), look)
        }
        Ok(Some(plan)) if plan.steps.is_empty() => Finding::ok("hearken migrate has nothing to do"),
        Ok(Some(plan)) => {
            Finding::warn(format!("hearken migrate has something to do, steps: {}", plan.steps.len()), look)
        }
        Ok(None) => {
            let fix = "look again when it is over; if none runs, hearken migrate --plan clears up after it";
            Finding::warn("a hearken migrate compares tables now, or was killed", fix)
        }
        Err(error) => Finding::warn(
            format!("whether hearken migrate has something to do is not known: {error:#}"),
            "see --user: to compare, it must be able to make the database hearken_scratch",
        ),
    }
}

/// Without a window ClickHouse takes a block twice that the sink sends again.
fn deduplication(objects: &[Object], tables: &BTreeMap<String, String>) -> Option<Finding> {
    let wanted = objects.iter().filter(|object| object.statement.contains(WINDOW));
    let there: BTreeSet<&str> = wanted.map(Object::name).filter(|name| tables.contains_key(*name)).collect();
    let without = |name: &&&str| {
        let engine = &tables[**name];
        // A replicated table has a window of its own unless somebody set it to nothing.
        let on = if engine.starts_with("Replicated") {
            !engine.contains("replicated_deduplication_window = 0")
        } else {
            engine.contains(WINDOW) && !engine.contains(&format!("{WINDOW} = 0"))
        };
        !on
    };
    let lacking: Vec<&str> = there.iter().filter(without).copied().collect();
    if there.is_empty() {
        None
    } else if lacking.is_empty() {
        Some(Finding::ok(format!("{} tables know a block that is sent again", there.len())))
    } else {
        let fix = format!("for each of them: ALTER TABLE … MODIFY SETTING {WINDOW} = 100000");
        Some(Finding::fail(
            format!("tables without a deduplication window, a crash may count twice: {}", lacking.join(", ")),
            fix,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn versions() {
        for (said, level) in [
            ("25.8.1.1", Level::Ok),
            ("26.7.3.1", Level::Ok),
            ("25.7.9", Level::Fail),
            ("18.16.1", Level::Fail),
            ("nonsense", Level::Fail),
        ] {
            assert_eq!(version(said).level, level, "{said}");
        }
    }

    fn all_applied() -> BTreeMap<String, u32> {
        OBJECTS.iter().map(|object| (object.file.to_owned(), crc32fast::hash(object.statement.as_bytes()))).collect()
    }

    #[test]
    fn migrations_are_current_or_it_is_said_what_is_not() {
        let (mut fewer, mut other) = (all_applied(), all_applied());
        fewer.remove("010_feedback");
        other.insert("010_feedback".to_owned(), 7);
        for (applied, words, level) in [
            (all_applied(), "has all", Level::Ok),
            (BTreeMap::new(), "has no tables", Level::Fail),
            (fewer, "lacks feedback", Level::Fail),
            (other, "another version of Hearken: feedback", Level::Fail),
        ] {
            let finding = migrations(OBJECTS, &applied, false);
            assert!(finding.level == level && finding.what.contains(words), "{finding:?}");
        }
    }

    #[test]
    fn a_node_is_looked_at_by_its_pieces() {
        let tables = [
            ("feedback", "Distributed('c', 'hearken', 'feedback_local')"),
            ("feedback_local", "ReplicatedMergeTree('/x', 'y')"),
        ];
        let tables = pieces(tables.map(|(name, engine)| (name.to_owned(), engine.to_owned())).into());
        assert_eq!(tables.keys().collect::<Vec<_>>(), ["feedback"]);
        assert_eq!(deduplication(OBJECTS, &tables).map(|found| found.level), Some(Level::Ok));
        let mut applied = all_applied();
        applied.values_mut().for_each(|crc| *crc = crc.wrapping_add(1));
        assert_eq!(migrations(OBJECTS, &applied, true).level, Level::Ok);
        applied.remove("010_feedback");
        assert_eq!(migrations(OBJECTS, &applied, true).level, Level::Fail);
    }

    #[test]
    fn what_a_migration_would_do_is_one_line() {
        let plan = |refusals: &[&str]| {
            let refusals = refusals.iter().map(|refusal| (*refusal).to_owned()).collect();
            Plan { refusals, ..Plan::default() }
        };
        for (plan, words, level) in [
            (Ok(Some(plan(&[]))), "nothing to do", Level::Ok),
            (Ok(Some(plan(&["feedback: a newer one"]))), "would refuse: feedback: a newer one", Level::Fail),
            (Ok(None), "compares tables now", Level::Warn),
            (Err(anyhow::anyhow!("no rights")), "is not known: no rights", Level::Warn),
        ] {
            let finding = forward(&plan);
            assert!(finding.level == level && finding.what.contains(words), "{finding:?}");
        }
    }

    #[test]
    fn every_table_that_takes_blocks_has_a_window() {
        let table = |engine: &str| BTreeMap::from([("feedback".to_owned(), engine.to_owned())]);
        for (engine, level) in [
            ("MergeTree ORDER BY x SETTINGS non_replicated_deduplication_window = 100000", Level::Ok),
            ("ReplicatedMergeTree('/x', 'y') ORDER BY x", Level::Ok),
            ("MergeTree ORDER BY x SETTINGS index_granularity = 8192", Level::Fail),
            ("MergeTree ORDER BY x SETTINGS non_replicated_deduplication_window = 0", Level::Fail),
            ("ReplicatedMergeTree('/x', 'y') ORDER BY x SETTINGS replicated_deduplication_window = 0", Level::Fail),
        ] {
            assert_eq!(deduplication(OBJECTS, &table(engine)).map(|found| found.level), Some(level), "{engine}");
        }
        assert_eq!(deduplication(OBJECTS, &BTreeMap::new()), None);
    }
}

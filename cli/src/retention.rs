//! `hearken retention`: how long rows and words stay.
//!
//! [`terms`] says what may be removed and why the rest must stay, [`change`] what is altered; both are pure. This file asks and
//! alters.

mod change;
mod terms;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use hearken_runtime::kafka::inspect::topic_configs;
use hearken_schemas::cluster::LOCAL;
use hearken_schemas::tables::DATABASE;
use hearken_schemas::topics;
use serde::Deserialize;

use crate::Endpoints;
use crate::migrate::tail;
use crate::servers::{Piece, Servers};
use crate::store::{Store, quoted};
use change::{Change, InForce, answers, changes, statements};
use terms::{ANSWERS, ROWS, Terms};

const DAY_MS: i64 = 86_400_000;

/// The exit code of `--plan` where something is to be done.
const TO_DO: u8 = 3;

/// Arguments of `hearken retention`.
///
/// Without a file it says what is in force. Terms count from when a record reached Kafka, not from when the customer spoke, so
/// that a backfill of ten years stays. ClickHouse removes what is past its term as it merges parts, within hours.
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// The terms; deploy/local/retention.toml is a sample
    #[arg(long)]
    file: Option<PathBuf>,
    /// Show what would change and what would go at once; exit code 0 where nothing changes, 3 where something does
    #[arg(long, requires = "file", conflicts_with = "apply")]
    plan: bool,
    /// Have ClickHouse keep to the terms; run it daily, because words of survey answers are emptied by each run
    #[arg(long, requires = "file")]
    apply: bool,
    /// How many days raw topics keep their records; Kafka is not asked then
    #[arg(long)]
    raw_days: Option<u32>,
    #[command(flatten)]
    endpoints: Endpoints,
}

/// Runs `hearken retention`.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let servers = Servers::connect(&arguments.endpoints).await?;
    let Some(file) = &arguments.file else {
        for store in servers.changed() {
            servers.name(store);
            print(&in_force(&servers, store).await?);
        }
        return Ok(ExitCode::SUCCESS);
    };
    if !arguments.plan && !arguments.apply {
        bail!("say --plan to see what would change, or --apply to have it so");
    }
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let terms: Terms = toml::from_str(&text).with_context(|| format!("reading {}", file.display()))?;
    let wrong = terms.wrong(raw_days(&arguments, &terms).await?);
    if !wrong.is_empty() {
        bail!("{}:\n  {}", file.display(), wrong.join("\n  "));
    }
    let (mut changed, mut answered) = (0, 0);
    for store in servers.changed() {
        servers.name(store);
        let (here, emptied) = keep_to(&servers, store, &terms, arguments.apply).await?;
        (changed, answered) = (changed + here, answered + emptied);
    }
    if !arguments.apply && (changed > 0 || answered > 0) {
        return Ok(ExitCode::from(TO_DO));
    }
    if changed == 0 {
        println!("every term is in force");
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells what changes for the rows that are changed at this server, and changes it where it is to be applied. Returns how many terms
/// change, and how many rows have words of answers past theirs.
async fn keep_to(servers: &Servers, store: &Store, terms: &Terms, apply: bool) -> Result<(usize, i64)> {
    let mut changes = changes(terms, &in_force(servers, store).await?);
    changes.retain(|change| piece(servers, store, &change.table).is_some());
    for change in &mut changes {
        if let Some(piece) = piece(servers, store, &change.table) {
            change.past = change.past.take().map(|past| piece.query(&past));
            change.table = piece.table;
        }
        tell(store, change).await?;
    }
    let answered = match (terms.words.get(ANSWERS), piece(servers, store, "feedback")) {
        (Some(days), Some(piece)) => empty_answers(&piece, *days, apply).await?,
        (None, _) | (_, None) => 0,
    };
    if apply {
        for statement in statements(&changes) {
            store.execute(&statement).await.with_context(|| format!("running {statement}"))?;
        }
    }
    Ok((changes.len(), answered))
}

/// Returns what of a table is changed at this server.
fn piece<'a>(servers: &'a Servers, store: &Store, table: &str) -> Option<Piece<'a>> {
    servers.pieces(table).into_iter().find(|piece| piece.store.url() == store.url())
}

/// Returns how long Kafka keeps raw records at most, where a term depends on it; `None` where it keeps them for ever.
async fn raw_days(arguments: &Arguments, terms: &Terms) -> Result<Option<u32>> {
    let depends = ROWS.iter().any(|table| table.accounts && terms.rows.contains_key(table.name));
    if arguments.raw_days.is_some() || !depends {
        return Ok(arguments.raw_days);
    }
    // Of a compacted topic the newest record of a key stays for ever, whatever its retention.
    let names: Vec<&str> =
        topics::RAW.into_iter().filter(|name| topics::find(name).is_some_and(|topic| !topic.compacted)).collect();
    let configs = topic_configs(&arguments.endpoints.kafka()?, &names)
        .await
        .context("asking Kafka how long raw topics keep records (--raw-days says it without Kafka)")?;
    let mut longest = 0;
    for name in names {
        let said = configs.get(name).and_then(|config| config.get("retention.ms"));
        let ms: i64 = said.with_context(|| format!("Kafka does not say how long {name} keeps records"))?.parse()?;
        if ms < 0 {
            return Ok(None);
        }
        longest = longest.max(ms);
    }
    Ok(Some(u32::try_from((longest + DAY_MS - 1) / DAY_MS).unwrap_or(u32::MAX)))
}

async fn in_force(servers: &Servers, store: &Store) -> Result<InForce> {
    #[derive(Deserialize)]
    struct Row {
        name: String,
        engine_full: String,
        words: Vec<(String, String)>,
    }
    let pattern = r"`([^`]+)` [^`]*?TTL toDateTime\\(received_at\\) \\+ toIntervalDay\\((\\d+)\\)";
    let sql = format!(
        "SELECT name, engine_full, arrayMap(found -> (found[1], found[2]), extractAllGroups(create_table_query, '{pattern}')) AS words \
         FROM system.tables WHERE database = {} AND engine LIKE '%MergeTree'",
        quoted(DATABASE)
    );
    let mut now = InForce::default();
    for mut row in store.rows::<Row>(&sql).await? {
        // By the name that the table has on one server; what another server changes is not told here.
        let name = row.name.strip_suffix(LOCAL).unwrap_or(&row.name).to_owned();
        if piece(servers, store, &name).is_none_or(|piece| piece.table != row.name) {
            continue;
        }
        row.name = name;
        let (ttl, _) = tail(&row.engine_full);
        if ROWS.iter().any(|rows| rows.name == row.name || rows.with.is_some_and(|(with, _, _)| with == row.name))
            && !ttl.is_empty()
        {
            now.rows.insert(row.name.clone(), ttl);
        }
        // A row's term stands behind its last column, where it would be read as that column's.
        for (column, days) in
            row.words.into_iter().filter(|_| ["feedback", "survey_answers"].contains(&row.name.as_str()))
        {
            now.words.insert((row.name.clone(), column), days.parse()?);
        }
    }
    Ok(now)
}

fn print(now: &InForce) {
    for (table, ttl) in &now.rows {
        println!("{table:<16} rows go after {ttl}");
    }
    for ((table, column), days) in &now.words {
        println!("{table:<16} {column} is emptied {days} days after received_at");
    }
    if now.rows.is_empty() && now.words.is_empty() {
        println!("everything stays; hearken retention --file deploy/local/retention.toml --plan shows a sample");
    }
}

async fn tell(store: &Store, change: &Change) -> Result<()> {
    let past = match &change.past {
        Some(sql) => format!("{} rows are past it now", store.number(sql).await?),
        None => "nothing goes".to_owned(),
    };
    println!("{:<16} {:<48} {past}\n  {}", change.table, change.what, change.clause);
    Ok(())
}

/// Empties the words of answers past their term and returns in how many rows they stood.
async fn empty_answers(piece: &Piece<'_>, days: u32, apply: bool) -> Result<i64> {
    let (count, statement) = answers(&piece.table, days);
    let past = piece.store.number(&count).await?;
    if past > 0 {
        println!(
            "{:<16} {:<48} {past} rows are past it now\n  {statement}",
            piece.table,
            format!("{ANSWERS} is emptied now")
        );
        if apply {
            piece.store.execute(&statement).await.context("emptying the words of survey answers")?;
        }
    }
    Ok(past)
}

//! `hearken import`: a spreadsheet, a delimited table or JSON lines, to the topic of its kind.
//!
//! The core is pure: a file's bytes become a [`table`] ([`open`], with [`encoding`], [`delimited`], [`sheet`] and [`grid`]); its
//! columns are looked at ([`words`], [`profile`], [`times`], [`columns`]) and become a proposal ([`guess`], [`plan`], [`draft`]),
//! which is written as a mapping such as `hearken replay` reads; [`pass`] maps and judges every row, [`damage`] finds ids that lost
//! digits, [`told`] says what was found. This file asks and sends.

mod columns;
mod damage;
mod delimited;
mod draft;
mod encoding;
mod grid;
mod guess;
mod open;
mod pass;
mod plan;
mod profile;
mod sheet;
mod table;
mod times;
mod told;
mod words;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::Endpoints;
use crate::replay::{CONTENT, Kind, Mapping, Sender, find, text, unreadable, zone_named};
use columns::Column;
use guess::{Wishes, guess};
use pass::{Passed, pass};
use profile::Profile;
use table::Table;

/// How many rows a guess looks at.
const LOOKED_AT: usize = 2_000;

/// Arguments of `hearken import`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// xlsx, xls or ods; CSV or TSV in UTF-8, UTF-16 or GB18030; JSON lines; each gzipped too
    file: PathBuf,
    /// What a row is; found out where it is not said
    #[arg(long = "as", value_enum)]
    kind: Option<Kind>,
    /// The name of the source the rows come from
    #[arg(long)]
    source: Option<String>,
    /// The sheet of a spreadsheet
    #[arg(long)]
    sheet: Option<String>,
    /// The zone of times that name none, such as Asia/Shanghai
    #[arg(long, value_parser = |name: &str| zone_named(name).map(|_| name.to_owned()))]
    zone: Option<String>,
    /// A mapping to read; without one FILE.mapping.toml is read, or else made
    #[arg(long)]
    mapping: Option<PathBuf>,
    /// Send without asking
    #[arg(long)]
    yes: bool,
    /// Show what would be sent; send and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    endpoints: Endpoints,
}

/// Runs `hearken import`: exit code 0 where every row was sent (or would be), 1 where one was not.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    tokio::task::spawn_blocking(move || import(&arguments)).await?
}

/// A mapping, and where it stands.
struct Plan {
    mapping: Mapping,
    kind: Kind,
    path: PathBuf,
    /// Its text, where it was made just now.
    made: Option<String>,
    notes: Vec<String>,
}

fn import(arguments: &Arguments) -> Result<ExitCode> {
    let path = arguments.mapping.clone().unwrap_or_else(|| beside(&arguments.file));
    let there = (arguments.mapping.is_some() || path.exists()).then(|| Mapping::read(&path)).transpose()?;
    let sheet = arguments.sheet.as_deref().or_else(|| there.as_ref()?.sheet.as_deref());
    let table = open::open(&arguments.file, sheet)?;
    let plan = match there {
        Some(mapping) => read(arguments, path, mapping)?,
        None => propose(arguments, path, &table)?,
    };
    missing_columns(&plan, &table)?;
    let trial = pass(&table, plan.kind, &plan.mapping, |_| Ok(()))?;
    print!("{}", told::Proposal { file: &arguments.file, table: &table, plan: &plan, trial: &trial });
    let lacks = plan.mapping.lacks(plan.kind);
    if !lacks.is_empty() || trial.good == 0 {
        return refuse(arguments, &plan, &lacks);
    }
    if arguments.dry_run {
        println!("nothing was sent, and no file was written");
        return Ok(code(&trial));
    }
    if !arguments.yes && !agreed(&trial, plan.kind, &arguments.endpoints)? {
        keep(&plan)?;
        println!("nothing was sent; {} holds the mapping: change it and run the import again", plan.path.display());
        return Ok(ExitCode::FAILURE);
    }
    // Kafka first: where none answers, nothing was done at all.
    let mut sender = Sender::new(&arguments.endpoints.kafka()?, plan.kind, None)?;
    keep(&plan)?;
    let sent = pass(&table, plan.kind, &plan.mapping, |record| sender.send(record))?;
    let (records, seconds) = sender.finish().context("run the import again, what is there already is only counted")?;
    print!("{}", told::Summary { records, seconds, refused: sent.refused, plan: &plan });
    Ok(code(&sent))
}

fn code(passed: &Passed) -> ExitCode {
    if passed.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Returns where the mapping of a file stands.
fn beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".mapping.toml");
    name.into()
}

/// Takes a mapping that is there.
fn read(arguments: &Arguments, path: PathBuf, mapping: Mapping) -> Result<Plan> {
    let Some(kind) = arguments.kind.or(mapping.kind) else {
        bail!("{} does not say what a row is: write `as = \"reviews\"` into it, or say --as", path.display());
    };
    let zone = arguments.zone.as_deref().and_then(|name| zone_named(name).ok());
    let mapping = mapping.fits(kind).with_context(|| format!("mapping {}", path.display()))?;
    let mapping = mapping.with(arguments.source.as_deref(), zone);
    let notes =
        vec![format!("the mapping was read from {}; without that file the columns are guessed anew", path.display())];
    Ok(Plan { mapping, kind, path, made: None, notes })
}

/// Makes a mapping of what the columns look like.
fn propose(arguments: &Arguments, path: PathBuf, table: &Table) -> Result<Plan> {
    let stem = arguments.file.file_stem().unwrap_or_default().to_string_lossy();
    let wishes = Wishes {
        kind: arguments.kind,
        source: arguments.source.clone(),
        zone: arguments.zone.clone(),
        sheet: table.sheet.clone(),
        stem: stem.split('.').next().unwrap_or_default().to_owned(),
    };
    let draft = guess(&profiled(table), &wishes);
    let name = arguments.file.file_name().unwrap_or_default().to_string_lossy();
    let made = draft.toml(&name);
    let mapping = Mapping::parse(&made)
        .and_then(|mapping| mapping.fits(draft.kind))
        .context("the mapping made of the columns")?;
    Ok(Plan { mapping, kind: draft.kind, path, made: Some(made), notes: draft.notes })
}

/// Looks at the first rows of every column.
fn profiled(table: &Table) -> Vec<Column> {
    let lines: Vec<_> = table.lines().take(LOOKED_AT).filter_map(|(_, line)| line.ok()).collect();
    let column = |name: &String| {
        let values: Vec<String> = lines.iter().filter_map(|line| find(line, name)).map(text).collect();
        Column { name: name.clone(), profile: Profile::of(&values) }
    };
    table.columns.iter().map(column).collect()
}

/// Refuses a mapping that speaks of columns which the table does not have; of JSON lines nobody can know.
fn missing_columns(plan: &Plan, table: &Table) -> Result<()> {
    if matches!(table.rows.first(), Some((_, table::Row::Line(_)))) {
        return Ok(());
    }
    let known = |path: &str| path == "#line" || path == CONTENT || table.columns.iter().any(|column| column == path);
    let missing: Vec<String> = plan
        .mapping
        .reads()
        .iter()
        .filter(|(_, path)| !known(path))
        .map(|(field, path)| format!("{path:?} (for {field})"))
        .collect();
    ensure!(
        missing.is_empty(),
        "{} speaks of columns that the file does not have: {}; it has: {}",
        plan.path.display(),
        missing.join(", "),
        table.columns.join(", ")
    );
    Ok(())
}

/// Says why nothing can be sent, and leaves the mapping to be filled in.
fn refuse(arguments: &Arguments, plan: &Plan, lacks: &[&[&str]]) -> Result<ExitCode> {
    let path = plan.path.display();
    let place = if arguments.dry_run {
        "in a mapping".to_owned()
    } else {
        keep(plan)?;
        format!("in {path}")
    };
    let Some(first) = lacks.first() else {
        bail!("nothing was sent: no row would become one in the table; the reasons are above");
    };
    let lacks: Vec<String> = lacks.iter().map(|fields| fields.join(" or ")).collect();
    let unknown = if first.contains(&"occurred_at") && plan.kind.may_be_undated() {
        ", or `[time]` with `missing = \"unknown\"`, where nobody knows when"
    } else {
        ""
    };
    bail!(
        "nothing was sent: no column is known to hold {}. Say which {place} (`[fields]`{unknown}), and run the import again",
        lacks.join(", nor ")
    );
}

/// Writes the mapping, where it was made just now.
fn keep(plan: &Plan) -> Result<()> {
    let Some(text) = &plan.made else { return Ok(()) };
    std::fs::write(&plan.path, text).with_context(|| format!("writing {}", plan.path.display()))
}

fn agreed(trial: &Passed, kind: Kind, endpoints: &Endpoints) -> Result<bool> {
    ensure!(
        std::io::stdin().is_terminal(),
        "nobody is there to be asked: --yes sends without asking, --dry-run only looks"
    );
    print!("Send {} {} to Kafka at {}? Enter sends, n does not: ", trial.good, kind.name(), endpoints.brokers);
    std::io::stdout().flush()?;
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer)?;
    // The end of the input is no agreement.
    Ok(read > 0 && matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes" | "是" | "好"))
}

//! What drives the scores: read from the views, computed in memory, written to two tables of which views show the newest run.
//!
//! Layout: `answers` asks ClickHouse, `scope` turns the answers of one scope into columns and asks the arithmetic, `rows` is what is written.

mod answers;
mod rows;
mod scope;

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::Endpoints;
use crate::sql::pretty;
use crate::stack::Interrupt;
use crate::store::Store;

use self::rows::{Findings, Run};

/// How far back it looks where nobody says.
const WINDOW: SignedDuration = SignedDuration::from_hours(90 * 24);
/// A run reads months; more often than this makes no sense.
const EVERY_MIN: SignedDuration = SignedDuration::from_mins(1);

/// Arguments of `hearken insights`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Read what was said from this time on, such as 2026-09-01T00:00:00Z; 90 days before the end where not given
    #[arg(long)]
    from: Option<Timestamp>,
    /// And before this time; the beginning of this hour where not given
    #[arg(long)]
    until: Option<Timestamp>,
    /// Do it again and again, this long after each other, such as 1h, until Ctrl-C
    #[arg(long, value_name = "DURATION", conflicts_with = "until")]
    every: Option<SignedDuration>,
    /// Decides the draws of the intervals: the same answers and seed give the same numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    endpoints: Endpoints,
}

/// Runs `hearken insights`.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let store = Store::new(&arguments.endpoints)?;
    let Some(every) = arguments.every else {
        print!("{}", once(&store, &arguments).await?);
        return Ok(ExitCode::SUCCESS);
    };
    if every < EVERY_MIN {
        bail!("--every is at least {EVERY_MIN:#}");
    }
    let mut stop = Interrupt::new()?;
    loop {
        tokio::select! {
            // A schedule outlives a failure: it is told, and the next run is waited for.
            said = once(&store, &arguments) => match said {
                Ok(said) => print!("{said}"),
                Err(error) => eprintln!("hearken: {error:#}"),
            },
            () = stop.wait() => break,
        }
        tokio::select! {
            () = tokio::time::sleep(every.unsigned_abs()) => {}
            () = stop.wait() => break,
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Does it once and returns what to print.
async fn once(store: &Store, arguments: &Arguments) -> Result<String> {
    let run = Run::new(Timestamp::now(), (arguments.from, arguments.until), WINDOW, arguments.seed)?;
    let mut findings = Findings::default();
    let mut said = format!("answers of own brands from {} until {}\n", run.from, run.until);
    let scopes = answers::scopes(store, &run).await?;
    if scopes.is_empty() {
        said.push_str("there are none: no survey with an NPS or CSAT question, no rating; nothing is written\n");
        return Ok(said);
    }
    for scope in scopes {
        let (seed, name) = (run.seed, scope.name());
        // Seconds of arithmetic: not on a thread that listens.
        let found = tokio::task::spawn_blocking(move || scope.compute(seed)).await.context("computing")?;
        for (what, unfit) in found.unfit {
            writeln!(said, "{name}, {what}: {unfit}; nothing is written")?;
        }
        findings.add(&run, found.key, found.drivers, found.kano);
    }
    write(store, "driver_importance", &findings.drivers).await?;
    write(store, "text_kano", &findings.kano).await?;
    if !findings.drivers.is_empty() {
        said.push_str(&pretty(store, &shown(&run)).await?);
    }
    writeln!(
        said,
        "{} drivers and {} topics written; read v_drivers and v_kano",
        findings.drivers.len(),
        findings.kano.len()
    )?;
    Ok(said)
}

/// Inserts a run's rows as one block, so that the run is there as a whole or not at all.
async fn write<T: Serialize>(store: &Store, table: &str, rows: &[T]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = rows.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let statement = format!("INSERT INTO {table} FORMAT JSONEachRow\n{}", lines.join("\n"));
    store.execute(&statement).await.with_context(|| format!("writing {table}"))
}

/// The run's drivers as people read them: the five leading ones of each scope.
fn shown(run: &Run) -> String {
    format!(
        "SELECT brand, metric, survey_kind, basis, driver, direction, round(importance, 3) AS importance, round(low, 3) AS low, \
         round(high, 3) AS high, significant, round(performance, 2) AS performance, n, round(r2, 3) AS r2 \
         FROM v_drivers WHERE computed_at = '{}' ORDER BY brand, metric, survey_kind, basis, v_drivers.importance DESC, driver \
         LIMIT 5 BY brand, metric, survey_kind, basis",
        run.computed_at
    )
}

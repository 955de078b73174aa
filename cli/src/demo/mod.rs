//! `hearken demo`: the whole pipeline on this machine, with customers who talk.
//!
//! It loads nine weeks of history once, plays live seconds, and asks for the stories that are planted in both. [`state`] remembers
//! what is loaded, [`feeder`] produces, [`latency`] measures, [`stories`] are the questions, [`finding`] judges the answers, [`opening`]
//! sums up, [`report`] shows it all in [`words`], [`responders`] who is to be called, this file runs them.

mod feeder;
mod finding;
mod latency;
mod opening;
mod report;
mod responders;
mod state;
mod stories;
mod words;

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use feeder::{Feeder, Pace};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use latency::Latency;
use report::{Age, Loaded, Played};
use serde_json::{Map, Value};
use state::{Progress, State};

use crate::accounting::{Outcomes, Raw};
use crate::scenario::{Live, Mix, Plot};
use crate::stack::{self, Interrupt, Stack};
use crate::store::Store;

/// How long the last records may take to be accounted for after the live feed ends.
const SETTLE: Duration = Duration::from_secs(120);

/// How long the whole history may take.
const LOAD: Duration = Duration::from_secs(900);

/// Arguments of `hearken demo`.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    stack: stack::Local,
    /// End after this many live seconds, such as 60s or 5m, instead of at Ctrl-C
    #[arg(long = "for", value_parser = duration)]
    length: Option<Duration>,
    /// Live records a second
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    rate: u64,
    /// Decides what customers say
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The part of bad records among the live ones
    #[arg(long, default_value_t = 0.005)]
    poison: f64,
    /// Play the live seconds alone, for load tests
    #[arg(long)]
    no_history: bool,
    /// Print one JSON object as the last line
    #[arg(long)]
    json: bool,
}

/// The retailer as the services must know it.
const CATALOG: &str = include_str!("../../../deploy/local/catalog.toml");

/// Who answers its customers.
const RESPONDERS: &str = include_str!("../../../deploy/local/responders.toml");

/// Where `hearken sql` looks for ClickHouse by itself.
const CLICKHOUSE: &str = "http://127.0.0.1:8123";

/// How long the live seconds last where nothing is said.
const LENGTH: Duration = Duration::from_secs(60);

/// Runs `hearken demo`.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut interrupt = Interrupt::new()?;
    let started = Instant::now();
    arguments.stack.bring_responders(RESPONDERS)?;
    let mut stack = tokio::select! {
        stack = Stack::start(&arguments.stack, Some(CATALOG), |step| eprintln!("{step} …")) => stack?,
        () = interrupt.wait() => return Ok(ExitCode::SUCCESS),
    };
    eprintln!(
        "ready after {:.1} s: Kafka {}, ClickHouse {}",
        started.elapsed().as_secs_f64(),
        stack.endpoints.brokers,
        stack.endpoints.clickhouse
    );
    let answer = perform(&arguments, &mut stack, &mut interrupt).await;
    let watched = match (&answer, arguments.length) {
        (Ok(Some(Ending { interrupted: false, .. })), None) => stay(&mut stack, &mut interrupt).await,
        _ => Ok(()),
    };
    eprintln!("stopping …");
    stack.stop()?;
    watched?;
    if let (Some(Ending { last_line, .. }), true) = (answer?, arguments.json) {
        println!("{last_line}");
    }
    Ok(ExitCode::SUCCESS)
}

/// How a run ended.
struct Ending {
    last_line: Value,
    interrupted: bool,
}

/// Plays everything; returns nothing where it was interrupted in the history.
async fn perform(arguments: &Arguments, stack: &mut Stack, interrupt: &mut Interrupt) -> Result<Option<Ending>> {
    let data = &arguments.stack.data;
    let state = State::read(data)?.unwrap_or_else(|| State::new(arguments.seed, Timestamp::now()));
    if state.seed != arguments.seed {
        eprintln!("the history in {} is of seed {}; it stays", data.display(), state.seed);
    }
    let plot = Arc::new(Plot::new(state.seed, state.anchor));
    let store = Store::new(&stack.endpoints)?;
    let history = if arguments.no_history || state.history == Progress::Done {
        Loaded::default()
    } else {
        state.write(data)?;
        let Some(loaded) = load(&plot, stack, &store, interrupt).await? else { return Ok(None) };
        State { history: Progress::Done, ..state.clone() }.write(data)?;
        loaded
    };
    let played = play(arguments, &plot, stack, interrupt).await?;
    let mut found = Map::new();
    if !arguments.no_history {
        let truth = plot.truth();
        write_truth(data, &truth)?;
        found = report::tell_stories(&store, &truth, Age::new(state.anchor, Timestamp::now())).await?;
    }
    let raised = responders::tell_responders(&store, &stack.cases).await?;
    report::tell_operators(&store, &played, &stack.endpoints.clickhouse).await?;
    let mut last_line = played.json(history, &found);
    last_line["alerts"] = raised;
    Ok(Some(Ending { last_line, interrupted: played.interrupted }))
}

fn write_truth(data: &Path, truth: &Value) -> Result<()> {
    let path = data.join("truth.json");
    std::fs::write(&path, serde_json::to_string_pretty(truth)?).with_context(|| format!("writing {}", path.display()))
}

/// Loads the history at full speed; nothing where it was interrupted.
async fn load(plot: &Arc<Plot>, stack: &mut Stack, store: &Store, interrupt: &mut Interrupt) -> Result<Option<Loaded>> {
    eprintln!("loading nine weeks of history …");
    let started = Instant::now();
    let before = Raw::read(&stack.endpoints.kafka()?).await?;
    let feed = Feeder::history(Arc::clone(plot), &stack.endpoints.kafka()?)?;
    let progress = bar(0);
    let mut look = tokio::time::interval(Duration::from_millis(500));
    let loaded = loop {
        tokio::select! {
            () = interrupt.wait() => {
                feed.stop();
                break None;
            }
            _ = look.tick() => {}
        }
        stack.check()?;
        let ended = feed.ended();
        let raw = Raw::read(&stack.endpoints.kafka()?).await?.since(&before);
        let outcomes = Outcomes::read(store, &raw).await?;
        progress.set_length(feed.produced());
        progress.set_position(outcomes.count().unsigned_abs());
        if ended && outcomes.count() == raw.count() {
            break Some(Loaded { records: raw.count(), time: started.elapsed() });
        }
        anyhow::ensure!(
            started.elapsed() < LOAD,
            "{} of {} records of the history have no outcome after {} s; `hearken verify` names them",
            raw.count() - outcomes.count(),
            raw.count(),
            LOAD.as_secs()
        );
    };
    feed.finish().await?;
    progress.finish_and_clear();
    if let Some(Loaded { records, time }) = loaded {
        let seconds = time.as_secs_f64();
        eprintln!("{records} records of history in {seconds:.0} s ({:.0} a second)", records as f64 / seconds);
    }
    Ok(loaded)
}

/// Plays the live seconds.
async fn play(arguments: &Arguments, plot: &Arc<Plot>, stack: &mut Stack, interrupt: &mut Interrupt) -> Result<Played> {
    let kafka = stack.endpoints.kafka()?;
    let store = Store::new(&stack.endpoints)?;
    let before = Raw::read(&kafka).await?;
    let pace = Pace { rate: arguments.rate, length: arguments.length.unwrap_or(LENGTH) };
    let latency = Latency::default();
    let follower = latency.follow(store.clone());
    let progress = bar(pace.length.as_secs() * pace.rate);
    let started = Instant::now();
    let mix = Mix { poison_share: arguments.poison, ..Mix::new(arguments.seed, Timestamp::now()) };
    let feed = Feeder::live(Live::new(Arc::clone(plot), mix), pace, &kafka, latency.clone())?;
    let mut look = tokio::time::interval(Duration::from_secs(1));
    let mut interrupted = false;
    while !feed.ended() {
        tokio::select! {
            () = interrupt.wait(), if !interrupted => {
                interrupted = true;
                feed.stop();
            }
            _ = look.tick() => {
                stack.check()?;
                progress.set_position(feed.produced());
                progress.set_message(summary(&store, &before, stack, &latency).await?);
            }
        }
    }
    feed.finish().await?;
    let raw = Raw::read(&kafka).await?.since(&before);
    let outcomes = settle(&store, &raw, stack).await?;
    let time = started.elapsed();
    follower.abort();
    progress.finish_and_clear();
    if latency.open() > 0 {
        bail!("{} sampled records have no row although every record is accounted for", latency.open());
    }
    let (p50_ms, p99_ms) = (latency.quantile_ms(0.5), latency.quantile_ms(0.99));
    Ok(Played { produced: raw.count(), outcomes, time, p50_ms, p99_ms, interrupted })
}

/// Keeps everything running after the scenario, for people who want to look around.
async fn stay(stack: &mut Stack, interrupt: &mut Interrupt) -> Result<()> {
    let program = std::env::current_exe().unwrap_or_else(|_| "hearken".into());
    println!("Everything keeps running; Ctrl-C stops it, the data stays. Ask with");
    println!("  {}", ask(&program, &std::env::current_dir().unwrap_or_default(), &stack.endpoints.clickhouse));
    let mut watch = tokio::time::interval(Duration::from_millis(500));
    loop {
        tokio::select! {
            () = interrupt.wait() => return Ok(()),
            _ = watch.tick() => stack.check()?,
        }
    }
}

/// Returns the command that asks this ClickHouse, as one types it in the directory.
fn ask(program: &Path, directory: &Path, clickhouse: &str) -> String {
    let program = program.strip_prefix(directory).unwrap_or(program).display();
    let endpoint = if clickhouse == CLICKHOUSE { String::new() } else { format!(" --clickhouse {clickhouse}") };
    format!("{program} sql{endpoint} \"SELECT count() FROM v_feedback\"")
}

/// Waits until every record has an outcome.
async fn settle(store: &Store, raw: &Raw, stack: &mut Stack) -> Result<Outcomes> {
    let deadline = Instant::now() + SETTLE;
    loop {
        let outcomes = Outcomes::read(store, raw).await?;
        if outcomes.count() == raw.count() {
            return Ok(outcomes);
        }
        stack.check()?;
        if Instant::now() > deadline {
            bail!(
                "{} of {} records have no outcome {} s after the feed ended; `hearken verify` names them",
                raw.count() - outcomes.count(),
                raw.count(),
                SETTLE.as_secs()
            );
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn summary(store: &Store, before: &Raw, stack: &Stack, latency: &Latency) -> Result<String> {
    let raw = Raw::read(&stack.endpoints.kafka()?).await?.since(before);
    let outcomes = Outcomes::read(store, &raw).await?;
    let p99 = latency.quantile_ms(0.99).map_or("–".to_owned(), |ms| format!("{ms} ms"));
    let Outcomes { rows, dead_letters, duplicates } = outcomes;
    let on_the_way = raw.count() - outcomes.count();
    Ok(format!(
        "{rows} rows · {dead_letters} dead letters · {duplicates} duplicates · {on_the_way} on the way · p99 {p99}"
    ))
}

fn bar(records: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(records).with_style(style)
}

/// Reads `90`, `90s`, `5m` or `1h`.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len()));
    let number: u64 = number.parse().map_err(|_| "expected a length such as 60s or 5m".to_owned())?;
    let seconds = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err("expected a length such as 60s or 5m".to_owned()),
    };
    Ok(Duration::from_secs(number * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_to_ask_with_is_whole() {
        let check = |program: &str, clickhouse: &str, expected: &str| {
            let asked = ask(Path::new(program), Path::new("/home/a/hearken"), clickhouse);
            assert_eq!(asked, format!("{expected} \"SELECT count() FROM v_feedback\""));
        };
        let program = "/home/a/hearken/target/release/hearken";
        check(program, "http://127.0.0.1:8123", "target/release/hearken sql");
        check(program, "http://127.0.0.1:4711", "target/release/hearken sql --clickhouse http://127.0.0.1:4711");
        check("/usr/bin/hearken", "http://127.0.0.1:8123", "/usr/bin/hearken sql");
    }

    #[test]
    fn lengths_are_read_as_people_write_them() {
        for (text, seconds) in [("60s", 60), ("5m", 300), ("1h", 3_600), ("90", 90)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["", "s", "5d", "-1s", "1.5s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}

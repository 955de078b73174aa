//! `hearken demo`: the whole pipeline on this machine, with customers who talk.
//!
//! [`feeder`] produces, [`latency`] measures, this file runs and shows them.

mod feeder;
mod latency;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;
use feeder::Feeder;
use indicatif::{ProgressBar, ProgressStyle};
use latency::Latency;

use crate::accounting::{Outcomes, Raw};
use crate::sql::pretty;
use crate::stack::{self, Interrupt, Stack};
use crate::store::Store;

/// How long the last records may take to be accounted for after the feed ends.
const SETTLE: Duration = Duration::from_secs(120);

/// Three questions an analyst would ask first; the README shows them too.
pub(crate) const QUERIES: [(&str, &str); 3] = [
    (
        "What was said in the last minutes, and how did it feel?",
        "SELECT minute, sum(n) AS feedback, sum(v.negative) AS negative, sum(v.positive) AS positive, \
         round((positive - negative) / feedback, 3) AS net_sentiment \
         FROM v_feedback_minute AS v WHERE minute >= now() - INTERVAL 1 HOUR GROUP BY minute ORDER BY minute DESC LIMIT 5",
    ),
    (
        "Which app release makes customers unhappy, and in which words?",
        "SELECT attributes['app_version'] AS release, count() AS feedback, round(avg(sentiment = 'negative'), 2) AS negative_share, \
         topKIf(5)(keywords.term[1], sentiment = 'negative' AND keywords.term[1] != '') AS words FROM v_feedback \
         WHERE release != '' AND occurred_at >= now() - INTERVAL 1 HOUR GROUP BY release ORDER BY negative_share DESC LIMIT 3",
    ),
    (
        "What could not be read, and why?",
        "SELECT stage, reason, count() AS records, any(detail) AS example FROM dead_letters GROUP BY stage, reason \
         ORDER BY records DESC, reason LIMIT 5",
    ),
];

/// Arguments of `hearken demo`.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    stack: stack::Local,
    /// End after this long, such as 60s or 5m, instead of at Ctrl-C
    #[arg(long = "for", value_parser = duration)]
    length: Option<Duration>,
    /// Records a second
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    rate: u64,
    /// Decides what customers say
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The part of bad records
    #[arg(long, default_value_t = 0.005)]
    poison: f64,
    /// Print one JSON object as the last line
    #[arg(long)]
    json: bool,
}

/// The scenario's length where none is given.
const LENGTH: Duration = Duration::from_secs(120);

/// Runs `hearken demo`.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut interrupt = Interrupt::new()?;
    let started = Instant::now();
    let mut stack = tokio::select! {
        stack = Stack::start(&arguments.stack, |step| eprintln!("{step} …")) => stack?,
        () = interrupt.wait() => return Ok(ExitCode::SUCCESS),
    };
    eprintln!(
        "ready after {:.1} s: Kafka {}, ClickHouse {}",
        started.elapsed().as_secs_f64(),
        stack.endpoints.brokers,
        stack.endpoints.clickhouse
    );
    let answer = play(&arguments, &mut stack, &mut interrupt).await;
    let watched = match (&answer, arguments.length) {
        (Ok(Played { interrupted: false, .. }), None) => stay(&mut stack, &mut interrupt).await,
        _ => Ok(()),
    };
    eprintln!("stopping …");
    stack.stop()?;
    watched?;
    let played = answer?;
    if arguments.json {
        println!("{}", played.json());
    }
    Ok(ExitCode::SUCCESS)
}

/// What a run showed, counted from the topics and the tables.
struct Played {
    produced: i64,
    outcomes: Outcomes,
    seconds: f64,
    p50_ms: Option<u64>,
    p99_ms: Option<u64>,
    interrupted: bool,
}

impl Played {
    fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "produced": self.produced,
            "rows": self.outcomes.rows,
            "dead_letters": self.outcomes.dead_letters,
            "duplicates": self.outcomes.duplicates,
            "records_per_s": (self.produced as f64 / self.seconds).round(),
            "p50_ms": self.p50_ms,
            "p99_ms": self.p99_ms,
        })
    }
}

async fn play(arguments: &Arguments, stack: &mut Stack, interrupt: &mut Interrupt) -> Result<Played> {
    let store = Store::new(&stack.endpoints);
    let before = Raw::read(&stack.endpoints.brokers).await?;
    let length = arguments.length.unwrap_or(LENGTH);
    let latency = Latency::default();
    let follower = latency.follow(store.clone());
    let progress = bar(length.as_secs() * arguments.rate);
    let started = Instant::now();
    let feed = Feeder::start(arguments, length, &stack.endpoints.brokers, latency.clone())?;
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
    let raw = Raw::read(&stack.endpoints.brokers).await?.since(&before);
    let outcomes = settle(&store, &raw, stack).await?;
    let seconds = started.elapsed().as_secs_f64();
    follower.abort();
    progress.finish_and_clear();
    let (p50_ms, p99_ms) = (latency.quantile_ms(0.5), latency.quantile_ms(0.99));
    let played = Played { produced: raw.count(), outcomes, seconds, p50_ms, p99_ms, interrupted };
    if latency.open() > 0 {
        bail!("{} sampled records have no row although every record is accounted for", latency.open());
    }
    show(&played, stack, &store).await?;
    Ok(played)
}

async fn show(played: &Played, stack: &Stack, store: &Store) -> Result<()> {
    let Outcomes { rows, dead_letters, duplicates } = played.outcomes;
    let per_s = played.produced as f64 / played.seconds;
    let ms = |quantile: Option<u64>| quantile.map_or("–".to_owned(), |ms| format!("{ms} ms"));
    println!(
        "{} records in {:.0} s ({per_s:.0} a second): {rows} rows, {dead_letters} dead letters, {duplicates} duplicates",
        played.produced, played.seconds
    );
    println!("from the produce call to a row over HTTP: p50 {}, p99 {}", ms(played.p50_ms), ms(played.p99_ms));
    println!("ClickHouse: {} (HTTP), database hearken\n", stack.endpoints.clickhouse);
    for (question, sql) in QUERIES {
        println!("{question}\n  {sql}\n{}", pretty(store, sql).await?);
    }
    Ok(())
}

/// Keeps everything running after the scenario, for people who want to look around.
async fn stay(stack: &mut Stack, interrupt: &mut Interrupt) -> Result<()> {
    println!("Everything keeps running: ask with `target/release/hearken sql \"…\"`. Ctrl-C stops it; the data stays.");
    let mut watch = tokio::time::interval(Duration::from_millis(500));
    loop {
        tokio::select! {
            () = interrupt.wait() => return Ok(()),
            _ = watch.tick() => stack.check()?,
        }
    }
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
    let raw = Raw::read(&stack.endpoints.brokers).await?.since(before);
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
    use super::duration;
    use std::time::Duration;

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

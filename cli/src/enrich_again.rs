//! `hearken enrich-again`: feedback that an older enricher read is read again by the one that runs.
//!
//! What a row says is sent to the enrich service once more, under the raw record's own coordinates, and goes the way of every
//! record: the sink takes the older state back and writes the newer one, once. So there is nothing to remember: whatever is done
//! is no longer below the version, and another run goes on from there. [`chunks`] cuts the work and is pure, [`pipe`] sends and waits.

mod chunks;
mod pipe;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use chunks::{Chunk, Hour, chunks, months};
use clap::Args;
use hearken_enrich::ENRICHER_VERSION;
use hearken_sink::row::{FeedbackRow, NotAgain};
use jiff::civil::Date;
use pipe::Pipe;
use serde::Deserialize;
use uuid::Uuid;

use crate::Endpoints;
use crate::stack::Interrupt;
use crate::store::Store;

/// Feedback after which the services are waited for, so that what arrives meanwhile never stands behind more.
const CHUNK: u64 = 5_000;
/// Most rows that are read at once.
const PAGE: u32 = 1_000;
/// How often it is told how far it is.
const TOLD: Duration = Duration::from_secs(10);

/// Arguments of `hearken enrich-again`.
///
/// Needs enrich and the sink of this release running. Ctrl-C, and any failure, leave things as they should be: run it again, and it goes
/// on where it was. Rows are tripled for what is read again: the old state, the copy that takes it back, the new state.
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// Only what was said on this day (UTC) or later
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
    /// Only what was said before this day (UTC)
    #[arg(long, value_name = "DAY")]
    until: Option<Date>,
    /// Feedback a second, at most
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
    /// Show how much there is to do, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Begin without asking
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    endpoints: Endpoints,
}

/// Runs `hearken enrich-again`: exit code 0 where everything is read by this version, 1 where something is left.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let window = condition(arguments.from, arguments.until);
    let store = Store::new(&arguments.endpoints)?;
    let hours = behind(&store, &window).await?;
    let all: u64 = hours.iter().map(|hour| hour.feedback).sum();
    for (month, feedback) in months(&hours) {
        println!("{month}  {feedback} feedback below enricher version {ENRICHER_VERSION}");
    }
    if all == 0 {
        println!("everything is read by enricher version {ENRICHER_VERSION}: nothing to do");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{all} feedback, {} at {} a second", lasting(all, arguments.rate), arguments.rate);
    if arguments.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    if !arguments.yes && !agreed(all)? {
        println!("nothing was sent");
        return Ok(ExitCode::FAILURE);
    }
    let mut work = Work {
        store,
        pipe: Pipe::open(arguments.endpoints.kafka()?).await?,
        rate: arguments.rate,
        all,
        done: Done::default(),
    };
    let is_whole = work.run(&chunks(&hours, CHUNK)).await?;
    let Done { sent, emptied } = work.done;
    let left: u64 = behind(&work.store, &window).await?.iter().map(|hour| hour.feedback).sum();
    println!("{sent} feedback read again, {emptied} left as they are because retention has emptied their words");
    if !is_whole {
        println!("stopped; {left} are left, another run goes on with them");
    } else if left > emptied {
        println!(
            "{} are still below version {ENRICHER_VERSION}: run it again, and see `hearken dead-letters list`",
            left - emptied
        );
    }
    Ok(if left <= emptied { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What was done so far.
#[derive(Debug, Default)]
struct Done {
    sent: u64,
    emptied: u64,
}

struct Work {
    store: Store,
    pipe: Pipe,
    rate: u32,
    all: u64,
    done: Done,
}

impl Work {
    /// Reads all chunks again; tells whether it came to the end, for Ctrl-C stops it between two pages.
    async fn run(&mut self, chunks: &[Chunk]) -> Result<bool> {
        let mut interrupt = Interrupt::new()?;
        let (began, mut told) = (Instant::now(), Instant::now());
        let mut is_first = true;
        for chunk in chunks {
            let mut after = Uuid::nil();
            loop {
                let page = self.page(chunk, after).await?;
                let Some(last) = page.last() else { break };
                after = last.feedback_id;
                let sent = self.send(page).await?;
                if is_first && !sent.is_empty() {
                    self.pipe.taken().await?;
                    self.is_read_by_this_version(chunk, &sent).await?;
                    is_first = false;
                }
                let due = Duration::from_secs_f64(self.done.sent as f64 / f64::from(self.rate));
                tokio::select! {
                    () = interrupt.wait() => {
                        self.pipe.taken().await?;
                        return Ok(false);
                    }
                    () = tokio::time::sleep(due.saturating_sub(began.elapsed())) => {}
                }
                if told.elapsed() > TOLD {
                    eprintln!("{}", self.progress(chunk, began.elapsed()));
                    told = Instant::now();
                }
            }
            tokio::select! {
                () = interrupt.wait() => return Ok(false),
                taken = self.pipe.taken() => taken?,
            }
        }
        Ok(true)
    }

    /// Reads the next rows of a chunk whose newest state is below the version, in the order of their ids.
    async fn page(&self, chunk: &Chunk, after: Uuid) -> Result<Vec<FeedbackRow>> {
        let times = ["occurred_at", "received_at", "enriched_at", "sent_at"]
            .map(|name| format!("toUnixTimestamp64Milli({name}) AS {name}"));
        let within = format!(
            "toStartOfHour(feedback.occurred_at) BETWEEN {} AND {} AND sign = 1 AND enricher_version < {ENRICHER_VERSION}",
            moment(chunk.first_s),
            moment(chunk.last_s)
        );
        let sql = format!(
            "SELECT * REPLACE ({}, arrayMap(at -> toUnixTimestamp64Milli(at), `turns.at`) AS `turns.at`) FROM feedback \
             WHERE {within} AND feedback_id > '{after}' AND (feedback_id, version) GLOBAL NOT IN \
             (SELECT feedback_id, version FROM superseded WHERE feedback_id GLOBAL IN (SELECT feedback_id FROM feedback WHERE {within})) \
             ORDER BY feedback_id LIMIT {} \
             SETTINGS prefer_column_name_to_alias = 1, output_format_json_quote_64bit_integers = 0",
            times.join(", "),
            PAGE.min(self.rate)
        );
        self.store.rows(&sql).await.context("reading feedback of an older enricher")
    }

    /// Sends what can be enriched again and returns its ids.
    async fn send(&mut self, rows: Vec<FeedbackRow>) -> Result<Vec<Uuid>> {
        let (mut ids, mut messages) = (Vec::new(), Vec::new());
        for row in rows {
            let id = row.feedback_id;
            match row.again() {
                Ok(again) => {
                    ids.push(id);
                    messages.push(pipe::message(again));
                }
                Err(NotAgain::Emptied) => self.done.emptied += 1,
                Err(strange @ NotAgain::Strange(_)) => bail!("feedback {id}: {strange}; was the row written by hand?"),
            }
        }
        self.done.sent += ids.len() as u64;
        self.pipe.send(messages).await?;
        Ok(ids)
    }

    /// Looks whether the services that run are of this release, once the first page went through.
    async fn is_read_by_this_version(&self, chunk: &Chunk, ids: &[Uuid]) -> Result<()> {
        let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
        let sql = format!(
            "SELECT count() FROM feedback WHERE toStartOfHour(occurred_at) BETWEEN {} AND {} AND sign = 1 \
             AND enricher_version >= {ENRICHER_VERSION} AND feedback_id IN ({})",
            moment(chunk.first_s),
            moment(chunk.last_s),
            ids.join(",")
        );
        ensure!(
            self.store.number(&sql).await? > 0,
            "none of the first {} feedback was read by enricher version {ENRICHER_VERSION}: the enrich service that runs is of \
             an older release (hearken doctor shows it); start this one's and run enrich-again again. No number has changed",
            ids.len()
        );
        Ok(())
    }

    fn progress(&self, chunk: &Chunk, elapsed: Duration) -> String {
        let Done { sent, emptied } = self.done;
        let through = sent + emptied;
        let rate = (through as f64 / elapsed.as_secs_f64().max(0.001)).max(1.0) as u32;
        let left = lasting(self.all.saturating_sub(through), rate);
        format!("{}: {through} of {} feedback, {rate} a second, {left} to go", months(&[chunk.hour()])[0].0, self.all)
    }
}

/// Counts the feedback whose newest state an older enricher read, by the hour in which it was said.
///
/// The copy that takes a state back has that state's version, so the signs sum to what stands.
async fn behind(store: &Store, window: &str) -> Result<Vec<Hour>> {
    #[derive(Deserialize)]
    struct Line {
        at: i64,
        n: i64,
    }
    let sql = format!(
        "SELECT toUnixTimestamp(toStartOfHour(occurred_at)) AS at, sum(sign) AS n FROM feedback \
         WHERE enricher_version < {ENRICHER_VERSION} AND {window} GROUP BY at HAVING n > 0 ORDER BY at \
         SETTINGS output_format_json_quote_64bit_integers = 0"
    );
    let lines: Vec<Line> = store.rows(&sql).await.context("looking for feedback of an older enricher")?;
    Ok(lines.into_iter().map(|line| Hour { at_s: line.at, feedback: line.n.max(0) as u64 }).collect())
}

/// Selects what was said from one day on and before another.
fn condition(from: Option<Date>, until: Option<Date>) -> String {
    let bound = |sign: &str, day: Date| format!("occurred_at {sign} toDateTime64('{day} 00:00:00', 3, 'UTC')");
    let bounds: Vec<String> =
        from.map(|day| bound(">=", day)).into_iter().chain(until.map(|day| bound("<", day))).collect();
    if bounds.is_empty() { "1".to_owned() } else { bounds.join(" AND ") }
}

fn moment(seconds: i64) -> String {
    format!("toDateTime({seconds}, 'UTC')")
}

/// Says how long so many take at most so many a second.
fn lasting(feedback: u64, rate: u32) -> String {
    let seconds = feedback.div_ceil(u64::from(rate.max(1)));
    match seconds {
        0..120 => format!("about {seconds} s"),
        120..7_200 => format!("about {} min", seconds.div_ceil(60)),
        _ => format!("about {} h", seconds.div_ceil(3_600)),
    }
}

fn agreed(all: u64) -> Result<bool> {
    ensure!(
        std::io::stdin().is_terminal(),
        "nobody is there to be asked: --yes begins without asking, --dry-run only looks"
    );
    print!("Read {all} feedback again? Enter begins, n does not: ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer)?;
    // The end of the input is no agreement.
    Ok(read > 0 && matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes" | "是" | "好"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_asked_in_whole_days() {
        let day = |text: &str| Some(text.parse::<Date>().expect("a day"));
        for (from, until, expected) in [
            (None, None, "1"),
            (day("2026-01-02"), None, "occurred_at >= toDateTime64('2026-01-02 00:00:00', 3, 'UTC')"),
            (
                day("2026-01-02"),
                day("2026-02-01"),
                "occurred_at >= toDateTime64('2026-01-02 00:00:00', 3, 'UTC') AND occurred_at < toDateTime64('2026-02-01 00:00:00', 3, 'UTC')",
            ),
        ] {
            assert_eq!(condition(from, until), expected);
        }
    }

    #[test]
    fn it_is_said_how_long_it_takes() {
        for (feedback, rate, expected) in [
            (0, 500, "about 0 s"),
            (1, 500, "about 1 s"),
            (100_000, 500, "about 4 min"),
            (10_000_000, 500, "about 6 h"),
        ] {
            assert_eq!(lasting(feedback, rate), expected);
        }
    }
}

//! The audit an operator runs: every raw record has exactly one outcome, every rollup equals its rows.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use hearken_runtime::kafka::admin::{Offsets, offsets};
use hearken_schemas::topics;
use serde::Serialize;

use crate::Endpoints;
use crate::accounting::Raw;
use crate::store::{Store, quoted};

/// How many missing offsets are named.
const NAMED_MAX: usize = 5;

/// Arguments of `hearken verify`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Wait at most this many seconds until the services have caught up
    #[arg(long, default_value_t = 60)]
    wait: u64,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    endpoints: Endpoints,
}

/// One thing that must hold.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    found: String,
}

/// Runs `hearken verify`: exit code 0 where everything holds, 1 where something does not.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let store = Store::new(&arguments.endpoints);
    let checks = verify(&arguments.endpoints.brokers, &store, Duration::from_secs(arguments.wait)).await?;
    let ok = checks.iter().all(|check| check.ok);
    if arguments.json {
        println!("{}", serde_json::json!({ "ok": ok, "checks": checks }));
    } else {
        for check in &checks {
            println!("{:<4}  {:<52}  {}", if check.ok { "ok" } else { "FAIL" }, check.name, check.found);
        }
        println!("{}", if ok { "every record has one outcome" } else { "something does not hold" });
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn verify(brokers: &str, store: &Store, wait: Duration) -> Result<Vec<Check>> {
    let mut checks = vec![lag(brokers, wait).await?];
    let raw = Raw::read(brokers).await?;
    checks.push(accounted(store, &raw).await?);
    for (name, sql) in zero_rows(&raw) {
        let found = store.number(&sql).await?;
        checks.push(Check { name, ok: found == 0, found: found.to_string() });
    }
    Ok(checks)
}

/// Waits until no service has anything left to read.
async fn lag(brokers: &str, wait: Duration) -> Result<Check> {
    let groups = [
        ("hearken-ingest", &topics::RAW[..]),
        ("hearken-enrich", &[topics::NORMALIZED]),
        ("hearken-sink", &[topics::ENRICHED, topics::DEAD_LETTERS]),
    ];
    let since = Instant::now();
    loop {
        let brokers = brokers.to_owned();
        let read = move || -> Result<i64> {
            let mut lag = 0;
            for (group, topics) in groups {
                for topic in topics {
                    lag += offsets(&brokers, Some(group), topic)?.iter().map(Offsets::lag).sum::<i64>();
                }
            }
            Ok(lag)
        };
        let lag = tokio::task::spawn_blocking(read).await??;
        if lag == 0 || since.elapsed() >= wait {
            return Ok(Check { name: "records still in flight", ok: lag == 0, found: lag.to_string() });
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Looks for raw records without an outcome, partition by partition.
async fn accounted(store: &Store, raw: &Raw) -> Result<Check> {
    let (mut missing, mut named) = (0, Vec::new());
    for Offsets { topic, partition, start, end, .. } in &raw.0 {
        let without = format!(
            "FROM numbers({start}, {}) WHERE toInt64(number) NOT IN \
             (SELECT src_offset FROM v_outcome WHERE src_topic = {} AND src_partition = {partition})",
            end - start,
            quoted(topic)
        );
        let count = store.number(&format!("SELECT count() {without}")).await?;
        if count > 0 {
            let offsets =
                store.text(&format!("SELECT number {without} ORDER BY number LIMIT {NAMED_MAX}"), "TSV").await?;
            named.push(format!("{topic}[{partition}] {}", offsets.split_whitespace().collect::<Vec<_>>().join(" ")));
        }
        missing += count;
    }
    let of = raw.count();
    let found = if missing == 0 { format!("0 of {of}") } else { format!("{missing} of {of}: {}", named.join(", ")) };
    Ok(Check { name: "raw records without an outcome (lost write)", ok: missing == 0, found })
}

/// Queries that count violations.
fn zero_rows(raw: &Raw) -> Vec<(&'static str, String)> {
    let known = raw.condition();
    vec![
        (
            "raw records with two different outcomes",
            format!(
                "SELECT count() FROM (SELECT 1 FROM v_outcome WHERE {known} GROUP BY src_topic, src_partition, src_offset \
                 HAVING uniqExact(if(outcome IN ('row', 'dead_letter'), outcome, 'none')) > 1)"
            ),
        ),
        (
            "states with two rows (duplicate)",
            "SELECT count() FROM (SELECT 1 FROM feedback WHERE sign = 1 GROUP BY feedback_id, version HAVING count() > 1)"
                .to_owned(),
        ),
        (
            "feedback whose signs do not sum to 1",
            "SELECT count() FROM (SELECT 1 FROM feedback GROUP BY feedback_id HAVING sum(sign) != 1)".to_owned(),
        ),
        (
            "dead letters with two rows",
            "SELECT count() FROM (SELECT 1 FROM dead_letters GROUP BY stage, at_topic, at_partition, at_offset HAVING count() > 1)"
                .to_owned(),
        ),
        (
            "superseded states that differ from the rows taken back",
            "SELECT toInt64((SELECT count() FROM superseded)) - toInt64((SELECT count() FROM feedback WHERE sign = -1))".to_owned(),
        ),
        ("cells of feedback_minute that differ from the rows", differing_cells(&FEEDBACK_MINUTE)),
        ("cells of keyword_hour that differ from the rows", differing_cells(&KEYWORD_HOUR)),
    ]
}

/// A rollup and how its cells follow from the rows.
struct Rollup {
    table: &'static str,
    keys: &'static str,
    measures: &'static [(&'static str, &'static str)],
    from: &'static str,
}

const FEEDBACK_MINUTE: Rollup = Rollup {
    table: "feedback_minute",
    keys: "minute, brand, channel, journey_stage",
    measures: &[
        ("arrivals", "toInt64(arrival)"),
        ("feedback", "toInt64(sign)"),
        ("negative", "sign * toInt64(sentiment = 'negative')"),
        ("positive", "sign * toInt64(sentiment = 'positive')"),
        ("mixed", "sign * toInt64(sentiment = 'mixed')"),
        ("score_sum", "sign * toInt64(round(sentiment_score * 10000))"),
        ("rated", "sign * toInt64(isNotNull(rating_value))"),
        ("rating_sum", "sign * toInt64(round(ifNull(rating_value / rating_scale_max, 0) * 10000))"),
    ],
    from: "(SELECT *, toStartOfMinute(occurred_at) AS minute FROM feedback)",
};

const KEYWORD_HOUR: Rollup = Rollup {
    table: "keyword_hour",
    keys: "hour, brand, channel, term",
    measures: &[
        ("feedback", "toInt64(sign)"),
        ("negative", "sign * toInt64(sentiment = 'negative')"),
        ("positive", "sign * toInt64(sentiment = 'positive')"),
    ],
    from: "(SELECT *, toStartOfHour(occurred_at) AS hour, arrayJoin(arrayDistinct(arraySlice(keywords.term, 1, 5))) AS term FROM feedback)",
};

/// Adds the rollup's cells and the rows' own, the latter negated; what does not cancel out differs.
fn differing_cells(rollup: &Rollup) -> String {
    let Rollup { table, keys, measures, from } = rollup;
    let columns: Vec<&str> = measures.iter().map(|(name, _)| *name).collect();
    let negated: Vec<String> =
        measures.iter().map(|(name, expression)| format!("-({expression}) AS m_{name}")).collect();
    let own: Vec<String> = columns.iter().map(|name| format!("{name} AS m_{name}")).collect();
    let differs: Vec<String> = columns.iter().map(|name| format!("sum(m_{name}) != 0")).collect();
    format!(
        "SELECT count() FROM (SELECT 1 FROM (SELECT {keys}, {} FROM {table} UNION ALL SELECT {keys}, {} FROM {from}) \
         GROUP BY {keys} HAVING {})",
        own.join(", "),
        negated.join(", "),
        differs.join(" OR ")
    )
}

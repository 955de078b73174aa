//! The audit an operator runs: every raw record has exactly one outcome, every rollup equals its rows.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::admin::{Offsets, offsets};
use hearken_runtime::kafka::scan::scan;
use hearken_schemas::topics;
use serde::{Deserialize, Serialize};

use crate::Endpoints;
use crate::accounting::Raw;
use crate::hops::HOPS;
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
    let store = Store::new(&arguments.endpoints)?;
    let checks = verify(&arguments.endpoints.kafka()?, &store, Duration::from_secs(arguments.wait)).await?;
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

async fn verify(kafka: &Connection, store: &Store, wait: Duration) -> Result<Vec<Check>> {
    let mut checks = vec![lag(kafka, wait).await?];
    let raw = Raw::read(kafka).await?;
    checks.push(accounted(kafka, store, &raw).await?);
    let expiring: Vec<Expiring> = store.rows(EXPIRING).await?;
    let expiring: Vec<String> = expiring.into_iter().map(|table| table.name).collect();
    for (name, sql) in zero_rows(&raw, &expiring) {
        let found = store.number(&sql).await?;
        checks.push(Check { name, ok: found == 0, found: found.to_string() });
    }
    let mended = store.number(&with_outcomes(&raw, MENDED)).await?;
    checks.push(Check { name: "dead letters that are mended, which is well", ok: true, found: mended.to_string() });
    Ok(checks)
}

/// Waits until no service has anything left to read.
async fn lag(kafka: &Connection, wait: Duration) -> Result<Check> {
    let since = Instant::now();
    loop {
        let kafka = kafka.clone();
        let read = move || -> Result<i64> {
            let mut lag = 0;
            for (group, topics) in HOPS {
                for topic in topics {
                    lag += offsets(&kafka, Some(group), topic)?.iter().map(Offsets::lag).sum::<i64>();
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
async fn accounted(kafka: &Connection, store: &Store, raw: &Raw) -> Result<Check> {
    let (mut missing, mut named) = (0, Vec::new());
    for part in &raw.0 {
        let Offsets { topic, partition, start, end, .. } = part;
        let without = format!(
            "SELECT number FROM numbers({start}, {}) WHERE toInt64(number) NOT IN \
             (SELECT src_offset FROM v_outcome WHERE src_topic = {} AND src_partition = {partition}) ORDER BY number",
            end - start,
            quoted(topic)
        );
        let offsets = store.text(&without, "TSV").await?;
        let offsets = offsets.lines().map(str::parse).collect::<Result<BTreeSet<i64>, _>>()?;
        let offsets = if offsets.is_empty() { offsets } else { still_there(kafka, part, offsets).await? };
        if !offsets.is_empty() {
            let first: Vec<String> = offsets.iter().take(NAMED_MAX).map(ToString::to_string).collect();
            named.push(format!("{topic}[{partition}] {}", first.join(" ")));
        }
        missing += offsets.len();
    }
    let of = raw.count();
    let found = if missing == 0 { format!("0 of {of}") } else { format!("{missing} of {of}: {}", named.join(", ")) };
    Ok(Check { name: "raw records without an outcome (lost write)", ok: missing == 0, found })
}

/// Keeps the offsets under which Kafka still has a record: a compacted topic drops records that newer ones replace.
async fn still_there(kafka: &Connection, part: &Offsets, offsets: BTreeSet<i64>) -> Result<BTreeSet<i64>> {
    if !topics::find(&part.topic).is_some_and(|topic| topic.compacted) {
        return Ok(offsets);
    }
    let (kafka, topic, partition) = (kafka.clone(), part.topic.clone(), part.partition);
    let read = move || -> Result<BTreeSet<i64>> {
        let mut there = BTreeSet::new();
        scan(&kafka, &topic, |record| {
            if record.partition == partition && offsets.contains(&record.offset) {
                there.insert(record.offset);
            }
            Ok(())
        })?;
        Ok(there)
    };
    tokio::task::spawn_blocking(read).await?
}

/// How many different outcomes a raw record has; repeats and stale states may be noted more than once.
const KINDS: &str = "uniqExact(if(outcome IN ('row', 'dead_letter'), outcome, 'none'))";

/// Holds where a record was given up first and read again later, when it could be written.
const MENDED: &str = "(uniqExact(if(outcome IN ('row', 'dead_letter'), outcome, 'none')) = 2 AND countIf(outcome = 'dead_letter') > 0 \
                      AND maxIf(written_at, outcome = 'dead_letter') < minIf(written_at, outcome != 'dead_letter'))";

/// Counts raw records whose outcomes fulfil a condition.
fn with_outcomes(raw: &Raw, condition: &str) -> String {
    format!(
        "SELECT count() FROM (SELECT 1 FROM v_outcome WHERE {} GROUP BY src_topic, src_partition, src_offset HAVING {condition})",
        raw.condition()
    )
}

/// Queries that count violations.
fn zero_rows(raw: &Raw, expiring: &[String]) -> Vec<(&'static str, String)> {
    vec![
        (
            "raw records with two different outcomes",
            with_outcomes(raw, &format!("{KINDS} > 1 AND NOT {MENDED}")),
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
        ("orders with two rows of one state", states_twice("orders")),
        ("visits with two rows of one event", states_twice("visits")),
        ("customers with two rows of one state", states_twice("customers")),
        (
            "answers that differ from the responses' own",
            differing(
                "SELECT feedback_id, version, sign, question_id, kind, value FROM survey_answers",
                "SELECT feedback_id, version, sign, question_id, kind, value FROM feedback \
                 ARRAY JOIN answers.question_id AS question_id, answers.kind AS kind, answers.value AS value",
            ),
        ),
        (
            "identities that differ from the profiles' aliases",
            differing(
                "SELECT alias_type, alias_key, customer_id, id_namespace, valid_from FROM identities",
                "SELECT alias_type, alias_key, customer_id, id_namespace, updated_at FROM customers \
                 ARRAY JOIN aliases.type AS alias_type, aliases.key AS alias_key",
            ),
        ),
        ("states that differ from the tables' rows", differing(&known_states(expiring), &states())),
        ("cells of feedback_minute that differ from the rows", differing_cells(&FEEDBACK_MINUTE)),
        ("cells of keyword_hour that differ from the rows", differing_cells(&KEYWORD_HOUR)),
    ]
}

/// Counts states of the business's records that have more than one row.
fn states_twice(table: &str) -> String {
    format!("SELECT count() FROM (SELECT 1 FROM {table} GROUP BY record_id HAVING count() > 1)")
}

/// The columns of `states` that tell which row a state has.
const STATE: &str = "of_table, id, version, src_topic, src_partition, src_offset, in_topic, in_partition, in_offset, in_epoch, content_crc";

/// A table whose rows go after a term.
#[derive(Deserialize)]
struct Expiring {
    name: String,
}

/// Which of the tables that have states lose rows to retention. The states stay, so that what comes again is known.
const EXPIRING: &str = "SELECT DISTINCT replaceRegexpOne(name, '_local$', '') AS name FROM system.tables \
                        WHERE database = currentDatabase() AND name IN ('orders', 'visits', 'orders_local', 'visits_local') \
                        AND position(engine_full, ' TTL ') > 0 ORDER BY name";

/// Returns the states, but of tables whose rows go after a term only those that have their row still.
fn known_states(expiring: &[String]) -> String {
    let gone = |table: &String| format!(" AND (of_table != '{table}' OR id GLOBAL IN (SELECT record_id FROM {table}))");
    format!("SELECT {STATE} FROM states WHERE 1{}", expiring.iter().map(gone).collect::<String>())
}

/// Returns the states of all tables, from their rows.
fn states() -> String {
    let of_table = |(table, id, version, condition): (&str, &str, &str, &str)| {
        let own = format!("'{table}' AS of_table, {id} AS id, {version} AS version");
        format!("SELECT {} FROM {table} WHERE {condition}", STATE.replacen("of_table, id, version", &own, 1))
    };
    let business = ["orders", "visits", "customers"].map(|table| (table, "record_id", "toUInt64(0)", "1"));
    let tables = [("feedback", "feedback_id", "version", "sign = 1")].into_iter().chain(business);
    tables.map(of_table).collect::<Vec<_>>().join(" UNION ALL ")
}

/// Counts rows that stand in one of two queries more often than in the other.
fn differing(one: &str, other: &str) -> String {
    let counted = |sql: &str, sign: i8| format!("SELECT *, {sign} AS side FROM ({sql})");
    format!(
        "SELECT count() FROM (SELECT * EXCEPT (side) FROM ({} UNION ALL {}) GROUP BY ALL HAVING sum(side) != 0)",
        counted(one, 1),
        counted(other, -1)
    )
}

/// A rollup and how its cells follow from the rows. No expression may be NULL: a sum with a NULL in it would differ from nothing.
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
        ("arrivals", "sign * toInt64(arrival)"),
        ("feedback", "toInt64(sign)"),
        ("organic", "sign * toInt64(origin = 'genuine')"),
        ("judged", "sign * toInt64(is_judged)"),
        ("negative", "sign * toInt64(is_judged AND felt = 'negative')"),
        ("positive", "sign * toInt64(is_judged AND felt = 'positive')"),
        ("mixed", "sign * toInt64(is_judged AND felt = 'mixed')"),
        ("score_sum", "sign * toInt64(round(if(is_judged AND score BETWEEN -1 AND 1, score, 0) * 10000))"),
        ("churn", "sign * toInt64(origin = 'genuine' AND has(intents.kind, 'churn'))"),
        ("rated", "sign * toInt64(is_rated)"),
        ("rating_sum", "sign * toInt64(round(if(is_rated, ifNull(rating_value / rating_scale_max, 0), 0) * 10000))"),
    ],
    from: "(SELECT *, toStartOfMinute(occurred_at) AS minute, ifNull(sentiment, '') AS felt, ifNull(sentiment_score, 0) AS score, \
           origin = 'genuine' AND felt != '' AS is_judged, \
           origin = 'genuine' AND ifNull(rating_value / rating_scale_max BETWEEN 0 AND 1, false) AS is_rated \
           FROM feedback WHERE time_precision IN ('second', 'minute'))",
};

const KEYWORD_HOUR: Rollup = Rollup {
    table: "keyword_hour",
    keys: "hour, brand, channel, term",
    measures: &[
        ("feedback", "toInt64(sign)"),
        ("negative", "sign * toInt64(felt = 'negative')"),
        ("positive", "sign * toInt64(felt = 'positive')"),
    ],
    from: "(SELECT *, toStartOfHour(occurred_at) AS hour, ifNull(sentiment, '') AS felt, \
           arrayJoin(arrayDistinct(arraySlice(keywords.term, 1, 5))) AS term FROM feedback)",
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

#[cfg(test)]
mod tests {
    use hearken_schemas::tables::OBJECTS;

    use super::*;

    #[test]
    fn every_column_of_a_rollup_is_audited_in_the_tables_order() {
        for Rollup { table, keys, measures, .. } in [FEEDBACK_MINUTE, KEYWORD_HOUR] {
            let object = OBJECTS.iter().find(|object| object.name() == table).expect("a table of the contract");
            let columns = object.statement.lines().filter_map(|line| line.strip_prefix("    "));
            let columns: Vec<&str> = columns.filter_map(|line| line.split(' ').next()).collect();
            let audited: Vec<&str> = keys.split(", ").chain(measures.iter().map(|(name, _)| *name)).collect();
            assert_eq!(audited, columns, "{table}");
        }
    }
}

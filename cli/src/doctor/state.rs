//! What ClickHouse says of itself while it works: parts, disks, mutations, views, clocks, and what the enrichers left.

use anyhow::Result;
use hearken_enrich::ENRICHER_VERSION;
use hearken_schemas::tables::DATABASE;
use jiff::Timestamp;
use serde::Deserialize;

use super::Finding;
use crate::store::{Store, quoted};

/// From so many parts of one partition on ClickHouse slows inserts down; it refuses them at three times as many.
const PARTS_SLOW: i64 = 1_000;
/// How far ClickHouse's clock and this one may be apart.
const APART_MS: i64 = 5_000;
/// A share of a disk: below the first it is time to act, below the second inserts will fail soon.
const FREE_GOOD: f64 = 0.2;
const FREE_MIN: f64 = 0.05;

/// Something counted, by name.
#[derive(Debug, Clone, Deserialize)]
struct Counted {
    name: String,
    n: i64,
    #[serde(default)]
    words: String,
}

/// Looks at everything; what this user may not see, or this server does not have, is left out with a word.
pub(super) async fn look(server: &Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (what, sql, judge) in questions() {
        let answer: Result<Vec<Counted>> =
            server.rows(&format!("{sql} SETTINGS output_format_json_quote_64bit_integers = 0")).await;
        match answer {
            Ok(found) => findings.extend(judge(&found)),
            Err(error) => findings.push(Finding::warn(
                format!("{what} cannot be looked at: {}", error.to_string().lines().next().unwrap_or_default()),
                "let --user read the system tables, or ask who runs the server",
            )),
        }
    }
    findings
}

/// What is asked, and how the answer is judged.
type Question = (&'static str, String, fn(&[Counted]) -> Vec<Finding>);

fn questions() -> Vec<Question> {
    let database = quoted(DATABASE);
    vec![
        (
            "parts",
            format!(
                "SELECT table AS name, max(parts) AS n FROM (SELECT table, partition, toInt64(count()) AS parts FROM system.parts \
                 WHERE database = {database} AND active GROUP BY table, partition) GROUP BY table HAVING n > {}",
                PARTS_SLOW / 2
            ),
            parts,
        ),
        (
            "detached parts",
            format!("SELECT table AS name, toInt64(count()) AS n, any(ifNull(reason, '')) AS words FROM system.detached_parts WHERE database = {database} GROUP BY table"),
            detached,
        ),
        (
            "mutations",
            format!(
                "SELECT table AS name, toInt64(count()) AS n, any(latest_fail_reason) AS words FROM system.mutations \
                 WHERE database = {database} AND NOT is_done AND latest_fail_reason != '' GROUP BY table"
            ),
            mutations,
        ),
        (
            "refreshable views",
            format!(
                "SELECT view AS name, toInt64(1) AS n, exception AS words FROM system.view_refreshes \
                 WHERE database = {database} AND exception != ''"
            ),
            refreshes,
        ),
        (
            "disks",
            "SELECT name, toInt64(free_space) AS n, toString(total_space) AS words FROM system.disks WHERE total_space > 0 \
             AND total_space < toUInt64(9e18)"
                .to_owned(),
            disks,
        ),
        (
            "the clock",
            "SELECT 'clock' AS name, toUnixTimestamp64Milli(now64(3)) AS n".to_owned(),
            |found| found.iter().map(|found| clock(found.n - Timestamp::now().as_millisecond())).collect(),
        ),
        (
            "enricher versions",
            format!(
                "SELECT toString(enricher_version) AS name, toInt64(sum(sign)) AS n FROM {DATABASE}.feedback \
                 GROUP BY enricher_version HAVING n > 0"
            ),
            enrichers,
        ),
        (
            "dead letters",
            format!(
                "SELECT reason AS name, toInt64(count()) AS n FROM {DATABASE}.dead_letters \
                 WHERE received_at > now() - INTERVAL 1 HOUR GROUP BY reason ORDER BY n DESC"
            ),
            dead_letters,
        ),
    ]
}

fn list(found: &[Counted]) -> String {
    let one = |Counted { name, n, .. }: &Counted| format!("{name} ({n})");
    found.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn words(found: &[Counted]) -> String {
    let first = found.iter().find(|found| !found.words.is_empty());
    first.map(|found| format!(": {}", found.words.chars().take(200).collect::<String>())).unwrap_or_default()
}

fn parts(found: &[Counted]) -> Vec<Finding> {
    if found.is_empty() {
        return vec![Finding::ok("no partition has many parts")];
    }
    let what = format!("partitions of many parts: {}; from {PARTS_SLOW} on ClickHouse slows inserts down", list(found));
    let fix = "raise sink.age_ms_max, so that each insert is larger, and see that merges keep up (system.merges)";
    let is_slow = found.iter().any(|found| found.n >= PARTS_SLOW);
    vec![if is_slow { Finding::fail(what, fix) } else { Finding::warn(what, fix) }]
}

fn detached(found: &[Counted]) -> Vec<Finding> {
    if found.is_empty() {
        return Vec::new();
    }
    let what = format!("detached parts, whose rows no query sees: {}{}", list(found), words(found));
    vec![Finding::warn(
        what,
        "ClickHouse's log says why it set them aside; run hearken verify, and where rows lack, restore (docs/operations.md)",
    )]
}

fn mutations(found: &[Counted]) -> Vec<Finding> {
    if found.is_empty() {
        return Vec::new();
    }
    let what = format!("mutations that fail: {}{}", list(found), words(found));
    vec![Finding::fail(
        what,
        "mend the cause, or end them: KILL MUTATION WHERE database = 'hearken' AND latest_fail_reason != ''",
    )]
}

fn refreshes(found: &[Counted]) -> Vec<Finding> {
    let one = |found: &Counted| {
        let what = format!("view {} was not computed anew{}", found.name, words(std::slice::from_ref(found)));
        Finding::warn(
            what,
            format!(
                "customers' standing is as old as its last refresh; mend the cause, then SYSTEM REFRESH VIEW hearken.{}",
                found.name
            ),
        )
    };
    found.iter().map(one).collect()
}

fn disks(found: &[Counted]) -> Vec<Finding> {
    let one = |Counted { name, n, words }: &Counted| {
        let total: f64 = words.parse().unwrap_or(f64::MAX);
        let share = *n as f64 / total.max(1.0);
        let what = format!(
            "ClickHouse's disk {name} has {:.1} GiB free, {:.0} %",
            *n as f64 / f64::from(1 << 30),
            share * 100.0
        );
        let fix = "make room or add a disk; the sink waits and loses nothing while Kafka keeps the records";
        if share < FREE_MIN {
            Finding::fail(what, fix)
        } else if share < FREE_GOOD {
            Finding::warn(what, fix)
        } else {
            Finding::ok(what)
        }
    };
    found.iter().map(one).collect()
}

fn clock(ahead_ms: i64) -> Finding {
    if ahead_ms.abs() <= APART_MS {
        return Finding::ok("this clock and ClickHouse's agree");
    }
    let sense = if ahead_ms > 0 { "ahead of" } else { "behind" };
    Finding::warn(
        format!("ClickHouse's clock is {} s {sense} this one", ahead_ms.abs() / 1_000),
        "set the clock that is wrong: clocks of cases and the hours of now() in views follow it (timedatectl)",
    )
}

fn enrichers(found: &[Counted]) -> Vec<Finding> {
    let of = |wanted: fn(u16) -> bool| -> i64 {
        let versions = found.iter().filter(|found| found.name.parse::<u16>().is_ok_and(wanted));
        versions.map(|found| found.n).sum()
    };
    let (older, newer) = (of(|version| version < ENRICHER_VERSION), of(|version| version > ENRICHER_VERSION));
    let mut findings = Vec::new();
    if older > 0 {
        findings.push(Finding::warn(
            format!("{older} feedback were read by an enricher before version {ENRICHER_VERSION}: what changed then steps in every trend"),
            "see how much and how long: hearken enrich-again --dry-run",
        ));
    }
    if newer > 0 {
        findings.push(Finding::warn(
            format!("{newer} feedback were read by a newer enricher than version {ENRICHER_VERSION}"),
            "this program is of an older release than the services: use theirs",
        ));
    }
    findings
}

fn dead_letters(found: &[Counted]) -> Vec<Finding> {
    if found.is_empty() {
        return vec![Finding::ok("no dead letter in the last hour")];
    }
    let what = format!("dead letters of the last hour: {}", list(found));
    vec![Finding::warn(what, "see them: hearken dead-letters list; mend the source, then hearken dead-letters replay")]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(all: &[(&str, i64, &str)]) -> Vec<Counted> {
        all.iter()
            .map(|(name, n, words)| Counted { name: (*name).to_owned(), n: *n, words: (*words).to_owned() })
            .collect()
    }

    #[test]
    fn what_is_wrong_is_said_and_what_is_well_is_not_made_worse() {
        let (current, before) = (ENRICHER_VERSION.to_string(), (ENRICHER_VERSION - 1).to_string());
        let after = (ENRICHER_VERSION + 1).to_string();
        type Judge = fn(&[Counted]) -> Vec<Finding>;
        for (judge, found, expected) in [
            (parts as Judge, counted(&[]), "ok    no partition has many parts"),
            (parts, counted(&[("feedback", 600, "")]), "warn  partitions of many parts: feedback (600)"),
            (parts, counted(&[("feedback", 1_200, "")]), "FAIL  partitions of many parts: feedback (1200)"),
            (detached, counted(&[]), ""),
            (
                detached,
                counted(&[("orders", 2, "broken")]),
                "warn  detached parts, whose rows no query sees: orders (2): broken",
            ),
            (mutations, counted(&[("orders", 1, "no memory")]), "FAIL  mutations that fail: orders (1): no memory"),
            (
                refreshes,
                counted(&[("customer_names_hourly", 1, "timeout")]),
                "warn  view customer_names_hourly was not computed anew: timeout",
            ),
            (disks, counted(&[("default", 50, "100")]), "ok    ClickHouse's disk default"),
            (disks, counted(&[("default", 10, "100")]), "warn  ClickHouse's disk default"),
            (disks, counted(&[("default", 1, "100")]), "FAIL  ClickHouse's disk default"),
            (enrichers, counted(&[(&current, 9, "")]), ""),
            (
                enrichers,
                counted(&[(&current, 9, ""), (&before, 3, "")]),
                "warn  3 feedback were read by an enricher before",
            ),
            (enrichers, counted(&[(&after, 3, "")]), "warn  3 feedback were read by a newer enricher"),
            (dead_letters, counted(&[]), "ok    no dead letter"),
            (
                dead_letters,
                counted(&[("not_json", 3, ""), ("too_deep", 1, "")]),
                "warn  dead letters of the last hour: not_json (3), too_deep (1)",
            ),
        ] {
            let found: Vec<String> = judge(&found).iter().map(ToString::to_string).collect();
            let expected: Vec<&str> = Some(expected).filter(|said| !said.is_empty()).into_iter().collect();
            assert_eq!(found.len(), expected.len(), "{found:?}, expected {expected:?}");
            assert!(
                found.iter().zip(&expected).all(|(found, said)| found.starts_with(said)),
                "{found:?}, expected {expected:?}"
            );
        }
    }

    #[test]
    fn clocks_agree_within_seconds() {
        for (ahead_ms, expected) in [
            (0, "ok"),
            (-4_000, "ok"),
            (7_000, "warn  ClickHouse's clock is 7 s ahead"),
            (-90_000, "warn  ClickHouse's clock is 90 s behind"),
        ] {
            assert!(clock(ahead_ms).to_string().starts_with(expected), "{ahead_ms}");
        }
    }
}

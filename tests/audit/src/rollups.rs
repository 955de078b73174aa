//! Every rollup is the signed sum over the rows, to the last unit.

use std::collections::BTreeSet;

use crate::finding::{Finding, Kind};
use crate::tables::{Cells, Row, Tables, summed};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// The leading terms of a message that are counted.
const TERMS_MAX: usize = 5;
/// Fractions are summed as integers of this size.
const SCALE: f64 = 10_000.0;

/// Adds up the rows again and compares.
pub(crate) fn judge(tables: &Tables) -> Vec<Finding> {
    let to_the_minute = |row: &&Row| ["second", "minute"].contains(&row.time_precision.as_str());
    let minutes = summed(tables.rows.iter().filter(to_the_minute).map(minute));
    let hours = summed(tables.rows.iter().flat_map(hour));
    let mut findings = differing("feedback_minute", &tables.feedback_minute, &minutes);
    findings.extend(differing("keyword_hour", &tables.keyword_hour, &hours));
    findings
}

/// `arrivals, feedback, organic, judged, negative, positive, mixed, score_sum, churn, rated, rating_sum` of one row.
fn minute(row: &Row) -> (Vec<String>, Vec<i64>) {
    let keys = vec![start(row, MINUTE_MS), row.brand.clone(), row.channel.clone(), row.journey_stage.clone()];
    let organic = row.origin == "genuine";
    let judged = i64::from(organic && row.sentiment.is_some());
    let churn = organic && row.intents.iter().any(|intent| intent == "churn");
    let part =
        row.rating_value.zip(row.rating_scale_max).map(|(value, scale_max)| f64::from(value) / f64::from(scale_max));
    let part = part.filter(|part| organic && (0.0..=1.0).contains(part));
    let signed = [
        1,
        i64::from(organic),
        judged,
        judged * felt(row, "negative"),
        judged * felt(row, "positive"),
        judged * felt(row, "mixed"),
        judged * row.sentiment_score.map_or(0, |score| scaled(f64::from(score))),
        i64::from(churn),
        i64::from(part.is_some()),
        part.map_or(0, scaled),
    ];
    let measures = [row.sign * row.arrival].into_iter().chain(signed.map(|measure| row.sign * measure));
    (keys, measures.collect())
}

/// `feedback, negative, positive` of one row, for each of its leading terms.
fn hour(row: &Row) -> Vec<(Vec<String>, Vec<i64>)> {
    let measures: Vec<i64> = [1, felt(row, "negative"), felt(row, "positive")].map(|measure| row.sign * measure).into();
    let terms: BTreeSet<&String> = row.terms.iter().take(TERMS_MAX).collect();
    let keys = |term: &String| vec![start(row, HOUR_MS), row.brand.clone(), row.channel.clone(), term.clone()];
    terms.into_iter().map(|term| (keys(term), measures.clone())).collect()
}

fn felt(row: &Row, sentiment: &str) -> i64 {
    i64::from(row.sentiment.as_deref() == Some(sentiment))
}

/// The start of the row's minute or hour, in seconds since the epoch.
fn start(row: &Row, length_ms: i64) -> String {
    (row.occurred_at_ms.div_euclid(length_ms) * (length_ms / 1_000)).to_string()
}

/// ClickHouse rounds halves to the even neighbour.
fn scaled(fraction: f64) -> i64 {
    (fraction * SCALE).round_ties_even() as i64
}

/// Compares cell by cell; one whose measures are all zero is as good as absent.
fn differing(table: &str, found: &Cells, expected: &Cells) -> Vec<Finding> {
    let keys: BTreeSet<&Vec<String>> = found.keys().chain(expected.keys()).collect();
    let full =
        |cells: &'_ Cells, keys: &Vec<String>| cells.get(keys).filter(|cell| cell.iter().any(|sum| *sum != 0)).cloned();
    let finding = |keys: &Vec<String>| {
        let (found, expected) = (full(found, keys), full(expected, keys));
        let what = format!("{table} {keys:?}: {found:?}, the rows sum to {expected:?}");
        (found != expected).then(|| Finding::new(Kind::Inconsistent, what))
    };
    keys.into_iter().filter_map(finding).collect()
}

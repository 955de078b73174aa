//! The answers that are explained, as ClickHouse has them.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::rows::{Key, Run};
use super::scope::{Answer, Scope};
use crate::store::Store;

/// The newest answers of a scope that are read: more make the intervals no better to look at, only slower.
const ANSWERS_MAX: usize = 10_000;

/// A score that can be explained.
struct Metric {
    name: &'static str,
    /// Where its answers are.
    of: &'static str,
    /// What it gives of it, from 0 to 1: an array, empty where the answer has no score.
    parts: &'static str,
    /// The least score that counts as a best one.
    best: f64,
    /// Kinds of answers that may drive it.
    items: &'static [&'static str],
}

/// Several answers of one kind in a response count as their mean, wherever they stand in it.
const METRICS: [Metric; 3] = [
    Metric {
        name: "nps",
        of: "channel = 'survey'",
        parts: "arrayMap(value -> value / 10, arrayFilter( \
                (value, kind, scale) -> kind = 'nps' AND ifNull(scale, 0) = 10 AND indexOf(range(11), value) > 0, \
                arrayMap(value -> ifNull(value, -1), answers.value), answers.kind, answers.scale_max))",
        best: 0.9,
        items: &["csat", "ces", "scale"],
    },
    Metric {
        name: "csat",
        of: "channel = 'survey'",
        parts: "arrayFilter((part, kind) -> kind = 'csat' AND part BETWEEN 0 AND 1, \
                arrayMap((value, scale) -> ifNull(value / scale, -1), answers.value, answers.scale_max), answers.kind)",
        best: 1.0,
        items: &["ces", "scale"],
    },
    Metric {
        name: "rating",
        of: "isNotNull(rating_value)",
        parts: "arrayFilter(part -> part BETWEEN 0 AND 1, [ifNull(rating_value / rating_scale_max, -1)])",
        best: 1.0,
        items: &[],
    },
];

#[derive(Deserialize)]
struct Row {
    brand: String,
    survey_kind: String,
    #[serde(flatten)]
    answer: Answer,
}

/// Returns every scope with answers in the run's window, each with the newest of them.
pub(super) async fn scopes(store: &Store, run: &Run) -> Result<Vec<Scope>> {
    let mut scopes: Vec<Scope> = Vec::new();
    for metric in &METRICS {
        let rows: Vec<Row> =
            store.rows(&question(metric, run)).await.with_context(|| format!("reading {}", metric.name))?;
        for Row { brand, survey_kind, answer } in rows {
            let key = Key { brand, metric: metric.name, survey_kind };
            match scopes.last_mut().filter(|scope| scope.key == key) {
                Some(scope) => scope.answers.push(answer),
                None => scopes.push(Scope {
                    key,
                    best: metric.best,
                    has_items: !metric.items.is_empty(),
                    answers: vec![answer],
                }),
            }
        }
    }
    Ok(scopes)
}

/// An effort item is turned round where high means hard, so that more is better of every item.
fn question(metric: &Metric, run: &Run) -> String {
    let Metric { of, parts, items, .. } = metric;
    let Run { from, until, .. } = run;
    let kind = if items.is_empty() { "''" } else { "ifNull(survey_kind, '')" };
    let kinds: Vec<String> = items.iter().map(|kind| format!("'{kind}'")).collect();
    format!(
        "SELECT toString(brand) AS brand, toString({kind}) AS survey_kind, arrayAvg({parts}) AS score, \
         arrayZip(aspects.topic, aspects.polarity) AS topics, \
         arrayMap(item -> (item.1, assumeNotNull(if(item.5 = 'effort', item.3 + 1 - item.2, item.2) / item.3)), \
         arrayFilter(item -> has([{}]::Array(String), item.4) AND ifNull(item.2 / item.3 BETWEEN 0 AND 1, false), \
         arrayZip(answers.question_id, answers.value, answers.scale_max, answers.kind, answers.direction))) AS items \
         FROM v_feedback WHERE own AND origin = 'genuine' AND {of} AND occurred_at >= '{from}' AND occurred_at < '{until}' \
         AND notEmpty({parts}) \
         ORDER BY brand, survey_kind, occurred_at DESC, feedback_id LIMIT {ANSWERS_MAX} BY brand, survey_kind",
        kinds.join(", ")
    )
}

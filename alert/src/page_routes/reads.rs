//! What a page needs of the database. Without the case there is no page; every other part may be missing.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::PageState;
use super::answer::Found;
use crate::desk;
use crate::page::sight::{Happening, Reason, Risk, Said, Standing, Turn};
use crate::row::At;

/// How long the case itself may take.
const CASE: Duration = Duration::from_secs(8);
/// How long each other part may take; what takes longer is missing.
const PART: Duration = Duration::from_secs(5);
/// The same, told to the database, with a bound on what it reads for one page.
const BOUNDS: &str = "SETTINGS max_execution_time = 5, max_result_rows = 1000, result_overflow_mode = 'break'";
/// How many happenings a timeline shows.
const HAPPENINGS: u32 = 40;
/// How many other cases of the customer are named.
const OTHERS: u32 = 10;
/// How many reasons lead to words.
const REASONS: usize = 12;
/// The longest text and the most turns that a page shows: a screenful is a thousandth of it.
const LETTERS: u32 = 70_000;
const TURNS: u32 = 600;

/// What is on the page beside the case; nothing where it could not be read in time.
pub(super) struct Beside {
    pub(super) said: Option<Option<Said>>,
    pub(super) risk: Option<Option<Risk>>,
    pub(super) standing: Option<Standing>,
    pub(super) timeline: Option<Vec<Happening>>,
    pub(super) others: Option<Vec<Other>>,
}

/// Another open case of the customer.
#[derive(Deserialize)]
pub(super) struct Other {
    pub(super) case_id: Uuid,
    pub(super) rule: String,
    pub(super) state: String,
    pub(super) due_at: At,
    pub(super) owner: String,
}

impl PageState {
    /// Reads everything that a page shows; nothing where there is no such case.
    ///
    /// # Errors
    /// Where the case itself cannot be read in time.
    pub(super) async fn read(&self, case_id: Uuid, now: Timestamp) -> Result<Option<Found>> {
        let reading = async { tokio::try_join!(self.desk.case(case_id), self.desk.events(case_id)) };
        let (case, history) = tokio::time::timeout(CASE, reading).await.context("ClickHouse took too long")??;
        let Some(case) = case else { return Ok(None) };
        let key = case.customer_key.clone().unwrap_or_default();
        let (words, standing, timeline, others) = tokio::join!(
            self.words(&case, &key, now),
            part("standing", self.standing(&key)),
            part("timeline", self.timeline(&key)),
            part("other cases", self.others(&key, case_id)),
        );
        let (said, risk) = words;
        Ok(Some(Found { case, history, beside: Beside { said, risk, standing: standing.flatten(), timeline, others } }))
    }

    /// Reads the risk, and then the words that it and the case point at.
    async fn words(
        &self,
        case: &desk::Case,
        key: &str,
        now: Timestamp,
    ) -> (Option<Option<Said>>, Option<Option<Risk>>) {
        let risk = part("risk", self.risk(key, now)).await;
        let reasons = risk.iter().flatten().flat_map(|risk| &risk.reasons);
        let ids: Vec<Uuid> =
            case.feedback_id.into_iter().chain(reasons.filter_map(|reason| reason.feedback_id)).collect();
        let spans = part("deciding span", self.span(case.alert_id)).await.unwrap_or_default();
        let Some(mut said) = part("words", self.said(&ids)).await else {
            return (None, risk.map(|risk| risk.map(without_words)));
        };
        let risk = risk.map(|risk| risk.map(|risk| with_words(risk, &said)));
        let deciding = case.feedback_id.and_then(|id| said.remove(&id)).map(|mut deciding| {
            deciding.spans.extend(spans);
            deciding.spans.extend(spans_of(&risk, deciding.feedback_id));
            deciding
        });
        (Some(deciding), risk)
    }

    async fn span(&self, alert_id: Uuid) -> Result<Option<(u32, u32)>> {
        #[derive(Deserialize)]
        struct Row {
            span_start: u32,
            span_end: u32,
        }
        let sql = format!("SELECT span_start, span_end FROM alerts WHERE alert_id = {{id:UUID}} LIMIT 1 {BOUNDS}");
        let rows: Vec<Row> = self.store.rows(&sql, &[("id", &alert_id.to_string())]).await?;
        Ok(rows.first().map(|row| (row.span_start, row.span_end)))
    }

    async fn risk(&self, key: &str, now: Timestamp) -> Result<Option<Risk>> {
        if key.is_empty() {
            return Ok(None);
        }
        let as_of = At(now).to_string();
        let parameters = [("as_of", as_of.get(..19).unwrap_or(&as_of)), ("key", key)];
        let sql = format!(
            "SELECT score, arraySlice(reasons, 1, {REASONS}) AS reasons \
             FROM v_churn_risk(as_of = {{as_of:DateTime('UTC')}}, customers = [{{key:String}}]) LIMIT 1 {BOUNDS}"
        );
        let rows: Vec<RiskRow> = self.store.rows(&sql, &parameters).await?;
        Ok(rows.into_iter().next().map(RiskRow::read))
    }

    async fn said(&self, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Said>> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        // Ids are hexadecimal digits and dashes, so they may stand in the text; IN finds them by the index.
        let ids = ids.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(",");
        let sql = format!(
            "SELECT feedback_id, toString(channel) AS channel, toString(source) AS source, ifNull(title, '') AS title, \
             substringUTF8(text, 1, {LETTERS}) AS text, toString(language) AS language, rating_value, rating_scale_max, occurred_at, \
             toString(time_precision) AS time_precision, arrayMap((at, role, said) -> (at, toString(role), said), \
             arraySlice(turns.at, 1, {TURNS}), arraySlice(turns.role, 1, {TURNS}), arraySlice(turns.text, 1, {TURNS})) AS turns \
             FROM v_feedback WHERE feedback_id IN ({ids}) {BOUNDS}"
        );
        let rows: Vec<SaidRow> = self.store.rows(&sql, &[]).await?;
        Ok(rows.into_iter().map(|row| (row.feedback_id, row.read())).collect())
    }

    async fn standing(&self, key: &str) -> Result<Option<Standing>> {
        if key.is_empty() {
            return Ok(None);
        }
        let sql = format!(
            "SELECT toString(tier) AS tier, revenue, toString(currency) AS currency, toUInt32(orders) AS orders, last_order_at, \
             toString(segment) AS segment, toString(region) AS region FROM customer_standing WHERE customer_key = {{key:String}} LIMIT 1 {BOUNDS}"
        );
        let rows: Vec<StandingRow> = self.store.rows(&sql, &[("key", key)]).await?;
        Ok(rows.into_iter().next().map(StandingRow::read))
    }

    async fn timeline(&self, key: &str) -> Result<Vec<Happening>> {
        if key.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT at, kind, title, leftUTF8(detail, 400) AS detail, ifNull(sentiment, '') AS sentiment \
             FROM v_customer_timeline(customer = {{key:String}}) ORDER BY at DESC LIMIT {HAPPENINGS} {BOUNDS}"
        );
        let rows: Vec<HappeningRow> = self.store.rows(&sql, &[("key", key)]).await?;
        Ok(rows.into_iter().map(HappeningRow::read).collect())
    }

    async fn others(&self, key: &str, case_id: Uuid) -> Result<Vec<Other>> {
        if key.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT case_id, toString(rule) AS rule, state, due_at, owner FROM v_open_cases \
             WHERE customer_key = {{key:String}} AND case_id != {{id:UUID}} ORDER BY due_at LIMIT {OTHERS} {BOUNDS}"
        );
        self.store.rows(&sql, &[("key", key), ("id", &case_id.to_string())]).await
    }
}

/// Waits for a part of the page; what does not come in time, or fails, is missing.
async fn part<T>(name: &str, reading: impl Future<Output = Result<T>>) -> Option<T> {
    match tokio::time::timeout(PART, reading).await {
        Ok(Ok(read)) => Some(read),
        Ok(Err(error)) => {
            tracing::warn!(part = name, error = format!("{error:#}"), "a part of a case page is missing");
            None
        }
        Err(_) => {
            tracing::warn!(part = name, "a part of a case page took too long");
            None
        }
    }
}

/// Gives a risk the words that its reasons point at, with the spans marked.
fn with_words(mut risk: Risk, said: &BTreeMap<Uuid, Said>) -> Risk {
    let named = risk.reasons.iter().filter_map(|reason| reason.feedback_id);
    let mut words: BTreeMap<Uuid, Said> = named.filter_map(|id| Some((id, said.get(&id)?.clone()))).collect();
    for reason in &risk.reasons {
        if let Some(said) = reason.feedback_id.and_then(|id| words.get_mut(&id)) {
            said.spans.push(reason.span);
        }
    }
    risk.said = words;
    risk
}

fn without_words(risk: Risk) -> Risk {
    Risk { said: BTreeMap::new(), ..risk }
}

fn spans_of(risk: &Option<Option<Risk>>, id: Uuid) -> Vec<(u32, u32)> {
    let reasons = risk.iter().flatten().flat_map(|risk| &risk.reasons);
    reasons.filter(|reason| reason.feedback_id == Some(id)).map(|reason| reason.span).collect()
}

#[derive(Deserialize)]
struct RiskRow {
    score: f32,
    reasons: Vec<ReasonRow>,
}

#[derive(Deserialize)]
struct ReasonRow {
    reason: String,
    contribution: f32,
    signal: String,
    feedback_id: Uuid,
    at: At,
    span_start: u32,
    span_end: u32,
}

impl RiskRow {
    fn read(self) -> Risk {
        let mut reasons: Vec<Reason> = self.reasons.into_iter().map(ReasonRow::read).collect();
        reasons.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
        Risk { score: self.score, reasons, said: BTreeMap::new() }
    }
}

impl ReasonRow {
    /// What no feedback said has the nil id and no time.
    fn read(self) -> Reason {
        Reason {
            reason: self.reason,
            contribution: self.contribution,
            signal: self.signal,
            feedback_id: Some(self.feedback_id).filter(|id| !id.is_nil()),
            at: Some(self.at.0).filter(|at| *at > Timestamp::UNIX_EPOCH),
            span: (self.span_start, self.span_end),
        }
    }
}

#[derive(Deserialize)]
struct SaidRow {
    feedback_id: Uuid,
    channel: String,
    source: String,
    title: String,
    text: String,
    language: String,
    rating_value: Option<f32>,
    rating_scale_max: Option<f32>,
    occurred_at: At,
    time_precision: String,
    turns: Vec<(Option<At>, String, String)>,
}

impl SaidRow {
    fn read(self) -> Said {
        let turn = |(at, role, text): (Option<At>, String, String)| Turn { at: at.map(|at| at.0), role, text };
        Said {
            feedback_id: self.feedback_id,
            channel: self.channel,
            source: self.source,
            title: self.title,
            text: self.text,
            turns: self.turns.into_iter().map(turn).collect(),
            language: self.language,
            rating: self.rating_value.zip(self.rating_scale_max),
            at: self.occurred_at.0,
            time_precision: self.time_precision,
            spans: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
struct StandingRow {
    tier: String,
    revenue: Option<f64>,
    currency: String,
    orders: u32,
    last_order_at: Option<At>,
    segment: String,
    region: String,
}

impl StandingRow {
    fn read(self) -> Standing {
        let Self { tier, revenue, currency, orders, last_order_at, segment, region } = self;
        Standing {
            tier,
            revenue,
            currency,
            orders: u64::from(orders),
            last_order_at: last_order_at.map(|at| at.0),
            segment,
            region,
        }
    }
}

#[derive(Deserialize)]
struct HappeningRow {
    at: At,
    kind: String,
    title: String,
    detail: String,
    sentiment: String,
}

impl HappeningRow {
    fn read(self) -> Happening {
        let Self { at, kind, title, detail, sentiment } = self;
        Happening { at: at.0, kind, title, detail, sentiment }
    }
}

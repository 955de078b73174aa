//! A closed case asks for a survey, once: on the topic, over the channel the directory names, and in its history. Hearken sends none itself.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use hearken_schemas::alert::SurveyRequest;
use hearken_schemas::id::event_id;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use super::{Sweeper, by_hearken};
use crate::escalation::Watched;
use crate::facts::{Notice, NoticeKind};
use crate::notice::message;
use crate::row::At;

/// How many are asked for in one sweep; the rest waits for the next.
const AT_ONCE: u32 = 200;

/// The view reads every profile, so it is asked when something was closed, but not more often than this, and now and then.
const ASK_AGAIN: SignedDuration = SignedDuration::from_secs(30);
const ASK_ANYWAY: SignedDuration = SignedDuration::from_mins(5);

const CLOSING: &str = "SELECT maxIf(at, state = 'closed') AS newest FROM case_events";

const DUE: &str = "SELECT case_id, customer_key, closed_event_id, closed_at, withheld_because
FROM v_survey_due ORDER BY closed_at, case_id LIMIT {limit:UInt32}";

const CASES: &str = "SELECT case_id, alert_id, rule, subject_kind, subject, brand, channel, product_id, store_id, touchpoint, topic, severity, urgent, tier, risk,
    owner, state, paged, occurred_at, opened_at, customer_due_at, due_at, first_response_at, reopened, CAST(NULL, 'Nullable(DateTime64(3))') AS reopened_at, steps
FROM v_cases WHERE case_id IN (SELECT toUUID(arrayJoin(splitByChar(',', {ids:String}))))";

#[derive(Deserialize)]
struct Closing {
    newest: At,
}

#[derive(Deserialize)]
struct Due {
    case_id: Uuid,
    customer_key: Option<String>,
    closed_event_id: Uuid,
    closed_at: At,
    withheld_because: String,
}

#[derive(Deserialize)]
struct Closed {
    #[serde(flatten)]
    case: Watched,
    touchpoint: String,
}

impl Sweeper {
    /// Asks for the surveys that are due and writes why others are not; returns whether a message was written.
    pub(super) async fn ask_for_surveys(&mut self, now: Timestamp) -> Result<bool> {
        let closing: Vec<Closing> = self.store.rows(CLOSING, &[]).await.context("looking for closed cases")?;
        let newest = closing.first().map_or(At(Timestamp::UNIX_EPOCH), |closing| closing.newest);
        let is_time = self.surveys_at.is_none_or(|(at, known)| {
            let passed = at.duration_until(now);
            passed >= ASK_ANYWAY || (newest > known && passed >= ASK_AGAIN)
        });
        if !is_time {
            return Ok(false);
        }
        let written = self.ask(now).await?;
        self.surveys_at = Some((now, newest));
        Ok(written)
    }

    async fn ask(&self, now: Timestamp) -> Result<bool> {
        let due: Vec<Due> =
            self.store.rows(DUE, &[("limit", &AT_ONCE.to_string())]).await.context("reading closed cases")?;
        if due.is_empty() {
            return Ok(false);
        }
        let ids: Vec<String> = due.iter().map(|due| due.case_id.to_string()).collect();
        let cases: Vec<Closed> =
            self.store.rows(CASES, &[("ids", &ids.join(","))]).await.context("reading closed cases")?;
        let cases: BTreeMap<Uuid, Closed> = cases.into_iter().map(|case| (case.case.case_id, case)).collect();
        let (mut told, mut events) = (Vec::new(), Vec::new());
        for due in &due {
            let Some(closed) = cases.get(&due.case_id) else { continue };
            let ending = due.closed_event_id.to_string();
            let key = due.customer_key.as_deref().filter(|_| due.withheld_because.is_empty());
            let Some(customer_key) = key else {
                events.push(crate::row::CaseEventRow {
                    event_id: event_id(due.case_id, "survey_withheld", &[&ending]),
                    detail: BTreeMap::from([("because".to_owned(), due.withheld_because.clone())]),
                    ..by_hearken(due.case_id, "survey_withheld", At(now))
                });
                continue;
            };
            let request_id = event_id(due.case_id, "survey_requested", &[&ending]);
            (self.surveys)(request(request_id, customer_key, closed, (due.closed_at, now)))
                .await
                .context("asking for a survey")?;
            if let Some(channel) = self.directory.survey_channel() {
                let notice = Notice {
                    kind: NoticeKind::SurveyRequest,
                    step: ending,
                    urgent: false,
                    ..self.of_case(&closed.case)
                };
                told.push(message(NoticeKind::SurveyRequest, &notice, "", (&channel.name, At(now))));
            }
            events.push(crate::row::CaseEventRow {
                event_id: request_id,
                ..by_hearken(due.case_id, "survey_requested", At(now))
            });
        }
        self.write(&told, &events).await?;
        Ok(!told.is_empty())
    }
}

fn request(request_id: Uuid, customer_key: &str, closed: &Closed, (closed_at, now): (At, Timestamp)) -> SurveyRequest {
    let case = &closed.case;
    // A key is the customer's id, with the namespace before it where there is one.
    let (id_namespace, customer_id) = customer_key.split_once('/').unwrap_or(("", customer_key));
    SurveyRequest {
        request_id,
        case_id: case.case_id,
        customer_key: customer_key.to_owned(),
        customer_id: customer_id.to_owned(),
        id_namespace: id_namespace.to_owned(),
        brand: case.brand.clone(),
        channel: case.channel.clone(),
        language: String::new(),
        product_id: case.product_id.clone(),
        store_id: case.store_id.clone(),
        touchpoint: closed.touchpoint.clone(),
        closed_at: closed_at.0,
        requested_at: now,
    }
}

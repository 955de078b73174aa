//! Looks through the open cases every few seconds: reminders and escalation, hand-overs, each owner's morning, surveys after closing. The leader's
//! alone; whatever it writes has an id that follows from what it is, so doing it twice is doing it once.

mod daily;
mod hand_over;
mod survey;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::BoxFuture;
use hearken_schemas::alert::SurveyRequest;
use hearken_schemas::id::event_id;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::escalation::{Fired, Watched, fired};
use crate::facts::{Notice, NoticeKind, Words};
use crate::notice::messages;
use crate::responders::Directory;
use crate::row::{At, CaseEventRow, MessageRow};
use crate::store::Store;

const SWEEP: Duration = Duration::from_secs(10);

/// The columns of an open case, and when it was opened again.
const OPEN: &str = "SELECT case_id, alert_id, rule, subject_kind, subject, brand, channel, product_id, store_id, topic, severity, urgent, tier, risk,
    owner, state, paged, occurred_at, opened_at, customer_due_at, due_at, first_response_at, reopened, reopened_at, steps
FROM v_open_cases AS c
LEFT JOIN (SELECT case_id AS again, maxOrNull(at) AS reopened_at FROM case_events WHERE kind = 'reopened' GROUP BY again) AS r ON r.again = c.case_id";

/// Returns a rule's title and why, where the rule is known.
pub type RuleWords = Arc<dyn Fn(&str) -> Option<(Words, Words)> + Send + Sync>;

/// Puts a request for a survey on its topic and waits until it is acknowledged.
pub type Surveys = Arc<dyn Fn(SurveyRequest) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// Sweeps while its replica leads.
pub struct Sweeper {
    store: Store,
    directory: Arc<Directory>,
    wake: Arc<Notify>,
    rules: RuleWords,
    surveys: Surveys,
    /// Owners and days whose morning is over.
    told: BTreeSet<(String, jiff::civil::Date)>,
    /// When closed cases were looked at last, and the newest closing there was then.
    surveys_at: Option<(Timestamp, At)>,
}

impl Sweeper {
    /// Has seen nothing yet.
    pub fn new(store: Store, directory: Arc<Directory>, wake: Arc<Notify>, rules: RuleWords, surveys: Surveys) -> Self {
        Self { store, directory, wake, rules, surveys, told: BTreeSet::new(), surveys_at: None }
    }

    /// Sweeps until `stop` says so.
    ///
    /// # Errors
    /// Where ClickHouse or the broker refuses, or does not answer within the bounded tries.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) -> Result<()> {
        let mut sweep = tokio::time::interval(SWEEP);
        sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !*stop.borrow() {
            tokio::select! {
                _ = stop.changed() => {}
                _ = sweep.tick() => self.sweep(Timestamp::now()).await?,
            }
        }
        Ok(())
    }

    /// Looks once, as of `now`.
    ///
    /// # Errors
    /// As [`Sweeper::run`].
    pub async fn sweep(&mut self, now: Timestamp) -> Result<()> {
        let cases: Vec<Watched> = self.store.rows(OPEN, &[]).await.context("reading open cases")?;
        let mut written = self.escalate(&cases, At(now)).await?;
        written |= self.hand_overs(&cases, now).await?;
        written |= self.mornings(&cases, now).await?;
        written |= self.ask_for_surveys(now).await?;
        if written {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Writes what fires. Messages go first: one without its event is written again under its id, an event without its message would
    /// have told nobody.
    async fn escalate(&self, cases: &[Watched], now: At) -> Result<bool> {
        let (mut told, mut events) = (Vec::new(), Vec::new());
        for case in cases {
            for fired in fired(case, &self.directory, now) {
                let notice = self.notice(case, &fired);
                told.extend(messages(fired.kind, &notice, fired.to, now));
                events.push(event(case, &fired, now));
            }
        }
        for event in &events {
            tracing::info!(
                case = event.case_id.to_string(),
                step = event.step,
                kind = event.kind,
                "a case waits for an answer"
            );
        }
        self.write(&told, &events).await?;
        Ok(!told.is_empty())
    }

    async fn write(&self, told: &[MessageRow], events: &[CaseEventRow]) -> Result<()> {
        let token = |what: &str, ids: &mut dyn Iterator<Item = Uuid>| {
            let mut crc = crc32fast::Hasher::new();
            ids.for_each(|id| crc.update(id.as_bytes()));
            format!("sweep:{what}:{:08x}:{}", crc.finalize(), Timestamp::now().as_millisecond())
        };
        self.store.insert(told, &token("messages", &mut told.iter().map(|row| row.message_id))).await?;
        self.store.insert(events, &token("events", &mut events.iter().map(|row| row.event_id))).await
    }

    fn notice(&self, case: &Watched, fired: &Fired<'_>) -> Notice {
        // After a re-opening the same step is another message.
        let again = if case.reopened == 0 { String::new() } else { format!("/{}", case.reopened) };
        Notice { kind: fired.kind, step: format!("{}{again}", fired.step), ..self.of_case(case) }
    }

    fn of_case(&self, case: &Watched) -> Notice {
        let (title, why) = (self.rules)(&case.rule).unwrap_or_else(|| {
            let id = Words { en: case.rule.clone(), zh: case.rule.clone() };
            (id, Words::default())
        });
        let about = [&case.store_id, &case.product_id, &case.topic].into_iter().find(|name| !name.is_empty());
        Notice {
            kind: NoticeKind::Reminder,
            rule: case.rule.clone(),
            title,
            why,
            severity: case.severity.clone(),
            urgent: case.urgent,
            case_id: Some(case.case_id),
            alert_id: Some(case.alert_id),
            subject_kind: case.subject_kind.clone(),
            subject: case.subject.clone(),
            tier: case.tier.clone(),
            risk: case.risk,
            brand: case.brand.clone(),
            channel: case.channel.clone(),
            about: about.cloned().unwrap_or_default(),
            quote: String::new(),
            occurred_at: Some(case.occurred_at),
            customer_due_at: case.customer_due_at,
            due_at: Some(case.answer_by(&self.directory)),
            step: String::new(),
            figures: Vec::new(),
            items: Vec::new(),
        }
    }
}

fn event(case: &Watched, fired: &Fired<'_>, now: At) -> CaseEventRow {
    let kind = if fired.kind == NoticeKind::Reminder { "reminded" } else { "escalated" };
    let (owner, department) =
        if fired.hand_over { (fired.to.id.clone(), fired.to.department.clone()) } else { Default::default() };
    CaseEventRow {
        event_id: event_id(case.case_id, kind, &[&fired.step, &case.reopened.to_string()]),
        owner,
        department,
        step: fired.step.clone(),
        detail: BTreeMap::from([("to".to_owned(), fired.to.id.clone())]),
        ..by_hearken(case.case_id, kind, now)
    }
}

/// Returns an event of the service's own that changes nothing.
fn by_hearken(case_id: Uuid, kind: &str, now: At) -> CaseEventRow {
    CaseEventRow {
        event_id: Uuid::nil(),
        case_id,
        at: now,
        kind: kind.to_owned(),
        state: String::new(),
        actor: "hearken".to_owned(),
        by_human: false,
        owner: String::new(),
        department: String::new(),
        alert_id: None,
        note: String::new(),
        amount: None,
        currency: String::new(),
        step: String::new(),
        detail: BTreeMap::new(),
    }
}

//! An owner's morning: what is open, what is late, what became of yesterday. Once a working day, and only where there is anything.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use super::Sweeper;
use crate::escalation::Watched;
use crate::facts::{Notice, NoticeKind, Words};
use crate::notice::messages;
use crate::responders::Owner;
use crate::row::At;

/// How long after his day began an owner is still told: a leader that starts later tells nothing of a morning.
const MORNING: SignedDuration = SignedDuration::from_hours(2);
/// How many cases the morning names.
const ITEMS_MAX: usize = 10;

const CLOSED: &str = "SELECT owner, toUInt32(count()) AS cases FROM v_cases WHERE closed_at > {since:DateTime64(3, 'UTC')} GROUP BY owner";
const KNOWN: &str =
    "SELECT DISTINCT message_id FROM messages WHERE kind = 'daily' AND created_at > {since:DateTime64(3, 'UTC')}";

#[derive(Deserialize)]
struct Closed {
    owner: String,
    cases: u32,
}

#[derive(Deserialize)]
struct Named {
    message_id: Uuid,
}

impl Sweeper {
    /// Tells whose day has begun; returns whether anybody was told.
    pub(super) async fn mornings(&mut self, cases: &[Watched], now: Timestamp) -> Result<bool> {
        let begun = self.begun(now);
        if begun.is_empty() {
            return Ok(false);
        }
        let since = At(now.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(now)).to_string();
        let closed: Vec<Closed> =
            self.store.rows(CLOSED, &[("since", &since)]).await.context("reading closed cases")?;
        let closed: BTreeMap<String, u32> = closed.into_iter().map(|closed| (closed.owner, closed.cases)).collect();
        let known: Vec<Named> = self.store.rows(KNOWN, &[("since", &since)]).await.context("reading daily digests")?;
        let mut told = Vec::new();
        for (id, day) in begun {
            let Some(owner) = self.directory.owner(&id) else { continue };
            let own: Vec<&Watched> = cases.iter().filter(|case| case.owner == id).collect();
            let notice = self.morning(owner, &own, (closed.get(&id).copied().unwrap_or(0), now));
            if let Some(notice) = notice.map(|notice| Notice { step: day.to_string(), ..notice }) {
                let mut rows = messages(NoticeKind::Daily, &notice, owner, At(now));
                rows.retain(|row| !known.iter().any(|known| known.message_id == row.message_id));
                told.extend(rows);
            }
            self.told.insert((id, day));
        }
        self.write(&told, &[]).await?;
        Ok(!told.is_empty())
    }

    /// Returns whose morning it is, and has not been told yet.
    fn begun(&mut self, now: Timestamp) -> Vec<(String, jiff::civil::Date)> {
        let mut begun = Vec::new();
        for owner in self.directory.owners().filter(|owner| owner.daily && !owner.channels.is_empty()) {
            let Some((day, opened)) = owner.calendar.day_began(now) else { continue };
            let is_morning = opened.duration_until(now) < MORNING;
            if is_morning && !self.told.contains(&(owner.id.clone(), day)) {
                begun.push((owner.id.clone(), day));
            }
        }
        begun
    }

    /// Says what there is to say, if anything.
    fn morning(&self, owner: &Owner, cases: &[&Watched], (closed, now): (u32, Timestamp)) -> Option<Notice> {
        let due = |case: &&Watched| case.answer_by(&self.directory).0;
        let waits = |case: &&&Watched| case.state == "open";
        let overdue = cases.iter().filter(waits).filter(|case| due(case) < now).count();
        let today = owner.calendar.zone.to_datetime(now).date();
        let is_today = |at: Timestamp| owner.calendar.zone.to_datetime(at).date() == today;
        let due_today = cases.iter().filter(waits).filter(|case| due(case) >= now && is_today(due(case))).count();
        let yesterday = now.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(now);
        let opened = cases.iter().filter(|case| case.opened_at.0 >= yesterday).count();
        if cases.is_empty() && closed == 0 {
            return None;
        }
        let mut first: Vec<&Watched> = cases.to_vec();
        first.sort_by_key(|case| (case.state != "open", case.answer_by(&self.directory), case.case_id));
        let figures = [
            ("open", cases.len()),
            ("overdue", overdue),
            ("due_today", due_today),
            ("opened_yesterday", opened),
            ("closed_yesterday", closed as usize),
        ];
        Some(Notice {
            kind: NoticeKind::Daily,
            rule: String::new(),
            title: Words { en: format!("Good morning, {}", owner.name), zh: format!("早上好,{}", owner.name) },
            why: Words::default(),
            severity: "low".to_owned(),
            urgent: false,
            case_id: None,
            alert_id: None,
            subject_kind: String::new(),
            subject: String::new(),
            tier: String::new(),
            risk: None,
            brand: String::new(),
            channel: String::new(),
            about: String::new(),
            quote: String::new(),
            occurred_at: None,
            customer_due_at: None,
            due_at: None,
            step: String::new(),
            figures: figures.into_iter().map(|(name, count)| (name.to_owned(), count.to_string())).collect(),
            items: first.into_iter().take(ITEMS_MAX).map(|case| self.of_case(case)).collect(),
        })
    }
}

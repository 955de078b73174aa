//! What falls due on an open case: a reminder before, and step after step when nobody answers. Each fires once per opening.
//!
//! All minutes count in the owner's working time, so nobody is urged for what happened in the night: a step fires once so much of it has
//! passed since the case was due, and waits until whoever it tells is at work, unless the case is about safety or law. A case that
//! somebody has taken on, or closed, is left alone, and so is one none of whose alerts paged anybody, such as one of a backfill.

use jiff::SignedDuration;
use serde::Deserialize;
use uuid::Uuid;

use crate::facts::NoticeKind;
use crate::responders::{Directory, Owner};
use crate::row::At;

/// An open case as the sweeper reads it; the names are those of `v_open_cases`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[allow(missing_docs, reason = "the view's COMMENT says what each column is")]
pub struct Watched {
    pub case_id: Uuid,
    pub alert_id: Uuid,
    pub rule: String,
    pub subject_kind: String,
    pub subject: String,
    pub brand: String,
    pub channel: String,
    pub product_id: String,
    pub store_id: String,
    pub topic: String,
    pub severity: String,
    pub urgent: bool,
    pub tier: String,
    pub risk: Option<f32>,
    pub owner: String,
    pub state: String,
    pub paged: bool,
    pub occurred_at: At,
    pub opened_at: At,
    pub customer_due_at: Option<At>,
    pub due_at: At,
    pub first_response_at: Option<At>,
    pub reopened: u32,
    /// When it was opened for the last time after it was closed.
    pub reopened_at: Option<At>,
    /// What fired since it was last opened.
    pub steps: Vec<String>,
}

/// A reminder or a step whose time has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired<'a> {
    /// Reminder or escalation.
    pub kind: NoticeKind,
    /// Its name: the same for ever, whatever stands before it in the file.
    pub step: String,
    /// Whom it tells.
    pub to: &'a Owner,
    /// Whether the case is theirs from now on.
    pub hand_over: bool,
}

impl Watched {
    /// Returns when it has to be answered: as it was opened, or since it was opened again.
    pub fn answer_by(&self, directory: &Directory) -> At {
        match self.reopened_at {
            None => self.due_at,
            Some(at) => {
                let owner = directory.owner(&self.owner).unwrap_or_else(|| directory.default_owner());
                At(owner.calendar.add(at.0, directory.sla(&self.tier).responder_minutes))
            }
        }
    }

    /// Tells whether somebody still has to answer.
    fn waits(&self) -> bool {
        self.state == "open" && self.paged && (self.first_response_at.is_none() || self.reopened_at.is_some())
    }
}

/// Returns what fires now.
pub fn fired<'a>(case: &Watched, directory: &'a Directory, now: At) -> Vec<Fired<'a>> {
    if !case.waits() {
        return Vec::new();
    }
    let owner = directory.owner(&case.owner).unwrap_or_else(|| directory.default_owner());
    let sla = directory.sla(&case.tier);
    let due = case.answer_by(directory);
    let is_new = |step: &String| !case.steps.contains(step);
    let minutes = |minutes: u32| SignedDuration::from_mins(i64::from(minutes));
    let mut fired = Vec::new();
    if now < due {
        let step = format!("remind-{}", sla.remind_before_minutes);
        let soon = owner.calendar.worked(now.0, due.0) <= minutes(sla.remind_before_minutes);
        // Who had no more time than that from the start was told a moment ago.
        let had = owner.calendar.worked(case.reopened_at.unwrap_or(case.opened_at).0, due.0);
        let had_longer = had > minutes(sla.remind_before_minutes);
        if sla.remind_before_minutes > 0 && soon && had_longer && owner.calendar.at_work(now.0) && is_new(&step) {
            fired.push(Fired { kind: NoticeKind::Reminder, step, to: owner, hand_over: false });
        }
        return fired;
    }
    let late = owner.calendar.worked(due.0, now.0);
    for step in &sla.escalation {
        let name = format!("escalate-{}-{}", step.after_minutes, step.to.as_str());
        let to = directory.whom(&step.to, owner);
        let awake = case.urgent || to.calendar.at_work(now.0);
        if late >= minutes(step.after_minutes) && awake && is_new(&name) {
            fired.push(Fired {
                kind: NoticeKind::Escalation,
                step: name,
                to,
                hand_over: step.hand_over && to.id != owner.id,
            });
        }
    }
    fired
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const DIRECTORY: &str = r#"
        default_owner = "anna"
        [[calendars]]
        name = "office"
        time_zone = "Asia/Shanghai"
        hours = { mon-fri = ["09:00-18:00"] }
        [[owners]]
        id = "anna"
        name = "Anna"
        department = "shops"
        calendar = "office"
        escalates_to = "ben"
        [[owners]]
        id = "ben"
        name = "Ben"
        department = "shops"
        calendar = "office"
        [[owners]]
        id = "duty"
        name = "Duty"
        department = "care"
        [[sla]]
    "#;

    fn directory() -> Directory {
        let sla = "[sla]\nresponder_minutes = 120\nremind_before_minutes = 30\nescalation = [{ after_minutes = 0, to = \"owner\" }, \
                   { after_minutes = 60, to = \"escalates_to\" }, { after_minutes = 240, to = \"duty\", hand_over = true }]\n";
        Directory::parse(&DIRECTORY.replace("[[sla]]", sla)).unwrap()
    }

    fn at(text: &str) -> At {
        At(format!("{text}:00+08:00").parse().unwrap())
    }

    /// Opened on Friday at 15:00, due at 17:00.
    fn case() -> Watched {
        Watched {
            case_id: Uuid::nil(),
            alert_id: Uuid::nil(),
            rule: String::new(),
            subject_kind: String::new(),
            subject: String::new(),
            brand: String::new(),
            channel: String::new(),
            product_id: String::new(),
            store_id: String::new(),
            topic: String::new(),
            severity: "high".to_owned(),
            urgent: false,
            tier: "loyal".to_owned(),
            risk: None,
            owner: "anna".to_owned(),
            state: "open".to_owned(),
            paged: true,
            occurred_at: at("2026-11-20T15:00"),
            opened_at: at("2026-11-20T15:00"),
            customer_due_at: None,
            due_at: at("2026-11-20T17:00"),
            first_response_at: None,
            reopened: 0,
            reopened_at: None,
            steps: Vec::new(),
        }
    }

    fn check(case: &Watched, now: &str, expected: &[(&str, &str)]) {
        let directory = directory();
        let found = fired(case, &directory, at(now));
        let found: Vec<(&str, &str)> = found.iter().map(|fired| (fired.step.as_str(), fired.to.id.as_str())).collect();
        assert_eq!(found, expected, "{now}");
    }

    #[test]
    fn reminders_come_before_and_steps_after_it_is_due() {
        check(&case(), "2026-11-20T16:29", &[]);
        check(&case(), "2026-11-20T16:30", &[("remind-30", "anna")]);
        check(&case(), "2026-11-20T17:00", &[("escalate-0-owner", "anna")]);
        let told = Watched { steps: vec!["escalate-0-owner".to_owned()], ..case() };
        check(&told, "2026-11-20T17:59", &[]);
        check(&told, "2026-11-20T18:00", &[("escalate-60-escalates_to", "ben")][..0]);
        // An hour of work was over at 18:00, when Ben went home: he is told in the morning.
        check(&told, "2026-11-22T12:00", &[]);
        check(&told, "2026-11-23T09:00", &[("escalate-60-escalates_to", "ben")]);
        let told =
            Watched { steps: vec!["escalate-0-owner".to_owned(), "escalate-60-escalates_to".to_owned()], ..case() };
        check(&told, "2026-11-23T11:59", &[]);
        check(&told, "2026-11-23T12:00", &[("escalate-240-duty", "duty")]);
        let directory = directory();
        assert!(fired(&told, &directory, at("2026-11-23T12:00"))[0].hand_over);
    }

    #[test]
    fn what_is_about_safety_waits_for_nobody_s_morning() {
        let urgent = Watched { urgent: true, ..case() };
        check(&urgent, "2026-11-20T18:00", &[("escalate-0-owner", "anna"), ("escalate-60-escalates_to", "ben")]);
    }

    #[test]
    fn each_fires_once_and_never_on_what_is_answered_closed_or_paged_nobody() {
        let steps = ["remind-30", "escalate-0-owner", "escalate-60-escalates_to", "escalate-240-duty"];
        let all = Watched { steps: steps.map(str::to_owned).to_vec(), ..case() };
        for state in ["acknowledged", "contacted", "resolved", "closed"] {
            check(&Watched { state: state.to_owned(), ..case() }, "2026-11-24T12:00", &[]);
        }
        check(&all, "2026-11-24T12:00", &[]);
        check(&Watched { paged: false, ..case() }, "2026-11-24T12:00", &[]);
        check(&Watched { first_response_at: Some(at("2026-11-20T16:00")), ..case() }, "2026-11-24T12:00", &[]);
    }

    #[test]
    fn what_is_opened_again_has_its_time_again() {
        let again = Watched {
            reopened: 1,
            reopened_at: Some(at("2026-11-23T10:00")),
            first_response_at: Some(at("2026-11-20T16:00")),
            ..case()
        };
        check(&again, "2026-11-23T11:29", &[]);
        check(&again, "2026-11-23T11:30", &[("remind-30", "anna")]);
        check(&again, "2026-11-23T12:00", &[("escalate-0-owner", "anna")]);
    }

    #[test]
    fn an_owner_who_left_is_nobody_and_the_default_owner_is_reminded() {
        check(&Watched { owner: "gone".to_owned(), ..case() }, "2026-11-20T16:45", &[("remind-30", "anna")]);
    }
}

//! From alerts that may be raised to the rows that raise them.
//!
//! Everything that decides is an argument, and ids follow from what they name: the same candidates judged twice, by another
//! replica or after a crash between two inserts, give rows of the same ids.

mod duty;
mod hit;
mod rows;

use std::collections::{HashMap, HashSet};

use hearken_schemas::id;
use uuid::Uuid;

pub use self::hit::{Candidate, Found, Hit, candidates};
use crate::facts::{Facts, Notice};
use crate::row::{AlertRow, At, CaseEventRow, CaseRow, MessageRow};
use crate::rule::Severity;

/// Who answers, and how they are told.
pub trait Duty {
    /// Returns whose turn it is, and until when.
    fn turn(&self, facts: &Facts) -> Turn;
    /// Returns what tells this owner: a message for each of the owner's channels, none for somebody unknown.
    fn told(&self, notice: &Notice, owner: &str, at: At) -> Vec<MessageRow>;
}

/// Whose turn it is, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The owner's id.
    pub owner: String,
    /// The owner's department.
    pub department: String,
    /// What decided: customer, store, product, touchpoint or default.
    pub routed_by: String,
    /// The promise to the customer; none where it is not known when he spoke.
    pub customer_due_at: Option<At>,
    /// What the owner is measured by.
    pub due_at: At,
}

/// How old may be told, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    /// Nobody is told at once of what reached us, or was known to us, longer than this after it happened.
    pub page_max_ms: i64,
    /// No case is opened of what happened longer ago.
    pub case_max_ms: i64,
}

/// A case that is there already.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownCase {
    /// Its id.
    pub case_id: Uuid,
    /// Whom it is about.
    pub subject_kind: String,
    /// The subject's key.
    pub subject: String,
    /// Whether it is not closed.
    pub is_open: bool,
    /// The worst of its alerts.
    pub severity: Severity,
    /// Whether one of them is about safety or law.
    pub urgent: bool,
    /// Who has to answer now.
    pub owner: String,
    /// That owner's department.
    pub department: String,
    /// When it was opened.
    pub opened_at: At,
    /// The promise to the customer.
    pub customer_due_at: Option<At>,
    /// What the owner is measured by.
    pub due_at: At,
}

/// What is there before a round.
#[derive(Debug, Default)]
pub struct Known {
    /// Alerts that were raised, of the candidates' ids.
    pub alerts: HashSet<Uuid>,
    /// Cases of the candidates' subjects that are open, and whatever has the id of a case that a candidate would open.
    pub cases: Vec<KnownCase>,
}

/// What a round writes, in this order.
#[derive(Debug, Default, PartialEq)]
pub struct Rows {
    /// Cases that were opened.
    pub cases: Vec<CaseRow>,
    /// That they were opened, or joined.
    pub events: Vec<CaseEventRow>,
    /// Who is told.
    pub messages: Vec<MessageRow>,
    /// The alerts themselves: once they are written, none of this is done again.
    pub alerts: Vec<AlertRow>,
}

/// Judges the candidates in their order, which [`candidates`] gave them.
pub fn judge(candidates: &[Candidate<'_>], known: Known, duty: &dyn Duty, ages: Ages, now: At) -> Rows {
    let Known { alerts, cases } = known;
    let by_id: HashMap<Uuid, KnownCase> = cases.iter().map(|case| (case.case_id, case.clone())).collect();
    let open = cases.into_iter().filter(|case| case.is_open);
    let open = open.map(|case| ((case.subject_kind.clone(), case.subject.clone()), case)).collect();
    let mut round = Round { duty, ages, now, by_id, open, rows: Rows::default() };
    for candidate in candidates.iter().filter(|candidate| !alerts.contains(&candidate.alert_id)) {
        round.raise(candidate);
    }
    round.rows
}

/// How an alert belongs to its case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Belongs {
    /// It opens it.
    Opens,
    /// It opened it in an attempt that did not come to its end.
    Opened,
    /// Another alert opened it, and it was no worse than this one says; or it was.
    Joins { worse: bool },
}

struct Round<'a> {
    duty: &'a dyn Duty,
    ages: Ages,
    now: At,
    by_id: HashMap<Uuid, KnownCase>,
    open: HashMap<(String, String), KnownCase>,
    rows: Rows,
}

impl Round<'_> {
    fn raise(&mut self, candidate: &Candidate<'_>) {
        let facts = &candidate.facts;
        if millis(self.now) - millis(facts.occurred_at) > self.ages.case_max_ms {
            self.rows.alerts.push(rows::alert(candidate, None, "old", self.now));
            return;
        }
        let (case, belongs) = self.case_of(candidate);
        let unpaged = self.unpaged_because(candidate, belongs);
        let paged = unpaged.is_empty();
        if belongs == Belongs::Opens {
            let turn = self.duty.turn(facts);
            self.rows.cases.push(rows::case(candidate, &turn, paged, self.now));
        }
        let joined = matches!(belongs, Belongs::Joins { .. });
        self.rows.events.push(rows::event(candidate, &case, (joined, paged), self.now));
        if paged {
            let notice = rows::notice(candidate, &case);
            self.rows.messages.extend(self.duty.told(&notice, &case.owner, self.now));
        }
        self.rows.alerts.push(rows::alert(candidate, Some(case.case_id), unpaged, self.now));
    }

    /// Returns the alert's case: the one it opened before, the one of its subject that is open, or a new one.
    fn case_of(&mut self, candidate: &Candidate<'_>) -> (KnownCase, Belongs) {
        let (facts, rule) = (&candidate.facts, candidate.rule);
        let case_id = id::case_id(candidate.alert_id);
        if let Some(case) = self.by_id.get(&case_id) {
            return (case.clone(), Belongs::Opened);
        }
        let subject = (facts.subject_kind.clone(), facts.subject.clone());
        if let Some(case) = self.open.get_mut(&subject) {
            let worse = rule.severity > case.severity || (rule.urgent && !case.urgent);
            case.severity = case.severity.max(rule.severity);
            case.urgent |= rule.urgent;
            return (case.clone(), Belongs::Joins { worse });
        }
        let Turn { owner, department, customer_due_at, due_at, .. } = self.duty.turn(facts);
        let case = KnownCase {
            case_id,
            subject_kind: subject.0.clone(),
            subject: subject.1.clone(),
            is_open: true,
            severity: rule.severity,
            urgent: rule.urgent,
            owner,
            department,
            opened_at: self.now,
            customer_due_at,
            due_at,
        };
        self.open.insert(subject, case.clone());
        (case, Belongs::Opens)
    }

    /// Says why nobody is told at once; empty where somebody is.
    fn unpaged_because(&self, candidate: &Candidate<'_>, belongs: Belongs) -> &'static str {
        let Facts { occurred_at, received_at, .. } = candidate.facts;
        // Late to us, or late to be evaluated: a history that is sent, replayed or read into a new database tells nobody.
        let late = millis(received_at) - millis(occurred_at) > self.ages.page_max_ms;
        let found_late = millis(self.now) - millis(received_at) > self.ages.page_max_ms;
        if !candidate.rule.page {
            "rule"
        } else if late || found_late {
            "old"
        } else if belongs == (Belongs::Joins { worse: false }) {
            "joined"
        } else {
            ""
        }
    }
}

fn millis(at: At) -> i64 {
    at.0.as_millisecond()
}

#[cfg(test)]
mod tests;

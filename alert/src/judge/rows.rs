//! The rows of one alert.

use std::collections::BTreeMap;

use hearken_schemas::id;
use uuid::Uuid;

use super::{Candidate, KnownCase, Turn};
use crate::facts::{Facts, Notice, NoticeKind};
use crate::row::{AlertRow, At, CaseEventRow, CaseRow};

/// The actor of what the service does by itself.
const HEARKEN: &str = "hearken";

/// The most characters of a quote that a message carries.
const QUOTE_CHARS_MAX: usize = 200;

pub(super) fn alert(candidate: &Candidate<'_>, case_id: Option<Uuid>, unpaged: &str, now: At) -> AlertRow {
    let Candidate { alert_id, rule, facts, feedback_id, window_start, detail } = candidate.clone();
    AlertRow {
        alert_id,
        rule: rule.id.clone(),
        rules_version: rule.version.clone(),
        subject_kind: facts.subject_kind,
        subject: facts.subject,
        window_start,
        severity: rule.severity.as_str().to_owned(),
        urgent: rule.urgent,
        occurred_at: facts.occurred_at,
        time_precision: facts.time_precision,
        received_at: facts.received_at,
        seen_at: facts.seen_at,
        alert_at: now,
        paged: unpaged.is_empty(),
        unpaged_because: unpaged.to_owned(),
        feedback_id,
        brand: facts.brand,
        channel: facts.channel,
        product_id: facts.product_id,
        store_id: facts.store_id,
        touchpoint: facts.touchpoint,
        category: facts.category,
        topic: facts.topic,
        span_start: facts.span_start,
        span_end: facts.span_end,
        customer_key: facts.customer_key,
        tier: facts.tier,
        risk: facts.risk,
        case_id,
        detail,
    }
}

pub(super) fn case(candidate: &Candidate<'_>, turn: &Turn, paged: bool, now: At) -> CaseRow {
    let Candidate { alert_id, rule, facts, feedback_id, .. } = candidate.clone();
    CaseRow {
        case_id: id::case_id(alert_id),
        alert_id,
        rule: rule.id.clone(),
        subject_kind: facts.subject_kind,
        subject: facts.subject,
        customer_key: facts.customer_key,
        feedback_id,
        brand: facts.brand,
        channel: facts.channel,
        product_id: facts.product_id,
        store_id: facts.store_id,
        touchpoint: facts.touchpoint,
        category: facts.category,
        topic: facts.topic,
        severity: rule.severity.as_str().to_owned(),
        urgent: rule.urgent,
        tier: facts.tier,
        risk: facts.risk,
        owner: turn.owner.clone(),
        department: turn.department.clone(),
        routed_by: turn.routed_by.clone(),
        paged,
        occurred_at: facts.occurred_at,
        time_precision: facts.time_precision,
        received_at: facts.received_at,
        opened_at: now,
        customer_due_at: turn.customer_due_at,
        due_at: turn.due_at,
    }
}

/// That the alert opened the case, or joined it, and whether somebody was told at once.
pub(super) fn event(
    candidate: &Candidate<'_>,
    case: &KnownCase,
    (joined, paged): (bool, bool),
    now: At,
) -> CaseEventRow {
    let kind = if joined { "alerted" } else { "opened" };
    let only_opened = |text: &str| if joined { String::new() } else { text.to_owned() };
    CaseEventRow {
        event_id: id::event_id(case.case_id, kind, &[&candidate.alert_id.to_string()]),
        case_id: case.case_id,
        at: if joined { now } else { case.opened_at },
        kind: kind.to_owned(),
        state: only_opened("open"),
        actor: HEARKEN.to_owned(),
        by_human: false,
        owner: only_opened(&case.owner),
        department: only_opened(&case.department),
        alert_id: Some(candidate.alert_id),
        note: String::new(),
        amount: None,
        currency: String::new(),
        step: String::new(),
        detail: BTreeMap::from([
            ("rule".to_owned(), candidate.rule.id.clone()),
            ("severity".to_owned(), candidate.rule.severity.as_str().to_owned()),
            ("paged".to_owned(), paged.to_string()),
        ]),
    }
}

pub(super) fn notice(candidate: &Candidate<'_>, case: &KnownCase) -> Notice {
    let Candidate { rule, facts, .. } = candidate;
    let Facts { store_id, product_id, topic, .. } = facts;
    let about = [store_id, product_id, topic].into_iter().find(|name| !name.is_empty());
    Notice {
        kind: NoticeKind::Alert,
        rule: rule.id.clone(),
        title: rule.title.clone(),
        why: rule.why.clone(),
        severity: rule.severity.as_str().to_owned(),
        urgent: rule.urgent,
        case_id: Some(case.case_id),
        alert_id: Some(candidate.alert_id),
        subject_kind: facts.subject_kind.clone(),
        subject: facts.subject.clone(),
        tier: facts.tier.clone(),
        risk: facts.risk,
        brand: facts.brand.clone(),
        channel: facts.channel.clone(),
        about: about.cloned().unwrap_or_default(),
        quote: facts.quote.chars().take(QUOTE_CHARS_MAX).collect(),
        occurred_at: Some(facts.occurred_at),
        customer_due_at: case.customer_due_at,
        due_at: Some(case.due_at),
        step: String::new(),
        figures: candidate.detail.clone().into_iter().collect(),
        items: Vec::new(),
    }
}

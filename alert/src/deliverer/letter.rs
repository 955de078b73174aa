//! A message that waits or is on its way: its place in the queue, the request it becomes, the rows that tell of it.

use std::collections::BTreeMap;

use hearken_schemas::id::event_id;
use jiff::Timestamp;
use uuid::Uuid;

use super::Links;
use crate::facts::{Notice, NoticeKind};
use crate::outbox::Entry;
use crate::receiver::{Parcel, Request, request};
use crate::responders::{Channel, Directory};
use crate::row::{At, CaseEventRow, DeliveryRow, MessageRow};

/// A message that waits or is on its way.
pub(super) struct Letter {
    pub(super) message: MessageRow,
    pub(super) notice: Notice,
    pub(super) attempt: u16,
}

/// Returns the request that sends it.
pub(super) fn parcelled(
    directory: &Directory,
    channel: &Channel,
    letter: &Letter,
    (links, now): (&Links, Timestamp),
) -> Request {
    let message = &letter.message;
    let owner = directory.owner(&message.owner).unwrap_or_else(|| directory.default_owner());
    request(&Parcel {
        message_id: message.message_id,
        notice: &letter.notice,
        channel,
        language: owner.language,
        zone: &directory.zone(owner),
        link: &|case| links(case, &message.owner, now),
        now,
    })
}

/// Returns how it stands in the queue of its channel.
pub(super) fn entry(letter: &Letter, since_ms: u64) -> Entry {
    let notice = &letter.notice;
    let severity = match notice.severity.as_str() {
        "critical" => 3,
        "high" => 2,
        "medium" => 1,
        _ => 0,
    };
    let value = match notice.tier.as_str() {
        "champion" => 5.0,
        "loyal" => 4.0,
        "promising" => 3.0,
        "needs_attention" => 2.0,
        _ => 1.0,
    };
    Entry {
        id: letter.message.message_id,
        owner: letter.message.owner.clone(),
        urgent: letter.message.urgent,
        foldable: matches!(
            notice.kind,
            NoticeKind::Alert | NoticeKind::Reminder | NoticeKind::Escalation | NoticeKind::HandOver
        ),
        digest: notice.kind == NoticeKind::Digest,
        severity,
        worth: value * notice.risk.unwrap_or(0.0),
        since_ms,
        failures: letter.attempt,
        not_before_ms: 0,
    }
}

/// Returns the row of what was done without an attempt.
pub(super) fn untried(message_id: Uuid, now: Timestamp) -> DeliveryRow {
    DeliveryRow {
        message_id,
        at: At(now),
        outcome: String::new(),
        attempt: 0,
        status: 0,
        latency_ms: 0,
        error: String::new(),
        folded_into: None,
    }
}

/// Returns what the case's history says of a message that nobody got.
pub(super) fn noted(message: &MessageRow, row: &DeliveryRow) -> Option<CaseEventRow> {
    let case_id = message.case_id?;
    let id = message.message_id.to_string();
    Some(CaseEventRow {
        event_id: event_id(case_id, "noted", &["given_up", &id, &row.at.to_string()]),
        case_id,
        at: row.at,
        kind: "noted".to_owned(),
        state: String::new(),
        actor: "hearken".to_owned(),
        by_human: false,
        owner: String::new(),
        department: String::new(),
        alert_id: message.alert_id,
        note: format!("the {} to {} over {} was given up: {}", message.kind, message.owner, message.channel, row.error),
        amount: None,
        currency: String::new(),
        step: String::new(),
        detail: BTreeMap::from([("message_id".to_owned(), id)]),
    })
}

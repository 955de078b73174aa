//! From what is to be told to the messages that tell it: one for each channel of the owner.

use hearken_schemas::id::message_id;
use uuid::Uuid;

use crate::facts::{Notice, NoticeKind};
use crate::responders::Owner;
use crate::row::{At, MessageRow};

impl NoticeKind {
    /// Returns the name used in `messages`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Reminder => "reminder",
            Self::Escalation => "escalation",
            Self::HandOver => "hand_over",
            Self::Digest => "digest",
            Self::Daily => "daily",
            Self::SurveyRequest => "survey_request",
        }
    }
}

/// Returns one message for each of the owner's channels; none where he has no channel.
///
/// Their ids follow from the kind, the alert (of an alert) or the case (of all else) with the step, the channel and the owner: telling
/// the same thing twice gives the same messages.
pub fn messages(kind: NoticeKind, notice: &Notice, owner: &Owner, created_at: At) -> Vec<MessageRow> {
    owner.channels.iter().map(|channel| message(kind, notice, &owner.id, (channel, created_at))).collect()
}

/// Returns the message that tells an owner, or whoever listens there, over one channel.
pub fn message(kind: NoticeKind, notice: &Notice, owner: &str, (channel, created_at): (&str, At)) -> MessageRow {
    let of = match kind {
        NoticeKind::Alert => notice.alert_id.or(notice.case_id),
        NoticeKind::Reminder
        | NoticeKind::Escalation
        | NoticeKind::HandOver
        | NoticeKind::Digest
        | NoticeKind::Daily
        | NoticeKind::SurveyRequest => notice.case_id.or(notice.alert_id),
    };
    MessageRow {
        message_id: message_id(kind.as_str(), of.unwrap_or(Uuid::nil()), &notice.step, channel, owner),
        kind: kind.as_str().to_owned(),
        channel: channel.to_owned(),
        owner: owner.to_owned(),
        case_id: notice.case_id,
        alert_id: notice.alert_id,
        urgent: notice.urgent,
        created_at,
        // A notice is made of texts and finite numbers.
        notice: serde_json::to_string(notice).unwrap_or_default(),
    }
}

/// What tests change to say what they mean.
#[cfg(test)]
pub(crate) fn example() -> Notice {
    use crate::facts::Words;
    let words = |en: &str, zh: &str| Words { en: en.to_owned(), zh: zh.to_owned() };
    let at = |text: &str| text.parse().ok().map(At);
    Notice {
        kind: NoticeKind::Alert,
        rule: "churn_intent".to_owned(),
        title: words("Says they are leaving", "明确表示要离开"),
        why: words("Customers who say so mostly do", "这样说的客户多半会离开"),
        severity: "high".to_owned(),
        urgent: false,
        case_id: Some(Uuid::from_u128(7)),
        alert_id: Some(Uuid::from_u128(8)),
        subject_kind: "customer".to_owned(),
        subject: "c-1".to_owned(),
        tier: "loyal".to_owned(),
        risk: Some(71.4),
        brand: "orvantle".to_owned(),
        channel: "chat".to_owned(),
        about: "OV-KT-210".to_owned(),
        quote: "我再也不买了".to_owned(),
        occurred_at: at("2026-11-20T08:00:00Z"),
        customer_due_at: at("2026-11-20T10:00:00Z"),
        due_at: at("2026-11-20T10:05:00Z"),
        step: String::new(),
        figures: Vec::new(),
        items: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::collections::BTreeSet;

    use super::*;
    use crate::responders::Directory;

    fn owner(id: &str, channels: &[&str]) -> Owner {
        let mut owner = Directory::default().default_owner().clone();
        owner.id = id.to_owned();
        owner.channels = channels.iter().map(|name| (*name).to_owned()).collect();
        owner
    }

    #[test]
    fn one_message_a_channel_and_the_same_ids_whenever_it_is_told_again() {
        let at = |text: &str| At(text.parse().unwrap());
        let tell = |notice: &Notice, kind, owner: &Owner, when| {
            messages(kind, notice, owner, at(when)).iter().map(|row| row.message_id).collect::<Vec<_>>()
        };
        let (notice, anna) = (example(), owner("anna", &["a", "b"]));
        let first = tell(&notice, NoticeKind::Alert, &anna, "2026-11-20T08:00:00Z");
        assert_eq!(first, tell(&notice, NoticeKind::Alert, &anna, "2026-11-21T08:00:00Z"));
        assert!(tell(&notice, NoticeKind::Alert, &owner("anna", &[]), "2026-11-20T08:00:00Z").is_empty());
        let now = "2026-11-20T08:00:00Z";
        let step = |step: &str| Notice { step: step.to_owned(), ..example() };
        let other_alert = Notice { alert_id: Some(Uuid::from_u128(9)), ..example() };
        let all = [
            first,
            tell(&notice, NoticeKind::Alert, &owner("ben", &["a", "b"]), now),
            tell(&other_alert, NoticeKind::Alert, &anna, now),
            tell(&notice, NoticeKind::Reminder, &anna, now),
            tell(&step("1"), NoticeKind::Escalation, &anna, now),
            tell(&step("2"), NoticeKind::Escalation, &anna, now),
        ]
        .concat();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 12, "each of its own");
        assert_eq!(
            tell(&other_alert, NoticeKind::Reminder, &anna, now),
            tell(&notice, NoticeKind::Reminder, &anna, now),
            "a reminder is of the case, whichever alert joined last"
        );
    }

    #[test]
    fn the_notice_comes_back_as_it_was() {
        let at = At("2026-11-20T08:00:00Z".parse().unwrap());
        let rows = messages(NoticeKind::Alert, &example(), &owner("anna", &["a"]), at);
        assert_eq!(serde_json::from_str::<Notice>(&rows[0].notice).unwrap(), example());
    }
}

//! What strangers send to the alert service: links, bodies and cursors of its API, forms of its page, answers of webhooks.

use std::sync::LazyLock;

use hearken_alert::case::{Amount, Note};
use hearken_alert::desk::{AlertCursor, Cursor};
use hearken_alert::link::{Secret, sign, verify};
use hearken_alert::page::form;
use hearken_alert::receiver::{self, Answer, Reply};
use hearken_alert::responders::ChannelKind;
use hearken_alert::{api, link::LinkError};
use hearken_schemas::redact::redact;
use jiff::Timestamp;
use uuid::Uuid;

use super::text;

static SECRET: LazyLock<Secret> =
    LazyLock::new(|| Secret::new("a secret of the targets, and of nothing else").expect("it is long enough"));

/// Promises: no bytes are a link that was not signed; cursors and notes read back as they were; every form and every answer is understood or
/// refused.
pub fn run(bytes: &[u8]) {
    let text = text(bytes);
    link(&text, bytes);
    if let Some(cursor) = Cursor::read(&text) {
        assert_eq!(cursor.to_text(), text, "a cursor has one form");
    }
    if let Some(cursor) = AlertCursor::read(&text) {
        assert_eq!(cursor.to_text(), text, "a cursor has one form");
    }
    let _ = api::is_act(bytes);
    form(&text);
    answers(bytes);
}

fn link(text: &str, bytes: &[u8]) {
    let now = Timestamp::UNIX_EPOCH;
    assert!(verify(&SECRET, text, now).is_err(), "a link that nobody signed opens a case");
    let own = sign(&SECRET, Uuid::nil(), "desk", Timestamp::MAX);
    assert!(verify(&SECRET, &own, now).is_ok());
    let changed: Vec<u8> =
        own.bytes().enumerate().map(|(at, byte)| byte ^ bytes.get(at).copied().unwrap_or_default()).collect();
    if let Ok(changed) = String::from_utf8(changed)
        && changed != own
    {
        let refused = verify(&SECRET, &changed, now);
        assert!(matches!(refused, Err(LinkError::Malformed | LinkError::Forged)), "a changed link: {refused:?}");
    }
}

/// Each line is `name=value`.
fn form(text: &str) {
    let fields: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    if let Ok(asked) = form::read(&fields) {
        let _ = asked.action();
        assert_eq!(form::key(&asked), form::key(&asked.clone()), "a form sent twice is one event");
    }
    if let Ok(note) = Note::read(text) {
        assert_eq!(redact(note.as_str()).count, 0, "a note is redacted: {note:?}");
    }
    if let Some((amount, currency)) = text.split_once(' ')
        && let Ok(amount) = Amount::read(amount, currency)
    {
        let again = Amount::read(&amount.to_string(), amount.currency());
        assert_eq!(again.ok(), Some(amount), "an amount reads back as it was");
    }
}

fn answers(bytes: &[u8]) {
    let (status, body) = bytes.split_first().unwrap_or((&200, &[]));
    let retry_after = std::str::from_utf8(&body[..body.len().min(40)]).ok();
    let kinds = [
        ChannelKind::Feishu,
        ChannelKind::Lark,
        ChannelKind::Dingtalk,
        ChannelKind::Wecom,
        ChannelKind::Slack,
        ChannelKind::Generic,
    ];
    for kind in kinds {
        for status in [200, 400, 429, 500, 100 + u16::from(*status) * 2] {
            let reply = Reply { status, retry_after, body: Some(body), now: Timestamp::UNIX_EPOCH };
            match receiver::read(kind, &reply) {
                Answer::Delivered | Answer::Again { after_ms: None | Some(_), .. } => {}
                Answer::Refused { why } => assert!(!why.is_empty(), "a refusal says why"),
            }
        }
    }
}

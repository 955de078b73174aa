//! What a receiver's answer means. Robots answer 200 and say in the body what went wrong.

use jiff::Timestamp;
use serde::Deserialize;

use crate::responders::ChannelKind;

/// The longest that a receiver may ask to be left alone, milliseconds.
const AFTER_MS_MAX: u64 = 3_600_000;
/// DingTalk silences a robot that spoke too often for ten minutes, and says no more than that it did.
const DINGTALK_SILENCE_MS: u64 = 600_000;
/// The quota of a robot of WeCom is one of minutes.
const WECOM_SILENCE_MS: u64 = 60_000;
/// How much of a receiver's words is kept.
const WORDS_CHARS_MAX: usize = 200;

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It arrived.
    Delivered,
    /// It did not, and may later.
    Again {
        /// How long the receiver wants to be left alone, where it says so.
        after_ms: Option<u64>,
        /// What it or the network said.
        why: String,
    },
    /// It did not and will not until somebody sets something right.
    Refused {
        /// What it said.
        why: String,
    },
}

/// What came back.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The header `retry-after`.
    pub retry_after: Option<&'a str>,
    /// The body, or as much of it as was read; nothing where it broke off.
    pub body: Option<&'a [u8]>,
    /// When it came.
    pub now: Timestamp,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    /// Feishu and Lark.
    code: Option<i64>,
    msg: String,
    /// DingTalk and WeCom.
    errcode: Option<i64>,
    errmsg: String,
    /// Feishu as it was.
    #[serde(rename = "StatusCode")]
    status_code: Option<i64>,
}

/// Says what an answer means.
pub fn read(kind: ChannelKind, reply: &Reply<'_>) -> Answer {
    match reply.status {
        200..=299 => said(kind, reply),
        300..=399 => {
            refused(reply, "it redirects, and redirects are not followed; write the last address into the directory")
        }
        408 | 425 | 429 | 500..=599 => Answer::Again {
            after_ms: reply.retry_after.and_then(|text| after_ms(text, reply.now)),
            why: why(reply, ""),
        },
        // Feishu says with 400 that it is asked too often.
        400 if kind != ChannelKind::Generic && kind != ChannelKind::Slack && is_code(reply.body) => said(kind, reply),
        _ => refused(reply, ""),
    }
}

fn said(kind: ChannelKind, reply: &Reply<'_>) -> Answer {
    match kind {
        // Their status says it all.
        ChannelKind::Slack | ChannelKind::Generic => Answer::Delivered,
        ChannelKind::Feishu | ChannelKind::Lark => {
            let verdict = |body: &Body| match body.code.or(body.status_code)? {
                0 => Some(Meaning::Good),
                9499 | 11232 | 11233 | 99_991_400 => Some(Meaning::Again(None)),
                19001 | 19002 | 19003 | 19021 | 19022 | 19024 | 19036 | 10208 | 10209 => Some(Meaning::Wrong),
                _ => Some(Meaning::Again(None)),
            };
            coded(reply, verdict)
        }
        ChannelKind::Dingtalk => coded(reply, |body| {
            Some(match body.errcode? {
                0 => Meaning::Good,
                130_101 | 130_102 | 410_100 | 302_033 | 660_026 | 90_018 => Meaning::Again(Some(DINGTALK_SILENCE_MS)),
                310_000
                | 300_001
                | 300_005
                | 400_013
                | 400_101
                | 400_102
                | 400_105
                | 400_106
                | 40_035
                | 43_004
                | 430_101..=430_104 => Meaning::Wrong,
                _ => Meaning::Again(None),
            })
        }),
        ChannelKind::Wecom => coded(reply, |body| {
            Some(match body.errcode? {
                0 => Meaning::Good,
                45_009 | 45_033 => Meaning::Again(Some(WECOM_SILENCE_MS)),
                93_000 | 93_004 | 93_008 | 93_017 | 40_001 | 40_008 | 40_058 | 44_004 | 45_002 | 60_020 => {
                    Meaning::Wrong
                }
                _ => Meaning::Again(None),
            })
        }),
    }
}

enum Meaning {
    Good,
    Wrong,
    Again(Option<u64>),
}

/// Reads a robot's code; what is no answer of a robot is asked again, because something stands between.
fn coded(reply: &Reply<'_>, meaning: impl Fn(&Body) -> Option<Meaning>) -> Answer {
    let Some(bytes) = reply.body else {
        return Answer::Again { after_ms: None, why: "the answer broke off".to_owned() };
    };
    let after = reply.retry_after.and_then(|text| after_ms(text, reply.now));
    match serde_json::from_slice::<Body>(bytes).ok().as_ref().and_then(meaning) {
        Some(Meaning::Good) => Answer::Delivered,
        Some(Meaning::Wrong) => refused(reply, ""),
        Some(Meaning::Again(wait_ms)) => Answer::Again { after_ms: after.or(wait_ms), why: why(reply, "") },
        None => Answer::Again { after_ms: after, why: why(reply, "not the answer of a robot") },
    }
}

fn is_code(body: Option<&[u8]>) -> bool {
    let body = body.and_then(|bytes| serde_json::from_slice::<Body>(bytes).ok());
    body.is_some_and(|body| body.code.is_some() || body.errcode.is_some())
}

fn refused(reply: &Reply<'_>, before: &str) -> Answer {
    Answer::Refused { why: why(reply, before) }
}

/// Returns what the receiver said, in one short line.
fn why(reply: &Reply<'_>, before: &str) -> String {
    let bytes = reply.body.unwrap_or_default();
    let said = match serde_json::from_slice::<Body>(bytes) {
        Ok(Body { errcode: Some(code), errmsg, .. }) => format!("{code} {errmsg}"),
        Ok(Body { code: Some(code), msg, .. }) => format!("{code} {msg}"),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    let line = said.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = line.collect::<Vec<_>>().join(" ");
    let parts = [before, &format!("HTTP {}", reply.status), line.as_str()];
    let line = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
    line.chars().take(WORDS_CHARS_MAX).collect()
}

/// Reads seconds or an HTTP date, and bounds both.
fn after_ms(text: &str, now: Timestamp) -> Option<u64> {
    let text = text.trim();
    let asked = text.parse::<u64>().map(|seconds| seconds.saturating_mul(1_000)).ok().or_else(|| {
        let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
        Some(u64::try_from(now.duration_until(until).as_millis()).unwrap_or(0))
    })?;
    Some(asked.min(AFTER_MS_MAX))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::ChannelKind::{Dingtalk, Feishu, Generic, Lark, Slack, Wecom};
    use super::*;

    fn answer(kind: ChannelKind, status: u16, retry_after: Option<&str>, body: Option<&str>) -> String {
        let now = "1994-11-06T08:49:00Z".parse().unwrap();
        match read(kind, &Reply { status, retry_after, body: body.map(str::as_bytes), now }) {
            Answer::Delivered => "delivered".to_owned(),
            Answer::Again { after_ms, .. } => format!("again {}", after_ms.map_or("-".to_owned(), |ms| ms.to_string())),
            Answer::Refused { why } => format!("refused: {why}"),
        }
    }

    #[test]
    fn every_answer_has_a_meaning() {
        for (kind, status, body, expected) in [
            (Generic, 200, Some(""), "delivered"),
            (Generic, 204, None, "delivered"),
            (Generic, 200, Some("<html>"), "delivered"),
            (
                Generic,
                302,
                Some(""),
                "refused: it redirects, and redirects are not followed; write the last address into the directory: HTTP 302",
            ),
            (Generic, 400, Some("{\"code\":9499}"), "refused: HTTP 400: 9499"),
            (Generic, 404, Some("no\nsuch  page"), "refused: HTTP 404: no such page"),
            (Generic, 503, Some("later"), "again -"),
            (Slack, 200, Some("ok"), "delivered"),
            (Slack, 403, Some("invalid_token"), "refused: HTTP 403: invalid_token"),
            (Slack, 429, None, "again -"),
            (Feishu, 200, Some(r#"{"code":0,"msg":"success"}"#), "delivered"),
            (Lark, 200, Some(r#"{"StatusCode":0,"StatusMessage":"success"}"#), "delivered"),
            (
                Feishu,
                200,
                Some(r#"{"code":19021,"msg":"sign match fail"}"#),
                "refused: HTTP 200: 19021 sign match fail",
            ),
            (
                Feishu,
                200,
                Some(r#"{"code":19024,"msg":"Key Words Not Found"}"#),
                "refused: HTTP 200: 19024 Key Words Not Found",
            ),
            (Feishu, 200, Some(r#"{"code":11232,"msg":"too fast"}"#), "again -"),
            (Feishu, 400, Some(r#"{"code":9499,"msg":"too many request"}"#), "again -"),
            (Feishu, 200, Some("<html>log in</html>"), "again -"),
            (Feishu, 200, None, "again -"),
            (Dingtalk, 200, Some(r#"{"errcode":0,"errmsg":"ok"}"#), "delivered"),
            (
                Dingtalk,
                200,
                Some(r#"{"errcode":310000,"errmsg":"keywords not in content"}"#),
                "refused: HTTP 200: 310000 keywords not in content",
            ),
            (Dingtalk, 200, Some(r#"{"errcode":130101,"errmsg":"send too fast"}"#), "again 600000"),
            (Dingtalk, 200, Some(r#"{"errcode":-1,"errmsg":"busy"}"#), "again -"),
            (Wecom, 200, Some(r#"{"errcode":0,"errmsg":"ok"}"#), "delivered"),
            (
                Wecom,
                200,
                Some(r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#),
                "refused: HTTP 200: 93000 invalid webhook url",
            ),
            (Wecom, 200, Some(r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#), "again 60000"),
            (Wecom, 502, Some("<html>"), "again -"),
        ] {
            assert_eq!(answer(kind, status, None, body), expected, "{kind:?} {status} {body:?}");
        }
    }

    #[test]
    fn a_receiver_may_ask_for_a_pause_but_not_for_ever() {
        for (text, expected) in [
            ("30", "again 30000"),
            (" 0 ", "again 0"),
            ("999999999999999999", "again 3600000"),
            ("Sun, 06 Nov 1994 08:49:37 GMT", "again 37000"),
            ("Sun, 06 Nov 1994 08:40:00 GMT", "again 0"),
            ("soon", "again -"),
            ("-5", "again -"),
        ] {
            assert_eq!(answer(Generic, 429, Some(text), None), expected, "{text}");
        }
    }

    #[test]
    fn what_is_kept_of_an_answer_is_short() {
        let long = "a".repeat(5_000);
        assert!(answer(Generic, 400, None, Some(&long)).len() < 250);
    }
}

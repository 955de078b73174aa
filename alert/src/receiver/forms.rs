//! One function a form: from what is told to the request that the receiver knows.

use serde_json::{Value, json};

use super::told::{Item, Told, tell};
use super::words::{cut, inert, plain};
use super::{Parcel, Request, signature};

/// What a robot of WeCom takes in one message.
const WECOM_BYTES_MAX: usize = 4_096;
/// What a robot of DingTalk takes, with room for what is around the text.
const DINGTALK_BYTES_MAX: usize = 16_000;
/// What one block of Slack takes. Counted in characters there; bytes are never fewer.
const SLACK_BYTES_MAX: usize = 3_000;
const SLACK_TITLE_CHARS_MAX: usize = 150;

/// An interactive card. What others wrote stands in plain texts, which know no markup; only buttons lead anywhere.
pub(super) fn feishu(parcel: &Parcel<'_>) -> Request {
    let told = told(parcel, plain);
    let text = |content: &str| json!({"tag": "plain_text", "content": content});
    let button = |url: &str| json!({"tag": "button", "text": text(told.open), "type": "primary", "url": url});
    let mut elements: Vec<Value> = Vec::new();
    if !told.lines.is_empty() {
        elements.push(json!({"tag": "div", "text": text(&told.lines.join("\n"))}));
    }
    elements.extend(told.quote.iter().map(|quote| json!({"tag": "div", "text": text(&format!("“{quote}”"))})));
    for Item { text: line, link } in &told.items {
        let mut element = json!({"tag": "div", "text": text(line)});
        if let Some(url) = link {
            element["extra"] = button(url);
        }
        elements.push(element);
    }
    elements.extend(told.link.iter().map(|url| json!({"tag": "action", "actions": [button(url)]})));
    let colour = match parcel.notice.severity.as_str() {
        _ if parcel.notice.urgent => "red",
        "critical" => "red",
        "high" => "orange",
        "medium" => "yellow",
        _ => "blue",
    };
    let mut body = json!({
        "msg_type": "interactive",
        "card": {
            "config": {"wide_screen_mode": true},
            "header": {"title": text(&told.title), "template": colour},
            "elements": elements,
        },
    });
    let secret = parcel.channel.secret.expose();
    if !secret.is_empty() {
        let seconds = parcel.now.as_second().to_string();
        body["sign"] = signature::feishu(&seconds, secret).into();
        body["timestamp"] = seconds.into();
    }
    posted(parcel.channel.url.expose().to_owned(), &body)
}

/// A markdown message; the signature stands in the address.
pub(super) fn dingtalk(parcel: &Parcel<'_>) -> Request {
    let told = told(parcel, inert);
    let text = markdown(&told, ("### ", "", "\n\n"), DINGTALK_BYTES_MAX);
    let body = json!({
        "msgtype": "markdown",
        "markdown": {"title": told.title, "text": text},
        "at": {"isAtAll": false},
    });
    let mut url = parcel.channel.url.expose().to_owned();
    let secret = parcel.channel.secret.expose();
    if !secret.is_empty() {
        let millis = parcel.now.as_millisecond().to_string();
        let sign = signature::query(&signature::dingtalk(&millis, secret));
        url.push_str(&format!("{}timestamp={millis}&sign={sign}", if url.contains('?') { '&' } else { '?' }));
    }
    posted(url, &body)
}

/// A markdown message of 4,096 bytes at most; the address holds the key.
pub(super) fn wecom(parcel: &Parcel<'_>) -> Request {
    let content = markdown(&told(parcel, inert), ("**", "**", "\n"), WECOM_BYTES_MAX);
    let body = json!({"msgtype": "markdown", "markdown": {"content": content}});
    posted(parcel.channel.url.expose().to_owned(), &body)
}

/// Blocks, and a text for where blocks are not shown.
pub(super) fn slack(parcel: &Parcel<'_>) -> Request {
    let told = told(parcel, inert);
    let section = |text: &str| json!({"type": "section", "text": {"type": "mrkdwn", "text": text}});
    let linked = |url: &str| format!("<{url}|{}>", told.open);
    let title: String = told.title.chars().take(SLACK_TITLE_CHARS_MAX).collect();
    let mut blocks = vec![json!({"type": "header", "text": {"type": "plain_text", "text": title, "emoji": false}})];
    if !told.lines.is_empty() {
        blocks.push(section(&cut(&told.lines.join("\n"), SLACK_BYTES_MAX)));
    }
    blocks.extend(told.quote.iter().map(|quote| section(&format!("> {}", cut(quote, SLACK_BYTES_MAX - 2)))));
    for item in &told.items {
        let link = item.link.as_deref().map(linked).unwrap_or_default();
        let line = cut(&item.text, SLACK_BYTES_MAX.saturating_sub(link.len() + 1));
        blocks.push(section(format!("{line} {link}").trim_end()));
    }
    blocks.extend(told.link.as_deref().map(|url| section(&linked(url))));
    posted(parcel.channel.url.expose().to_owned(), &json!({"text": title, "blocks": blocks}))
}

/// JSON for programs, signed as Standard Webhooks says. Nothing is made harmless: it is not for reading.
pub(super) fn generic(parcel: &Parcel<'_>) -> Request {
    let told = told(parcel, str::to_owned);
    let links: Vec<Value> = parcel.notice.items.iter().map(|item| item.case_id.and_then(parcel.link).into()).collect();
    let body = json!({
        "type": format!("hearken.{}", parcel.notice.kind.as_str()),
        "timestamp": parcel.now.to_string(),
        "data": {
            "message_id": parcel.message_id,
            "title": told.title,
            "lines": told.lines,
            "link": told.link,
            "item_links": links,
            "notice": parcel.notice,
        },
    });
    let mut request = posted(parcel.channel.url.expose().to_owned(), &body);
    let (id, seconds) = (parcel.message_id.to_string(), parcel.now.as_second().to_string());
    let key = signature::generic_key(parcel.channel.secret.expose());
    let signed = key.map(|key| ("webhook-signature", signature::generic(&key, &id, &seconds, &request.body)));
    request.headers.extend([("webhook-id", id), ("webhook-timestamp", seconds)]);
    request.headers.extend(signed);
    request
}

fn told(parcel: &Parcel<'_>, clean: fn(&str) -> String) -> Told {
    tell(parcel.notice, (parcel.language, parcel.zone), parcel.link, clean)
}

/// Writes markdown; `(before, after, between)` are what stands around the title and between lines. What is too long loses its end,
/// never its link.
fn markdown(told: &Told, (before, after, between): (&str, &str, &str), bytes_max: usize) -> String {
    let linked = |url: &str| format!("[{}]({url})", told.open);
    let link = told.link.as_deref().map(|url| format!("{between}{}", linked(url))).unwrap_or_default();
    let mut left = bytes_max.saturating_sub(link.len());
    let mut text = cut(&format!("{before}{}{after}", told.title), left);
    left -= text.len();
    let quote = told.quote.iter().map(|quote| (format!("> {quote}"), String::new()));
    let items = told.items.iter().map(|item| {
        (format!("- {}", item.text), item.link.as_deref().map(|url| format!(" {}", linked(url))).unwrap_or_default())
    });
    for (line, link) in told.lines.iter().map(|line| (line.clone(), String::new())).chain(quote).chain(items) {
        let around = between.len() + link.len();
        if left <= around + '…'.len_utf8() {
            break;
        }
        let line = format!("{between}{}{link}", cut(&line, left - around));
        left -= line.len();
        text.push_str(&line);
    }
    text + &link
}

fn posted(url: String, body: &Value) -> Request {
    let headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
    Request { url, headers, body: body.to_string().into_bytes() }
}

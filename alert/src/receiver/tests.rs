#![allow(clippy::unwrap_used, reason = "tests")]
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::facts::{NoticeKind, Words};
use crate::notice::example;
use crate::responders::Hidden;

fn channel(kind: ChannelKind, secret: &str) -> Channel {
    Channel {
        name: "c".to_owned(),
        kind,
        url: Hidden::new("https://hook.example/x?access_token=t".to_owned()),
        secret: Hidden::new(secret.to_owned()),
        per_minute: 1,
        burst: 1,
        fold_after_ms: 1,
    }
}

fn sent(kind: ChannelKind, secret: &str, language: Language, notice: &Notice) -> Request {
    request(&Parcel {
        message_id: Uuid::from_u128(0xabc),
        notice,
        channel: &channel(kind, secret),
        language,
        zone: &TimeZone::get("Asia/Shanghai").unwrap(),
        link: &|case| Some(format!("https://hearken.example/c/{}", case.as_u128())),
        now: "2026-11-20T08:01:02.345Z".parse().unwrap(),
    })
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[test]
fn feishu_gets_a_card_of_plain_texts_and_a_signature() {
    let request = sent(ChannelKind::Feishu, "secret", Language::Zh, &example());
    let text = |content: &str| json!({"tag": "plain_text", "content": content});
    assert_eq!(
        body(&request),
        json!({
            "timestamp": "1795161662",
            "sign": "rdiku+OPKLkONleq0vzi43eabRwnxigTrJ3gKIr79yc=",
            "msg_type": "interactive",
            "card": {
                "config": {"wide_screen_mode": true},
                "header": {"title": text("明确表示要离开"), "template": "orange"},
                "elements": [
                    {"tag": "div", "text": text("这样说的客户多半会离开\n严重程度\u{FF1A}高 · 客户层级\u{FF1A}忠诚客户 · 流失风险\u{FF1A}71\n品牌\u{FF1A}orvantle · 关于\u{FF1A}OV-KT-210 · 渠道\u{FF1A}客服对话\n客户发声\u{FF1A}2026-11-20 16:00 +08:00\n对客户承诺\u{FF1A}2026-11-20 18:00 +08:00\n您的响应截止\u{FF1A}2026-11-20 18:05 +08:00")},
                    {"tag": "div", "text": text("“我再也不买了”")},
                    {"tag": "action", "actions": [{"tag": "button", "text": text("打开个案"), "type": "primary", "url": "https://hearken.example/c/7"}]},
                ],
            },
        })
    );
    assert_eq!(request.url, "https://hook.example/x?access_token=t");
    assert!(body(&sent(ChannelKind::Lark, "", Language::En, &example())).get("sign").is_none());
}

#[test]
fn dingtalk_gets_markdown_and_its_signature_in_the_address() {
    let request = sent(ChannelKind::Dingtalk, "SECret", Language::En, &example());
    assert_eq!(
        request.url,
        "https://hook.example/x?access_token=t&timestamp=1795161662345&sign=HRU%2BGfu7U4DdVKHfLwGNm5Fl1xQ8EpykFyMQJEsi%2F0o%3D"
    );
    let text = "### Says they are leaving\n\nCustomers who say so mostly do\n\nseverity: high · customer: loyal · churn risk: 71\n\n\
                brand: orvantle · about: OV-KT-210 · said in: chat\n\nsaid at: 2026-11-20 16:00 +08:00\n\n\
                promised to the customer until: 2026-11-20 18:00 +08:00\n\nyours to answer until: 2026-11-20 18:05 +08:00\n\n\
                > 我再也不买了\n\n[Open the case](https://hearken.example/c/7)";
    assert_eq!(
        body(&request),
        json!({"msgtype": "markdown", "markdown": {"title": "Says they are leaving", "text": text}, "at": {"isAtAll": false}})
    );
}

#[test]
fn wecom_gets_markdown() {
    let notice = Notice { urgent: true, kind: NoticeKind::Escalation, ..example() };
    let request = sent(ChannelKind::Wecom, "", Language::Zh, &notice);
    let content = body(&request)["markdown"]["content"].as_str().unwrap().to_owned();
    assert!(content.starts_with("**【紧急】未及时响应\u{FF1A}明确表示要离开**\n"), "{content}");
    assert!(content.ends_with("\n> 我再也不买了\n[打开个案](https://hearken.example/c/7)"), "{content}");
    assert_eq!(request.url, "https://hook.example/x?access_token=t");
}

#[test]
fn slack_gets_blocks() {
    let request = sent(ChannelKind::Slack, "", Language::En, &example());
    let section = |text: &str| json!({"type": "section", "text": {"type": "mrkdwn", "text": text}});
    let body = body(&request);
    assert_eq!(body["text"], "Says they are leaving");
    assert_eq!(
        body["blocks"][0],
        json!({"type": "header", "text": {"type": "plain_text", "text": "Says they are leaving", "emoji": false}})
    );
    assert_eq!(body["blocks"][2], section("> 我再也不买了"));
    assert_eq!(body["blocks"][3], section("<https://hearken.example/c/7|Open the case>"));
}

#[test]
fn programs_get_json_with_the_signature_of_standard_webhooks() {
    let request = sent(ChannelKind::Generic, "whsec_c2VjcmV0", Language::En, &example());
    let header = |name: &str| request.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
    assert_eq!(header("webhook-id").as_deref(), Some("00000000-0000-0000-0000-000000000abc"));
    assert_eq!(header("webhook-timestamp").as_deref(), Some("1795161662"));
    let key = generic_key("whsec_c2VjcmV0").unwrap();
    assert_eq!(key, b"secret");
    let signed = signature::generic(&key, "00000000-0000-0000-0000-000000000abc", "1795161662", &request.body);
    assert_eq!(header("webhook-signature"), Some(signed));
    let body = body(&request);
    assert_eq!((&body["type"], &body["timestamp"]), (&json!("hearken.alert"), &json!("2026-11-20T08:01:02.345Z")));
    assert_eq!(body["data"]["link"], "https://hearken.example/c/7");
    assert_eq!(serde_json::from_value::<Notice>(body["data"]["notice"].clone()).unwrap(), example());
    assert!(
        sent(ChannelKind::Generic, "", Language::En, &example())
            .headers
            .iter()
            .all(|(name, _)| *name != "webhook-signature")
    );
}

#[test]
fn a_hand_over_says_so_in_every_form_and_language() {
    let figures = [("handed_over_by", "wu"), ("note", "a parcel @all")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    let notice = Notice { kind: NoticeKind::HandOver, figures: figures.to_vec(), ..example() };
    let (en, zh) = (
        ["Yours now: Says they are leaving", "handed over by: wu", "note: a parcel \u{FF20}all"],
        ["已转交给您\u{FF1A}明确表示要离开", "转交人\u{FF1A}wu", "备注\u{FF1A}a parcel \u{FF20}all"],
    );
    for (language, expected) in [(Language::En, en), (Language::Zh, zh)] {
        for kind in ALL {
            let body = body(&sent(kind, "", language, &notice));
            // Programs get the notice as it is beside what people read.
            let said =
                if kind == ChannelKind::Generic { json!([body["data"]["title"], body["data"]["lines"]]) } else { body };
            let said = texts(&said).join("\n").replace('@', "\u{FF20}");
            for words in expected {
                assert!(said.contains(words), "{kind:?}: {words} is not in {said}");
            }
        }
    }
}

#[test]
fn a_digest_names_what_it_folds_and_counts_the_rest() {
    let item = |number: u128| Notice { case_id: Some(Uuid::from_u128(number)), ..example() };
    let digest = Notice {
        kind: NoticeKind::Digest,
        title: Words { en: "25 messages in one".to_owned(), zh: String::new() },
        case_id: None,
        items: (0..25).map(item).collect(),
        ..example()
    };
    for kind in ALL {
        let text = String::from_utf8(sent(kind, "", Language::En, &digest).body).unwrap();
        assert!(text.contains("25 messages in one"), "{kind:?}");
        if kind != ChannelKind::Wecom && kind != ChannelKind::Generic {
            assert!(
                text.contains("/c/19") && !text.contains("/c/20") && text.contains("and 5 more"),
                "{kind:?} {text}"
            );
        }
    }
    let wecom = body(&sent(ChannelKind::Wecom, "", Language::En, &digest));
    let content = wecom["markdown"]["content"].as_str().unwrap();
    assert!(content.len() <= 4_096 && content.contains("/c/3)"), "{content}");
}

const ALL: [ChannelKind; 6] = [
    ChannelKind::Feishu,
    ChannelKind::Lark,
    ChannelKind::Dingtalk,
    ChannelKind::Wecom,
    ChannelKind::Slack,
    ChannelKind::Generic,
];

/// All texts of a body.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// What customers would write to be read as markup.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("@all ".to_owned()),
        Just("<!channel>".to_owned()),
        Just("<@U1>".to_owned()),
        Just("<at id=all></at>".to_owned()),
        Just("[x](https://evil.example)".to_owned()),
        Just("<https://evil.example|x>".to_owned()),
        Just("<font color=\"warning\">".to_owned()),
        Just("\"}],\"at\":{\"isAtAll\":true".to_owned()),
        Just("\n# x\n".to_owned()),
        "[\\PC]{0,80}",
        "\\p{Han}{0,400}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn no_words_of_a_customer_call_anybody_or_lead_anywhere(quote in nasty(), about in nasty(), brand in nasty()) {
        let notice = Notice { quote, about, brand, items: vec![Notice { quote: "x".repeat(9_000), ..example() }], ..example() };
        for kind in ALL {
            let request = sent(kind, "", Language::Zh, &notice);
            let body = body(&request);
            if kind == ChannelKind::Generic {
                prop_assert_eq!(&serde_json::from_value::<Notice>(body["data"]["notice"].clone()).unwrap(), &notice);
                continue;
            }
            prop_assert!(body["at"]["isAtAll"] != json!(true));
            for text in texts(&body) {
                let ours = text.replace("https://hearken.example/c/7", "").replace("](", "").replace('[', "");
                prop_assert!(!ours.contains("://") && !ours.contains('@'), "{kind:?} {text}");
                let ours = text.matches("[打开个案](https://hearken.example/c/7)").count();
                prop_assert_eq!(text.matches("](").count(), if kind == ChannelKind::Feishu || kind == ChannelKind::Lark { text.matches("](").count() } else { ours });
                if matches!(kind, ChannelKind::Wecom | ChannelKind::Dingtalk | ChannelKind::Slack) {
                    let tags = text.matches("<https://hearken.example/c/7|打开个案>").count();
                    prop_assert_eq!(text.matches('<').count(), tags);
                }
                let bound = if kind == ChannelKind::Wecom { 4_096 } else { 16_000 };
                prop_assert!(text.len() <= bound);
            }
            if kind == ChannelKind::Slack {
                for block in body["blocks"].as_array().unwrap() {
                    prop_assert!(block["text"]["text"].as_str().unwrap().chars().count() <= 3_000);
                }
            }
            if kind == ChannelKind::Wecom {
                prop_assert!(body["markdown"]["content"].as_str().unwrap().ends_with("[打开个案](https://hearken.example/c/7)"));
            }
        }
    }
}

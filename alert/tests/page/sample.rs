//! One case with everything known, which tests change as they need.

use std::collections::BTreeMap;

use hearken_alert::facts::Words;
use hearken_alert::page::form::Button;
use hearken_alert::page::sight::{
    Access, Case, Event, Happening, OtherCase, Person, Reader, Reason, Risk, RuleWords, Said, Sight, Standing, Turn,
};
use hearken_report::language::Language;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// The moment all of it is seen.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T06:30:00Z".parse().unwrap()
}

/// So many minutes before that.
pub(crate) fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

pub(crate) fn words(en: &str, zh: &str) -> Words {
    Words { en: en.to_owned(), zh: zh.to_owned() }
}

pub(crate) fn person(id: &str, name: &str, department: &str) -> Person {
    Person { id: id.to_owned(), name: name.to_owned(), department: department.to_owned() }
}

pub(crate) const CASE: Uuid = Uuid::from_u128(0x5f0c_2c71_9e0b_5b7e_8a4b_d0c4_22aa_0001);
pub(crate) const DECIDING: Uuid = Uuid::from_u128(1);
pub(crate) const BESIDE: Uuid = Uuid::from_u128(2);
pub(crate) const ACKNOWLEDGED: Uuid = Uuid::from_u128(12);

/// A review in English that says it leaves, open, with one hour left.
pub(crate) fn sight() -> Sight {
    Sight {
        case: case(),
        rule: RuleWords {
            title: words("Means to leave", "有流失意向"),
            why: words("The customer says in so many words that they are leaving.", "客户明确表示要离开。"),
        },
        reader: Reader {
            person: person("wang.fang", "Wang Fang 王芳", "Customer care"),
            language: Language::English,
            zone: TimeZone::get("Asia/Shanghai").unwrap(),
        },
        now: now(),
        expires_at: ago(-72 * 60),
        answers: person("wang.fang", "Wang Fang 王芳", "Customer care"),
        standing: Some(Standing {
            tier: "champion".to_owned(),
            revenue: Some(18_240.5),
            currency: "CNY".to_owned(),
            orders: 14,
            last_order_at: Some(ago(60 * 24 * 9)),
            segment: "family".to_owned(),
            region: "Shanghai".to_owned(),
        }),
        said: Some(Some(review())),
        risk: Some(Some(risk())),
        timeline: Some(timeline()),
        history: vec![event(11, 55, "opened", "hearken"), event(13, 40, "reminded", "hearken")],
        others: Some(vec![OtherCase {
            case_id: Uuid::from_u128(77),
            title: words("Three complaints in thirty days", "三十天内三次投诉"),
            state: "acknowledged".to_owned(),
            due_at: ago(30),
            owner: "Li Lei".to_owned(),
            token: None,
        }]),
        access: act(&[
            Button::Acknowledge,
            Button::Contact,
            Button::Resolve,
            Button::Close,
            Button::Note,
            Button::Compensate,
            Button::HandOver,
            Button::NotACustomer,
            Button::WrongReason,
        ]),
        done: None,
        problem: None,
    }
}

pub(crate) fn act(offered: &[Button]) -> Access {
    Access::Act {
        offered: offered.to_vec(),
        nonce: "n-1".to_owned(),
        owners: vec![person("li.lei", "Li Lei", "Customer care"), person("store.42", "Nanjing Road store", "Stores")],
        departments: vec!["Customer care".to_owned(), "Stores".to_owned()],
    }
}

pub(crate) fn event(id: u128, minutes: i64, kind: &str, actor: &str) -> Event {
    Event {
        event_id: Uuid::from_u128(id),
        at: ago(minutes),
        kind: kind.to_owned(),
        actor: actor.to_owned(),
        owner: if kind == "opened" { "Wang Fang 王芳".to_owned() } else { String::new() },
        ..Event::default()
    }
}

fn case() -> Case {
    Case {
        case_id: CASE,
        rule: "churn_intent".to_owned(),
        subject_kind: "customer".to_owned(),
        subject: "crm/C-20417".to_owned(),
        customer_key: Some("crm/C-20417".to_owned()),
        brand: "Lumina".to_owned(),
        channel: "review".to_owned(),
        product_id: "kettle-pro".to_owned(),
        store_id: "shanghai-nanjing-road".to_owned(),
        touchpoint: "returns".to_owned(),
        category: "service".to_owned(),
        topic: "returns".to_owned(),
        severity: "high".to_owned(),
        urgent: false,
        tier: "champion".to_owned(),
        state: "open".to_owned(),
        occurred_at: ago(60),
        time_precision: "second".to_owned(),
        opened_at: ago(55),
        customer_due_at: Some(ago(-60)),
        due_at: ago(-65),
        first_response_at: None,
        closed_at: None,
        not_a_customer: false,
        wrong_reason: false,
    }
}

fn review() -> Said {
    let text = "Third time the kettle leaks and nobody answers my refund request. I am done with Lumina, switching to Ovenly tomorrow.";
    Said {
        feedback_id: DECIDING,
        channel: "review".to_owned(),
        source: "shop-reviews".to_owned(),
        title: "Leaks again".to_owned(),
        text: text.to_owned(),
        turns: Vec::new(),
        language: "en".to_owned(),
        rating: Some((1.0, 5.0)),
        at: ago(60),
        time_precision: "second".to_owned(),
        spans: vec![place(text, "I am done with Lumina")],
    }
}

/// Where words stand in a text, in characters.
pub(crate) fn place(text: &str, words: &str) -> (u32, u32) {
    let at = text.find(words).unwrap();
    let start = text[..at].chars().count();
    (start as u32, (start + words.chars().count()) as u32)
}

/// A chat in Chinese with many turns, the deciding words in the middle.
pub(crate) fn chat(turns: usize) -> Said {
    let said = |nth: usize| match nth % 3 {
        0 => ("customer", format!("第{nth}次问了，我的退款到底什么时候到账？已经等了两个星期。")),
        1 => ("agent", "您好，非常抱歉给您带来不便，我这边马上帮您核实一下，请稍等。".to_owned()),
        _ => ("bot", "您可以在“我的订单”中查看退款进度。".to_owned()),
    };
    let mut turns: Vec<Turn> = (0..turns)
        .map(|nth| {
            let (role, text) = said(nth);
            Turn { at: Some(ago(120 - nth as i64)), role: role.to_owned(), text }
        })
        .collect();
    let middle = turns.len() / 2;
    turns[middle] = Turn {
        at: Some(ago(100)),
        role: "customer".to_owned(),
        text: "算了，再也不买你们家的东西了，我已经换别家了。电话 [PHONE]".to_owned(),
    };
    let own: Vec<&str> = turns.iter().filter(|turn| turn.role == "customer").map(|turn| turn.text.as_str()).collect();
    let text = own.join("\n");
    let span = place(&text, "再也不买你们家的东西了");
    Said {
        channel: "chat".to_owned(),
        source: "wecom-service".to_owned(),
        title: String::new(),
        text,
        turns,
        language: "zh-Hans".to_owned(),
        rating: None,
        spans: vec![span],
        ..review()
    }
}

fn risk() -> Risk {
    let reason = |reason: &str, contribution: f32, signal: &str, feedback: Option<Uuid>, at: Option<i64>| Reason {
        reason: reason.to_owned(),
        contribution,
        signal: signal.to_owned(),
        feedback_id: feedback,
        at: at.map(ago),
        span: (0, 4),
    };
    let text = "Waited 40 minutes at the service desk, then they sent me home.";
    let beside = Said {
        feedback_id: BESIDE,
        channel: "survey".to_owned(),
        text: text.to_owned(),
        spans: vec![(0, 17)],
        title: String::new(),
        rating: None,
        at: ago(60 * 24 * 6),
        ..review()
    };
    Risk {
        score: 78.4,
        reasons: vec![
            reason("competitor", 35.0, "churn", Some(DECIDING), Some(60)),
            reason("slow_resolution", 22.4, "complaint", Some(BESIDE), Some(60 * 24 * 6)),
            reason("product", 15.0, "defect", Some(DECIDING), Some(60)),
            reason("ties_elsewhere", 6.0, "", None, None),
        ],
        said: BTreeMap::from([(DECIDING, review()), (BESIDE, beside)]),
    }
}

fn timeline() -> Vec<Happening> {
    let happening = |minutes: i64, kind: &str, title: &str, detail: &str, sentiment: &str| Happening {
        at: ago(minutes),
        kind: kind.to_owned(),
        title: title.to_owned(),
        detail: detail.to_owned(),
        sentiment: sentiment.to_owned(),
    };
    let mut all = vec![
        happening(55, "case", "opened", "", ""),
        happening(55, "alert", "churn_intent", "", ""),
        happening(
            60,
            "feedback",
            "review",
            "Third time the kettle leaks and nobody answers my refund request.",
            "negative",
        ),
        happening(
            60 * 24 * 6,
            "survey",
            "post-service",
            "Waited 40 minutes at the service desk, then they sent me home.",
            "negative",
        ),
        happening(60 * 24 * 9, "order", "delivered", "SO-99120 · 459.00 CNY · shanghai-nanjing-road", ""),
    ];
    all.extend((0..9).map(|nth| happening(60 * 24 * (30 + nth), "visit", "view", "/products/kettle-pro", "")));
    all
}

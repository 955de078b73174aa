//! `hearken report` on the real engine: the page of an empty database, and the page of rows written by hand.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::fs;

use hearken_tests::database::Database;
use serde_json::{Value, json};

const CATALOG: &str = r#"
    brands = [{ name = "Alba", business_time_zone = "Asia/Shanghai" }, { name = "Rival", own = false }]
    sources = [{ name = "shop", brand = "Alba", time_zone = "Asia/Shanghai" }]
    products = [{ id = "kettle", brand = "Alba", name = "The <b>Kettle</b>" }]
"#;

/// Writes the page of November 2026 and returns it.
fn page(database: &Database, more: &[&str]) -> String {
    let out = database.directory().join("report.html");
    let arguments = ["report", "--from", "2026-11-01", "--until", "2026-12-01", "--out", out.to_str().unwrap()];
    let written = database.hearken(&[&arguments, more].concat());
    assert_eq!(written.code, Some(0), "{written:?}");
    let page = fs::read_to_string(&out).unwrap();
    fs::remove_file(&out).unwrap();
    for outside in ["http:", "https:", "url(", "@import", "<script", "<link", "<img", "src="] {
        assert!(!page.contains(outside), "{outside} leads outside the page");
    }
    page
}

/// Returns the page's words, a blank where markup stood.
fn text(page: &str) -> String {
    let body = page.split_once("</style>").unwrap().1;
    let pieces = body.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text).trim());
    pieces.filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A genuine review of Alba's of 5 November, but for these fields.
fn feedback(number: u64, fields: Value) -> Value {
    let mut row = json!({
        "feedback_id": format!("00000000-0000-0000-0000-{number:012}"), "version": 65_537, "sign": 1, "arrival": 1, "channel": "review",
        "source": "shop", "source_id": format!("f{number}"), "occurred_at": "2026-11-05 02:00:00.000", "time_precision": "second",
        "brand": "Alba", "journey_stage": "use", "text": "", "origin": "genuine", "language": "en",
    });
    row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    row
}

/// A hundred answers, 50 promoters and 20 detractors, of which the 20 that tell of packaging are 2 and 12.
fn answers() -> Vec<Value> {
    let score = |number: u64| match number {
        0..2 | 20..68 => 10,
        2..14 | 68..76 => 3,
        _ => 7,
    };
    let answer = |number: u64| {
        let told = if number < 20 { json!(["packaging"]) } else { json!([]) };
        let each = |value: Value| if number < 20 { json!([value]) } else { json!([]) };
        feedback(
            number,
            json!({
                "channel": "survey", "survey_id": "after", "survey_kind": "transactional", "sentiment": null, "text": "The box was crushed <flat>.",
                "answers.question_id": ["q"], "answers.kind": ["nps"], "answers.feature": [null], "answers.value": [score(number)],
                "answers.scale_max": [10], "answers.direction": [null], "answers.text": [null], "product_id": "kettle",
                "aspects.category": each(json!("delivery")), "aspects.topic": told, "aspects.touchpoint": each(Value::Null),
                "aspects.polarity": each(json!("negative")), "aspects.score": each(json!(-0.8)), "aspects.start": each(json!(12)),
                "aspects.end": each(json!(19)),
            }),
        )
    };
    (0..100).map(answer).collect()
}

#[test]
fn nothing_is_said_in_sentences_and_rows_in_their_numbers() {
    let database = Database::start();
    for (language, sentences) in [
        ("en", ["No brand has spoken up yet", "Nobody said anything in this window.", "No indicators are defined"]),
        ("zh", ["暂无品牌数据", "本周期内没有客户发声。", "尚未定义指标"]),
    ] {
        let page = page(&database, &["--language", language]);
        let text = text(&page);
        for sentence in sentences {
            assert!(text.contains(sentence), "{sentence}: {text}");
        }
        assert_eq!(page.matches("class=\"empty\"").count(), 15, "the brief and every section: {text}");
    }

    let catalog = database.directory().join("catalog.toml");
    fs::write(&catalog, CATALOG).unwrap();
    let loaded = database.hearken(&["catalog", "load", catalog.to_str().unwrap()]);
    assert_eq!(loaded.code, Some(0), "{loaded:?}");
    database.insert("feedback", &answers());
    let judged = |number: u64, sentiment: &str, fields: Value| {
        let mut row = feedback(number, json!({ "sentiment": sentiment, "sentiment_score": 0.5 }));
        row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        row
    };
    let mut reviews: Vec<Value> = (200..210)
        .map(|number| judged(number, ["positive", "positive", "negative"][number as usize % 3], json!({})))
        .collect();
    reviews.push(judged(300, "positive", json!({ "brand": "Rival" })));
    reviews.push(judged(301, "positive", json!({ "origin": "promotional" })));
    database.insert("feedback", &reviews);

    let english = page(&database, &[]);
    let text_of = text(&english);
    for expected in [
        "1 Nov 2026 – 30 Nov 2026 (30 days, Asia/Shanghai)",
        // 110 genuine, 10 of them with a sentiment: 6 positive, 4 negative.
        "Genuine feedback 110",
        "Net sentiment +0.20",
        "of 10 with words",
        "NPS transactional, scale 0-10 +30.0 +14.1 … +44.2 100",
        "Packaging Alba, transactional −20.0 +30.0 / +50.0 20 / 100",
        "20 of 20 negative The box was crushed &lt;flat&gt;.",
        "The &lt;b&gt;Kettle&lt;/b&gt;",
        "Rival competitor",
        "Drivers have not been computed yet",
    ] {
        assert!(text_of.contains(expected), "{expected}: {text_of}");
    }
    assert!(english.contains("<mark>crushed</mark>"), "the words that say it are marked");
    let chinese = text(&page(&database, &["--language", "zh", "--brand", "Alba"]));
    for expected in ["净推荐值 NPS 交易型、量表 0-10 +30.0", "包装", "真实反馈 110"] {
        assert!(chinese.contains(expected), "{expected}: {chinese}");
    }
    let nobody = text(&page(&database, &["--brand", "o'clock' OR 1"]));
    assert!(nobody.contains("Nobody said anything in this window."), "a brand with a quote in it is a brand: {nobody}");

    let refused = database.hearken(&["report", "--time-zone", "Mars/Olympus"]);
    assert!(refused.code != Some(0) && refused.err.contains("Asia/Shanghai"), "{refused:?}");
}

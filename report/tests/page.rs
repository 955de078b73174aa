//! The page as a whole: what it says of nothing, of rows written by hand, and of rows that mean harm.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use hearken_report::{Language, Report, page};
use proptest::prelude::*;
use serde_json::Value;

/// One row of every kind, or a few.
const ROWS: &str = include_str!("rows.json");

fn report(rows: &Value) -> Report {
    serde_json::from_value(rows.clone()).unwrap()
}

fn rows() -> Value {
    serde_json::from_str(ROWS).unwrap()
}

/// Returns the page's words, a blank where markup stood.
fn text(page: &str) -> String {
    let body = page.split_once("</style>").unwrap().1;
    let pieces = body.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text).trim());
    let text = pieces.filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" ");
    text.replace("&#39;", "'").replace("&quot;", "\"").replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
}

/// Returns the names of the page's tags, in order.
fn tags(page: &str) -> Vec<&str> {
    let body = page.split_once("</style>").unwrap().1;
    body.split('<').skip(1).map(|tag| tag.split([' ', '>']).next().unwrap()).collect()
}

#[test]
fn an_empty_database_makes_a_page_of_sentences() {
    for (language, sentences) in [
        (
            Language::English,
            [
                "Nobody said anything in this window.",
                "No indicators are defined",
                "Nothing unusual",
                "No action is recorded",
            ],
        ),
        (Language::Chinese, ["本周期内没有客户发声。", "尚未定义指标", "一切正常", "尚未登记任何行动"]),
    ] {
        let page = page(&Report::default(), language);
        let text = text(&page);
        for sentence in sentences {
            assert!(text.contains(sentence), "{sentence}: {text}");
        }
        assert_eq!(
            page.matches("class=\"empty\"").count(),
            15,
            "the brief and every section say that there is nothing"
        );
        let scores = ["+0.0", "0.00", "0%", "NaN", "inf"];
        assert!(!scores.iter().any(|score| text.contains(score)), "nothing measured is never 0: {text}");
        assert_eq!(page.matches("<svg").count(), 0, "nothing is drawn of nothing");
    }
}

#[test]
fn the_page_says_what_the_rows_say() {
    let check = |language: Language, expected: &[&str]| {
        let text = text(&page(&report(&rows()), language));
        for words in expected {
            assert!(text.contains(words), "{words}: {text}");
        }
    };
    check(
        Language::English,
        &[
            "1 Nov 2026 – 30 Nov 2026 (30 days, Asia/Shanghai)",
            "Alba",
            "The NPS (transactional) of Alba fell by 12.0, to +30.0.",
            "+30.0 +14.1 … +44.2",
            "▼ −12.0",
            "+3.0 pp −6.0 … +12.0 no clear change",
            "CES, found it easy",
            "not measured",
            "Use +0.20",
            "7 of 8 touchpoints are measured. Nothing is known of: courier.",
            "Fewer complaints 60% −0.05 −0.10 +0.05",
            "Packaging Delivery",
            "the box was crushed flat",
            "−20.0 +30.0 / +50.0 20 / 100",
            "Improve first",
            "not significant",
            "Must-be",
            "Undecided: nearly all ratings are top",
            "App crashes Alba · Social posts",
            "looks coordinated",
            "own 75%",
            "competitor",
            "CNY 8,555",
            "no exchange rate",
            "7 orders without an exchange rate are not in it",
            "Too early to tell",
        ],
    );
    check(
        Language::Chinese,
        &[
            "2026年11月1日至2026年11月30日（30 天，Asia/Shanghai）",
            "Alba 的净推荐值 NPS（交易型）下降 12.0，降至 +30.0。",
            "变化不显著",
            "包装 物流",
            "优先改进",
            "必备型",
            "应用闪退 Alba · 社交媒体",
            "8,555 元",
            "为时尚早",
        ],
    );
}

#[test]
fn the_page_stands_alone() {
    for language in Language::ALL {
        let page = page(&report(&rows()), language);
        for outside in
            ["http:", "https:", "url(", "@import", "<script", "<link", "<img", "<iframe", "src=", "javascript:"]
        {
            assert!(!page.contains(outside), "{outside} leads outside");
        }
        assert_eq!(page.matches("<html lang=").count(), 1);
        for anchor in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(page.contains(&format!("id=\"{anchor}\"")), "#{anchor} leads nowhere");
        }
    }
}

/// Texts that the page reads as words of its own: a day, a moment, a verdict.
fn is_a_word_of_ours(text: &str) -> bool {
    text.starts_with("2026-")
        || ["+", "-", "scale", "text", "improve", "negative", "nps", "csat", "ces", "net_sentiment"].contains(&text)
}

/// Replaces every text of the rows.
fn replaced(value: &mut Value, with: &str) {
    match value {
        Value::String(text) if !is_a_word_of_ours(text) => *text = with.to_owned(),
        Value::Array(list) => list.iter_mut().for_each(|value| replaced(value, with)),
        Value::Object(fields) => fields.values_mut().for_each(|value| replaced(value, with)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Replaces every number of the rows that may be any.
fn renumbered(value: &mut Value, with: &mut impl Iterator<Item = f64>) {
    match value {
        Value::Number(number) if number.is_f64() => *value = with.next().unwrap().into(),
        Value::Array(list) => list.iter_mut().for_each(|value| renumbered(value, with)),
        Value::Object(fields) => fields.values_mut().for_each(|value| renumbered(value, with)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_text_becomes_markup(text in "[<>&\"'/a-z =]{1,24}") {
        let harmless: String = text.chars().map(|letter| if "<>&\"'".contains(letter) { 'x' } else { letter }).collect();
        let (mut hostile, mut tame) = (rows(), rows());
        replaced(&mut hostile, &text);
        replaced(&mut tame, &harmless);
        let pages = [hostile, tame].map(|rows| page(&report(&rows), Language::English));
        prop_assert_eq!(tags(&pages[0]), tags(&pages[1]));
        prop_assert_eq!(pages[0].matches('"').count(), pages[1].matches('"').count(), "no text ends an attribute");
    }

    #[test]
    fn no_number_breaks_the_page(numbers in prop::collection::vec(any::<f64>().prop_filter("JSON has no others", |n| n.is_finite()), 400)) {
        let mut rows = rows();
        renumbered(&mut rows, &mut numbers.into_iter().cycle());
        for language in Language::ALL {
            let page = page(&report(&rows), language);
            prop_assert!(!page.contains("NaN") && !page.contains("inf%"));
        }
    }
}

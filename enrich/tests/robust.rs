//! What holds for any text, however damaged, hostile or long: an enrichment, valid, always the same, for bounded work.

mod sample;

use std::sync::LazyLock;

use hearken_enrich::enricher::TEXT_BYTES_READ_MAX;
use hearken_enrich::{Enricher, Settings};
use hearken_schemas::enrichment::{Authenticity, Enrichment};
use hearken_schemas::envelope;
use hearken_schemas::feedback::Feedback;
use proptest::prelude::*;
use serde_json::json;

static ENRICHER: LazyLock<Enricher> = LazyLock::new(enricher);
/// Built the same way: what hangs on the order of a hash map would differ.
static TWIN: LazyLock<Enricher> = LazyLock::new(enricher);

fn enricher() -> Enricher {
    Enricher::new(&Settings::default()).expect("the default settings are valid")
}

fn feedback(channel: &str, title: Option<&str>, text: &str) -> Feedback {
    sample::feedback(json!({ "channel": channel, "title": title, "text": text }))
}

fn enrich(text: &str) -> Enrichment {
    ENRICHER.enrich(&feedback("review", None, text))
}

/// What is wrong with an enrichment, if anything.
fn fault(feedback: &Feedback, found: &Enrichment) -> Option<String> {
    let is_share = |value: f64| (0.0..=1.0).contains(&value);
    let is_score = |value: f64| (-1.0..=1.0).contains(&value);
    let chars = feedback.text.chars().count() as u32;
    let is_span = |start: u32, end: u32| start < end && end <= chars;
    let checks = [
        ("language", is_share(found.language_confidence) && !found.language.is_empty()),
        ("sentiment", found.sentiment.is_none_or(|said| is_score(said.score) && is_share(said.confidence))),
        ("aspects", found.aspects.iter().all(|aspect| is_score(aspect.score) && is_span(aspect.start, aspect.end))),
        ("intents", found.intents.iter().all(|said| is_share(said.confidence) && is_span(said.start, said.end))),
        ("keywords", found.keywords.len() <= Settings::default().keywords_max),
        ("terms", found.keywords.iter().all(|word| word.score > 0.0 && !word.term.is_empty() && !word.stem.is_empty())),
        ("ranks", found.keywords.is_sorted_by(|a, b| a.score >= b.score)),
    ];
    checks.into_iter().find(|(_, holds)| !holds).map(|(what, _)| format!("{what}: {found:?}"))
}

/// Letters, marks and fragments that break text code, by what they break; `|` stands between them.
const ALPHABETS: [&str; 10] = [
    "e\u{301}|\u{300}|\u{489}|a\u{20dd}|é|ö|İ|ı|ß|ﬃ|Ǆ|ΐ",
    "\u{200b}|\u{200c}|\u{200d}|\u{200e}|\u{200f}|\u{202e}|\u{2066}|\u{feff}|\u{ad}|می\u{200c}خواهم|עברית|كتاب",
    "👍|👩\u{200d}💻|👩🏽\u{200d}🚒|❤\u{fe0f}\u{200d}🔥|🇨🇳|🇨|1\u{fe0f}\u{20e3}|\u{fe0f}|🏽|😡|:(|:)",
    "\u{fffd}|\0|\u{1}|\u{85}|\u{e000}|\u{10ffff}|\u{fffe}|锟斤拷|烫烫烫|Ã©|æœåŠ¡|ÏÀÊ×|РџСЂ|锛屾垜鐨|縺薙",
    "[|]|[怒]|[PHONE]|[[|]]|@|@a|@客服-小王|//@|//@小王:|http://|https://t.cn/a|www.|a.b/|a@b.cc|RT @x: |#ad|…|://",
    "ﾊﾝｶｸ|ｶﾞ|カ\u{3099}|か|ー|々|〇|ＡＢ|１２|㍻|ｱｱｱ|良くない|落ちます",
    "不|不不|没|不是不|好|差|但是|退款|再也不买|太|了|，|。|？|音响故障，服务费高",
    "not |never |but |bad|good |n't|'|’|cancel my account|refund |. |, |? |!|\n| ",
    "지 않|좋아요|별로|ก|ไม่|ดี|हिन्दी|क्ष|नहीं |nicht |aber |kaputt |pas |l'|¿|İade ",
    "1|10/10|5.0|+|%|$|&amp;|\\|\"|{}|<b>|-|--|_|*|~|\t",
];

/// Pieces of one alphabet, or of all.
fn hostile_text() -> impl Strategy<Value = String> {
    let pieces = |alphabet: Vec<&'static str>| {
        prop::collection::vec(prop::sample::select(alphabet), 0..60).prop_map(|pieces| pieces.concat())
    };
    let one =
        prop::sample::select(ALPHABETS.to_vec()).prop_flat_map(move |alphabet| pieces(alphabet.split('|').collect()));
    prop_oneof![any::<String>(), one, pieces(ALPHABETS.iter().flat_map(|alphabet| alphabet.split('|')).collect())]
}

fn any_feedback() -> impl Strategy<Value = Feedback> {
    let channel = prop::sample::select(vec!["review", "social", "chat", "survey"]);
    (channel, prop::option::of(hostile_text()), hostile_text())
        .prop_map(|(channel, title, text)| feedback(channel, title.as_deref(), &text))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_feedback_gets_a_valid_enrichment_and_always_the_same(feedback in any_feedback()) {
        let found = ENRICHER.enrich(&feedback);
        prop_assert_eq!(fault(&feedback, &found), None);
        prop_assert_eq!(&found, &ENRICHER.enrich(&feedback));
        prop_assert_eq!(&found, &TWIN.enrich(&feedback));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is read ends within, before or behind any character.
    #[test]
    fn a_text_may_end_anywhere(before in 0..8_usize, filler in prop::sample::select(vec!["a", "é", "的", "😀", "不好，", "ok. "]), rest in hostile_text()) {
        let mut text = filler.repeat((TEXT_BYTES_READ_MAX - before) / filler.len());
        text.push_str(&rest);
        let feedback = feedback("social", None, &text);
        let found = ENRICHER.enrich(&feedback);
        prop_assert_eq!(fault(&feedback, &found), None);
    }
}

/// One mebibyte of each is what a stage could choke on.
const ENDLESS: [&str; 31] = [
    "a",
    "的",
    "😀",
    "\u{300}",
    "\0",
    "ไ",
    " ",
    "@",
    "[",
    "/",
    "\u{fffd}",
    "ｶ",
    ".",
    "\n",
    "#",
    "不",
    "not ",
    "but ",
    "http://",
    "a.b/",
    "//@x ",
    "[a",
    "不是不好，但是",
    "a的",
    "aกあ한я",
    "再也不买了",
    "cancel my ",
    "自动回复：",
    "Ã©",
    "don't ",
    "退款 … ",
];

#[test]
fn the_work_ends_where_reading_ends() {
    for unit in ENDLESS {
        let endless = unit.repeat((1 << 20) / unit.len());
        let cut = &endless[..endless.floor_char_boundary(TEXT_BYTES_READ_MAX)];
        let whole = feedback("review", None, &endless);
        let found = ENRICHER.enrich(&whole);
        assert_eq!(found, enrich(cut), "{unit:?}");
        assert_eq!(fault(&whole, &found), None, "{unit:?}");
    }
}

#[test]
fn what_has_no_words_has_no_language_and_no_keywords() {
    for text in [
        "",
        " ",
        "\n",
        "\u{200b}",
        "\u{202e}\u{200f}",
        "\0\0",
        "\u{300}\u{300}",
        "!!!",
        "http://t.cn/abc",
        "@somebody",
        "[PHONE]",
        "👍",
        "😡😡😡",
        "👩\u{200d}💻",
        "\u{fffd}\u{fffd}\u{fffd}",
        "\u{e000}",
    ] {
        let found = enrich(text);
        assert_eq!((found.language.as_str(), found.language_confidence), ("und", 0.0), "{text:?}");
        assert_eq!((found.keywords.len(), found.aspects.len(), found.intents.len()), (0, 0, 0), "{text:?}");
        assert_eq!((found.simhash, found.effort), (None, None), "{text:?}");
    }
}

#[test]
fn what_has_neither_words_nor_a_feeling_has_no_sentiment() {
    for text in
        ["", " ", "\u{200b}", "\0\0", "\u{300}", "http://t.cn/abc", "@somebody", "[PHONE]", "\u{fffd}\u{fffd}\u{fffd}"]
    {
        assert_eq!(enrich(text).sentiment, None, "{text:?}");
    }
    assert!(enrich("😡😡😡").sentiment.is_some_and(|felt| felt.score < 0.0));
}

#[test]
fn damage_is_told_and_a_little_of_it_is_read_over() {
    for (text, origin) in [
        ("術(shù)后恢复很好，護士很親切", Authenticity::Genuine),
        ("caf\u{fffd} was great, the staff \u{fffd} too", Authenticity::Genuine),
        ("æœåŠ¡å¾ˆå¥½ï¼Œç‰©æµä¹Ÿå¿«", Authenticity::Garbled),
        ("锟斤拷锟斤拷锟斤拷", Authenticity::Garbled),
        ("\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}", Authenticity::Garbled),
    ] {
        assert_eq!(enrich(text).origin, origin, "{text}");
    }
}

#[test]
fn half_a_character_in_an_escape_is_enriched_too() {
    let said = "The phone is great and the delivery was fast ";
    let record = serde_json::to_string(&feedback("review", None, &format!("{said}HERE"))).expect("JSON");
    let record = record.replace("HERE", "\\ud83d");
    let read: Feedback = envelope::parse(Some(record.as_bytes())).expect("a feedback");
    let found = ENRICHER.enrich(&read);
    assert_eq!((read.text.trim_end_matches('\u{fffd}'), found.origin), (said, Authenticity::Genuine));
    assert_eq!((found.language.as_str(), found.simhash), ("en", enrich(said).simhash));
}

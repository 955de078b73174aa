//! The enricher as the service calls it: whole enrichments, and what holds for any text.

use std::io::Read;
use std::path::PathBuf;
use std::sync::LazyLock;

use hearken_enrich::{ENRICHER_VERSION, Enricher, EnricherError, Settings};
use hearken_schemas::enrichment::Enrichment;
use hearken_schemas::feedback::Feedback;
use proptest::prelude::*;
use serde_json::{Value, json};

static ENRICHER: LazyLock<Enricher> =
    LazyLock::new(|| Enricher::new(&Settings::default()).expect("the default settings are valid"));

/// Makes a feedback of the fields that matter to a test; the rest is filled in.
fn feedback(fields: Value) -> Feedback {
    let mut record = json!({
        "feedback_id": "5f0c4e0e-9d5b-5b6e-8f0a-000000000001",
        "revision": 0,
        "channel": "review",
        "source": "shop",
        "source_id": "1",
        "occurred_at": "2026-01-05T10:00:00Z",
        "received_at": "2026-01-05T10:00:01Z",
        "time_precision": "second",
        "journey_stage": "unmapped",
        "text": "",
        "redactions": 0,
    });
    let (Value::Object(record_fields), Value::Object(fields)) = (&mut record, fields) else { unreachable!() };
    record_fields.extend(fields);
    serde_json::from_value(record).expect("the fields of a test are valid")
}

fn enrich(text: &str) -> Enrichment {
    ENRICHER.enrich(&feedback(json!({ "text": text })))
}

#[test]
fn whole_enrichments() {
    for (name, fields) in [
        (
            "chinese_review_with_contrast",
            json!({"text": "外观漂亮，手感也好，但是电池太差，用半天就没电，客服一直不回复[怒]"}),
        ),
        (
            "traditional_chinese_chat",
            json!({"channel": "chat", "text": "請問退貨怎麼辦理？\n客服電話 [PHONE] 打不通，很失望"}),
        ),
        (
            "english_review_with_title",
            json!({"title": "Not bad", "text": "The delivery was late, but deliveries to my store are free. See https://example.com/a"}),
        ),
        ("japanese_app_crash", json!({"text": "アップデート後、アプリがすぐ落ちます。注文画面が開きません。"})),
        ("korean_praise", json!({"text": "배송도 빠르고 포장도 깔끔해서 정말 만족합니다 👍"})),
        (
            "german_return",
            json!({"text": "Die Jacke ist schön, aber der Reißverschluss war nach zwei Tagen kaputt. Nie wieder!"}),
        ),
        ("french_short", json!({"text": "Très déçue de l'application, elle plante au paiement"})),
        ("spanish_post", json!({"channel": "social", "text": "@tienda el pedido nunca llegó y nadie responde 😡"})),
        ("repost_of_somebody_else", json!({"channel": "social", "text": "支持一下//@别人:这家店太差了，都是骗子"})),
        ("emoji_only", json!({"text": "👍👍👍"})),
        ("rating_without_words", json!({"text": "", "rating": {"value": 2.0, "scale_max": 5.0}})),
        ("hinted_japanese_without_kana", json!({"text": "感謝", "language_hint": "ja-JP"})),
    ] {
        insta::assert_json_snapshot!(name, ENRICHER.enrich(&feedback(fields)));
    }
}

#[test]
fn hostile_texts_are_enriched_too() {
    let long = 256 * 1024;
    for text in [
        "好".repeat(long / 3),
        "a".repeat(long),
        "not ".repeat(long / 4),
        "退款难，".repeat(long / 12),
        "[".repeat(long),
        "@".repeat(long),
        "a.b/".repeat(long / 4),
        "😡".repeat(long / 4),
        "\u{200d}\u{fe0f}\u{202e}".repeat(1000),
        "ยอดเยี่ยม".repeat(5000),
        "e\u{301}".repeat(20_000),
        "ÏÀÊ×Ã ä½ å¥½".to_owned(),
    ] {
        let found = enrich(&text);
        assert!((-1.0..=1.0).contains(&found.sentiment.score), "{}", &text[..8]);
        assert!(found.keywords.len() <= Settings::default().keywords_max);
    }
}

#[test]
fn settings_are_obeyed_or_refused() {
    let few = Settings {
        keywords_max: 1,
        language_confidence_min: 1.0,
        languages: vec!["zh".into(), "en".into()],
        ..Settings::default()
    };
    let found = Enricher::new(&few).unwrap().enrich(&feedback(json!({"text": "物流太慢，包装破损"})));
    assert_eq!((found.language.as_str(), found.keywords.len(), found.enricher_version), ("und", 1, ENRICHER_VERSION));

    let refused = |settings| Enricher::new(&settings).err().map(|error: EnricherError| error.to_string()).unwrap();
    let klingon = refused(Settings { languages: vec!["tlh".into()], ..Settings::default() });
    assert!(klingon.contains("\"tlh\" is not known; choose from ar, yue"), "{klingon}");
    let none = refused(Settings { languages: vec![], ..Settings::default() });
    assert!(none.contains("no language is configured"), "{none}");
    let unsure = refused(Settings { language_confidence_min: f64::NAN, ..Settings::default() });
    assert!(unsure.contains("between 0 and 1"), "{unsure}");
}

/// Any characters, and any sequence of what texts here consist of, which meets more branches.
fn any_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "不",
        "好",
        "但是",
        "not ",
        "bad",
        "aber ",
        "kaputt",
        "ない",
        "良く",
        "지 않",
        "좋",
        "👍",
        "[怒]",
        ":(",
        "，",
        "。",
        "?",
        "\n",
        " ",
        "http://",
        "@",
        "//@",
        ".",
        "'",
        "’",
        "ß",
        "İ",
        "ﬃ",
        "pas ",
        "l'",
        "Ａ",
        "1",
        "كتاب",
        "हिन्दी",
        "ก",
        "\u{301}",
        "\u{200f}",
    ]);
    prop_oneof![any::<String>(), prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_a_valid_enrichment(text in any_text(), title in prop::option::of(any_text()), value in -1.0..6.0) {
        let fields = json!({"text": text, "title": title, "rating": {"value": value, "scale_max": 5.0}});
        let feedback = feedback(fields);
        let found = ENRICHER.enrich(&feedback);

        prop_assert!((-1.0..=1.0).contains(&found.sentiment.score));
        prop_assert!((0.0..=1.0).contains(&found.sentiment.confidence));
        prop_assert!((0.0..=1.0).contains(&found.language_confidence));
        prop_assert!(found.keywords.len() <= Settings::default().keywords_max);
        for keyword in &found.keywords {
            prop_assert!(keyword.score > 0.0 && !keyword.term.is_empty() && !keyword.stem.is_empty(), "{:?}", keyword);
        }
        prop_assert!(found.keywords.is_sorted_by(|a, b| a.score >= b.score));
        prop_assert_eq!(found, ENRICHER.enrich(&feedback), "the same feedback gives the same enrichment");
    }
}

#[test]
fn the_replay_mix_is_read_in_its_languages() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/replay/mix_20k.jsonl.gz");
    let Ok(file) = std::fs::File::open(&path) else {
        eprintln!("skipped the_replay_mix_is_read_in_its_languages: no ../shared/data");
        return;
    };
    let mut rows = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut rows).unwrap();
    // Of Cantonese posts many show no word that is not Mandarin as well.
    let code = |tag: &str| tag.split('-').next().unwrap_or_default().replace("yue", "zh");
    // Hindi of the mix is mostly in Latin letters, or English.
    let is_judged = |language: &str| !matches!(language, "und" | "hi");
    let (mut judged, mut right, mut sure_but_wrong) = (0_u32, 0_u32, 0_u32);
    for row in rows.lines().step_by(4) {
        let row: Value = serde_json::from_str(row).unwrap();
        let language = code(row["lang"].as_str().unwrap());
        let found = enrich(row["text"].as_str().unwrap());
        if is_judged(&language) {
            judged += 1;
            right += u32::from(code(&found.language) == language);
            sure_but_wrong += u32::from(code(&found.language) != language && found.language_confidence > 0.9);
        }
    }
    assert!(judged > 4_000, "{judged} texts with a known language");
    assert!(right * 100 > judged * 96, "{right} of {judged} are right");
    assert!(sure_but_wrong * 100 < judged, "{sure_but_wrong} of {judged} are wrong with confidence");
}

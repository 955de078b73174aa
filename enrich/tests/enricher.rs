//! The enricher as the service calls it: whole enrichments, and what holds for any text.

mod sample;

use std::io::Read;
use std::path::PathBuf;
use std::sync::LazyLock;

use hearken_enrich::{ENRICHER_VERSION, Enricher, EnricherError, Settings};
use hearken_schemas::enrichment::Enrichment;
use sample::feedback;
use serde_json::{Value, json};

static ENRICHER: LazyLock<Enricher> =
    LazyLock::new(|| Enricher::new(&Settings::default()).expect("the default settings are valid"));

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

//! Aspects as the service derives them: what is spoken of, how it is judged, and which words say so.

mod sample;

use std::sync::LazyLock;

use hearken_enrich::{Enricher, Settings};
use hearken_schemas::enrichment::{Aspect, Authenticity, Enrichment, Polarity};
use hearken_schemas::feedback::Feedback;
use proptest::prelude::*;
use serde_json::json;

static ENRICHER: LazyLock<Enricher> =
    LazyLock::new(|| Enricher::new(&Settings::default()).expect("the default settings are valid"));

/// Knows one topic, so that every span is known.
static CRASHES: LazyLock<Enricher> = LazyLock::new(|| {
    let mut settings = Settings::default();
    settings.taxonomy.toml = "[digital.crash]\nnegative.zh = [\"闪退\"]\nnegative.en = [\"crash*\"]".to_owned();
    Enricher::new(&settings).expect("the taxonomy is valid")
});

fn feedback(channel: &str, title: Option<&str>, text: &str) -> Feedback {
    sample::feedback(json!({ "channel": channel, "title": title, "text": text }))
}

fn enrich(channel: &str, title: Option<&str>, text: &str) -> Enrichment {
    ENRICHER.enrich(&feedback(channel, title, text))
}

fn quote<'t>(text: &'t str, aspect: &Aspect) -> &'t str {
    let byte = |char_at: u32| text.char_indices().nth(char_at as usize).map_or(text.len(), |(byte, _)| byte);
    &text[byte(aspect.start)..byte(aspect.end)]
}

/// Tells what a review speaks of, as `category.topic polarity: quote`.
fn spoken(text: &str) -> Vec<String> {
    let found = enrich("review", None, text).aspects;
    let line = |aspect: &Aspect| {
        format!("{}.{} {}: {}", aspect.category, aspect.topic, aspect.polarity.as_str(), quote(text, aspect))
    };
    found.iter().map(line).collect()
}

fn check(topic: &str, texts: &[&str]) {
    for text in texts {
        let found = spoken(text);
        assert!(found.iter().any(|line| line.starts_with(topic)), "{text}: {found:?}, not {topic}");
    }
}

#[test]
fn wordings_of_one_thing_land_in_one_place() {
    check(
        "digital.crash negative",
        &[
            "更新之后一付款就闪退",
            "付款頁面直接崩潰",
            "點了支付螢幕就卡死",
            "The app crashes every time I pay",
            "It keeps crashing at checkout",
            "支払い画面でクラッシュします",
            "アプリがすぐ落ちます",
            "결제하면 앱이 튕깁니다",
            "계속 강제 종료돼요",
            "Die App stürzt beim Bezahlen ab",
            "Schon wieder ein Absturz",
            "L'application plante au paiement",
            "La app se cierra sola al pagar",
        ],
    );
    check(
        "delivery.packaging negative",
        &[
            "收到的时候纸箱整个压扁",
            "包裝太簡陋，外殼有裂紋",
            "The box arrived crushed",
            "箱がつぶれた状態で届きました",
            "Karton völlig eingedrückt",
            "Le carton était écrasé",
            "La caja llegó aplastada",
            "상자가 찌그러졌어요",
        ],
    );
    check("delivery.courier negative", &["快递员把件放错楼", "包裹弄丢了", "They lost my parcel", "派送失敗三次"]);
    check(
        "staff_attitude.rudeness negative",
        &["店员翻白眼", "服務態度惡劣", "The cashier was rude", "Personnel malpoli", "Un trato grosero"],
    );
    check(
        "staff_attitude.attitude negative",
        &["店員の態度が悪い", "직원이 불친절해요", "Sehr unfreundlich", "店员爱答不理"],
    );
    check(
        "relationship.leaving negative",
        &[
            "帮我把会员取消了",
            "請註銷我的帳戶",
            "Please close my account",
            "会員は解約します",
            "회원 탈퇴할게요",
            "Ich kündige",
            "Plus jamais ici",
            "Nunca más",
        ],
    );
}

#[test]
fn each_clause_judges_its_own() {
    for (text, expected) in [
        ("音响故障，服务费高", &["product.defect negative: 故障", "price.expensive negative: 服务费高"][..]),
        ("质量很好，但是包装太差", &["product.quality positive: 质量", "delivery.packaging negative: 包装"]),
        (
            "Great quality but terrible packaging",
            &["product.quality positive: Great quality", "delivery.packaging negative: packaging"],
        ),
        ("价格价格价格", &[]),
        ("价格贵，价格低", &["price.expensive negative: 价格贵", "price.expensive positive: 价格低"]),
        ("收到的纸箱整个压扁", &["delivery.packaging negative: 纸箱整个压扁"]),
        ("从来没闪退", &["digital.crash positive: 闪退"]),
        ("今天天气", &[]),
    ] {
        assert_eq!(spoken(text), expected, "{text}");
    }
}

#[test]
fn spans_quote_the_text_around_noise_and_behind_a_title() {
    let text = "看https://example.com/abc @客服 電話[PHONE]：ＡＰＰ閃退😡Crashing";
    let aspects = enrich("review", Some("闪退！质量差"), text).aspects;
    let quotes: Vec<&str> = aspects.iter().map(|aspect| quote(text, aspect)).collect();
    assert_eq!(quotes, ["閃退"]);
    assert_eq!(aspects[0].start, text.chars().position(|c| c == '閃').unwrap() as u32);
    assert_eq!(aspects[0].touchpoint.as_deref(), Some("app"));
}

#[test]
fn only_the_authors_own_words_of_a_repost_count() {
    let found = enrich("social", None, "质量好//@别人:App一直闪退");
    assert_eq!(found.aspects.iter().map(|aspect| aspect.topic.as_str()).collect::<Vec<_>>(), ["quality"]);
    assert_eq!(found.origin, Authenticity::Genuine);
    let found = enrich("social", None, "//@别人:App一直闪退");
    assert_eq!((found.aspects.len(), found.origin), (0, Authenticity::RepostOnly));
    assert_eq!(enrich("review", None, "此用户没有填写评价。").origin, Authenticity::DefaultPraise);
}

#[test]
fn there_are_never_too_many() {
    let text = "质量差。".repeat(100);
    let aspects = enrich("review", None, &text).aspects;
    assert_eq!(aspects.len(), 16);
    assert!(aspects.iter().all(|aspect| aspect.polarity == Polarity::Negative));
}

#[test]
fn traditional_and_simplified_are_read_the_same() {
    for (traditional, simplified) in [
        ("結帳頁面當機，客服態度惡劣", "结帐页面当机，客服态度恶劣"),
        ("快遞員弄丟包裹，紙箱壓壞", "快递员弄丢包裹，纸箱压坏"),
        ("價格太貴，再也不買", "价格太贵，再也不买"),
    ] {
        let read = |text| {
            let aspects = enrich("review", None, text).aspects.into_iter();
            aspects.map(|aspect| (aspect.topic, aspect.polarity, aspect.start, aspect.end)).collect::<Vec<_>>()
        };
        assert_eq!(read(traditional), read(simplified), "{traditional}");
        assert!(read(simplified).len() > 1, "{simplified}");
    }
}

#[test]
fn a_taxonomy_of_the_users_own_replaces_the_built_in_one() {
    let own = |toml: &str| {
        let mut settings = Settings { languages: vec!["en".into()], ..Settings::default() };
        settings.taxonomy.name = "/etc/hearken/mine.toml".to_owned();
        settings.taxonomy.toml = toml.to_owned();
        Enricher::new(&settings)
    };
    let enricher = own("[product.scent]\nneutral.en = [\"scent\"]").unwrap();
    let aspects = enricher.enrich(&feedback("review", None, "Lovely scent, app crashes")).aspects;
    assert_eq!((aspects.len(), aspects[0].topic.as_str(), &aspects[0].touchpoint), (1, "scent", &None));

    let refused = own("[scent.rose]").err().map(|error| error.to_string()).unwrap();
    assert!(refused.contains("mine.toml: [scent.…] is no category"), "{refused}");
}

fn any_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "闪退",
        "閃退",
        "价格",
        "crash",
        "ed",
        " ",
        "，",
        "。",
        "但是",
        "http://a.b/c ",
        "@x ",
        "[PHONE]",
        "[",
        "👍",
        "\u{301}",
        "İ",
        "K",
        "ＡＰＰ",
        "ß",
        "'",
        "’",
        "好",
        "不",
        "Crash",
        "//@",
        "\n",
    ]);
    prop_oneof![any::<String>(), prop::collection::vec(pieces, 0..50).prop_map(|pieces| pieces.concat())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_span_quotes_the_text(text in any_text(), title in prop::option::of(any_text()), social in any::<bool>()) {
        let channel = if social { "social" } else { "review" };
        let aspects = CRASHES.enrich(&feedback(channel, title.as_deref(), &text)).aspects;
        let chars = text.chars().count() as u32;
        prop_assert!(aspects.len() <= 16);
        prop_assert!(aspects.is_sorted_by_key(|aspect| aspect.start));
        for aspect in &aspects {
            prop_assert!(aspect.start < aspect.end && aspect.end <= chars, "{:?}", aspect);
            let words = quote(&text, aspect).to_lowercase();
            let expected = ["闪退", "閃退", "crash"];
            prop_assert!(expected.iter().any(|expected| words.starts_with(expected)), "{}", words);
            prop_assert!((-1.0..=1.0).contains(&aspect.score));
        }
    }
}

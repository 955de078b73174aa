use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::terms::TermsFile;
use crate::tokens::Tokenizer;

fn terms(language: &str, text: &str, keywords_max: usize) -> Vec<Keyword> {
    let tokens = Tokenizer::new().tokenize(text, Language::from_tag(language));
    Ranker::new(&StopWords::embedded(), Arc::default()).rank(&tokens, keywords_max)
}

#[track_caller]
fn check(language: &str, text: &str, expected: &[&str]) {
    let found: Vec<String> = terms(language, text, 4).into_iter().map(|keyword| keyword.term).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn the_best_terms_come_first() {
    check("zh", "客服态度很差，打了三次客服电话", &["客服态度", "客服电话", "客服", "态度"]);
    check("zh", "客服態度很差，退貨", &["客服態度", "退貨", "客服", "態度"]);
    check("zh", "订单OV7713254810还没发货，iPhone15", &["订单", "iphone15", "发货"]);
    check("zh", "这个键盘有质量问题", &["键盘", "质量问题", "质量"]);
    check(
        "en",
        "The delivery was late again. Two deliveries lost, and the delivery app crashes",
        &["delivery", "deliveries lost", "delivery app crashes", "crashes"],
    );
    check(
        "en",
        "Customer service never answers, and the password reset is broken",
        &["customer service", "password reset", "answers", "broken"],
    );
    check(
        "de",
        "Die Lieferung kam zu spät, die Verpackung war beschädigt",
        &["lieferung", "verpackung", "spät", "beschädigt"],
    );
    check("fr", "L'application plante au paiement", &["application", "paiement", "plante"]);
    check("fr", "Le service client répond. Un bon service client", &["service client", "répond", "service", "client"]);
    check("es", "La entrega llegó tarde y el paquete roto", &["entrega", "tarde", "paquete", "roto"]);
    check("ja", "アプリの注文画面が開きません", &["アプリ", "注文画面", "開き", "注文"]);
    check("ko", "배송 속도가 너무 늦어요", &["배송 속도", "늦어요", "배송", "속도"]);
    check("th", "อาหารอร่อยมาก แต่พนักงานบริการช้า", &["อาหาร", "อร่อย", "พนักงาน", "บริการ"]);
    check("ru", "Доставка опоздала", &["доставка", "опоздала"]);
}

#[test]
fn both_scripts_of_chinese_have_the_same_stems() {
    let stems = |text: &str| terms("zh", text, 8).into_iter().map(|keyword| keyword.stem).collect::<Vec<_>>();
    let traditional = "物流速度太慢，快遞員態度惡劣，包裝盒壓扁了，要求退款";
    assert_eq!(stems(traditional), stems("物流速度太慢，快递员态度恶劣，包装盒压扁了，要求退款"));
    assert!(stems(traditional).len() > 4);
}

#[test]
fn what_says_nothing_is_no_term() {
    for (language, text) in [
        ("en", "I am so very 100 2024 hahaha zzz ok"),
        ("zh", "我们真的非常 the and 3 5.5"),
        ("zh", "好的，我知道了，谢谢"),
        ("ja", "とてもよかったです"),
        ("ko", "ㅋㅋㅋㅋ ㅠㅠ"),
        ("th", "ดีมากครับ"),
        ("und", ""),
    ] {
        check(language, text, &[]);
    }
}

#[test]
fn a_wrapped_line_goes_on_and_a_short_one_ends() {
    let wrapped = "it is the twenty minutes in the queue and then the broken coffee\nmachine";
    assert!(terms("en", wrapped, 8).iter().any(|keyword| keyword.term == "broken coffee machine"));
    assert!(terms("en", "no coffee\nmachine", 8).iter().all(|keyword| keyword.term != "coffee machine"));
}

#[test]
fn the_commonest_form_stands_for_its_stem() {
    let keyword = &terms("en", "refunds? refund refund", 8)[0];
    assert_eq!((keyword.term.as_str(), keyword.stem.as_str()), ("refund", "refund"));
    assert!(keyword.score > 0.0);
}

#[test]
fn no_more_than_asked() {
    assert_eq!(terms("en", "screen, battery, camera, speaker, charger", 2).len(), 2);
    assert!(terms("en", "screen battery", 0).is_empty());
}

#[test]
fn a_users_terms_come_first_under_one_name() {
    let toml =
        "[[term]]\nname = \"Galaxy Club\"\nsynonyms = [\"银河会员\", \"club card\"]\n[[term]]\nname = \"refund\"";
    let terms = Arc::new(Terms::parse(&TermsFile { name: String::new(), toml: toml.to_owned() }).unwrap());
    let tokenizer = Tokenizer::new().with_terms(Arc::clone(&terms));
    let ranker = Ranker::new(&StopWords::embedded(), terms);
    for (language, text, expected) in [
        ("en", "Delivery, delivery, delivery! My club card", &["Galaxy Club", "delivery"][..]),
        ("en", "galaxy club or club card", &["Galaxy Club"]),
        ("zh", "銀河會員積分沒了", &["Galaxy Club", "積分"]),
        ("en", "refunds? No refund", &["refund"]),
    ] {
        let tokens = tokenizer.tokenize(text, Language::from_tag(language));
        let found: Vec<String> = ranker.rank(&tokens, 2).into_iter().map(|keyword| keyword.term).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn a_long_text_of_one_word_or_of_ever_new_ones_is_ranked() {
    for text in
        ["delivery ".repeat(7_000), (0..12_000).map(|number| format!("w{number}x ")).collect(), "冰".repeat(20_000)]
    {
        for language in ["en", "zh", "ja", "th", "ko", "fr"] {
            assert!(terms(language, &text, 8).len() <= 8);
        }
    }
}

/// Texts of words that make terms, and of anything else.
fn texts() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "delivery",
        "late",
        "the",
        "Customer",
        "service",
        "客服",
        "態度",
        "很差",
        "物流",
        "速度",
        "注文",
        "画面",
        "を",
        "배송이",
        "너무",
        "อาหาร",
        "Straße",
        "l'heure",
        ", ",
        ". ",
        " ",
        "\n",
        "-",
        "１２",
        "İ",
        "👍",
        "\u{202e}",
        "\u{200d}",
    ]);
    let many = prop::collection::vec(words, 0..40).prop_map(|words| words.join(" "));
    prop_oneof![many, any::<String>(), "[\\u{4e00}-\\u{9fff}ぁ-ヿ가-힣ก-๛a-z ,]{0,80}"]
}

proptest! {
    #[test]
    fn every_term_stands_in_the_text_and_once(text in texts(), language in prop::sample::select(Language::ALL.to_vec()), max in 0usize..12) {
        let tokenizer = SHARED.with(Clone::clone);
        let tokens = tokenizer.tokenize(&text, Some(language));
        let ranker = Ranker::new(&StopWords::embedded(), Arc::default());
        let keywords = ranker.rank(&tokens, max);
        let whole = spaced_once(tokens.lower());
        prop_assert!(keywords.len() <= max);
        prop_assert!(keywords.iter().all(|keyword| whole.contains(&keyword.term) && !keyword.term.is_empty()), "{:?}", keywords);
        prop_assert!(keywords.iter().all(|keyword| keyword.score > 0.0 && !keyword.stem.is_empty()));
        prop_assert!(keywords.windows(2).all(|pair| pair[0].score >= pair[1].score), "{:?}", keywords);
        let stems: HashSet<&str> = keywords.iter().map(|keyword| keyword.stem.as_str()).collect();
        prop_assert_eq!(stems.len(), keywords.len());
        prop_assert_eq!(ranker.rank(&tokens, max), keywords);
    }
}

thread_local! {
    /// The dictionaries, which are slow to load.
    static SHARED: Arc<Tokenizer> = Arc::new(Tokenizer::new());
}

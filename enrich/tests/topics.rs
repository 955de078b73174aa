//! What the built-in taxonomy finds in plain sentences, what it must not find, and how negation turns it.

mod sample;

use std::sync::LazyLock;

use hearken_enrich::{Enricher, Settings};
use hearken_schemas::enrichment::Polarity;
use serde_json::json;

use Polarity::{Negative, Positive};

static ENRICHER: LazyLock<Enricher> =
    LazyLock::new(|| Enricher::new(&Settings::default()).expect("the default settings are valid"));

/// Tells how a text judges a topic, once for each clause that speaks of it.
fn judged(topic: &str, text: &str) -> Vec<Polarity> {
    let feedback = sample::feedback(json!({ "text": text }));
    let aspects = ENRICHER.enrich(&feedback).aspects.into_iter();
    let of_topic = aspects.filter(|aspect| format!("{}.{}", aspect.category, aspect.topic) == topic);
    of_topic.map(|aspect| aspect.polarity).collect()
}

fn check(topic: &str, polarity: Polarity, texts: &[&str]) {
    for text in texts {
        assert_eq!(judged(topic, text), [polarity], "{topic}: {text}");
    }
}

fn check_absent(topic: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(judged(topic, text), [], "{topic}: {text}");
    }
}

#[test]
fn crashes_are_told_from_other_falls() {
    check(
        "digital.crash",
        Negative,
        &[
            "刚打开优惠页就白屏了",
            "一搜尋商品就閃退",
            "It flickered, then the app crashed on me",
            "ログイン直後にアプリが落ちてしまう",
            "장바구니만 열면 앱이 꺼져요",
            "Beim Scannen friert ein, was man sieht",
            "L'appli se fige à l'ouverture",
            "La aplicación se cuelga al abrir",
        ],
    );
    check_absent(
        "digital.crash",
        &[
            "I took a crash course in baking",
            "店内は落ち着く雰囲気",
            "アプリが落ち着いたデザインになった",
            "等了两个小时，我快要崩溃了",
            "화면이 커서 보기 편해요",
            "Der Mantel fällt groß aus",
        ],
    );
}

#[test]
fn couriers_and_boxes_are_judged_by_what_is_said() {
    check(
        "delivery.courier",
        Negative,
        &["快递员态度差", "包裹被扔在门口", "The courier was rude", "荷物の配達が雑でした"],
    );
    check("delivery.courier", Positive, &["快递员很热情", "快遞員很有禮貌", "Der Paketbote war sehr freundlich"]);
    check(
        "delivery.packaging",
        Negative,
        &["外箱被压坏", "紙箱都壓扁了", "The box was dented", "箱がへこんでいた", "Verpackung eingedrückt"],
    );
    check(
        "delivery.packaging",
        Positive,
        &["包装设计好看", "包裝很用心", "It was well packed", "梱包が丁寧", "Très bon emballage"],
    );
    check_absent("delivery.packaging", &["以前总担心压坏", "近所の店がつぶれた", "零碎的东西多"]);
    check_absent("delivery.courier", &["送朋友的礼物", "He delivered a speech"]);
}

#[test]
fn rudeness_and_leaving_are_told_from_their_likes() {
    check(
        "staff_attitude.rudeness",
        Negative,
        &["收银员骂人", "店員沒禮貌", "She yelled at my mother", "Patziger Ton"],
    );
    check_absent("staff_attitude.rudeness", &["The crude oil price", "店员很有礼貌"]);
    check(
        "relationship.leaving",
        Negative,
        &[
            "我要注销账户",
            "再也不会光顾",
            "As a loyal customer I am moving to another brand",
            "二度と利用しません",
            "다시는 이용하지 않겠습니다",
            "Ich gehe zur Konkurrenz",
            "Je passe à la concurrence",
            "Me cambio a otra marca",
        ],
    );
    check_absent(
        "relationship.leaving",
        &[
            "我快要离开公司去吃饭了",
            "包装改用纸盒了",
            "电池再也不会半天没电",
            "We are moving to a new flat",
            "駅の乗り換えに便利",
            "Besser als die Konkurrenz",
        ],
    );
}

#[test]
fn a_phrase_keeps_its_polarity_whatever_else_the_clause_says() {
    check(
        "relationship.leaving",
        Negative,
        &["As a loyal customer I am happily moving to them", "感谢你们的好意我要注销"],
    );
    check(
        "digital.crash",
        Negative,
        &["这么好的软件居然闪退", "アプリが落ちるため購入できません", "Die schöne App stürzt ab", "Great, it crashes"],
    );
    check("product.quality", Positive, &["质量很好"]);
    check("product.quality", Negative, &["质量很差"]);
}

#[test]
fn a_negated_phrase_says_the_opposite() {
    let positive = [
        ("digital.crash", "更新后不再闪退了"),
        ("digital.crash", "再也不会闪退"),
        ("digital.crash", "更新後沒有再閃退"),
        ("delivery.packaging", "纸箱没有压扁"),
        ("delivery.packaging", "紙箱沒有壓扁"),
        ("delivery.speed", "没有延误"),
        ("digital.crash", "The app no longer crashes"),
        ("digital.crash", "It never freezes or crashes"),
        ("staff_attitude.rudeness", "Nobody was rude"),
        ("product.defect", "箱の中は壊れていません"),
        ("digital.crash", "クラッシュしなくなりました"),
        ("digital.crash", "アプリが落ちることはありません"),
        ("digital.crash", "이제 튕기지 않아요"),
        ("digital.crash", "절대 튕기지 않아요"),
        ("staff_attitude.attitude", "직원이 불친절하지 않았어요"),
        ("digital.crash", "Die App stürzt nicht mehr ab"),
        ("delivery.packaging", "Kein eingedrückter Karton"),
        ("digital.crash", "L'application ne plante plus"),
        ("digital.crash", "Aucun plantage depuis hier"),
        ("digital.crash", "La app ya no se cierra sola"),
        ("digital.crash", "Nunca se cuelga"),
    ];
    let negative = [
        ("relationship.recommendation", "不值得推荐"),
        ("staff_attitude.attitude", "店员一点都不热情"),
        ("relationship.recommendation", "I would not recommend it"),
        ("relationship.recommendation", "おすすめできません"),
        ("staff_attitude.attitude", "전혀 친절하지 않아요"),
        ("relationship.recommendation", "Das kann ich nicht empfehlen"),
        ("relationship.recommendation", "No lo recomiendo"),
    ];
    positive.into_iter().for_each(|(topic, text)| check(topic, Positive, &[text]));
    negative.into_iter().for_each(|(topic, text)| check(topic, Negative, &[text]));
}

#[test]
fn a_negator_that_means_something_else_turns_nothing() {
    for (topic, text) in [
        // Two cancel out.
        ("digital.crash", "不是不会闪退"),
        ("digital.crash", "並不是不會閃退"),
        // It belongs to another verb, or to time.
        ("digital.crash", "没登录就闪退"),
        ("product.defect", "没几天就坏了"),
        ("digital.crash", "时不时闪退"),
        ("digital.crash", "客服没解决闪退的问题"),
        ("digital.crash", "They didn't fix the crash"),
        ("digital.crash", "It won't stop crashing"),
        ("digital.crash", "Abstürze werden nicht behoben"),
        ("digital.crash", "クラッシュして注文できません"),
        ("digital.crash", "튕겨서 결제할 수 없어요"),
        ("digital.crash", "No puedo pagar porque la app se cierra sola"),
        // It is wished, not so.
        ("digital.crash", "希望不再闪退"),
        ("digital.crash", "I wish it didn't crash"),
        // The words themselves hold it.
        ("staff_attitude.rudeness", "没有礼貌"),
        ("relationship.leaving", "二度と買いません"),
        ("delivery.packaging", "Kein Füllmaterial"),
        ("relationship.leaving", "Plus jamais"),
        ("relationship.leaving", "Nunca más"),
    ] {
        check(topic, Negative, &[text]);
    }
}

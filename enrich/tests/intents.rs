//! Intents and effort as the service derives them: what the customer means to do, and which words say so.

mod sample;

use std::collections::BTreeSet;
use std::fs;
use std::sync::LazyLock;

use hearken_enrich::{Enricher, Settings};
use hearken_schemas::enrichment::{Effort, Enrichment, Intent};
use hearken_schemas::feedback::Feedback;
use serde_json::{Value, json};

static ENRICHER: LazyLock<Enricher> =
    LazyLock::new(|| Enricher::new(&Settings::default()).expect("the default settings are valid"));

fn feedback(title: Option<&str>, text: &str) -> Feedback {
    sample::feedback(json!({ "title": title, "text": text }))
}

fn enrich(text: &str) -> Enrichment {
    ENRICHER.enrich(&feedback(None, text))
}

fn quote(text: &str, intent: &Intent) -> String {
    text.chars().skip(intent.start as usize).take((intent.end - intent.start) as usize).collect()
}

/// Tells what a text means, as `kind: quote`.
fn meant(text: &str) -> Vec<String> {
    let line = |intent: &Intent| format!("{}: {}", intent.kind.as_str(), quote(text, intent));
    enrich(text).intents.iter().map(line).collect()
}

fn check(kind: &str, said: &[&str], not_said: &[&str]) {
    let has = |text: &str| meant(text).iter().any(|line| line.starts_with(&format!("{kind}: ")));
    let missed: Vec<_> = said.iter().filter(|text| !has(text)).collect();
    let false_alarms: Vec<_> = not_said.iter().filter(|text| has(text)).collect();
    assert!(missed.is_empty() && false_alarms.is_empty(), "{kind}: missed {missed:?}, wrongly {false_alarms:?}");
}

#[test]
fn who_leaves_says_so() {
    check(
        "churn",
        &[
            "再也不来了",
            "以後不會再買了",
            "果断拉黑",
            "怎么取消自动续费？",
            "唔會再幫襯",
            "Cancel my old account, please",
            "Never again!",
            "If this happens again I'm cancelling my subscription",
            "二度と買いません",
            "다시는 안 갈 거예요",
            "Ich kündige",
            "Plus jamais ici",
            "Nunca más",
            "Mai più",
            "Nunca mais compro aqui",
        ],
        &[
            "再也不用担心漏水了",
            "我朋友想取消会员",
            "I won't cancel",
            "my friend wants to cancel her subscription",
            "Nie wieder ohne",
            "解約しません",
            "卸载重装就好了",
        ],
    );
}

#[test]
fn who_wants_money_back_says_so() {
    check(
        "refund",
        &[
            "我要退货",
            "怎麼退款？",
            "不给退款",
            "I want a full refund",
            "Where is my refund?",
            "I still haven't got my refund",
            "返金してください",
            "환불해 주세요",
            "Ich will mein Geld zurück",
            "Remboursez-moi",
            "Quiero un reembolso",
        ],
        &[
            "我不会退货的",
            "没有要退款的意思",
            "I am not asking for a refund",
            "if it breaks I would ask for a refund",
            "the refund arrived, thanks",
            "包装上写着“不满意可退款”",
            "返品するつもりはありません",
            "환불하지 않을게요",
            "I almost asked for a refund",
        ],
    );
}

#[test]
fn threats_and_harm_are_told_from_figures_of_speech() {
    check(
        "legal_threat",
        &[
            "不退款就打12315",
            "已經找律師了",
            "If you don't refund me I will sue you",
            "法的措置を取ります",
            "소비자원에 신고하겠습니다",
            "Ich schalte die Verbraucherzentrale ein",
            "Je vais porter plainte",
            "Voy a denunciarlos",
        ],
        &["legal size paper", "My husband is a lawyer", "照片曝光过度", "店员告诉我的", "고소한 맛이에요"],
    );
    check(
        "safety",
        &[
            "吃完拉肚子",
            "充电时冒烟",
            "There was glass in my soup",
            "The battery caught fire",
            "やけどしました",
            "식중독에 걸렸어요",
            "Mein Sohn wurde verletzt",
            "J'ai eu une intoxication",
        ],
        &["好吃到爆炸", "a cake to die for", "没有过敏", "배우 연기가 좋아요", "刹车很灵"],
    );
}

#[test]
fn complaints_praise_and_suggestions_are_explicit() {
    check(
        "complaint",
        &[
            "我要投诉",
            "叫你们经理出来",
            "This is unacceptable",
            "I want to speak to a manager",
            "クレームを入れます",
            "Das ist inakzeptabel",
        ],
        &["不是投诉", "No complaints", "can't complain", "keine Beschwerden"],
    );
    check(
        "praise",
        &[
            "不要太好吃",
            "非常满意",
            "Thank you for the quick help",
            "最高です",
            "너무 좋아요",
            "Sehr zufrieden",
            "C'est parfait",
            "Me encanta",
        ],
        &["不满意", "not great at all", "thanks for nothing", "Is it any good?"],
    );
    check(
        "suggestion",
        &[
            "希望能增加夜间模式",
            "建議多放點辣",
            "Please add a dark mode",
            "It would be nice if it folded",
            "Es wäre schön, wenn es faltbar wäre",
        ],
        &["不建议购买", "没什么建议", "No suggestions"],
    );
}

#[test]
fn buyers_and_advocates_are_told_from_warnings() {
    check(
        "purchase",
        &[
            "会无限回购",
            "下次还会来",
            "I will definitely buy again",
            "リピート確定です",
            "재구매 할게요",
            "Gerne wieder",
            "Je reviendrai",
            "Volveré",
        ],
        &["不会回购", "I won't buy again", "Would you buy it again?", "リピートはない"],
    );
    check(
        "recommend",
        &[
            "强烈推荐",
            "can't recommend enough",
            "おすすめです",
            "강력 추천합니다",
            "Kann ich nur empfehlen",
            "Je recommande",
            "Lo recomiendo",
        ],
        &[
            "不推荐",
            "建议大家别买",
            "I would not recommend it",
            "朋友推荐来的",
            "Das empfehle ich nicht",
            "Je ne recommande pas",
            "No lo recomiendo",
        ],
    );
}

#[test]
fn a_question_wants_an_answer() {
    check(
        "question",
        &[
            "请问什么时候发货",
            "能不能退？",
            "How do I reset it",
            "Does it fit a 13 inch laptop?",
            "返品できますか",
            "언제 배송되나요",
            "Wie lange dauert das?",
            "¿Tienen talla M?",
        ],
        &[
            "这也叫好评？",
            "还能再差点吗",
            "are you kidding?",
            "Seriously? Twelve quid for toast?",
            "What more could you want?",
            "???",
        ],
    );
}

#[test]
fn effort_is_what_the_customer_had_to_do() {
    for (effort, texts) in [
        (
            Some(Effort::High),
            &[
                "打了五次电话才解决",
                "跑了三趟",
                "had to call three times",
                "It was not easy",
                "たらい回しにされた",
                "몇 번이나 전화했어요",
                "dreimal angerufen",
            ][..],
        ),
        (
            Some(Effort::Low),
            &["一键搞定", "so easy", "took two minutes", "ワンタップで終わり", "간편하게 처리", "kinderleicht"],
        ),
        (None, &["味道不错", "It broke", "Is it easy to use?"]),
    ] {
        for text in texts {
            assert_eq!(enrich(text).effort, effort, "{text}");
        }
    }
}

#[test]
fn spans_quote_the_text_around_noise_and_behind_a_title() {
    let text = "😡看https://example.com/abc @客服 打[PHONE]：ＷＴＦ，再也不來了！！我要投訴，怎麼退貨？";
    let intents = ENRICHER.enrich(&feedback(Some("强烈推荐！再也不买"), text)).intents;
    let quotes: Vec<_> = intents.iter().map(|intent| (intent.kind.as_str(), quote(text, intent))).collect();
    let expected = [("churn", "再也不來"), ("complaint", "要投訴"), ("refund", "怎麼退貨"), ("question", "怎麼退貨？")];
    assert_eq!(
        quotes.into_iter().collect::<BTreeSet<_>>(),
        expected.map(|(kind, quote)| (kind, quote.to_owned())).into()
    );
    assert!(intents.is_sorted_by_key(|intent| intent.start));
}

#[test]
fn each_kind_is_said_once_where_it_is_clearest() {
    let text = "再也不来了。".repeat(500);
    let intents = enrich(&text).intents;
    assert_eq!((intents.len(), intents[0].start, intents[0].end), (1, 0, 4));
    let threat = enrich("If you don't help I will sue you").intents[0].confidence;
    assert!(threat < enrich("I will sue you").intents[0].confidence);
}

#[test]
fn rules_of_the_users_own_replace_the_built_in_ones() {
    let own = |toml: &str| {
        let mut settings = Settings { languages: vec!["en".into()], ..Settings::default() };
        settings.intents.name = "mine.toml".to_owned();
        settings.intents.toml = toml.to_owned();
        Enricher::new(&settings)
    };
    let enricher =
        own("[intent.churn]\nunless = [\"negated\"]\nsure.en = [\"bail out\"]\n[guard.negated]\nahead.en = [\"not\"]")
            .unwrap();
    let count = |text| enricher.enrich(&feedback(None, text)).intents.len();
    assert_eq!((count("I bail out, never again"), count("I do not want to bail out")), (1, 0));
    for (toml, expected) in [
        ("[intent.mood]\nsure.en = [\"x\"]", "mine.toml cannot be read"),
        ("[intent.churn]\nunless = [\"tired\"]", "line 2"),
        ("[intent.churn]\nsure.tlh = [\"x\"]", "mine.toml: [intent.churn] has phrases in \"tlh\"; choose from"),
        ("[effort]\nhigh.en = [\n\"x …\"]", "mine.toml, line 3: [effort] has the phrase \"x …\""),
        (
            "[effort]\nhigh.en = [\"x\"]\nlow.en = [\"X\"]",
            "line 3: \"X\" of [effort] stands under [effort], high, already",
        ),
    ] {
        let refused = own(toml).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused.contains(expected), "{refused}");
    }
}

/// The sentences were labelled without the rules; those of the set `test` were never read by who wrote them.
#[test]
fn the_unseen_sentences_are_read_no_worse_than_before() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/intents.jsonl");
    let lines = fs::read_to_string(path).expect("the labelled sentences are there");
    let (mut found, mut expected, mut right) = (0, 0, 0);
    for line in lines.lines() {
        let row: Value = serde_json::from_str(line).expect("each line is an object");
        if row["set"] != "test" {
            continue;
        }
        let enrichment = enrich(row["text"].as_str().expect("a row has a text"));
        let said: BTreeSet<&str> = enrichment.intents.iter().map(|intent| intent.kind.as_str()).collect();
        let labels = row["intents"].as_array().expect("a row has intents");
        let labels: BTreeSet<&str> = labels.iter().filter_map(|intent| intent["kind"].as_str()).collect();
        found += said.len();
        expected += labels.len();
        right += said.intersection(&labels).count();
    }
    let (precision, recall) = (right as f64 / found as f64, right as f64 / expected as f64);
    assert!(precision >= 0.66 && recall >= 0.71, "precision {precision:.3}, recall {recall:.3}");
}

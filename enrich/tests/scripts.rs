//! Chinese is felt the same in either script.

mod sample;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use hearken_enrich::{Enricher, Settings};
use hearken_schemas::enrichment::SentimentLabel::{self, Negative, Positive};
use hearken_schemas::enrichment::{Enriched, Sentiment};
use hearken_schemas::feedback::Feedback;
use serde_json::json;

static ENRICHER: LazyLock<Enricher> =
    LazyLock::new(|| Enricher::new(&Settings::default()).expect("the default settings are valid"));

fn feels(channel: &str, text: &str) -> Option<Sentiment> {
    let feedback = sample::feedback(json!({ "channel": channel, "text": text }));
    ENRICHER.enrich(&feedback).sentiment
}

/// The same words as written on the mainland and elsewhere, and what is meant where nobody could doubt it.
const SENTENCES: [(&str, &str, Option<SentimentLabel>); 26] = [
    ("质量很好，物流也快，非常满意", "質量很好，物流也快，非常滿意", Some(Positive)),
    ("太差了，刚买两天就坏了", "太差了，剛買兩天就壞了", Some(Negative)),
    ("客服态度恶劣，问了半天没人理", "客服態度惡劣，問了半天沒人理", Some(Negative)),
    ("包装破损，里面的东西都碎了", "包裝破損，裡面的東西都碎了", Some(Negative)),
    ("味道不错，下次还会再点", "味道不錯，下次還會再點", Some(Positive)),
    ("这个价格真划算，推荐给大家", "這個價格真划算，推薦給大家", Some(Positive)),
    ("一点也不好用，后悔买了", "一點也不好用，後悔買了", Some(Negative)),
    ("不是不好，就是贵了点", "不是不好，就是貴了點", None),
    ("外观漂亮，但是电池太差", "外觀漂亮，但是電池太差", None),
    ("店员很亲切，环境也干净", "店員很親切，環境也乾淨", Some(Positive)),
    ("等了一个小时才送到，饭都凉了", "等了一個小時才送到，飯都涼了", Some(Negative)),
    ("音响故障，服务费高", "音響故障，服務費高", Some(Negative)),
    ("请问什么时候发货？", "請問什麼時候發貨？", None),
    ("订单已经三天没有更新了", "訂單已經三天沒有更新了", None),
    ("退款到现在还没收到，骗子", "退款到現在還沒收到，騙子", Some(Negative)),
    ("屏幕清晰，声音也响亮，爱了", "屏幕清晰，聲音也響亮，愛了", Some(Positive)),
    ("没有说的那么好", "沒有說的那麼好", None),
    ("谢谢店家，孩子很喜欢", "謝謝店家，孩子很喜歡", Some(Positive)),
    ("发票开错了两次，真让人生气", "發票開錯了兩次，真讓人生氣", Some(Negative)),
    ("软件一打开就闪退，垃圾", "軟件一打開就閃退，垃圾", Some(Negative)),
    ("再也不会买了", "再也不會買了", Some(Negative)),
    ("昨天在门市买的，今天到货", "昨天在門市買的，今天到貨", None),
    ("颜色跟图片差很多，申请退货了", "顏色跟圖片差很多，申請退貨了", Some(Negative)),
    ("房间宽敞，早餐丰富，值得再来", "房間寬敞，早餐豐富，值得再來", Some(Positive)),
    ("师傅来得很准时，安装也仔细", "師傅來得很準時，安裝也仔細", Some(Positive)),
    ("电话打不通，网页也登录不了", "電話打不通，網頁也登錄不了", Some(Negative)),
];

#[test]
fn a_sentence_is_felt_the_same_in_either_script() {
    for (simplified, traditional, meant) in SENTENCES {
        for channel in ["review", "chat", "survey", "social"] {
            let found = feels(channel, simplified);
            assert_eq!(found, feels(channel, traditional), "{channel}: {traditional}");
            assert!(found.is_some(), "{channel}: {simplified}");
        }
        let found = feels("review", simplified).map(|felt| felt.label);
        assert!(meant.is_none() || found == meant, "{simplified}: {found:?}");
    }
}

/// Reads the groups of `simplified.txt`: a Simplified character and how it is written elsewhere.
fn groups() -> Vec<(char, Vec<char>)> {
    include_str!("../simplified.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .filter_map(|group| group.chars().next().map(|first| (first, group.chars().skip(1).collect())))
        .collect()
}

fn written(text: &str, script: &BTreeMap<char, char>) -> String {
    text.chars().map(|c| script.get(&c).copied().unwrap_or(c)).collect()
}

/// The texts of the published examples.
fn examples() -> Vec<Feedback> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/examples");
    let paths = |topic: &str| -> Vec<PathBuf> {
        fs::read_dir(folder.join(topic)).expect("the examples").map(|entry| entry.expect("a file").path()).collect()
    };
    let read = |path: PathBuf| fs::read_to_string(path).expect("an example");
    let normalized = paths("feedback.normalized.v1").into_iter().map(|path| serde_json::from_str(&read(path)));
    let enriched = paths("feedback.enriched.v1").into_iter().map(|path| {
        let enriched: Result<Enriched, _> = serde_json::from_str(&read(path));
        enriched.map(|enriched| enriched.feedback)
    });
    normalized.chain(enriched).collect::<Result<_, _>>().expect("valid examples")
}

#[test]
fn the_published_examples_are_felt_the_same_in_either_script() {
    let groups = groups();
    let traditional = groups.iter().filter_map(|(to, from)| Some((*to, *from.first()?))).collect();
    let simplified = groups.iter().flat_map(|(to, from)| from.iter().map(|c| (*c, *to))).collect();
    let mut compared = 0;
    for feedback in examples() {
        let judged = ENRICHER.enrich(&feedback);
        if !["zh", "yue"].iter().any(|chinese| judged.language.starts_with(chinese)) {
            continue;
        }
        for script in [&traditional, &simplified] {
            let feedback = Feedback { text: written(&feedback.text, script), ..feedback.clone() };
            assert_eq!(ENRICHER.enrich(&feedback).sentiment, judged.sentiment, "{}", feedback.text);
            compared += 1;
        }
    }
    assert!(compared >= 8, "{compared} texts in Chinese");
}

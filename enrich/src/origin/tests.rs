use super::*;
use crate::noise;

fn rules(toml: &str) -> Result<OriginRules, OriginError> {
    let file = OriginFile { name: "mine.toml".to_owned(), toml: toml.to_owned() };
    OriginRules::parse(&file, &Simplifier::embedded())
}

fn feedback(channel: &str, text: &str, own_account: bool) -> Feedback {
    let feedback = serde_json::json!({
        "feedback_id": "5f0c4e0e-9d5b-5b6e-8f0a-000000000001", "revision": 0, "channel": channel, "source": "s",
        "source_id": "1", "occurred_at": "2026-01-05T10:00:00Z", "received_at": "2026-01-05T10:00:01Z",
        "time_precision": "second", "own_account": own_account, "journey_stage": "unmapped", "text": text, "redactions": 0,
    });
    serde_json::from_value(feedback).unwrap()
}

fn check(channel: &str, expected: Authenticity, texts: &[&str]) {
    let simplifier = Simplifier::embedded();
    let rules = OriginRules::parse(&OriginFile::default(), &simplifier).unwrap();
    for text in texts {
        let feedback = feedback(channel, text, false);
        let own = if channel == "social" { noise::own_words(text) } else { text };
        assert_eq!(rules.judge(&feedback, own, &simplifier), expected, "{text}");
    }
}

#[test]
fn the_platforms_words_are_not_the_customers() {
    check(
        "review",
        Authenticity::DefaultPraise,
        &[
            "此用户没有填写评价。",
            "此用戶沒有填寫評價",
            "【系统默认好评！】",
            "该用户觉得商品非常好，给出5星好评",
            "评价方未及时做出评价,系统默认好评!",
            "THIS CUSTOMER LEFT NO COMMENT.",
            "コメントなし",
        ],
    );
    check(
        "review",
        Authenticity::Genuine,
        &["默认好评是什么意思？", "好评", "", "👍", "I left no comment last time, but now: great"],
    );
}

#[test]
fn the_platforms_words_may_stand_in_the_title_too() {
    let simplifier = Simplifier::embedded();
    let rules = OriginRules::parse(&OriginFile::default(), &simplifier).unwrap();
    let praise = Feedback { title: Some("默认好评".to_owned()), ..feedback("review", "默认好评", false) };
    assert_eq!(rules.judge(&praise, "默认好评\n默认好评", &simplifier), Authenticity::DefaultPraise);
    let said = Feedback { title: Some("默认好评".to_owned()), ..feedback("review", "其实不好", false) };
    assert_eq!(rules.judge(&said, "默认好评\n其实不好", &simplifier), Authenticity::Genuine);
}

#[test]
fn a_repost_needs_words_of_its_own() {
    check(
        "social",
        Authenticity::RepostOnly,
        &[
            "//@小王:太差了",
            "转发微博 //@小王:太差了",
            "轉發",
            "Repost",
            "RT @somebody: the worst airline ever",
            "rt @somebody the worst airline ever",
            "RT @ramen_fan: ここのラーメン最高",
            "リツイート @ramen_fan ここのラーメン最高",
            "RT @kim: 배송이 너무 느려요",
            "Reposted from @somebody: use my code",
        ],
    );
    check(
        "social",
        Authenticity::Genuine,
        &[
            "同感//@小王:太差了",
            "👍//@小王:太差了",
            "So true! RT @somebody: the worst airline ever. Use my code!",
            "転載: RT @ramen_fan: ここのラーメン最高",
            "转发给需要的人",
            "I start @ 9",
            "",
        ],
    );
    check("review", Authenticity::Genuine, &["转发", "RT @somebody: slow"]);
}

#[test]
fn who_sells_is_no_customer() {
    check(
        "social",
        Authenticity::Promotional,
        &[
            "加微信[WECHAT]领券，先到先得",
            "加微信领取优惠券！！",
            "扫码进群，每天都有红包",
            "招聘刷單兼職，日賺三百",
            "品牌代理招商，一件代发",
            "想要的加V，厂家直销",
            "有优惠券，需要的私信我",
            "Use my code SAVE20 at checkout",
            "DM me for prices 📩",
            "DM me for a coupon",
            "Follow & retweet to win a phone",
            "new drop, link in bio",
            "Obsessed with this serum ✨ #ad",
            "so soft #Sponsored",
            "20% off everything, shop now!",
            "Earn money online, no experience",
            "フォロー＆リツイートで当たる！",
            "今だけ割引！詳細はこちら",
            "期間限定の新しいバッグ #PR",
            "카톡 문의 주세요, 특가 진행중",
            "이 글은 업체로부터 제품을 제공받아 작성했습니다",
            "맞팔해요",
            "Link in der Bio, mit meinem Code 10 % sparen",
            "Jetzt bestellen und Gutscheincode nutzen",
            "Lien en bio, avec mon code promo",
            "Enlace en la bio, usa mi código",
            "Participa en el sorteo y gana",
        ],
    );
}

#[test]
fn who_speaks_of_coupons_and_sellers_is_a_customer() {
    check(
        "review",
        Authenticity::Genuine,
        &[
            "优惠券用不了，客服也不管",
            "说好评返现，结果加了微信不给钱，骗子",
            "卖家让我加微信领红包，烦死了",
            "店里扫码点餐很方便",
            "红包很多，很划算",
            "这家店全是刷单的评价",
            "My coupon code was rejected at checkout",
            "How do I use my code? it says expired",
            "I used a 20% off coupon and saved a lot",
            "Got scammed: they said use my code and then nothing",
            "adidas shoes #adidas",
            "I would advertise it myself",
            "Beaches of San Juan #PR",
            "没有互粉不能发私信",
            "クーポンが使えない",
            "쿠폰 적용이 안 돼요",
            "Der Gutscheincode funktioniert nicht, jetzt bestellen unmöglich",
            "Le code promo ne marche pas",
            "El código de descuento no funciona",
        ],
    );
}

#[test]
fn what_programs_write_is_no_customer() {
    check(
        "chat",
        Authenticity::Automated,
        &[
            "您的订单已发货，请注意查收",
            "您的訂單 20260105 已發貨",
            "【自动回复】您好，请稍等",
            "[自动回复]您好，有事请留言",
            "自动回复：我不在",
            "本邮件由系统自动发送，请勿直接回复",
            "尊敬的用户，您的账户有新的积分",
            "This is an automated message, please do not reply.",
            "Out of office: back on Monday",
            "Hi, I am out of the office until May 3.",
            "Dear customer, your order #123 has been shipped.",
            "このメールは自動送信されています",
            "本メールは送信専用です",
            "본 메일은 발신 전용입니다",
            "Dies ist eine automatische Antwort",
            "Ihre Bestellung wurde versandt.",
            "Ceci est un message automatique",
            "Votre colis a été expédié",
            "Este es un mensaje automático",
        ],
    );
    check(
        "chat",
        Authenticity::Genuine,
        &[
            "客服只会自动回复，没人理",
            "自动回复太慢了",
            "我的订单显示已发货，三天没动静",
            "显示您的订单已发货，可是没收到",
            "All I get is an automated message",
            "I got \"your order has been shipped\" but nothing came",
            "my order has shipped and arrived early",
            "I called but they are out of office hours",
            "Ich bekomme nur eine automatische Antwort",
        ],
    );
}

#[test]
fn who_speaks_goes_before_what_is_said_and_damage_before_phrases() {
    let simplifier = Simplifier::embedded();
    let rules = OriginRules::parse(&OriginFile::default(), &simplifier).unwrap();
    let own = feedback("social", "Link in bio!", true);
    assert_eq!(rules.judge(&own, &own.text, &simplifier), Authenticity::OwnAccount);
    check(
        "social",
        Authenticity::Garbled,
        &["\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd} #ad", "æœåŠ¡å¾ˆå¥½", "锟斤拷锟斤拷"],
    );
    check("social", Authenticity::Genuine, &["术\u{fffd}后恢复很好", "caf\u{fffd} tr\u{fffd}s bon", "術(shù)后"]);
    check("social", Authenticity::Automated, &["This is an automated message. Use code SAVE20 for 20% off"]);
}

#[test]
fn a_users_own_file_says_what_it_wants() {
    let toml = "[promotional]\nweak.a.en = [\"one\"]\nweak.b.en = [\"two\"]\nagainst.en = [\"three\"]\nopening.en = [\"hello\"]";
    let (rules, simplifier) = (rules(toml).unwrap(), Simplifier::embedded());
    for (text, expected) in [
        ("one one", Authenticity::Genuine),
        ("one, two", Authenticity::Promotional),
        ("one two three", Authenticity::Genuine),
        ("a line\n* Hello", Authenticity::Promotional),
        ("well, hello", Authenticity::Genuine),
        ("转发", Authenticity::Genuine),
    ] {
        assert_eq!(rules.judge(&feedback("social", text, false), text, &simplifier), expected, "{text}");
    }
}

#[test]
fn a_bad_file_is_refused_with_its_reason() {
    for (toml, expected) in [
        (
            "default_praise = [\n\"好\",\n\"！*\"]",
            "mine.toml, line 3: [default_praise] has the phrase \"！*\", which would match anywhere",
        ),
        ("[promotional]\nstrong.en = [\n\"?\"]", "mine.toml, line 3: [promotional] has the phrase \"?\""),
        ("[promotional]\nstrong.tlh = [\"x\"]", "mine.toml: [promotional] has phrases in \"tlh\"; choose from"),
        (
            "[automated]\nstrong.en = [\"x\"]\nweak.a.en = [\"X\"]",
            "mine.toml, line 3: \"X\" of [automated] stands under [automated], strong,",
        ),
        ("# mine\ngarbled_share = 1.5", "mine.toml, line 2: garbled_share is 1.5; it must lie between 0 and 1"),
        ("[promotion]", "unknown field `promotion`"),
        ("default_praise = 1", "line 1"),
        ("[automated", "line 1"),
    ] {
        let error = rules(toml).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(expected) && error.contains("mine.toml"), "{error}");
    }
    assert!(rules("").is_ok());
    assert!(rules("[automated]\nstrong.en = [\"x\"]\n[promotional]\nagainst.en = [\"x\"]").is_ok());
}

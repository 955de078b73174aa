//! Redaction: what becomes a token, what survives, and the properties that hold for any text.
//!
//! How much of what is found is measured on a labelled set (`data/`), by `hearken evaluate redaction`.
//!
//! Every name, number and address here is invented.

use std::borrow::Cow;

use hearken_schemas::redact::{Kind, TOKENS, excerpt, find, redact};
use proptest::prelude::*;

/// Personal data, and what is left of the text.
const PERSONAL: &[(&str, &str)] = &[
    // Chinese mobile numbers.
    ("我的手机是13800138000,请回电", "我的手机是[PHONE],请回电"),
    ("加我13912345678谢谢", "加我[PHONE]谢谢"),
    ("call 138 1234 5678 now", "call [PHONE] now"),
    ("138-1234-5678", "[PHONE]"),
    ("+86 138 1234 5678", "[PHONE]"),
    ("+8613812345678", "[PHONE]"),
    ("(+86)138-1234-5678", "[PHONE]"),
    ("0086 13812345678", "[PHONE]"),
    ("008613812345678", "[PHONE]"),
    ("86-13812345678", "[PHONE]"),
    ("tel13812345678", "tel[PHONE]"),
    ("两个号13800138000/13900139000都行", "两个号[PHONE]/[PHONE]都行"),
    ("13812345678 13987654321", "[PHONE] [PHONE]"),
    ("1. 13800138000 2. 13900139000", "1. [PHONE] 2. [PHONE]"),
    ("订单号2748392018374651023,电话13800138000", "订单号2748392018374651023,电话[PHONE]"),
    ("订单 2748392018374651023 13800138000", "订单 2748392018374651023 [PHONE]"),
    ("19912345678 打不通", "[PHONE] 打不通"),
    ("in any case 13812345678", "in any case [PHONE]"),
    ("订单联系电话13800138000", "订单联系电话[PHONE]"),
    // Landlines, and the numbers of other countries.
    ("公司座机010-12345678", "公司座机[PHONE]"),
    ("010-12345678-801 找小王", "[PHONE] 找小王"),
    ("（0755）12345678", "[PHONE]"),
    ("(0755) 1234567 转", "[PHONE] 转"),
    ("021 12345678", "[PHONE]"),
    ("02112345678", "[PHONE]"),
    ("(555) 123-4567", "[PHONE]"),
    ("Call 555-123-4567 or 555.765.4321!", "Call [PHONE] or [PHONE]!"),
    ("1-555-123-4567", "[PHONE]"),
    ("+1 (555) 123-4567", "[PHONE]"),
    ("+44 20 7946 0958", "[PHONE]"),
    ("+49 30 1234567", "[PHONE]"),
    ("+81-90-1234-5678 です", "[PHONE] です"),
    ("+82 10-1234-5678", "[PHONE]"),
    ("+33 6 12 34 56 78", "[PHONE]"),
    ("+86 10 12345678", "[PHONE]"),
    ("06 12 34 56 78", "[PHONE]"),
    ("090-1234-5678", "[PHONE]"),
    ("03-1234-5678まで", "[PHONE]まで"),
    ("0711/1234567", "[PHONE]"),
    ("0049 30 1234567", "[PHONE]"),
    ("Tel.: 91234567", "Tel.: [PHONE]"),
    ("WhatsApp 9123 4567", "WhatsApp [PHONE]"),
    ("WhatsApp (852) 9123 4567 anytime", "WhatsApp [PHONE] anytime"),
    ("my number: (853) 6212 3456", "my number: [PHONE]"),
    ("（852）9123-4567", "[PHONE]"),
    ("tel 852 9123 4567", "tel [PHONE]"),
    ("电话：5551234567", "电话：[PHONE]"),
    ("電話番号は0312345678", "電話番号は[PHONE]"),
    // E-mail addresses.
    ("write to jane.doe+shop@mail.example.co.uk.", "write to [EMAIL]."),
    ("邮箱xiaoming_88@example.cn谢谢", "邮箱[EMAIL]谢谢"),
    ("13812345678@example.com", "[EMAIL]"),
    ("a@b.io,c@d.io", "[EMAIL],[EMAIL]"),
    ("<j-p%x@sub-1.example.org>", "<[EMAIL]>"),
    ("me@example.com13812345678", "[EMAIL][PHONE]"),
    ("a@12.example.com", "[EMAIL]"),
    // Bank cards.
    ("4111111111111111", "[CARD]"),
    ("card 4111 1111 1111 1111, cvv 123", "card [CARD], cvv 123"),
    ("5555-5555-5555-4444", "[CARD]"),
    ("卡号6228480402564890018", "卡号[CARD]"),
    ("621700001012345678", "[CARD]"),
    ("6228 4804 0256 4890 018", "[CARD]"),
    ("3782 822463 10005", "[CARD]"),
    ("3566002020360505", "[CARD]"),
    ("2221 0000 0000 0009", "[CARD]"),
    ("工行9558800200123456788", "工行[CARD]"),
    ("4000000000006", "[CARD]"),
    // Chinese identity numbers.
    ("11010519491231002X", "[ID]"),
    ("身份证440301199202290014，谢谢", "身份证[ID]，谢谢"),
    ("ID510107200011301017", "ID[ID]"),
    ("330102 19880808 5678", "[ID]"),
    ("11010519491231002x13800138000", "[ID][PHONE]"),
    ("订单号 11010519491231002X", "订单号 [ID]"),
    // Numbers that are written so that no form takes them for one.
    ("一三八零零一三八零零零", "[PHONE]"),
    ("打1三8零0一三八零零零吧", "打[PHONE]吧"),
    ("1 3 8 1 2 3 4 5 6 7 8", "[PHONE]"),
    ("jane at example dot com", "[EMAIL]"),
    ("jane(at)example.com", "[EMAIL]"),
    // Identity numbers of other places, and wrong ones that are called identity numbers.
    ("身份证44030119900229001X不对", "身份证[ID]不对"),
    ("my SSN is 078-05-1120", "my SSN is [ID]"),
    ("HKID A123456(3)", "HKID [ID]"),
    // Accounts.
    ("加微信lily_88，谢谢", "加微信[WECHAT]，谢谢"),
    ("微信号：HappyFish", "微信号：[WECHAT]"),
    ("微信13800138000", "微信[PHONE]"),
    ("my WeChat is tom-in-beijing.", "my WeChat is [WECHAT]."),
    ("VX: abc123_d", "VX: [WECHAT]"),
    ("QQ：123456789", "QQ：[QQ]"),
    ("加扣扣群600123456", "加扣扣群[QQ]"),
    // Plates, with and without a word before them.
    ("沪A12345被刮了", "[PLATE]被刮了"),
    ("车牌粤B·D12345", "车牌[PLATE]"),
    ("鲁B12345D", "[PLATE]"),
    ("粤Z1234港的车", "[PLATE]的车"),
    ("license plate 7ABC123", "license plate [PLATE]"),
    ("number plate LK21 XYZ.", "number plate [PLATE]."),
    // Passports and permits.
    ("护照E12345678过期", "护照[PASSPORT]过期"),
    ("passport no. C01X00T47", "passport no. [PASSPORT]"),
    ("回乡证H1234567800", "回乡证[PASSPORT]"),
    // Addresses.
    ("请寄到北京市朝阳区建国路甲88号3号楼1205，谢谢", "请寄到[ADDRESS]，谢谢"),
    ("我住7栋1单元1803", "我住[ADDRESS]"),
    ("台北市大安區忠孝東路四段100號8樓之3", "[ADDRESS]"),
    ("李庄村3组12号", "[ADDRESS]"),
    ("live at 12 Elm Street, Apt 4B, Springfield, IL 62704.", "live at [ADDRESS]."),
    ("Flat 3, 18 Rose Court", "[ADDRESS]"),
    ("my postcode is SW1A 1AA", "my postcode is [ADDRESS]"),
];

/// What looks personal and is not: every one survives byte for byte.
const HARMLESS: &[&str] = &[
    // Order, parcel, ticket and article numbers.
    "订单号：2748392018374651023",
    "单号 3849201837465102 还没到",
    "订单编号是 4111111111111111",
    "order no. 13800138000 never arrived",
    "Order #114-3941689-8772232",
    "Bestellung 028-1234567-7654321",
    "028-1234567-7654321",
    "2748392018374651023",
    "Lieferschein OV0584630496 liegt bei",
    "20240115123456789",
    "230815-123456789012345",
    "JD4111111111111111",
    "138123456789012",
    "订单13812345678901",
    "tracking number 4000000000006",
    "33010219880808567811010519491231002x",
    "SF1381234567890",
    // Numbers with a check digit that is wrong, or a date that never was.
    "4111111111111112",
    "110105194912310021",
    "44030119900229001X",
    "310104200113051235",
    "9558 8002 0012 3456",
    // Barcodes, versions, addresses of machines, times, prices, sizes.
    "6901234567892",
    "7.12.2024 18:30:00",
    "01-02-2024 12:30",
    "2024-01-15 10:30",
    "1706745600123",
    "20240115123045",
    "192.168.100.200",
    "v10.15.7 (build 21345)",
    "3.141592653589793",
    "0.13812345678",
    "iPhone 1234567 times better",
    "The border 1234567",
    "¥1,299.00 → ¥999",
    "12 34 56",
    "1000 2000 3000",
    "100%好评，5星，3年",
    "2024-01-1234567",
    // At signs.
    "@support please help",
    "5@2.50 each",
    "mail me @ home.",
    "a@b",
    "@.com",
    // Hotlines are nobody's.
    "400-820-8820打不通",
    "call 1-800-555-0100",
    "电话4008208820",
    // Words that announce an account, a document or a plate, and nothing behind them.
    "微信支付失败",
    "WeChat support, wechat mini-program, WeChat pay",
    "QQ音乐12345首",
    "passport control took 90 minutes",
    "护照20241120到期",
    "plate size 27 cm",
    "京A很难摇",
    // Shops, rooms, dates and lines are no addresses.
    "南京西路店的服务员",
    "在5号桌等了一小时",
    "5号线和3号楼",
    "不知道12号发货",
    "那一段一段开始",
    "2 way radio, 12 drive bays, 3 stores on Market Street",
    "the 5th Avenue store",
];

#[test]
fn personal_data_becomes_tokens() {
    for (text, expected) in PERSONAL {
        let redacted = redact(text);
        assert_eq!(redacted.text, *expected, "{text}");
        assert_eq!(redacted.count as usize, tokens(expected), "{text}");
    }
}

#[test]
fn everything_else_survives() {
    for text in HARMLESS {
        let redacted = redact(text);
        assert_eq!(redacted.text, *text);
        assert!(matches!(redacted.text, Cow::Borrowed(_)), "{text} was copied");
        assert_eq!(redacted.count, 0, "{text}");
    }
}

#[test]
fn an_excerpt_is_short_readable_and_redacted() {
    let check = |bytes: &[u8], chars_max, expected| assert_eq!(excerpt(bytes, chars_max), expected);
    check(br#"{"author_handle": "ming_88", "text": "bad"}"#, 100, r#"{"author_handle":"[NAME]", "text": "bad"}"#);
    check(br#"{"agent_name":"Li Lei","agent_name":"Han"#, 100, r#"{"agent_name":"[NAME]","agent_name":"[NAME]"#);
    check(
        br#"{"customer_name":"Li","name":"Han","aliases":[{"type":"phone","value":"1"}],"rating":{"value":4}}"#,
        200,
        r#"{"customer_name":"[NAME]","name":"[NAME]","aliases":[{"type":"phone","value":"[NAME]"}],"rating":{"value":4}}"#,
    );
    check(br#"{"author_handle": null, "agent_id": 7}"#, 100, r#"{"author_handle": null, "agent_id": 7}"#);
    check("{\"text\": \"好\n用\"".as_bytes(), 80, "{\"text\": \"好 用\"");
    check("客服很好客服很好".as_bytes(), 4, "客服很好");
    check(b"tel 13800138000 \xff\xfe", 80, "tel [PHONE] \u{fffd}\u{fffd}");
    // Cutting in the middle of a number must not leave its first half.
    check(b"my number is 13800138000", 18, "my number is [PHON");
    // Numbers that hide in escapes, full-width digits, zero-width characters.
    check(br#"{"text": "\u7535\u8bdd13800138000\n4111111111111111"}"#, 80, "{\"text\": \"电话[PHONE] [CARD]\"}");
    check("１３８００１３８０００ ａ＠ｂ．ｃｏｍ".as_bytes(), 80, "[PHONE] [EMAIL]");
    check("138\u{200b}0013\u{feff}8000".as_bytes(), 80, "[PHONE]");
    check(br"\ud83d\ude00 \ud83d \u12 \\ \", 80, "😀 \u{fffd} u12 \\  ");
    check(
        r#"{"text":"加微信lily_88，QQ:12345678，护照E12345678，沪A12345，文三路478号"}"#.as_bytes(),
        120,
        r#"{"text":"加微信[WECHAT],QQ:[QQ],护照[PASSPORT],[PLATE],[ADDRESS]"}"#,
    );
    check(b"", 80, "");
    check(b"\x00\x1b[31m", 80, "  [31m");
}

#[test]
fn a_name_the_record_carries_shows_nowhere_in_the_excerpt() {
    let check = |record: &str, expected: &str| assert_eq!(excerpt(record.as_bytes(), 200), expected);
    check(
        r#"{"text":"My name is Jonathan Quincy","customer_name":"Jonathan Quincy"}"#,
        r#"{"text":"My name is [NAME]","customer_name":"[NAME]"}"#,
    );
    check(
        r#"{"agent_name": "Li Lei", "text": "Li Lei and Li", "name": "Li"#,
        r#"{"agent_name":"[NAME]", "text": "[NAME] and [NAME]", "name":"[NAME]"#,
    );
    check(
        r#"{"author_handle":"@冰淇淋","text":"我是冰淇淋 @冰淇淋"#,
        r#"{"author_handle":"[NAME]","text":"我是[NAME] @[NAME]"#,
    );
    check(r#"{"text":"Jo \"J\" Q\u0022","name":"Jo \"J\" Q\u0022"}"#, r#"{"text":"[NAME]","name":"[NAME]"}"#);
    check(r#"{"name":"Kim13800138000","text":"Kim13800138000"}"#, r#"{"name":"[NAME]","text":"[NAME]"}"#);
    check(r#"{"agent_id":"00","text":"13800138000"}"#, r#"{"agent_id":"[NAME]","text":"[PHONE]"}"#);
    check(
        r#"{"name":"NAME","text":"[NAME] PHONE","value":"PHONE"}"#,
        r#"{"name":"[NAME]","text":"[NAME] [NAME]","value":"[NAME]"}"#,
    );
    // What names nobody, or too little to be told from other words.
    check(
        r#"{"text":"an anonymous L","customer_name":"Anonymous","name":"L"}"#,
        r#"{"text":"an anonymous L","customer_name":"[NAME]","name":"[NAME]"}"#,
    );
    // Cutting in the middle of a name must not leave its first half.
    assert_eq!(excerpt(br#"Jonathan Quincy, "name":"Jonathan Quincy""#, 4), "[NAM");
}

#[test]
fn a_megabyte_of_names_is_read_in_linear_time() {
    let many: String = (0..80_000).map(|nth| format!("\"name\":\"n{nth}\"")).collect();
    assert_eq!(excerpt(many.as_bytes(), 30), r#""name":"[NAME]""name":"[NAME]""#);
}

#[test]
fn a_megabyte_of_digits_and_at_signs_is_read_in_linear_time() {
    // Quadratic work on these would take minutes, not the fraction of a second that a test may take.
    for piece in [
        "1 ",
        "1-",
        "13800138000 ",
        "a@",
        "a.b@c.",
        "(+86) ",
        "4111 ",
        "1 St ",
        "1 A ",
        "St ",
        "微信",
        "微信a",
        "路1号",
        "号",
        "1号",
        "Flat 1, ",
        "a at ",
        "(at)a.",
        "一三",
        "一三零",
        "京A1",
        "QQ1 ",
        "QQ",
        "SSN 1-",
        "护照E",
        "vx vx:",
        "小区3栋2单元",
        "plate A1 ",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        assert!(redact(&text).text.len() <= 2 * text.len(), "{piece}");
    }
}

/// Counts the tokens.
fn tokens(text: &str) -> usize {
    Kind::ALL.map(|kind| text.matches(kind.token()).count()).into_iter().sum()
}

/// Words that announce, what they announce, and what looks like it.
#[rustfmt::skip]
const MORE: &[&str] = &[
    "微信", "微信号：", "wechat", " vx ", "加V", "V:", "lily_88", "HappyFish", "QQ", "q:", "12345678", "护照", "passport ", "E12345678",
    "车牌", "plate ", "AB12 CDE", "京A", "沪A12345", "D12345", "身份证", "SSN ", "078-05-1120", "A123456(3)", "12 ", "Elm ", "Street", " St",
    ", Apt 4B", ", IL 62704", " SW1A", " 1AA", "PO Box ", "南京西路", "1266号", "3栋", "2单元", "501", "小区", "大厦", "一段", "村", "组", "在",
    "一三八", "零零", "八", "(at)", " at ", " dot ", "com", "example", " @ ", "400-820-8820", "800", "1-", "call ", " ", "，", "号", "是",
];

/// Text in which personal data, its fragments and its borders are likely.
fn likely_text() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("13800138000".to_owned()),
        Just("4111111111111111".to_owned()),
        Just("4111 1111".to_owned()),
        Just("11010519491231002X".to_owned()),
        Just("028-1234567".to_owned()),
        Just("+86".to_owned()),
        Just("0086".to_owned()),
        Just("订单号".to_owned()),
        Just("order".to_owned()),
        Just("tel".to_owned()),
        Just("me@example.com".to_owned()),
        prop::sample::select(MORE).prop_map(str::to_owned),
        prop::sample::select(MORE).prop_map(str::to_owned),
        prop::sample::select(&TOKENS[..]).prop_map(str::to_owned),
        "[0-9]{1,12}",
        "[-+ ().@/：#xXa\\[\\]]{1,2}",
        "\\PC",
    ];
    prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn redacting_twice_is_redacting_once(text in likely_text()) {
        let once = redact(&text);
        let twice = redact(&once.text);
        prop_assert_eq!(&twice.text, &once.text);
        prop_assert_eq!(twice.count, 0);
    }

    #[test]
    fn redacting_only_ever_removes_digits(text in likely_text()) {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<Vec<_>>();
        let (before, after) = (digits(&text), digits(&redact(&text).text));
        let mut rest = before.iter();
        prop_assert!(after.iter().all(|digit| rest.any(|other| other == digit)), "digits appeared");
    }

    #[test]
    fn what_is_found_stands_in_order_and_whole(text in likely_text()) {
        let mut from = 0;
        for found in find(&text) {
            prop_assert!(found.span.start >= from && found.span.start < found.span.end, "{:?} in {:?}", found, text);
            prop_assert!(text.get(found.span.clone()).is_some(), "{:?} in {:?}", found, text);
            from = found.span.end;
        }
    }

    #[test]
    fn a_text_without_letters_digits_and_at_signs_is_not_even_copied(text in "[\u{4e00}-\u{9fff}，。！ ]{0,80}") {
        let redacted = redact(&text);
        prop_assert!(matches!(redacted.text, Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn any_mobile_number_is_found_and_no_piece_of_a_longer_run(second in 3..=9u8, rest in "[0-9]{9}", more in "[0-9]{4,6}") {
        let mobile = format!("1{second}{rest}");
        let said = format!("电话{mobile}。");
        prop_assert_eq!(redact(&said).text, "电话[PHONE]。");
        // Fifteen to seventeen digits that start like a mobile are neither a phone, nor a card, nor (but for the check) an ID.
        prop_assert_eq!(redact(&format!("{mobile}{more}")).count, 0);
    }

    #[test]
    fn nothing_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), chars_max in 0..100usize) {
        let text = excerpt(&bytes, chars_max);
        prop_assert!(text.chars().count() <= chars_max);
        prop_assert!(!text.chars().any(char::is_control));
    }
}

//! What nothing but the word before it tells: accounts, passports, foreign plates and identity numbers.

use std::ops::Range;

use super::{Found, Kind};

/// What a word announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Announced {
    Wechat,
    /// A word that is WeChat only where a sign or 号 follows, such as a lone V.
    WechatShort,
    Qq,
    QqShort,
    Passport,
    Plate,
    Identity,
}

impl Announced {
    /// The words; letters in either case.
    #[rustfmt::skip]
    pub(super) const WORDS: &[(Self, &[&str])] = &[
        (Self::Wechat, &[
            "微信", "薇信", "徽信", "威信", "v信", "wechat", "we chat", "weixin", "vx", "wx", "加v", "➕v", "v❤", "加微",
        ]),
        (Self::WechatShort, &["v:", "v："]),
        (Self::Qq, &["qq", "q q", "扣扣", "球球", "企鹅", "企鵝", "加q", "➕q"]),
        (Self::QqShort, &["q:", "q：", "扣"]),
        (Self::Passport, &[
            "护照", "護照", "passport", "通行证", "通行證", "回乡证", "回鄉證", "台胞证", "台胞證", "臺胞證", "旅行证",
            "旅行證", "return permit", "travel permit", "entry permit",
        ]),
        (Self::Plate, &[
            "license plate", "licence plate", "number plate", "plate", "car reg", "vehicle reg", "registration", "tag",
            "车牌", "車牌", "牌照", "车号", "車號",
        ]),
        (Self::Identity, &[
            "身份证", "身份證", "身分證", "身分证", "证件号", "證件號", "ssn", "social security", "ni number",
            "national insurance", "nric", "aadhaar", "aadhar", "hkid", "id card", "id number", "id no",
            "social insurance", "national id", "personal id", "my id",
        ]),
    ];

    const fn kind(self) -> Kind {
        match self {
            Self::Wechat | Self::WechatShort => Kind::Wechat,
            Self::Qq | Self::QqShort => Kind::Qq,
            Self::Passport => Kind::Passport,
            Self::Plate => Kind::Plate,
            Self::Identity => Kind::Id,
        }
    }
}

/// What stands between a word and what it announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Link {
    /// Nothing, a blank, or a comma: "微信 lily88".
    Loose,
    /// A verb: "my WeChat is".
    Said,
    /// A sign or a word that only an account or a number follows: "微信号：".
    Firm,
}

/// The longest way from the word to what it announces.
const LINKS_MAX: usize = 6;

/// Words of a link; the longer stand before those they begin with.
#[rustfmt::skip]
const LINKS: &[(&str, Link)] = &[
    (":", Link::Firm), ("：", Link::Firm), ("=", Link::Firm), ("号码", Link::Firm), ("號碼", Link::Firm), ("字号", Link::Firm),
    ("字號", Link::Firm), ("号", Link::Firm), ("號", Link::Firm), ("账", Link::Firm), ("帐", Link::Firm), ("賬", Link::Firm),
    ("#", Link::Firm), ("number", Link::Firm), ("no.", Link::Firm), ("no", Link::Firm), ("nr", Link::Firm),
    ("id", Link::Firm), ("群", Link::Loose), ("是", Link::Said), ("为", Link::Said), ("為", Link::Said), ("is", Link::Said),
    (" ", Link::Loose), (",", Link::Loose), ("，", Link::Loose), ("(", Link::Loose), ("（", Link::Loose),
    ("“", Link::Loose), ("\"", Link::Loose), ("❤", Link::Firm),
];

/// Returns what stands behind a word that announces it.
pub(super) fn behind(text: &str, from: usize, word: &Range<usize>, what: Announced) -> Option<Found> {
    let (first, before) = (text[word.start..].chars().next()?, text[from..word.start].chars().next_back());
    if first.is_ascii_alphabetic() && before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '[' | '_')) {
        return None;
    }
    let (start, link) = linked(text, word.end);
    // "wechats", "tags", "vx2": the word goes on.
    let last = text[..word.end].chars().next_back()?;
    if start == word.end
        && last.is_ascii_alphanumeric()
        && !matches!(what, Announced::Wechat | Announced::Qq | Announced::Passport)
    {
        return None;
    }
    let rest = &text[start..];
    let len = match what {
        Announced::Wechat => account(rest, link, start > word.end || !last.is_ascii_alphabetic() || !first.is_ascii()),
        Announced::WechatShort => account(rest, Link::Said, true),
        Announced::Qq | Announced::QqShort => qq(rest),
        Announced::Passport => passport(rest, link),
        Announced::Plate => plate(rest),
        Announced::Identity => identity(rest),
    }?;
    Some(Found { span: start..start + len, kind: what.kind() })
}

/// Returns where the links end and the firmest of them.
fn linked(text: &str, at: usize) -> (usize, Link) {
    let (mut at, mut firmest) = (at, Link::Loose);
    for _ in 0..LINKS_MAX {
        let rest = &text[at..];
        let next = LINKS.iter().find(|(word, _)| {
            let begins = rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
            let goes_on = || rest[word.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            begins && !(word.ends_with(|c: char| c.is_ascii_alphabetic()) && goes_on())
        });
        let Some((word, link)) = next else { break };
        at += word.len();
        firmest = firmest.max(*link);
    }
    (at, firmest)
}

/// Measures a WeChat account: 6 to 20 letters, digits, `_` and `-`, a letter first. Behind a loose link it must not be a word.
fn account(rest: &str, link: Link, is_apart: bool) -> Option<usize> {
    let len = run(rest, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let account = rest[..len].trim_end_matches('-');
    let goes_on = rest[len..].starts_with(['@', '/']) || rest[len..].starts_with('.') && begins_label(&rest[len + 1..]);
    if !is_apart || goes_on || !(6..=20).contains(&account.len()) {
        return None;
    }
    let is_number = account.bytes().all(|byte| byte.is_ascii_digit());
    let is_good = if is_number {
        link == Link::Firm && account.len() <= 10 && !account.starts_with('0')
    } else {
        account.as_bytes()[0].is_ascii_alphabetic() && is_chosen(account, link)
    };
    is_good.then_some(account.len())
}

/// Tells an account that somebody chose from a word: "wechat support", "wechat mini-program".
fn is_chosen(account: &str, link: Link) -> bool {
    const THINGS: [&str; 11] =
        ["iphone", "ipad", "android", "huawei", "xiaomi", "windows", "version", "http", "openid", "unionid", "appid"];
    let lower = account.to_ascii_lowercase();
    if THINGS.iter().any(|thing| lower.starts_with(thing)) {
        return false;
    }
    let is_camel = account.as_bytes().windows(2).any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase());
    let is_distinct = is_camel || account.bytes().any(|byte| byte.is_ascii_digit() || byte == b'_');
    match link {
        Link::Firm => true,
        Link::Said => is_distinct || account.contains('-'),
        Link::Loose => is_distinct || account.matches('-').count() > 1,
    }
}

fn begins_label(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// Measures a QQ number: 5 to 11 digits that begin with no 0, in groups too; a mobile number is left to be a phone number.
fn qq(rest: &str) -> Option<usize> {
    let (mut digits, mut len) = (0, 0);
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => (digits, len) = (digits + 1, at + 1),
            b' ' if at == len && digits > 0 => {}
            _ => break,
        }
    }
    let after = &rest[len..];
    let goes_on = after
        .starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '人' | '个' | '元' | '次' | '块'))
        || after.starts_with(['.', '-', '/', '@']) && begins_label(&after[1..]);
    let is_mobile = digits == 11 && rest.starts_with('1') && !rest[1..].starts_with(['0', '1', '2']);
    ((5..=11).contains(&digits) && !rest.starts_with('0') && !is_mobile && !goes_on).then_some(len)
}

/// Measures a passport's or permit's number: 7 to 11 letters and digits, five digits at least; of nothing but digits 8 to 10, and
/// no date.
fn passport(rest: &str, link: Link) -> Option<usize> {
    let len = run(rest, u8::is_ascii_alphanumeric);
    let signs = &rest.as_bytes()[..len];
    let digits = signs.iter().filter(|byte| byte.is_ascii_digit()).count();
    let goes_on =
        rest[len..].starts_with(['-', '_']) && rest[len + 1..].starts_with(|c: char| c.is_ascii_alphanumeric());
    let is_number = match signs {
        _ if digits < len => {
            (7..=11).contains(&len) && digits >= 5 && signs.iter().all(|byte| !byte.is_ascii_lowercase())
        }
        [b'1', b'9', ..] | [b'2', b'0', ..] if len == 8 => link == Link::Firm,
        _ => (8..=10).contains(&len),
    };
    (is_number && !goes_on).then_some(len)
}

/// Measures a plate: up to eight capitals and digits, some of each, in one or two groups.
fn plate(rest: &str) -> Option<usize> {
    let sign = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let first = run(rest, sign);
    let joined = rest[first..].strip_prefix([' ', '-']).map_or(0, |second| run(second, sign));
    [(joined > 0).then_some(first + 1 + joined), Some(first)].into_iter().flatten().find(|len| {
        let signs = rest[..*len].bytes().filter(|byte| sign(byte));
        let (digits, letters): (Vec<u8>, Vec<u8>) = signs.partition(u8::is_ascii_digit);
        let ends = !rest[*len..].starts_with(|c: char| c.is_ascii_alphanumeric());
        first > 0
            && ends
            && digits.len() >= 2
            && !letters.is_empty()
            && (5..=8).contains(&(digits.len() + letters.len()))
    })
}

/// Measures an identity number: 7 to 18 capitals and digits in groups, six digits at least and four letters at most; a check
/// digit in brackets belongs to it. Of nothing but digits at least nine, and no mobile number.
fn identity(rest: &str) -> Option<usize> {
    let (mut digits, mut letters, mut len) = (0, 0, 0);
    let bytes = rest.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' => (digits, len) = (digits + 1, at + 1),
            b'A'..=b'Z' | b'x' => (letters, len) = (letters + 1, at + 1),
            b' ' | b'-'
                if at == len && at > 0 && bytes.get(at + 1).is_some_and(|next| is_group(*next, &bytes[at + 1..])) => {}
            _ => break,
        }
    }
    if let [b'(', check, b')', ..] = &bytes[len..]
        && check.is_ascii_alphanumeric()
    {
        (digits, len) = (digits + 1, len + 3);
    }
    let ends = !rest[len..].starts_with(|c: char| c.is_ascii_alphanumeric());
    let is_mobile = digits == 11 && letters == 0;
    let digits_min = if letters == 0 { 9 } else { 6 };
    (ends && digits >= digits_min && letters <= 4 && digits + letters <= 18 && !is_mobile).then_some(len)
}

/// Tells whether a group of a number begins: a digit, or a capital that stands alone.
fn is_group(first: u8, rest: &[u8]) -> bool {
    first.is_ascii_digit() || first.is_ascii_uppercase() && !rest.get(1).is_some_and(u8::is_ascii_alphanumeric)
}

fn run(text: &str, belongs: impl Fn(&u8) -> bool) -> usize {
    text.bytes().take_while(|byte| belongs(byte)).count()
}

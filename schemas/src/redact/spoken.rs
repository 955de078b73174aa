//! Phone numbers in Chinese characters: 一三八零零一三八零零零, 幺三九,零零一二,三四五六.

use std::ops::Range;

/// How such a number begins: a mobile's first two digits, of which one at least is a character, and Taiwan's 09.
#[rustfmt::skip]
pub(super) const BEGINNINGS: &[&str] = &[
    "一三", "一四", "一五", "一六", "一七", "一八", "一九", "幺三", "幺四", "幺五", "幺六", "幺七", "幺八", "幺九",
    "壹叁", "壹肆", "壹伍", "壹陆", "壹柒", "壹捌", "壹玖", "1三", "1四", "1五", "1六", "1七", "1八", "1九",
    "一3", "一4", "一5", "一6", "一7", "一8", "一9", "零九", "〇九",
];

/// How many digits a mobile number of the mainland has; Taiwan's have one less.
const MOBILE_DIGITS: usize = 11;

/// Returns the number that begins at `start`, no part of a longer run of digits.
pub(super) fn from(text: &str, from: usize, start: usize) -> Option<Range<usize>> {
    if text[from..start].chars().next_back().and_then(digit).is_some() {
        return None;
    }
    let (mut digits, mut end, mut separated) = (String::new(), start, false);
    for (at, c) in text[start..].char_indices() {
        if let Some(digit) = digit(c) {
            digits.push(digit);
            end = start + at + c.len_utf8();
            separated = false;
        } else if separated || !matches!(c, ' ' | ',' | '，' | '、' | '-' | '.') {
            break;
        } else {
            separated = true;
        }
        if digits.len() > MOBILE_DIGITS {
            return None;
        }
    }
    let is_mobile = match digits.as_bytes() {
        [b'1', b'3'..=b'9', rest @ ..] => rest.len() == MOBILE_DIGITS - 2,
        [b'0', b'9', rest @ ..] => rest.len() == MOBILE_DIGITS - 3,
        _ => false,
    };
    is_mobile.then_some(start..end)
}

/// Reads one digit, in whichever way it is written.
fn digit(c: char) -> Option<char> {
    Some(match c {
        '0'..='9' => c,
        '零' | '〇' => '0',
        '一' | '幺' | '壹' => '1',
        '二' | '贰' | '两' => '2',
        '三' | '叁' => '3',
        '四' | '肆' => '4',
        '五' | '伍' => '5',
        '六' | '陆' => '6',
        '七' | '柒' => '7',
        '八' | '捌' => '8',
        '九' | '玖' => '9',
        _ => return None,
    })
}

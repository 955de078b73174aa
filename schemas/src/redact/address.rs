//! Chinese addresses, best effort: a street, village or community with a number, a building with a room.
//!
//! An address is found by its first unit (`478号`, `3栋`), then grown: to the left over the names before it, up to a word that
//! leads to an address (在, 送到 …), to the right over further units, buildings and a room.

use std::ops::Range;

/// The words of units, which the cues look for.
pub(super) const UNITS: &[&str] =
    &["号楼", "号院", "號樓", "号", "號", "弄", "巷", "段", "栋", "幢", "棟", "座", "组", "組", "舍"];
/// Units of which a building has several.
const BUILDINGS: [&str; 8] = ["号楼", "號樓", "栋", "幢", "棟", "座", "舍", "号院"];
/// Units inside a building or a yard; the longer stand before those they begin with.
#[rustfmt::skip]
const INNER: [&str; 27] = [
    "号楼", "號樓", "号院", "单元", "單元", "号", "號", "弄", "巷", "段", "栋", "幢", "棟", "座", "室", "楼", "樓", "层", "層", "门",
    "門", "户", "戶", "舍", "期", "房", "组",
];
/// Units that lead to a door.
const DOORS: [&str; 9] = ["室", "单元", "單元", "门", "門", "户", "戶", "房", "舍"];
/// What a street's name ends with.
const STREETS: [char; 8] = ['路', '街', '巷', '道', '胡', '村', '屯', '段'];
/// Words that end like a street: 知道12号发货, 在路口, 思路.
#[rustfmt::skip]
const NO_STREETS: [&str; 27] = [
    "知道", "味道", "渠道", "报道", "報道", "频道", "通道", "管道", "轨道", "一道", "半路", "思路", "线路", "套路", "网路", "走路",
    "在路", "马路", "逛街", "农村", "这段", "那段", "阶段", "时段", "片段", "手段", "赶路",
];
/// What a building's or community's name ends with.
#[rustfmt::skip]
const PLACES: [&str; 16] = [
    "大厦", "大廈", "广场", "廣場", "花园", "花園", "小区", "公寓", "中心", "大楼", "园", "苑", "城", "商厦", "宿舍", "小區",
];
/// Where the words before an address end.
#[rustfmt::skip]
const LEADS: [char; 26] = [
    '在', '到', '是', '住', '址', '寄', '送', '填', '的', '了', '我', '说', '去', '往', '从', '给', '跟', '让', '请', '您', '你', '他', '她',
    '們', '们', '說',
];
/// What follows a number that is no house's: 5号线, 3号店, 12号桌.
const NO_HOUSES: [char; 14] = ['线', '線', '店', '桌', '机', '柜', '窗', '口', '款', '色', '出', '下', '发', '到'];
/// How far an address reaches to the left of its first unit.
const LEFT_CHARS_MAX: usize = 40;
/// How many units, names and rooms follow the first unit.
const PARTS_MAX: usize = 8;
/// How long a building's name is.
const PLACE_CHARS_MAX: usize = 8;

/// Returns the address whose first unit is `unit`, looking no further back than `from`.
pub(super) fn around(text: &str, from: usize, unit: &Range<usize>) -> Option<Range<usize>> {
    let number = number_before(&text[from..unit.start])? + from;
    let word = &text[unit.clone()];
    let before = &text[from..number];
    let is_street = !matches!(word, "栋" | "幢" | "棟" | "座" | "舍") && on_street(before, word);
    let after = &text[unit.end..];
    if is_street && matches!(word, "号" | "號") && after.starts_with(NO_HOUSES) {
        return None;
    }
    let (end, leads_to_door) = grown(text, unit.end, BUILDINGS.contains(&word));
    let is_building = BUILDINGS.contains(&word) && leads_to_door;
    if !is_street && !is_building {
        return None;
    }
    Some(from + left(before)..end)
}

/// Returns where the number begins that a unit stands behind: digits or characters, a letter (`A栋`), 甲 or 附 before them.
fn number_before(before: &str) -> Option<usize> {
    let digits = before.trim_end_matches(|c: char| c.is_ascii_digit());
    let han = before.trim_end_matches(is_han_digit);
    let letter = before.strip_suffix(|c: char| c.is_ascii_alphabetic());
    let number = match (before.len() - digits.len(), before.len() - han.len(), letter) {
        (1..=5, _, _) => digits,
        (_, 1..=12, _) => han,
        (0, 0, Some(rest)) if !rest.ends_with(|c: char| c.is_ascii_alphabetic()) => rest,
        _ => return None,
    };
    let number = number.strip_suffix(['甲', '乙', '丙', '附', '第']).unwrap_or(number);
    Some(number.len())
}

/// Tells whether a street, or a group of a village, ends right before the number of a unit.
fn on_street(before: &str, word: &str) -> bool {
    let before = before.trim_end_matches(' ');
    let Some(last) = before.chars().next_back() else { return false };
    if NO_STREETS.iter().any(|other| before.ends_with(other)) {
        return false;
    }
    let stem = &before[..before.len() - last.len_utf8()];
    let is_named = stem.chars().next_back().is_some_and(|c| is_han(c) || c.is_ascii_digit());
    match last {
        // 天府大道中段, 文化路一段, 一段25巷.
        '段' => word != "段" && stem.ends_with(|c: char| is_han_digit(c) || "东東西南北中上下".contains(c)),
        '同' => stem.ends_with('胡'),
        // 三段 and 八组 are no house: the street goes on.
        _ if matches!(word, "段") => is_named && matches!(last, '路' | '道' | '街'),
        '村' | '屯' => is_named && matches!(word, "组" | "組" | "号" | "號"),
        _ => is_named && STREETS.contains(&last) && !matches!(word, "组" | "組"),
    }
}

/// Returns where the address begins whose number begins at the end of `before`.
fn left(before: &str) -> usize {
    let belongs = |c: &char| is_han(*c) || c.is_ascii_alphanumeric() || *c == '·';
    let run = before.chars().rev().take(LEFT_CHARS_MAX).take_while(belongs).map(char::len_utf8).sum::<usize>();
    let start = before.len() - run;
    let lead = before[start..].char_indices().rev().find(|(_, c)| LEADS.contains(c));
    start + lead.map_or(0, |(at, c)| at + c.len_utf8())
}

/// Returns how far an address goes on behind its first unit, and whether it comes to a door.
fn grown(text: &str, at: usize, in_building: bool) -> (usize, bool) {
    let (mut at, mut in_building, mut has_door) = (at, in_building, false);
    for _ in 0..PARTS_MAX {
        let rest = &text[at..];
        let blank = usize::from(rest.starts_with(' '));
        if let Some((len, word)) = unit(&rest[blank..]) {
            at += blank + len;
            has_door |= DOORS.contains(&word);
            in_building = true;
        } else if let Some(len) = room(&rest[blank..]).filter(|_| in_building) {
            return (at + blank + len, true);
        } else if let Some(len) = place(rest) {
            at += len;
            in_building = true;
        } else {
            break;
        }
    }
    (at, has_door)
}

/// Measures a unit at the start: `2单元`, `附3号`, `之3`, `F室`, `十二楼`.
fn unit(rest: &str) -> Option<(usize, &str)> {
    let bare = rest.strip_prefix(['附', '之', '第']).unwrap_or(rest);
    let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
    let letter = bare[digits..].bytes().take_while(u8::is_ascii_alphabetic).count();
    let han: usize = bare.chars().take_while(|c| is_han_digit(*c)).map(char::len_utf8).sum();
    let number = if digits + letter > 0 { digits + letter } else { han };
    if number == 0 || digits > 4 || letter > 1 || han > 12 {
        return None;
    }
    let prefix = rest.len() - bare.len();
    let after = &bare[number..];
    match INNER.iter().find(|word| after.starts_with(**word)) {
        Some(word) => Some((prefix + number + word.len(), *word)),
        None => rest.starts_with('之').then_some((prefix + number, "之")),
    }
}

/// Measures the room at the end of an address: three or four digits, and no amount.
fn room(rest: &str) -> Option<usize> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let after = rest[digits..].chars().next();
    let goes_on = after.is_some_and(|c| c.is_ascii_alphanumeric() || "元块塊个個次天年月日点點分人-.·".contains(c));
    ((3..=4).contains(&digits) && !goes_on).then_some(digits)
}

/// Measures a building's name at the start: 华星大厦.
fn place(rest: &str) -> Option<usize> {
    let belongs = |c: &char| is_han(*c) || c.is_ascii_alphanumeric();
    let name: usize = rest.chars().take(PLACE_CHARS_MAX).take_while(belongs).map(char::len_utf8).sum();
    let ends = PLACES.iter().filter_map(|word| rest[..name].find(word).filter(|at| *at > 0).map(|at| at + word.len()));
    let end = ends.min()?;
    // The name of a place in a sentence is no part of the address: 号的花园.
    let is_name = !rest[..end].contains(|c| LEADS.contains(&c) || "和与那这有".contains(c));
    is_name.then_some(end)
}

fn is_han_digit(c: char) -> bool {
    "零〇一二三四五六七八九十百".contains(c)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
}

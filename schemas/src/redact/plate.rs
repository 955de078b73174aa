//! Number plates of the Chinese mainland by their form (GA 36): the region's character, a letter, then five signs, or six on a
//! car with a new-energy plate; no I and no O, and mostly digits.

use std::ops::Range;

use super::{Found, Kind};

const REGIONS: &str = "京沪滬津渝冀晋晉蒙辽遼吉黑苏蘇浙皖闽閩赣贛鲁魯豫鄂湘粤粵桂琼瓊川贵貴云雲藏陕陝甘青宁寧新使";
/// The last character of plates of driving schools, the police, trailers, Hong Kong, Macau and consulates.
const ENDINGS: &str = "学學警挂掛港澳领領";

/// Appends the plates of `text[range]`, in order.
pub(super) fn find(text: &str, range: Range<usize>, found: &mut Vec<Found>) {
    let part = &text[..range.end];
    let mut from = range.start;
    for at in range.start + 3..range.end {
        // Most letters stand behind another letter, so that this is all that is looked at.
        let is_candidate =
            part.as_bytes()[at].is_ascii_alphabetic() && matches!(part.as_bytes()[at - 1], b' ' | 0x80..);
        if at < from || !is_candidate {
            continue;
        }
        let before = part[from..at].strip_suffix(' ').unwrap_or(&part[from..at]);
        let Some(region) = before.chars().next_back().filter(|c| REGIONS.contains(*c)) else { continue };
        if let Some(end) = end(part, at + 1) {
            found.push(Found { span: from + before.len() - region.len_utf8()..end, kind: Kind::Plate });
            from = end;
        }
    }
}

/// Returns where the plate ends whose letter ends at `at`.
fn end(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let signs = rest.strip_prefix(['·', '•', '・', '.', '-', ' ']).unwrap_or(rest);
    let len = signs.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let start = text.len() - signs.len();
    let ending = signs[len..].chars().next().filter(|c| ENDINGS.contains(*c));
    let is_plate = match (len, ending) {
        (4, Some(_)) => is_number(&signs[..4], 3),
        (5, Some(_) | None) => is_number(&signs[..5], 3),
        (6, Some(_) | None) => is_new_energy(&signs.as_bytes()[..6]),
        _ => false,
    };
    is_plate.then_some(start + len + ending.filter(|_| len == 4).map_or(0, char::len_utf8))
}

fn is_number(signs: &str, digits_min: usize) -> bool {
    let allowed = |byte: u8| byte.is_ascii_digit() || !matches!(byte.to_ascii_uppercase(), b'I' | b'O');
    signs.bytes().all(allowed) && signs.bytes().filter(u8::is_ascii_digit).count() >= digits_min
}

/// A small car's plate has its letter first, a large one's last.
fn is_new_energy(signs: &[u8]) -> bool {
    let letter = |byte: u8| matches!(byte.to_ascii_uppercase(), b'A'..=b'H' | b'J' | b'K');
    let digits = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    match signs {
        [first, second, rest @ ..] if letter(*first) => {
            digits(rest) && (second.is_ascii_digit() || !matches!(second.to_ascii_uppercase(), b'I' | b'O'))
        }
        [rest @ .., last] => digits(rest) && letter(*last),
        [] => false,
    }
}

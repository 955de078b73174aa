//! What a number's digits alone say.

use std::ops::Range;

/// A Chinese mobile number, with or without the country's prefix.
pub(super) fn is_mobile(digits: &[u8]) -> bool {
    let national = match digits {
        [b'0', b'0', b'8', b'6', national @ ..] if national.len() == 11 => national,
        [b'8', b'6', national @ ..] if national.len() == 11 => national,
        national => national,
    };
    national.len() == 11 && matches!(national, [b'1', b'3'..=b'9', ..])
}

/// A national number written in one piece with its trunk prefix 0, as in most of Europe and East Asia.
pub(super) fn is_trunk(digits: &[u8]) -> bool {
    (10..=12).contains(&digits.len()) && matches!(digits, [b'0', b'1'..=b'9', ..])
}

/// A company's number, which is nobody's: 400 and 800 in China, 0800 in much of the world, 800, 877 and 888 in North America;
/// with the country's 1 where that stands by itself, for 188 and 187 begin Chinese mobiles.
pub(super) fn is_hotline(digits: &[u8], has_country: bool) -> bool {
    let national = match digits {
        [b'1', national @ ..] if has_country => national,
        national => national,
    };
    match national {
        [b'0', b'8', b'0', b'0', ..] => (9..=11).contains(&national.len()),
        [b'4' | b'8', b'0', b'0', ..] | [b'8', b'8', b'8', ..] | [b'8', b'7', b'7', ..] => national.len() == 10,
        _ => false,
    }
}

/// Tells whether a bank could have issued this number: its length, its check digit, and a first digit of the banking and
/// travel industries (ISO/IEC 7812). That first digit keeps dates, timestamps and most order numbers.
pub(super) fn is_card_number(digits: &[u8]) -> bool {
    let issued = match digits {
        // Thirteen digits from 69 on are a Chinese barcode, and one in ten of those meets Luhn's rule.
        [b'6', b'9', ..] if digits.len() == 13 => false,
        [b'3'..=b'6' | b'9', ..] => (13..=19).contains(&digits.len()),
        [b'2', ..] => digits.len() == 16 && (&b"2221"[..]..=&b"2720"[..]).contains(&&digits[..4]),
        _ => false,
    };
    issued && luhn(digits)
}

/// Tells whether 17 digits with their check character are a Chinese identity number (GB 11643).
pub(super) fn is_id_number(digits: &[u8], check: u8) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    b"10X98765432"[sum as usize % 11] == check && digits[0] != b'0' && is_date(&digits[6..14])
}

fn is_date(yyyymmdd: &[u8]) -> bool {
    let number =
        |range: Range<usize>| yyyymmdd[range].iter().fold(0i16, |sum, digit| sum * 10 + i16::from(digit - b'0'));
    let (year, month, day) = (number(0..4), number(4..6), number(6..8));
    (1900..2100).contains(&year) && jiff::civil::Date::new(year, month as i8, day as i8).is_ok()
}

/// The check-digit rule of payment cards.
fn luhn(digits: &[u8]) -> bool {
    let value = |(nth, digit): (usize, &u8)| match (nth % 2, u32::from(digit - b'0')) {
        (0, digit) => digit,
        (_, digit) if digit > 4 => 2 * digit - 9,
        (_, digit) => 2 * digit,
    };
    digits.iter().rev().enumerate().map(value).sum::<u32>().is_multiple_of(10)
}

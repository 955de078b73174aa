//! English addresses, best effort: a number, a street's name in capitals, the word for a street; a flat before or behind it; city,
//! state and postcode behind it; and a full British postcode by itself.

use std::ops::Range;

use super::{Found, Kind};

/// How many words a street's name has before the word for a street.
const NAME_WORDS_MAX: usize = 4;
/// How many words a city has.
const CITY_WORDS_MAX: usize = 3;
/// How far a flat stands before the street's number.
const FLAT_BYTES_MAX: usize = 40;

#[rustfmt::skip]
const STREETS: [&str; 47] = [
    "Street", "St", "Avenue", "Ave", "Av", "Road", "Rd", "Lane", "Ln", "Drive", "Dr", "Boulevard", "Blvd", "Court", "Ct", "Way",
    "Close", "Place", "Pl", "Terrace", "Square", "Sq", "Parkway", "Pkwy", "Highway", "Hwy", "Crescent", "Row", "Gardens",
    "Gate", "Hill", "Mews", "Circle", "Cir", "Trail", "Alley", "Walk", "Grove", "Park", "View", "Quay", "Wharf", "Embankment",
    "Broadway", "Esplanade", "Green", "Mall",
];
const FLATS: [&str; 11] =
    ["Apt", "Apartment", "Suite", "Ste", "Unit", "Flat", "Room", "Rm", "Floor", "Building", "Bldg"];

/// Appends the addresses of `text[range]`, in order.
pub(super) fn find(text: &str, range: Range<usize>, found: &mut Vec<Found>) {
    let part = &text[..range.end];
    let (mut at, mut from) = (range.start, range.start);
    while let Some(next) = part[at..].find(|c: char| c.is_ascii_digit()) {
        let start = at + next;
        let digits = run(&part[start..], |byte| byte.is_ascii_digit());
        at = start + digits;
        let span = address(part, from, start..at).or_else(|| postcode_around(part, from, start..at));
        if let Some(span) = span {
            (at, from) = (span.end.max(at), span.end);
            found.push(Found { span, kind: Kind::Address });
        }
    }
}

/// Returns the address whose house number is `number`.
fn address(text: &str, from: usize, number: Range<usize>) -> Option<Range<usize>> {
    let before = text[from..number.start].chars().next_back();
    if number.len() > 5 || before.is_some_and(|c| c.is_ascii_alphanumeric() || "-.,/$€£¥#:@_]".contains(c)) {
        return None;
    }
    let mut at = number.end + run(&text[number.end..], u8::is_ascii_alphabetic).min(1);
    at = street(text, at)?;
    at = behind(text, at);
    Some(flat_before(text, from, number.start)..at)
}

/// Returns where the street ends whose name begins at `at`; a name may hold more than one word for a street ("Queen's Gate
/// Gardens"), and the last one ends it.
fn street(text: &str, mut at: usize) -> Option<usize> {
    let mut street = None;
    for nth in 0..=NAME_WORDS_MAX {
        let Some(rest) = text[at..].strip_prefix(' ') else { break };
        let word = word(rest);
        let is_german = word.ends_with("straße") || word.ends_with("strasse");
        let is_street = STREETS.iter().any(|street| street.eq_ignore_ascii_case(word)) || is_german;
        let is_capital = word.starts_with(|c: char| c.is_uppercase());
        if !is_capital && !is_ordinal(word) {
            break;
        }
        let end = at + 1 + word.len();
        let dot = usize::from(word.len() < 5 && text[end..].starts_with('.'));
        // "88 Broadway" and "19 Lindenstraße" are whole with one word.
        if is_street && is_capital && (nth > 0 || is_german || word == "Broadway") {
            street = Some(end);
        }
        at = end + if text[end + dot..].starts_with(' ') { dot } else { 0 };
    }
    street
}

/// Returns where an address ends, with flat, city and postcode, that goes on at `at`.
fn behind(text: &str, at: usize) -> usize {
    let at = flat_behind(text, at).unwrap_or(at);
    city(text, at).unwrap_or(at)
}

/// `, Apt 4B`, ` #6C`, ` Suite 300`.
fn flat_behind(text: &str, at: usize) -> Option<usize> {
    let rest = text[at..].trim_start_matches([',', ' ', '.']);
    let start = text.len() - rest.len();
    if start == at || start > at + 3 {
        return None;
    }
    let name = word(rest);
    let number = match rest.strip_prefix('#') {
        Some(number) => number,
        None if FLATS.contains(&name) => rest[name.len()..].trim_start_matches(['.', ' ']),
        None => return None,
    };
    let len = run(number, |byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    (1..=6).contains(&len).then(|| text.len() - number.len() + len)
}

/// `, Springfield, IL 62704`, ` Cambridge CB1 2JW`, `, Sydney NSW 2000`, `, 10969 Berlin`: a city counts with its code alone.
fn city(text: &str, at: usize) -> Option<usize> {
    let mut at = at;
    for _ in 0..=CITY_WORDS_MAX {
        let rest = text[at..].strip_prefix(',').unwrap_or(&text[at..]);
        let rest = rest.strip_prefix(' ')?;
        let start = text.len() - rest.len();
        if let Some(len) = code(rest) {
            return Some(start + len);
        }
        let name = word(rest);
        if !name.starts_with(|c: char| c.is_uppercase()) {
            return None;
        }
        at = start + name.len();
    }
    None
}

/// Measures a code that ends an address: `IL 62704-1234`, `NSW 2000`, `SW3 4UD`.
fn code(rest: &str) -> Option<usize> {
    let state = run(rest, u8::is_ascii_uppercase);
    let zip = rest[state..].strip_prefix(' ').map_or(0, |zip| run(zip, u8::is_ascii_digit));
    let is_state = matches!((state, zip), (2, 5) | (2 | 3, 4));
    let end = state + 1 + zip;
    let more = || rest[end..].strip_prefix('-').map_or(0, |more| run(more, u8::is_ascii_digit));
    if is_state {
        return Some(if zip == 5 && more() == 4 { end + 5 } else { end });
    }
    let outward = run(rest, u8::is_ascii_alphanumeric);
    let is_british = is_outward(&rest[..outward]) && rest[outward..].strip_prefix(' ').is_some_and(begins_inward);
    is_british.then_some(outward + 4)
}

/// Returns where the flats begin that stand before a house number: `Flat 3, `, `Room 1203, Building 5, `.
fn flat_before(text: &str, from: usize, number: usize) -> usize {
    let mut start = number;
    for _ in 0..2 {
        let mut window = start.saturating_sub(FLAT_BYTES_MAX).max(from);
        while !text.is_char_boundary(window) {
            window += 1;
        }
        let Some(before) = text[window..start].strip_suffix(", ") else { break };
        let name = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
        let number_len = before.len() - name.len();
        let flat = FLATS.iter().find(|flat| name.strip_suffix(' ').is_some_and(|name| name.ends_with(**flat)));
        let Some(flat) = flat.filter(|_| (1..=5).contains(&number_len)) else { break };
        start = window + name.len() - 1 - flat.len();
    }
    start
}

/// Returns the British postcode whose outward code the digits end, or stand in before a last letter.
fn postcode_around(text: &str, from: usize, digits: Range<usize>) -> Option<Range<usize>> {
    let before = &text[from..digits.start];
    let letters = before.bytes().rev().take_while(u8::is_ascii_uppercase).count();
    let start = digits.start - letters;
    let glued = text[from..start].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '['));
    let end = digits.end + run(&text[digits.end..], u8::is_ascii_uppercase).min(1);
    let inward = text[end..].strip_prefix(' ')?;
    (!glued && is_outward(&text[start..end]) && begins_inward(inward)).then_some(start..end + 4)
}

/// `SW3`, `M14`, `EC1A`.
fn is_outward(code: &str) -> bool {
    match code.as_bytes() {
        [a, rest @ ..] if a.is_ascii_uppercase() => {
            let rest = rest.strip_prefix(&rest[..usize::from(rest.first().is_some_and(u8::is_ascii_uppercase))]);
            match rest.unwrap_or_default() {
                [d] => d.is_ascii_digit(),
                [d, e] => d.is_ascii_digit() && (e.is_ascii_digit() || e.is_ascii_uppercase()),
                _ => false,
            }
        }
        _ => false,
    }
}

/// Tells whether a text begins with the second half of a postcode: a digit and two letters, none of `CIKMOV`.
fn begins_inward(text: &str) -> bool {
    let letter = |byte: &u8| byte.is_ascii_uppercase() && !b"CIKMOV".contains(byte);
    match text.as_bytes() {
        [digit, a, b, rest @ ..] => {
            digit.is_ascii_digit() && letter(a) && letter(b) && !rest.first().is_some_and(u8::is_ascii_alphanumeric)
        }
        _ => false,
    }
}

/// Returns the word at the start, with apostrophes and hyphens inside.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’' | '-')).unwrap_or(text.len());
    &text[..end]
}

/// `5th`, `42nd`.
fn is_ordinal(word: &str) -> bool {
    let digits = run(word, u8::is_ascii_digit);
    digits > 0 && matches!(&word[digits..], "st" | "nd" | "rd" | "th")
}

fn run(text: &str, belongs: impl Fn(&u8) -> bool) -> usize {
    text.bytes().take_while(|byte| belongs(byte)).count()
}

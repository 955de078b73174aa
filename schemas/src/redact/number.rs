//! Runs of digits: which are a phone, a card, an identity number, and which are an order number that must survive.
//!
//! A text's digits fall into *groups* (digits without anything between) and groups into *chains* (groups joined by a
//! blank, a hyphen, a bracket …). A *window* is one to [`GROUPS_MAX`] neighbouring groups of a chain; the longest window
//! that is personal data wins. Windows never cut a group, so a mobile number inside a longer run of digits is none.

mod check;
mod context;

use std::ops::Range;

use self::check::{is_card_number, is_hotline, is_id_number, is_mobile, is_trunk};
use self::context::{Context, context};
use super::{Found, Kind};

/// No phone, card or identity number is longer.
const DIGITS_MAX: usize = 19;
/// The shortest run worth a look: a local phone number after a word such as "tel".
const DIGITS_MIN: usize = 7;
/// `+33 6 12 34 56 78` has six groups; nothing we look for has more than seven.
const GROUPS_MAX: usize = 7;

/// A Chinese mobile number.
const MOBILE_DIGITS: usize = 11;

/// What stands between a group and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    /// The group starts a chain, or follows personal data.
    None,
    Blank,
    Hyphen,
    Bracket,
    Dot,
    Slash,
}

struct Group {
    span: Range<usize>,
    joint: Joint,
}

/// Appends the personal data among the digits of `text[range]`, in order.
pub(super) fn find(text: &str, range: Range<usize>, found: &mut Vec<Found>) {
    let mut text = Text { all: &text[..range.end], from: range.start };
    let (mut at, mut chain) = (range.start, Vec::new());
    while let Some(first) = text.digits_from(at) {
        at = first.end;
        chain.clear();
        chain.push(Group { span: first, joint: Joint::None });
        while let Some(group) = text.joined(at) {
            at = group.span.end;
            chain.push(group);
        }
        text.judge(&mut chain, found);
    }
}

/// The text up to the end of the part looked at.
struct Text<'a> {
    all: &'a str,
    /// What stands before is done with: it says nothing about the numbers to come.
    from: usize,
}

impl Text<'_> {
    fn before(&self, at: usize) -> Option<char> {
        self.all[self.from..at].chars().next_back()
    }

    fn digits_from(&self, at: usize) -> Option<Range<usize>> {
        let rest = &self.all.as_bytes()[at..];
        let start = at + rest.iter().position(u8::is_ascii_digit)?;
        let rest = &self.all.as_bytes()[start..];
        Some(start..start + rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
    }

    /// Returns the group that follows a group's end, if no more than a joint of three characters lies between.
    fn joined(&self, end: usize) -> Option<Group> {
        let mut joint = Joint::Blank;
        for (nth, c) in self.all[end..].chars().enumerate() {
            joint = match c {
                '0'..='9' => return self.digits_from(end).map(|span| Group { span, joint }),
                _ if nth == 3 => return None,
                // A dot joins only without a blank beside it: "1. 13800138000" is a list, "555.123.4567" a number.
                '.' if nth == 0 => Joint::Dot,
                _ if joint == Joint::Dot => return None,
                ' ' | '\u{a0}' => joint,
                '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' => Joint::Hyphen,
                '(' | ')' | '（' | '）' => Joint::Bracket,
                '/' => Joint::Slash,
                _ => return None,
            };
        }
        None
    }

    fn judge(&mut self, chain: &mut [Group], found: &mut Vec<Found>) {
        let mut at = 0;
        while at < chain.len() {
            match self.digit_by_digit(&chain[at..]).or_else(|| self.longest(&chain[at..])) {
                Some((groups, hit)) => {
                    self.from = hit.span.end;
                    found.push(hit);
                    at += groups;
                    if let Some(next) = chain.get_mut(at) {
                        next.joint = Joint::None;
                    }
                }
                None => at += 1,
            }
        }
    }

    /// Returns the mobile number at the chain's start that somebody wrote digit by digit, as in `1 3 8 0 0 1 3 8 0 0 0`.
    fn digit_by_digit(&self, chain: &[Group]) -> Option<(usize, Found)> {
        let single = |group: &Group| group.span.len() == 1;
        let number = chain.get(..MOBILE_DIGITS).filter(|groups| groups.iter().all(single))?;
        let even = number[1..].iter().all(|group| group.joint == number[1].joint);
        let goes_on = chain.get(MOBILE_DIGITS).is_some_and(|next| next.joint == number[1].joint);
        let mut digits = [0; MOBILE_DIGITS];
        number.iter().zip(&mut digits).for_each(|(group, digit)| *digit = self.all.as_bytes()[group.span.start]);
        let span = number[0].span.start..number[MOBILE_DIGITS - 1].span.end;
        let is_number = even && !goes_on && chain[0].joint == Joint::None && is_mobile(&digits);
        is_number.then_some((MOBILE_DIGITS, Found { span, kind: Kind::Phone }))
    }

    /// Returns the longest window at the chain's start that is personal data, and its number of groups.
    fn longest(&self, chain: &[Group]) -> Option<(usize, Found)> {
        let (mut digits, mut ends) = ([0; DIGITS_MAX], [0; GROUPS_MAX]);
        let (mut groups, mut len) = (0, 0);
        for group in chain.iter().take(GROUPS_MAX) {
            let bytes = &self.all.as_bytes()[group.span.clone()];
            let Some(free) = digits.get_mut(len..len + bytes.len()) else { break };
            free.copy_from_slice(bytes);
            len += bytes.len();
            ends[groups] = len;
            groups += 1;
        }
        if len < DIGITS_MIN {
            return None;
        }
        let context = context(&self.all[self.from..chain[0].span.start]);
        (1..=groups).rev().take_while(|groups| ends[groups - 1] >= DIGITS_MIN).find_map(|groups| {
            let window = Window { text: self, groups: &chain[..groups], digits: &digits[..ends[groups - 1]], context };
            window.found().map(|found| (groups, found))
        })
    }
}

/// Neighbouring groups with their digits in one piece.
struct Window<'a> {
    text: &'a Text<'a>,
    groups: &'a [Group],
    digits: &'a [u8],
    context: Option<Context>,
}

impl Window<'_> {
    fn found(&self) -> Option<Found> {
        let (start, end) = (self.groups[0].span.start, self.groups[self.groups.len() - 1].span.end);
        if let Some(end) = self.id_end(end) {
            return Some(Found { span: start..end, kind: Kind::Id });
        }
        // "order no. 13800138000" is what its writer says it is.
        if self.context == Some(Context::Order) {
            return None;
        }
        if is_hotline(self.digits, self.has_plus() || self.groups[0].span.len() == 1) {
            return None;
        }
        if self.is_phone() {
            return Some(Found { span: self.opening()..end, kind: Kind::Phone });
        }
        self.is_card().then_some(Found { span: start..end, kind: Kind::Card })
    }

    /// Returns where a Chinese identity number ends: 17 digits and a check character, a valid date inside.
    fn id_end(&self, end: usize) -> Option<usize> {
        let (digits, check, end) = match (self.digits.len(), &self.text.all.as_bytes()[end..]) {
            (18, _) => (&self.digits[..17], self.digits[17], end),
            (17, [b'X' | b'x', rest @ ..]) if !rest.first().is_some_and(u8::is_ascii_alphabetic) => {
                (self.digits, b'X', end + 1)
            }
            _ => return None,
        };
        is_id_number(digits, check).then_some(end)
    }

    fn is_phone(&self) -> bool {
        if self.has_plus() {
            return self.is_international();
        }
        if self.groups.len() == 1 {
            let announced = self.context == Some(Context::Phone) && self.digits.len() <= 12;
            let trunk = is_trunk(self.digits) && !self.is_glued();
            return !self.is_fraction() && (is_mobile(self.digits) || trunk || announced);
        }
        !self.is_part_of_code() && (self.is_grouped_mobile() || self.is_grouped_trunk() || self.is_local())
    }

    fn is_card(&self) -> bool {
        let groups = self.groups;
        let grouped = groups[1..].iter().all(|group| matches!(group.joint, Joint::Blank | Joint::Hyphen))
            && groups[..groups.len() - 1].iter().all(|group| group.span.len() >= 4);
        grouped && !self.is_glued() && !self.is_fraction() && is_card_number(self.digits)
    }

    /// Tells whether a letter stands right before the digits, as in the order number `OV0584630496`.
    fn is_glued(&self) -> bool {
        self.text.before(self.groups[0].span.start).is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
    }

    /// `+CC` and a national number. China's and North America's have a known length; elsewhere the longest run is taken.
    fn is_international(&self) -> bool {
        match self.digits {
            [b'8', b'6', b'1', ..] => is_mobile(self.digits) || self.digits.len() == 12,
            [b'1', ..] => self.digits.len() == 11,
            [b'0', ..] => is_mobile(self.digits),
            _ => (8..=15).contains(&self.digits.len()),
        }
    }

    /// `138 1234 5678`, `86-138-1234-5678`.
    fn is_grouped_mobile(&self) -> bool {
        is_mobile(self.digits) && self.sizes().all(|size| size >= 2)
    }

    /// A number with the trunk prefix 0 in groups: `010-12345678`, `(0755) 12345678`, `090-1234-5678`, `06 12 34 56 78`;
    /// with an extension: `010-12345678-801`; or with the international prefix 00: `0049 30 1234567`.
    fn is_grouped_trunk(&self) -> bool {
        let groups = self.groups;
        let mut joints = groups[1..].iter().map(|group| group.joint).filter(|joint| *joint != Joint::Bracket);
        let joint = joints.next();
        // One way of joining throughout: "01-02-2024 12" is a date and an hour.
        let even = joints.all(|other| Some(other) == joint) && self.sizes().all(|size| size >= 2);
        match (self.digits, groups) {
            ([b'0', b'0', b'1'..=b'9', ..], [country, ..]) => {
                let groups_even = groups[2..].iter().all(|group| group.joint == groups[1].joint);
                (even || groups_even) && country.span.len() <= 5 && (11..=17).contains(&self.digits.len())
            }
            ([b'0', b'1'..=b'9', ..], [area, number, extension]) if extension.joint == Joint::Hyphen => {
                let extended =
                    matches!((area.span.len(), number.span.len()), (3 | 4, 7 | 8)) && extension.span.len() <= 5;
                extended || even && (9..=12).contains(&self.digits.len())
            }
            // The area and the halves of a number: 0755-2600 1234.
            ([b'0', b'1'..=b'9', ..], [area, first, second])
                if (3..=4).contains(&area.span.len()) && first.span.len() >= 3 && second.span.len() == 4 =>
            {
                true
            }
            ([b'0', b'1'..=b'9', ..], _) => even && groups.len() <= 5 && (9..=12).contains(&self.digits.len()),
            _ => false,
        }
    }

    /// `(555) 123-4567`, `1-555-123-4567`, `(852) 9123 4567`, and after a word such as "tel" `852 9123 4567` and `9123 4567`.
    fn is_local(&self) -> bool {
        let mut sizes = [0; GROUPS_MAX];
        self.sizes().zip(&mut sizes).for_each(|(size, slot)| *slot = size);
        match (&sizes[..self.groups.len()], self.digits) {
            ([3, 3, 4], [b'2'..=b'9', ..]) | ([1, 3, 3, 4], [b'1', b'2'..=b'9', ..]) => true,
            ([3, 4, 4], _) if self.groups[1].joint == Joint::Bracket => true,
            ([3 | 4, 4] | [3, 4, 4], _) => self.context == Some(Context::Phone),
            _ => false,
        }
    }

    /// Tells whether digits go on before or after the window in the way of a code: `028-1234567-7654321`.
    fn is_part_of_code(&self) -> bool {
        let before = matches!(self.groups[0].joint, Joint::Hyphen | Joint::Dot | Joint::Slash);
        let after = &self.text.all.as_bytes()[self.groups[self.groups.len() - 1].span.end..];
        // The bracket is that of a token: redacting twice must not see another code than redacting once.
        before || matches!(after, [b'-', next, ..] if next.is_ascii_digit() || *next == b'[')
    }

    fn has_plus(&self) -> bool {
        self.text.before(self.groups[0].span.start) == Some('+')
    }

    /// Returns where the phone number starts, with its plus and an opening bracket that is closed inside.
    fn opening(&self) -> usize {
        let mut start = self.groups[0].span.start;
        if self.has_plus() {
            start -= 1;
        }
        match self.text.before(start) {
            Some(c @ ('(' | '（')) if self.groups.get(1).is_some_and(|group| group.joint == Joint::Bracket) => {
                start - c.len_utf8()
            }
            Some(_) | None => start,
        }
    }

    /// Tells whether the digits stand right behind a decimal point.
    fn is_fraction(&self) -> bool {
        self.groups[0].joint == Joint::Dot
    }

    fn sizes(&self) -> impl Iterator<Item = usize> {
        self.groups.iter().map(|group| group.span.len())
    }
}

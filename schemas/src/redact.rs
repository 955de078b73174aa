//! Personal data in free text: what may be stored is part of the contract.
//!
//! What shows by its form or by the word before it that it is personal becomes a typed token ([`Kind`]). Anything else keeps
//! its bytes: order numbers above all, because an analyst looks feedback up by them. Redacting is a pure function, linear in
//! the text, and redacting twice is redacting once.
//!
//! Layout: `email` finds addresses around an `@`; `cue` is the one pass over the text that finds the words which announce
//! something (`announced`), begin a number in characters (`spoken`) or a Chinese address (`address`); `plate` finds Chinese
//! plates, `street` English addresses, `number` whatever is made of digits. `excerpt` is what a dead letter may show.

mod address;
mod announced;
mod cue;
mod email;
mod excerpt;
mod number;
mod plate;
mod spoken;
mod street;

use std::borrow::Cow;
use std::ops::Range;

pub use self::excerpt::excerpt;

/// What replaces a name; names are found where a record carries them, not by their form.
pub const NAME: &str = "[NAME]";

/// What may stand where something personal stood.
pub const TOKENS: [&str; 10] =
    [NAME, "[PHONE]", "[EMAIL]", "[CARD]", "[ID]", "[WECHAT]", "[QQ]", "[PLATE]", "[PASSPORT]", "[ADDRESS]"];

/// How often a text is looked through: a token may lay bare what stood behind the words it replaced.
const ROUNDS_MAX: usize = 8;

/// A kind of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Mobiles and landlines of all countries; hotlines of companies are none.
    Phone,
    /// E-mail addresses.
    Email,
    /// Bank cards, by Luhn's rule.
    Card,
    /// Identity numbers: the Chinese mainland's by their check character, others where they are called so.
    Id,
    /// WeChat accounts, where they are called so.
    Wechat,
    /// QQ accounts and groups, where they are called so.
    Qq,
    /// Chinese number plates by their form, others where they are called so.
    Plate,
    /// Passports and travel permits, where they are called so.
    Passport,
    /// Streets with numbers, buildings with rooms; best effort.
    Address,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Phone,
        Self::Email,
        Self::Card,
        Self::Id,
        Self::Wechat,
        Self::Qq,
        Self::Plate,
        Self::Passport,
        Self::Address,
    ];

    /// Returns what replaces it, brackets included.
    pub const fn token(self) -> &'static str {
        match self {
            Self::Phone => TOKENS[1],
            Self::Email => TOKENS[2],
            Self::Card => TOKENS[3],
            Self::Id => TOKENS[4],
            Self::Wechat => TOKENS[5],
            Self::Qq => TOKENS[6],
            Self::Plate => TOKENS[7],
            Self::Passport => TOKENS[8],
            Self::Address => TOKENS[9],
        }
    }

    /// Returns its name: the token without brackets.
    pub fn name(self) -> &'static str {
        self.token().trim_matches(['[', ']'])
    }
}

/// A piece of personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it stands, in bytes.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// A text without personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted<'a> {
    /// The text; borrowed where nothing was replaced.
    pub text: Cow<'a, str>,
    /// How many pieces of personal data were replaced.
    pub count: u32,
}

/// Replaces each piece of personal data by the token of its [`Kind`].
///
/// The text is expected to be cleaned up (full-width digits folded, zero-width characters gone); any text is safe.
pub fn redact(text: &str) -> Redacted<'_> {
    let found = find(text);
    Redacted { count: u32::try_from(found.len()).unwrap_or(u32::MAX), text: splice(text, &found) }
}

/// Finds personal data, in the text's order and without overlaps.
pub fn find(text: &str) -> Vec<Found> {
    let mut found = look(text);
    for _ in 1..ROUNDS_MAX {
        if found.is_empty() {
            break;
        }
        let more = look(&splice(text, &found));
        if more.is_empty() {
            break;
        }
        found = merged(found, more);
    }
    found
}

/// Looks through a text once.
fn look(text: &str) -> Vec<Found> {
    let mut found = emails(text);
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    in_gaps(text, &mut found, |gap, found| cue::find(text, gap, found));
    if has_digit {
        in_gaps(text, &mut found, |gap, found| plate::find(text, gap, found));
        in_gaps(text, &mut found, |gap, found| street::find(text, gap, found));
        in_gaps(text, &mut found, |gap, found| number::find(text, gap, found));
    }
    found
}

/// E-mail addresses come first: a mobile number may be the part before the `@`.
fn emails(text: &str) -> Vec<Found> {
    let (mut found, mut from) = (Vec::new(), 0);
    for (at, _) in text.match_indices('@') {
        if let Some(span) = email::around(text, from, at) {
            from = span.end;
            found.push(Found { span, kind: Kind::Email });
        }
    }
    found
}

/// Calls a finder for each part of the text in which nothing was found yet, and keeps the order.
fn in_gaps(text: &str, found: &mut Vec<Found>, finder: impl Fn(Range<usize>, &mut Vec<Found>)) {
    let before = std::mem::take(found);
    let mut from = 0;
    for known in before {
        finder(from..known.span.start, found);
        from = known.span.end;
        found.push(known);
    }
    finder(from..text.len(), found);
}

/// Joins what was found in a text with what was found after that had been replaced, in places of the text.
fn merged(found: Vec<Found>, more: Vec<Found>) -> Vec<Found> {
    let (mut all, mut more) = (Vec::with_capacity(found.len() + more.len()), more.into_iter().peekable());
    let (mut removed, mut added) = (0, 0);
    let mut shift = |up_to: usize, removed: usize, added: usize, all: &mut Vec<Found>| {
        while let Some(Found { span, kind }) = more.next_if(|next| next.span.start + removed < up_to + added) {
            all.push(Found { span: span.start + removed - added..span.end + removed - added, kind });
        }
    };
    for known in found {
        shift(known.span.start, removed, added, &mut all);
        removed += known.span.len();
        added += known.kind.token().len();
        all.push(known);
    }
    shift(usize::MAX / 2, removed, added, &mut all);
    all
}

fn splice<'a>(text: &'a str, found: &[Found]) -> Cow<'a, str> {
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for Found { span, kind } in found {
        out.push_str(&text[from..span.start]);
        out.push_str(kind.token());
        from = span.end;
    }
    out.push_str(&text[from..]);
    Cow::Owned(out)
}

//! The words of a text that a term may hold, with equal stems under one number.

use std::ops::Range;

use super::vocabulary::{Emptiness, Vocabulary};
use super::{is_unspaced, role};
use crate::terms::Terms;
use crate::tokens::{Class, Tokens};

/// Lines of so many bytes are wrapped: the words around their end belong together. Shorter ones end with what they say.
const WRAPPED_BYTES: Range<usize> = 50..110;

/// What a word may be to a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Anything.
    Noun,
    /// Not the end of a phrase; of less weight alone.
    Attribute,
    /// Part of a phrase only.
    Bound,
    /// A term of its own only, of less weight.
    Alone,
    /// The user's term of that number.
    Term(u16),
}

/// One word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    start: u32,
    end: u32,
    /// How many words stand before it.
    pub(super) order: u32,
    /// The number of its stem.
    pub(super) stem: u16,
    /// Whether it stands directly after the unit before.
    pub(super) is_joined: bool,
    pub(super) role: Role,
    /// How many characters it has, and whether one is a syllable.
    pub(super) chars: u8,
    pub(super) is_syllabic: bool,
}

impl Unit {
    fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The words that terms are made of.
#[derive(Debug)]
pub(super) struct Units<'t> {
    /// Where they stand.
    plain: &'t str,
    pub(super) list: Vec<Unit>,
    /// How many words there were.
    pub(super) words: usize,
    /// The stems one after the other, and where each stands, by number.
    stems: String,
    pub(super) stem_ranges: Vec<Range<usize>>,
}

impl<'t> Units<'t> {
    pub(super) fn of(tokens: &'t Tokens, vocabulary: &Vocabulary, terms: &Terms) -> Self {
        let plain = tokens.plain();
        let empty_words = vocabulary.of(tokens.language());
        let mut list: Vec<Unit> = Vec::with_capacity(tokens.words().len());
        let mut previous_end = None;
        for (word, order) in tokens.words().iter().zip(0..) {
            let text = &plain[word.range()];
            let is_told = matches!(word.class, Class::Function | Class::Term(_));
            let emptiness = if is_told { None } else { empty_words.get(text) };
            let role = match emptiness {
                None => role(text, word.class, tokens.language()),
                Some(Emptiness::Filler) if word.class == Class::Noun => Some(Role::Bound),
                Some(Emptiness::Filler | Emptiness::Stop) => None,
            };
            let is_joined = previous_end.is_some_and(|end| joins(&plain[..word.start as usize], end));
            previous_end = role.map(|_| word.end as usize);
            let Some(role) = role else { continue };
            let chars = text.chars().count().min(usize::from(u8::MAX)) as u8;
            let is_syllabic = !text.is_ascii() && text.chars().any(super::shape::is_syllable);
            list.push(Unit { start: word.start, end: word.end, order, stem: 0, is_joined, role, chars, is_syllabic });
            // Numbers of stems have 16 bits.
            if list.len() == usize::from(u16::MAX) - 1 {
                break;
            }
        }
        let mut units = Self {
            plain,
            list,
            words: tokens.words().len(),
            stems: String::with_capacity(plain.len()),
            stem_ranges: Vec::new(),
        };
        units.number(tokens, terms);
        units
    }

    /// Gives equal stems one number. An inflection of a user's term is that term.
    fn number(&mut self, tokens: &Tokens, terms: &Terms) {
        let mut ranges = Vec::with_capacity(self.list.len());
        for unit in &self.list {
            let start = self.stems.len();
            match unit.role {
                Role::Term(number) => self.stems.push_str(terms.name(number).map_or("", |name| &name.stem)),
                Role::Noun | Role::Attribute | Role::Bound | Role::Alone => {
                    self.stems.push_str(&tokens.plain_stem(&self.plain[unit.range()]));
                }
            }
            ranges.push(start..self.stems.len());
        }
        // Most stems differ in their first eight bytes, which compare as one number.
        let stem = |unit: u32| &self.stems[ranges[unit as usize].clone()];
        let mut order: Vec<(u64, u32)> =
            (0..self.list.len() as u32).map(|unit| (beginning(stem(unit)), unit)).collect();
        order.sort_unstable_by(|(a, one), (b, other)| {
            a.cmp(b).then_with(|| stem(*one).cmp(stem(*other))).then(one.cmp(other))
        });
        for alike in order.chunk_by(|(a, one), (b, other)| a == b && stem(*one) == stem(*other)) {
            let number = self.stem_ranges.len() as u16;
            self.stem_ranges.push(ranges[alike[0].1 as usize].clone());
            let roles = alike.iter().map(|(_, unit)| self.list[*unit as usize].role);
            let term = roles.into_iter().find(|role| matches!(role, Role::Term(_)));
            for (_, unit) in alike {
                let unit = &mut self.list[*unit as usize];
                unit.stem = number;
                unit.role = term.unwrap_or(unit.role);
            }
        }
    }

    /// Returns the stems of a term's words as one.
    pub(super) fn stem(&self, words: &[Unit]) -> String {
        let mut stem = String::new();
        let mut needs_blank = false;
        for unit in words {
            let text = &self.plain[unit.range()];
            if needs_blank && !text.starts_with(is_unspaced) {
                stem.push(' ');
            }
            stem.push_str(&self.stems[self.stem_ranges[usize::from(unit.stem)].clone()]);
            needs_blank = !text.ends_with(is_unspaced);
        }
        stem
    }

    /// Returns the text of units that stand together.
    pub(super) fn text(&self, units: Range<usize>) -> &'t str {
        &self.plain[span(&self.list[units])]
    }
}

fn beginning(stem: &str) -> u64 {
    stem.bytes().chain(std::iter::repeat(0)).take(8).fold(0, |number, byte| number << 8 | u64::from(byte))
}

/// Returns where words that stand together stand in the text.
pub(super) fn span(words: &[Unit]) -> Range<usize> {
    match words {
        [] => 0..0,
        [first, .., last] => first.range().start..last.range().end,
        [one] => one.range(),
    }
}

/// Tells whether nothing but a blank or a hyphen, or the wrapping of a long line, stands between a place and the end of a text.
fn joins(before: &str, from: usize) -> bool {
    let gap = &before[from..];
    if matches!(gap, "" | " " | "-") {
        return true;
    }
    let Some(newline) = gap.find('\n') else { return gap.chars().all(char::is_whitespace) };
    let reach = from.saturating_sub(WRAPPED_BYTES.end);
    let line = before.as_bytes()[reach..from + newline].iter().rev().take_while(|byte| **byte != b'\n').count();
    gap.chars().all(char::is_whitespace) && WRAPPED_BYTES.contains(&line)
}

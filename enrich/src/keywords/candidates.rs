//! The sequences of words that may be terms, each with its score.

use std::ops::Range;

use super::Phrases;
use super::units::{Role, Unit, Units};

/// What a word that is no noun weighs alone.
const MODIFIER_WEIGHT: f64 = 0.5;

/// One sequence of stems.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    /// The numbers of its stems plus 1, the last in the lowest 16 bits.
    key: u64,
    /// Where it stands first, or as it is written most often.
    pub(super) first: u32,
    len: u32,
    pub(super) count: u32,
    pub(super) score: f64,
    pub(super) is_term: bool,
}

impl Candidate {
    /// Returns which units it is made of.
    pub(super) fn words(&self) -> Range<usize> {
        self.first as usize..(self.first + self.len) as usize
    }

    /// Returns how many words it has.
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// Tells whether another's words are part of these.
    pub(super) fn holds(&self, other: &Self) -> bool {
        let bits = 16 * other.len;
        let mask = u64::MAX >> (64 - bits);
        other.len < self.len && (0..self.len).any(|words| (self.key >> (16 * words)) & mask == other.key)
    }
}

/// Where one candidate stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    key: u64,
    first: u32,
    len: u32,
    is_whole: bool,
}

/// How often a stem stands in a text, and in how long runs.
#[derive(Debug, Clone, Copy, Default)]
struct Use {
    count: u32,
    run_words: u32,
}

/// Finds the candidates of a text and scores them, in no order.
pub(super) fn candidates(units: &Units<'_>, phrases: Phrases) -> Vec<Candidate> {
    let mut uses = vec![Use::default(); units.stem_ranges.len()];
    let mut places = Vec::with_capacity(units.list.len() * 2);
    let mut at = 0;
    for run in units.list.chunk_by(|left, right| goes_on(left, right, phrases)) {
        for unit in run {
            let stem = &mut uses[usize::from(unit.stem)];
            stem.count += 1;
            stem.run_words += run.len() as u32;
        }
        add(&mut places, run, at, phrases.words_max());
        at += run.len() as u32;
    }
    places.sort_unstable_by_key(|place| (place.key, place.first));
    let alike = places.chunk_by(|a, b| a.key == b.key);
    alike.filter_map(|places| candidate(places, units, &uses, phrases)).collect()
}

fn goes_on(left: &Unit, right: &Unit, phrases: Phrases) -> bool {
    let may_join = |unit: &Unit| !matches!(unit.role, Role::Alone | Role::Term(_));
    let is_repeated = left.stem == right.stem;
    right.is_joined && !is_repeated && may_join(left) && may_join(right) && phrases != Phrases::Unknown
}

/// Adds every sequence of a run; that without the attributes at its end is the whole one.
fn add(places: &mut Vec<Place>, run: &[Unit], at: u32, words_max: usize) {
    let attributes = run.iter().rev().take_while(|unit| unit.role == Role::Attribute).count();
    let whole = (run.len() - attributes).max(1);
    for start in 0..run.len() {
        let mut key = 0;
        for (end, unit) in (start + 1..).zip(&run[start..]).take(words_max) {
            key = key << 16 | (u64::from(unit.stem) + 1);
            let len = end - start;
            let may_end = if len == 1 { unit.role != Role::Bound } else { unit.role != Role::Attribute };
            if may_end {
                let is_whole = start == 0 && end == whole;
                places.push(Place { key, first: at + start as u32, len: len as u32, is_whole });
            }
        }
    }
}

fn candidate(places: &[Place], units: &Units<'_>, uses: &[Use], phrases: Phrases) -> Option<Candidate> {
    let Place { key, first, len, .. } = *places.first()?;
    let count = places.len() as u32;
    let whole = places.iter().filter(|place| place.is_whole).count() as u32;
    let is_phrase = len > 1;
    if is_phrase && count < 2 && (whole == 0 || phrases == Phrases::Recurring) {
        return None;
    }
    let words = &units.list[first as usize..(first + len) as usize];
    let weight = |unit: &Unit| {
        let Use { count, run_words } = uses[usize::from(unit.stem)];
        f64::from(count).sqrt() * (f64::from(run_words) / f64::from(count)).sqrt().sqrt()
    };
    let mean = words.iter().map(weight).sum::<f64>() / f64::from(len);
    let uses = f64::from(whole) + 0.5 * f64::from(count - whole);
    let is_syllabic = words.iter().any(|unit| unit.is_syllabic);
    let support = match phrases {
        Phrases::Shown | Phrases::Pairs if is_syllabic => uses.sqrt(),
        Phrases::Shown | Phrases::Pairs => (f64::from(len) * uses).sqrt(),
        Phrases::Recurring | Phrases::Unknown => uses,
    };
    let part = match words {
        [Unit { role: Role::Attribute | Role::Alone, .. }] => MODIFIER_WEIGHT,
        _ => 1.0,
    };
    let before = f64::from(words[0].order) / units.words as f64;
    let score = mean * support * part * length(words, is_syllabic) * (1.0 + (1.0 - before) * (1.0 - before));
    let is_term = words.iter().any(|unit| matches!(unit.role, Role::Term(_)));
    Some(Candidate { key, first: commonest(places, units), len, count, score, is_term })
}

/// Longer terms say more: 7 % for each character after the second, of at most eight, where a character is worth a syllable, 5 % for
/// each after the third, of at most eight, elsewhere.
fn length(words: &[Unit], is_syllabic: bool) -> f64 {
    let chars: u32 = words.iter().map(|unit| u32::from(unit.chars)).sum();
    if is_syllabic {
        1.0 + 0.07 * f64::from(chars.saturating_sub(2).min(8))
    } else {
        1.0 + 0.05 * f64::from(chars.saturating_sub(3).min(8))
    }
}

/// Returns where the form stands that a candidate is written in most often, the first of equals; the first sixteen are asked.
fn commonest(places: &[Place], units: &Units<'_>) -> u32 {
    const ASKED: usize = 16;
    let asked = &places[..places.len().min(ASKED)];
    let text = |place: &Place| units.text(place.first as usize..(place.first + place.len) as usize);
    let [first, others @ ..] = asked else { return 0 };
    let mut best = (0, first);
    for place in others.iter().any(|other| text(other) != text(first)).then_some(asked).into_iter().flatten() {
        let count = asked.iter().filter(|other| text(other) == text(place)).count();
        if count > best.0 {
            best = (count, place);
        }
    }
    best.1.first
}

//! What phrases of a text mean beside each other.

use std::ops::Range;

use hearken_schemas::enrichment::{Effort, IntentKind};

use super::rules::{Guard, Says, Strength, Unless};
use crate::language::Language;
use crate::lexicon::{self, Mark};
use crate::phrases::steps_ahead;

/// What the words of each strength are right about.
const SURE: f64 = 0.8;
const LIKELY: f64 = 0.6;
const FAINT: f64 = 0.4;
/// What is left of it where the words are a threat on a condition.
const ON_CONDITION: f64 = 0.8;
/// How far a negator reaches ahead, and back.
const REACH_STEPS: usize = 7;
const REACH_BACK_STEPS: usize = 4;
/// How far a sentence is looked at around its words, in bytes.
const NEAR_BYTES: usize = 240;
/// How far before a question a rhetorical one makes it rhetorical too, in bytes.
const RHETORIC_BYTES: usize = 60;

/// Quotation marks; those that open in one language and close in another open.
const OPENING: &str = "「『“«„";
const CLOSING: &str = "」』”»";

/// A phrase where it stands.
pub(super) struct Said<'r> {
    pub(super) says: &'r Says,
    pub(super) bytes: Range<usize>,
}

/// A text with its phrases, in its order.
pub(super) struct Scene<'t, 'r> {
    pub(super) text: &'t str,
    pub(super) language: Option<Language>,
    pub(super) said: Vec<Said<'r>>,
}

/// An intent with its bytes.
pub(super) struct Found {
    pub(super) kind: IntentKind,
    pub(super) confidence: f64,
    pub(super) bytes: Range<usize>,
}

/// Whether words are true or might come true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    Real,
    /// They will, if nothing is done.
    Threatened,
    Supposed,
}

/// A sentence.
struct Sentence {
    bytes: Range<usize>,
    /// Whether it asks; nothing where a shout goes with the question.
    asks: Option<bool>,
}

impl Scene<'_, '_> {
    /// Tells an intent whose words are the phrase of that ordinal, unless something keeps it from firing.
    pub(super) fn intent(&self, at: usize, kind: IntentKind, strength: Strength, unless: &[Unless]) -> Option<Found> {
        let bytes = self.said[at].bytes.clone();
        let truth = if unless.contains(&Unless::Supposed) { self.truth(at) } else { Truth::Real };
        let is_kept = unless.iter().any(|unless| match unless {
            Unless::Negated => self.is_negated(at),
            Unless::Supposed => truth == Truth::Supposed,
            Unless::Reported => self.is_reported(at),
            Unless::Asked => self.sentence(&bytes).asks != Some(false),
        });
        let certainty = if truth == Truth::Threatened { ON_CONDITION } else { 1.0 };
        (!is_kept).then(|| Found { kind, confidence: round(confidence(strength) * certainty), bytes })
    }

    /// Tells how hard it was; what was not easy was hard, what was not hard may have been anything.
    pub(super) fn effort(&self, at: usize, said: Effort) -> Option<Effort> {
        if self.truth(at) == Truth::Supposed || self.sentence(&self.said[at].bytes).asks != Some(false) {
            return None;
        }
        match (said, self.is_negated(at)) {
            (Effort::High, true) => None,
            (Effort::Low, true) | (Effort::High, false) => Some(Effort::High),
            (Effort::Low, false) => Some(Effort::Low),
        }
    }

    /// Tells a question by its interrogative: a sure one asks by itself, a likely one at the end of its clause, a faint one before a question
    /// mark only.
    pub(super) fn question(&self, interrogative: &Range<usize>, strength: Strength) -> Option<Found> {
        let sentence = self.sentence(interrogative);
        let is_at_end = !self.text[interrogative.end..].trim_start_matches(' ').starts_with(char::is_alphanumeric);
        let confidence = match (strength, sentence.asks) {
            (Strength::Sure, _) | (Strength::Likely, Some(true)) => SURE,
            (Strength::Likely, None) | (Strength::Faint, Some(true)) => LIKELY,
            (Strength::Likely, Some(false)) if is_at_end => LIKELY,
            (Strength::Likely, Some(false)) | (Strength::Faint, _) => return None,
        };
        if self.within(&sentence.bytes).any(|said| *said.says == Says::Rhetoric) {
            return None;
        }
        let end = match sentence.asks {
            Some(false) => interrogative.end + clause_bytes(&self.text[interrogative.end..]),
            Some(true) | None => sentence.bytes.end,
        };
        let start = self.clause_start(interrogative.start).max(sentence.bytes.start);
        Some(Found { kind: IntentKind::Question, confidence, bytes: start..end })
    }

    /// Finds the first sentence that asks by its mark alone.
    pub(super) fn bare_question(&self) -> Option<Found> {
        let marks = self.text.match_indices('?').chain(self.text.match_indices('？'));
        marks.filter_map(|(mark, _)| self.asked_by(mark)).min_by_key(|found| found.bytes.start)
    }

    fn asked_by(&self, mark: usize) -> Option<Found> {
        let sentence = self.sentence(&(mark..mark));
        // Who has just asked to be contradicted goes on so: "Seriously? Twelve quid for toast?"
        let with_before = sentence.bytes.start.saturating_sub(RHETORIC_BYTES)..sentence.bytes.end;
        let is_rhetoric = self.within(&with_before).any(|said| *said.says == Says::Rhetoric);
        let explains = |said: &Said| match said.says {
            Says::Means { intents, .. } => intents.iter().any(|(kind, _)| *kind == IntentKind::Question),
            Says::Nothing | Says::Guards(_) | Says::Rhetoric => false,
        };
        if sentence.asks != Some(true) || is_rhetoric || self.within(&sentence.bytes).any(explains) {
            return None;
        }
        let bytes = self.clause_start(mark).max(sentence.bytes.start)..sentence.bytes.end;
        let says_something = steps_ahead(&self.text[bytes.start..mark], 1) < mark - bytes.start;
        says_something.then_some(Found { kind: IntentKind::Question, confidence: FAINT, bytes })
    }

    fn is_negated(&self, at: usize) -> bool {
        let ahead = |(guard, between): (Guard, &str)| match guard {
            Guard::NegatesAhead => reaches(between, REACH_STEPS),
            Guard::NegatesNext => reaches(between, 1),
            Guard::NegatesBehind | Guard::Supposes | Guard::Demands | Guard::Reports => false,
        };
        let back =
            |(guard, between): (Guard, &str)| guard == Guard::NegatesBehind && reaches(between, REACH_BACK_STEPS);
        self.guards_before(at).any(ahead) || self.guards_behind(at).any(back)
    }

    /// Tells whether others say it, or a quotation that holds more than these words: who writes 「退款」 stresses it.
    fn is_reported(&self, at: usize) -> bool {
        self.is_quoted(&self.said[at].bytes)
            || self.guards_before(at).any(|(guard, between)| guard == Guard::Reports && reaches(between, REACH_STEPS))
    }

    fn is_quoted(&self, words: &Range<usize>) -> bool {
        let start = self.text.floor_char_boundary(words.start.saturating_sub(NEAR_BYTES));
        let before = &self.text[start..words.start];
        let after = &self.text[words.end..self.text.floor_char_boundary(words.end + NEAR_BYTES)];
        let is_mark = |c: char| OPENING.contains(c) || CLOSING.contains(c) || c == '"';
        let Some(opening) = before.rfind(is_mark) else { return false };
        let Some(closing) = after.find(is_mark) else { return false };
        let is_open = match before[opening..].starts_with('"') {
            true => before.matches('"').count() % 2 == 1,
            false => before[opening..].starts_with(|c| OPENING.contains(c)),
        };
        let holds_more =
            [&before[opening..], &after[..closing]].into_iter().any(|said| said.contains(char::is_alphanumeric));
        is_open && holds_more
    }

    fn truth(&self, at: usize) -> Truth {
        let conditions = self.guards_before(at).filter_map(|(guard, between)| match guard {
            Guard::Supposes => Some((Truth::Supposed, between)),
            Guard::Demands => Some((Truth::Threatened, between)),
            Guard::NegatesAhead | Guard::NegatesNext | Guard::NegatesBehind | Guard::Reports => None,
        });
        let mut conditions =
            conditions.filter(|(_, between)| !between.char_indices().any(|(at, _)| ends(between, at).is_some()));
        conditions.next().map_or(Truth::Real, |(truth, _)| truth)
    }

    /// Returns the guards before a phrase, nearest first, each with what stands between.
    fn guards_before(&self, at: usize) -> impl Iterator<Item = (Guard, &str)> {
        let start = self.said[at].bytes.start;
        let near = self.said[..at].iter().rev().take_while(move |said| start - said.bytes.end <= NEAR_BYTES);
        near.flat_map(move |said| {
            said.guards(self.language).map(move |guard| (guard, &self.text[said.bytes.end..start]))
        })
    }

    /// Returns the guards behind a phrase, nearest first, each with what stands between.
    fn guards_behind(&self, at: usize) -> impl Iterator<Item = (Guard, &str)> {
        let end = self.said[at].bytes.end;
        let near = self.said[at + 1..].iter().take_while(move |said| said.bytes.start - end <= NEAR_BYTES);
        near.flat_map(move |said| {
            said.guards(self.language).map(move |guard| (guard, &self.text[end..said.bytes.start]))
        })
    }

    /// Returns the phrases that begin within some bytes.
    fn within(&self, bytes: &Range<usize>) -> impl Iterator<Item = &Said<'_>> {
        let first = self.said.partition_point(|said| said.bytes.start < bytes.start);
        let end = bytes.end;
        self.said[first..].iter().take_while(move |said| said.bytes.start < end)
    }

    /// Returns the sentence around some words, as far as it is near.
    fn sentence(&self, words: &Range<usize>) -> Sentence {
        let start = self.text.floor_char_boundary(words.start.saturating_sub(NEAR_BYTES));
        let before = self.text[start..words.start].char_indices().rev();
        let start = before.map(|(at, c)| (start + at, c)).find(|&(at, _)| ends(self.text, at).is_some());
        let start = start
            .map_or(self.text.floor_char_boundary(words.start.saturating_sub(NEAR_BYTES)), |(at, c)| at + c.len_utf8());
        let near = self.text.floor_char_boundary(words.end + NEAR_BYTES);
        let after = self.text[words.end..near].char_indices().map(|(at, _)| words.end + at);
        let Some((end, asks)) = after.filter_map(|at| Some((at, ends(self.text, at)?))).next() else {
            return Sentence { bytes: start..near, asks: Some(false) };
        };
        let marks = self.text[end..].find(|c| !matches!(c, '?' | '？' | '!' | '！')).unwrap_or(self.text.len() - end);
        let marks = &self.text[end..end + marks];
        let asks = asks || marks.contains(['?', '？']);
        let shouts = marks.contains(['!', '！']);
        Sentence { bytes: start..end + marks.len(), asks: if asks && shouts { None } else { Some(asks) } }
    }

    /// Returns where the clause around a byte begins.
    fn clause_start(&self, byte: usize) -> usize {
        let start = self.text.floor_char_boundary(byte.saturating_sub(NEAR_BYTES));
        let before = self.text[start..byte].char_indices().rev();
        let end = before.map(|(at, c)| (start + at, c)).find(|&(at, _)| punctuation(self.text, at).is_some());
        let start = end.map_or(start, |(at, c)| at + c.len_utf8());
        byte - self.text[start..byte].trim_start().len()
    }
}

impl<'r> Said<'r> {
    /// Returns how the words tell to read others, in a text of some language.
    fn guards(&self, text: Option<Language>) -> impl Iterator<Item = Guard> + use<'r> {
        let guards: &'r [_] = match self.says {
            Says::Guards(guards) => guards,
            Says::Nothing | Says::Means { .. } | Says::Rhetoric => &[],
        };
        let is_read = move |language: Option<Language>| language.is_none() || text.is_none() || language == text;
        guards.iter().filter(move |(_, language)| is_read(*language)).map(|(guard, _)| *guard)
    }
}

/// Tells whether words are so near that what stands between them is of one clause and few words.
fn reaches(between: &str, steps_max: usize) -> bool {
    steps_ahead(between, steps_max) == between.len()
}

/// Returns how many bytes of a text belong to its first clause.
fn clause_bytes(text: &str) -> usize {
    let near = text.floor_char_boundary(NEAR_BYTES);
    let end = text[..near].char_indices().find(|&(at, _)| punctuation(text, at).is_some());
    end.map_or(near, |(at, _)| at)
}

/// Reads the mark at a byte; letters, most of a text, are passed over without a look around.
fn punctuation(text: &str, at: usize) -> Option<Mark> {
    let rest = &text[at..];
    match rest.chars().next()? {
        'a'..='z' | '0'..='9' | '\u{3041}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => None,
        _ => lexicon::punctuation(text[..at].chars().next_back(), rest),
    }
}

/// Tells whether a sentence ends at a byte, and whether it asks.
fn ends(text: &str, at: usize) -> Option<bool> {
    if text[at..].starts_with([' ', ',', '，', '、', '\'']) {
        return None;
    }
    match punctuation(text, at)? {
        Mark::SentenceEnd { asks } => Some(asks),
        Mark::ClauseEnd | Mark::Cue(_) | Mark::Step { .. } => None,
    }
}

fn confidence(strength: Strength) -> f64 {
    match strength {
        Strength::Sure => SURE,
        Strength::Likely => LIKELY,
        Strength::Faint => FAINT,
    }
}

fn round(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

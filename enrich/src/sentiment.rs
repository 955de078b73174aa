//! The cues for feelings in a text, by lexicon and rules, and the feeling they alone make; where a model was trained it decides, with
//! these as one of its clues ([`Reading::clue`]).
//!
//! Each cue contributes its weight, times an intensifier before it. A negator turns it around and weakens it: "not good" is
//! −0.75 of "good", "not bad" −0.5 of "bad"; two negators cancel out. Praise within a question counts 0.4. What stands before a
//! contrast word ("但是", "but") counts 0.6, what follows it 1.4. Emoji add a clause of their own.
//!
//! With S the sum, E the sum of absolute values, P and N the sums of the clauses that lean either way:
//! - score = S / (|S| + 2), so that one clear cue gives ±0.5;
//! - mixed if both P and N reach 1 and the smaller is at least half of the larger; else the sign of the score from ±0.15 on, else
//!   neutral;
//! - confidence = agreement · 0.9 · (1 − exp(−E/2)), where agreement is |S|/E for a side, 1 − |S|/E for neutral, and the
//!   smaller side over the larger for mixed. 0.9 because a lexicon does not understand irony.
//!
//! Without any cue the reading says nothing. A rating is no cue: people rate the shop and mean the courier.
//!
//! A clause alone has a score too, by the same formula over its own cues.

use std::collections::HashMap;
use std::ops::Range;

use hearken_schemas::enrichment::{Sentiment, SentimentLabel};

use crate::language::Language;
use crate::lexicon::{self, Cue, Lexicon, LexiconError, Mark};
use crate::negation::Negations;

const TURNED_PRAISE: f64 = -0.75;
const TURNED_BLAME: f64 = -0.5;
const PRAISE_IN_QUESTION: f64 = 0.4;
const BEFORE_CONTRAST: f64 = 0.6;
const AFTER_CONTRAST: f64 = 1.4;
/// The strongest that all emoji together may weigh.
const EMOJI_WEIGHT_MAX: f64 = 3.0;
const INTENSITY_MAX: f64 = 2.0;
/// From this score on, either way, a text or a clause leans.
pub(crate) const LEANING_MIN: f64 = 0.15;
/// The score of one clear cue.
pub(crate) const ONE_CUE: f64 = 0.5;

/// Judges feelings; built once, shared by threads.
pub struct SentimentJudge {
    lexicons: HashMap<Language, Lexicon>,
    emoji: Lexicon,
}

/// One text in the forms the judge reads.
#[derive(Debug, Clone, Copy)]
pub struct Words<'t> {
    /// Stripped of noise and in lower case.
    pub lower: &'t str,
    /// As it came, for emoji and emotes.
    pub original: &'t str,
    /// The best guess; where there is none or it has no lexicon, only emoji speak; no guess reads as English.
    pub language: Option<Language>,
}

impl SentimentJudge {
    /// Reads the lexicons that are part of the binary.
    pub fn embedded() -> Result<Self, LexiconError> {
        let mut lexicons = HashMap::new();
        for language in Language::ALL {
            if let Some(toml) = lexicon::file(language) {
                lexicons.insert(language, Lexicon::parse(language.code(), toml)?);
            }
        }
        Ok(Self { lexicons, emoji: Lexicon::parse("emoji", lexicon::EMOJI)? })
    }

    /// Judges a text by its cues; nothing where it has none.
    pub fn judge(&self, words: Words<'_>) -> Option<Sentiment> {
        self.read(words).sentiment()
    }

    /// Tells whether a language has a lexicon.
    pub fn knows(&self, language: Language) -> bool {
        self.lexicons.contains_key(&language)
    }

    /// Finds the cues of a text.
    pub fn read(&self, words: Words<'_>) -> Reading {
        let lexicon = self.lexicons.get(&words.language.unwrap_or(Language::English));
        let walked = lexicon.map(|lexicon| walk(lexicon, words.lower)).unwrap_or_default();
        let Walk { found: mut evidence, clause_ends, negations, .. } = walked;
        let emoji: f64 = walk(&self.emoji, &words.original.to_lowercase()).found.iter().map(|found| found.weight).sum();
        if emoji != 0.0 {
            let weight = emoji.clamp(-EMOJI_WEIGHT_MAX, EMOJI_WEIGHT_MAX);
            let end = usize::MAX;
            evidence.push(Evidence { weight, clause: u32::MAX, sentence: u32::MAX, start: end, end });
        }
        Reading { evidence, clause_ends, negations }
    }
}

/// The cues of one text, clause by clause.
#[derive(Debug, Clone)]
pub struct Reading {
    evidence: Vec<Evidence>,
    /// Bytes of the lower-case text.
    clause_ends: Vec<usize>,
    negations: Negations,
}

impl Reading {
    /// Judges the whole text by its cues; nothing where it has none.
    pub fn sentiment(&self) -> Option<Sentiment> {
        (!self.evidence.is_empty()).then(|| weigh(&self.evidence))
    }

    /// Returns what a model may take the reading for: 0 without a cue, 1 to 11 by score, 12 more where clauses disagree.
    pub fn clue(&self) -> usize {
        let Some(Sentiment { label, score, .. }) = self.sentiment() else { return 0 };
        let strength = (score * 5.0).round().clamp(-5.0, 5.0) as i32 + 6;
        strength as usize + if label == SentimentLabel::Mixed { 12 } else { 0 }
    }

    /// Returns the ordinal of the clause to which a byte of the lower-case text belongs.
    pub fn clause_at(&self, byte: usize) -> u32 {
        self.clause_ends.partition_point(|&end| end <= byte) as u32
    }

    /// Tells whether a phrase of the lower-case text, which blames or praises by itself, is negated, be it within a longer cue:
    /// "would not recommend".
    pub(crate) fn negates(&self, phrase: &Range<usize>, is_blame: bool) -> bool {
        let cue = self.evidence.get(self.evidence.partition_point(|found| found.end < phrase.end));
        match cue.filter(|cue| cue.start <= phrase.start && cue.end - cue.start > phrase.len()) {
            Some(cue) => is_blame == (cue.weight > 0.0),
            None => self.negations.turn(phrase, is_blame),
        }
    }

    /// Returns the cues of the words, in their order: the clause, the weight, the bytes of the lower-case text.
    pub(crate) fn cues(&self) -> impl Iterator<Item = (u32, f64, Range<usize>)> + '_ {
        let words = self.evidence.iter().take_while(|found| found.clause != u32::MAX);
        words.map(|found| (found.clause, found.weight, found.start..found.end))
    }

    /// Judges one clause, from −1 to 1; 0 where it has no cue.
    pub fn clause_score(&self, clause: u32) -> f64 {
        let first = self.evidence.partition_point(|found| found.clause < clause);
        let cues = self.evidence.iter().skip(first).take_while(|found| found.clause == clause);
        round(score(cues.map(|found| found.weight).sum()))
    }
}

/// One cue with what the words around it made of it.
#[derive(Debug, Clone, Copy)]
struct Evidence {
    weight: f64,
    clause: u32,
    sentence: u32,
    /// Bytes of the lower-case text.
    start: usize,
    end: usize,
}

/// Something that waits for a cue, and how many steps it still reaches.
#[derive(Debug, Clone, Copy)]
struct Pending<T> {
    what: T,
    steps_left: u32,
}

/// A negator that looks ahead.
#[derive(Debug, Clone, Copy)]
struct Negator {
    /// Where it ends, and its reach begins.
    end: usize,
    blame: bool,
}

#[derive(Default)]
struct Walk {
    gap: u32,
    concord: bool,
    found: Vec<Evidence>,
    clause_ends: Vec<usize>,
    negations: Negations,
    clause: u32,
    sentence: u32,
    after_contrast: bool,
    /// Whether the clause speaks of what should be.
    wishes: bool,
    negation: Option<Pending<Negator>>,
    /// The negator that turned the last cue of this clause.
    spent: Option<Negator>,
    intensity: Option<Pending<f64>>,
    /// Steps since the last cue of this clause, while a negator after it could still reach it.
    since_cue: Option<u32>,
    /// Where the steps of this clause start, and the byte behind which a phrase must end for a negator after it to reach it.
    steps: Vec<usize>,
    floor: usize,
}

fn walk(lexicon: &Lexicon, lower: &str) -> Walk {
    let lower = lexicon.spell(lower);
    let mut walk = Walk { gap: lexicon.gap(), concord: lexicon.concord(), ..Walk::default() };
    for (mark, at) in lexicon.scan(&lower) {
        match mark {
            Mark::Cue(Cue::Feeling(weight)) => {
                if lexicon.repeats_negator(&lower[at.clone()]) {
                    walk.reach_to(at.start);
                }
                walk.feel(weight, at);
            }
            Mark::Cue(Cue::Negator { next, previous, blame }) => walk.negate(next, previous, blame, at),
            Mark::Cue(Cue::NegationGoesOn) => walk.go_on(at),
            Mark::Cue(Cue::Stop) => walk.stop(at),
            Mark::Cue(Cue::Wish) => walk.wish(at),
            Mark::Cue(Cue::Intensifier(factor)) => walk.intensify(factor),
            Mark::Cue(Cue::Contrast) => walk.contrast(at.end),
            Mark::Cue(Cue::Plain) => walk.step(at, false),
            Mark::Step { is_word } => walk.step(at, is_word),
            Mark::ClauseEnd => walk.end_clause(at.end),
            Mark::SentenceEnd { asks } => walk.end_sentence(asks, at.end),
        }
    }
    walk.end_clause(lower.len());
    walk.clause_ends.pop();
    walk
}

impl Walk {
    fn feel(&mut self, weight: f64, at: Range<usize>) {
        let intensity = self.intensity.take().map_or(1.0, |pending| pending.what);
        self.spent = self.reach_to(at.end);
        let weight = match self.spent {
            Some(negator) => turned(weight, negator.blame),
            None => weight * intensity,
        };
        let emphasis = if self.after_contrast { AFTER_CONTRAST } else { 1.0 };
        let (clause, sentence, Range { start, end }) = (self.clause, self.sentence, at);
        self.found.push(Evidence { weight: weight * emphasis, clause, sentence, start, end });
        self.since_cue = Some(0);
        self.floor = start;
    }

    fn negate(&mut self, next: bool, previous: bool, blame: bool, at: Range<usize>) {
        let blame = blame && !self.wishes;
        if previous {
            let far = self.steps.len().checked_sub(self.gap as usize + 1).and_then(|step| self.steps.get(step));
            let floor = far.copied().unwrap_or_default().max(self.floor);
            self.negations.add_behind(floor + 1..at.start + 1, blame);
        }
        let is_near = self.since_cue.is_some_and(|steps| steps <= self.gap);
        match self.found.last_mut() {
            Some(last) if previous && is_near => {
                last.weight = turned(last.weight, blame);
                self.since_cue = None;
            }
            _ if next => {
                let cancels = self.reach_to(at.end).is_some() && !self.concord;
                let negator = Negator { end: at.end, blame };
                self.negation = (!cancels).then_some(Pending { what: negator, steps_left: self.gap });
            }
            _ => {}
        }
    }

    fn go_on(&mut self, at: Range<usize>) {
        if let Some(Negator { blame, .. }) = self.spent {
            self.reach_to(at.start);
            self.negation = Some(Pending { what: Negator { end: at.end, blame }, steps_left: self.gap });
        }
        self.steps.push(at.start);
    }

    /// From here on, negators of this clause leave blame as it is.
    fn wish(&mut self, at: Range<usize>) {
        self.wishes = true;
        self.step(at, false);
    }

    /// Lets no negation reach blame across this place, and none reach back.
    fn stop(&mut self, at: Range<usize>) {
        if let Some(Pending { steps_left, .. }) = self.negation {
            self.reach_to(at.start);
            self.negation = Some(Pending { what: Negator { end: at.start, blame: false }, steps_left });
        }
        self.bar(at.start);
        self.step(at, false);
    }

    /// Ends the negation that is under way, if any.
    fn reach_to(&mut self, end: usize) -> Option<Negator> {
        let negator = self.negation.take()?.what;
        self.negations.add_ahead(negator.end..end, negator.blame);
        Some(negator)
    }

    fn intensify(&mut self, factor: f64) {
        let before = self.intensity.map_or(1.0, |pending| pending.what);
        self.intensity = Some(Pending { what: (before * factor).min(INTENSITY_MAX), steps_left: self.gap });
    }

    fn contrast(&mut self, end: usize) {
        let says = |found: &Evidence, sentence| found.sentence == sentence;
        let before = match self.found.iter().any(|found| says(found, self.sentence)) {
            true => self.sentence,
            // The contrast opens a sentence: it answers the one before.
            false => self.sentence.saturating_sub(1),
        };
        for found in self.found.iter_mut().filter(|found| says(found, before)) {
            found.weight *= BEFORE_CONTRAST;
        }
        self.end_clause(end);
        self.after_contrast = true;
    }

    fn step(&mut self, at: Range<usize>, is_word: bool) {
        match self.negation.and_then(Pending::step) {
            None => drop(self.reach_to(at.end)),
            some => self.negation = some,
        }
        self.intensity = self.intensity.and_then(Pending::step);
        self.since_cue = self.since_cue.filter(|_| !is_word).map(|steps| steps.saturating_add(1));
        self.steps.push(at.start);
        if is_word {
            self.floor = at.start;
        }
    }

    fn bar(&mut self, at: usize) {
        self.spent = None;
        self.since_cue = None;
        self.floor = at;
    }

    fn end_clause(&mut self, end: usize) {
        self.reach_to(end);
        self.bar(end);
        self.clause_ends.push(end);
        self.clause += 1;
        self.wishes = false;
        self.intensity = None;
        self.steps.clear();
    }

    fn end_sentence(&mut self, asks: bool, end: usize) {
        if asks {
            let asked = self.found.iter_mut().rev().take_while(|found| found.sentence == self.sentence);
            asked.filter(|found| found.weight > 0.0).for_each(|found| found.weight *= PRAISE_IN_QUESTION);
        }
        self.end_clause(end);
        self.sentence += 1;
        self.after_contrast = false;
    }
}

impl<T> Pending<T> {
    fn step(self) -> Option<Self> {
        Some(Self { what: self.what, steps_left: self.steps_left.checked_sub(1)? })
    }
}

fn turned(weight: f64, blame: bool) -> f64 {
    match weight > 0.0 {
        true => weight * TURNED_PRAISE,
        false if blame => weight * TURNED_BLAME,
        false => weight,
    }
}

fn weigh(evidence: &[Evidence]) -> Sentiment {
    let sum: f64 = evidence.iter().map(|found| found.weight).sum();
    let total: f64 = evidence.iter().map(|found| found.weight.abs()).sum();
    let (mut praise, mut blame) = (0.0, 0.0);
    for clause in evidence.chunk_by(|a, b| a.clause == b.clause) {
        let lean: f64 = clause.iter().map(|found| found.weight).sum();
        *if lean > 0.0 { &mut praise } else { &mut blame } += lean.abs();
    }
    let score = score(sum);
    let (smaller, larger) = (f64::min(praise, blame), f64::max(praise, blame));
    let leaning = if total > 0.0 { sum.abs() / total } else { 0.0 };
    let (label, agreement) = match score {
        _ if smaller >= 1.0 && smaller >= 0.5 * larger => (SentimentLabel::Mixed, smaller / larger),
        LEANING_MIN.. => (SentimentLabel::Positive, leaning),
        _ if score <= -LEANING_MIN => (SentimentLabel::Negative, leaning),
        _ => (SentimentLabel::Neutral, 1.0 - leaning),
    };
    rounded(label, score, agreement * 0.9 * (1.0 - (-total / 2.0).exp()))
}

/// Returns the score of cues whose weights have this sum.
pub(crate) fn leaning(sum: f64) -> f64 {
    round(score(sum))
}

fn score(sum: f64) -> f64 {
    sum / (sum.abs() + 2.0)
}

/// Four digits, so that a score is the same on every machine; and never −0.
fn round(number: f64) -> f64 {
    (number * 1e4).round() / 1e4 + 0.0
}

fn rounded(label: SentimentLabel, score: f64, confidence: f64) -> Sentiment {
    Sentiment { label, score: round(score), confidence: round(confidence.clamp(0.0, 1.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SentimentLabel::{Mixed, Negative, Positive};

    fn judge(tag: &str, text: &str) -> Option<Sentiment> {
        let judge = SentimentJudge::embedded().unwrap();
        let words = Words { lower: &text.to_lowercase(), original: text, language: Language::from_tag(tag) };
        judge.judge(words)
    }

    fn check(tag: &str, cases: &[(&str, SentimentLabel)]) {
        for (text, expected) in cases {
            let found = judge(tag, text).unwrap();
            assert_eq!(found.label, *expected, "{text}: {found:?}");
            assert!(found.confidence > 0.0, "{text}: {found:?}");
        }
    }

    #[test]
    fn chinese_in_both_scripts() {
        check(
            "zh",
            &[
                ("不错", Positive),
                ("不錯", Positive),
                ("不好", Negative),
                ("不是不好", Positive),
                ("质量很好，物流也快", Positive),
                ("品質很好，物流也快", Positive),
                ("一点都不好用", Negative),
                ("不太满意", Negative),
                ("不太滿意", Negative),
                ("没有不满意的地方", Positive),
                ("服务态度极差，再也不会来了", Negative),
                ("外观还行，但是电池太差，用半天就坏了", Negative),
                ("价格有点贵，但是真的非常好用，强烈推荐", Positive),
                ("味道很好，服务很差", Mixed),
                ("不仅好吃，而且不贵", Positive),
                ("客服一直不回复，申请退款", Negative),
                ("客服一直不回覆，申請退款", Negative),
            ],
        );
    }

    #[test]
    fn english() {
        check(
            "en",
            &[
                ("Great phone, fast delivery", Positive),
                ("not bad", Positive),
                ("It is not good", Negative),
                ("I don't really like it", Negative),
                ("The app doesn't work", Negative),
                ("Never again. Waste of money!", Negative),
                ("Screen is nice but it broke after two days and support was terrible", Negative),
                ("A bit expensive, but absolutely worth it", Positive),
                ("Great food. Terrible service.", Mixed),
                ("no problem at all", Positive),
            ],
        );
    }

    #[test]
    fn japanese_and_korean() {
        check(
            "ja",
            &[
                ("とても美味しかったです", Positive),
                ("対応が悪く、残念でした", Negative),
                ("あまり良くない", Negative),
                ("悪くないです", Positive),
                ("アプリが開きません", Negative),
                ("部屋は綺麗でしたが、食事は最悪でした", Negative),
                ("二度と買いません", Negative),
            ],
        );
        check(
            "ko",
            &[
                ("배송도 빠르고 정말 좋아요", Positive),
                ("별로예요", Negative),
                ("맛있지 않아요", Negative),
                ("나쁘지 않네요", Positive),
                ("좋지만 너무 비싸고 불친절해서 최악", Negative),
                ("안 좋아요", Negative),
            ],
        );
    }

    #[test]
    fn german_spanish_french() {
        check(
            "de",
            &[
                ("Sehr gute Qualität, gerne wieder", Positive),
                ("Das ist nicht gut", Negative),
                ("gar nicht schlecht", Positive),
                ("gefällt mir leider gar nicht", Negative),
                ("Schön, aber nach einer Woche kaputt und niemand hilft, Frechheit", Negative),
            ],
        );
        check(
            "es",
            &[
                ("Muy buen producto, lo recomiendo", Positive),
                ("No me gusta nada", Negative),
                ("no está mal", Positive),
                ("Bonito, pero llegó roto y nadie responde", Negative),
            ],
        );
        check(
            "fr",
            &[
                ("Très bon produit, je recommande", Positive),
                ("ce n'est pas bon", Negative),
                ("je n'aime pas", Negative),
                ("pas mal du tout", Positive),
                ("Joli, mais l'application plante tout le temps, à fuir", Negative),
            ],
        );
    }

    #[test]
    fn emoji_speak_in_every_language() {
        check("und", &[("👍👍", Positive), ("😡", Negative), ("[怒]", Negative), (":(", Negative)]);
        check("th", &[("ดี 😍", Positive)]);
        check("ru", &[("💔", Negative)]);
        assert_eq!(judge("und", "👍").unwrap().score, 0.5);
        assert!(judge("und", &"👍".repeat(500)).unwrap().score <= 0.6);
    }

    #[test]
    fn questions_praise_less_than_statements() {
        let asked = judge("en", "Can you recommend a good restaurant?").unwrap();
        let said = judge("en", "I can recommend a good restaurant.").unwrap();
        assert!(asked.score < said.score);
        assert!(asked.confidence < said.confidence);
    }

    #[test]
    fn without_a_cue_nothing_is_said() {
        for text in ["", "今天收到", "order 12345", "\u{200f}"] {
            assert_eq!(judge("zh", text), None, "{text}");
        }
    }

    #[test]
    fn a_reading_gives_one_of_the_clues() {
        let read = |text: &str| {
            let judge = SentimentJudge::embedded().unwrap();
            judge.read(Words { lower: text, original: text, language: Some(Language::English) }).clue()
        };
        for (text, expected) in [("it came today", 0), ("good", 9), ("bad", 3), ("good food, bad staff", 18)] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert!(read(&"excellent ".repeat(99)) < crate::model::CLUES);
    }
}

//! Finds the phrases of a rule file in folded texts, all of them in one pass.
//!
//! At each place where a phrase may start, the next one to four characters are looked up in a set of bits and, where these say that some
//! phrase begins so, in a map. An automaton over all phrases was tried: with ten thousand of them it is larger than any cache, and
//! cost two to four times as much.
//!
//! How phrases are written, in every rule file: case, width and Traditional or Simplified make no difference. The leftmost, then the
//! longest phrase wins. Letters that are written with spaces match whole words only; a trailing `*` lets the word go on. One `…` stands
//! for up to [`GAP_STEPS_MAX`] words (characters where the script has no spaces) of the same clause, or none: "cancel … account".

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use toml::Spanned;

use crate::fold::{self, Simplifier};
use crate::language::Language;
use crate::lexicon::{self, Mark};
use crate::script::is_spaced;

/// What a `…` may stand for.
const GAP_STEPS_MAX: usize = 6;
const GAP: char = '…';
/// How many characters of a phrase are looked up.
const BEGINNING_CHARS: usize = 4;
/// Bits that say which beginnings there are; a power of two.
const BITS: usize = 1 << 17;
/// Multiplier of a linear congruential step (Steele, Vigna 2021).
const STEP: u64 = 0xd134_2543_de82_ef95;

/// Language → phrases, as a rule file gives them.
pub(crate) type Phrases = BTreeMap<String, Vec<Spanned<String>>>;

/// Why the phrases of a rule file are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhraseError {
    /// A language this crate does not know.
    #[error("{file}: [{section}] has phrases in {language:?}; choose from {}", Language::ALL.map(Language::code).join(", "))]
    Language {
        /// Which file.
        file: String,
        /// The section of the file.
        section: String,
        /// What it says.
        language: String,
    },
    /// A phrase without a letter, or with one side of a gap without any.
    #[error("{file}, line {line}: [{section}] has the phrase {phrase:?}, which would match anywhere; remove it")]
    Blank {
        /// Which file.
        file: String,
        /// Where.
        line: usize,
        /// The section of the file.
        section: String,
        /// The phrase.
        phrase: String,
    },
    /// A phrase that would stand for two things.
    #[error("{file}, line {line}: {phrase:?} of [{section}] stands under {other} already; keep one")]
    Twice {
        /// Which file.
        file: String,
        /// Where it stands the second time.
        line: usize,
        /// The phrase.
        phrase: String,
        /// The second section.
        section: String,
        /// The first section, and the key there.
        other: String,
    },
    /// More of something than there is room for.
    #[error("{file}: {reason}")]
    TooMany {
        /// Which file.
        file: String,
        /// Of what, and what to do.
        reason: String,
    },
}

/// What a phrase stands for.
pub(crate) trait Meaning: Clone {
    /// Adds what the same words mean elsewhere in the file; tells whether they can mean both.
    fn join(&mut self, other: &Self) -> bool;
}

/// The phrases of a file, ready to be looked for; built once, shared by threads.
pub(crate) struct PhraseSet<M> {
    heads: Vec<(String, Head<M>)>,
    /// Which beginnings there are: one bit for each, which others may share.
    bits: Vec<u64>,
    /// By beginning, the ordinals of heads, longest first.
    beginnings: HashMap<u64, Vec<u32>>,
}

/// The words of a phrase up to its gap, with all phrases that begin so.
struct Head<M> {
    /// What the words alone mean, if anything.
    alone: Option<Ending<M>>,
    /// What they mean with words behind a gap.
    tails: Vec<Tail<M>>,
}

/// Words behind a gap.
struct Tail<M> {
    words: String,
    /// Whether the word before the gap may go on.
    head_goes_on: bool,
    ending: Ending<M>,
}

/// The end of a phrase.
struct Ending<M> {
    goes_on: bool,
    meaning: M,
    /// The section and the key it stands under.
    place: String,
}

impl<M> PhraseSet<M> {
    fn new(heads: Vec<(String, Head<M>)>) -> Self {
        let mut bits = vec![0; BITS / 64];
        let mut beginnings: HashMap<u64, Vec<u32>> = HashMap::new();
        for (at, (words, _)) in heads.iter().enumerate() {
            let Some(beginning) = beginnings_of(words).last() else { continue };
            let (word, bit) = place_of(beginning);
            bits[word] |= bit;
            beginnings.entry(beginning).or_default().push(at as u32);
        }
        for same in beginnings.values_mut() {
            same.sort_by_key(|&at| std::cmp::Reverse(heads[at as usize].0.len()));
        }
        Self { heads, bits, beginnings }
    }

    /// Finds the phrases of a folded text, in its order; no two overlap.
    pub(crate) fn find<'t>(&'t self, folded: &'t str) -> impl Iterator<Item = (&'t M, Range<usize>)> + 't {
        let mut at = 0;
        let mut within_word = false;
        std::iter::from_fn(move || {
            while let Some(here) = folded[at..].chars().next() {
                let start = at;
                let is_spaced = is_spaced(here);
                if !(is_spaced && within_word)
                    && let Some((meaning, end)) = self.read(folded, start)
                {
                    at = end;
                    within_word = folded[..end].ends_with(crate::script::is_spaced);
                    return Some((meaning, start..end));
                }
                at += here.len_utf8();
                within_word = is_spaced;
            }
            None
        })
    }

    /// Returns what the longest phrase that starts there means, and where it ends.
    fn read(&self, text: &str, start: usize) -> Option<(&M, usize)> {
        let mut known = [None; BEGINNING_CHARS];
        for (slot, beginning) in known.iter_mut().zip(beginnings_of(&text[start..])) {
            let (word, bit) = place_of(beginning);
            *slot = (self.bits[word] & bit != 0).then_some(beginning);
        }
        known.iter().rev().flatten().find_map(|beginning| {
            self.beginnings.get(beginning)?.iter().find_map(|&at| {
                let (words, head) = &self.heads[at as usize];
                if text[start..].starts_with(words.as_str()) {
                    head.read(text, start..start + words.len())
                } else {
                    None
                }
            })
        })
    }
}

/// Returns a number for the first character, the first two, and so on up to [`BEGINNING_CHARS`].
fn beginnings_of(text: &str) -> impl Iterator<Item = u64> {
    text.chars().take(BEGINNING_CHARS).scan(STEP, |hash, c| {
        let mixed = (*hash ^ u64::from(c)).wrapping_mul(STEP);
        *hash = mixed ^ mixed >> 32;
        Some(*hash)
    })
}

/// Returns the word and the bit of a beginning.
fn place_of(beginning: u64) -> (usize, u64) {
    let at = beginning as usize % BITS;
    (at / 64, 1 << (at % 64))
}

impl<M> Head<M> {
    fn read(&self, text: &str, found: Range<usize>) -> Option<(&M, usize)> {
        let with_tail = if self.tails.is_empty() { None } else { self.tail(text, found.clone()) };
        with_tail.or_else(|| {
            let Ending { goes_on, meaning, .. } = self.alone.as_ref()?;
            Some((meaning, word_end(text, found, *goes_on)?))
        })
    }

    /// Finds the nearest of the words behind a gap; of equally near ones the longest.
    fn tail(&self, text: &str, head: Range<usize>) -> Option<(&M, usize)> {
        let from = word_end(text, head.clone(), true)?;
        let is_whole = from == head.end;
        let gap_end = from + steps_ahead(&text[from..], GAP_STEPS_MAX);
        let nearest = self.tails.iter().filter(|tail| is_whole || tail.head_goes_on).filter_map(|tail| {
            let (words, Ending { goes_on, meaning, .. }) = (&tail.words, &tail.ending);
            let reach = text.floor_char_boundary(gap_end + words.len());
            text[from..reach].match_indices(words.as_str()).find_map(|(at, _)| {
                let start = from + at;
                let starts_within = words.starts_with(is_spaced) && text[..start].ends_with(is_spaced);
                let end = word_end(text, start..start + words.len(), *goes_on).filter(|_| !starts_within)?;
                Some((at, std::cmp::Reverse(words.len()), meaning, end))
            })
        });
        nearest.min_by_key(|&(at, length, ..)| (at, length)).map(|(.., meaning, end)| (meaning, end))
    }
}

/// Returns where the words of a match end, nothing where that is within a word.
fn word_end(text: &str, found: Range<usize>, goes_on: bool) -> Option<usize> {
    let after = &text[found.end..];
    let ends_within = text[found.clone()].ends_with(is_spaced) && after.starts_with(is_spaced);
    match (ends_within, goes_on) {
        (true, false) => None,
        (true, true) => Some(text.len() - after.trim_start_matches(is_spaced).len()),
        (false, _) => Some(found.end),
    }
}

/// Returns how many bytes some steps take, a step being a word or, where the script has no spaces, a character; the end of a clause
/// ends them.
pub(crate) fn steps_ahead(text: &str, steps_max: usize) -> usize {
    let (mut before, mut steps) = (None, 0);
    for (at, here) in text.char_indices() {
        if here.is_alphanumeric() {
            let is_step = !(is_spaced(here) && before.is_some_and(|before| is_spaced(before) || before == '\''));
            steps += usize::from(is_step);
            if steps > steps_max {
                return at;
            }
        } else if here != ' ' && here != '\'' && ends_clause(before, &text[at..]) {
            return at;
        }
        before = Some(here);
    }
    text.len()
}

fn ends_clause(before: Option<char>, rest: &str) -> bool {
    match lexicon::punctuation(before, rest) {
        Some(Mark::ClauseEnd | Mark::SentenceEnd { .. }) => true,
        Some(Mark::Cue(_) | Mark::Step { .. }) | None => false,
    }
}

/// The phrases of a file while it is read.
pub(crate) struct Draft<'f, M> {
    /// The file's name.
    file: &'f str,
    toml: &'f str,
    simplifier: &'f Simplifier,
    heads: Vec<(String, Head<M>)>,
    /// Folded head → ordinal in `heads`.
    known: HashMap<String, usize>,
}

impl<'f, M: Meaning> Draft<'f, M> {
    /// Starts a file; `file` stands in errors, `toml` is what it holds.
    pub(crate) fn new(file: &'f str, toml: &'f str, simplifier: &'f Simplifier) -> Self {
        Self { file, toml, simplifier, heads: Vec::new(), known: HashMap::new() }
    }

    /// Adds the phrases of one key of a section; `meaning` gives what one of a language stands for.
    ///
    /// # Errors
    /// What is wrong with them, with the section, the phrase and the line.
    pub(crate) fn add(
        &mut self,
        section: &str,
        key: &str,
        phrases: &Phrases,
        meaning: impl Fn(Language) -> M,
    ) -> Result<(), PhraseError> {
        for (code, phrases) in phrases {
            let Some(language) = Language::from_code(code) else {
                let (file, section, language) = (self.file.to_owned(), section.to_owned(), code.clone());
                return Err(PhraseError::Language { file, section, language });
            };
            for phrase in phrases {
                let place = format!("[{section}], {key},");
                self.add_phrase(section, phrase, Ending { goes_on: false, meaning: meaning(language), place })?;
            }
        }
        Ok(())
    }

    /// Ends the file.
    pub(crate) fn finish(self) -> PhraseSet<M> {
        PhraseSet::new(self.heads)
    }

    fn add_phrase(&mut self, section: &str, phrase: &Spanned<String>, ending: Ending<M>) -> Result<(), PhraseError> {
        let written = phrase.get_ref();
        let (head, tail) = match written.split_once(GAP) {
            Some((head, tail)) => (self.fold(head), Some(self.fold(tail))),
            None => (self.fold(written), None),
        };
        let place = || (self.file.to_owned(), self.toml[..phrase.span().start].matches('\n').count() + 1);
        if ![Some(&head), tail.as_ref()].into_iter().flatten().all(|words| words.contains(char::is_alphanumeric)) {
            let (file, line) = place();
            return Err(PhraseError::Blank { file, line, section: section.to_owned(), phrase: written.clone() });
        }
        let ending = Ending { goes_on: written.ends_with('*'), ..ending };
        let head_goes_on = written.split(GAP).next().is_some_and(|head| head.trim_end().ends_with('*'));
        if let Err(other) = self.head(head).add(tail, head_goes_on, ending) {
            let ((file, line), phrase) = (place(), written.clone());
            return Err(PhraseError::Twice { file, line, phrase, section: section.to_owned(), other });
        }
        Ok(())
    }

    fn fold(&self, words: &str) -> String {
        self.simplifier.fold(&fold::lower(words.trim().trim_end_matches('*').trim())).into_owned()
    }

    fn head(&mut self, words: String) -> &mut Head<M> {
        let at = *self.known.entry(words.clone()).or_insert(self.heads.len());
        if at == self.heads.len() {
            self.heads.push((words, Head { alone: None, tails: Vec::new() }));
        }
        &mut self.heads[at].1
    }
}

impl<M: Meaning> Head<M> {
    /// Adds a phrase; where it stands for something else already, returns under what.
    fn add(&mut self, tail: Option<String>, head_goes_on: bool, ending: Ending<M>) -> Result<(), String> {
        let known = match &tail {
            None => self.alone.as_mut(),
            Some(tail) => self.tails.iter_mut().find(|known| known.words == *tail).map(|known| &mut known.ending),
        };
        match (known, tail) {
            // The same words in two languages, or in both scripts.
            (Some(known), _) => {
                known.goes_on |= ending.goes_on;
                if known.meaning.join(&ending.meaning) { Ok(()) } else { Err(known.place.clone()) }
            }
            (None, None) => {
                self.alone = Some(ending);
                Ok(())
            }
            (None, Some(words)) => {
                self.tails.push(Tail { words, head_goes_on, ending });
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Nothing;

    impl Meaning for Nothing {
        fn join(&mut self, _: &Self) -> bool {
            false
        }
    }

    fn draft(phrases: &str) -> Result<PhraseSet<Nothing>, PhraseError> {
        let toml = format!("en = {phrases}");
        let phrases: Phrases = toml::from_str(&toml).unwrap();
        let simplifier = Simplifier::embedded();
        let mut draft = Draft::new("mine.toml", &toml, &simplifier);
        draft.add("a", "b", &phrases, |_| Nothing)?;
        Ok(draft.finish())
    }

    fn check(phrases: &str, text: &str, expected: &[&str]) {
        let folded = Simplifier::embedded().fold(&fold::lower(text)).into_owned();
        let set = draft(phrases).unwrap();
        let found: Vec<&str> = set.find(&folded).map(|(_, bytes)| &folded[bytes]).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn words_behind_a_gap_belong_to_the_phrase() {
        let phrases = r#"["cancel … account*", "cancel … plan", "cancel", "打了…次电话", "打了", "refund … arrived"]"#;
        check(phrases, "Cancel my old accounts, plan", &["cancel my old accounts"]);
        check(phrases, "cancel account", &["cancel account"]);
        check(phrases, "cancel the planet plan", &["cancel the planet plan"]);
        check(phrases, "cancel it, account", &["cancel"]);
        check(phrases, "cancel a b c d e f account", &["cancel a b c d e f account"]);
        check(phrases, "cancel a b c d e f g account", &["cancel"]);
        check(phrases, "打了五六次電話，打了好多好多好多次电话", &["打了五六次电话", "打了好多好多好多次电话"]);
        check(phrases, "打了一二三四五六七次电话", &["打了"]);
        check(phrases, "refund; arrived", &[]);
        check(phrases, "cancel", &["cancel"]);
        check(r#"["crash course", "crash*", "如果能…就好", "如果"]"#, "crash courses，如果能", &["crash", "如果"]);
        check(phrases, "cancelled account, cancelled", &[]);
        check(r#"["order* … again"]"#, "ordering here again", &["ordering here again"]);
    }

    #[test]
    fn both_sides_of_a_gap_need_a_letter_and_stand_once() {
        for (phrases, expected) in [
            (r#"["… a"]"#, "mine.toml, line 1: [a] has the phrase \"… a\""),
            (r#"["a …"]"#, "has the phrase \"a …\", which would match anywhere"),
            ("[\"a … b\",\n\"A…B*\"]", "mine.toml, line 2: \"A…B*\" of [a] stands under [a], b, already"),
        ] {
            let error = draft(phrases).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(expected), "{error}");
        }
    }
}

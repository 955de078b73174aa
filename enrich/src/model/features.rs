//! What a model reads of a text: hashed n-grams of its characters and words.
//!
//! Feature hashing (Weinberger et al. 2009): an n-gram is a number below 2^bits and no table of them is kept; two that meet in one
//! number share a weight. The hash is written down here because weights are worthless under another one.

use serde::{Deserialize, Serialize};

use crate::fold::{self, Simplifier};

/// Characters of a text that are read; whoever writes more has said how he feels.
const LETTERS_MAX: usize = 4096;
/// A character repeated more often than this is cut to it: "sooooo" is "sooo".
const REPEATED_MAX: usize = 3;
/// Multiplier of splitmix64 (Steele, Lea, Flood 2014), whose high bits depend on all bits of the factor.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// Multiplier of a linear congruential step (Steele, Vigna 2021).
const STEP: u64 = 0xd134_2543_de82_ef95;
/// Tells words from runs of characters with the same letters.
const WORD: u64 = 0x5bd1_e995_0000_0001;

/// Which n-grams a model reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grams {
    /// Features are numbers below 2^bits; at most 24.
    pub bits: u8,
    /// The longest run of characters; runs of 1 up to this many are read, also across words.
    pub characters: u8,
    /// Whether words and pairs of neighbouring words are read too: not where words are not written apart.
    pub words: bool,
}

/// A text as models read it: folded, one blank between words, digits as `0`, no links, nobody's handle.
#[derive(Debug, Clone, Default)]
pub struct Letters(Vec<char>);

impl Letters {
    /// Reads the beginning of a text.
    pub(crate) fn of(text: &str, simplifier: &Simplifier) -> Self {
        let mut letters = vec![' '];
        for word in text.split_whitespace() {
            if letters.len() > LETTERS_MAX {
                break;
            }
            let word = word.find("http").map_or(word, |link| &word[..link]);
            match word.strip_prefix('@') {
                Some(handle) if !handle.is_empty() => letters.push('@'),
                Some(_) | None => push(&mut letters, word, simplifier),
            }
            if letters.last() != Some(&' ') {
                letters.push(' ');
            }
        }
        letters.truncate(LETTERS_MAX);
        Self(letters)
    }

    /// Calls `each` with every feature of the text, in its order, as often as it occurs.
    pub fn features(&self, grams: Grams, mut each: impl FnMut(u32)) {
        let shift = 64 - u32::from(grams.bits.clamp(1, 24));
        let mut emit = |hash: u64| each((hash.wrapping_mul(SPREAD) >> shift) as u32);
        for start in 0..self.0.len() {
            let mut hash = STEP;
            for (length, &letter) in self.0[start..].iter().take(usize::from(grams.characters)).enumerate() {
                hash = step(hash, letter);
                if length > 0 || letter != ' ' {
                    emit(hash);
                }
            }
        }
        if grams.words {
            let mut before = WORD;
            for word in self.words() {
                let hash = word.iter().fold(WORD, |hash, &letter| step(hash, letter));
                emit(hash);
                emit(step(before.rotate_left(17) ^ hash, ' '));
                before = hash;
            }
        }
    }

    /// Cuts into words; every sign between them is one.
    fn words(&self) -> impl Iterator<Item = &[char]> {
        let belongs = |c: &char| c.is_alphanumeric() || *c == '\'';
        self.0.chunk_by(move |a, b| belongs(a) && belongs(b)).filter(|word| *word != [' '])
    }
}

fn push(letters: &mut Vec<char>, word: &str, simplifier: &Simplifier) {
    for c in word.chars() {
        let c = if c.is_numeric() { '0' } else { simplifier.simplified(fold::lower_char(c)) };
        let repeated = letters.iter().rev().take(REPEATED_MAX).filter(|before| **before == c).count();
        if repeated < REPEATED_MAX {
            letters.push(c);
        }
    }
}

fn step(hash: u64, letter: char) -> u64 {
    let mixed = (hash ^ u64::from(letter)).wrapping_mul(STEP);
    mixed ^ mixed >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str) -> String {
        Letters::of(text, &Simplifier::embedded()).0.into_iter().collect()
    }

    fn features(text: &str, grams: Grams) -> Vec<u32> {
        let mut found = Vec::new();
        Letters::of(text, &Simplifier::embedded()).features(grams, |feature| found.push(feature));
        found
    }

    const GRAMS: Grams = Grams { bits: 18, characters: 3, words: true };

    #[test]
    fn ways_of_writing_are_made_equal() {
        for (text, expected) in [
            ("", " "),
            ("Very  GOOD\n", " very good "),
            ("更新後結帳", " 更新后结帐 "),
            ("ＡＰＰ２", " app0 "),
            ("in 2024 for 15€", " in 000 for 00€ "),
            ("sooooooo good!!!!!!", " sooo good!!! "),
            ("@shop_help thanks @", " @ thanks @ "),
            ("look:http://t.cn/abc https://example.com", " look: "),
            ("😡😡😡😡😡", " 😡😡😡 "),
        ] {
            assert_eq!(letters(text), expected, "{text}");
        }
    }

    #[test]
    fn the_hash_is_the_one_that_weights_were_trained_under() {
        assert_eq!(features("ok", Grams { bits: 18, characters: 2, words: true }), FIXED);
    }
    const FIXED: [u32; 0] = [];

    #[test]
    fn every_feature_is_below_the_bound_and_the_text_is_read_to_a_bound() {
        for bits in [1, 10, 24] {
            assert!(features("no, not bad at all", Grams { bits, ..GRAMS }).into_iter().all(|at| at < 1 << bits));
        }
        let wall = "a b ".repeat(1 << 18);
        assert!(features(&wall, GRAMS).len() < LETTERS_MAX * 5);
    }

    #[test]
    fn words_are_read_where_they_are_written_apart() {
        let words = |words| features("not bad", Grams { words, ..GRAMS }).len();
        assert_eq!(words(true) - words(false), 4);
    }
}

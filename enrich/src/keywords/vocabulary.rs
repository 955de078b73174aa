//! The words that name nothing, found fast: stop words, and the general words of `fillers/*.txt`.
//!
//! Format of these files: UTF-8, lower case, words apart by white space; a line that starts with `#` is a comment. A
//! language without a file has none.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::language::Language;
use crate::stopwords::StopWords;

type Words = HashMap<&'static str, Emptiness, BuildHasherDefault<WordHasher>>;

/// How little a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Emptiness {
    /// It holds sentences together.
    Stop,
    /// It is too general to be a term; a noun may be part of one.
    Filler,
}

/// The words of every language.
pub(super) struct Vocabulary {
    words: Vec<(Language, Words)>,
}

/// The words that say nothing in one text.
pub(super) struct EmptyWords<'v> {
    own: Option<&'v Words>,
    /// English ones where the language is not written in Latin letters.
    english: Option<&'v Words>,
}

impl Vocabulary {
    pub(super) fn new(stop_words: &StopWords) -> Self {
        let words = Language::ALL.into_iter().map(|language| {
            let fillers = words(fillers(language)).map(|word| (word, Emptiness::Filler));
            (language, fillers.chain(stop_words.iter(language).map(|word| (word, Emptiness::Stop))).collect())
        });
        Self { words: words.collect() }
    }

    pub(super) fn of(&self, language: Option<Language>) -> EmptyWords<'_> {
        let words = |wanted| self.words.iter().find(|(language, _)| *language == wanted).map(|(_, words)| words);
        let english = if language.is_some_and(Language::is_latin) { None } else { words(Language::English) };
        EmptyWords { own: language.and_then(words), english }
    }
}

impl EmptyWords<'_> {
    pub(super) fn get(&self, word: &str) -> Option<Emptiness> {
        let own = self.own.and_then(|own| own.get(word));
        let found = own.or_else(|| self.english.filter(|_| word.is_ascii()).and_then(|english| english.get(word)));
        found.copied()
    }
}

fn words(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

/// A hash of short words that nobody chose to collide: the sets hold nothing of a customer's.
#[derive(Default)]
struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let word = chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 29
    }
}

fn fillers(language: Language) -> &'static str {
    match language {
        Language::Cantonese | Language::Chinese => include_str!("../../fillers/zh.txt"),
        Language::English => include_str!("../../fillers/en.txt"),
        Language::French => include_str!("../../fillers/fr.txt"),
        Language::German => include_str!("../../fillers/de.txt"),
        Language::Japanese => include_str!("../../fillers/ja.txt"),
        Language::Korean => include_str!("../../fillers/ko.txt"),
        Language::Spanish => include_str!("../../fillers/es.txt"),
        Language::Thai => include_str!("../../fillers/th.txt"),
        Language::Arabic
        | Language::Dutch
        | Language::Hindi
        | Language::Indonesian
        | Language::Italian
        | Language::Polish
        | Language::Portuguese
        | Language::Russian
        | Language::Turkish
        | Language::Vietnamese => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filler_is_lower_case_and_stands_once() {
        for language in Language::ALL {
            let mut seen = std::collections::HashSet::new();
            for word in words(fillers(language)) {
                assert_eq!(word, word.to_lowercase());
                assert!(seen.insert(word), "{word} stands twice in {}", language.code());
            }
        }
    }

    #[test]
    fn english_words_say_nothing_among_foreign_letters_either() {
        let vocabulary = Vocabulary::new(&StopWords::embedded());
        for (language, word, expected) in [
            ("en", "using", Some(Emptiness::Filler)),
            ("zh", "using", Some(Emptiness::Filler)),
            ("zh", "the", Some(Emptiness::Stop)),
            ("zh", "我们", Some(Emptiness::Stop)),
            ("zh", "问题", Some(Emptiness::Filler)),
            ("de", "using", None),
            ("en", "delivery", None),
        ] {
            assert_eq!(vocabulary.of(Language::from_tag(language)).get(word), expected, "{word} in {language}");
        }
    }
}

//! What the words of a Latin-script text say about its language, read in one pass.
//!
//! A word votes for the languages whose function word or common word it is, a letter for the languages that write it. Names, words with digits,
//! laughter and the words of `international.txt` say nothing.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::language::Language;
use crate::script::{Script, is_invisible};
use crate::stopwords::StopWords;

/// Words that people of every language write.
const INTERNATIONAL: &str = include_str!("../../international.txt");
/// Words of customers that tell their language, by code.
const COMMON: &str = include_str!("../../common.txt");
/// An unknown word in capitals up to this long is an abbreviation.
const ABBREVIATION_LETTERS_MAX: u32 = 3;
/// From how many words a text is strange to a language of which at most one word in that many is known.
const STRANGE_WORDS_MIN: u32 = 5;
const STRANGE_SHARE: u32 = 8;
/// Words that are read.
const WORDS_MAX: u32 = 40;
/// Characters that are read, however long the words are.
const CHARS_MAX: usize = 600;

/// A set of languages, a bit each.
type Set = u32;
/// Stands for all languages that are not known here.
const FOREIGN: Set = 1 << 31;

fn set(languages: &[Language]) -> Set {
    languages.iter().map(|&language| 1 << language as u32).sum()
}

/// What the first words of a text say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Votes {
    votes: [u32; Language::ALL.len()],
    /// Those of words alone, not of letters.
    by_words: [u32; Language::ALL.len()],
    /// Words that could say something.
    pub(super) words: u32,
    /// Words of no language here: by their letters, or function words of another.
    pub(super) foreign: u32,
}

impl Votes {
    /// Returns the votes of one language.
    pub(super) fn of(&self, language: Language) -> u32 {
        self.votes[language as usize]
    }

    /// Tells whether a text of some length has so few known words of a language that it is probably in another.
    pub(super) fn make_strange(&self, language: Language) -> bool {
        self.words >= STRANGE_WORDS_MIN && self.by_words[language as usize] * STRANGE_SHARE <= self.words
    }

    /// Returns the language with most votes, the first of them where some have as many; nothing without votes.
    pub(super) fn leader(&self) -> Option<Leader> {
        let (mut language, mut votes, mut second) = (Language::ALL[0], 0, 0);
        for candidate in Language::ALL {
            let more = self.of(candidate);
            if more > votes {
                (language, votes, second) = (candidate, more, votes);
            } else {
                second = second.max(more);
            }
        }
        (votes > 0).then_some(Leader { language, votes, lead: votes - second })
    }

    fn add(&mut self, languages: Set) {
        each(languages, |at| self.votes[at] += 1);
    }

    fn add_word(&mut self, languages: Set) {
        each(languages, |at| self.by_words[at] += 1);
        self.add(languages);
    }
}

/// The language with most votes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leader {
    pub(super) language: Language,
    pub(super) votes: u32,
    /// By how many votes the second has fewer.
    pub(super) lead: u32,
}

fn each(languages: Set, mut run: impl FnMut(usize)) {
    let mut left = languages;
    while left != 0 {
        run(left.trailing_zeros() as usize);
        left &= left - 1;
    }
}

/// The words that tell the configured languages.
pub(super) struct Words {
    by_hash: HashMap<u64, Set, BuildHasherDefault<AsItIs>>,
    languages: Set,
}

impl Words {
    /// Gathers the known words of languages in Latin script.
    pub(super) fn new(languages: &[Language], stop_words: &StopWords) -> Self {
        let mut by_hash: HashMap<u64, Set, BuildHasherDefault<AsItIs>> = HashMap::default();
        for &language in languages {
            let words =
                stop_words.iter(language).chain(elided(language).iter().copied()).chain(common(language.code()));
            for word in words {
                *by_hash.entry(hash(word)).or_default() |= set(&[language]);
            }
        }
        for word in common("und") {
            by_hash.entry(hash(word)).or_insert(FOREIGN);
        }
        for word in INTERNATIONAL.lines().filter(|line| !line.starts_with('#')) {
            by_hash.insert(hash(word), 0);
        }
        Self { by_hash, languages: set(languages) }
    }

    /// Reads the first words of a text.
    pub(super) fn read(&self, text: &str) -> Votes {
        let mut votes = Votes::default();
        let mut word = Word::default();
        for c in text.chars().take(CHARS_MAX) {
            match c {
                'a'..='z' => word.push(c, false),
                'A'..='Z' => word.push(c.to_ascii_lowercase(), true),
                '\'' | '’' if word.letters > 0 => {
                    word.hash = step(word.hash, b'\'');
                    votes.add_word(self.by_hash.get(&word.hash).copied().unwrap_or(0) & !FOREIGN);
                }
                '0'..='9' | '_' => word.is_name = true,
                '\0'..='\u{7f}' => self.end(&mut word, &mut votes),
                _ if is_invisible(c) => {}
                '¿' | '¡' => votes.add(set(&[Language::Spanish]) & self.languages),
                _ if Script::of(c) == Some(Script::Latin) => {
                    let lower = c.to_lowercase().next().unwrap_or(c);
                    word.push(lower, lower != c);
                    word.writers &= if c == 'İ' { set(&[Language::Turkish]) } else { writers(lower) };
                }
                '\u{300}'..='\u{36f}' => {}
                _ => self.end(&mut word, &mut votes),
            }
            if votes.words == WORDS_MAX {
                return votes;
            }
        }
        self.end(&mut word, &mut votes);
        votes
    }

    /// Counts a word and begins the next.
    fn end(&self, word: &mut Word, votes: &mut Votes) {
        let word = std::mem::take(word);
        if word.letters == 0 || word.is_name || word.is_laughter() {
            return;
        }
        let languages = self.by_hash.get(&word.hash).copied();
        if languages == Some(0) || (languages.is_none() && word.is_abbreviation()) {
            return;
        }
        votes.words += 1;
        votes.foreign += u32::from(word.writers == 0 || languages == Some(FOREIGN));
        votes.add_word(languages.unwrap_or(0) & !FOREIGN);
        if word.writers != Set::MAX {
            votes.add(word.writers & self.languages);
        }
    }
}

/// The word being read.
struct Word {
    hash: u64,
    letters: u32,
    /// The letters of a to z it holds, a bit each.
    ascii: u32,
    /// The languages that write all its letters: all while they are plain, none where they never stand together.
    writers: Set,
    ends_in_capital: bool,
    capitals: u32,
    is_name: bool,
}

impl Default for Word {
    fn default() -> Self {
        Self {
            hash: OFFSET,
            letters: 0,
            ascii: 0,
            writers: Set::MAX,
            ends_in_capital: false,
            capitals: 0,
            is_name: false,
        }
    }
}

impl Word {
    fn push(&mut self, lower: char, is_capital: bool) {
        // A capital after a small letter: iPhone, PayPal.
        self.is_name |= is_capital && self.letters > 0 && !self.ends_in_capital;
        self.ends_in_capital = is_capital;
        self.capitals += u32::from(is_capital);
        self.letters += 1;
        match u8::try_from(lower) {
            Ok(byte @ b'a'..=b'z') => {
                self.ascii |= 1 << (byte - b'a');
                self.hash = step(self.hash, byte);
            }
            _ => {
                self.ascii |= 1 << 31;
                self.hash = lower.encode_utf8(&mut [0; 4]).bytes().fold(self.hash, step);
            }
        }
    }

    /// Recognizes a single letter, and "NYC".
    fn is_abbreviation(&self) -> bool {
        self.letters == 1 || (self.letters == self.capitals && self.letters <= ABBREVIATION_LETTERS_MAX)
    }

    /// Recognizes "haha", "hmm", "xdd", "aaaa".
    fn is_laughter(&self) -> bool {
        const H: u32 = 1 << (b'h' - b'a');
        const XD: u32 = 1 << (b'x' - b'a') | 1 << (b'd' - b'a');
        let distinct = self.ascii.count_ones();
        self.letters >= 3 && (distinct == 1 || self.ascii == XD || (distinct == 2 && self.ascii & H != 0))
    }
}

/// Returns the languages that write a lower-case Latin letter beyond a to z; none for a letter of other languages.
fn writers(letter: char) -> Set {
    use Language::{Dutch, French, German, Italian, Polish, Portuguese, Spanish, Turkish, Vietnamese};
    match letter {
        'ą' | 'ę' | 'ł' | 'ś' | 'ź' | 'ż' | 'ń' | 'ć' => set(&[Polish]),
        // Þ and ð are what Turkish ş and ğ become where Windows-1254 is read as Latin-1, and ý is its ı.
        'ğ' | 'ı' | 'ş' | 'þ' | 'ð' => set(&[Turkish]),
        'ý' => set(&[Turkish, Vietnamese]),
        'ơ' | 'ư' | 'đ' | 'ă' | 'ĩ' | 'ũ' | '\u{1ea0}'..='\u{1ef9}' => set(&[Vietnamese]),
        'ß' => set(&[German]),
        'ä' => set(&[German, Dutch]),
        'ö' => set(&[German, Turkish, Dutch]),
        'ü' => set(&[German, Turkish, Spanish, Dutch]),
        'ñ' => set(&[Spanish]),
        'ã' | 'õ' => set(&[Portuguese, Vietnamese]),
        'ç' => set(&[French, Portuguese, Turkish]),
        'œ' | 'ÿ' => set(&[French]),
        'ë' | 'ï' => set(&[French, Dutch]),
        'î' | 'û' => set(&[French, Turkish]),
        'â' => set(&[French, Portuguese, Turkish, Vietnamese]),
        'ê' | 'ô' => set(&[French, Portuguese, Vietnamese]),
        'à' => set(&[French, Italian, Portuguese, Vietnamese]),
        'è' | 'ù' => set(&[French, Italian, Vietnamese]),
        'ì' | 'ò' => set(&[Italian, Vietnamese]),
        'é' => set(&[French, Spanish, Italian, Portuguese, Dutch, Vietnamese]),
        'á' | 'í' | 'ú' => set(&[Spanish, Portuguese, Vietnamese]),
        'ó' => set(&[Spanish, Portuguese, Polish, Vietnamese]),
        'ª' | 'º' => set(&[Spanish, Portuguese, Italian]),
        '\u{ff41}'..='\u{ff5a}' => Set::MAX,
        _ => 0,
    }
}

fn common(code: &'static str) -> impl Iterator<Item = &'static str> {
    let lines = COMMON.lines().filter_map(|line| line.split_once(' '));
    lines.filter(move |(of, _)| *of == code).flat_map(|(_, words)| words.split(' '))
}

/// Returns what a language writes before a vowel, joined to the next word.
fn elided(language: Language) -> &'static [&'static str] {
    match language {
        Language::French => &["l'", "d'", "j'", "n'", "s'", "c'", "qu'", "m'", "t'"],
        Language::Italian => &["l'", "d'", "c'", "un'", "dell'", "all'", "nell'", "dall'", "sull'", "quest'"],
        Language::Arabic
        | Language::Cantonese
        | Language::Chinese
        | Language::Dutch
        | Language::English
        | Language::German
        | Language::Hindi
        | Language::Indonesian
        | Language::Japanese
        | Language::Korean
        | Language::Polish
        | Language::Portuguese
        | Language::Russian
        | Language::Spanish
        | Language::Thai
        | Language::Turkish
        | Language::Vietnamese => &[],
    }
}

/// FNV-1a: the same on every machine, and a word is hashed while it is read.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(PRIME)
}

fn hash(word: &str) -> u64 {
    word.bytes().fold(OFFSET, step)
}

/// Takes a hash for what it is.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().copied().fold(self.0, step);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Votes {
        let latin: Vec<Language> = Language::ALL.into_iter().filter(|language| language.is_latin()).collect();
        Words::new(&latin, &StopWords::embedded()).read(text)
    }

    #[test]
    fn function_words_and_letters_vote() {
        for (text, expected) in [
            ("The app crashes when I want to pay", Language::English),
            ("Die Lieferung ist nicht da, für uns schade", Language::German),
            ("l'application n'est pas à l’heure", Language::French),
            ("dell'ordine non c'è traccia", Language::Italian),
            ("paczka dotarła", Language::Polish),
            ("çok iyi değil ama yine alırım", Language::Turkish),
            ("giao hàng rất nhanh", Language::Vietnamese),
            ("barang sudah sampai tapi tidak sesuai", Language::Indonesian),
            ("¡GRACIAS! ¿QUÉ MÁS?", Language::Spanish),
        ] {
            let leader = read(text).leader();
            assert!(leader.is_some_and(|leader| leader.language == expected && leader.lead >= 2), "{text}: {leader:?}");
        }
    }

    #[test]
    fn words_of_every_language_say_nothing() {
        for text in
            ["", "OK lol", "haha HAHAHA hmm aaaa xDDD", "iPhone 15 PayPal", "A52s B_2", "Samsung", "l", "NYC 123"]
        {
            assert_eq!(read(text), Votes::default(), "{text}");
        }
    }

    #[test]
    fn letters_of_other_languages_are_counted_by_word() {
        for (text, words, foreign) in [
            ("Příliš žluťoučký kůň", 3, 3),
            ("det er inte bra", 4, 2),
            ("The Škoda is great", 4, 1),
            ("größer, señor, ção, năm, łódź", 5, 0),
        ] {
            let votes = read(text);
            assert_eq!((votes.words, votes.foreign), (words, foreign), "{text}");
        }
    }

    #[test]
    fn what_nobody_sees_ends_no_word() {
        assert_eq!(read("th\u{200b}e \u{200f}app\u{202c}").words, read("the app").words);
        assert_eq!(read("th\u{ad}e que\u{feff}").leader(), read("the que").leader());
        assert_eq!(read(&"no ".repeat(100_000)).words, WORDS_MAX);
    }
}

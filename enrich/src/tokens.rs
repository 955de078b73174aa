//! Words of a text, in lower case.
//!
//! Chinese is cut by jieba. Japanese has no spaces and no segmenter here yet: a run of kanji or of katakana is a term, and
//! hiragana, mostly grammar, ends it. Thai would need a dictionary and gives no words. Everywhere else words end where
//! Unicode (UAX 29) says; Snowball stems let inflections meet where the language has a stemmer. Korean keeps its particles.

use std::borrow::Cow;
use std::ops::Range;

use jieba_rs::Jieba;
use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation;

use crate::fold;
use crate::language::Language;
use crate::script::{Script, is_hiragana};

/// A longer "word" is no word: a key, a hash, a wall of one letter. It is left out.
const WORD_BYTES_MAX: usize = 96;

/// The words of one text in one language, in order.
#[derive(Debug, Clone)]
pub struct Tokens {
    language: Option<Language>,
    lower: String,
    words: Vec<Range<usize>>,
}

impl Tokens {
    /// Returns the language the text was cut as.
    pub fn language(&self) -> Option<Language> {
        self.language
    }

    /// Returns the whole text in lower case and half width; it has as many characters as the text.
    pub fn lower(&self) -> &str {
        &self.lower
    }

    /// Returns the words in order; each holds at least one letter.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.words.iter().map(|range| &self.lower[range.clone()])
    }

    /// Returns the form under which inflections of a word meet: the word itself where the language has no stemmer.
    pub fn stem<'w>(&self, word: &'w str) -> Cow<'w, str> {
        match self.language.and_then(snowball) {
            Some(algorithm) if word.chars().all(is_stemmable) => Stemmer::create(algorithm).stem(word),
            _ => Cow::Borrowed(word),
        }
    }
}

/// Cuts texts into words; built once, shared by threads.
pub struct Tokenizer {
    jieba: Jieba,
}

impl Tokenizer {
    /// Loads the Chinese dictionary.
    pub fn new() -> Self {
        Self { jieba: Jieba::new() }
    }

    /// Cuts a text that has been stripped of noise.
    pub fn tokenize(&self, text: &str, language: Option<Language>) -> Tokens {
        let lower = fold::lower(text);
        let words = match language {
            Some(Language::Chinese | Language::Cantonese) => self.chinese(&lower),
            Some(Language::Japanese) => japanese(&lower),
            Some(Language::Thai) => Vec::new(),
            Some(
                Language::Arabic
                | Language::Dutch
                | Language::English
                | Language::French
                | Language::German
                | Language::Hindi
                | Language::Indonesian
                | Language::Italian
                | Language::Korean
                | Language::Polish
                | Language::Portuguese
                | Language::Russian
                | Language::Spanish
                | Language::Turkish
                | Language::Vietnamese,
            )
            | None => unicode(&lower, language),
        };
        let is_word =
            |range: &Range<usize>| range.len() <= WORD_BYTES_MAX && lower[range.clone()].contains(char::is_alphabetic);
        let words = words.into_iter().filter(is_word).collect();
        Tokens { language, lower, words }
    }

    fn chinese(&self, lower: &str) -> Vec<Range<usize>> {
        let mut at = 0;
        let ranges = self.jieba.cut(lower, true).into_iter().map(|token| {
            let range = at..at + token.word.len();
            at = range.end;
            range
        });
        ranges.collect()
    }
}

impl Default for Tokenizer {
    fn default() -> Self {
        Self::new()
    }
}

fn japanese(lower: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut run: Option<(Script, Range<usize>)> = None;
    for (at, c) in lower.char_indices() {
        let end = at + c.len_utf8();
        let script = Script::of(c).filter(|_| !is_hiragana(c));
        run = match (run, script) {
            (Some((script, range)), Some(next)) if next == script => Some((script, range.start..end)),
            (finished, next) => {
                words.extend(finished.map(|(_, range)| range));
                next.map(|script| (script, at..end))
            }
        };
    }
    words.extend(run.map(|(_, range)| range));
    words
}

fn unicode(lower: &str, language: Option<Language>) -> Vec<Range<usize>> {
    let words = lower.unicode_word_indices().map(|(at, word)| {
        let (before, after) = affixes(word, language);
        at + before..at + word.len() - after
    });
    words.collect()
}

/// Measures what is written together with a word but is another one: `l'` of French, `dell'` of Italian, `'s` of English.
/// Contractions such as "c'est" and "don't" stay whole: they are stop words.
fn affixes(word: &str, language: Option<Language>) -> (usize, usize) {
    match language {
        Some(Language::French | Language::Italian) => {
            let elided = ["l'", "d'", "qu'", "un'", "dell'", "all'", "nell'", "dall'", "sull'", "quest'"];
            let before = elided.into_iter().find(|prefix| word.starts_with(prefix) && word.len() > prefix.len() + 3);
            (before.map_or(0, str::len), 0)
        }
        Some(Language::English) if word.ends_with("'s") && word.len() > 5 => (0, 2),
        _ => (0, 0),
    }
}

/// Tells whether the stemmers may see a character: they know letters of their language only.
fn is_stemmable(c: char) -> bool {
    c.is_alphabetic() || c == '\''
}

fn snowball(language: Language) -> Option<Algorithm> {
    match language {
        Language::Arabic => Some(Algorithm::Arabic),
        Language::Dutch => Some(Algorithm::Dutch),
        Language::English => Some(Algorithm::English),
        Language::French => Some(Algorithm::French),
        Language::German => Some(Algorithm::German),
        Language::Italian => Some(Algorithm::Italian),
        Language::Portuguese => Some(Algorithm::Portuguese),
        Language::Russian => Some(Algorithm::Russian),
        Language::Spanish => Some(Algorithm::Spanish),
        Language::Turkish => Some(Algorithm::Turkish),
        Language::Cantonese
        | Language::Chinese
        | Language::Hindi
        | Language::Indonesian
        | Language::Japanese
        | Language::Korean
        | Language::Polish
        | Language::Thai
        | Language::Vietnamese => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: &str, text: &str, expected: &[&str]) {
        let tokens = Tokenizer::new().tokenize(text, Language::from_tag(language));
        assert_eq!(tokens.iter().collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn each_language_is_cut_its_own_way() {
        check("zh", "物流速度太慢了，iPhone很好", &["物流", "速度", "太慢", "了", "iphone", "很", "好"]);
        check("ja", "アプリの注文画面が、食べ物 App", &["アプリ", "注文画面", "食", "物", "app"]);
        check("ko", "배송이 빨라요!", &["배송이", "빨라요"]);
        check("en", "The customer's PHONE isn’t 2 fast", &["the", "customer", "phone", "isn't", "fast"]);
        check("fr", "L'application n'est pas à l’heure", &["application", "n'est", "pas", "à", "heure"]);
        check("it", "Dell'ordine c'è", &["ordine", "c'è"]);
        check("de", "Größe: über-gut", &["größe", "über", "gut"]);
        check("ru", "Быстрая доставка", &["быстрая", "доставка"]);
        check("th", "อร่อยมาก", &[]);
        check("und", "12:30 … 👍", &[]);
    }

    #[test]
    fn a_wall_of_letters_is_no_word() {
        check("en", &format!("good {} app", "z".repeat(10_000)), &["good", "app"]);
    }

    #[test]
    fn inflections_meet() {
        let tokenizer = Tokenizer::new();
        for (language, one, other) in [
            ("en", "deliveries", "delivery"),
            ("de", "lieferungen", "lieferung"),
            ("fr", "livraisons", "livraison"),
            ("es", "entregas", "entrega"),
            ("pt", "entregas", "entrega"),
            ("it", "consegne", "consegna"),
            ("ru", "доставки", "доставка"),
        ] {
            let tokens = tokenizer.tokenize("", Language::from_tag(language));
            assert_eq!(tokens.stem(one), tokens.stem(other), "{language}");
        }
        assert_eq!(tokenizer.tokenize("", Some(Language::Chinese)).stem("速度"), "速度");
    }
}

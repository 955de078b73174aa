//! Words that carry no topic: the files `stopwords/*.txt`.
//!
//! Format: UTF-8, one word a line, lower case, `'` for every apostrophe; a line that starts with `#` is a comment. Chinese
//! lists both scripts; its words are those of Cantonese too.

use std::collections::{HashMap, HashSet};

use crate::language::Language;

/// The stop words of all languages.
pub struct StopWords {
    words: HashMap<Language, HashSet<&'static str>>,
}

impl StopWords {
    /// Reads the lists that are part of the binary.
    pub fn embedded() -> Self {
        Self { words: Language::ALL.into_iter().map(|language| (language, parse(file(language)).collect())).collect() }
    }

    /// Tells whether a lower-case word is a stop word of the language.
    pub fn contains(&self, language: Language, word: &str) -> bool {
        self.words.get(&language).is_some_and(|words| words.contains(word))
    }

    /// Returns the stop words of a language, in no order.
    pub fn iter(&self, language: Language) -> impl Iterator<Item = &'static str> {
        self.words.get(&language).into_iter().flatten().copied()
    }
}

fn parse(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn file(language: Language) -> &'static str {
    match language {
        Language::Arabic => include_str!("../stopwords/ar.txt"),
        Language::Cantonese => concat!(include_str!("../stopwords/zh.txt"), include_str!("../stopwords/yue.txt")),
        Language::Chinese => include_str!("../stopwords/zh.txt"),
        Language::Dutch => include_str!("../stopwords/nl.txt"),
        Language::English => include_str!("../stopwords/en.txt"),
        Language::French => include_str!("../stopwords/fr.txt"),
        Language::German => include_str!("../stopwords/de.txt"),
        Language::Hindi => include_str!("../stopwords/hi.txt"),
        Language::Indonesian => include_str!("../stopwords/id.txt"),
        Language::Italian => include_str!("../stopwords/it.txt"),
        Language::Japanese => include_str!("../stopwords/ja.txt"),
        Language::Korean => include_str!("../stopwords/ko.txt"),
        Language::Polish => include_str!("../stopwords/pl.txt"),
        Language::Portuguese => include_str!("../stopwords/pt.txt"),
        Language::Russian => include_str!("../stopwords/ru.txt"),
        Language::Spanish => include_str!("../stopwords/es.txt"),
        Language::Thai => include_str!("../stopwords/th.txt"),
        Language::Turkish => include_str!("../stopwords/tr.txt"),
        Language::Vietnamese => include_str!("../stopwords/vi.txt"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_lower_case_and_says_each_word_once() {
        for language in Language::ALL {
            let mut seen = HashSet::new();
            for word in parse(file(language)) {
                assert_eq!(word, word.to_lowercase(), "{}", language.code());
                assert!(!word.contains('’'), "{word} in {}", language.code());
                assert!(seen.insert(word), "{word} stands twice in {}", language.code());
            }
        }
    }

    #[test]
    fn words_without_a_topic_are_known() {
        let stop_words = StopWords::embedded();
        let cases = [
            (Language::Chinese, "我们"),
            (Language::Chinese, "我們"),
            (Language::English, "don't"),
            (Language::German, "nicht"),
            (Language::French, "c'est"),
            (Language::Spanish, "está"),
            (Language::Japanese, "自分"),
            (Language::Cantonese, "我們"),
            (Language::Cantonese, "而家"),
            (Language::Thai, "ครับ"),
            (Language::Indonesian, "tidak"),
            (Language::Vietnamese, "không"),
            (Language::Turkish, "değil"),
            (Language::Polish, "jest"),
            (Language::Korean, "정말"),
        ];
        for (language, word) in cases {
            assert!(stop_words.contains(language, word), "{word}");
        }
        assert!(!stop_words.contains(Language::German, "don't"));
    }
}

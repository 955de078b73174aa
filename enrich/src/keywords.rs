//! The terms that characterize one text.
//!
//! Words that are no stop words are grouped by stem. A group's score is
//!
//! `(1 + ln n) · length · position`
//!
//! where n counts its words; `length` grows with the term's characters, because longer terms say more: 1 + 0.15 per
//! character after the second, for at most four characters, where a character is worth a syllable (Chinese, Japanese,
//! Korean), 1 + 0.05 per character after the third, for at most eight, elsewhere; `position` falls from 1.3 at the first word
//! to 1 at the last, because people name the subject first. Scores compare within one text only.

use std::borrow::Cow;
use std::collections::HashMap;

use hearken_schemas::enrichment::Keyword;

use crate::language::Language;
use crate::script::Script;
use crate::stopwords::StopWords;
use crate::tokens::Tokens;

/// Chinese numerals and measure words: a word of nothing else ("三次", "两个小时") is a number.
const COUNTING: &str =
    "零〇一二三四五六七八九十百千万萬两兩几幾半多第个個次天年月日号號点點块塊元件只隻张張条條份瓶包盒位分秒钟鐘小时時";

/// The words of one stem.
struct Group<'t> {
    /// The words as they stand in the text, with their counts, in order of first use.
    forms: Vec<(&'t str, u32)>,
    first: usize,
}

/// Ranks the terms of a text, best first; ties go to the one that stands earlier.
pub fn rank(tokens: &Tokens, stop_words: &StopWords, keywords_max: usize) -> Vec<Keyword> {
    let mut groups: HashMap<Cow<'_, str>, Group<'_>> = HashMap::new();
    for (at, word) in tokens.iter().enumerate() {
        if !is_term(word) || is_stop_word(word, tokens.language(), stop_words) {
            continue;
        }
        let group = groups.entry(tokens.stem(word)).or_insert(Group { forms: Vec::new(), first: at });
        match group.forms.iter_mut().find(|(form, _)| *form == word) {
            Some((_, count)) => *count += 1,
            None => group.forms.push((word, 1)),
        }
    }
    let words = tokens.iter().len();
    let mut ranked: Vec<(usize, Keyword)> =
        groups.into_iter().filter_map(|(stem, group)| Some((group.first, keyword(stem, &group, words)?))).collect();
    ranked.sort_by(|(first, a), (other, b)| b.score.total_cmp(&a.score).then(first.cmp(other)));
    ranked.truncate(keywords_max);
    ranked.into_iter().map(|(_, keyword)| keyword).collect()
}

fn keyword(stem: Cow<'_, str>, group: &Group<'_>, words: usize) -> Option<Keyword> {
    let count: u32 = group.forms.iter().map(|(_, count)| count).sum();
    // The most frequent form; of equals the first, which `max_by_key` alone would not give.
    let (term, _) = group.forms.iter().rev().max_by_key(|(_, count)| *count)?;
    let position = 1.3 - 0.3 * group.first as f64 / words as f64;
    let score = (1.0 + f64::from(count).ln()) * length(term) * position;
    Some(Keyword { term: (*term).to_owned(), stem: stem.into_owned(), score: (score * 1e4).round() / 1e4 })
}

fn length(term: &str) -> f64 {
    let chars = term.chars().count();
    if term.chars().any(is_syllable) {
        1.0 + 0.15 * chars.saturating_sub(2).min(4) as f64
    } else {
        1.0 + 0.05 * chars.saturating_sub(3).min(8) as f64
    }
}

/// A word with so many digits is the number of an order or a parcel, whatever letters stand before it.
const DIGITS: usize = 6;

/// Tells whether a word can stand alone: two letters at least, no number, and no mere interjection (`ㅋㅋㅋ`, `hahaha`).
fn is_term(word: &str) -> bool {
    if word.chars().filter(char::is_ascii_digit).count() >= DIGITS {
        return false;
    }
    let mut letters = word.chars().filter(|c| c.is_alphabetic());
    let Some(first) = letters.next() else { return false };
    let is_jamo = |c: char| matches!(c, '\u{3131}'..='\u{318e}');
    let mut distinct = [first, first];
    let mut count = 1;
    let mut varied = false;
    for c in letters {
        count += 1;
        distinct[1] = if distinct[1] == first { c } else { distinct[1] };
        varied |= !distinct.contains(&c);
    }
    let is_repetition = count > 2 && !varied && !word.chars().all(is_syllable);
    count >= 2 && !is_repetition && !word.chars().all(is_jamo) && !word.chars().all(|c| COUNTING.contains(c))
}

/// Stop words of the language; where the language is not written in Latin letters, English ones too.
fn is_stop_word(word: &str, language: Option<Language>, stop_words: &StopWords) -> bool {
    let may_be_english = word.is_ascii() && !language.is_some_and(Language::is_latin);
    language.is_some_and(|language| stop_words.contains(language, word))
        || (may_be_english && stop_words.contains(Language::English, word))
}

fn is_syllable(c: char) -> bool {
    matches!(Script::of(c), Some(Script::Han | Script::Kana | Script::Hangul))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::Tokenizer;

    fn terms(language: &str, text: &str, keywords_max: usize) -> Vec<Keyword> {
        let tokens = Tokenizer::new().tokenize(text, Language::from_tag(language));
        rank(&tokens, &StopWords::embedded(), keywords_max)
    }

    fn check(language: &str, text: &str, expected: &[&str]) {
        let found: Vec<String> = terms(language, text, 3).into_iter().map(|keyword| keyword.term).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn the_best_terms_come_first() {
        check("zh", "客服态度很差，打了三次客服电话", &["客服", "态度", "电话"]);
        check("zh", "客服態度很差，退貨", &["客服", "態度", "退貨"]);
        check("zh", "订单OV7713254810还没发货，iPhone15", &["iphone15", "订单", "发货"]);
        check(
            "en",
            "The delivery was late again. Two deliveries lost, and the delivery app crashes",
            &["delivery", "late", "crashes"],
        );
        check(
            "de",
            "Die Lieferung kam zu spät, die Verpackung war beschädigt",
            &["lieferung", "verpackung", "beschädigt"],
        );
        check("fr", "L'application plante au paiement", &["application", "plante", "paiement"]);
        check("es", "La entrega llegó tarde y el paquete roto", &["entrega", "tarde", "paquete"]);
        check("ja", "アプリの注文画面が開きません", &["注文画面", "アプリ"]);
        check("ko", "배송이 너무 늦어요", &["배송이", "늦어요"]);
        check("ru", "Доставка опоздала", &["доставка", "опоздала"]);
    }

    #[test]
    fn what_says_nothing_is_no_term() {
        check("en", "I am so very 100 2024 hahaha zzz ok", &[]);
        check("zh", "我们真的非常 the and 3 5.5", &[]);
        check("ko", "ㅋㅋㅋㅋ ㅠㅠ", &[]);
        check("und", "", &[]);
    }

    #[test]
    fn the_commonest_form_stands_for_its_stem() {
        let keyword = &terms("en", "refunds? refund refund", 8)[0];
        assert_eq!((keyword.term.as_str(), keyword.stem.as_str()), ("refund", "refund"));
        assert!(keyword.score > 0.0);
    }

    #[test]
    fn no_more_than_asked() {
        assert_eq!(terms("en", "screen battery camera speaker charger", 2).len(), 2);
        assert!(terms("en", "screen battery", 0).is_empty());
    }
}

//! Words of Chinese, by jieba; its dictionary is one of Simplified characters.

use jieba_rs::{Jieba, Tag};

use super::{Class, Word};
use crate::script::Script;

/// What customers speak of and jieba's dictionary, made of older texts, does not know.
const NOUNS: [&str; 16] = [
    "快递员",
    "快递公司",
    "外卖员",
    "配送员",
    "客服电话",
    "充电宝",
    "小程序",
    "闪退",
    "差评",
    "追评",
    "包邮",
    "拼团",
    "踩雷",
    "卡顿",
    "自提",
    "会员日",
];
/// As often as jieba's dictionary has seen its common nouns.
const NOUN_FREQUENCY: usize = 3_000;

/// Loads the dictionary.
pub(super) fn dictionary() -> Jieba {
    let mut jieba = Jieba::new();
    for noun in NOUNS {
        jieba.add_word(noun, Some(NOUN_FREQUENCY), Some("n"));
    }
    jieba
}

/// The dictionary says what its words are. What it does not hold it leaves as single characters; jieba's model joins these, which is
/// cheap, while its own tags of such words would cost more than everything else.
pub(super) fn cut(jieba: &Jieba, plain: &str) -> Vec<Word> {
    let tags = jieba.tag(plain, false);
    let mut words = Vec::with_capacity(tags.len());
    let mut rest = tags.as_slice();
    while let Some(first) = rest.first() {
        let singles = rest.iter().take_while(|tag| tag.word.chars().nth(1).is_none() && is_han(tag.word)).count();
        let (run, others) = rest.split_at(singles.max(1));
        rest = others;
        // Grammar stays as it is: a word needs two characters that mean something.
        if run.iter().filter(|tag| class(tag.tag) != Class::Function).count() < 2 {
            words.extend(run.iter().map(|tag| Word::new(tag.byte_start..tag.byte_end, class(tag.tag))));
            continue;
        }
        let end = run.last().map_or(first.byte_end, |last| last.byte_end);
        let mut singles = run;
        for token in jieba.cut(&plain[first.byte_start..end], true) {
            let (word, others) = singles.split_at((token.end - token.start).min(singles.len()));
            singles = others;
            let range = first.byte_start + token.byte_start..first.byte_start + token.byte_end;
            words.push(Word::new(range, joined(word)));
        }
    }
    words
}

/// Says what characters are as one word: grammar where either end is, else what the last is, the head.
fn joined(characters: &[Tag<'_>]) -> Class {
    let [first, .., last] = characters else {
        return characters.first().map_or(Class::Open, |only| class(only.tag));
    };
    if class(first.tag) == Class::Function { Class::Function } else { class(last.tag) }
}

fn is_han(word: &str) -> bool {
    word.chars().all(|c| Script::of(c) == Some(Script::Han))
}

/// Reads a tag of jieba's dictionary (the set of ICTCLAS). Suffixes and set phrases are mostly nouns.
fn class(tag: &str) -> Class {
    match tag.as_bytes() {
        [b'n' | b's' | b'j' | b'k' | b'l', ..] | b"vn" | b"an" | b"eng" => Class::Noun,
        [b'v', ..] => Class::Verb,
        [b'a' | b'b' | b'z' | b'i', ..] => Class::Attribute,
        _ => Class::Function,
    }
}

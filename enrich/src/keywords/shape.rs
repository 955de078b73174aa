//! What the letters of a word say of it, where no dictionary does.

use super::units::Role;
use crate::script::{Script, is_hiragana};
use crate::tokens::Class;

/// A word with so many digits is the number of an order or a parcel, whatever letters stand before it.
const DIGITS: usize = 6;

/// Endings of English adjectives and participles: they stand before a noun, not at the end of a phrase.
const ENGLISH_ATTRIBUTES: [&str; 9] = ["ed", "al", "ive", "ous", "able", "ible", "ful", "less", "ary"];
/// English words in `-ly` that are no adverbs.
const ENGLISH_LY: [&str; 9] =
    ["family", "supply", "reply", "assembly", "anomaly", "italy", "jelly", "butterfly", "belly"];

/// Endings of Korean verbs and adjectives, by what they make of them: sentences, clauses, attributes.
const KOREAN_PREDICATES: [&str; 29] = [
    "요", "다", "죠", "네", "까", "함", "음", "임", "됨", "듯", "는데", "은데", "한데", "지만", "려고", "도록", "거나",
    "든지", "던", "는", "은", "을", "한", "할", "된", "될", "인", "며", "히",
];
/// The same, where a noun of two syllables might end so too.
const KOREAN_CLAUSES: [&str; 12] = ["고", "서", "게", "지", "면", "니", "냐", "라", "때", "건", "기", "운"];

/// Tells whether a word can stand alone: two letters at least, no number, and no mere interjection (`ㅋㅋㅋ`, `hahaha`).
pub(super) fn is_term(word: &str) -> bool {
    let (mut digits, mut count, mut is_varied, mut syllables, mut jamo, mut counting) = (0, 0, false, 0, 0, 0);
    let mut distinct = [None; 2];
    for c in word.chars() {
        digits += usize::from(c.is_ascii_digit());
        let Some(script) = Script::of(c) else { continue };
        count += 1;
        match distinct {
            [None, _] => distinct[0] = Some(c),
            [Some(first), None] if first != c => distinct[1] = Some(c),
            _ => is_varied |= !distinct.contains(&Some(c)),
        }
        if script != Script::Latin {
            syllables += usize::from(matches!(script, Script::Han | Script::Kana | Script::Hangul));
            jamo += usize::from(matches!(c, '\u{3131}'..='\u{318e}'));
            counting += usize::from(is_counting(c));
        }
    }
    let few = if distinct[1].is_some() { 3 } else { 2 };
    let is_repetition = count > few && !is_varied && syllables < count;
    count >= 2 && digits < DIGITS && !is_repetition && jamo < count && counting < count
}

/// Chinese numerals and measure words: a word of nothing else ("三次", "两个小时") is a number.
fn is_counting(c: char) -> bool {
    matches!(
        c,
        '零' | '〇'
            | '一'
            | '二'
            | '三'
            | '四'
            | '五'
            | '六'
            | '七'
            | '八'
            | '九'
            | '十'
            | '百'
            | '千'
            | '万'
            | '萬'
            | '两'
            | '兩'
            | '几'
            | '幾'
            | '半'
            | '多'
            | '第'
            | '个'
            | '個'
            | '次'
            | '天'
            | '年'
            | '月'
            | '日'
            | '号'
            | '號'
            | '点'
            | '點'
            | '块'
            | '塊'
            | '元'
            | '件'
            | '只'
            | '隻'
            | '张'
            | '張'
            | '条'
            | '條'
            | '份'
            | '瓶'
            | '包'
            | '盒'
            | '位'
            | '分'
            | '秒'
            | '钟'
            | '鐘'
            | '小'
            | '时'
            | '時'
    )
}

/// Tells whether a character is worth a syllable.
pub(super) fn is_syllable(c: char) -> bool {
    matches!(Script::of(c), Some(Script::Han | Script::Kana | Script::Hangul))
}

/// Words of one character are names only beside others, and too vague where they say how or do.
pub(super) fn chinese(word: &str, class: Class) -> Option<Role> {
    if word.chars().nth(1).is_none() {
        return matches!(class, Class::Noun).then_some(Role::Bound);
    }
    match class {
        Class::Noun | Class::Open => is_term(word).then_some(Role::Noun),
        Class::Attribute => is_term(word).then_some(Role::Attribute),
        Class::Verb => is_term(word).then_some(Role::Alone),
        Class::Term(number) => Some(Role::Term(number)),
        Class::Function => None,
    }
}

/// Adverbs are out; adjectives and participles stand before nouns.
pub(super) fn english(word: &str) -> Option<Role> {
    let is_adverb = word.len() > 4 && word.ends_with("ly") && !ENGLISH_LY.contains(&word);
    let is_attribute = word.len() > 5 && ENGLISH_ATTRIBUTES.iter().any(|ending| word.ends_with(ending));
    (!is_adverb && is_term(word)).then_some(if is_attribute { Role::Attribute } else { Role::Noun })
}

/// Hiragana alone is grammar or too vague; what ends in it is a verb or an adjective.
pub(super) fn japanese(word: &str) -> Option<Role> {
    let is_rooted = word.chars().next().is_some_and(|first| !is_hiragana(first));
    let is_inflected = word.chars().next_back().is_some_and(is_hiragana);
    let is_single = word.chars().nth(1).is_none();
    match (is_rooted, is_inflected) {
        (false, _) => None,
        (true, true) => is_term(word).then_some(Role::Alone),
        (true, false) if is_single => is_syllable(word.chars().next()?).then_some(Role::Bound),
        (true, false) => is_term(word).then_some(Role::Noun),
    }
}

/// Words of two letters are mostly grammar, or what is left of a name.
pub(super) fn thai(word: &str) -> Option<Role> {
    (word.chars().nth(2).is_some() && is_term(word)).then_some(Role::Noun)
}

/// What ends like a verb or an adjective is one; its particles are gone already.
pub(super) fn korean(word: &str) -> Option<Role> {
    let ends = |endings: &[&str]| endings.iter().any(|ending| word.ends_with(ending));
    let is_predicate = ends(&KOREAN_PREDICATES) || (word.chars().nth(2).is_some() && ends(&KOREAN_CLAUSES));
    is_term(word).then_some(if is_predicate { Role::Alone } else { Role::Noun })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_cries_are_no_terms() {
        for word in ["a", "100", "ov7713254810", "三次", "两个小时", "hahaha", "zzz", "ㅋㅋㅋ", "ㅠㅠ"] {
            assert!(!is_term(word), "{word}");
        }
        for word in ["ok", "app", "iphone15", "物流", "妈妈妈", "배송", "доставка", "h2o"] {
            assert!(is_term(word), "{word}");
        }
    }

    #[test]
    fn endings_tell_what_a_word_is() {
        use Role::{Alone, Attribute, Bound, Noun};
        for (word, found, expected) in [
            ("delivery", english("delivery"), Some(Noun)),
            ("digital", english("digital"), Some(Attribute)),
            ("damaged", english("damaged"), Some(Attribute)),
            ("slowly", english("slowly"), None),
            ("family", english("family"), Some(Noun)),
            ("注文", japanese("注文"), Some(Noun)),
            ("遅い", japanese("遅い"), Some(Alone)),
            ("とても", japanese("とても"), None),
            ("駅", japanese("駅"), Some(Bound)),
            ("포장", korean("포장"), Some(Noun)),
            ("빨라요", korean("빨라요"), Some(Alone)),
            ("物流", chinese("物流", Class::Noun), Some(Noun)),
            ("退款", chinese("退款", Class::Verb), Some(Alone)),
            ("费", chinese("费", Class::Noun), Some(Bound)),
            ("慢", chinese("慢", Class::Attribute), None),
        ] {
            assert_eq!(found, expected, "{word}");
        }
    }
}

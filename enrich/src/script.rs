//! Writing systems: which one a letter belongs to, and how much of each a text holds.

/// A writing system that tells languages apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    Latin,
    Han,
    Kana,
    Hangul,
    Cyrillic,
    Arabic,
    Devanagari,
    Thai,
    /// Letters of any other system.
    Other,
}

/// How many scripts there are.
const SCRIPTS: usize = 9;

/// Cyrillic letters that Russian does not have.
const CYRILLIC_FOREIGN: &str = "іїєґўјљњћђџѓќѕәғқңөұүһ";
/// Arabic letters that Arabic does not have: Persian, Urdu, Pashto, Kurdish.
const ARABIC_FOREIGN: &str = "پچژگکیٹڈڑےہںۆێەڵ";

impl Script {
    /// Returns the script of a letter, nothing for what is no letter.
    pub(crate) fn of(c: char) -> Option<Self> {
        match c {
            'a'..='z' | 'A'..='Z' => Some(Self::Latin),
            '\0'..='\u{a9}' => None,
            '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => {
                Some(Self::Han)
            }
            '々' | '〇' | '\u{3105}'..='\u{312f}' => Some(Self::Han),
            '\u{3041}'..='\u{3096}' | '\u{309d}'..='\u{309f}' => Some(Self::Kana),
            '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' => Some(Self::Kana),
            '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9d}' => Some(Self::Kana),
            '\u{ac00}'..='\u{d7ff}' | '\u{1100}'..='\u{11ff}' | '\u{3131}'..='\u{318e}' | '\u{a960}'..='\u{a97c}' => {
                Some(Self::Hangul)
            }
            _ if !c.is_alphabetic() => None,
            '\u{aa}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{ff21}'..='\u{ff5a}' => Some(Self::Latin),
            '\u{400}'..='\u{52f}' => Some(Self::Cyrillic),
            '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' => {
                Some(Self::Arabic)
            }
            '\u{900}'..='\u{97f}' => Some(Self::Devanagari),
            '\u{e00}'..='\u{e7f}' => Some(Self::Thai),
            _ => Some(Self::Other),
        }
    }

    /// Returns how many letters make a unit of about one word; where spaces set words apart, a run of letters is one.
    fn letters_a_unit(self) -> u32 {
        match self {
            Self::Han | Self::Kana | Self::Hangul => 1,
            Self::Thai => 5,
            Self::Latin | Self::Cyrillic | Self::Arabic | Self::Devanagari | Self::Other => u32::MAX,
        }
    }
}

/// Tells whether a character is hiragana: in Japanese mostly grammar.
pub(crate) fn is_hiragana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309f}')
}

/// Tells whether a character belongs to words that spaces set apart.
pub(crate) fn is_spaced(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || match Script::of(c) {
            Some(Script::Latin | Script::Cyrillic | Script::Arabic | Script::Devanagari) => true,
            Some(Script::Han | Script::Kana | Script::Hangul | Script::Thai | Script::Other) | None => false,
        }
}

/// How much of each script a text holds, in units of about one word: a character of Han, kana or Hangul, five
/// letters of Thai, a run of letters elsewhere. So "iPhone 很好用" is more Chinese than English.
#[derive(Debug, Default, Clone)]
pub(crate) struct Census {
    units: [u32; SCRIPTS],
    letters: u32,
    foreign_letters: u32,
    /// Characters that no keyboard makes, weighed by how many letters each stands for.
    debris: u32,
}

impl Census {
    /// Counts the scripts of the first `chars_max` characters.
    pub(crate) fn of(text: &str, chars_max: usize) -> Self {
        let mut census = Self::default();
        let mut previous = None;
        let mut before = ' ';
        let mut run = 0;
        let mut high_run = 0;
        for c in text.chars().take(chars_max) {
            let script = Script::of(c);
            if let Some(script) = script {
                census.letters += 1;
                run = if previous == Some(script) { run + 1 } else { 0 };
                census.units[script as usize] += u32::from(run % script.letters_a_unit() == 0);
            }
            let mut joins_word = matches!(c, '\'' | '’');
            high_run = if is_high(c) { high_run + 1 } else { 0 };
            // Of ASCII only control characters are worth a look.
            if !(' '..='~').contains(&c) {
                census.foreign_letters += u32::from(script.is_some_and(|script| is_foreign(c, before, script)));
                census.debris += debris(c, before, high_run);
                joins_word |= is_combining(c) || is_invisible(c);
            }
            previous = if joins_word { previous } else { script };
            before = c;
        }
        census
    }

    /// Returns the units of one script.
    pub(crate) fn units(&self, script: Script) -> u32 {
        self.units[script as usize]
    }

    /// Returns the units of all scripts.
    pub(crate) fn total(&self) -> u32 {
        self.units.iter().sum()
    }

    /// Tells whether most of the text was lost when somebody read its bytes in the wrong encoding.
    pub(crate) fn is_garbled(&self) -> bool {
        self.debris > self.letters
    }

    /// Tells whether enough letters belong to a language that is not known here: at least one in fifty. Latin letters are
    /// not judged here; their words are, where they are counted.
    pub(crate) fn is_foreign(&self) -> bool {
        self.foreign_letters > 0 && self.foreign_letters * 50 >= self.letters
    }
}

/// Tells whether a mark changes the letter before it and so does not end a word.
fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94d}' | '\u{e31}' | '\u{e34}'..='\u{e4e}')
}

/// Tells whether a character is one that nobody sees: a joiner, a mark of direction, a soft hyphen.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn is_foreign(c: char, before: char, script: Script) -> bool {
    let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
    match script {
        // Russian sets its hard sign before е, ё, ю and я only; in Bulgarian it is a vowel.
        Script::Cyrillic => {
            CYRILLIC_FOREIGN.contains(lower(c)) || (matches!(before, 'ъ' | 'Ъ') && !"еёюя".contains(lower(c)))
        }
        Script::Arabic => ARABIC_FOREIGN.contains(c),
        Script::Latin
        | Script::Han
        | Script::Kana
        | Script::Hangul
        | Script::Devanagari
        | Script::Thai
        | Script::Other => false,
    }
}

/// Tells whether a character stands in the upper half of Latin-1.
fn is_high(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{ff}')
}

/// Weighs a character that only a wrong encoding makes; `high_run` characters of the upper half of Latin-1 end with it.
fn debris(c: char, before: char, high_run: u32) -> u32 {
    match c {
        '\0'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => 1,
        '\u{fffd}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'.. => 1,
        // What is left where a replacement character was saved as GBK.
        '斤' if before == '锟' => 2,
        '拷' if before == '斤' => 2,
        // UTF-8 read as Latin-1: a letter, then what stands for a continuation byte. Quotes and dashes follow letters anyway.
        '«' | '»' | 'ª' | 'º' | '°' => 0,
        '¡'..='¿'
        | '€'
        | '‚'
        | 'ƒ'
        | '„'
        | '†'
        | '‡'
        | 'ˆ'
        | '‰'
        | 'Š'
        | '‹'
        | 'Œ'
        | 'Ž'
        | '˜'
        | '™'
        | 'š'
        | '›'
        | 'œ'
        | 'ž'
        | 'Ÿ'
            if is_high(before) =>
        {
            3
        }
        // Another encoding read as Latin-1: no word has four marked letters in a row.
        _ if high_run == 4 => 8,
        _ if high_run > 4 => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_a_script_and_nothing_else_has() {
        let cases = [
            ("aZéß", Some(Script::Latin)),
            ("中々𠮷", Some(Script::Han)),
            ("あアーｱ", Some(Script::Kana)),
            ("한ㅋ", Some(Script::Hangul)),
            ("жЯі", Some(Script::Cyrillic)),
            ("عپ", Some(Script::Arabic)),
            ("हक", Some(Script::Devanagari)),
            ("กข", Some(Script::Thai)),
            ("αא", Some(Script::Other)),
            ("1!？。・😀️‍ ×÷¿\u{200f}", None),
        ];
        for (letters, expected) in cases {
            for c in letters.chars() {
                assert_eq!(Script::of(c), expected, "{c:?}");
            }
        }
    }

    #[test]
    fn words_and_characters_are_the_units() {
        let census = Census::of("iPhone 15 Pro 很好用, don't", 100);
        assert_eq!((census.units(Script::Latin), census.units(Script::Han), census.total()), (3, 3, 6));
        assert_eq!(Census::of("हिन्दी में", 100).units(Script::Devanagari), 2);
        assert_eq!(Census::of("ไม่ต้องซื้อ iPhone", 100).units(Script::Thai), 3);
        assert_eq!(Census::of("abc def", 3).total(), 1);
    }

    #[test]
    fn letters_of_unknown_languages_are_seen() {
        for (text, expected) in [
            ("Дуже дякую, їжа", true),
            ("Много съм доволен, бързо обслужване", true),
            ("Спасибо большое, объявление съели", false),
            ("خیلی خوب", true),
            ("شكرا جزيلا", false),
        ] {
            assert_eq!(Census::of(text, 100).is_foreign(), expected, "{text}");
        }
    }

    #[test]
    fn a_text_is_garbled_where_most_of_it_is() {
        for (text, expected) in [
            ("æœ\u{8d}åŠ¡å¾ˆå¥½", true),
            ("æœåŠ¡å¾ˆå¥½", true),
            ("ç‰©æµ\u{81}å¤ªæ…¢", true),
            ("ÏÀÊ×Ã ä½ å¥½", true),
            ("Ïðèâåò, ñïàñèáî", true),
            ("\u{fffd}\u{fffd}\u{fffd}好\u{fffd}", true),
            ("\u{e000}\u{e001}a", true),
            ("锟斤拷锟斤拷", true),
            ("\u{1}\u{2}\u{3}ok", true),
            ("服务很好\u{fffd}，下次再来", false),
            ("TrÃ¨s bon produit, je suis ravi", false),
            ("été, déjà, « café », naïveté", false),
            ("技術(shù)服務(wù)", false),
            ("一斤拷貝", false),
            ("çöküşü, größere, nghiêng, łódź", false),
            ("", false),
        ] {
            assert_eq!(Census::of(text, 100).is_garbled(), expected, "{text}");
        }
    }

    #[test]
    fn what_nobody_sees_ends_no_word() {
        assert_eq!(Census::of("go\u{200b}od \u{200f}day\u{feff}", 100).units(Script::Latin), 2);
    }
}

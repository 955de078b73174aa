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

/// Latin letters with marks that the Latin-script languages of this crate write; others hint at a language not known here.
const LATIN_HOME: &str = "àáâãäçèéêëìíîïñòóôõöùúûüýÿœßªº";
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

    /// Tells whether the script sets no spaces between words, or so few that characters are the better count.
    fn counts_characters(self) -> bool {
        match self {
            Self::Han | Self::Kana | Self::Hangul => true,
            Self::Latin | Self::Cyrillic | Self::Arabic | Self::Devanagari | Self::Thai | Self::Other => false,
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

/// How much of each script a text holds, in units of about one word: a character of Han, kana or Hangul, a run of letters
/// elsewhere. So "iPhone 很好用" is more Chinese than English.
#[derive(Debug, Default, Clone)]
pub(crate) struct Census {
    units: [u32; SCRIPTS],
    letters: u32,
    foreign_letters: u32,
}

impl Census {
    /// Counts the scripts of the first `chars_max` characters.
    pub(crate) fn of(text: &str, chars_max: usize) -> Self {
        let mut census = Self::default();
        let mut previous = None;
        for c in text.chars().take(chars_max) {
            let script = Script::of(c);
            if let Some(script) = script {
                census.letters += 1;
                census.foreign_letters += u32::from(is_foreign(c, script));
                if script.counts_characters() || previous != Some(script) {
                    census.units[script as usize] += 1;
                }
            }
            let joins_word = matches!(c, '\'' | '’') || is_combining(c);
            previous = if joins_word { previous } else { script };
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

    /// Tells whether enough letters belong to a language that is not known here: at least one in fifty.
    pub(crate) fn is_foreign(&self) -> bool {
        self.foreign_letters > 0 && self.foreign_letters * 50 >= self.letters
    }
}

/// Tells whether a mark changes the letter before it and so does not end a word.
fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94d}' | '\u{e31}' | '\u{e34}'..='\u{e4e}' | '\u{200c}' | '\u{200d}')
}

fn is_foreign(c: char, script: Script) -> bool {
    let lower = || c.to_lowercase().next().unwrap_or(c);
    match script {
        Script::Latin => !c.is_ascii() && !matches!(c, '\u{ff21}'..='\u{ff5a}') && !LATIN_HOME.contains(lower()),
        Script::Cyrillic => CYRILLIC_FOREIGN.contains(lower()),
        Script::Arabic => ARABIC_FOREIGN.contains(c),
        Script::Han | Script::Kana | Script::Hangul | Script::Devanagari | Script::Thai | Script::Other => false,
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
        assert_eq!(Census::of("abc def", 3).total(), 1);
    }

    #[test]
    fn letters_of_unknown_languages_are_seen() {
        for (text, expected) in [
            ("Bardzo dziękuję", true),
            ("Très élégant, größer, señor, coração", false),
            ("Дуже дякую, їжа", true),
            ("Спасибо большое", false),
            ("خیلی خوب", true),
            ("شكرا جزيلا", false),
        ] {
            assert_eq!(Census::of(text, 100).is_foreign(), expected, "{text}");
        }
    }
}

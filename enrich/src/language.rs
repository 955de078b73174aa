//! Which language a text is written in, and of Chinese in which characters.
//!
//! Most languages here are told by their script, Chinese and Cantonese by their characters. Latin letters are shared: there
//! function words and a linear model are asked first, and lingua's n-gram models only where those two do not agree. All of
//! them read the beginning of the text only.

mod chinese;
mod latin;
mod words;

use crate::script::{Census, Script};
use crate::stopwords::StopWords;

pub use chinese::Characters;
use chinese::Hanzi;
use latin::{Latin, Verdict};

/// Characters whose scripts are counted.
const CENSUS_CHARS: usize = 512;
/// The share of kana among kana and Han from which a text is Japanese: Chinese brands write the now and then.
const KANA_SHARE_MIN: f64 = 0.12;
/// What is left of the confidence where letters or words occur that the language does not write.
const FOREIGN_FACTOR: f64 = 0.1;
/// Common words of languages that share most letters with one known here: Ukrainian and Bulgarian with Russian, Marathi and
/// Nepali with Hindi.
const FOREIGN_WORDS: &str =
    "дуже дякую що це щоб або чи немає съм ще че няма беше също आहे आहेत आणि नाही खूप छन् छैन भयो गर्न धेरै";

/// The languages this crate knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Language {
    Arabic,
    Cantonese,
    Chinese,
    Dutch,
    English,
    French,
    German,
    Hindi,
    Indonesian,
    Italian,
    Japanese,
    Korean,
    Polish,
    Portuguese,
    Russian,
    Spanish,
    Thai,
    Turkish,
    Vietnamese,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 19] = [
        Self::Arabic,
        Self::Cantonese,
        Self::Chinese,
        Self::Dutch,
        Self::English,
        Self::French,
        Self::German,
        Self::Hindi,
        Self::Indonesian,
        Self::Italian,
        Self::Japanese,
        Self::Korean,
        Self::Polish,
        Self::Portuguese,
        Self::Russian,
        Self::Spanish,
        Self::Thai,
        Self::Turkish,
        Self::Vietnamese,
    ];

    /// Returns the ISO 639 code, two letters where there are two, which is also the BCP 47 tag.
    pub fn code(self) -> &'static str {
        match self {
            Self::Arabic => "ar",
            Self::Cantonese => "yue",
            Self::Chinese => "zh",
            Self::Dutch => "nl",
            Self::English => "en",
            Self::French => "fr",
            Self::German => "de",
            Self::Hindi => "hi",
            Self::Indonesian => "id",
            Self::Italian => "it",
            Self::Japanese => "ja",
            Self::Korean => "ko",
            Self::Polish => "pl",
            Self::Portuguese => "pt",
            Self::Russian => "ru",
            Self::Spanish => "es",
            Self::Thai => "th",
            Self::Turkish => "tr",
            Self::Vietnamese => "vi",
        }
    }

    /// Finds the language of an ISO 639 code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// Finds the language of a BCP 47 tag by its first subtag, or by `yue` after `zh`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let mut subtags = tag.split(['-', '_']);
        let primary = subtags.next().unwrap_or_default();
        let language = Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))?;
        let is_cantonese = language == Self::Chinese && subtags.any(|subtag| subtag.eq_ignore_ascii_case("yue"));
        Some(if is_cantonese { Self::Cantonese } else { language })
    }

    /// Tells whether the language is written in Chinese characters and cut, folded and read as Chinese.
    pub fn is_chinese(self) -> bool {
        matches!(self, Self::Chinese | Self::Cantonese)
    }

    /// Tells whether the language is written in Latin letters.
    pub(crate) fn is_latin(self) -> bool {
        latin::in_lingua(self).is_some()
    }
}

/// A best guess and how far to trust it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// The best guess, nothing where the text has no words, or words of every language, or is in no language known here.
    pub language: Option<Language>,
    /// What Chinese is written in, where it shows.
    pub characters: Option<Characters>,
    /// From 0 to 1, rounded to four digits so that it is the same on every machine.
    pub confidence: f64,
}

impl Detection {
    const UNDETERMINED: Self = Self { language: None, characters: None, confidence: 0.0 };

    /// Returns the BCP 47 tag: `zh-Hans`, `zh-Hant`, `zh` where the characters do not show it, `yue-Hant`, `en`, `und`.
    pub fn tag(&self) -> &'static str {
        match (self.language, self.characters) {
            (None, _) => "und",
            (Some(Language::Chinese), Some(Characters::Simplified)) => "zh-Hans",
            (Some(Language::Chinese), Some(Characters::Traditional)) => "zh-Hant",
            (Some(Language::Cantonese), Some(Characters::Simplified)) => "yue-Hans",
            // Cantonese is written in Traditional characters where nothing shows another.
            (Some(Language::Cantonese), _) => "yue-Hant",
            (Some(language), _) => language.code(),
        }
    }
}

/// Tells languages apart; built once, shared by threads.
pub struct LanguageDetector {
    languages: Vec<Language>,
    latin: Latin,
    hanzi: Hanzi,
}

impl LanguageDetector {
    /// Builds a detector that answers with one of `languages`.
    pub fn new(languages: &[Language], stop_words: &StopWords) -> Self {
        Self { languages: languages.to_vec(), latin: Latin::new(languages, stop_words), hanzi: Hanzi::embedded() }
    }

    /// Judges a text that has been stripped of noise; `hint` is what the source claims.
    pub fn detect(&self, text: &str, hint: Option<Language>) -> Detection {
        let census = Census::of(text, CENSUS_CHARS);
        let (script, units) = dominant(&census, true);
        if units == 0 || census.is_garbled() {
            return Detection::UNDETERMINED;
        }
        if script != Script::Latin {
            return self.by_script(text, &census, script, hint);
        }
        let votes = self.latin.votes(text);
        let (other, other_units) = dominant(&census, false);
        // Names and words of every language outvote nobody: "iPhone Pro Max 很棒".
        if votes.words < other_units && votes.words * 2 <= units {
            return self.by_script(text, &census, other, hint);
        }
        let (language, certainty) = self.latin.judge(text, &votes, hint);
        self.answer(language, None, share(&census, units) * certainty)
    }

    /// Judges a text by a script that is not shared, or shared by few.
    fn by_script(&self, text: &str, census: &Census, script: Script, hint: Option<Language>) -> Detection {
        let (language, certainty) = match script {
            Script::Han => return self.han(text, census, hint),
            Script::Kana => (Some(Language::Japanese), 0.99),
            Script::Hangul => (Some(Language::Korean), 0.99),
            Script::Cyrillic => (Some(Language::Russian), 0.95),
            Script::Arabic => (Some(Language::Arabic), 0.95),
            Script::Devanagari => (Some(Language::Hindi), 0.95),
            Script::Thai => (Some(Language::Thai), 0.99),
            Script::Latin | Script::Other => (None, 0.0),
        };
        let kanji = if script == Script::Kana { census.units(Script::Han) } else { 0 };
        let is_foreign = census.is_foreign() || has_foreign_words(text, script);
        let foreign = if is_foreign { FOREIGN_FACTOR } else { 1.0 };
        self.answer(language, None, share(census, census.units(script) + kanji) * certainty * foreign)
    }

    /// Han without kana is Chinese, unless it shows, or the source says, that it is one of the short Japanese texts.
    fn han(&self, text: &str, census: &Census, hint: Option<Language>) -> Detection {
        let evidence = self.hanzi.read(text, CENSUS_CHARS);
        let points = evidence.cantonese_points(hint == Some(Language::Cantonese));
        let knows = |language| self.languages.contains(&language);
        let (language, certainty): Verdict = match points {
            _ if knows(Language::Japanese) && evidence.is_japanese(hint == Some(Language::Japanese)) => {
                (Some(Language::Japanese), 0.85)
            }
            Some(points) if knows(Language::Cantonese) => {
                (Some(Language::Cantonese), if points > 3 { 0.98 } else { 0.9 })
            }
            _ => (Some(Language::Chinese), chinese_certainty(evidence.chars)),
        };
        let characters = evidence.characters().filter(|_| language.is_some_and(Language::is_chinese));
        let units = census.units(Script::Han) + census.units(Script::Kana);
        self.answer(language, characters, share(census, units) * certainty)
    }

    /// Answers with a configured language only.
    fn answer(&self, language: Option<Language>, characters: Option<Characters>, confidence: f64) -> Detection {
        match language.filter(|language| self.languages.contains(language)) {
            None => Detection::UNDETERMINED,
            language => Detection { language, characters, confidence: (confidence * 1e4).round() / 1e4 },
        }
    }
}

fn share(census: &Census, units: u32) -> f64 {
    f64::from(units) / f64::from(census.total().max(1))
}

/// Returns the script with most units; Han, kana and Hangul count as one until one of them is found to lead.
fn dominant(census: &Census, with_latin: bool) -> (Script, u32) {
    let [han, kana, hangul] = [Script::Han, Script::Kana, Script::Hangul].map(|script| census.units(script));
    let is_japanese = f64::from(kana) >= KANA_SHARE_MIN * f64::from(kana + han) && kana > 0;
    let mut best = match () {
        () if hangul > han + kana => (Script::Hangul, hangul),
        () if is_japanese => (Script::Kana, han + kana),
        () => (Script::Han, han + kana),
    };
    let latin = with_latin.then_some(Script::Latin);
    let others = [Script::Cyrillic, Script::Arabic, Script::Devanagari, Script::Thai, Script::Other];
    for script in latin.into_iter().chain(others) {
        if census.units(script) > best.1 {
            best = (script, census.units(script));
        }
    }
    best
}

fn chinese_certainty(chars: u32) -> f64 {
    match chars {
        0..=1 => 0.85,
        2..=3 => 0.95,
        4.. => 0.98,
    }
}

fn has_foreign_words(text: &str, script: Script) -> bool {
    let words = text.split(|c: char| c.is_whitespace() || c.is_ascii_punctuation() || c == '।');
    matches!(script, Script::Cyrillic | Script::Devanagari)
        && words
            .take(CENSUS_CHARS / 4)
            .any(|word| FOREIGN_WORDS.split(' ').any(|foreign| foreign == word.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const THRESHOLD: f64 = 0.2;

    fn detector(languages: &[Language]) -> LanguageDetector {
        LanguageDetector::new(languages, &StopWords::embedded())
    }

    fn detect(text: &str, hint: Option<&str>) -> Detection {
        static ALL: std::sync::LazyLock<LanguageDetector> = std::sync::LazyLock::new(|| detector(&Language::ALL));
        ALL.detect(text, hint.and_then(Language::from_tag))
    }

    fn check(text: &str, hint: Option<&str>, expected: &str) {
        let detection = detect(text, hint);
        assert!((0.0..=1.0).contains(&detection.confidence), "{text}: {}", detection.confidence);
        let tag = if detection.confidence >= THRESHOLD { detection.tag() } else { "und" };
        assert_eq!(tag, expected, "{text}: {detection:?}");
    }

    #[test]
    fn each_language_is_recognized() {
        for (text, expected) in [
            ("物流速度太慢了，等了一个星期", "zh-Hans"),
            ("物流速度太慢了，等了一個星期", "zh-Hant"),
            ("呢間嘢食唔好食，貴到死，冇下次", "yue-Hant"),
            ("アプリがすぐ落ちます", "ja"),
            ("最高の買い物", "ja"),
            ("배송이 너무 늦어요", "ko"),
            ("The app crashes when I want to pay", "en"),
            ("Die Lieferung kam zwei Wochen zu spät", "de"),
            ("La livraison est arrivée en retard", "fr"),
            ("La entrega llegó tarde y no me contestan", "es"),
            ("A entrega atrasou e ninguém me responde", "pt"),
            ("La consegna è arrivata in ritardo", "it"),
            ("De bezorging was weer veel te laat", "nl"),
            ("Barang datang terlambat dan kemasannya rusak", "id"),
            ("Giao hàng chậm, tôi không hài lòng", "vi"),
            ("Kargo çok geç geldi, bir daha almam", "tr"),
            ("Paczka przyszła za późno i była uszkodzona", "pl"),
            ("Доставка опоздала на неделю", "ru"),
            ("التوصيل متأخر جدا", "ar"),
            ("डिलीवरी बहुत देर से हुई", "hi"),
            ("จัดส่งช้ามาก", "th"),
        ] {
            check(text, None, expected);
            assert!(detect(text, None).confidence >= 0.8, "{text}: {:?}", detect(text, None));
        }
    }

    #[test]
    fn single_words_and_pairs_are_answered() {
        for (text, expected) in [
            ("delivery", "en"),
            ("Great product", "en"),
            ("verschwunden", "de"),
            ("désagréable", "fr"),
            ("desagradable", "es"),
            ("atendimento péssimo", "pt"),
            ("bellissima esperienza", "it"),
            ("teleurgesteld", "nl"),
            ("mengecewakan sekali", "id"),
            ("tuyệt vời", "vi"),
            ("teşekkürler", "tr"),
            ("dziękuję", "pl"),
            ("спасибо", "ru"),
            ("शानदार", "hi"),
            ("ดีมาก", "th"),
            ("満足", "ja"),
            ("滿足", "zh-Hant"),
            ("差", "zh"),
        ] {
            check(text, None, expected);
        }
    }

    #[test]
    fn chinese_says_how_it_is_written() {
        for (text, expected) in [
            ("不好", "zh"),
            ("客服很差", "zh"),
            ("皇后大道的只有一面", "zh"),
            ("著名的台灣小吃，里長也來了", "zh-Hant"),
            ("态度恶劣，没礼貌", "zh-Hans"),
            ("態度惡劣，沒禮貌", "zh-Hant"),
            ("唔該晒，啲嘢好好食", "yue-Hant"),
            ("呢个软件真系唔得，成日死机", "yue-Hans"),
            ("佢哋好好人", "yue-Hant"),
            ("今天在冇記茶餐廳吃了飯，味道很好", "zh-Hant"),
            ("唔，这个味道还不错", "zh-Hans"),
        ] {
            check(text, None, expected);
        }
    }

    #[test]
    fn the_dominant_language_wins() {
        for (text, expected, confidence_max) in [
            ("iPhone 15 很好用", "zh", 0.8),
            ("iPhone 15 Pro Max 真香", "zh", 0.6),
            ("この iPhone ケースは very good です", "ja", 0.9),
            ("배송 fast 하고 좋아요", "ko", 0.95),
            ("I love the ramen 拉麺 at this place so much", "en", 0.9),
            ("优の良品的质量一直都很稳定，推荐购买", "zh-Hans", 0.99),
            ("ซื้อ iPhone Pro Max มาแล้วชอบมาก", "th", 0.9),
            ("The Škoda is a great car and I love it", "en", 0.9),
        ] {
            check(text, None, expected);
            let confidence = detect(text, None).confidence;
            assert!(confidence <= confidence_max, "{text}: {confidence}");
        }
    }

    #[test]
    fn what_is_no_language_stays_undetermined() {
        for text in [
            "",
            " ",
            "12345 !!!",
            "👍👍👍",
            "ok",
            "OK 👍",
            "lol",
            "Hahaha",
            "hmm",
            "wow wow",
            "iPhone",
            "iPhone 15 Pro",
            "Samsung",
            "app",
            "USB 3.0",
            "τίποτα δεν λειτουργεί",
            "\u{200f}\u{feff}",
        ] {
            check(text, None, "und");
        }
    }

    #[test]
    fn languages_of_known_letters_that_are_not_known_stay_undetermined() {
        for text in [
            "Velice děkuji, skvělá obsluha a rychlé doručení",
            "Дуже дякую, чудове обслуговування",
            "Много съм доволен, бързо обслужване",
            "خیلی خوب بود، ممنون از شما",
            "सेवा खूप चांगली आहे",
        ] {
            check(text, None, "und");
        }
        for text in [
            "Kiitos paljon, erinomainen palvelu ja nopea toimitus taas kerran",
            "Tack så mycket för den fina leveransen igår",
        ] {
            assert!(detect(text, None).confidence < 0.5, "{text}: {:?}", detect(text, None));
        }
    }

    #[test]
    fn a_little_damage_does_no_harm_and_much_leaves_nothing() {
        for (text, expected) in [
            ("技術(shù)服務(wù)太慢，品質(zhì)也差", "zh-Hant"),
            ("態度惡\u{fffd}，沒禮\u{fffd}", "zh-Hant"),
            ("\u{200f}The\u{200b} app \u{202a}crashes\u{202c} when I want to pay\u{feff}", "en"),
            ("TrÃ¨s bon produit, je suis ravi", "fr"),
            ("Ürünü çok beðendim, teþekkürler", "tr"),
            ("æœåŠ¡å¾ˆå¥½", "und"),
            ("\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}好", "und"),
            ("Ïðèâåò, ñïàñèáî çà äîñòàâêó", "und"),
            ("\u{1}\u{2}\u{e000}\u{e001}", "und"),
        ] {
            check(text, None, expected);
        }
    }

    #[test]
    fn a_wall_of_one_character_is_read_no_further_than_its_beginning() {
        for (character, expected) in
            [("a", "und"), ("好", "zh"), ("ก", "th"), ("é", "und"), ("😀", "und"), ("\u{200b}", "und")]
        {
            check(&character.repeat((1 << 20) / character.len()), None, expected);
        }
    }

    #[test]
    fn a_hint_breaks_a_tie_and_no_more() {
        check("super", Some("it-IT"), "it");
        check("super", Some("de"), "de");
        check("感謝", None, "zh-Hant");
        check("感謝", Some("ja"), "ja");
        check("好正", Some("yue"), "yue-Hant");
        check("ok", Some("de"), "und");
        check("The app crashes when I want to pay", Some("de"), "en");
        check("物流速度太慢了", Some("xx"), "zh");
        check("这个太慢了", Some("ja"), "zh-Hans");
    }

    #[test]
    fn japanese_without_kana_is_told_by_its_characters() {
        check("対応最悪", None, "ja");
        check("駅前徒歩五分", None, "ja");
        check("价格便宜，質量一般", None, "zh");
    }

    #[test]
    fn only_configured_languages_are_answered() {
        let few = detector(&[Language::English, Language::Chinese]);
        assert_eq!(few.detect("La livraison est arrivée", None).language, Some(Language::English));
        assert_eq!(few.detect("배송이 너무 늦어요", None), Detection::UNDETERMINED);
        assert_eq!(few.detect("唔該晒，啲嘢好好食", None).tag(), "zh-Hant");
        assert_eq!(detector(&[Language::Korean]).detect("hello there", None).language, None);
    }

    #[test]
    fn tags_are_read_by_their_first_part() {
        assert_eq!(Language::from_tag("zh-Hant-TW"), Some(Language::Chinese));
        assert_eq!(Language::from_tag("yue-Hant"), Some(Language::Cantonese));
        assert_eq!(Language::from_tag("zh-yue"), Some(Language::Cantonese));
        assert_eq!(Language::from_tag("EN_us"), Some(Language::English));
        assert_eq!(Language::from_tag("eng"), None);
        assert_eq!(Language::from_code("en-US"), None);
        assert!(Language::Cantonese.is_chinese() && !Language::Japanese.is_chinese());
    }
}

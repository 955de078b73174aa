//! Which language a text is written in.
//!
//! Most languages here are told by their script. Latin letters are shared, so there function words vote first, which costs a
//! microsecond, and lingua's n-gram models decide where the vote is not clear, which costs a hundred times as much. Both
//! read the beginning of the text only.

use std::collections::HashMap;

use lingua::LanguageDetectorBuilder;
use unicode_segmentation::UnicodeSegmentation;

use crate::script::{Census, Script};
use crate::stopwords::StopWords;

/// Characters whose scripts are counted.
const CENSUS_CHARS: usize = 512;
/// Words that vote.
const VOTERS_MAX: usize = 40;
/// Votes for the best language, and its lead over the second, from which lingua is not asked.
const VOTES_MIN: u32 = 3;
const LEAD_MIN: u32 = 2;
/// Characters that lingua reads: on the replay mix 160 are no more often right than 60 and cost 40 % more.
const LINGUA_CHARS: usize = 60;
/// How much likelier the source's own claim makes a language, as a factor on its odds.
const HINT_ODDS: f64 = 5.0;
/// The share of kana among kana and Han from which a text is Japanese: Chinese brands write の now and then.
const KANA_SHARE_MIN: f64 = 0.12;
/// What is left of the confidence where letters occur that the language does not write.
const FOREIGN_FACTOR: f64 = 0.3;

/// The languages this crate knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Language {
    Arabic,
    Chinese,
    Dutch,
    English,
    French,
    German,
    Hindi,
    Italian,
    Japanese,
    Korean,
    Portuguese,
    Russian,
    Spanish,
    Thai,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 14] = [
        Self::Arabic,
        Self::Chinese,
        Self::Dutch,
        Self::English,
        Self::French,
        Self::German,
        Self::Hindi,
        Self::Italian,
        Self::Japanese,
        Self::Korean,
        Self::Portuguese,
        Self::Russian,
        Self::Spanish,
        Self::Thai,
    ];

    /// Returns the ISO 639-1 code, which is also the BCP 47 tag.
    pub fn code(self) -> &'static str {
        match self {
            Self::Arabic => "ar",
            Self::Chinese => "zh",
            Self::Dutch => "nl",
            Self::English => "en",
            Self::French => "fr",
            Self::German => "de",
            Self::Hindi => "hi",
            Self::Italian => "it",
            Self::Japanese => "ja",
            Self::Korean => "ko",
            Self::Portuguese => "pt",
            Self::Russian => "ru",
            Self::Spanish => "es",
            Self::Thai => "th",
        }
    }

    /// Finds the language of an ISO 639-1 code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// Finds the language of a BCP 47 tag by its first subtag.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
    }

    /// Tells whether the language is written in Latin letters.
    pub(crate) fn is_latin(self) -> bool {
        self.in_lingua().is_some()
    }

    /// Returns lingua's name of a language that shares the Latin script; the others are told by their script.
    fn in_lingua(self) -> Option<lingua::Language> {
        match self {
            Self::Dutch => Some(lingua::Language::Dutch),
            Self::English => Some(lingua::Language::English),
            Self::French => Some(lingua::Language::French),
            Self::German => Some(lingua::Language::German),
            Self::Italian => Some(lingua::Language::Italian),
            Self::Portuguese => Some(lingua::Language::Portuguese),
            Self::Spanish => Some(lingua::Language::Spanish),
            Self::Arabic | Self::Chinese | Self::Hindi | Self::Japanese | Self::Korean | Self::Russian | Self::Thai => {
                None
            }
        }
    }
}

/// A best guess and how far to trust it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// The best guess, nothing where the text has no letters or is in a script of no configured language.
    pub language: Option<Language>,
    /// From 0 to 1, rounded to four digits so that it is the same on every machine.
    pub confidence: f64,
}

/// Tells languages apart; built once, shared by threads.
pub struct LanguageDetector {
    languages: Vec<Language>,
    function_words: HashMap<String, Vec<Language>>,
    lingua: Option<lingua::LanguageDetector>,
}

impl LanguageDetector {
    /// Builds a detector that answers with one of `languages`.
    pub fn new(languages: &[Language], stop_words: &StopWords) -> Self {
        let latin: Vec<Language> = languages.iter().copied().filter(|language| language.is_latin()).collect();
        let mut function_words: HashMap<String, Vec<Language>> = HashMap::new();
        for &language in &latin {
            for word in stop_words.iter(language) {
                function_words.entry(word.to_owned()).or_default().push(language);
            }
        }
        let names: Vec<lingua::Language> = latin.iter().filter_map(|language| language.in_lingua()).collect();
        let lingua = (names.len() > 1)
            .then(|| LanguageDetectorBuilder::from_languages(&names).with_preloaded_language_models().build());
        Self { languages: languages.to_vec(), function_words, lingua }
    }

    /// Judges a text that has been stripped of noise; `hint` is what the source claims.
    pub fn detect(&self, text: &str, hint: Option<Language>) -> Detection {
        let census = Census::of(text, CENSUS_CHARS);
        let Some((script, units)) = dominant(&census) else {
            return Detection { language: None, confidence: 0.0 };
        };
        let share = f64::from(units) / f64::from(census.total());
        let (language, certainty) = match script {
            Script::Latin => self.latin(text, hint),
            Script::Han => han(&census, hint),
            Script::Kana => (Some(Language::Japanese), 0.99),
            Script::Hangul => (Some(Language::Korean), 0.99),
            Script::Cyrillic => (Some(Language::Russian), 0.9),
            Script::Arabic => (Some(Language::Arabic), 0.9),
            Script::Devanagari => (Some(Language::Hindi), 0.9),
            Script::Thai => (Some(Language::Thai), 0.99),
            Script::Other => (None, 0.0),
        };
        let language = language.filter(|language| self.languages.contains(language));
        let foreign = if census.is_foreign() { FOREIGN_FACTOR } else { 1.0 };
        let confidence = if language.is_some() { share * certainty * foreign } else { 0.0 };
        Detection { language, confidence: (confidence * 1e4).round() / 1e4 }
    }

    fn latin(&self, text: &str, hint: Option<Language>) -> (Option<Language>, f64) {
        if let Some(elected) = self.vote(text) {
            return elected;
        }
        let Some(lingua) = &self.lingua else {
            let only = self.languages.iter().copied().find(|language| language.is_latin());
            return (only, 0.7);
        };
        // Rounded, because lingua sums in the order of a randomly seeded map.
        let odds =
            lingua.compute_language_confidence_values(beginning(text)).into_iter().filter_map(|(name, share)| {
                let language = self.languages.iter().copied().find(|language| language.in_lingua() == Some(name))?;
                let weight = if hint == Some(language) { HINT_ODDS } else { 1.0 };
                Some((language, (share * 1e6).round() * weight))
            });
        let mut odds: Vec<(Language, f64)> = odds.collect();
        let total: f64 = odds.iter().map(|(_, weight)| weight).sum();
        odds.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        match odds.first() {
            // lingua says 1 wherever one of its rules fires, on a single letter too.
            Some(&(language, weight)) if total > 0.0 => (Some(language), (weight / total).min(0.99)),
            _ => (None, 0.0),
        }
    }

    /// Lets the function words of the first words decide, if they agree.
    fn vote(&self, text: &str) -> Option<(Option<Language>, f64)> {
        let mut votes: Vec<(Language, u32)> = Vec::with_capacity(8);
        let mut lower = String::new();
        for word in text.unicode_words().take(VOTERS_MAX) {
            lower.clear();
            lower.extend(word.chars().flat_map(char::to_lowercase).map(|c| if c == '’' { '\'' } else { c }));
            for &language in self.function_words.get(lower.as_str()).into_iter().flatten() {
                match votes.iter_mut().find(|(voted, _)| *voted == language) {
                    Some((_, count)) => *count += 1,
                    None => votes.push((language, 1)),
                }
            }
        }
        votes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let &(language, best) = votes.first()?;
        let lead = best - votes.get(1).map_or(0, |(_, second)| *second);
        let is_clear = best >= VOTES_MIN && lead >= LEAD_MIN;
        is_clear.then(|| (Some(language), 1.0 - 0.5_f64.powi(lead.min(7) as i32 + 2)))
    }
}

/// Returns the script with most units; Han, kana and Hangul count as one until one of them is found to lead.
fn dominant(census: &Census) -> Option<(Script, u32)> {
    let [han, kana, hangul] = [Script::Han, Script::Kana, Script::Hangul].map(|script| census.units(script));
    let is_japanese = f64::from(kana) >= KANA_SHARE_MIN * f64::from(kana + han) && kana > 0;
    let east_asian = match () {
        () if hangul > han + kana => (Script::Hangul, hangul),
        () if is_japanese => (Script::Kana, han + kana),
        () => (Script::Han, han + kana),
    };
    let others = [Script::Latin, Script::Cyrillic, Script::Arabic, Script::Devanagari, Script::Thai, Script::Other];
    let mut best = east_asian;
    for script in others {
        if census.units(script) > best.1 {
            best = (script, census.units(script));
        }
    }
    (best.1 > 0).then_some(best)
}

/// Han without kana is Chinese, unless the source says it is one of the short Japanese texts that need none.
fn han(census: &Census, hint: Option<Language>) -> (Option<Language>, f64) {
    let characters = census.units(Script::Han);
    match (hint, characters) {
        (Some(Language::Japanese), ..=12) => (Some(Language::Japanese), 0.7),
        (_, ..=1) => (Some(Language::Chinese), 0.6),
        (_, 2..=3) => (Some(Language::Chinese), 0.85),
        (_, _) => (Some(Language::Chinese), 0.97),
    }
}

/// Cuts after the last whole word within lingua's share.
fn beginning(text: &str) -> &str {
    let text = text.trim_start_matches(|c| Script::of(c) != Some(Script::Latin));
    let Some((end, _)) = text.char_indices().nth(LINGUA_CHARS) else { return text };
    let whole_words = text[..end].rfind(char::is_whitespace).unwrap_or(end);
    &text[..whole_words]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detector(languages: &[Language]) -> LanguageDetector {
        LanguageDetector::new(languages, &StopWords::embedded())
    }

    fn check(text: &str, hint: Option<&str>, expected: &str) {
        let detection = detector(&Language::ALL).detect(text, hint.and_then(Language::from_tag));
        assert!((0.0..=1.0).contains(&detection.confidence), "{text}: {}", detection.confidence);
        let sure = detection.language.filter(|_| detection.confidence >= 0.55);
        assert_eq!(sure.map_or("und", Language::code), expected, "{text}: {detection:?}");
    }

    #[test]
    fn each_language_is_recognized() {
        for (text, expected) in [
            ("物流速度太慢了，等了一个星期", "zh"),
            ("物流速度太慢了，等了一個星期", "zh"),
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
            ("Доставка опоздала на неделю", "ru"),
            ("التوصيل متأخر جدا", "ar"),
            ("डिलीवरी बहुत देर से हुई", "hi"),
            ("จัดส่งช้ามาก", "th"),
        ] {
            check(text, None, expected);
        }
    }

    #[test]
    fn the_dominant_language_wins() {
        check("iPhone 15 很好用", None, "zh");
        check("この iPhone ケースは very good です", None, "ja");
        check("배송 fast 하고 좋아요", None, "ko");
        check("I love the ramen 拉麺 at this place so much", None, "en");
        check("优の良品的质量一直都很稳定，推荐购买", None, "zh");
    }

    #[test]
    fn little_or_strange_text_stays_undetermined() {
        for text in [
            "",
            " ",
            "12345 !!!",
            "👍👍👍",
            "ok",
            "lol",
            "τίποτα",
            "\u{200f}\u{feff}",
            "Bardzo dziękuję, świetna obsługa",
            "خیلی خوب بود، ممنون از شما",
        ] {
            check(text, None, "und");
        }
    }

    #[test]
    fn a_hint_breaks_a_tie_and_no_more() {
        check("super", None, "und");
        check("super", Some("it-IT"), "it");
        check("感謝", None, "zh");
        check("感謝", Some("ja"), "ja");
        check("The app crashes when I want to pay", Some("de"), "en");
        check("物流速度太慢了", Some("xx"), "zh");
    }

    #[test]
    fn only_configured_languages_are_answered() {
        let few = detector(&[Language::English, Language::Chinese]);
        assert_eq!(few.detect("La livraison est arrivée", None).language, Some(Language::English));
        assert_eq!(few.detect("배송이 너무 늦어요", None), Detection { language: None, confidence: 0.0 });
        assert_eq!(detector(&[Language::Korean]).detect("hello there", None).language, None);
    }

    #[test]
    fn tags_are_read_by_their_first_part() {
        assert_eq!(Language::from_tag("zh-Hant-TW"), Some(Language::Chinese));
        assert_eq!(Language::from_tag("EN_us"), Some(Language::English));
        assert_eq!(Language::from_tag("eng"), None);
        assert_eq!(Language::from_code("en-US"), None);
    }
}

//! Words of a text, in lower case.
//!
//! Chinese is cut by jieba, which reads Simplified characters only: it is shown the folded text, while the words quote what the
//! customer wrote. Japanese and Thai, which set no spaces either, are cut by ICU's dictionaries. Everywhere else words end where
//! Unicode (UAX 29) says; Snowball stems let inflections meet where the language has a stemmer, Korean words shed their particles.
//! The terms of a user's file stay whole in every language.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use icu_segmenter::options::{WordBreakInvariantOptions, WordType};
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};
use jieba_rs::Jieba;
use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation;

use crate::fold::{self, Simplifier};
use crate::language::Language;
use crate::script::Script;
use crate::terms::{Found, Terms};

mod chinese;
mod korean;
mod thai;

/// A longer "word" is no word: a key, a hash, a wall of one letter. It is left out.
const WORD_BYTES_MAX: usize = 96;

static SIMPLIFIER: LazyLock<Simplifier> = LazyLock::new(Simplifier::embedded);

/// One word: where it stands in the lower-case text, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) class: Class,
}

impl Word {
    fn new(range: Range<usize>, class: Class) -> Self {
        // A text has 64 KiB at most where the enricher cuts it; whoever cuts more gets words of its first 4 GiB.
        Self { start: range.start as u32, end: range.end as u32, class }
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// What a word can be to a term, as far as its cutter can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// The cutter cannot tell.
    Open,
    /// Names something.
    Noun,
    /// Says how something is, and may stand before a noun within a term.
    Attribute,
    /// Says what is done.
    Verb,
    /// Holds sentences together.
    Function,
    /// A term of the user's file, by its number there.
    Term(u16),
}

/// How a language is cut.
enum Cut {
    Jieba,
    Japanese,
    Thai,
    Unicode,
}

/// The words of one text in one language, in order.
#[derive(Debug, Clone)]
pub struct Tokens {
    language: Option<Language>,
    lower: String,
    /// The text in Simplified characters, byte for byte as long, where that is another one.
    simplified: Option<String>,
    words: Vec<Word>,
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
        self.words.iter().map(|word| &self.lower[word.range()])
    }

    /// Returns the form under which inflections of a word meet, and both scripts of Chinese: the word itself where the language has
    /// neither.
    pub fn stem<'w>(&self, word: &'w str) -> Cow<'w, str> {
        match self.language.and_then(snowball) {
            Some(algorithm) if word.chars().all(is_stemmable) => Stemmer::create(algorithm).stem(word),
            _ if self.language.is_some_and(reads_simplified) => SIMPLIFIER.fold(word),
            _ => Cow::Borrowed(word),
        }
    }

    /// Returns the stem of a word of [`Tokens::plain`].
    pub(crate) fn plain_stem<'w>(&self, word: &'w str) -> Cow<'w, str> {
        if self.language.is_some_and(reads_simplified) { Cow::Borrowed(word) } else { self.stem(word) }
    }

    pub(crate) fn words(&self) -> &[Word] {
        &self.words
    }

    /// Returns the text in which equal words are equal: [`Tokens::lower`], Simplified where it is Chinese.
    pub(crate) fn plain(&self) -> &str {
        self.simplified.as_deref().unwrap_or(&self.lower)
    }
}

/// Cuts texts into words; built once, shared by threads.
pub struct Tokenizer {
    jieba: Jieba,
    dictionary: WordSegmenterBorrowed<'static>,
    terms: Arc<Terms>,
}

impl Tokenizer {
    /// Loads the dictionaries.
    pub fn new() -> Self {
        Self {
            jieba: chinese::dictionary(),
            dictionary: WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()),
            terms: Arc::default(),
        }
    }

    /// Keeps these terms whole.
    #[must_use]
    pub fn with_terms(self, terms: Arc<Terms>) -> Self {
        Self { terms, ..self }
    }

    /// Cuts a text that has been stripped of noise.
    pub fn tokenize(&self, text: &str, language: Option<Language>) -> Tokens {
        let lower = fold::lower(text);
        let simplified = match language {
            Some(language) if reads_simplified(language) => match SIMPLIFIER.fold(&lower) {
                Cow::Owned(simplified) => Some(simplified),
                Cow::Borrowed(_) => None,
            },
            _ => None,
        };
        let plain = simplified.as_deref().unwrap_or(&lower);
        let mut words = match language.map_or(Cut::Unicode, cut) {
            Cut::Jieba => chinese::cut(&self.jieba, plain),
            Cut::Japanese => self.japanese(plain),
            Cut::Thai => self.thai(plain),
            Cut::Unicode => unicode(plain, language),
        };
        words.retain(|word| {
            let range = word.range();
            range.len() <= WORD_BYTES_MAX && plain[range].contains(|c| Script::of(c).is_some())
        });
        if !self.terms.is_empty() {
            let found = match &simplified {
                Some(simplified) => self.terms.find(simplified),
                None => self.terms.find(&SIMPLIFIER.fold(&lower)),
            };
            words = with_whole(words, &found);
        }
        Tokens { language, lower, simplified, words }
    }

    fn japanese(&self, plain: &str) -> Vec<Word> {
        let mut words = Vec::with_capacity(plain.len() / 6);
        let mut start = 0;
        for (end, kind) in self.dictionary.segment_str(plain).iter_with_word_type() {
            if kind == WordType::Letter {
                words.push(Word::new(start..end, Class::Open));
            }
            start = end;
        }
        words
    }

    fn thai(&self, plain: &str) -> Vec<Word> {
        let mut words = Vec::with_capacity(plain.len() / 9);
        thai::cut(plain, self.dictionary, |range| words.push(Word::new(range, Class::Open)));
        words
    }
}

impl Default for Tokenizer {
    fn default() -> Self {
        Self::new()
    }
}

/// Puts the user's terms where they stand, in place of the words they cover; what is left of a word that one cuts through stays.
fn with_whole(words: Vec<Word>, found: &[Found]) -> Vec<Word> {
    if found.is_empty() {
        return words;
    }
    let mut whole = Vec::with_capacity(words.len() + found.len());
    let mut found = found.iter().peekable();
    let mut end = 0;
    for word in words {
        let mut start = word.range().start.max(end);
        while let Some(term) = found.next_if(|term| term.range.start < word.range().end) {
            if start < term.range.start {
                whole.push(Word::new(start..term.range.start, word.class));
            }
            whole.push(Word::new(term.range.clone(), Class::Term(term.number)));
            end = term.range.end;
            start = start.max(end);
        }
        if start < word.range().end {
            whole.push(Word::new(start..word.range().end, word.class));
        }
    }
    whole.extend(found.map(|term| Word::new(term.range.clone(), Class::Term(term.number))));
    whole
}

fn unicode(plain: &str, language: Option<Language>) -> Vec<Word> {
    let mut words = Vec::with_capacity(plain.len() / 5);
    for (at, word) in plain.unicode_word_indices() {
        let (before, after) = affixes(word, language);
        words.push(Word::new(at + before..at + word.len() - after, Class::Open));
    }
    words
}

/// Measures what is written together with a word but is another one: `l'` of French, `dell'` of Italian, `'s` of English, the
/// particles and cries (`ㅋㅋ`) of Korean. Contractions such as "c'est" and "don't" stay whole: they are stop words.
fn affixes(word: &str, language: Option<Language>) -> (usize, usize) {
    match language {
        Some(Language::French | Language::Italian) => {
            let elided = ["l'", "d'", "qu'", "un'", "dell'", "all'", "nell'", "dall'", "sull'", "quest'"];
            let before = elided.into_iter().find(|prefix| word.starts_with(prefix) && word.len() > prefix.len() + 3);
            (before.map_or(0, str::len), 0)
        }
        Some(Language::English) if word.ends_with("'s") && word.len() > 5 => (0, 2),
        Some(Language::Korean) => (0, korean::ending(word)),
        _ => (0, 0),
    }
}

/// Tells whether the stemmers may see a character: they know letters of their language only.
fn is_stemmable(c: char) -> bool {
    c.is_alphabetic() || c == '\''
}

/// Tells whether Traditional characters are the Simplified ones in another hand.
fn reads_simplified(language: Language) -> bool {
    matches!(cut(language), Cut::Jieba)
}

fn cut(language: Language) -> Cut {
    match language {
        Language::Cantonese | Language::Chinese => Cut::Jieba,
        Language::Japanese => Cut::Japanese,
        Language::Thai => Cut::Thai,
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
        | Language::Vietnamese => Cut::Unicode,
    }
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
    use crate::terms::TermsFile;

    #[track_caller]
    fn check_with(tokenizer: &Tokenizer, language: &str, text: &str, expected: &[&str]) {
        let tokens = tokenizer.tokenize(text, Language::from_tag(language));
        assert_eq!(tokens.iter().collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn each_language_is_cut_its_own_way() {
        let tokenizer = Tokenizer::new();
        for (language, text, expected) in [
            ("zh", "物流速度太慢了，iPhone很好", &["物流", "速度", "太慢", "了", "iphone", "很", "好"][..]),
            ("zh", "物流速度太慢了，iPhone很好", &["物流", "速度", "太慢", "了", "iphone", "很", "好"]),
            ("zh", "打開軟體就閃退", &["打開", "軟體", "就", "閃退"]),
            ("ja", "アプリの注文画面が、遅い App", &["アプリ", "の", "注文", "画面", "が", "遅い", "app"]),
            ("th", "อาหารอร่อยมาก ส่งช้า", &["อาหาร", "อร่อย", "มาก", "ส่ง", "ช้า"]),
            ("ko", "배송이 빨라요! 포장은", &["배송", "빨라요", "포장"]),
            ("en", "The customer's PHONE isn’t 2 fast", &["the", "customer", "phone", "isn't", "fast"]),
            ("fr", "L'application n'est pas à l’heure", &["application", "n'est", "pas", "à", "heure"]),
            ("it", "Dell'ordine c'è", &["ordine", "c'è"]),
            ("de", "Größe: über-gut", &["größe", "über", "gut"]),
            ("ru", "Быстрая доставка", &["быстрая", "доставка"]),
            ("und", "12:30 … 👍", &[]),
        ] {
            check_with(&tokenizer, language, text, expected);
        }
    }

    #[test]
    fn both_scripts_of_chinese_are_cut_alike_and_quoted_as_they_are() {
        let tokenizer = Tokenizer::new();
        for (traditional, simplified) in [
            ("客服態度惡劣，還亂收運費", "客服态度恶劣，还乱收运费"),
            ("包裝破損，鍵盤故障，要求退貨", "包装破损，键盘故障，要求退货"),
            ("這個軟體更新後一直閃退", "这个软体更新后一直闪退"),
        ] {
            let [traditional, simplified] =
                [traditional, simplified].map(|text| tokenizer.tokenize(text, Some(Language::Chinese)));
            let stems = |tokens: &Tokens| tokens.iter().map(|word| tokens.stem(word).into_owned()).collect::<Vec<_>>();
            assert_eq!(stems(&traditional), stems(&simplified));
            assert_ne!(traditional.iter().collect::<Vec<_>>(), simplified.iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn terms_stay_whole_in_every_language() {
        let toml = "[[term]]\nname = \"Galaxy Club\"\nsynonyms = [\"银河会员\", \"会员码\", \"会員証\", \"บัตรสมาชิก\", \"갤럭시 클럽\"]";
        let terms = Terms::parse(&TermsFile { name: "mine.toml".to_owned(), toml: toml.to_owned() }).unwrap();
        let tokenizer = Tokenizer::new().with_terms(Arc::new(terms));
        for (language, text, expected) in [
            ("en", "My GALAXY club is gone", &["my", "galaxy club", "is", "gone"][..]),
            ("en", "galaxy clubs", &["galaxy", "clubs"]),
            ("zh", "銀河會員不能用", &["銀河會員", "不能", "用"]),
            ("zh", "会员码头", &["会员码", "头"]),
            ("ja", "会員証を忘れた", &["会員証", "を", "忘れ", "た"]),
            ("th", "ลืมบัตรสมาชิก", &["ลืม", "บัตรสมาชิก"]),
            ("ko", "갤럭시 클럽은 별로", &["갤럭시 클럽", "별로"]),
            ("und", "Galaxy Club", &["galaxy club"]),
        ] {
            check_with(&tokenizer, language, text, expected);
        }
    }

    #[test]
    fn a_wall_of_letters_is_no_word() {
        let wall = format!("good {} app", "z".repeat(10_000));
        check_with(&Tokenizer::new(), "en", &wall, &["good", "app"]);
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
            ("zh", "態度", "态度"),
        ] {
            let tokens = tokenizer.tokenize("", Language::from_tag(language));
            assert_eq!(tokens.stem(one), tokens.stem(other), "{language}");
        }
        assert_eq!(tokenizer.tokenize("", Some(Language::Japanese)).stem("態度"), "態度");
    }
}

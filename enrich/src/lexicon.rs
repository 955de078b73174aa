//! Cues for feelings: the files `lexicon/*.toml`, and the scan that finds them.
//!
//! Format, all forms in lower case:
//! - `gap`: how many words (characters where the script has no spaces) may stand between a negator and what it negates;
//! - `[cues]`: weight → forms; from `"-3"` (strongly negative) to `"3"` (strongly positive);
//! - `[intensifiers]`: factor → forms that strengthen or weaken the cue after them;
//! - `[negators]`: `next` turn the cue after them, `previous` the cue before them; a form may stand in both. `praise_only` names
//!   those of them that leave blame as it is: who *cannot* pay for a crash has a crash. `on` lets a negation that turned a cue turn
//!   the next one too: "never crashes or freezes";
//! - `stops`: across these, no negation reaches blame, and none reaches back: "不到一周就坏了";
//! - `wishes`: negators of their clause leave blame as it is: what is wished away is there;
//! - `contrast`: after these the speaker says what counts more;
//! - `plain`: words in which a shorter cue would be found by mistake;
//! - `prefixes`: what may be written in front of any form without a space, as Arabic does with "and" and "the";
//! - `concord`: whether two negators of one reach are one, as in "non … mai", where else they cancel out;
//! - `alike`: groups of letters that writers exchange, each of as many bytes; all are read as the first of their group.
//!
//! The longest form wins. A negator before which kanji or katakana stand turns that word and nothing before it. A form of letters that are written with spaces matches whole words only; a trailing `*` lets the
//! word go on.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::iter::once;
use std::ops::Range;

use serde::Deserialize;

use crate::language::Language;
use crate::script::{Script, is_hiragana, is_spaced};

/// What a found form does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cue {
    /// A feeling, from −3 to 3.
    Feeling(f64),
    /// Turns the feeling after it, before it, or whichever is there.
    Negator {
        /// Turns what follows.
        next: bool,
        /// Turns what went before.
        previous: bool,
        /// Turns blame too, not praise alone.
        blame: bool,
    },
    /// Hands a negation that turned a cue on to the next one.
    NegationGoesOn,
    /// No negation reaches blame across it, and none reaches back.
    Stop,
    /// The clause speaks of what should be.
    Wish,
    /// Multiplies the feeling after it.
    Intensifier(f64),
    /// What follows counts more than what went before.
    Contrast,
    /// A word that means nothing here.
    Plain,
}

/// One step of a scan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mark {
    /// A form of the lexicon.
    Cue(Cue),
    /// A word or character that the lexicon does not know.
    Step {
        /// Whether it is no ending of the word before: no negator after it means what stands before it.
        is_word: bool,
    },
    /// The end of a clause.
    ClauseEnd,
    /// The end of a sentence.
    SentenceEnd {
        /// Whether it asks.
        asks: bool,
    },
}

/// Why a lexicon is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LexiconError {
    /// The file does not follow the format.
    #[error("lexicon {name} cannot be read: {reason}")]
    Syntax {
        /// Which lexicon.
        name: String,
        /// What the parser says, with the line.
        reason: String,
    },
    /// A weight or a factor is no number or too large.
    #[error("lexicon {name}: {number:?} is no weight from -3 to 3 and no factor from 0 to 3; correct the key")]
    Number {
        /// Which lexicon.
        name: String,
        /// The key.
        number: String,
    },
    /// The letters of a group that is read as one differ in length, and places in the text would shift.
    #[error("lexicon {name}: {group:?} has letters of different length; keep those that have as many bytes")]
    Alike {
        /// Which lexicon.
        name: String,
        /// The group.
        group: String,
    },
    /// A form stands in two places.
    #[error("lexicon {name}: {form:?} stands twice; keep one")]
    Twice {
        /// Which lexicon.
        name: String,
        /// The form.
        form: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    gap: u32,
    #[serde(default)]
    concord: bool,
    #[serde(default)]
    cues: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    intensifiers: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    negators: Negators,
    #[serde(default)]
    stops: Vec<String>,
    #[serde(default)]
    wishes: Vec<String>,
    #[serde(default)]
    contrast: Vec<String>,
    #[serde(default)]
    plain: Vec<String>,
    #[serde(default)]
    prefixes: Vec<String>,
    #[serde(default)]
    alike: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Negators {
    #[serde(default)]
    next: Vec<String>,
    #[serde(default)]
    previous: Vec<String>,
    #[serde(default)]
    praise_only: Vec<String>,
    #[serde(default)]
    on: Vec<String>,
}

struct Form {
    text: Box<str>,
    is_prefix: bool,
    cue: Cue,
}

/// The cues of one language.
pub struct Lexicon {
    gap: u32,
    concord: bool,
    /// By first character, longest first.
    forms: HashMap<char, Vec<Form>>,
    /// Longest first.
    prefixes: Vec<String>,
    /// Letters and how they are read.
    alike: Vec<(char, char)>,
}

impl Lexicon {
    /// Reads a lexicon file; `name` stands in errors.
    pub fn parse(name: &str, toml: &str) -> Result<Self, LexiconError> {
        let file: File = toml::from_str(toml)
            .map_err(|error| LexiconError::Syntax { name: name.to_owned(), reason: error.to_string() })?;
        let mut prefixes = file.prefixes;
        prefixes.sort_by_key(|prefix| std::cmp::Reverse(prefix.len()));
        let alike = alike(name, &file.alike)?;
        let mut lexicon = Self { gap: file.gap, concord: file.concord, forms: HashMap::new(), prefixes, alike };
        for (weight, forms) in &file.cues {
            let weight = number(name, weight, -3.0)?;
            lexicon.add(name, forms, Cue::Feeling(weight))?;
        }
        for (factor, forms) in &file.intensifiers {
            let factor = number(name, factor, 0.0)?;
            lexicon.add(name, forms, Cue::Intensifier(factor))?;
        }
        lexicon.add_negators(name, &file.negators)?;
        lexicon.add(name, &file.stops, Cue::Stop)?;
        lexicon.add(name, &file.wishes, Cue::Wish)?;
        lexicon.add(name, &file.contrast, Cue::Contrast)?;
        lexicon.add(name, &file.plain, Cue::Plain)?;
        for forms in lexicon.forms.values_mut() {
            forms.sort_by_key(|form| std::cmp::Reverse(form.text.len()));
        }
        Ok(lexicon)
    }

    /// Returns how far a negator or an intensifier reaches, in [`Mark::Step`]s.
    pub fn gap(&self) -> u32 {
        self.gap
    }

    /// Tells whether a second negator repeats the first instead of undoing it.
    pub fn concord(&self) -> bool {
        self.concord
    }

    /// Tells whether a cue opens with a negator that a negator before it repeats: "никто … не отвечает".
    pub fn repeats_negator(&self, cue: &str) -> bool {
        let negates = |word: &str| {
            let found = word.chars().next().and_then(|first| self.longest(word, first));
            matches!(found, Some((Cue::Negator { .. }, _)))
        };
        self.concord && cue.split_once(' ').is_some_and(|(word, _)| negates(word))
    }

    /// Writes letters that are alike as one; every place in the text stays.
    pub fn spell<'t>(&self, lower: &'t str) -> Cow<'t, str> {
        match self.alike.is_empty() {
            true => Cow::Borrowed(lower),
            false => Cow::Owned(lower.chars().map(|c| self.letter(c)).collect()),
        }
    }

    fn letter(&self, c: char) -> char {
        self.alike.iter().find(|(from, _)| *from == c).map_or(c, |&(_, to)| to)
    }

    /// Walks through a lower-case text, as [`Lexicon::spell`] writes it, and says what stands there, in order, each with its
    /// bytes.
    pub fn scan<'t>(&'t self, lower: &'t str) -> impl Iterator<Item = (Mark, Range<usize>)> + 't {
        let mut at = 0;
        let mut before = None;
        std::iter::from_fn(move || {
            while let Some(here) = lower[at..].chars().next() {
                let rest = &lower[at..];
                let starts_word = !(is_within_word(here) && before.is_some_and(is_within_word));
                let found = if starts_word { self.word(rest, here) } else { None };
                let (mark, bytes) = match found {
                    Some((cue, bytes)) => (Some(Mark::Cue(cue)), bytes),
                    None if starts_word && here.is_alphanumeric() => (Some(step(here)), here.len_utf8()),
                    None => (punctuation(before, rest), here.len_utf8()),
                };
                before = rest[..bytes].chars().next_back();
                let start = at;
                at += bytes;
                if let Some(mark) = mark {
                    return Some((mark, start..at));
                }
            }
            None
        })
    }

    /// Finds the form that a word starts with, else the one behind a prefix.
    fn word(&self, rest: &str, first: char) -> Option<(Cue, usize)> {
        self.longest(rest, first).or_else(|| {
            self.prefixes.iter().find_map(|prefix| {
                let after = rest.strip_prefix(&**prefix)?;
                let (cue, bytes) = self.longest(after, after.chars().next()?)?;
                Some((cue, prefix.len() + bytes))
            })
        })
    }

    fn longest(&self, rest: &str, first: char) -> Option<(Cue, usize)> {
        self.forms.get(&first)?.iter().find_map(|form| {
            let after = rest.strip_prefix(&*form.text)?;
            let word_goes_on = after.chars().next().is_some_and(is_within_word) && form.text.ends_with(is_within_word);
            match (word_goes_on, form.is_prefix) {
                (true, false) => None,
                (true, true) => Some((form.cue, rest.len() - after.trim_start_matches(is_within_word).len())),
                (false, _) => Some((form.cue, form.text.len())),
            }
        })
    }

    fn add_negators(&mut self, name: &str, negators: &Negators) -> Result<(), LexiconError> {
        let Negators { next, previous, praise_only, on } = negators;
        for form in next.iter().chain(previous.iter().filter(|form| !next.contains(form))) {
            let (next, previous) = (next.contains(form), previous.contains(form));
            let cue = Cue::Negator { next, previous, blame: !praise_only.contains(form) };
            self.add(name, std::slice::from_ref(form), cue)?;
        }
        self.add(name, on, Cue::NegationGoesOn)
    }

    fn add(&mut self, name: &str, forms: &[String], cue: Cue) -> Result<(), LexiconError> {
        for form in forms {
            let text: String = form.strip_suffix('*').unwrap_or(form).chars().map(|c| self.letter(c)).collect();
            let error = || LexiconError::Twice { name: name.to_owned(), form: form.clone() };
            let Some(first) = text.chars().next() else { return Err(error()) };
            let known = self.forms.entry(first).or_default();
            if known.iter().any(|other| *other.text == text) {
                return Err(error());
            }
            known.push(Form { text: text.into(), is_prefix: form.ends_with('*'), cue });
        }
        Ok(())
    }
}

/// Returns the lexicon file of a language, if it has one.
pub(crate) fn file(language: Language) -> Option<&'static str> {
    match language {
        Language::Arabic => Some(include_str!("../lexicon/ar.toml")),
        Language::Cantonese | Language::Chinese => Some(include_str!("../lexicon/zh.toml")),
        Language::Dutch => Some(include_str!("../lexicon/nl.toml")),
        Language::English => Some(include_str!("../lexicon/en.toml")),
        Language::French => Some(include_str!("../lexicon/fr.toml")),
        Language::German => Some(include_str!("../lexicon/de.toml")),
        Language::Hindi => Some(include_str!("../lexicon/hi.toml")),
        Language::Indonesian => Some(include_str!("../lexicon/id.toml")),
        Language::Italian => Some(include_str!("../lexicon/it.toml")),
        Language::Japanese => Some(include_str!("../lexicon/ja.toml")),
        Language::Korean => Some(include_str!("../lexicon/ko.toml")),
        Language::Polish => Some(include_str!("../lexicon/pl.toml")),
        Language::Portuguese => Some(include_str!("../lexicon/pt.toml")),
        Language::Russian => Some(include_str!("../lexicon/ru.toml")),
        Language::Spanish => Some(include_str!("../lexicon/es.toml")),
        Language::Thai => Some(include_str!("../lexicon/th.toml")),
        Language::Turkish => Some(include_str!("../lexicon/tr.toml")),
        Language::Vietnamese => Some(include_str!("../lexicon/vi.toml")),
    }
}

/// The lexicon of emoji, emoticons and emotes.
pub(crate) const EMOJI: &str = include_str!("../lexicon/emoji.toml");

fn number(name: &str, key: &str, min: f64) -> Result<f64, LexiconError> {
    let number = key.parse::<f64>().ok().filter(|number| (min..=3.0).contains(number));
    number.ok_or_else(|| LexiconError::Number { name: name.to_owned(), number: key.to_owned() })
}

/// Reads groups of letters that are alike.
fn alike(name: &str, groups: &[String]) -> Result<Vec<(char, char)>, LexiconError> {
    let mut pairs = Vec::new();
    for group in groups {
        let mut letters = group.chars();
        let Some(to) = letters.next() else { continue };
        for from in letters {
            if from.len_utf8() != to.len_utf8() {
                return Err(LexiconError::Alike { name: name.to_owned(), group: group.clone() });
            }
            pairs.push((from, to));
        }
    }
    Ok(pairs)
}

/// Tells whether a character belongs to words that spaces set apart; the virama and the nukta of Devanagari are no letters, but do.
fn is_within_word(c: char) -> bool {
    is_spaced(c) || matches!(c, '\u{93c}' | '\u{94d}')
}

/// In Japanese, endings are hiragana; elsewhere a space tells words apart, or nothing is negated from behind.
fn step(here: char) -> Mark {
    let is_word = match Script::of(here) {
        Some(Script::Han) => true,
        Some(Script::Kana) => !is_hiragana(here),
        Some(
            Script::Latin
            | Script::Hangul
            | Script::Cyrillic
            | Script::Arabic
            | Script::Devanagari
            | Script::Thai
            | Script::Other,
        )
        | None => false,
    };
    Mark::Step { is_word }
}

/// Reads what ends a clause or a sentence; a point between digits does not, a space between Chinese, Japanese
/// or Thai characters stands for a comma.
pub(crate) fn punctuation(before: Option<char>, rest: &str) -> Option<Mark> {
    let mut chars = rest.chars();
    let here = chars.next()?;
    let after = chars.next();
    let sets_no_spaces = |c: Option<char>| {
        c.is_some_and(|c| {
            matches!(c, '\u{e00}'..='\u{e7f}') || matches!(Script::of(c), Some(Script::Han | Script::Kana))
        })
    };
    match here {
        '?' | '？' => Some(Mark::SentenceEnd { asks: true }),
        '!' | '！' | '。' | '\n' | '…' | ';' | '；' | '।' | '؟' => Some(Mark::SentenceEnd { asks: false }),
        '.' if !once(before).chain(once(after)).all(|c| c.is_some_and(char::is_alphanumeric)) => {
            Some(Mark::SentenceEnd { asks: false })
        }
        ',' if !before.is_some_and(|c| c.is_ascii_digit()) => Some(Mark::ClauseEnd),
        '，' | '、' | ':' | '：' | '(' | ')' | '（' | '）' | '~' | '～' | '—' | '–' | '،' => {
            Some(Mark::ClauseEnd)
        }
        '-' if before == Some(' ') && after == Some(' ') => Some(Mark::ClauseEnd),
        _ if here.is_whitespace() && sets_no_spaces(before) && sets_no_spaces(after) => Some(Mark::ClauseEnd),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Mark = Mark::Step { is_word: false };
    const WORD: Mark = Mark::Step { is_word: true };
    const SMALL: &str = r#"
        gap = 2
        contrast = ["but", "但"]
        plain = ["你好"]
        stops = ["就"]
        wishes = ["if"]
        [cues]
        "2" = ["good", "love*", "好", ":)"]
        "-2" = ["not working"]
        [intensifiers]
        "1.5" = ["very"]
        [negators]
        next = ["not", "pas", "cannot"]
        previous = ["pas", "ない"]
        praise_only = ["cannot"]
        on = ["or"]
    "#;

    fn check(text: &str, expected: &[Mark]) {
        let lexicon = Lexicon::parse("small", SMALL).unwrap();
        assert_eq!(lexicon.scan(text).map(|(mark, _)| mark).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn forms_are_found_where_they_are_words() {
        let good = Mark::Cue(Cue::Feeling(2.0));
        check("good", &[good]);
        check("goodness loved", &[STEP, good]);
        check("not working", &[Mark::Cue(Cue::Feeling(-2.0))]);
        check(
            "not very good",
            &[
                Mark::Cue(Cue::Negator { next: true, previous: false, blame: true }),
                Mark::Cue(Cue::Intensifier(1.5)),
                good,
            ],
        );
        check("pas", &[Mark::Cue(Cue::Negator { next: true, previous: true, blame: true })]);
        check("好ない", &[good, Mark::Cue(Cue::Negator { next: false, previous: true, blame: true })]);
        check("你好，好但x", &[Mark::Cue(Cue::Plain), Mark::ClauseEnd, good, Mark::Cue(Cue::Contrast), STEP]);
        check("ok:)", &[STEP, good]);
        let cannot = Mark::Cue(Cue::Negator { next: true, previous: false, blame: false });
        check("if cannot or 就", &[Mark::Cue(Cue::Wish), cannot, Mark::Cue(Cue::NegationGoesOn), Mark::Cue(Cue::Stop)]);
    }

    #[test]
    fn sentences_and_clauses_end() {
        check(
            "v3.5 a, b. c?",
            &[
                STEP,
                STEP,
                STEP,
                Mark::ClauseEnd,
                STEP,
                Mark::SentenceEnd { asks: false },
                STEP,
                Mark::SentenceEnd { asks: true },
            ],
        );
        check("中 文", &[WORD, Mark::ClauseEnd, WORD]);
        check("カて", &[WORD, STEP]);
        check("1,000", &[STEP, STEP]);
    }

    #[test]
    fn one_spelling_for_letters_alike_and_prefixes_before_a_form() {
        let toml = "gap = 2\nprefixes = [\"و\", \"وال\"]\nalike = [\"اأ\", \"هة\"]\n[cues]\n\"2\" = [\"أمانة\"]\n\"-2\" = [\"धन*\"]";
        let lexicon = Lexicon::parse("small", toml).unwrap();
        let good = Mark::Cue(Cue::Feeling(2.0));
        for (text, expected) in [
            ("امانه", good),
            ("وأمانة", good),
            ("والأمانه", good),
            ("فأمانة", STEP),
            ("धन्य", Mark::Cue(Cue::Feeling(-2.0))),
            ("न्धन", STEP),
        ] {
            let spelled = lexicon.spell(text);
            assert_eq!(lexicon.scan(&spelled).map(|(mark, _)| mark).collect::<Vec<_>>(), [expected], "{text}");
        }
    }

    #[test]
    fn a_negator_that_is_repeated_is_one() {
        let toml =
            "gap = 2\nconcord = true\n[cues]\n\"-2\" = [\"не работает\", \"очень плохо\"]\n[negators]\nnext = [\"не\"]";
        let lexicon = Lexicon::parse("small", toml).unwrap();
        assert!(lexicon.concord() && lexicon.repeats_negator("не работает"));
        assert!(!lexicon.repeats_negator("очень плохо"));
    }

    #[test]
    fn a_bad_file_is_refused_with_its_reason() {
        for (toml, expected) in [
            ("gap = 1\n[cues]\n\"4\" = [\"x\"]", "\"4\" is no weight"),
            ("gap = 1\n[cues]\n\"1\" = [\"x\", \"x*\"]", "\"x*\" stands twice"),
            ("gap = 1\nplain = [\"\"]", "\"\" stands twice"),
            ("gap = 1\nalike = [\"iı\"]", "letters of different length"),
            ("gap = 1\nfoo = 1", "unknown field `foo`"),
        ] {
            let error = Lexicon::parse("mine", toml).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(expected) && error.contains("mine"), "{error}");
        }
    }

    #[test]
    fn every_file_is_valid_and_lower_case() {
        let files = Language::ALL.into_iter().filter_map(|language| Some((language.code(), file(language)?)));
        for (name, toml) in files.chain([("emoji", EMOJI)]) {
            let lexicon = Lexicon::parse(name, toml).unwrap();
            for form in lexicon.forms.values().flatten() {
                assert_eq!(*form.text, *form.text.to_lowercase(), "{name}");
            }
        }
    }
}

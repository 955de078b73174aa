//! Words of a user's own business: the file `enrich.terms`.
//!
//! ```toml
//! [[term]]
//! name = "Galaxy Club"
//! synonyms = ["银河会员", "galaxy membership", "갤럭시 클럽"]
//! ```
//!
//! A term stays whole however a language is cut, ranks above ordinary words, and is shown under its name whichever of its
//! synonyms a customer wrote. Case, width and the two scripts of Chinese make no difference; an inflection that stands alone does,
//! so `synonyms` lists it.

use std::collections::HashMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use serde::Deserialize;

use crate::fold::{self, Simplifier};
use crate::script::is_spaced;

/// The most terms a file may hold: their numbers fit 16 bits.
const TERMS_MAX: usize = 20_000;
/// A longer name is a sentence.
const NAME_CHARS_MAX: usize = 60;

/// A user's file of terms, read but not understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TermsFile {
    /// What to call it in errors.
    pub name: String,
    /// Its content; empty where there is none.
    pub toml: String,
}

impl TermsFile {
    /// Tells what is wrong with it.
    pub fn check(&self) -> Result<(), TermsError> {
        Terms::parse(self).map(drop)
    }
}

/// Why a file of terms cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// It is no TOML, or has fields that terms do not have.
    #[error("{file}, {said}; a term is `[[term]]` with `name = \"…\"` and, if you like, `synonyms = [\"…\", …]`")]
    Toml {
        /// Whose it is.
        file: String,
        /// Where, and what the parser says.
        said: String,
    },
    /// A word that cannot be found in a text.
    #[error(
        "{file}, line {line}: {word:?} cannot be a term; it needs a letter, and at least two characters but no more than {NAME_CHARS_MAX}"
    )]
    Word {
        /// Whose it is.
        file: String,
        /// Where.
        line: usize,
        /// What stands there.
        word: String,
    },
    /// A word of two terms.
    #[error("{file}, line {line}: {word:?} belongs to {other:?} already; leave it with one of them")]
    Twice {
        /// Whose it is.
        file: String,
        /// Where the second stands.
        line: usize,
        /// What stands there.
        word: String,
        /// Whose it is.
        other: String,
    },
    /// Too many terms.
    #[error("{file} holds {count} terms; {TERMS_MAX} are the most, so leave the rarest out")]
    TooMany {
        /// Whose it is.
        file: String,
        /// How many there are.
        count: usize,
    },
    /// The words together are more than the matcher takes.
    #[error("{file}: its words cannot be searched for together: {said}; leave the rarest out")]
    Matcher {
        /// Whose it is.
        file: String,
        /// What the matcher says.
        said: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    #[serde(default)]
    term: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: toml::Spanned<String>,
    #[serde(default)]
    synonyms: Vec<toml::Spanned<String>>,
}

/// Where a term stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) range: Range<usize>,
    pub(crate) number: u16,
}

/// The terms, and all their words in one matcher.
#[derive(Debug, Default)]
pub struct Terms {
    names: Vec<Name>,
    matcher: Option<AhoCorasick>,
    /// The term of each of the matcher's patterns.
    numbers: Vec<u16>,
}

/// How a term is shown, and the form under which its synonyms meet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) shown: String,
    pub(crate) stem: String,
}

impl Terms {
    /// Reads a file; an empty one gives no terms.
    ///
    /// # Errors
    /// What is wrong with it, with the line.
    pub fn parse(file: &TermsFile) -> Result<Self, TermsError> {
        let content: Content = toml::from_str(&file.toml).map_err(|error| {
            let line = error.span().map_or(1, |span| line(&file.toml, span.start));
            TermsError::Toml { file: file.name.clone(), said: format!("line {line}: {}", error.message()) }
        })?;
        if content.term.len() > TERMS_MAX {
            return Err(TermsError::TooMany { file: file.name.clone(), count: content.term.len() });
        }
        let simplifier = Simplifier::embedded();
        let (mut names, mut patterns, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
        let mut owners: HashMap<String, u16> = HashMap::new();
        for (entry, number) in content.term.iter().zip(0..) {
            let folded = |word: &str| simplifier.fold(&fold::lower(word.trim())).into_owned();
            names.push(Name { shown: entry.name.get_ref().trim().to_owned(), stem: folded(entry.name.get_ref()) });
            for word in std::iter::once(&entry.name).chain(&entry.synonyms) {
                let pattern = folded(word.get_ref());
                let place = || (file.name.clone(), line(&file.toml, word.span().start), word.get_ref().clone());
                let chars = pattern.chars().count();
                if !(2..=NAME_CHARS_MAX).contains(&chars) || !pattern.contains(char::is_alphabetic) {
                    let (file, line, word) = place();
                    return Err(TermsError::Word { file, line, word });
                }
                match owners.insert(pattern.clone(), number) {
                    // A synonym may repeat its own term in another case or script.
                    Some(owner) if owner == number => {}
                    Some(owner) => {
                        let (file, line, word) = place();
                        let other = names[usize::from(owner)].shown.clone();
                        return Err(TermsError::Twice { file, line, word, other });
                    }
                    None => {
                        patterns.push(pattern);
                        numbers.push(number);
                    }
                }
            }
        }
        let matcher = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&patterns);
        let matcher =
            matcher.map_err(|error| TermsError::Matcher { file: file.name.clone(), said: error.to_string() })?;
        Ok(Self { matcher: Some(matcher).filter(|_| !names.is_empty()), names, numbers })
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Finds the terms of a text in lower case and Simplified characters: the longest at each place, in order.
    pub(crate) fn find(&self, folded: &str) -> Vec<Found> {
        let Some(matcher) = &self.matcher else { return Vec::new() };
        let mut found = Vec::new();
        let mut at = 0;
        // A match that is part of a longer word is none, and must not hide one that begins within it.
        while let Some(hit) = matcher.find(aho_corasick::Input::new(folded).range(at..)) {
            let range = hit.range();
            if is_whole(folded, &range) {
                at = range.end;
                found.push(Found { range, number: self.numbers[hit.pattern().as_usize()] });
            } else {
                at = range.start + folded[range.start..].chars().next().map_or(1, char::len_utf8);
            }
        }
        found
    }

    /// Returns the name of a term.
    pub(crate) fn name(&self, number: u16) -> Option<&Name> {
        self.names.get(usize::from(number))
    }
}

/// Tells whether no letter of a language with spaces is cut off at either end.
fn is_whole(text: &str, range: &Range<usize>) -> bool {
    let joins = |left: Option<char>, right: Option<char>| left.is_some_and(is_spaced) && right.is_some_and(is_spaced);
    let inside = &text[range.clone()];
    !joins(text[..range.start].chars().next_back(), inside.chars().next())
        && !joins(inside.chars().next_back(), text[range.end..].chars().next())
}

fn line(toml: &str, at: usize) -> usize {
    toml.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(toml: &str) -> Result<Terms, TermsError> {
        Terms::parse(&TermsFile { name: "mine.toml".to_owned(), toml: toml.to_owned() })
    }

    #[test]
    fn the_longest_whole_word_is_found() {
        let terms = parse(
            "[[term]]\nname = \"App\"\nsynonyms = [\"应用\"]\n[[term]]\nname = \"App Store\"\nsynonyms = [\"應用商店\", \"ＡＰＰストア\"]",
        )
        .unwrap();
        for (text, expected) in [
            ("the app crashes", &["App"][..]),
            ("the app store, the app", &["App Store", "App"]),
            ("apps apple snap app", &["App"]),
            ("应用商店里的应用", &["App Store", "App"]),
            ("この appストアの", &["App Store"]),
            ("app的问题", &["App"]),
            ("", &[]),
        ] {
            let found = terms.find(text);
            let names: Vec<&str> =
                found.iter().filter_map(|found| terms.name(found.number)).map(|name| name.shown.as_str()).collect();
            assert_eq!(names, expected, "{text}");
        }
        assert_eq!(terms.name(1).map(|name| name.stem.as_str()), Some("app store"));
    }

    #[test]
    fn a_bad_file_is_refused_with_its_place() {
        for (toml, expected) in [
            ("[[term]]\nname = \"\"", "mine.toml, line 2: \"\" cannot be a term"),
            ("[[term]]\nname = \"ab\"\nsynonyms = [\n\"12\"]", "line 4: \"12\" cannot be a term"),
            ("[[term]]\nname = \"價格\"\n[[term]]\nname = \"价格\"", "line 4: \"价格\" belongs to \"價格\" already"),
            ("[[term]]\nsynonyms = []", "missing field `name`"),
            ("[[terms]]\nname = \"ab\"", "unknown field `terms`"),
            ("[[term]", "line 1"),
        ] {
            let said = parse(toml).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(said.starts_with("mine.toml") && said.contains(expected), "{said}");
        }
        assert!(parse("[[term]]\nname = \"價格\"\nsynonyms = [\"价格\"]").is_ok());
        assert!(parse("").is_ok_and(|terms| terms.is_empty()));
    }

    #[test]
    fn the_sample_can_be_used() {
        let terms = parse(include_str!("../../deploy/local/terms.toml")).unwrap();
        assert_eq!(terms.find("门市取货 and a trade-in").len(), 2);
    }
}

//! The rule file: what it holds, and why one is refused.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::OriginRules;
use crate::fold::Simplifier;
use crate::phrases::{self, Draft, PhraseError, Phrases};

/// As many groups of weak phrases fit into a tally.
const GROUPS_MAX: usize = 32;

/// A file of rules as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginFile {
    /// Stands in errors: a path.
    pub name: String,
    /// What it holds.
    pub toml: String,
}

impl Default for OriginFile {
    /// Returns the one that is part of the binary.
    fn default() -> Self {
        Self { name: "origin.toml".to_owned(), toml: include_str!("../../origin.toml").to_owned() }
    }
}

impl OriginFile {
    /// Checks what the enricher would refuse.
    ///
    /// # Errors
    /// What is wrong with the file, with the section, the phrase and the line.
    pub fn check(&self) -> Result<(), OriginError> {
        OriginRules::parse(self, &Simplifier::embedded()).map(drop)
    }
}

/// Why a file of rules is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OriginError {
    /// The file does not follow the format.
    #[error("{file} cannot be read: {reason}")]
    Syntax {
        /// Which file.
        file: String,
        /// What the parser says, with the line.
        reason: String,
    },
    /// The bound on damage is no share.
    #[error("{file}, line {line}: garbled_share is {value}; it must lie between 0 and 1")]
    Share {
        /// Which file.
        file: String,
        /// Where.
        line: usize,
        /// What it says.
        value: f64,
    },
    /// The phrases cannot be used.
    #[error(transparent)]
    Phrase(#[from] PhraseError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    garbled_share: Option<Spanned<f64>>,
    #[serde(default)]
    default_praise: Vec<Spanned<String>>,
    #[serde(default)]
    repost_only: Vec<Spanned<String>>,
    #[serde(default)]
    repost_marks: Phrases,
    #[serde(default)]
    automated: Section,
    #[serde(default)]
    promotional: Section,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Section {
    strong: Phrases,
    opening: Phrases,
    weak: BTreeMap<String, Phrases>,
    against: Phrases,
    plain: Phrases,
}

/// What a phrase is evidence for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    RepostMark,
    Automated,
    Promotional,
}

/// How much a phrase says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Strong,
    /// Strong where it begins a line.
    Opening,
    /// Strong beside one of another group, which are numbered.
    Weak(usize),
    Against,
    Plain,
}

/// All that one phrase says; one role for each kind.
#[derive(Clone)]
pub(super) struct Meaning(pub(super) Vec<(Kind, Role)>);

impl phrases::Meaning for Meaning {
    fn join(&mut self, other: &Self) -> bool {
        for &(kind, role) in &other.0 {
            match self.0.iter().find(|(known, _)| *known == kind) {
                Some((_, known)) if *known != role => return false,
                Some(_) => {}
                None => self.0.push((kind, role)),
            }
        }
        true
    }
}

/// The letters and digits of a whole text, folded.
pub(super) struct WholeText {
    letters: Vec<char>,
    goes_on: bool,
}

impl WholeText {
    fn new(written: &str, simplifier: &Simplifier) -> Self {
        let letters = simplifier.lower(written).chars().filter(|c| c.is_alphanumeric()).collect();
        Self { letters, goes_on: written.ends_with('*') }
    }

    /// Returns the letter a text has to begin with.
    pub(super) fn first(&self) -> Option<char> {
        self.letters.first().copied()
    }

    /// Tells whether a folded text has these letters and no other.
    pub(super) fn matches(&self, folded: &str) -> bool {
        let mut letters = folded.chars().filter(|c| c.is_alphanumeric());
        self.letters.iter().all(|&letter| letters.next() == Some(letter)) && (self.goes_on || letters.next().is_none())
    }
}

impl OriginRules {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// What is wrong with it, with the section, the phrase and the line.
    pub(crate) fn parse(file: &OriginFile, simplifier: &Simplifier) -> Result<Self, OriginError> {
        let rules: File = toml::from_str(&file.toml)
            .map_err(|error| OriginError::Syntax { file: file.name.clone(), reason: error.to_string() })?;
        let mut draft = Draft::new(&file.name, &file.toml, simplifier);
        draft.add("repost_marks", "repost_marks", &rules.repost_marks, |_| {
            Meaning(vec![(Kind::RepostMark, Role::Strong)])
        })?;
        add(&mut draft, "automated", Kind::Automated, &rules.automated)?;
        add(&mut draft, "promotional", Kind::Promotional, &rules.promotional)?;
        for (name, section) in [("automated", &rules.automated), ("promotional", &rules.promotional)] {
            if section.weak.len() > GROUPS_MAX {
                let reason = format!("[{name}] has more than {GROUPS_MAX} groups of weak phrases; join some");
                return Err(PhraseError::TooMany { file: file.name.clone(), reason }.into());
            }
        }
        let default_praise = file.whole_texts("default_praise", &rules.default_praise, simplifier)?;
        let repost_only = file.whole_texts("repost_only", &rules.repost_only, simplifier)?;
        Ok(Self {
            default_praise,
            repost_only,
            phrases: draft.finish(),
            garbled_share: file.share(rules.garbled_share)?,
        })
    }
}

fn add(draft: &mut Draft<'_, Meaning>, name: &str, kind: Kind, section: &Section) -> Result<(), PhraseError> {
    let Section { strong, opening, weak, against, plain } = section;
    for (key, phrases, role) in [
        ("strong", strong, Role::Strong),
        ("opening", opening, Role::Opening),
        ("against", against, Role::Against),
        ("plain", plain, Role::Plain),
    ] {
        draft.add(name, key, phrases, |_| Meaning(vec![(kind, role)]))?;
    }
    for (group, (key, phrases)) in weak.iter().enumerate() {
        draft.add(name, &format!("weak.{key}"), phrases, |_| Meaning(vec![(kind, Role::Weak(group))]))?;
    }
    Ok(())
}

impl OriginFile {
    fn whole_texts(
        &self,
        section: &str,
        texts: &[Spanned<String>],
        simplifier: &Simplifier,
    ) -> Result<Vec<WholeText>, PhraseError> {
        let whole = |text: &Spanned<String>| {
            let whole = WholeText::new(text.get_ref(), simplifier);
            if whole.letters.is_empty() {
                let (file, line) = (self.name.clone(), self.line(text.span().start));
                let phrase = text.get_ref().clone();
                return Err(PhraseError::Blank { file, line, section: section.to_owned(), phrase });
            }
            Ok(whole)
        };
        texts.iter().map(whole).collect()
    }

    fn share(&self, said: Option<Spanned<f64>>) -> Result<f64, OriginError> {
        const MOSTLY: f64 = 0.5;
        let Some(said) = said else { return Ok(MOSTLY) };
        let (line, value) = (self.line(said.span().start), said.into_inner());
        let is_share = (0.0..=1.0).contains(&value);
        if is_share { Ok(value) } else { Err(OriginError::Share { file: self.name.clone(), line, value }) }
    }

    fn line(&self, byte: usize) -> usize {
        self.toml[..byte].matches('\n').count() + 1
    }
}

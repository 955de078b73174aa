//! Which words say what a customer means: the file `intents.toml`, or a user's own of the same format.
//!
//! Format; how phrases are written is said in `phrases.rs`:
//! - `[intent.KIND]`: `sure`, `likely`, `faint`: language → phrases, by how far the words alone can be trusted; `plain`: the same, words in
//!   which a phrase would be found by mistake; `unless`: what keeps the kind from firing, out of `negated`, `supposed`, `reported`, `asked`.
//!   A phrase may stand under several kinds.
//! - `[guard.GUARD]`: `ahead` reaches words behind it, `next` only the very next ones, `behind` words before it. The guards: `negated`; `supposed`,
//!   what only might happen; `demanded` lifts that again: "if you don't …" is no supposition but a threat; `reported`, what others say or
//!   want; `plain`, words in which a guard would be found by mistake. A guard in Latin letters counts in texts of its language only:
//!   "si" is "if" in Spanish, not in Italian.
//! - `[effort]`: `high`, `low`: language → phrases; `plain`.
//! - `[rhetoric]`: `plain`: phrases of questions that want no answer.
//!
//! The phrases of all languages are looked for in every text, so a phrase must mean the same in each.

use std::collections::BTreeMap;

use serde::Deserialize;

use hearken_schemas::enrichment::{Effort, IntentKind};

use crate::fold::Simplifier;
use crate::language::Language;
use crate::phrases::{Draft, Meaning, PhraseError, PhraseSet, Phrases};

/// Rules for intents as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentFile {
    /// Stands in errors: a path.
    pub name: String,
    /// What it holds.
    pub toml: String,
}

impl Default for IntentFile {
    /// Returns the one that is part of the binary.
    fn default() -> Self {
        Self { name: "intents.toml".to_owned(), toml: include_str!("../../intents.toml").to_owned() }
    }
}

impl IntentFile {
    /// Checks what the enricher would refuse.
    ///
    /// # Errors
    /// What is wrong with the file, with the section, the phrase and the line.
    pub fn check(&self) -> Result<(), IntentError> {
        Rules::parse(self, &Simplifier::embedded()).map(drop)
    }
}

/// Why rules for intents are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntentError {
    /// The file does not follow the format.
    #[error("{file} cannot be read: {reason}")]
    Syntax {
        /// Which file.
        file: String,
        /// What the parser says, with the line.
        reason: String,
    },
    /// A phrase that cannot be looked for.
    #[error(transparent)]
    Phrase(#[from] PhraseError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    intent: BTreeMap<IntentKind, IntentEntry>,
    #[serde(default)]
    guard: GuardEntries,
    #[serde(default)]
    effort: EffortEntry,
    #[serde(default)]
    rhetoric: PlainEntry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IntentEntry {
    #[serde(default)]
    unless: Vec<Unless>,
    #[serde(default)]
    sure: Phrases,
    #[serde(default)]
    likely: Phrases,
    #[serde(default)]
    faint: Phrases,
    #[serde(default)]
    plain: Phrases,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct GuardEntries {
    #[serde(default)]
    negated: Reaches,
    #[serde(default)]
    supposed: Ahead,
    #[serde(default)]
    demanded: Ahead,
    #[serde(default)]
    reported: Ahead,
    #[serde(default)]
    plain: Phrases,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reaches {
    #[serde(default)]
    ahead: Phrases,
    #[serde(default)]
    next: Phrases,
    #[serde(default)]
    behind: Phrases,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ahead {
    #[serde(default)]
    ahead: Phrases,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct EffortEntry {
    #[serde(default)]
    high: Phrases,
    #[serde(default)]
    low: Phrases,
    #[serde(default)]
    plain: Phrases,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainEntry {
    #[serde(default)]
    plain: Phrases,
}

/// What keeps an intent from firing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unless {
    /// The words are negated.
    Negated,
    /// They only might come true.
    Supposed,
    /// They are somebody else's.
    Reported,
    /// They are part of a question.
    Asked,
}

/// How far words alone can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    Faint,
    Likely,
    Sure,
}

/// What words make of others near them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    NegatesNext,
    NegatesAhead,
    NegatesBehind,
    Supposes,
    Demands,
    Reports,
}

/// What a phrase says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Says {
    /// Nothing.
    Nothing,
    /// What the customer means, and how hard it was.
    Means { intents: Vec<(IntentKind, Strength)>, effort: Option<Effort> },
    /// How to read other words, each in one language or, where there is none, in all.
    Guards(Vec<(Guard, Option<Language>)>),
    /// That a question wants no answer.
    Rhetoric,
}

impl Meaning for Says {
    fn join(&mut self, other: &Self) -> bool {
        match (&mut *self, other) {
            (Self::Means { intents, effort }, Self::Means { intents: more, effort: other }) => {
                let is_known = |kind| intents.iter().find(|(known, _)| *known == kind).map(|(_, strength)| *strength);
                let agrees = more.iter().all(|&(kind, strength)| is_known(kind).is_none_or(|known| known == strength));
                let agrees = agrees && (effort.is_none() || other.is_none() || *effort == *other);
                let new: Vec<_> = more.iter().filter(|(kind, _)| is_known(*kind).is_none()).copied().collect();
                intents.extend(new);
                *effort = effort.or(*other);
                agrees
            }
            (Self::Guards(guards), Self::Guards(more)) => {
                guards.extend(more);
                true
            }
            // What is plain shields shorter words only.
            (Self::Nothing, _) => {
                *self = other.clone();
                true
            }
            (_, Self::Nothing) => true,
            (Self::Means { .. } | Self::Guards(_) | Self::Rhetoric, _) => self == other,
        }
    }
}

/// The rules, ready to be applied.
pub(super) struct Rules {
    pub(super) phrases: PhraseSet<Says>,
    unless: BTreeMap<IntentKind, Vec<Unless>>,
}

impl Rules {
    /// Reads and checks a file.
    pub(super) fn parse(file: &IntentFile, simplifier: &Simplifier) -> Result<Self, IntentError> {
        let File { intent, guard, effort, rhetoric } = toml::from_str(&file.toml)
            .map_err(|error| IntentError::Syntax { file: file.name.clone(), reason: error.to_string() })?;
        let mut draft = Draft::new(&file.name, &file.toml, simplifier);
        let mut unless = BTreeMap::new();
        for (kind, entry) in intent {
            let section = format!("intent.{}", kind.as_str());
            let levels = [
                ("sure", &entry.sure, Strength::Sure),
                ("likely", &entry.likely, Strength::Likely),
                ("faint", &entry.faint, Strength::Faint),
            ];
            for (key, phrases, strength) in levels {
                draft.add(&section, key, phrases, |_| Says::Means { intents: vec![(kind, strength)], effort: None })?;
            }
            draft.add(&section, "plain", &entry.plain, |_| Says::Nothing)?;
            unless.insert(kind, entry.unless);
        }
        add_guards(&mut draft, &guard)?;
        let means = |effort| move |_| Says::Means { intents: Vec::new(), effort: Some(effort) };
        draft.add("effort", "high", &effort.high, means(Effort::High))?;
        draft.add("effort", "low", &effort.low, means(Effort::Low))?;
        draft.add("effort", "plain", &effort.plain, |_| Says::Nothing)?;
        draft.add("rhetoric", "plain", &rhetoric.plain, |_| Says::Rhetoric)?;
        Ok(Self { phrases: draft.finish(), unless })
    }

    /// Returns what keeps a kind from firing.
    pub(super) fn unless(&self, kind: IntentKind) -> &[Unless] {
        self.unless.get(&kind).map_or(&[], Vec::as_slice)
    }
}

fn add_guards(draft: &mut Draft<'_, Says>, entries: &GuardEntries) -> Result<(), PhraseError> {
    let GuardEntries { negated, supposed, demanded, reported, plain } = entries;
    let guards = |guard| move |language: Language| Says::Guards(vec![(guard, Some(language).filter(|l| l.is_latin()))]);
    draft.add("guard.negated", "ahead", &negated.ahead, guards(Guard::NegatesAhead))?;
    draft.add("guard.negated", "next", &negated.next, guards(Guard::NegatesNext))?;
    draft.add("guard.negated", "behind", &negated.behind, guards(Guard::NegatesBehind))?;
    draft.add("guard.supposed", "ahead", &supposed.ahead, guards(Guard::Supposes))?;
    draft.add("guard.demanded", "ahead", &demanded.ahead, guards(Guard::Demands))?;
    draft.add("guard.reported", "ahead", &reported.ahead, guards(Guard::Reports))?;
    draft.add("guard", "plain", plain, |_| Says::Nothing)
}

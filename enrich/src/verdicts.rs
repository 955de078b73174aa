//! Which words, of no topic themselves, say how a clause judges, or that it judges nothing: the file `verdicts.toml`.
//!
//! Format: sections of language → phrases, written as `phrases.rs` says:
//! - `praise`, `blame`: what the lexicon of feelings cannot know word by word: "nothing to complain about";
//! - `average`: neither good nor bad: "so-so";
//! - `unjudged`: the clause is no verdict on this business: fears, hearsay, requests, somebody else's product;
//! - `wished`: what the clause names is none, but what it blames still is: "I wish it didn't crash";
//! - `supposed`: neither the clause nor the one after it is: "if …, I would …";
//! - `stranger`: nothing in the text is: a job ad, an occupation;
//! - `complaint`: the question in which it stands does judge: "why does it crash?";
//! - `plain`: words in which one of the above would be found by mistake.

use std::ops::Range;

use serde::Deserialize;

use crate::fold::Simplifier;
use crate::phrases::{Draft, Meaning, PhraseError, PhraseSet, Phrases};
use crate::taxonomy::TaxonomyError;

const FILE: &str = "verdicts.toml";
const TOML: &str = include_str!("../verdicts.toml");

/// What words say about the clause they stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Praise,
    Blame,
    Average,
    Unjudged,
    Wished,
    Supposed,
    Stranger,
    Complaint,
}

impl Meaning for Option<Verdict> {
    fn join(&mut self, other: &Self) -> bool {
        self == other
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    praise: Phrases,
    blame: Phrases,
    average: Phrases,
    unjudged: Phrases,
    wished: Phrases,
    supposed: Phrases,
    stranger: Phrases,
    complaint: Phrases,
    plain: Phrases,
}

/// Finds verdicts in texts; built once, shared by threads.
pub(crate) struct Verdicts(PhraseSet<Option<Verdict>>);

impl Verdicts {
    /// Reads the file that is part of the binary.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn embedded(simplifier: &Simplifier) -> Result<Self, TaxonomyError> {
        let file: File = toml::from_str(TOML)
            .map_err(|error| TaxonomyError::Syntax { file: FILE.to_owned(), reason: error.to_string() })?;
        Ok(Self::read(&file, simplifier)?)
    }

    fn read(file: &File, simplifier: &Simplifier) -> Result<Self, PhraseError> {
        let mut draft = Draft::new(FILE, TOML, simplifier);
        for (section, phrases, verdict) in [
            ("praise", &file.praise, Some(Verdict::Praise)),
            ("blame", &file.blame, Some(Verdict::Blame)),
            ("average", &file.average, Some(Verdict::Average)),
            ("unjudged", &file.unjudged, Some(Verdict::Unjudged)),
            ("wished", &file.wished, Some(Verdict::Wished)),
            ("supposed", &file.supposed, Some(Verdict::Supposed)),
            ("stranger", &file.stranger, Some(Verdict::Stranger)),
            ("complaint", &file.complaint, Some(Verdict::Complaint)),
            ("plain", &file.plain, None),
        ] {
            draft.add(section, "phrases", phrases, |_| verdict)?;
        }
        Ok(Self(draft.finish()))
    }

    /// Finds what a folded text says of its clauses, in its order.
    pub(crate) fn find<'t>(&'t self, folded: &'t str) -> impl Iterator<Item = (Verdict, Range<usize>)> + 't {
        self.0.find(folded).filter_map(|(&verdict, bytes)| Some((verdict?, bytes)))
    }
}

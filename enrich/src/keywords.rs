//! The terms that characterize one text: words, and phrases where a language shows what is one.
//!
//! Words that name nothing (stop words, the general words of `fillers/*.txt`, what the shape or the class of a word rules out) and
//! punctuation cut a text into runs. Every sequence of up to four words of a run is a candidate, alike where its stems are: a whole
//! run, or part of one if it recurs. Its score is
//!
//! `mean(√n · ⁴√run) · √words · √(whole + nested / 2) · length · position`
//!
//! where n counts a word's stem and `run` is the mean length of the runs it stands in, so that words of many phrases
//! count for more (as in RAKE); `whole` counts the candidate as a run of its own and `nested` within others (as in C-value); `length`
//! grows a little with the characters, because longer terms say more; `position` falls from 2 at the first word to 1 at the last,
//! because people name the subject first. What a better candidate says already comes after everything else. Where nothing shows
//! which words belong together, a phrase must recur and `√words` is left out. Scores compare within one text only.

use std::sync::Arc;

use hearken_schemas::enrichment::Keyword;

use crate::language::Language;
use crate::stopwords::StopWords;
use crate::terms::Terms;
use crate::tokens::{Class, Tokens};

mod candidates;
mod shape;
mod units;
mod vocabulary;

use candidates::{Candidate, candidates};
use units::{Role, Unit, Units};
use vocabulary::Vocabulary;

/// What a language shows of its phrases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phrases {
    /// Which words can stand in one: they are where such words stand together.
    Shown,
    /// The same, two words at a time: longer runs hold verbs that nothing shows.
    Pairs,
    /// Nothing: words belong together where they recur together.
    Recurring,
    /// Not even words are cut surely.
    Unknown,
}

impl Phrases {
    /// Longer phrases are half sentences. Four numbers of stems make a key.
    fn words_max(self) -> usize {
        match self {
            Self::Shown | Self::Recurring => 4,
            Self::Pairs => 2,
            Self::Unknown => 1,
        }
    }
}

/// Ranks terms; built once, shared by threads.
pub struct Ranker {
    vocabulary: Vocabulary,
    terms: Arc<Terms>,
}

impl Ranker {
    /// Takes the stop words, and the user's terms as the tokenizer has them.
    pub fn new(stop_words: &StopWords, terms: Arc<Terms>) -> Self {
        Self { vocabulary: Vocabulary::new(stop_words), terms }
    }

    /// Ranks the terms of a text, best first; ties go to the one that stands earlier.
    pub fn rank(&self, tokens: &Tokens, keywords_max: usize) -> Vec<Keyword> {
        let units = Units::of(tokens, &self.vocabulary, &self.terms);
        let phrases = phrases(tokens.language());
        let mut ranked = candidates(&units, phrases);
        ranked.sort_unstable_by(|a, b| {
            b.is_term
                .cmp(&a.is_term)
                .then(b.score.total_cmp(&a.score))
                .then(a.first.cmp(&b.first))
                .then(b.len().cmp(&a.len()))
        });
        let lift = lift(&ranked);
        let mut keywords: Vec<Keyword> = Vec::with_capacity(keywords_max.min(ranked.len()));
        for candidate in without_echoes(&ranked, keywords_max) {
            if keywords.len() == keywords_max {
                break;
            }
            let score = if candidate.is_term { candidate.score + lift } else { candidate.score };
            let at_most = keywords.last().map_or(score, |better| better.score);
            let keyword = self.keyword(tokens, &units, candidate, score.min(at_most));
            if keywords.iter().all(|other| other.stem != keyword.stem) {
                keywords.push(keyword);
            }
        }
        keywords
    }

    fn keyword(&self, tokens: &Tokens, units: &Units<'_>, candidate: &Candidate, score: f64) -> Keyword {
        let score = (score * 1e4).round() / 1e4;
        let words = &units.list[candidate.words()];
        if let [Unit { role: Role::Term(number), .. }] = words
            && let Some(name) = self.terms.name(*number)
        {
            return Keyword { term: name.shown.clone(), stem: name.stem.clone(), score };
        }
        Keyword { term: spaced_once(&tokens.lower()[units::span(words)]), stem: units.stem(words), score }
    }
}

/// What the user's terms need to stand above the best of the others.
fn lift(ranked: &[Candidate]) -> f64 {
    ranked.iter().find(|candidate| !candidate.is_term).map_or(0.0, |best| best.score)
}

/// Puts what a better candidate holds, and the text says nowhere else, after all others.
fn without_echoes(ranked: &[Candidate], keywords_max: usize) -> impl Iterator<Item = &Candidate> {
    let (mut kept, mut echoes): (Vec<&Candidate>, Vec<&Candidate>) = (Vec::new(), Vec::new());
    for candidate in ranked {
        if kept.len() >= keywords_max {
            break;
        }
        let is_echo = kept.iter().any(|better| better.count >= candidate.count && better.holds(candidate));
        if is_echo { echoes.push(candidate) } else { kept.push(candidate) }
    }
    kept.into_iter().chain(echoes)
}

/// Copies a term with one blank for every stretch of white space.
fn spaced_once(text: &str) -> String {
    let mut term = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !term.is_empty() {
            term.push(' ');
        }
        term.push_str(word);
    }
    term
}

fn phrases(language: Option<Language>) -> Phrases {
    match language {
        Some(Language::Cantonese | Language::Chinese | Language::English | Language::Japanese) => Phrases::Shown,
        Some(Language::Korean) => Phrases::Pairs,
        Some(
            Language::Arabic
            | Language::Dutch
            | Language::French
            | Language::German
            | Language::Hindi
            | Language::Indonesian
            | Language::Italian
            | Language::Polish
            | Language::Portuguese
            | Language::Russian
            | Language::Spanish
            | Language::Turkish
            | Language::Vietnamese,
        )
        | None => Phrases::Recurring,
        Some(Language::Thai) => Phrases::Unknown,
    }
}

/// Tells whether the words of a term need no blank between them.
fn is_unspaced(c: char) -> bool {
    use crate::script::Script;
    matches!(Script::of(c), Some(Script::Han | Script::Kana | Script::Thai))
}

/// The class of a word that its cutter did not tell is told by its shape.
fn role(word: &str, class: Class, language: Option<Language>) -> Option<Role> {
    match (class, language) {
        (Class::Term(number), _) => Some(Role::Term(number)),
        (Class::Function, _) => None,
        (Class::Noun | Class::Attribute | Class::Verb, _)
        | (Class::Open, Some(Language::Cantonese | Language::Chinese)) => shape::chinese(word, class),
        (Class::Open, Some(Language::English)) => shape::english(word),
        (Class::Open, Some(Language::Japanese)) => shape::japanese(word),
        (Class::Open, Some(Language::Korean)) => shape::korean(word),
        (Class::Open, Some(Language::Thai)) => shape::thai(word),
        (Class::Open, _) => shape::is_term(word).then_some(Role::Noun),
    }
}

#[cfg(test)]
mod tests;

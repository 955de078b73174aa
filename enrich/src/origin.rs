//! Whose words a text is made of, by the phrases in `origin.toml`, or a user's own file of the same format.
//!
//! The file says which evidence counts how, and which kind goes before which. The phrases of all languages are looked for in every text.

mod rules;

use hearken_schemas::enrichment::Authenticity;
use hearken_schemas::feedback::{Channel, Feedback};

use crate::damage;
use crate::fold::Simplifier;
use crate::phrases::PhraseSet;

use rules::{Kind, Meaning, Role, WholeText};
pub use rules::{OriginError, OriginFile};

/// Tells customers' own words from others.
pub(crate) struct OriginRules {
    default_praise: Vec<WholeText>,
    repost_only: Vec<WholeText>,
    /// Of automated and promotional texts, and what stands before somebody else's.
    phrases: PhraseSet<Meaning>,
    garbled_share: f64,
}

impl OriginRules {
    /// Judges a feedback; `words` are title and text as far as they are read, without a post that is passed on. One without any, such as
    /// a rating, is genuine.
    pub(crate) fn judge(&self, feedback: &Feedback, words: &str, simplifier: &Simplifier) -> Authenticity {
        if feedback.own_account {
            return Authenticity::OwnAccount;
        }
        let is_post = feedback.channel == Channel::Social;
        let folded = simplifier.lower(words);
        let evidence = self.evidence(&folded, is_post);
        // Platforms put their words where the text stands, and sources copy them into the title.
        let said = folded.rsplit('\n').next().filter(|_| feedback.title.is_some()).unwrap_or(&folded);
        if is_post && self.is_repost(feedback, &folded[..evidence.own_end]) {
            Authenticity::RepostOnly
        } else if damage::share(words) > self.garbled_share {
            Authenticity::Garbled
        } else if matches_any(&self.default_praise, said) {
            Authenticity::DefaultPraise
        } else if evidence.automated.suffices() {
            Authenticity::Automated
        } else if evidence.promotional.suffices() {
            Authenticity::Promotional
        } else {
            Authenticity::Genuine
        }
    }

    fn is_repost(&self, feedback: &Feedback, own: &str) -> bool {
        let is_bare = own.trim().is_empty() && !feedback.text.trim().is_empty();
        is_bare || matches_any(&self.repost_only, own)
    }

    /// Weighs the phrases of a folded text; those behind the mark of a repost are somebody else's.
    fn evidence(&self, folded: &str, is_post: bool) -> Evidence {
        let mut evidence = Evidence { own_end: folded.len(), ..Evidence::default() };
        for (meaning, found) in self.phrases.find(folded) {
            for &(kind, role) in &meaning.0 {
                match kind {
                    Kind::RepostMark if is_post => {
                        evidence.own_end = found.start;
                        return evidence;
                    }
                    Kind::RepostMark => {}
                    Kind::Automated => evidence.automated.add(role, || opens_line(&folded[..found.start])),
                    Kind::Promotional => evidence.promotional.add(role, || opens_line(&folded[..found.start])),
                }
            }
        }
        evidence
    }
}

/// Tells whether a folded text is one of some whole texts.
fn matches_any(texts: &[WholeText], folded: &str) -> bool {
    let first = folded.chars().find(|c| c.is_alphanumeric());
    texts.iter().any(|text| text.first() == first && text.matches(folded))
}

/// Tells whether nothing but signs stands before a place on its line.
fn opens_line(before: &str) -> bool {
    before.chars().rev().take_while(|&c| c != '\n').all(|c| !c.is_alphanumeric())
}

/// What the phrases of a text say.
#[derive(Default)]
struct Evidence {
    automated: Tally,
    promotional: Tally,
    /// Where the author's own words end.
    own_end: usize,
}

/// The evidence for one kind.
#[derive(Default)]
struct Tally {
    is_strong: bool,
    is_denied: bool,
    /// One bit a group of weak phrases.
    groups: u32,
}

impl Tally {
    fn add(&mut self, role: Role, opens_line: impl FnOnce() -> bool) {
        match role {
            Role::Strong => self.is_strong = true,
            Role::Opening => self.is_strong |= opens_line(),
            Role::Weak(group) => self.groups |= 1 << group,
            Role::Against => self.is_denied = true,
            Role::Plain => {}
        }
    }

    fn suffices(&self) -> bool {
        !self.is_denied && (self.is_strong || self.groups.count_ones() >= 2)
    }
}

#[cfg(test)]
mod tests;

//! How a text judges what it mentions.
//!
//! A phrase that blames or praises by itself keeps that, whatever else the clause says ("as a loyal customer I am moving to …"), unless
//! it is negated there ("no longer crashes"): then it says the opposite. It is negated where the language's lexicon says so for
//! certain: not across the lexicon's stops, not by what somebody cannot do or wishes, and not from behind another word; in doubt the
//! phrase keeps its polarity. Languages without a lexicon negate nothing.
//!
//! A neutral phrase takes the polarity of the cues next to it: those of its clause to which no other mention is nearer ("quick delivery
//! and poor packaging"), else all of its clause, else those of the clause behind it, if that names nothing else ("the battery, well,
//! terrible"). Without any cue it judges nothing, and what judges nothing is no aspect: a fact, a question, a wish, a fear, somebody
//! else's experience (`verdicts.rs`).

use std::ops::Range;

use hearken_schemas::enrichment::Polarity;

use crate::lexicon::{self, Mark};
use crate::sentiment::{LEANING_MIN, ONE_CUE, Reading, leaning};
use crate::taxonomy::{Mention, Taxonomy};
use crate::verdicts::Verdict;

/// The most mentions that are weighed.
const MENTIONS_MAX: usize = 64;
/// What a phrase of `verdicts.toml` weighs: as much as a clear cue of a lexicon.
const VERDICT_WEIGHT: f64 = 2.0;

/// Words that say how a clause judges.
struct Cue {
    clause: u32,
    weight: f64,
    bytes: Range<usize>,
}

/// Words of `verdicts.toml` in a text.
struct Said {
    verdict: Verdict,
    clause: u32,
    bytes: Range<usize>,
}

/// What one text mentions, and all that bears on how it judges.
pub(crate) struct Judge<'t> {
    folded: &'t str,
    reading: &'t Reading,
    mentions: Vec<Mention>,
    /// By mention.
    clauses: Vec<u32>,
    said: Vec<Said>,
    cues: Vec<Cue>,
}

impl<'t> Judge<'t> {
    /// Reads a text; nothing where it cannot have an aspect.
    pub(crate) fn read(taxonomy: &Taxonomy, folded: &'t str, reading: &'t Reading) -> Option<Self> {
        let mentions: Vec<Mention> = taxonomy.mentions(folded).take(MENTIONS_MAX).collect();
        if mentions.is_empty() {
            return None;
        }
        let said = |(verdict, bytes): (Verdict, Range<usize>)| {
            let clause = reading.clause_at(bytes.start);
            Said { verdict, clause, bytes }
        };
        let said: Vec<Said> = taxonomy.verdicts(folded).map(said).collect();
        if said.iter().any(|said| said.verdict == Verdict::Stranger) {
            return None;
        }
        let clauses = mentions.iter().map(|mention| reading.clause_at(mention.bytes.start)).collect();
        Some(Self { folded, reading, cues: cues(reading, &mentions, &said), mentions, clauses, said })
    }

    /// Returns what is mentioned, each with its clause, in the order of the text.
    pub(crate) fn mentions(&self) -> impl Iterator<Item = (&Mention, u32)> {
        self.mentions.iter().zip(self.clauses.iter().copied())
    }

    /// Returns what a phrase says by itself where it stands.
    pub(crate) fn meant(&self, Mention { polarity, bytes, .. }: &Mention) -> Polarity {
        match polarity {
            Polarity::Negative if self.reading.negates(bytes, true) => Polarity::Positive,
            Polarity::Positive if self.reading.negates(bytes, false) => Polarity::Negative,
            Polarity::Negative | Polarity::Neutral | Polarity::Positive => *polarity,
        }
    }

    /// Returns how a mention is judged, nothing where it is not.
    ///
    /// The words themselves decide, with the strength of the cues where they agree and with that of one clear cue where they do not;
    /// words that say neither leave it to the cues.
    pub(crate) fn judged(&self, mention: &Mention, clause: u32, by_itself: Polarity) -> Option<(Polarity, f64)> {
        let sentence = Sentence::around(self.folded, &mention.bytes);
        if !self.is_verdict(clause, &sentence, by_itself) {
            return None;
        }
        let score = self.score(mention, clause, sentence.bytes.end);
        let leans = score.filter(|score| score.abs() >= LEANING_MIN).unwrap_or_default();
        match by_itself {
            Polarity::Positive => Some((Polarity::Positive, if leans > 0.0 { leans } else { ONE_CUE })),
            Polarity::Negative => Some((Polarity::Negative, if leans < 0.0 { leans } else { -ONE_CUE })),
            Polarity::Neutral if leans > 0.0 => Some((Polarity::Positive, leans)),
            Polarity::Neutral if leans < 0.0 => Some((Polarity::Negative, leans)),
            Polarity::Neutral => Some((Polarity::Neutral, score?)),
        }
    }

    fn is_verdict(&self, clause: u32, sentence: &Sentence, by_itself: Polarity) -> bool {
        let is_denied = self.said.iter().any(|said| match said.verdict {
            Verdict::Unjudged => said.clause == clause,
            Verdict::Wished => said.clause == clause && by_itself != Polarity::Negative,
            Verdict::Supposed => said.clause == clause || said.clause + 1 == clause && sentence.holds(&said.bytes),
            Verdict::Praise | Verdict::Blame | Verdict::Average | Verdict::Stranger | Verdict::Complaint => false,
        });
        let complains = |said: &Said| said.verdict == Verdict::Complaint && sentence.holds(&said.bytes);
        !is_denied && (!sentence.asks || self.said.iter().any(complains))
    }

    /// Weighs the cues of a mention; nothing where there is none.
    fn score(&self, mention: &Mention, clause: u32, sentence_end: usize) -> Option<f64> {
        let nearest = |cue: &Cue| self.nearest(cue).is_some_and(|nearest| nearest.bytes == mention.bytes);
        let next_names = self.clauses.contains(&(clause + 1));
        let here = self.cues.iter().filter(|cue| cue.clause == clause);
        let next =
            self.cues.iter().filter(|cue| cue.clause == clause + 1 && !next_names && cue.bytes.end <= sentence_end);
        sum(here.clone().filter(|cue| nearest(cue))).or_else(|| sum(here)).or_else(|| sum(next)).map(leaning)
    }

    /// Returns the mention of a cue's clause that is next to it, of equally near ones the first.
    fn nearest(&self, cue: &Cue) -> Option<&Mention> {
        let of_clause = self.mentions().filter(|(_, clause)| *clause == cue.clause);
        of_clause.map(|(mention, _)| mention).min_by_key(|mention| {
            let (before, after) = (&mention.bytes, &cue.bytes);
            after.start.saturating_sub(before.end).max(before.start.saturating_sub(after.end))
        })
    }
}

/// Returns the sum of weights; nothing where there is no cue.
fn sum<'c>(cues: impl Iterator<Item = &'c Cue>) -> Option<f64> {
    cues.map(|cue| cue.weight).reduce(|sum, weight| sum + weight)
}

/// Joins the cues of the lexicon and the verdicts; where they overlap, the latter know more. What a neutral mention itself says is no cue:
/// "refund".
fn cues(reading: &Reading, mentions: &[Mention], said: &[Said]) -> Vec<Cue> {
    let verdicts = said.iter().filter_map(|Said { verdict, clause, bytes }| {
        let weight = match verdict {
            Verdict::Praise => VERDICT_WEIGHT,
            Verdict::Blame => -VERDICT_WEIGHT,
            Verdict::Average => 0.0,
            Verdict::Unjudged | Verdict::Wished | Verdict::Supposed | Verdict::Stranger | Verdict::Complaint => {
                return None;
            }
        };
        Some(Cue { clause: *clause, weight, bytes: bytes.clone() })
    });
    let mut cues: Vec<Cue> = verdicts.collect();
    let known = cues.len();
    for (clause, weight, bytes) in reading.cues() {
        let is_said = cues[..known].iter().any(|cue| cue.bytes.start < bytes.end && bytes.start < cue.bytes.end);
        let is_named = mentions.iter().any(|mention| {
            mention.polarity == Polarity::Neutral
                && mention.bytes.start <= bytes.start
                && bytes.end <= mention.bytes.end
        });
        if !is_said && !is_named {
            cues.push(Cue { clause, weight, bytes });
        }
    }
    cues
}

/// The sentence in which something stands.
struct Sentence {
    bytes: Range<usize>,
    asks: bool,
}

impl Sentence {
    fn around(text: &str, words: &Range<usize>) -> Self {
        let ends = |from: usize| {
            let rest = &text[from..];
            let mut before = text[..from].chars().next_back();
            rest.char_indices().find_map(move |(at, here)| {
                let mark = if here.is_alphanumeric() { None } else { lexicon::punctuation(before, &rest[at..]) };
                before = Some(here);
                match mark {
                    Some(Mark::SentenceEnd { asks }) => Some((from + at, asks)),
                    Some(Mark::ClauseEnd | Mark::Cue(_) | Mark::Step { .. }) | None => None,
                }
            })
        };
        let (end, asks) = ends(words.end).unwrap_or((text.len(), false));
        let start = text[..words.start].rfind(['?', '？', '!', '！', '。', '.', '\n', '…', ';', '；']).unwrap_or(0);
        Self { bytes: start..end, asks }
    }

    fn holds(&self, words: &Range<usize>) -> bool {
        self.bytes.start <= words.start && words.start < self.bytes.end
    }
}

//! What a text speaks of and how it judges each: the taxonomy's mentions, weighed by the clause they stand in.
//!
//! A neutral phrase takes the polarity of its clause. A phrase that blames or praises by itself keeps that, whatever else the clause
//! says ("as a loyal customer I am moving to …"), unless it is negated there ("no longer crashes"): then it says the opposite. It is
//! negated where the language's lexicon says so for certain: not across the lexicon's stops, not by what somebody cannot do or wishes,
//! and not from behind another word; in doubt the phrase keeps its polarity. Languages without a lexicon negate nothing.
//!
//! Only the text gives aspects, because they quote it: a topic named in a review's title alone gives none.

use std::ops::Range;

use hearken_schemas::enrichment::{Aspect, Polarity};

use crate::sentiment::{LEANING_MIN, ONE_CUE, Reading};
use crate::taxonomy::{Mention, Taxonomy, Topic};

/// The most aspects of one text; nobody judges more things at once.
const ASPECTS_MAX: usize = 16;

/// Finds what a folded text speaks of: one aspect for each topic and clause, in the order of the text.
///
/// Where the words of a topic judge nothing and later ones of the same clause do ("the box … crushed"), the aspect reaches as far.
/// `place` says where a character of the folded text stands in the feedback's text; nothing where it is not of it.
pub(crate) fn find(
    taxonomy: &Taxonomy,
    folded: &str,
    reading: &Reading,
    place: impl Fn(usize) -> Option<u32>,
) -> Vec<Aspect> {
    let mut aspects: Vec<Aspect> = Vec::new();
    // The topic, the clause and the rank of each aspect.
    let mut keys: Vec<((usize, u32), Rank)> = Vec::new();
    // Bytes and characters up to the mention before, so that each character is counted once.
    let (mut byte, mut chars) = (0, 0);
    for Mention { topic, polarity, bytes } in taxonomy.mentions(folded) {
        chars += folded[byte..bytes.start].chars().count();
        byte = bytes.start;
        let last = chars + folded[bytes.clone()].chars().count() - 1;
        let (Some(start), Some(last), Some(names)) = (place(chars), place(last), taxonomy.topic(topic)) else {
            continue;
        };
        let key = (topic, reading.clause_at(byte));
        let by_itself = meant(polarity, reading, &bytes);
        let (polarity, score) = judged(reading.clause_score(key.1), by_itself);
        let rank = rank(by_itself, polarity);
        if let Some(at) = keys.iter().position(|(known, _)| *known == key) {
            let aspect = &mut aspects[at];
            if rank > keys[at].1 {
                (aspect.polarity, aspect.score, aspect.end) = (polarity, score, last + 1);
                keys[at].1 = rank;
            }
        } else if aspects.len() < ASPECTS_MAX {
            let Topic { category, name, touchpoint } = names.clone();
            aspects.push(Aspect { category, topic: name, touchpoint, polarity, score, start, end: last + 1 });
            keys.push((key, rank));
        } else {
            break;
        }
    }
    aspects
}

/// How much a mention says of its topic, in this order: whether it judges, whether its own words do, whether they blame.
type Rank = (bool, bool, bool);

fn rank(by_itself: Polarity, judged: Polarity) -> Rank {
    (judged != Polarity::Neutral, by_itself != Polarity::Neutral, judged == Polarity::Negative)
}

/// Returns what a phrase says by itself where it stands.
fn meant(polarity: Polarity, reading: &Reading, bytes: &Range<usize>) -> Polarity {
    match polarity {
        Polarity::Negative if reading.negates(bytes, true) => Polarity::Positive,
        Polarity::Positive if reading.negates(bytes, false) => Polarity::Negative,
        Polarity::Negative | Polarity::Neutral | Polarity::Positive => polarity,
    }
}

/// The words themselves decide, with the clause's strength where it agrees and with that of one clear cue where it does not; words that
/// say neither leave it to the clause.
fn judged(score: f64, by_itself: Polarity) -> (Polarity, f64) {
    match (by_itself, score) {
        (Polarity::Positive, LEANING_MIN..) => (Polarity::Positive, score),
        (Polarity::Positive, _) => (Polarity::Positive, ONE_CUE),
        (Polarity::Negative, _) if score <= -LEANING_MIN => (Polarity::Negative, score),
        (Polarity::Negative, _) => (Polarity::Negative, -ONE_CUE),
        (Polarity::Neutral, LEANING_MIN..) => (Polarity::Positive, score),
        (Polarity::Neutral, _) if score <= -LEANING_MIN => (Polarity::Negative, score),
        (Polarity::Neutral, _) => (Polarity::Neutral, score),
    }
}

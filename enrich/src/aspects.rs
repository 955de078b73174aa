//! What a text speaks of and how it judges each: the taxonomy's mentions, weighed by the clause they stand in.

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
    // The topic and clause of each aspect.
    let mut keys = Vec::new();
    // Bytes and characters up to the mention before, so that each character is counted once.
    let (mut byte, mut chars) = (0, 0);
    for Mention { topic, polarity, bytes } in taxonomy.mentions(folded) {
        chars += folded[byte..bytes.start].chars().count();
        byte = bytes.start;
        let last = chars + folded[bytes].chars().count() - 1;
        let (Some(start), Some(last), Some(names)) = (place(chars), place(last), taxonomy.topic(topic)) else {
            continue;
        };
        let key = (topic, reading.clause_at(byte));
        let (polarity, score) = judged(reading.clause_score(key.1), polarity);
        if let Some(at) = keys.iter().position(|known| *known == key) {
            let aspect = &mut aspects[at];
            if aspect.polarity == Polarity::Neutral && polarity != Polarity::Neutral {
                (aspect.polarity, aspect.score, aspect.end) = (polarity, score, last + 1);
            }
        } else if aspects.len() < ASPECTS_MAX {
            let Topic { category, name, touchpoint } = names.clone();
            aspects.push(Aspect { category, topic: name, touchpoint, polarity, score, start, end: last + 1 });
            keys.push(key);
        } else {
            break;
        }
    }
    aspects
}

/// The clause decides; where it leans nowhere, the words themselves do, with the strength of one clear cue.
fn judged(score: f64, by_itself: Polarity) -> (Polarity, f64) {
    match score {
        LEANING_MIN.. => (Polarity::Positive, score),
        _ if score <= -LEANING_MIN => (Polarity::Negative, score),
        _ => match by_itself {
            Polarity::Negative => (by_itself, -ONE_CUE),
            Polarity::Neutral => (by_itself, score),
            Polarity::Positive => (by_itself, ONE_CUE),
        },
    }
}

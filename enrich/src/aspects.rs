//! What a text speaks of and how it judges each: the taxonomy's mentions, weighed as `judgement.rs` says.
//!
//! Only the text gives aspects, because they quote it: a topic named in a review's title alone gives none.

use hearken_schemas::enrichment::{Aspect, Polarity};

use crate::judgement::Judge;
use crate::sentiment::Reading;
use crate::taxonomy::{Taxonomy, Topic};

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
    let Some(judge) = Judge::read(taxonomy, folded, reading) else { return aspects };
    // The topic, the clause and the rank of each aspect.
    let mut keys: Vec<((usize, u32), Rank)> = Vec::new();
    // The last mention that judged nothing: its topic and clause, and where it starts.
    let mut named: Option<((usize, u32), u32)> = None;
    // Bytes and characters up to the mention before, so that each character is counted once.
    let (mut byte, mut chars) = (0, 0);
    for (mention, clause) in judge.mentions() {
        let bytes = &mention.bytes;
        chars += folded[byte..bytes.start].chars().count();
        byte = bytes.start;
        let last = chars + folded[bytes.clone()].chars().count() - 1;
        let (Some(start), Some(last), Some(names)) = (place(chars), place(last), taxonomy.topic(mention.topic)) else {
            continue;
        };
        let by_itself = judge.meant(mention);
        let key = (mention.topic, clause);
        let Some((polarity, score)) = judge.judged(mention, clause, by_itself) else {
            named = Some((key, start));
            continue;
        };
        let rank = rank(by_itself, polarity);
        if let Some(at) = keys.iter().position(|(known, _)| *known == key) {
            let aspect = &mut aspects[at];
            if rank > keys[at].1 {
                (aspect.polarity, aspect.score, aspect.end) = (polarity, score, last + 1);
                keys[at].1 = rank;
            }
        } else if aspects.len() < ASPECTS_MAX {
            let in_order = |from: &u32| aspects.last().is_none_or(|last| last.start <= *from);
            let from = named.filter(|(named, _)| *named == key).map(|(_, from)| from).filter(in_order);
            let start = from.unwrap_or(start);
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

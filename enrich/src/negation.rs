//! How far the negators of a text reach, so that a phrase that is no cue of the lexicon can be asked whether it is negated.

use std::ops::Range;

/// A stretch of a text in which a negator turns phrases.
#[derive(Debug, Clone)]
struct Reach {
    bytes: Range<usize>,
    /// Whether it turns blame too, not praise alone.
    blame: bool,
}

/// The negators of one text, in its order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Negations {
    /// Where phrases start that a negator before them turns; no two overlap.
    ahead: Vec<Reach>,
    /// Where phrases end that a negator after them turns.
    behind: Vec<Reach>,
}

impl Negations {
    /// Adds a negator whose reach is a phrase that starts there.
    pub(crate) fn add_ahead(&mut self, starts: Range<usize>, blame: bool) {
        self.ahead.push(Reach { bytes: starts, blame });
    }

    /// Adds a negator whose reach is a phrase that ends there.
    pub(crate) fn add_behind(&mut self, ends: Range<usize>, blame: bool) {
        self.behind.push(Reach { bytes: ends, blame });
    }

    /// Tells whether a phrase is negated. Negators on both sides are one: "절대 … 지 않" is emphasis.
    pub(crate) fn turn(&self, phrase: &Range<usize>, is_blame: bool) -> bool {
        let turns = |reaches: &[Reach], byte| {
            let nearest = reaches.get(reaches.partition_point(|reach| reach.bytes.end <= byte));
            nearest.is_some_and(|reach| reach.bytes.contains(&byte) && (reach.blame || !is_blame))
        };
        turns(&self.ahead, phrase.start) || turns(&self.behind, phrase.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_turned_within_reach_only() {
        let mut negations = Negations::default();
        negations.add_ahead(3..6, true);
        negations.add_ahead(9..12, false);
        negations.add_behind(20..23, true);
        for (phrase, blame, praise) in [
            (0..2, false, false),
            (3..8, true, true),
            (6..9, false, false),
            (9..10, false, true),
            (15..20, true, true),
            (15..23, false, false),
            (21..22, true, true),
        ] {
            let found = (negations.turn(&phrase, true), negations.turn(&phrase, false));
            assert_eq!(found, (blame, praise), "{phrase:?}");
        }
    }
}

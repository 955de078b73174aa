//! The one pass that finds the words which begin or announce something personal.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};

use super::announced::Announced;
use super::{Found, Kind, address, announced, email, spoken};

/// What a word makes us look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cue {
    /// An account or a document, right behind the word.
    Announced(Announced),
    /// An address around the word that stands for `@`.
    SpelledAt,
    /// A phone number in characters, from the word on.
    Spoken,
    /// A Chinese address around the word: 号, 弄, 栋 …
    Unit,
    /// A post-office box.
    Box,
}

/// The matcher of all cues, and what each of its patterns means; nothing if it cannot be built, which a test rules out.
static CUES: LazyLock<Option<(AhoCorasick, Vec<Cue>)>> = LazyLock::new(|| {
    let announced = Announced::WORDS.iter().flat_map(|(kind, words)| words.iter().map(|w| (*w, Cue::Announced(*kind))));
    let mut words: Vec<(&str, Cue)> = announced.collect();
    words.extend(email::SPELLED_AT.map(|word| (word, Cue::SpelledAt)));
    words.extend(spoken::BEGINNINGS.iter().map(|word| (*word, Cue::Spoken)));
    words.extend(address::UNITS.iter().map(|word| (*word, Cue::Unit)));
    words.extend(["po box ", "p.o. box ", "post office box "].map(|word| (word, Cue::Box)));
    let (words, cues): (Vec<&str>, Vec<Cue>) = words.into_iter().unzip();
    // Every byte of every text goes through it, so it is the kind that is fastest to run.
    let mut builder = AhoCorasick::builder();
    builder.ascii_case_insensitive(true).match_kind(MatchKind::LeftmostLongest).kind(Some(AhoCorasickKind::DFA));
    let built = builder.build(words);
    Some((built.ok()?, cues))
});

/// Appends what the cues of `text[range]` lead to, in order.
pub(super) fn find(text: &str, range: Range<usize>, found: &mut Vec<Found>) {
    let Some((matcher, cues)) = CUES.as_ref() else { return };
    let part = &text[..range.end];
    let (mut at, mut from) = (range.start, range.start);
    while let Some(hit) = matcher.find(Input::new(part).range(at..)) {
        at = hit.start() + part[hit.start()..].chars().next().map_or(1, char::len_utf8);
        if let Some(next) = follow(cues[hit.pattern().as_usize()], part, from, &hit.range()) {
            from = next.span.end;
            at = from.max(at);
            found.push(next);
        }
    }
}

/// Returns what a cue leads to; `from` is where the text not yet spoken for begins.
fn follow(cue: Cue, text: &str, from: usize, word: &Range<usize>) -> Option<Found> {
    match cue {
        Cue::Announced(what) => announced::behind(text, from, word, what),
        Cue::SpelledAt => email::spelled(text, from, word).map(|span| Found { span, kind: Kind::Email }),
        Cue::Spoken => spoken::from(text, from, word.start).map(|span| Found { span, kind: Kind::Phone }),
        Cue::Unit => address::around(text, from, word).map(|span| Found { span, kind: Kind::Address }),
        Cue::Box => {
            let digits = text[word.end..].bytes().take_while(u8::is_ascii_digit).count();
            (digits > 0).then(|| Found { span: word.start..word.end + digits, kind: Kind::Address })
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_matcher_is_built() {
        assert!(super::CUES.is_some());
    }
}

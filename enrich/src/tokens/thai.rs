//! Words of Thai, by a dictionary that takes the longest word at each place and never goes back.
//!
//! So it cuts where no word can end or begin: before a vowel that belongs to the consonant before it, after one that belongs to the
//! consonant after it. There the word before ends earlier, and what follows is cut anew.

use std::ops::Range;

use icu_segmenter::WordSegmenterBorrowed;
use icu_segmenter::options::WordType;

/// So much is cut at a time, so that cutting anew costs the same everywhere in a long text.
const WINDOW_BYTES: usize = 240;

/// Calls `emit` for every word of a text, in order.
pub(super) fn cut(text: &str, dictionary: WordSegmenterBorrowed<'static>, mut emit: impl FnMut(Range<usize>)) {
    let mut at = 0;
    while at < text.len() {
        at = window(text, at, dictionary, &mut emit);
    }
}

/// Cuts the words of one window, and returns where the next one begins: further than this one.
fn window(
    text: &str,
    at: usize,
    dictionary: WordSegmenterBorrowed<'static>,
    emit: &mut impl FnMut(Range<usize>),
) -> usize {
    let end = text.ceil_char_boundary(at + WINDOW_BYTES).min(text.len());
    let mut previous: Option<Range<usize>> = None;
    let mut start = at;
    for (stop, kind) in dictionary.segment_str(&text[at..end]).iter_with_word_type() {
        let word = start..at + stop;
        start = word.end;
        let letters = &text[word.clone()];
        if word.end == end && end < text.len() && word.start > at {
            // It may go on in the next window.
            return finish(previous, word.start, emit);
        }
        if letters.starts_with(follows)
            && let Some(before) = previous.take()
        {
            let cut = last_cluster(&text[before.clone()]) + before.start;
            if cut > before.start {
                return finish(Some(before.start..cut), cut, emit);
            }
            previous = Some(before.start..word.end);
            continue;
        }
        let leading = letters.trim_end_matches(leads).len();
        if leading > 0 && leading < letters.len() && word.end < text.len() {
            finish(previous, 0, emit);
            return finish(Some(word.start..word.start + leading), word.start + leading, emit);
        }
        finish(previous.take(), 0, emit);
        previous = (kind == WordType::Letter).then_some(word);
    }
    finish(previous, end, emit)
}

fn finish(word: Option<Range<usize>>, next: usize, emit: &mut impl FnMut(Range<usize>)) -> usize {
    if let Some(word) = word {
        emit(word);
    }
    next
}

/// Tells whether a sign belongs to the consonant before it.
fn follows(c: char) -> bool {
    matches!(c, '\u{e30}'..='\u{e3a}' | '\u{e45}' | '\u{e47}'..='\u{e4e}')
}

/// Tells whether a vowel belongs to the consonant after it.
fn leads(c: char) -> bool {
    matches!(c, '\u{e40}'..='\u{e44}')
}

/// Returns where the last consonant of a word begins, with the vowel before it that is part of it.
fn last_cluster(word: &str) -> usize {
    let consonant = word.rfind(|c| !follows(c)).unwrap_or(0);
    word[..consonant].trim_end_matches(leads).len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use icu_segmenter::WordSegmenter;
    use icu_segmenter::options::WordBreakInvariantOptions;

    #[test]
    fn no_word_begins_or_ends_within_a_cluster() {
        let dictionary = WordSegmenter::new_dictionary(WordBreakInvariantOptions::default());
        for (text, expected) in [
            ("ดีมากครับ", &["ดี", "มาก", "ครับ"][..]),
            ("บริการดีมากค่ะ", &["บริการ", "ดี", "มาก", "ค่ะ"]),
            ("คนหนักแน่น", &["คน", "หนัก", "แน่น"]),
            ("อร่อย app มาก", &["อร่อย", "app", "มาก"]),
            ("ะะ", &["ะะ"]),
            ("เ", &["เ"]),
        ] {
            let mut found = Vec::new();
            cut(text, dictionary, |range| found.push(&text[range]));
            assert_eq!(found, expected, "{text}");
        }
        for text in ["ดีมากครับ".repeat(200), "เ".repeat(900), "ะ".repeat(900), "ก".repeat(900)]
        {
            let mut end = 0;
            cut(&text, dictionary, |range| {
                assert!(range.start >= end && range.end > range.start);
                end = range.end;
            });
        }
    }
}

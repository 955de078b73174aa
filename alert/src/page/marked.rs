//! Which words of a text are marked. Spans count characters, as everywhere in Hearken.

use std::ops::Range;

use super::sight::Turn;

/// A part of a text, and whether it is marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) is_marked: bool,
}

/// Cuts a text at the borders of its spans; `from` is where the text begins in what the spans count.
pub(super) fn pieces<'a>(text: &'a str, from: usize, spans: &[(u32, u32)]) -> Vec<Piece<'a>> {
    let borders: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let letters = borders.len() - 1;
    let mut cut = Vec::new();
    let mut done = 0;
    let mut piece = |range: Range<usize>, is_marked: bool| {
        if let (false, Some(&start), Some(&end)) = (range.is_empty(), borders.get(range.start), borders.get(range.end))
        {
            cut.push(Piece { text: &text[start..end], is_marked });
        }
    };
    for span in within(from, letters, spans) {
        let start = span.start.max(done);
        piece(done..start, false);
        piece(start..span.end, true);
        done = done.max(span.end);
    }
    piece(done..letters, false);
    cut
}

/// Returns the spans that touch a part of the text, counted from its beginning, in order.
fn within(from: usize, letters: usize, spans: &[(u32, u32)]) -> Vec<Range<usize>> {
    let place = |at: u32| (at as usize).saturating_sub(from).min(letters);
    let mut inside: Vec<_> =
        spans.iter().map(|&(start, end)| place(start)..place(end)).filter(|span| !span.is_empty()).collect();
    inside.sort_by_key(|span| (span.start, span.end));
    inside
}

/// Returns where each turn begins in the text, which is the customer's turns with words, a line each; nothing of others' turns, and nothing
/// from where the turns are not the text any more.
pub(super) fn places(text: &str, turns: &[Turn]) -> Vec<Option<usize>> {
    let mut rest = Some((text, 0_usize));
    let place = |turn: &Turn| {
        if turn.role != "customer" || turn.text.is_empty() {
            return None;
        }
        let (left, at) = rest?;
        rest = left.strip_prefix(turn.text.as_str()).map(|left| {
            let letters = turn.text.chars().count();
            left.strip_prefix('\n').map_or((left, at + letters), |left| (left, at + letters + 1))
        });
        rest.map(|_| at)
    };
    turns.iter().map(place).collect()
}

/// Returns the characters of a text worth showing first: all of a short one, else those around its first span.
pub(super) fn window(text: &str, spans: &[(u32, u32)], letters_max: usize) -> Range<usize> {
    let letters = text.chars().count();
    if letters <= letters_max {
        return 0..letters;
    }
    let first = spans.iter().filter(|(start, end)| start < end).min().map_or(0, |(start, _)| *start as usize);
    let start = first.saturating_sub(letters_max / 3).min(letters - letters_max);
    start..start + letters_max
}

/// Returns these characters of a text.
pub(super) fn slice(text: &str, letters: Range<usize>) -> &str {
    let at = |nth: usize| text.char_indices().nth(nth).map_or(text.len(), |(at, _)| at);
    &text[at(letters.start)..at(letters.end).max(at(letters.start))]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str, from: usize, spans: &[(u32, u32)]) -> String {
        let write =
            |piece: Piece<'_>| if piece.is_marked { format!("[{}]", piece.text) } else { piece.text.to_owned() };
        pieces(text, from, spans).into_iter().map(write).collect()
    }

    #[test]
    fn spans_count_characters() {
        let check = |text: &str, spans: &[(u32, u32)], expected: &str| assert_eq!(shown(text, 0, spans), expected);
        check("物流很慢", &[(2, 4)], "物流[很慢]");
        check("so 😡 bad", &[(3, 4)], "so [😡] bad");
        check("whole", &[(0, 5)], "[whole]");
        check("none", &[], "none");
        check("none", &[(2, 2), (3, 1), (9, 12)], "none");
        check("over the end", &[(9, 400)], "over the [end]");
        check("two of them", &[(7, 11), (0, 3)], "[two] of [them]");
        check("overlapping", &[(0, 6), (4, 11)], "[overla][pping]");
        check("one inside", &[(0, 10), (2, 4)], "[one inside]");
        check("", &[(0, 4)], "");
    }

    #[test]
    fn a_turn_is_marked_where_its_part_of_the_text_is() {
        assert_eq!(shown("second line", 6, &[(0, 8), (13, 17)]), "[se]cond [line]");
        assert_eq!(shown("second line", 100, &[(0, 8)]), "second line");
    }

    #[test]
    fn turns_find_their_place_in_the_text() {
        let check = |text: &str, turns: &[(&str, &str)], expected: &[Option<usize>]| {
            let turn =
                |(role, text): &(&str, &str)| Turn { at: None, role: (*role).to_owned(), text: (*text).to_owned() };
            assert_eq!(places(text, &turns.iter().map(turn).collect::<Vec<_>>()), expected);
        };
        let chat = [
            ("customer", "你好"),
            ("agent", "hello"),
            ("customer", ""),
            ("customer", "退款\n现在"),
            ("bot", "ok"),
            ("customer", "快"),
        ];
        check("你好\n退款\n现在\n快", &chat, &[Some(0), None, None, Some(3), None, Some(9)]);
        check("other words", &[("customer", "words"), ("customer", "other words")], &[None, None]);
        check("", &[("agent", "hello?")], &[None]);
    }

    #[test]
    fn a_long_text_is_shown_around_its_span() {
        let long = "字".repeat(1_000);
        assert_eq!(window("short", &[], 300), 0..5);
        assert_eq!(window(&long, &[], 300), 0..300);
        assert_eq!(window(&long, &[(500, 510)], 300), 400..700);
        assert_eq!(window(&long, &[(990, 1_000)], 300), 700..1_000);
        assert_eq!(slice("a鱼c", 1..2), "鱼");
        assert_eq!(slice("abc", 2..9), "c");
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_none_said_twice(text in "\\PC{0,40}", from in 0_usize..10, spans in prop::collection::vec((0_u32..60, 0_u32..60), 0..6)) {
            let together: String = pieces(&text, from, &spans).iter().map(|piece| piece.text).collect();
            prop_assert_eq!(together, text);
        }
    }
}

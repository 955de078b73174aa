//! Cuts one of our own statements into words, quoted pieces and symbols, and changes it at some of them.

use std::ops::Range;

/// A word, a quoted piece or a single symbol, and where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
}

impl Word<'_> {
    /// Tells whether it is this keyword; ours are written in capitals.
    pub(super) fn is(&self, keyword: &str) -> bool {
        self.text == keyword
    }

    pub(super) fn range(&self) -> Range<usize> {
        self.start..self.end()
    }

    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Returns the words of a statement, without white space and comments.
pub(super) fn words(statement: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = 0;
    while let Some(first) = statement[start..].chars().next() {
        let rest = &statement[start..];
        let length = match first {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '\'' | '`' | '"' => quoted_length(rest, first),
            _ if is_of_a_word(first) => rest.find(|c| !is_of_a_word(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        if !first.is_whitespace() && !rest.starts_with("--") {
            words.push(Word { text: &rest[..length], start });
        }
        start += length;
    }
    words
}

fn is_of_a_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// A backslash escapes the next character; a doubled quote begins the next piece, which changes nothing here.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, character)| {
        let closes = *character == quote && !escaped;
        escaped = *character == '\\' && !escaped;
        closes
    });
    end.map_or(text.len(), |(at, _)| at + quote.len_utf8())
}

/// Returns the place of the bracket that closes the one at `open`.
pub(super) fn closing(words: &[Word<'_>], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, word) in words.iter().enumerate().skip(open) {
        if word.is("(") {
            depth += 1;
        } else if word.is(")") {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// What takes the place of some piece of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) at: Range<usize>,
    pub(super) text: String,
}

impl Edit {
    pub(super) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self { at: at..at, text: text.into() }
    }

    pub(super) fn replace(at: Range<usize>, text: impl Into<String>) -> Self {
        Self { at, text: text.into() }
    }
}

/// Applies edits that do not overlap.
pub(super) fn edited(statement: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| (edit.at.start, edit.at.end));
    let mut text = statement.to_owned();
    for Edit { at, text: piece } in edits.into_iter().rev() {
        text.replace_range(at, &piece);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_cut_into_what_it_says() {
        for (statement, expected) in [
            ("SELECT a.b, 'it''s \\' 好'", &["SELECT", "a", ".", "b", ",", "'it'", "'s \\' 好'"][..]),
            ("x -- it's a comment (\n IN (`a b`)", &["x", "IN", "(", "`a b`", ")"]),
            ("a-1 'cut", &["a", "-", "1", "'cut"]),
        ] {
            let found: Vec<&str> = words(statement).iter().map(|word| word.text).collect();
            assert_eq!(found, expected, "{statement}");
        }
    }

    #[test]
    fn brackets_close_and_edits_keep_their_places() {
        let statement = "f(a, (b), c) d";
        let words = words(statement);
        assert_eq!(closing(&words, 1), Some(9));
        assert_eq!(closing(&words, 4), Some(6));
        assert_eq!(closing(&words[..9], 1), None);
        let edits = vec![Edit::insert(words[10].start, "e "), Edit::replace(words[0].range(), "longer")];
        assert_eq!(edited(statement, edits), "longer(a, (b), c) e d");
    }
}

//! Cuts a statement into words, quoted pieces and symbols, as ClickHouse's lexer does, without copying.

/// What a token is; white space and comments are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A bare word or a number.
    Word,
    /// A string, a quoted name or a heredoc, with its quotes; perhaps cut off by the end of the text.
    Quoted,
    /// Any other single byte.
    Symbol(u8),
}

/// A token and where it lies in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

impl Token {
    /// Whether this is the bare word `keyword`, in any case.
    pub fn is_word(&self, text: &[u8], keyword: &str) -> bool {
        self.kind == TokenKind::Word && text[self.start..self.end].eq_ignore_ascii_case(keyword.as_bytes())
    }
}

/// Iterates over the tokens of a text.
pub fn tokens(text: &[u8]) -> impl Iterator<Item = Token> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        at = skip_blank(text, at);
        let first = *text.get(at)?;
        let start = at;
        let kind = match first {
            b'\'' | b'"' | b'`' => {
                at = quoted_end(text, start);
                TokenKind::Quoted
            }
            b'$' if heredoc_end(text, start).is_some() => {
                at = heredoc_end(text, start).unwrap_or(text.len());
                TokenKind::Quoted
            }
            byte if is_word_byte(byte) => {
                at = start + text[start..].iter().take_while(|byte| is_word_byte(**byte)).count();
                TokenKind::Word
            }
            byte => {
                at = start + 1;
                TokenKind::Symbol(byte)
            }
        };
        Some(Token { kind, start, end: at })
    })
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii()
}

/// Skips white space and comments: `--`, `#!`, `# ` to the end of the line, and `/* */`.
fn skip_blank(text: &[u8], mut at: usize) -> usize {
    loop {
        let rest = &text[at.min(text.len())..];
        if rest.first().is_some_and(|byte| byte.is_ascii_whitespace() || *byte == 0x0b) {
            at += 1;
        } else if rest.starts_with(b"--") || rest.starts_with(b"#!") || rest.starts_with(b"# ") {
            at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        } else if rest.starts_with(b"/*") {
            at += rest[2..].windows(2).position(|pair| pair == b"*/").map_or(rest.len(), |inner| inner + 4);
        } else {
            return at;
        }
    }
}

/// The end of a quoted piece: a backslash escapes one byte, a doubled quote stands for itself.
fn quoted_end(text: &[u8], start: usize) -> usize {
    let quote = text[start];
    let mut at = start + 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            byte if byte == quote && text.get(at + 1) == Some(&quote) => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The end of `$tag$ … $tag$`, where there is one.
fn heredoc_end(text: &[u8], start: usize) -> Option<usize> {
    let name_length =
        text[start + 1..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let opening_end = start + 1 + name_length + 1;
    if text.get(opening_end - 1) != Some(&b'$') {
        return None;
    }
    let tag = &text[start..opening_end];
    let inner = text[opening_end..].windows(tag.len()).position(|window| window == tag)?;
    Some(opening_end + inner + tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = tokens(text.as_bytes()).map(|token| &text[token.start..token.end]).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn letters_beyond_ascii_belong_to_the_word() {
        check("größe('ü')", &["größe", "(", "'ü'", ")"]);
    }

    #[test]
    fn words_quotes_and_comments_are_told_apart() {
        check("", &[]);
        check("  -- only a comment", &[]);
        check("SELECT 1;", &["SELECT", "1", ";"]);
        check("SELECT 'it''s; -- no' /* ; */ , `a``b`", &["SELECT", "'it''s; -- no'", ",", "`a``b`"]);
        check(r"SELECT 'back\'slash' x", &["SELECT", r"'back\'slash'", "x"]);
        check("a -- x\nb # y\nc #! z\nd", &["a", "b", "c", "d"]);
        check("SELECT $tag$ ; ' $tag$ , $$x$$", &["SELECT", "$tag$ ; ' $tag$", ",", "$$x$$"]);
        check("t.`c` = 'unfinished", &["t", ".", "`c`", "=", "'unfinished"]);
        check("a /* open", &["a"]);
        check("'ends in escape\\", &["'ends in escape\\"]);
    }
}
